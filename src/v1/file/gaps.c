#include "v1/file/gaps.h"

#include <ctype.h>
#include <string.h>

#include "read/header.h"
#include "read/text.h"

/* Good records from a batch on that make it one. */
enum { SURE = 32 };
/* Ticks that batches are apart at most, some minutes: what is none will hardly
 * have a time. */
#define APART (UINT64_C(1) << 40)
/* Bytes in which a batch is looked for behind a gap, or any record; and broken
 * records without a gap after which no more is looked for. */
enum { SEARCHED = 1 << 20, NEAR = 64 << 10, FAULTS = 1000 };
/* Bytes that are looked back over for a header. */
enum { CUT_RECORD = 128 << 10 };
/* Records that may make no sense, of those that are looked ahead at, before they are
 * none: what one lost event makes of others. */
enum { ODD = 3 };
/* Characters of a line that are quoted though bytes stand before it. */
enum { LINE = 6 };

bool v1_is_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *end, uint64_t ticks)
{
    struct v1_record r;
    if (v1_decode(f, &p, end, &r) != V1_GOOD || r.type != V1_Batch ||
        (ticks && r.v[V1_DT] - ticks > APART))
        return false;
    for (unsigned n = 0; n < SURE && p < end; n++) {
        if (v1_decode(f, &p, end, &r) != V1_GOOD)
            return false;
    }
    return true;
}

static uint8_t first_of_batch(const struct v1_format *f)
{
    return (uint8_t)((f->layout[V1_Batch].wire - 1 - f->seq) << 6 | V1_Batch);
}

const uint8_t *v1_find_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *last,
                             const uint8_t *end, uint64_t ticks)
{
    const uint8_t first = first_of_batch(f);
    while (p < last && (p = memchr(p, first, (size_t)(last - p)))) {
        if (v1_is_batch(f, p, end, ticks))
            return p;
        p++;
    }
    return NULL;
}

bool v1_gaps_suspected(const uint8_t *data, size_t len)
{
    return len >= TEXT_SURE && (text_is(data, len) || text_is(data + len - TEXT_SURE, TEXT_SURE));
}

bool v1_gaps_start(struct v1_gaps *g, uint32_t version, const uint8_t *data, size_t len)
{
    *g = (struct v1_gaps){.data = data, .end = data + len, .p = data};
    return v1_sense_init(&g->sense, version, data, len);
}

void v1_gaps_without_text(struct v1_gaps *g)
{
    g->no_text = true;
}

void v1_gaps_free(struct v1_gaps *g)
{
    map_free(&g->turns);
    VEC_FREE(&g->list);
}

static size_t left(const struct v1_gaps *g, const uint8_t *p)
{
    return (size_t)(g->end - p);
}

/* Record i of the last ones, 0 the oldest. */
static const struct v1_step *recent(const struct v1_gaps *g, size_t i)
{
    size_t oldest = g->n > V1_RECENT ? g->n - V1_RECENT : 0;
    return &g->recent[(oldest + i) % V1_RECENT];
}
static size_t recent_len(const struct v1_gaps *g)
{
    return g->n < V1_RECENT ? g->n : V1_RECENT;
}

/* Where records go on */

/* What stands in the footer, behind the frequency. */
static bool is_footer(uint8_t type)
{
    return type == V1_Frequency || type == V1_Stack || type == V1_String ||
           type == V1_TimerGoroutine || type == V1_Batch;
}

/* Whether a record at p may come next, by what has been. */
static bool fits(const struct v1_gaps *g, const uint8_t *p)
{
    uint8_t type = *p & 63;
    if (!g->batch)
        return type == V1_Batch;
    return !(g->frequency && is_footer(g->last)) || is_footer(type);
}

/* Whether records go on from p, and beyond the broken one at g->p. */
static bool resumes(struct v1_gaps *g, const uint8_t *p, uint8_t turn)
{
    return p < g->end && fits(g, p) && v1_goes_on(&g->sense, p, turn, 0, g->p);
}

/* Whether n bytes of text at p are a trace's last ones, and end as text does. A footer
 * comes before. */
static bool is_last_line(const struct v1_gaps *g, const uint8_t *p, size_t n)
{
    return g->frequency && n && n == left(g, p) && g->end[-1] == '\n';
}

/* Where the text at s->p ends, n bytes at most; NULL: records go on nowhere. A line
 * ends it most likely; in the footer surely, where strings are text too. */
static const uint8_t *text_end(struct v1_gaps *g, const struct v1_step *s, size_t n)
{
    const uint8_t *p = s->p, *end = p + n;
    for (const uint8_t *at = p; (at = memchr(at, '\n', (size_t)(end - at)));) {
        if (resumes(g, ++at, s->turn))
            return at;
    }
    if (!text_is(p, n) || g->frequency)
        return NULL;
    for (p += TEXT_SURE; p <= end; p++) {
        if (resumes(g, p, s->turn))
            return p;
    }
    return NULL;
}

