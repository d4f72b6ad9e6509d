#include "v2/damage/foreign.h"

#include <assert.h>
#include <string.h>

#include "base/varint.h"
#include "event/event.h"
#include "read/text.h"

/* Bytes of a record at most: a stack. */
enum { LONGEST = 1 + LEB128_MAX * (2 + 4 * V2_MAX_FRAMES) };

struct search {
    uint8_t kind;
    const uint8_t *p;
    size_t n;
    size_t steps;      /* records that may still be looked at: no search takes long */
    size_t least_line; /* bytes of a line before its end, at least */
    struct foreign *out;
    struct foreign best; /* of several ways to place it: text that begins as lines do, */
    unsigned odd;        /* (0: all of it), */
    uint64_t least;      /* and the fewest ticks: numbers that are misread are mostly large */
};

/* Records */

/* The event at p: its bytes, 0: there is none before end. */
static size_t event_at(const uint8_t *p, const uint8_t *end, uint64_t *dt)
{
    const uint8_t *at = p;
    uint64_t arg;
    unsigned n = at < end ? event_varints[*at++] : 0;
    if (!n || !leb128_get(&at, end, dt))
        return 0;
    while (--n) {
        if (!leb128_get(&at, end, &arg))
            return 0;
    }
    assert(at > p && at <= end);
    return (size_t)(at - p);
}

/* The same of a table's record. */
static size_t row_at(uint8_t kind, const uint8_t *p, const uint8_t *end)
{
    struct v2_string string;
    struct v2_stack stack;
    struct v2_sample sample;
    struct v2_cursor c = {NULL, p, end, 0};
    gotrace_status st = kind == V2_STRINGS  ? v2_string_next(&c, &string, NULL)
                        : kind == V2_STACKS ? v2_stack_next(&c, &stack, NULL)
                                            : v2_sample_next(&c, &sample, NULL);
    return st == GOTRACE_OK ? (size_t)(c.p - p) : 0;
}

/* Each counts as a step, so that a search among many ways to read the same bytes ends. */
static size_t record_at(struct search *s, const uint8_t *p, const uint8_t *end, uint64_t *dt)
{
    s->steps -= s->steps > 0;
    *dt = 0;
    return s->kind == V2_EVENTS ? event_at(p, end, dt) : row_at(s->kind, p, end);
}

/* Steps over the records from `at` to `end`. Returns where none is any more. */
static size_t walk(struct search *s, size_t at, size_t end, uint64_t *ticks)
{
    size_t size;
    uint64_t dt;
    while (at < end && s->steps && (size = record_at(s, s->p + at, s->p + end, &dt))) {
        at += size;
        *ticks += dt;
    }
    assert(at <= s->n);
    return at;
}

/* Takes the bytes from part->at on out of the records that begin at `from`, `ticks` behind
 * the batch's time. False: the record around them would be none. */
static bool take_out(struct search *s, struct foreign_part *part, size_t from, uint64_t ticks)
{
    uint8_t both[2 * LONGEST];
    uint64_t dt;
    assert(from <= part->at && part->at + part->len <= s->n);
    size_t at = walk(s, from, part->at, &ticks), before = part->at - at;
    size_t behind = part->at + part->len, more = s->n - behind < LONGEST ? s->n - behind : LONGEST;
    part->before = at;
    part->next = behind;
    part->ticks = ticks;
    if (!before || before >= LONGEST)
        return !before;
    memcpy(both, s->p + at, before);
    memcpy(both + before, s->p + behind, more);
    size_t size = record_at(s, both, both + before + more, &dt);
    part->next = behind + size - before;
    assert(part->before <= part->at && (size <= before || part->next <= s->n));
    part->ticks = ticks + dt;
    return size > before;
}

/* Whether there are records from `at` to the end; adds their ticks. */
static bool is_rest(struct search *s, size_t at, uint64_t *ticks)
{
    return walk(s, at, s->n, ticks) == s->n;
}

/* Text */

/* A stretch of text. */
struct run {
    size_t begin, end;
};

/* The next one behind `at`; false: there is none. */
static bool next_run(const struct search *s, size_t at, struct run *run)
{
    size_t len = 0;
    while (at < s->n && !(len = text_len(s->p + at, s->n - at)))
        at++;
    *run = (struct run){at, at + len};
    return len > 0;
}

/* Where the last line of the run ends that ends before `end`; its begin: none does. */
static size_t line_end(const struct search *s, const struct run *run, size_t end)
{
    while (end > run->begin && s->p[end - 1] != '\n')
        end--;
    return end;
}

/* The same of runs in which a line ends. */
static bool next_lines(const struct search *s, size_t at, struct run *run)
{
    while (next_run(s, at, run)) {
        at = run->end;
        if (line_end(s, run, run->end) > run->begin + s->least_line)
            return true;
    }
    return false;
}

