/* full_order.h: one sequence out of the threads of a generation.
 *
 * A min-heap of cursors by the time of their next event; the first in time
 * order whose event may happen, by the scheduler model, is next. Which of
 * several events of one time that is follows from the heap's shape, so heap
 * and fallback work as Go 1.27 internal/trace/{reader,batchcursor}.go do.
 *
 * That asks every thread for every event if all but one wait. It is paid for as
 * long as it is rare; where it is not, and there are more than 64 threads, the
 * rest of the generation goes by what each waits for (waits.h). The order is the
 * same, but that equal times go by who came first, and not by Go's heap.
 *
 * An event that cannot be costs itself at most. One that waits for what the rest of
 * the generation will not bring (rest.h), or that breaks a rule, happens all the
 * same, from an assumption (sched/waiting/assume.h) and reported; so does the earliest
 * where nothing can happen. Behind such a guess states that the next generation
 * restates are right, and what was known is not.
 *
 * Types in builder->skipped are passed over: their time goes to the next event of
 * their batch, they take no nanosecond and no place in the heap. They count in
 * builder->info.events, their ids are checked, and the model is asked about them
 * as soon as the event of their thread before them has happened. */
#ifndef GOTRACE_V2_ORDER_FULL_ORDER_H
#define GOTRACE_V2_ORDER_FULL_ORDER_H
#include "read/go_sort.h"
#include "sched/edges.h"
#include "sched/sched.h"
#include "sched/strict.h"
#include "v2/cursor/cursor_slot.h"
#include "v2/order/impossible.h"
#include "v2/order/rest.h"
#include "v2/order/waits.h"

/* Up to so many no thread's event waits for what it is asked (waits.h). */
enum { FULL_ORDER_FEW_THREADS = 64 };

struct full_order {
    struct sched *sched; /* owned */
    VEC(struct cursor_slot) slots;
    VEC(struct go_sort_entry) frontier; /* the heap: slots by the time of their event */
    struct waits waits;                 /* in place of the frontier while it is on */
    uint64_t asked;                     /* threads that were put in order for the sake of others */
    uint64_t round;                     /* counts the times when all were, one by one */
    size_t sample;                      /* next of the generation's samples */
    const uint8_t *base;
    struct id_tables ids;          /* of the generation at hand */
    struct references *references; /* borrowed, likewise; NULL: not in a pass */
    uint32_t forever;              /* in a pass: that reason, interned */
    struct strict strict;          /* in a pass: what other tools than Go's reader mind */
    uint64_t before;               /* events that came before it */
    uint64_t pause_at;             /* so many in all by which a call returns */
    bool fast[256];                /* types that full_order_run_fast may take */
    int64_t last;                  /* time of the last event, on the trace's clock */
    int64_t zero;                  /* that clock when the trace began */
    bool begun;
    struct rest rest;             /* of the generation at hand */
    uint64_t guesses;             /* events in it that happened though they could not */
    uint64_t guess_asks;          /* threads that waited beside each of them, in all */
    bool blind;                   /* enough has been looked for in it */
    bool guessed_before;          /* there were some in the generation before */
    bool by_itself;               /* it knows nothing of what came before (sched/edges.h) */
    uint64_t extra;               /* nanoseconds beside those of events */
    struct impossible impossible; /* what of these has been told */
    struct unknown_ids unknown;
};

bool full_order_init(struct full_order *o); /* false: no memory */
void full_order_free(struct full_order *o);
/* One for a single generation, by itself, of the trace whose order `of` is. What is
 * more than an event that can happen ends it, with GOTRACE_UNSUPPORTED. */
bool full_order_init_by_itself(struct full_order *o, struct edges *edges,
                               const struct full_order *of);
/* Takes up g, whose bytes are at base, and sets builder->gen's times. */
gotrace_status full_order_start(struct full_order *o, const struct generation *g,
                                const uint8_t *base, struct builder *builder, gotrace_diag *diag);
/* Threads, procs and goroutines so far. */
void full_order_count(const struct full_order *o, gotrace_info *info);
/* Bytes of events so far of the generation at hand. */
uint64_t full_order_done(const struct full_order *o);
/* Appends events to the builder until it is full, or READER_SLICE were gone through.
 * GOTRACE_END: g is done with, by its end or by damage. */
gotrace_status full_order_run(struct full_order *o, const struct generation *g,
                              struct builder *builder, gotrace_diag *diag);
#endif