/* The text that begins at s->p, up to where records go on; NULL: there is none. */
static const uint8_t *text_at(struct v1_gaps *g, const struct v1_step *s)
{
    size_t most = g->frequency || left(g, s->p) < NEAR ? left(g, s->p) : NEAR;
    size_t n = g->sense.budget ? text_len(s->p, most) : 0, cost = n / 16;
    g->sense.budget -= cost < g->sense.budget ? cost : g->sense.budget;
    if (!n)
        return NULL;
    return is_last_line(g, s->p, n) ? g->end : text_end(g, s, n);
}

/* Whether the record at s->p, in front of what is text too, looks as if it were none
 * of it, though it could be. */
static bool is_record(const struct v1_step *s, const uint8_t *next)
{
    if (s->odd || *s->p == '[')
        return false;
    for (const uint8_t *p = s->p; p < next; p++) {
        if (!isalnum(*p) && *p != ' ')
            return true;
    }
    return false;
}

/* The earliest of the last records that is text, *to: where records go on; NULL: none. */
static const struct v1_step *find_text(struct v1_gaps *g, const uint8_t **to)
{
    size_t i = 0, n = g->no_text ? 0 : recent_len(g);
    while (i < n && !(*to = text_at(g, recent(g, i))))
        i++;
    while (i + 1 < n && recent(g, i + 1)->p < *to && is_record(recent(g, i), recent(g, i + 1)->p) &&
           text_is(recent(g, i + 1)->p, (size_t)(*to - recent(g, i + 1)->p)))
        i++;
    return i < n ? recent(g, i) : NULL;
}

/* Whether bytes of the batch header at p may be among those up to `to`: it has the
 * only large number. */
static bool may_be_batch(const uint8_t *p, const uint8_t *to)
{
    unsigned open = 0;
    for (; p < to && open < 4; p++)
        open = *p >= 0x80 ? open + 1 : 0;
    return open == 4;
}

/* Where records go on behind bytes that are none; NULL: nobody knows. What is left
 * of a batch whose header is broken is no P's. */
static const uint8_t *find_record(struct v1_gaps *g)
{
    const uint8_t *last = left(g, g->p) < NEAR ? g->end : g->p + NEAR;
    for (const uint8_t *p = g->p + 1; p < last; p++) {
        if (resumes(g, p, V1_AS_BEFORE))
            return may_be_batch(g->p, p) && (*p & 63) != V1_Batch && !g->frequency ? NULL : p;
    }
    return NULL;
}

static const uint8_t *find_batch(struct v1_gaps *g)
{
    const struct v1_format *f = &g->sense.format;
    const uint8_t first = first_of_batch(f);
    const uint8_t *last = left(g, g->p) < SEARCHED ? g->end : g->p + SEARCHED, *p = g->p + 1;
    for (; p < last && (p = memchr(p, first, (size_t)(last - p))); p++) {
        if (resumes(g, p, V1_AS_BEFORE))
            return p;
    }
    return NULL;
}

/* Gaps */

/* Another trace begins at p: what the walk goes over ends there. */
static void end_at(struct v1_gaps *g, const uint8_t *p)
{
    g->end = g->sense.end = p;
    g->another = true;
}

/* Where a whole line begins in what is skipped; NULL: nowhere. */
static const uint8_t *line_in(const uint8_t *p, const uint8_t *to)
{
    for (; p < to; p++) {
        size_t n = (size_t)(to - p);
        size_t line = text_is(p, n) ? text_line(p, text_len(p, n)) : 0;
        if (line >= LINE && p + line < to && (p[line] == '\n' || p[line] == '\r'))
            return p;
    }
    return NULL;
}

/* The walk goes on behind the gap from `from` up to `to`, or at another trace. */
static bool add_gap(struct v1_gaps *g, const uint8_t *from, const uint8_t *to, const uint8_t *text,
                    enum v1_fault fault)
{
    size_t n = (size_t)(to - from), header = header_search(from, n);
    if (header < n)
        end_at(g, to = from + header);
    struct v1_gap gap = {from, to, text, fault, to < g->end && g->batch && (*to & 63) != V1_Batch};
    g->p = to;
    g->n = 0;
    g->turn = V1_AS_BEFORE;
    return VEC_PUSH(&g->list, gap);
}

void v1_gap_diag(gotrace_diag *diag, const struct v1_format *f, const struct v1_gap *gap,
                 uint64_t off)
{
    size_t n = (size_t)(gap->to - gap->from);
    if (gap->text) {
        text_diag(diag, gap->from, n, off);
        text_quote(diag, gap->text, (size_t)(gap->to - gap->text));
    } else {
        v1_fault_diag(diag, f, gap->fault, gap->from, off, n);
    }
    diag->gen = 1;
}
/* The walk */

/* The header of another trace, which begins at the broken record, or in one not
 * far before it that was cut off: what follows may be read as records for a while. */
