/* order_ahead.h: the runs of a v1 order, handed on: as they are asked for, or by a
 * second thread that finds them ahead of whoever converts them.
 *
 * What is seen with a run is the same either way: what is noted of the order,
 * and the goroutines that have been numbered, as of that run. Beside it
 * nobody may touch the order and its goroutines while it lasts. */
#ifndef GOTRACE_V1_ORDER_ORDER_AHEAD_H
#define GOTRACE_V1_ORDER_ORDER_AHEAD_H
#include "v1/order/order.h"

struct workers;
struct ahead_thread;

struct v1_order_ahead {
    struct v1_order *order; /* borrowed */
    struct v1_lives *lives; /* borrowed; grown with each run */
    struct order_notes notes;
    struct ahead_thread *thread; /* owned; NULL: there is none */
};

/* From the first run of o on. On one of `workers` if that helps with so many bytes; then
 * it begins at once. */
void v1_order_ahead_start(struct v1_order_ahead *r, struct v1_order *o, struct v1_lives *lives,
                          struct workers *workers, uint64_t bytes);
/* v1_order_run, wherever it runs. */
gotrace_status v1_order_ahead_run(struct v1_order_ahead *r, struct v1_event **out, size_t *n);
/* Soon, wherever the order is. A zeroed one is fine. */
void v1_order_ahead_free(struct v1_order_ahead *r);
#endif
