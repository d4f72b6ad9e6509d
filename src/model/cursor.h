/* cursor.h: the events of one thread in one generation, one after the other. */
#ifndef GOTRACE_CURSOR_H
#define GOTRACE_CURSOR_H
#include "model/generation.h"

struct cursor {
    const uint8_t *at;      /* of the event that is decoded here */
    const uint8_t *p, *end; /* behind it; the batch's end */
    uint64_t off;           /* of the batch's data in the source ... */
    const uint8_t *data;    /* ... and in memory */
    uint32_t batch;         /* index of the batch, MAP_NONE: no more */
    uint32_t thread;        /* sched handle */
    int64_t m;
    int64_t time; /* of the event, ns on the trace's clock */
    uint8_t type;
    uint64_t arg[GOTRACE_ARGS]; /* as on the wire */
};

/* Puts the cursor before the thread's first event. `base` is the memory of
 * g's bytes; it must stay while the cursor is used. */
void cursor_start(struct cursor *c, const struct generation *g, const uint8_t *base,
                  const struct event_thread *t);
/* Decodes the next event; false behind the last. Bytes that are no event cost
 * the rest of their batch and are reported to the feed. */
bool cursor_next(struct cursor *c, const struct generation *g, const uint8_t *base,
                 struct feed *feed);
/* Bytes of events from the one that is decoded on. */
uint64_t cursor_left(const struct cursor *c, const struct generation *g);

static inline uint64_t cursor_offset(const struct cursor *c)
{
    return c->off + (uint64_t)(c->at - c->data);
}

/* Fills e's arguments from c's: ids of strings and stacks become interned ones,
 * a status keeps its byte. False when an id is not known; it then stands for
 * "?id" or the empty stack. */
bool cursor_resolve(const struct cursor *c, const struct generation *g, gotrace_names *names,
                    uint64_t arg[GOTRACE_ARGS], uint64_t *unknown);
#endif
