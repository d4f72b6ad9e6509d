/* rewrite.h: a trace on its way from what happened to what is written: the two models, the
 * threads of both, the event at work. keeper.h says what becomes of it.
 *
 * Truth and belief are two: what was read, and what the new trace's reader knows. As long as
 * all that happened was written as it was, belief is both. */
#ifndef GOTRACE_WRITE_MODELS_REWRITE_H
#define GOTRACE_WRITE_MODELS_REWRITE_H
#include "write/models/bridge.h"

struct keeper;
/* That a script may set: Go's tools make something for each. */
enum { KEEPER_MOST_PROCS = 1 << 16 };
enum { KEEPER_NEAR = 64 };
enum outcome {
    WRITTEN,
    ABSORBED, /* belief was there already */
    WITHHELD,
    NEEDLESS /* says nothing that belief's reader needs to be told, such as a status twice */
};
enum need { ANY, SELF, THREAD, PROC, USER };

/* A row of the event table, as far as it is about keeping. */
struct keep_policy {
    uint8_t need;
    enum outcome (*rule)(struct keeper *k);
    uint8_t who, from, to;
};

struct keeper {
    struct emitter out;
    struct sched *truth; /* owned; NULL: nothing has been changed yet */
    struct bridge bridge;
    struct hidden hidden;
    struct map dropped_tasks; /* whose begin was not written */
    struct map unruly;        /* who ended regions in another order than begun */
    struct map over;          /* regions that ended before their time by that, hashed */
    uint64_t procs;           /* GOMAXPROCS in truth ... */
    uint64_t procs_written;   /* ... and as written, 0: never */
    bool procs_differ;        /* a script has changed that */
    bool thinned;             /* events were left out on which no other depends */
    struct map thread_of_p;   /* threads.c: index in threads */
    VEC(int64_t) threads;
    int64_t invented; /* threads, so far */
    bool late;        /* clocks disagree, v1: an event came later than it says */
    bool v1;          /* the input knows no threads for some events */
    bool strict;
    bool refused;               /* out.diag says which event, and why */
    bool fast;                  /* fast_path.c may be asked */
    uint32_t failures, pause;   /* of thread_run.c: events not taken in a row, not to be tried */
    uint32_t near[KEEPER_NEAR]; /* threads by the last bits of their threads: found lately */
    /* The first repair that v1 may need without damage: what is refused if there is any. */
    bool repaired;
    gotrace_diag repair;

    /* The event at work. */
    const gotrace_event *ev;
    const gotrace_event *original; /* NULL: a script has added it */
    uint32_t thread;
};

/* False, and k->out.status says it. */
static inline bool keeper_no_memory(struct keeper *k)
{
    k->out.status = diag_no_memory(&k->out.diag);
    return false;
}
#endif
