/* bridge.h: the shortest legal way from what belief holds to what an event needs.
 *
 * Each step is an event that is written in addition. The table in bridge.c says
 * which step comes first from one status of a goroutine to another. */
#ifndef GOTRACE_WRITE_MODELS_BRIDGE_H
#define GOTRACE_WRITE_MODELS_BRIDGE_H
#include "write/emit/emitter.h"
#include "write/models/hidden.h"

struct bridge {
    struct emitter *out;         /* borrowed */
    const struct sched *truth;   /* borrowed; what happened, for goroutines in the way */
    const struct hidden *hidden; /* borrowed; goroutines that are not to run */
    uint32_t reason;             /* interned: why a goroutine stops */
    bool stale;                  /* the end of a range was left out */
};

/* What a thread is to run: -1 nothing. */
struct run {
    int64_t p, g;
    uint8_t status; /* of g: GoRunning or GoSyscall */
};

/* All are true when belief is as wanted; what was written stays written. */

/* Goroutine g has the status; steps that have no thread of their own happen on
 * the thread. Running and Syscall: on this thread. */
bool bridge_g(struct bridge *b, uint32_t thread, int64_t g, uint8_t status);
/* Proc p is idle. */
bool bridge_idle(struct bridge *b, uint32_t thread, int64_t p);
bool bridge_run(struct bridge *b, uint32_t thread, const struct run *want);
/* No range is in flight on goroutine g, which runs on the thread. */
bool bridge_ranges(struct bridge *b, uint32_t thread, int64_t g);
#endif
