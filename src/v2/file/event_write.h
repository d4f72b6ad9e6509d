/* event_write.h: events into the batches at work, inline: for batch_write.c, which does
 * all that is not as usual, and for the fast path of write/fast/fast_path.c. */
#ifndef GOTRACE_V2_FILE_EVENT_WRITE_H
#define GOTRACE_V2_FILE_EVENT_WRITE_H
#include <assert.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "base/vec.h"
#include "v2/file/batch_read.h"

/* Bytes of an event at most. */
enum { V2_EVENT_MAX = 1 + (1 + GOTRACE_ARGS) * LEB128_MAX };

/* The batch at work of a thread. */
struct v2_open_batch {
    int64_t m;
    uint8_t *data; /* owned */
    size_t len, cap;
    uint64_t time;  /* of the batch: its first event's ticks */
    uint64_t last;  /* ticks of the generation's last event, 0: none */
    uint32_t place; /* in v2_writer.order */
};
struct v2_open_batches {
    VEC(struct v2_open_batch) threads;
    uint64_t held; /* bytes of events in memory */
};

/* Without a branch between one byte and two: which it is, no processor foresees
 * in a mix of events, and nearly all numbers take no more. */
static HOT uint8_t *v2_put_number(uint8_t *p, uint64_t v)
{
    bool two = v > 0x7f;
    if (__builtin_expect(v > 0x3fff, 0))
        return p + leb128_put(p, v);
    p[0] = (uint8_t)(v | (unsigned)two << 7);
    p[1] = (uint8_t)(v >> 7); /* of one byte, the next number's place */
    return p + 1 + two;
}

static HOT uint8_t *v2_put_numbers(uint8_t *p, uint8_t type, uint64_t dt, const uint64_t *arg,
                                   unsigned nargs)
{
    *p++ = type;
    p = v2_put_number(p, dt);
#pragma GCC unroll 4
    for (unsigned i = 0; i < nargs; i++)
        p = v2_put_number(p, arg[i]);
    return p;
}

/* The event ends at `end`. */
static HOT void v2_add_event(struct v2_open_batches *o, struct v2_open_batch *t, const uint8_t *end,
                             uint64_t ticks)
{
    size_t len = (size_t)(end - t->data);
    assert(len > 0 && len <= t->cap && ticks >= t->last);
    o->held += len - t->len;
    t->len = len;
    t->last = ticks;
}

/* As v2_write_event, into a batch that has begun and is not full; else false, and nothing
 * is written. */
static HOT bool v2_put_event(struct v2_open_batches *o, uint32_t thread, uint8_t type,
                             uint64_t ticks, const uint64_t *arg, unsigned nargs)
{
    assert(thread < o->threads.len && o->threads.data[thread].len <= V2_MAX_BATCH);
    struct v2_open_batch *t = &o->threads.data[thread];
    if (__builtin_expect(t->len == 0 || t->cap - t->len < V2_EVENT_MAX, 0))
        return false;
    uint8_t *end = v2_put_numbers(t->data + t->len, type, ticks - t->last, arg, nargs);
    if (__builtin_expect(end - t->data > V2_MAX_BATCH, 0))
        return false;
    v2_add_event(o, t, end, ticks);
    return true;
}

/* The end of a batch at work, while nobody else writes into it: a copy that is a local
 * of its loop. */
struct v2_batch_end {
    uint8_t *data;
    size_t len, room; /* up to which any event has room */
    uint64_t last;
};

static HOT struct v2_batch_end v2_batch_end(const struct v2_open_batch *t)
{
    size_t cap = t->cap < V2_MAX_BATCH ? t->cap : V2_MAX_BATCH;
    return (struct v2_batch_end){t->data, t->len, cap > V2_EVENT_MAX ? cap - V2_EVENT_MAX : 0,
                                 t->last};
}

/* Hands it back. */
static HOT void v2_end_batch(struct v2_open_batches *o, struct v2_open_batch *t,
                             const struct v2_batch_end *e)
{
    assert(e->data == t->data && e->len >= t->len && e->len <= t->cap && e->last >= t->last);
    o->held += e->len - t->len;
    t->len = e->len;
    t->last = e->last;
}

/* As v2_put_event. */
static HOT bool v2_put_at_end(struct v2_batch_end *e, uint8_t type, uint64_t ticks,
                              const uint64_t *arg, unsigned nargs)
{
    if (__builtin_expect(e->len - 1 >= e->room, 0)) /* of 0: it has not begun */
        return false;
    uint8_t *end = v2_put_numbers(e->data + e->len, type, ticks - e->last, arg, nargs);
    e->len = (size_t)(end - e->data);
    e->last = ticks;
    return true;
}

#endif