/* What is left of a search: places to be found, where records begin, bytes that are too many,
 * and of the lines behind so many that are not. */
struct left {
    unsigned places;
    size_t at, len, spare;
    uint64_t ticks;
};

static void place(struct search *s, const struct left *left);

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* How unlikely a line begins at `at`: with what lines rarely begin with, or behind a byte that
 * is text as well, as is one of three. */
static unsigned odds(const struct search *s, size_t at)
{
    bool likely = is_word(s->p[at]) || s->p[at] > 127 || strchr("\t {[<(-=#", s->p[at]);
    bool behind_text = at > 0 && s->p[at - 1] > ' ' && text_len(s->p + at - 1, 1);
    return (likely ? 0u : 2u) + behind_text;
}

/* The same of all lines: those of a log begin alike. */
static unsigned all_odds(const struct search *s)
{
    const struct foreign_part *part = s->out->part;
    unsigned odd = 0;
    for (unsigned i = 0; i < s->out->n; i++)
        odd += odds(s, part[i].at) + (s->p[part[i].at] != s->p[part[0].at]);
    return odd;
}

/* All places are found, if the rest are records. */
static void judge(struct search *s, const struct foreign_part *last)
{
    assert(last == &s->out->part[s->out->n - 1]);
    uint64_t ticks = last->ticks;
    unsigned odd = all_odds(s);
    if (s->best.n && (odd > s->odd || (odd == s->odd && ticks >= s->least)))
        return;
    if (!is_rest(s, last->next, &ticks) || (s->best.n && odd == s->odd && ticks >= s->least))
        return;
    s->best = *s->out;
    s->odd = odd;
    s->least = ticks;
}

/* Tries the text from `begin` to `end`, and the rest of it behind, of which so many bytes are
 * none. */
static void place_at(struct search *s, const struct left *left, size_t begin, size_t end,
                     size_t spare)
{
    assert(left->places > 0 && left->places <= s->out->n && s->out->n <= FOREIGN_MOST);
    struct foreign_part *part = &s->out->part[s->out->n - left->places];
    s->steps -= s->steps > 0;
    *part = (struct foreign_part){.at = begin, .len = end - begin};
    if (text_len(s->p + begin, part->len) < part->len || !take_out(s, part, left->at, left->ticks))
        return;
    if (left->places == 1) {
        judge(s, part);
    } else if (part->next < s->n) {
        const struct left rest = {left->places - 1, part->next, left->len - part->len, spare,
                                  part->ticks};
        place(s, &rest);
    }
}

/* The last place: all that is left of it ends with a line in the run. */
static void place_last(struct search *s, const struct left *left, const struct run *run)
{
    for (size_t at = run->begin; at + left->len <= run->end && s->steps; at++) {
        if (s->p[at + left->len - 1] == '\n')
            place_at(s, left, at, at + left->len, 0);
    }
}

/* One before: of lines up to `end`. */
static void place_lines(struct search *s, const struct left *left, const struct run *run,
                        size_t end)
{
    for (size_t i = 0; i <= left->spare && run->begin + i + s->least_line < end && s->steps; i++) {
        if (end - run->begin - i < left->len)
            place_at(s, left, run->begin + i, end, left->spare - i);
    }
}

/* A place before the last: up to the end of each line of the run, the longest
 * text first. */
static void place_first(struct search *s, const struct left *left, const struct run *run)
{
    size_t end = line_end(s, run, run->end);
    while (end > run->begin) {
        place_lines(s, left, run, end);
        end = line_end(s, run, end - 1);
    }
}

/* Bytes of a record at most: one that begins further before a text does not go
 * on to it. */
static size_t longest(uint8_t kind)
{
    return kind == V2_EVENTS ? 1 + 8 * LEB128_MAX : LONGEST;
}

/* From where records go on, run after run of text, as far as one record reaches. */
static void place(struct search *s, const struct left *left)
{
    struct left rest = *left;
    struct run run = {left->at, left->at};
    while (s->steps && next_lines(s, run.end, &run)) {
        rest.at = walk(s, rest.at, run.begin, &rest.ticks);
        if (run.begin - rest.at >= longest(s->kind)) /* no records go on to there */
            break;
        if (left->places == 1)
            place_last(s, &rest, &run);
        else
            place_first(s, &rest, &run);
        size_t len = line_end(s, &run, run.end) - run.begin;
        if (len > rest.spare) /* one of these has to be */
            break;
        assert(rest.at <= run.end);
        rest.spare -= len;
    }
}

/* Bytes of lines. */
static size_t count_lines(const struct search *s)
{
    struct run run = {0, 0};
    size_t all = 0;
    while (next_lines(s, run.end, &run))
        all += line_end(s, &run, run.end) - run.begin;
    return all;
}

/* First as if all were in one place, then in two, and so on: the fewest that do
 * are it. */
