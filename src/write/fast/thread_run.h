/* thread_run.h: the fast path of fast_path.h for what is most frequent: consecutive events of
 * one thread. While these are taken no other thread does anything, so that what runs on
 * this one, and where both models agree about it, is found once and then known. */
#ifndef GOTRACE_WRITE_FAST_THREAD_RUN_H
#define GOTRACE_WRITE_FAST_THREAD_RUN_H
#include "write/keeper.h"

/* Takes events of the input from number i on, up to number `end`, in a generation of the
 * output; returns the first that it did not take, which is for fast_path_take.
 * latest: ticks. What is written is what that would write; k->out.status. */
uint32_t thread_run_take(struct keeper *k, const gotrace_event *events, uint32_t i, uint32_t end,
                         uint64_t latest);
#endif
