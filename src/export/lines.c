/* lines.c: events as lines of text. What stands in the line of a type, the caller has said
 * once, as steps: a text, and what comes behind it of the event. What it has to say of a
 * string or a stack it is asked once for each, but for strings that stand as they are. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text/printable.h"
#include "base/vec.h"
#include "gotrace_lua.h"

enum {
    SHORT = 32,     /* texts up to that are copied with what is behind them: see put_padded */
    ROOM = 24,      /* what a number takes at most */
    WAITING = 32768 /* bytes that wait to be written */
};
/* By id: what is known of its text. */
enum { UNKNOWN, AS_IT_IS, TEXTS };

struct piece {
    size_t at, len;
};

struct step {
    struct piece before; /* in literals */
    uint8_t column, arg;
};

/* The steps of a type. */
struct program {
    uint32_t first, len;
    size_t room; /* what they take, but for texts of ids */
    bool is_known;
};

struct gotrace_lines {
    const gotrace_names *names; /* borrowed */
    struct buf out;             /* not yet written */
    struct buf literals, texts;
    VEC(struct step) steps;
    VEC(struct piece) pieces; /* of texts */
    VEC(uint32_t) of[GOTRACE_LINES_KINDS];
    struct program by_type[256];
    gotrace_lines_form form;
    uint32_t wanted_of, wanted_id;
};

gotrace_lines *gotrace_lines_new(const gotrace_names *names, const gotrace_lines_form *form)
{
    gotrace_lines *w = mem_zeroed(1, sizeof *w);
    if (!w)
        return NULL;
    w->names = names;
    w->form = *form;
    return w;
}

void gotrace_lines_free(gotrace_lines *w)
{
    if (!w)
        return;
    buf_free(&w->out);
    buf_free(&w->literals);
    buf_free(&w->texts);
    VEC_FREE(&w->steps);
    VEC_FREE(&w->pieces);
    for (int of = 0; of < GOTRACE_LINES_KINDS; of++)
        VEC_FREE(&w->of[of]);
    mem_free(w);
}

/* At least SHORT bytes of it can be read. */
static bool keep(struct buf *in, const char *text, size_t len, struct piece *out)
{
    *out = (struct piece){in->len, len};
    return buf_add(in, text, len) && buf_reserve(in, SHORT);
}

void gotrace_lines_begin(gotrace_lines *w, uint8_t type)
{
    w->by_type[type] = (struct program){.first = (uint32_t)w->steps.len, .is_known = true};
}

/* The steps of a type stand together, so one that another type has come behind
 * gets no more of them. */
bool gotrace_lines_step(gotrace_lines *w, uint8_t type, const char *before, size_t len,
                        uint32_t column, uint32_t arg)
{
    struct program *p = &w->by_type[type];
    struct step s = {.column = (uint8_t)column, .arg = (uint8_t)arg};
    assert(p->is_known && p->first + p->len == w->steps.len && arg < 4);
    if (!keep(&w->literals, before, len, &s.before) || !VEC_PUSH(&w->steps, s))
        return false;
    p->len++;
    p->room += len + ROOM;
    return true;
}

/* Says what is known of an id's text. Ids are small and dense, so a plain array
 * has them; what is between the last one and this is UNKNOWN. */
static bool note(gotrace_lines *w, uint32_t of, uint32_t id, uint32_t what)
{
    size_t len = w->of[of].len;
    if (id >= len) {
        if (!VEC_RESERVE(&w->of[of], id + 1 - len))
            return false;
        memset(w->of[of].data + len, 0, (id + 1 - len) * sizeof(uint32_t));
        w->of[of].len = id + 1;
    }
    w->of[of].data[id] = what;
    return true;
}

bool gotrace_lines_text(gotrace_lines *w, uint32_t of, uint32_t id, const char *text, size_t len)
{
    struct piece p;
    return keep(&w->texts, text, len, &p) && VEC_PUSH(&w->pieces, p) &&
           note(w, of, id, TEXTS + (uint32_t)w->pieces.len - 1);
}

uint32_t gotrace_lines_wanted(const gotrace_lines *w, uint32_t *id)
{
    *id = w->wanted_id;
    return w->wanted_of;
}

/* Room was made: gotrace_lines_step. */
static inline void put(gotrace_lines *w, const void *text, size_t n)
{
    memcpy(w->out.data + w->out.len, text, n);
    w->out.len += n;
}

/* The two digits of all numbers below 100: half as many divisions. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* A text that was kept: a copy of a constant length is a few instructions. */
static inline void put_padded(gotrace_lines *w, const uint8_t *text, size_t len)
{
    if (len > SHORT) {
        put(w, text, len);
        return;
    }
    memcpy(w->out.data + w->out.len, text, SHORT);
    w->out.len += len;
}