static bool find_lines(struct search *s, size_t first, size_t len)
{
    enum { STEPS = 16, LEAST = 1024, SHORT = 2 };
    for (unsigned n = 1; n <= FOREIGN_MOST && len > SHORT && !s->best.n; n++) {
        s->steps = STEPS * s->n + LEAST;
        s->least_line = n == 1 ? SHORT : TEXT_SURE; /* several short ones may be anywhere */
        size_t all = count_lines(s);
        const struct left left = {n, first, len, all - len, 0};
        s->out->n = n;
        if (all >= len)
            place(s, &left);
    }
    *s->out = s->best;
    s->out->whole = s->best.n;
    return s->best.n;
}

/* Text around which no records are */

/* So much text is no accident among events, though no line ends in it. */
enum { TEXT_LONG = 16 };

/* Where `len` bytes of the run begin that end with a line; its end: nowhere. */
static size_t find_line(const struct search *s, const struct run *run, size_t len)
{
    for (size_t at = run->begin; at + len <= run->end; at++) {
        if (s->p[at + len - 1] == '\n' && text_is(s->p + at, len))
            return at;
    }
    return run->end;
}

/* Where `len` bytes of text stand: such as end with a line, or the longest of all. s->n:
 * nowhere. */
static size_t find_text(const struct search *s, size_t len)
{
    bool line = s->kind != V2_EVENTS || len < TEXT_LONG;
    struct run run = {0, 0};
    size_t best = s->n, most = 0;
    while (next_run(s, run.end, &run)) {
        size_t size = run.end - run.begin, at = find_line(s, &run, len);
        if (at < run.end)
            return at;
        if (!line && size >= len && size > most && text_is(s->p + run.begin, size)) {
            best = run.begin;
            most = size;
        }
    }
    return best;
}

/* What is left when no place has records on both sides: that there is text is
 * still worth saying. */
static void find_any(struct search *s, size_t first, size_t len)
{
    struct foreign_part *part = &s->out->part[0];
    size_t at = find_text(s, len);
    uint64_t ticks = 0;
    s->out->n = at < s->n;
    *part = (struct foreign_part){.at = at, .len = len, .before = at, .next = s->n};
    s->steps = s->n + LONGEST;
    s->out->whole = at < s->n && at >= first && take_out(s, part, first, 0) && part->next < s->n &&
                    is_rest(s, part->next, &ticks);
}

/* Bytes that are there twice */

/* Fewer bytes may be equal by accident. */
enum { TWICE = 64 };

/* The next bytes behind run->end, `len` or more, that are there once more `len` behind. */
static bool next_copy(const struct search *s, size_t len, struct run *run)
{
    size_t i = run->begin = run->end;
    for (; i + len < s->n; i++) {
        if (s->p[i] == s->p[i + len])
            continue;
        if (i - run->begin >= len)
            break;
        run->begin = i + 1;
    }
    run->end = i;
    assert(run->begin <= run->end && run->end <= s->n);
    return run->end - run->begin >= len;
}

/* Of bytes that are there twice as many can be left out anywhere among them, with the same
 * left: where a record begins, so that none is lost, if they are not all in one. */
static bool leave_out(struct search *s, size_t first, const struct run *run, size_t len)
{
    struct foreign_part *part = &s->out->part[0];
    size_t from = run->begin > first ? run->begin : first;
    uint64_t ticks = 0, dt;
    size_t at = walk(s, first, from, &ticks);
    if (at < from)
        at += record_at(s, s->p + at, s->p + s->n, &dt);
    *part = (struct foreign_part){.at = at < from || at > run->end ? from : at, .len = len};
    return take_out(s, part, first, 0) && is_rest(s, part->next, &ticks);
}

/* Bytes that are there twice stand one behind the other, `len` apart. */
static bool find_copy(struct search *s, size_t first, size_t len)
{
    struct run run = {0, 0};
    if (len < TWICE)
        return false;
    s->steps = 2 * (s->n + LONGEST);
    s->out->n = 1;
    while (!s->out->whole && next_copy(s, len, &run))
        s->out->whole = leave_out(s, first, &run, len);
    s->out->n = s->out->twice = s->out->whole;
    return s->out->whole;
}

/* A copy is looked for first: lines of text may be in what is there twice. */
bool foreign_find(struct foreign *out, uint8_t kind, const uint8_t *p, size_t n, size_t len)
{
    struct search s = {.kind = kind, .p = p, .n = n, .out = out};
    size_t first = kind == V2_EVENTS ? 0 : 1; /* tables begin with their type */
    bool records =
        kind == V2_EVENTS || kind == V2_STRINGS || kind == V2_STACKS || kind == V2_SAMPLES;
    *out = (struct foreign){.n = 0};
    if (!len || len >= n)
        return false;
    if (records && (find_copy(&s, first, len) || find_lines(&s, first, len)))
        return true;
    find_any(&s, records ? first : n, len);
    return out->n;
}
