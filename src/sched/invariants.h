/* invariants.h: what holds of the model around each event, for the assertions of those
 * who make events happen. Nothing here is in a build without them. */
#ifndef GOTRACE_SCHED_INVARIANTS_H
#define GOTRACE_SCHED_INVARIANTS_H
#include "sched/rules_inline.h"

#ifndef NDEBUG
/* What an event may change, as it was before. */
struct sched_before {
    struct thread thread;
    struct goroutine own, target; /* gen 0: none */
    struct proc own_p, target_p;  /* epoch 0: none */
    size_t gs, free_gs, ps, stops;
    uint64_t gc_seq, idles;
    enum gc gc;
};

void sched_note(const struct sched *s, const struct sched_event *ev, struct sched_before *out);
/* The event's thread, what runs there, and statuses are such as there are. */
bool sched_is_in_range(const struct sched *s, const struct sched_event *ev);
/* An event that cannot happen yet has changed nothing. */
bool sched_is_unchanged(const struct sched *s, const struct sched_event *ev,
                        const struct sched_before *before);
/* One that breaks a rule has not happened: all that it may change is as before, but for
 * records of nobody. */
bool sched_has_refused(const struct sched *s, const struct sched_event *ev,
                       const struct sched_before *before);
/* One that has happened has done what the event table says of it: who it is about is what
 * it becomes, and has the thread or has it no more; its number is the last. */
bool sched_has_happened(const struct sched *s, const struct sched_event *ev);
/* All records are found by their ids and by nothing else, and what is counted is as many
 * as there are. Takes as long as there are records: for the end of a generation. */
bool sched_is_consistent(const struct sched *s);
#endif
#endif