static const uint8_t *header_near(const struct v1_gaps *g)
{
    const uint8_t *from = recent(g, 0)->p;
    if (g->p - from > CUT_RECORD)
        from = g->p - CUT_RECORD;
    size_t want = (size_t)(g->p - from) + HEADER_SIZE + 1;
    size_t n = left(g, from) < want ? left(g, from) : want;
    size_t i = header_search(from, n);
    return i < n ? from + i : NULL;
}

/* Nothing can be read from here on: another trace may stand behind it. */
static void give_up(struct v1_gaps *g)
{
    size_t n = left(g, g->p), i = header_search(g->p, n);
    if (i < n)
        end_at(g, g->p + i);
    g->p = g->end;
}

/* The record at g->p is broken, and no text: looks ahead. */
static bool look_ahead(struct v1_gaps *g, enum v1_fault fault, const uint8_t *next)
{
    const uint8_t *to = NULL;
    bool final = v1_fault_is_final(fault), many = ++g->faults > FAULTS;
    g->sense.cut = fault == V1_CUT;
    if (!final && v1_goes_on(&g->sense, next, V1_AS_BEFORE, ODD, next))
        to = next;
    else if (!many && !(to = find_record(g)) && final)
        to = find_batch(g);
    g->sense.cut = false;
    if (to && to != next)
        return add_gap(g, g->p, to, g->no_text ? NULL : line_in(g->p, to), fault);
    if (final || many)
        give_up(g);
    else
        g->p = next;
    return true;
}

/* The record at g->p is broken, and `next` is behind it if that is known. */
static bool look_around(struct v1_gaps *g, enum v1_fault fault, const uint8_t *next)
{
    const uint8_t *header = header_near(g), *to = NULL;
    const struct v1_step *text = find_text(g, &to);
    if (header && (!text || header <= text->p)) {
        end_at(g, header);
        g->p = g->end;
        return true;
    }
    if (text)
        return add_gap(g, text->p, to, text->p, V1_GOOD);
    return look_ahead(g, fault, next);
}

/* Whether the record at p is none, though it can be read: a line of text behind
 * the footer. */
static bool is_behind_footer(const struct v1_gaps *g, const uint8_t *p)
{
    bool surely = !is_footer(*p & 63) || text_is(p, left(g, p));
    return surely && g->frequency && is_footer(g->last) && g->end[-1] == '\n' &&
           is_last_line(g, p, text_len(p, left(g, p)));
}

/* A batch of another P. */
static bool take_batch(struct v1_gaps *g, const struct v1_record *r)
{
    uint32_t turn = map_get(&g->turns, r->v[V1_ARG]);
    if (g->batch && !map_put(&g->turns, g->pid, g->turn))
        return false;
    if (r->v[V1_ARG] != g->pid || !g->batch)
        g->turn = turn == MAP_NONE ? V1_AS_BEFORE : (uint8_t)turn;
    if (!g->batch)
        g->sense.ticks = r->v[V1_DT];
    g->pid = r->v[V1_ARG];
    g->batch = true;
    return true;
}

static bool take(struct v1_gaps *g, const struct v1_record *r, uint8_t turn, const uint8_t *next)
{
    g->p = next;
    g->last = r->type;
    g->frequency |= r->type == V1_Frequency;
    if (r->type == V1_Batch)
        return take_batch(g, r);
    g->turn = turn;
    return true;
}

/* Whether r, a good record at g->p, is one: what makes no sense may be lost events'
 * doing. */
static bool is_sound(struct v1_gaps *g, const struct v1_record *r, uint8_t *turn)
{
    if (!v1_may_be(r->type, *g->p) || !(g->batch || r->type == V1_Batch || r->type == V1_String))
        return false;
    struct v1_step *s = &g->recent[(g->n - 1) % V1_RECENT];
    s->odd = !v1_makes_sense(&g->sense, g->p, r, turn);
    return !s->odd || v1_goes_on(&g->sense, g->p, V1_AS_BEFORE, ODD, g->p);
}

static bool step(struct v1_gaps *g)
{
    struct v1_record r;
    const uint8_t *next = g->p;
    uint8_t turn = g->turn;
    g->recent[g->n++ % V1_RECENT] = (struct v1_step){g->p, turn, true};
    if (is_behind_footer(g, g->p))
        return add_gap(g, g->p, g->end, g->p, V1_GOOD);
    enum v1_fault fault = v1_decode(&g->sense.format, &next, g->end, &r);
    if (fault != V1_GOOD || !is_sound(g, &r, &turn))
        return look_around(g, fault, next);
    return take(g, &r, turn, next);
}

gotrace_status v1_gaps_step(struct v1_gaps *g, size_t records)
{
    for (; records && g->p < g->end; records--) {
        if (!step(g))
            return GOTRACE_NO_MEMORY;
    }
    return g->p < g->end ? GOTRACE_OK : GOTRACE_END;
}