/* Four digits a division, the rest by comparing: the length has to be known
 * first, as digits are written from the back. */
static inline unsigned count_digits(uint64_t n)
{
    unsigned count = 1;
    for (; n >= 10000; n /= 10000)
        count += 4;
    return count + (n >= 10) + (n >= 100) + (n >= 1000);
}

/* The last digits of n, as many as `count`, in pairs from the back. */
static inline void put_last_digits(gotrace_lines *w, uint64_t n, unsigned count)
{
    uint8_t *end = w->out.data + w->out.len + count;
    w->out.len += count;
    for (; count >= 2; count -= 2, n /= 100)
        memcpy(end -= 2, pairs + n % 100 * 2, 2);
    if (count)
        end[-1] = (uint8_t)('0' + n % 10);
}

static inline void put_digits(gotrace_lines *w, uint64_t n)
{
    put_last_digits(w, n, count_digits(n));
}

/* Seconds, and nine digits behind a point. */
static inline void put_seconds(gotrace_lines *w, uint64_t ns)
{
    put_digits(w, ns / 1000000000);
    w->out.data[w->out.len++] = '.';
    put_last_digits(w, (uint32_t)(ns % 1000000000), 9);
}

/* Whether a string stands in the line as it is, or between quotes. */
static bool stands(const gotrace_lines *w, const char *s, size_t len)
{
    switch (w->form.strings) {
    case GOTRACE_LINES_BARE:
        return gotrace_is_plain(s, len, false);
    case GOTRACE_LINES_QUOTED:
        return gotrace_is_unquoted(s, len);
    case GOTRACE_LINES_CELLS:
        return gotrace_is_unquoted(s, len) && (len == 0 || !memchr(s, ',', len));
    default:
        return false;
    }
}

/* Makes room for a text beside what the program takes. */
static bool has_room(gotrace_lines *w, const struct program *p, size_t len)
{
    return buf_reserve(&w->out, p->room + len + SHORT);
}

/* A string that stands as it is, read from the names each time rather than kept
 * a second time. */
static gotrace_lines_status put_string(gotrace_lines *w, const struct program *p, uint32_t id)
{
    uint32_t len;
    const char *s = gotrace_string(w->names, id, &len);
    if (!has_room(w, p, (size_t)len + 2))
        return GOTRACE_LINES_NO_MEMORY;
    bool is_quoted = w->form.strings == GOTRACE_LINES_QUOTED;
    if (is_quoted)
        put(w, "\"", 1);
    if (len)
        put(w, s, len);
    if (is_quoted)
        put(w, "\"", 1);
    return GOTRACE_LINES_DONE;
}

/* An id that nothing is known of yet. */
static gotrace_lines_status meet(gotrace_lines *w, const struct program *p, uint32_t of,
                                 uint32_t id)
{
    uint32_t len = 0;
    const char *s = of == GOTRACE_LINES_STRING ? gotrace_string(w->names, id, &len) : NULL;
    if (!s || !stands(w, s, len)) {
        w->wanted_of = of;
        w->wanted_id = id;
        return GOTRACE_LINES_NEEDS_TEXT;
    }
    return note(w, of, id, AS_IT_IS) ? put_string(w, p, id) : GOTRACE_LINES_NO_MEMORY;
}

/* How many there are; those of words are small numbers. */
static uint32_t count_of(const gotrace_lines *w, uint32_t of)
{
    if (of == GOTRACE_LINES_STRING)
        return gotrace_string_count(w->names);
    return of == GOTRACE_LINES_STACK ? gotrace_stack_count(w->names) : 256;
}

/* An id that the names have not is odd: the caller knows what to say of it. */
static gotrace_lines_status put_text(gotrace_lines *w, const struct program *p, uint32_t of,
                                     uint64_t id)
{
    uint32_t what = id < w->of[of].len ? w->of[of].data[id] : UNKNOWN;
    if (what == AS_IT_IS)
        return put_string(w, p, (uint32_t)id);
    if (what == UNKNOWN)
        return id < count_of(w, of) ? meet(w, p, of, (uint32_t)id) : GOTRACE_LINES_ODD;
    struct piece text = w->pieces.data[what - TEXTS];
    if (!has_room(w, p, text.len))
        return GOTRACE_LINES_NO_MEMORY;
    put_padded(w, w->texts.data + text.at, text.len);
    return GOTRACE_LINES_DONE;
}

/* Beyond form.most a number is not what Lua would print of it. */
static inline gotrace_lines_status put_number(gotrace_lines *w, uint64_t n)
{
    if (n > w->form.most)
        return GOTRACE_LINES_ODD;
    put_digits(w, n);
    return GOTRACE_LINES_DONE;
}

