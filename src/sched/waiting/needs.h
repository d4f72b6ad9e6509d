/* needs.h: what an event waits for when the model says SCHED_NOT_YET, and
 * what one that has happened may have made true.
 *
 * An event that waits goes on waiting at least until one of its needs is met:
 * so nobody has to ask the model before. */
#ifndef GOTRACE_SCHED_WAITING_NEEDS_H
#define GOTRACE_SCHED_WAITING_NEEDS_H
#include <stddef.h>

#include "sched/sched.h"

enum sched_what {
    NEED_NOTHING,
    NEED_G_RUNNABLE, /* goroutine id, so that number seq is next */
    NEED_G_WAITING,  /* likewise */
    NEED_G_STOPPED,  /* goroutine id runs no more */
    NEED_P_IDLE,     /* proc id, so that number seq is next */
    NEED_P_SYSCALL,  /* likewise; abandoned or not */
    NEED_P_LEFT,     /* proc id is not in a syscall */
    NEED_NO_P,       /* thread id has no proc */
    NEED_GC          /* number seq of the mark phases is next */
};
struct sched_need {
    uint64_t id, seq; /* what does not count is 0 */
    enum sched_what what;
};

/* What has to happen before an event that waits can, the step right before it. */
enum sched_way {
    WAY_PERHAPS, /* not known */
    WAY_NEVER,   /* nothing can: it comes too late, or its own thread would have to */
    WAY_BIRTH_G, /* goroutine id is created, or stated in the generation at hand */
    WAY_BIRTH_P, /* proc id is stated there */
    WAY_NEXT_G,  /* the event of goroutine id that has number seq */
    WAY_SAME_G,  /* the same, and surely in its life at hand */
    WAY_NEXT_P,  /* likewise of proc id */
    WAY_NEXT_GC, /* likewise of the mark phases */
    WAY_STEAL_P, /* the event of proc id that has number seq is a theft */
    WAY_LEAVE_G, /* thread id lets go of its goroutine */
    WAY_LEAVE_P  /* thread id lets go of its proc */
};
struct sched_awaited {
    enum sched_way way;
    uint64_t id, seq;
};

enum { SCHED_NEEDS = 3, SCHED_OFFERS = 10 };

/* The needs of ev, for which sched_advance has just said SCHED_NOT_YET. Returns
 * how many these are. */
size_t sched_needs(const struct sched_event *ev, struct sched_need out[SCHED_NEEDS]);
#ifndef NDEBUG
/* For assertions: whether what somebody waits for is so; of NEED_G_STOPPED and NEED_NO_P it
 * does not say. */
bool sched_is_met(const struct sched *s, const struct sched_need *need);
#endif
/* What ev, for which sched_advance has just said SCHED_NOT_YET, waits for. */
struct sched_awaited sched_awaits(const struct sched *s, const struct sched_event *ev);
/* The needs that ev, which has just happened, can have met: all that it has,
 * and others. Returns how many. */
size_t sched_offers(const struct sched *s, const struct sched_event *ev,
                    struct sched_need out[SCHED_OFFERS]);
#endif
