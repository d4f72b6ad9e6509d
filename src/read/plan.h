/* plan.h: which path a trace is read by: decided once, when it is opened, and
 * asked by all who read.
 *
 * Each path is there for speed and has a slow twin that says the same; a row of
 * docs/design.md, "Execution paths", has the two. Without a word all are taken
 * where they pay. GOTRACE_PATHS in the environment names, with commas between,
 * those that are taken, wherever they can be, and no other; `slow` is none.
 * GOTRACE_THREADS says how many threads there are, whatever the paths: 1 or 2. */
#ifndef GOTRACE_READ_PLAN_H
#define GOTRACE_READ_PLAN_H
#include "base/thread/worker.h"
#include "gotrace_lua.h"

struct plan {
    uint32_t paths; /* GOTRACE_PATH_...: those that may be taken */
    enum worker_use threads;
    unsigned said; /* threads by the environment, 0: nothing is said */
};

/* By the environment. A name that no path has counts as none. */
struct plan plan_made(void);
/* Whether that path, one of GOTRACE_PATH_..., may be taken. */
static inline bool plan_takes(const struct plan *p, uint32_t path)
{
    return (p->paths & path) != 0;
}
/* Threads that a reader may have beside the caller's, where it has more than one task: one for each
 * CPU, or as many as GOTRACE_THREADS says. */
unsigned plan_threads(const struct plan *p);
/* Whether generations may be ordered side by side (v2/side_by_side.h) when these types are
 * wanted in that order: few, and none of those that open a generation. */
bool plan_side_by_side(const struct plan *p, const uint8_t wanted[256], gotrace_order order);
/* What the reader is to deliver: `asked`, as in gotrace_want, by the paths taken. */
void plan_wanted(const struct plan *p, uint8_t out[256], const uint8_t asked[256]);
#endif
