/* cursor.h: the events of one thread in one generation, one after the other. */
#ifndef GOTRACE_V2_CURSOR_CURSOR_H
#define GOTRACE_V2_CURSOR_CURSOR_H
#include <assert.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "event/event.h"
#include "v2/generation/generation.h"

struct cursor {
    const uint8_t *at;      /* of the event that is decoded here */
    const uint8_t *p, *end; /* behind it; the batch's end */
    uint64_t off;           /* of the batch's data in the source ... */
    const uint8_t *data;    /* ... and in memory */
    uint32_t batch;         /* index of the batch, MAP_NONE: no more */
    uint64_t gone;          /* bytes of the batches before it */
    int64_t m;
    int64_t time;    /* of the event, ns on the trace's clock */
    uint64_t ticks;  /* the same, as recorded */
    uint64_t dt;     /* ticks since the event before it that was not passed over */
    uint64_t passed; /* ticks of events passed over since then, the next one's dt */
    uint64_t exact;  /* ticks below this are ns when multiplied ... */
    uint32_t scale;  /* ... by this */
    uint8_t type;
    uint64_t arg[GOTRACE_ARGS]; /* as on the wire */
};

/* Puts the cursor before the thread's first event. `base` is the memory of
 * g's bytes; it must stay while the cursor is used. */
void cursor_start(struct cursor *c, const struct generation *g, const uint8_t *base,
                  const struct event_thread *t);
/* Decodes the next event; false behind the last. Bytes that are no event cost
 * the rest of their batch and are reported to the builder. */
static inline bool cursor_next(struct cursor *c, const struct generation *g, const uint8_t *base,
                               struct builder *builder);
/* Makes as if the event that is decoded were not there: its dt is part of that
 * of the next in its batch. */
static inline void cursor_hide(struct cursor *c, const struct generation *g);
/* Puts the cursor back before its event, so that cursor_next decodes it again;
 * false: with this one that is not simple. */
static inline bool cursor_rewind(struct cursor *c, const struct generation *g);
/* Bytes of events from the one that is decoded on. */
uint64_t cursor_left(const struct cursor *c, const struct generation *g);

/* Bytes of events up to the one that is decoded. */
static inline uint64_t cursor_done(const struct cursor *c)
{
    return c->gone + (uint64_t)(c->at - c->data);
}

static inline uint64_t cursor_offset(const struct cursor *c)
{
    assert_unchanged(c->data <= c->at && c->at <= c->end);
    return c->off + (uint64_t)(c->at - c->data);
}

/* Says in d that it is about the cursor's event. */
void cursor_blame(const struct cursor *c, const struct generation *g, gotrace_diag *d);

/* Whether all ids of strings and stacks are known; if not, *unknown is one. */
static inline bool cursor_check(const struct cursor *c, const struct generation *g,
                                uint64_t *unknown);
/* Fills arg from c's: ids of strings and stacks become interned ones ("?id" and
 * the empty stack for what is not known), a status keeps its byte. */
void cursor_resolve(const struct cursor *c, const struct generation *g, gotrace_names *names,
                    uint64_t arg[GOTRACE_ARGS]);

/* The fast path of cursor_next, for use in loops. */

/* Near the end of a batch, and between batches; all that can fail. */
bool cursor_next_slow(struct cursor *c, const struct generation *g, const uint8_t *base,
                      struct builder *builder);

/* The longest event: its type, dt and all arguments. */
enum { CURSOR_LONGEST = 1 + (1 + GOTRACE_ARGS) * LEB128_MAX };

/* Out of line: a number of more than three bytes. */
const uint8_t *cursor_long_number(const uint8_t *p, uint64_t *out);

/* Reads the number at p, where LEB128_MAX bytes are there, and returns where it
 * ends; NULL if it has more than 64 bits. Most have one byte to three. */
static inline const uint8_t *cursor_number(const uint8_t *p, uint64_t *out)
{
    if (p[0] < 0x80) {
        *out = p[0];
        return p + 1;
    }
    if (p[1] < 0x80) {
        *out = (p[0] & 0x7fu) | (unsigned)p[1] << 7;
        return p + 2;
    }
    if (p[2] < 0x80) {
        *out = (p[0] & 0x7fu) | (p[1] & 0x7fu) << 7 | (unsigned)p[2] << 14;
        return p + 3;
    }
    return cursor_long_number(p, out);
}

/* generation_ns. What a tick takes is a whole number as a rule, 64 ns for one. */
static inline int64_t cursor_ns(const struct cursor *c, const struct generation *g, uint64_t ticks)
{
    return ticks < c->exact ? (int64_t)(ticks * c->scale) : generation_ns(g, ticks);
}

/* Moves c behind the event of that type that lies from c->p to p. */
static inline void cursor_take(struct cursor *c, const struct generation *g, const uint8_t *p,
                               uint8_t type, uint64_t dt)
{
    assert_unchanged(c->data <= c->p && c->p < p && p <= c->end);
    /* Go's reader takes a time of 0 for the begin of a batch, wherever it is. */
    if (c->time == 0)
        c->time = generation_ns(g, g->batches.data[c->batch].at.time);
    c->ticks += dt;
    c->dt = c->passed + dt;
    c->time = ns_sum(c->time, cursor_ns(c, g, c->dt));
    c->passed = 0;
    c->type = type;
    c->at = c->p;
    c->p = p;
}

static inline void cursor_hide(struct cursor *c, const struct generation *g)
{
    assert(c->passed == 0 && c->batch != MAP_NONE); /* an event is decoded here */
    c->time = ns_between(cursor_ns(c, g, c->dt), c->time);
    c->passed = c->dt;
}

static inline bool cursor_rewind(struct cursor *c, const struct generation *g)
{
    if (c->at[1] != c->dt) /* it has more bytes, or others' ticks in it */
        return false;
    assert_unchanged(c->at < c->p && c->ticks >= c->dt);
    c->p = c->at;
    c->time = ns_between(cursor_ns(c, g, c->dt), c->time);
    c->ticks -= c->dt;
    return true;
}

/* The event at c->p, CURSOR_LONGEST before c->end; false if there is none. */
static inline bool cursor_decode(struct cursor *c, const struct generation *g)
{
    const uint8_t *p = c->p;
    uint8_t type = *p++;
    unsigned n = event_varints[type];
    uint64_t dt;
    assert(n <= 1 + GOTRACE_ARGS && c->end - c->p >= CURSOR_LONGEST);
    if (n == 0)
        return false;
    p = cursor_number(p, &dt);
    for (unsigned i = 0; p && i + 1 < n; i++)
        p = cursor_number(p, &c->arg[i]);
    if (p)
        cursor_take(c, g, p, type, dt);
    return p != NULL;
}

static inline bool cursor_next(struct cursor *c, const struct generation *g, const uint8_t *base,
                               struct builder *builder)
{
    return (c->end - c->p >= CURSOR_LONGEST && cursor_decode(c, g)) ||
           cursor_next_slow(c, g, base, builder);
}

bool cursor_check_slow(const struct cursor *c, const struct generation *g, uint64_t *unknown);

static inline bool cursor_check(const struct cursor *c, const struct generation *g,
                                uint64_t *unknown)
{
    const uint64_t *arg = c->arg;
    for (unsigned ids = event_ids[c->type]; ids; ids >>= 2, arg++) {
        uint64_t all = ids & EVENT_STR ? g->ids.strings.all : g->ids.stacks.all;
        if ((ids & 3) && *arg >= all)
            return cursor_check_slow(c, g, unknown);
    }
    return true;
}
#endif
