/* unstarted.h: which goroutine ran on a P of Go 1.5 that has started none, because
 * its start is lost.
 *
 * 1.5 numbers events, not what happens to a goroutine, so no number says who it
 * was. It had been runnable since before. If it blocked there, it is the one
 * that is unblocked later though it has not run; if it ended, or is not unblocked,
 * one that does nothing any more; if it was preempted, any. Of several it is
 * the one that its P made runnable last, which is what Go's scheduler runs
 * next, or else the one that has been runnable for longest. */
#ifndef GOTRACE_V1_ORDER_UNSTARTED_H
#define GOTRACE_V1_ORDER_UNSTARTED_H
#include "v1/order/order.h"

/* Adds to m->runs. Where nothing is lost, ix says so, and no event is looked at; else
 * they are ordered once more. False: no memory. */
bool v1_unstarted_find(struct v1_missing *m, const struct v1_index *ix);
#endif
