/* side_by_side.h: generations put in order on as many threads as there are CPUs, each by
 * itself, and joined to what came before in their sequence.
 *
 * For events of which few are wanted: of each generation nothing is kept but those.
 * The caller reads generations ahead (their batches and tables, so names are its own) and
 * has them ordered; it takes them in sequence. A generation is what one thread makes
 * of it if it is whole and its edges agree with what came before (sched/edges.h). If not, it
 * is ordered again, from what came before; of damage on, all are. */
#ifndef GOTRACE_V2_SIDE_BY_SIDE_H
#define GOTRACE_V2_SIDE_BY_SIDE_H
#include "base/thread/worker.h"
#include "sched/edges.h"
#include "v2/order/full_order.h"

/* A generation that is read ahead. */
struct ahead_slot {
    struct generation gen;
    const uint8_t *base;     /* of its bytes */
    struct builder found;    /* what was told of it as it was read */
    bool called;             /* it is ordered ahead, too */
    struct worker_task task; /* of which the rest is, while it is called */
    struct builder builder;
    struct full_order order;
    struct edges edges;
    struct references references; /* of its events, in a pass */
    VEC(gotrace_event) kept;
    gotrace_status status;
    atomic_uint_least64_t done; /* bytes of it that have been ordered, about */
};

struct side_by_side {
    struct workers workers;
    struct ahead_slot *slots; /* owned; NULL: none yet */
    unsigned places, first;   /* first: of those that are read ahead ... */
    unsigned len;             /* ... so many */
    unsigned failures;
    bool off; /* for good */
    /* Of the slot at hand, which has been joined: */
    const struct ahead_slot *joined; /* NULL: it has not */
    uint64_t before;                 /* events in front of it */
    int64_t late;                    /* they end there, behind its begin; -1: before it */
    size_t at;                       /* next of its kept ones */
};

/* Whether this trace, as it is asked for, may go this way at all. */
bool side_by_side_may(const struct side_by_side *s, const struct builder *builder);
/* A place to read the next generation into, behind `last`, which was read last. NULL: there is
 * enough ahead, or no memory. */
struct ahead_slot *side_by_side_place(struct side_by_side *s, const struct builder *builder,
                                      const struct generation *last);
/* It has been read, and is whole; o is the order of what comes before. */
void side_by_side_call(struct side_by_side *s, struct ahead_slot *slot, const struct full_order *o,
                       const struct builder *builder);
/* The one that was read last; there is one. */
const struct ahead_slot *side_by_side_last(const struct side_by_side *s);
/* The next one, which is at hand until the call behind; NULL: none is read ahead. */
struct ahead_slot *side_by_side_take(struct side_by_side *s);
/* Waits for the slot at hand, and joins it to o and the builder; false: it has to be
 * ordered from what came before. */
bool side_by_side_join(struct side_by_side *s, struct ahead_slot *slot, struct full_order *o,
                       struct builder *builder);
/* Events of it for the builder; GOTRACE_END: those were all. */
gotrace_status side_by_side_run(struct side_by_side *s, struct builder *builder);
/* Bytes of generations ahead that have been ordered, about. */
uint64_t side_by_side_done(const struct side_by_side *s);
/* Waits, some ms at most, for the slot that would be taken next; false: it goes on. */
bool side_by_side_wait(struct side_by_side *s);
void side_by_side_free(struct side_by_side *s);
#endif