/* The highest bit says that there is none. */
static inline gotrace_lines_status put_id(gotrace_lines *w, uint64_t id)
{
    if (id >> 63 == 0)
        return put_number(w, id);
    put(w, w->form.none, w->form.none_len);
    return GOTRACE_LINES_DONE;
}

/* Beyond that Lua's numbers have no ns. */
static gotrace_lines_status put_time(gotrace_lines *w, int64_t time)
{
    if (time < 0 || time >= INT64_C(1) << 52)
        return GOTRACE_LINES_ODD;
    put_seconds(w, (uint64_t)time);
    return GOTRACE_LINES_DONE;
}

/* Whatever is not GOTRACE_LINES_DONE leaves bytes of a half line, which put_line
 * takes back. */
static gotrace_lines_status put_column(gotrace_lines *w, const struct program *p,
                                       const struct step *s, const gotrace_event *e,
                                       const gotrace_generation *gen)
{
    switch (s->column) {
    case GOTRACE_LINES_LITERAL:
        return GOTRACE_LINES_DONE;
    case GOTRACE_LINES_SECONDS:
        return put_time(w, e->time);
    case GOTRACE_LINES_TIME: /* one below 0 is too large */
        return put_number(w, (uint64_t)e->time);
    case GOTRACE_LINES_M:
        return put_id(w, (uint64_t)e->m);
    case GOTRACE_LINES_P:
        return put_id(w, (uint64_t)e->p);
    case GOTRACE_LINES_G:
        return put_id(w, (uint64_t)e->g);
    case GOTRACE_LINES_N:
        return put_number(w, e->n);
    case GOTRACE_LINES_OFF:
        return put_number(w, e->off);
    case GOTRACE_LINES_GEN:
        return put_number(w, gen->gen);
    case GOTRACE_LINES_NUMBER:
        return put_number(w, e->arg[s->arg]);
    case GOTRACE_LINES_ID:
        return put_id(w, e->arg[s->arg]);
    case GOTRACE_LINES_KNOWN:
        return put_text(w, p, GOTRACE_LINES_FLAG, (e->flags & GOTRACE_KNOWN) != 0);
    default:
        return put_text(w, p, s->column - GOTRACE_LINES_STRING_ARG, e->arg[s->arg]);
    }
}

/* The line of an event, or what keeps it from being one; then nothing was put. */
static gotrace_lines_status put_line(gotrace_lines *w, const struct program *p,
                                     const gotrace_event *e, const gotrace_generation *gen)
{
    size_t before = w->out.len;
    if (!has_room(w, p, 0))
        return GOTRACE_LINES_NO_MEMORY;
    const struct step *s = w->steps.data + p->first, *end = s + p->len;
    for (; s < end; s++) {
        put_padded(w, w->literals.data + s->before.at, s->before.len);
        gotrace_lines_status st = put_column(w, p, s, e, gen);
        if (st != GOTRACE_LINES_DONE) {
            w->out.len = before;
            return st;
        }
    }
    if (w->form.fills_empty && w->out.len == before + 1) {
        w->out.len = before;
        put(w, "\"\"\n", 3);
    }
    return GOTRACE_LINES_DONE;
}

/* What is neither printed nor skipped by the engine is the caller's. */
static gotrace_lines_status take(gotrace_lines *w, const gotrace_lines_batch *b,
                                 const gotrace_event *e)
{
    uint8_t mode = b->modes ? b->modes[e->type] : GOTRACE_LINES_PRINTED;
    if (mode == GOTRACE_LINES_SKIPPED)
        return GOTRACE_LINES_DONE;
    if (mode != GOTRACE_LINES_PRINTED)
        return GOTRACE_LINES_ODD;
    const struct program *p = &w->by_type[e->type];
    return p->is_known ? put_line(w, p, e, b->gen) : GOTRACE_LINES_NEEDS_TYPE;
}

/* What waits goes to the file. */
static bool flush(gotrace_lines *w, void *file)
{
    size_t len = w->out.len;
    w->out.len = 0;
    return len == 0 || fwrite(w->out.data, 1, len, file) == len;
}

/* Writes what waits before it returns, whatever the reason: the caller may print
 * the next line itself, and to the same file. */
gotrace_lines_status gotrace_lines_put(gotrace_lines *w, gotrace_lines_batch *b, void *file)
{
    gotrace_lines_status st = GOTRACE_LINES_DONE;
    while (b->done < b->len && st == GOTRACE_LINES_DONE) {
        st = take(w, b, b->events + b->done);
        b->done += st == GOTRACE_LINES_DONE;
        b->printed = b->printed || w->out.len > 0;
        if (w->out.len >= WAITING && !flush(w, file))
            return GOTRACE_LINES_FAILED;
    }
    return flush(w, file) ? st : GOTRACE_LINES_FAILED;
}
