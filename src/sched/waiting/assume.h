/* assume.h: what is believed so that a trace can go on behind an event that, by
 * the rules, cannot be: because what led to it is lost, or because it is wrong.
 *
 * The event is taken at its word, and as little as possible is believed beside
 * it. What is lost and what it was follows best from what comes later, so those
 * who can look ahead say what that is (struct sched_ahead). */
#ifndef GOTRACE_SCHED_WAITING_ASSUME_H
#define GOTRACE_SCHED_WAITING_ASSUME_H
#include "sched/sched.h"
#include "sched/waiting/needs.h"

/* What is known of the events to come. */
struct sched_ahead {
    void *self;
    /* The type of the event to come that has this number (WAY_NEXT_*), or that
     * states this goroutine or proc (WAY_BIRTH_*) anywhere in the generation; 0:
     * none. */
    uint8_t (*type_of)(void *self, enum sched_way way, uint64_t id, uint64_t seq);
    /* The type of the thread's next event that lets go of its goroutine. 0: none
     * before it has another. */
    uint8_t (*leaves)(void *self, uint32_t thread);
    /* Goroutine (WAY_BIRTH_G) or proc (WAY_BIRTH_P) number i, from 0, of which
     * there are events in the generation but nothing that states it. */
    bool (*orphan)(void *self, enum sched_way way, size_t i, uint64_t *id);
    /* So many records may be looked at for what is lost. */
    uint64_t budget;
};

/* Makes the model such that ev, for which sched_advance has just said r and not
 * SCHED_ADVANCED, fits better: first its context, then what it is about, so ask
 * again. `ahead` NULL: nothing is known of what comes. */
void sched_mend(struct sched *s, struct sched_event *ev, enum sched_result r,
                struct sched_ahead *ahead);

/* Makes ev happen whatever the model says: binds what it binds. Answers like
 * sched_advance. */
void sched_assume(struct sched *s, struct sched_event *ev);
/* Whether ev is a status of what the model knows, and in that state. */
bool sched_restates(const struct sched *s, const struct sched_event *ev);

/* The same, but tries first whether it can, and mends without looking ahead: what
 * the script is told happened, happened. For the keeper, whose truth takes all
 * events of v1 and of damaged traces. */
void sched_take_word(struct sched *s, struct sched_event *ev);
/* The thread has this proc, and this goroutine with that status (-1: as it is). */
void sched_assume_context(struct sched *s, uint32_t thread, int64_t p, int64_t g, uint8_t status);
#endif
