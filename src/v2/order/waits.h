/* waits.h: the threads of a generation when many of them wait: whom to ask next,
 * without asking again who cannot have got an answer.
 *
 * A thread whose event has to wait is parked under its needs (needs.h).
 * When a need has come true, the first in time of those parked under it is to
 * be asked again, and the next of them when that one's event has happened. So
 * an event that happens has a handful of threads asked, however many wait.
 *
 * The first in time comes first; of one time, who has come to its event first.
 * Memory: what is added, parked and woken grows no faster than the events. Once
 * there was none, `failed` stays set and nothing else is promised. */
#ifndef GOTRACE_V2_ORDER_WAITS_H
#define GOTRACE_V2_ORDER_WAITS_H
#include "base/map.h"
#include "base/vec.h"
#include "read/go_sort.h"
#include "sched/waiting/needs.h"

/* A thread at an event. */
struct waiter {
    int64_t time;   /* of the event */
    uint64_t turn;  /* counts all events that threads came to */
    uint32_t slot;  /* index of the thread */
    uint32_t parks; /* how often it had been parked */
};
typedef VEC(struct waiter) waiters; /* a heap, the earliest first */

struct waits {
    bool on;     /* somebody uses this */
    bool failed; /* no memory */
    size_t live; /* threads that have an event */
    uint64_t turns;
    VEC(struct wait_slot) slots;
    waiters all;                   /* one for each event come to; stale ones are passed over */
    waiters asked_next;            /* to be asked */
    VEC(struct wait_place) places; /* needs under which threads are parked */
    VEC(uint32_t) free_places;
    struct map place_of; /* hash of the need -> first of a chain */
    struct hash_secret secret;
};

/* Begins with no threads, of which there will be `slots`. */
void waits_begin(struct waits *w, size_t slots);
/* Ends it: appends the threads to *out, which has room for them, sorted. */
void waits_end(struct waits *w, struct go_sort_entry *out);
void waits_free(struct waits *w);

/* The slot comes to an event of that time. */
void waits_add(struct waits *w, uint32_t slot, int64_t time);
/* The slot's event has happened. */
void waits_done(struct waits *w, uint32_t slot);
/* Takes the earliest that is to be asked; false: all are parked. It has to be
 * parked or done next. */
bool waits_take(struct waits *w, uint32_t *slot);
/* Its event has to wait. */
void waits_park(struct waits *w, uint32_t slot, const struct sched_need *needs, size_t n);
/* This may have come true. */
void waits_wake(struct waits *w, const struct sched_need *need);
/* The time of the earliest event, of one to be asked or parked; INT64_MAX: none. */
int64_t waits_first(struct waits *w);
#endif
