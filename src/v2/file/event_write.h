/* event_write.h: the inside of the writer of batches, for those that put an event into
 * one inline: batch_write.c, and the fast path of write/plain.c. */
#ifndef GOTRACE_V2_FILE_EVENT_WRITE_H
#define GOTRACE_V2_FILE_EVENT_WRITE_H
#include "base/compiler.h"
#include "base/map.h"
#include "base/varint.h"
#include "base/vec.h"
#include "v2/file/batch_write.h"

enum {
    HEAD_MAX = 2 + 4 * LEB128_MAX,
    SYNC_MAX = 3 + 5 * LEB128_MAX,
    V2_EVENT_MAX = 1 + (1 + GOTRACE_ARGS) * LEB128_MAX
};

/* The batch at work of a thread. */
struct v2_thread {
    int64_t m;
    uint8_t *data; /* owned */
    size_t len, cap;
    uint64_t time;  /* of the batch: its first event's ticks */
    uint64_t last;  /* ticks of the generation's last event, 0: none */
    uint32_t place; /* in v2_writer.order */
};
/* The batch at work of a table; its first byte is there as soon as a record is. */
struct records {
    struct buf bytes;
    uint8_t kind;
};
enum { STACKS, STRINGS, SAMPLES, TABLES };

struct v2_writer {
    sink *out;                         /* borrowed */
    uint64_t gen, ticks;               /* of the generation; gen 0: outside of one */
    uint8_t sync[HEAD_MAX + SYNC_MAX]; /* its first batch, until there is another to write */
    size_t sync_len;
    VEC(struct v2_thread) threads;
    struct map thread_of; /* m -> index */
    uint64_t held;        /* bytes of events in memory */
    /* The generation's threads as their first batches go, and those of the one before. */
    VEC(uint32_t) order, before;
    size_t placed; /* so many of them have had theirs, or need none */
    struct records tables[TABLES];
};

/* Without a branch between one byte and two: which it is, no processor foresees
 * in a mix of events, and nearly all numbers take no more. */
static HOT uint8_t *v2_put(uint8_t *p, uint64_t v)
{
    bool two = v > 0x7f;
    if (__builtin_expect(v > 0x3fff, 0))
        return p + leb128_put(p, v);
    p[0] = (uint8_t)(v | (unsigned)two << 7);
    p[1] = (uint8_t)(v >> 7); /* of one byte, the next number's place */
    return p + 1 + two;
}

static HOT uint8_t *v2_put_bytes(uint8_t *p, uint8_t type, uint64_t dt, const uint64_t *arg,
                                 unsigned nargs)
{
    *p++ = type;
    p = v2_put(p, dt);
#pragma GCC unroll 4
    for (unsigned i = 0; i < nargs; i++)
        p = v2_put(p, arg[i]);
    return p;
}

/* As v2_write_event; where nargs is a constant, its code is. */
static HOT gotrace_status v2_put_event(struct v2_writer *w, uint32_t thread, uint8_t type,
                                       uint64_t ticks, const uint64_t *arg, unsigned nargs,
                                       gotrace_diag *diag)
{
    struct v2_thread *t = &w->threads.data[thread];
    if (__builtin_expect(t->len == 0 || t->cap - t->len < V2_EVENT_MAX, 0))
        return v2_write_event(w, thread, type, ticks, arg, nargs, diag);
    uint8_t *end = v2_put_bytes(t->data + t->len, type, ticks - t->last, arg, nargs);
    if (__builtin_expect(end - t->data > V2_MAX_BATCH, 0))
        return v2_write_event(w, thread, type, ticks, arg, nargs, diag);
    w->held += (size_t)(end - t->data) - t->len;
    t->len = (size_t)(end - t->data);
    t->last = ticks;
    return GOTRACE_OK;
}
#endif
