/* missing.h: what an order waits for in vain, because an event is lost.
 *
 * Found by going through the order to its end, once, when somebody has waited for
 * long: there, whoever still waits will always do. The earliest of them has lost
 * what it waits for. It gets its way, and the rest goes on from there.
 *
 * A P that leaves a goroutine without having started one has lost a start, or one
 * on which a goroutine must run up to the end: it is that of a goroutine which is
 * runnable and whose next number is too high by one, or else of the one which that
 * P made runnable last, or which has been runnable for longest. */
#ifndef GOTRACE_V1_ORDER_MISSING_H
#define GOTRACE_V1_ORDER_MISSING_H
#include "v1/order/order.h"

/* Into *m, which is empty. Changes nothing of ix. False: no memory; what was found is
 * the caller's either way. */
bool v1_missing_find(struct v1_missing *m, const struct v1_index *ix);
#endif
