/* convert.h: the events of a v1 trace in v2's terms, in their final order, as
 * Go 1.27 converts them (internal/trace/tracev1.go). Their context is what v2's
 * is, the thread, P and goroutine just before the event; Go's converter has other
 * ones (docs/design.md).
 *
 * They come as v1_order has them, but GoSysExits when they happened. Without an
 * order the Ps come one after the other, each as it was written. */
#ifndef GOTRACE_V1_CONVERT_H
#define GOTRACE_V1_CONVERT_H
#include "read/reader.h"
#include "v1/intern.h"
#include "v1/order/check.h"
#include "v1/order/order_ahead.h"

struct convert_stream {
    bool seen;                 /* it has started or stopped */
    int64_t m;                 /* thread of its last start, -1: none */
    int64_t rested, rested_at; /* the one before, which stopped then (ns) */
};

struct v1_convert {
    const struct v1_index *index;       /* borrowed, like the next three */
    struct v1_order_ahead *order_ahead; /* NULL: P after P */
    struct v1_names *names;
    struct v1_gs *gs; /* that of order_ahead; P after P it is filled here */
    struct v1_lives lives;
    struct v1_check check;
    VEC(struct convert_stream) streams;

    /* In order: an event that GoSysExits come before, and these by their time. */
    struct v1_event *next; /* borrowed from order_ahead; NULL: none is held */
    struct v1_event *run;  /* those behind it, likewise */
    size_t run_len;
    v1_out_of_turns exits;             /* taken from index */
    size_t exit;                       /* the next of them */
    struct map passed;                 /* records of those that happen later than written */
    bool stopped;                      /* they come with their records from here on: */
    struct v1_out_of_turn stop;        /* all but those before this one */
    struct order_note impossible_exit; /* one cannot have happened when it says */

    /* P after P: the one at hand, the earliest one, and how many were begun. */
    struct v1_cursor cursor;
    uint32_t current, stream, first, turn;
    size_t next_out_of_turn;

    uint64_t min_ticks;
    double ns_per_tick;
    int64_t now, last; /* ns: of this event, of the one before */

    /* Goroutines alive at the start: created before the first Gomaxprocs and
     * not heard of again until then. */
    bool before_start, restating;
    bool broken;   /* what begins it may be lost, or the Gomaxprocs that ends it */
    bool has_told; /* something has told of a goroutine */
    bool runs_one; /* and one has begun to run */
    VEC(uint32_t) alive;
    size_t restated;
    uint64_t restated_off;

    uint32_t reasons[V1_TYPES]; /* interned, + 1 */
    struct map threads;
    unsigned guesses; /* of threads of Ps */
    bool failed;      /* memory ran out */
};

/* False: no memory; freed by v1_convert_free either way. Takes the index's exits. */
bool v1_convert_start(struct v1_convert *l, struct v1_index *ix, struct v1_order_ahead *order_ahead,
                      struct v1_names *names, struct v1_gs *gs);
void v1_convert_free(struct v1_convert *l);
/* Adds the next events in at most *steps steps, which it counts down, until f is
 * full or there may be something to tell (v1_convert_is_bad). GOTRACE_OK;
 * GOTRACE_END behind the last; GOTRACE_NO_MEMORY. */
gotrace_status v1_convert_run(struct v1_convert *l, struct builder *f, unsigned *steps);
/* Whether memory ran out: asked now and then, nothing breaks before. */
bool v1_convert_failed(const struct v1_convert *l);
/* Whether there is something to tell of the order or the check. */
static inline bool v1_convert_is_bad(const struct v1_convert *l)
{
    return l->check.wrong || l->impossible_exit.is ||
           (l->order_ahead && l->order_ahead->notes.count);
}
#endif
