/* thread_order.h: the events of a generation thread after thread: the cheap way for
 * scripts that need no order. The context's proc and goroutine are not known,
 * and nothing is verified that the framing does not show.
 *
 * Only what is wanted is decoded, where that gives the same. */
#ifndef GOTRACE_V2_THREAD_ORDER_H
#define GOTRACE_V2_THREAD_ORDER_H
#include "v2/batch_summaries.h"
#include "v2/cursor/cursor.h"

struct thread_order {
    size_t thread, sample; /* next of the generation's */
    uint32_t batch;        /* that is being delivered, MAP_NONE: between threads */
    struct cursor cursor;  /* in it */
    const uint8_t *base;
    int64_t zero;
    bool begun;
    struct map threads; /* those met so far, for the totals */

    struct batch_summaries summaries;
    bool summarizing;                  /* it is out in this generation */
    const struct batch_summary *known; /* what it said of the batch, NULL: decode all */
    uint32_t hit;                      /* next of these */
    uint64_t before;                   /* events before the batch */
    uint64_t gone;                     /* bytes of the generation's batches before it */
};

/* The generation's batches are known and `base` is the memory of its bytes,
 * until the scan is at its end. Its tables may be read meanwhile. */
void thread_order_send(struct thread_order *s, const struct generation *g, const uint8_t *base,
                       const struct builder *builder);
/* All of it is known. */
void thread_order_start(struct thread_order *s, const struct generation *g,
                        struct builder *builder);
/* Bytes of events so far of the generation at hand. */
uint64_t thread_order_done(const struct thread_order *s);
/* As full_order_run. */
gotrace_status thread_order_run(struct thread_order *s, const struct generation *g,
                                struct builder *builder, gotrace_diag *diag);
void thread_order_free(struct thread_order *s);
#endif
