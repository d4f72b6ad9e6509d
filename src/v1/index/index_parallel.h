/* index_parallel.h: a v1 trace indexed from two places at once.
 *
 * Records have no marks, so nobody knows where one begins in the middle of a
 * trace. A second thread guesses at what looks like a batch, and indexes from
 * there. Where the index that comes from the beginning arrives at that very
 * record the guess was right, and what was found behind it is added; if not, or
 * if it found damage, it is forgotten. So the outcome is the same. */
#ifndef GOTRACE_V1_INDEX_INDEX_PARALLEL_H
#define GOTRACE_V1_INDEX_INDEX_PARALLEL_H
#include <stdatomic.h>

#include "base/thread/worker.h"
#include "v1/index/index.h"

struct v1_index_parallel {
    struct workers *workers; /* borrowed */
    struct worker_task task;
    uint64_t from;          /* where it begins */
    struct v1_index second; /* the task's, while it is called */
    atomic_bool stop;
    bool begun;
};

/* Guesses, and lets one of `workers` begin if that helps. */
void v1_index_parallel_start(struct v1_index_parallel *h, struct workers *workers,
                             const struct v1_index *ix, uint32_t version);
/* v1_index_step of the whole. */
gotrace_status v1_index_parallel_step(struct v1_index_parallel *h, struct v1_index *ix,
                                      size_t records);
/* Soon, wherever it is. A zeroed one is fine. */
void v1_index_parallel_free(struct v1_index_parallel *h);
#endif
