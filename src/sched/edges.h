/* edges.h: a generation that is put in order by itself, and joined to what came before
 * it afterwards.
 *
 * A generation states anew every goroutine and proc that it speaks of, and numbers
 * of most events begin anew in it. So a model that knows nothing takes it for the
 * first of a trace, and finds the same order as one that knows what came before,
 * if what it took on trust is so: those are its edges, which it notes. sched_join
 * looks whether they are, and makes one model of the two. Where they are not the
 * generation has to be done again.
 *
 * What is noted: goroutines and procs that were stated, and created; what goes on
 * by what restates it (assists, sweeps, the collection with its number); tasks;
 * ends of regions that had begun before; and of each thread what ran on it at the
 * first event that is no status. Statuses and what goes with them, for which
 * event_opens is true, have other contexts than in the whole trace. */
#ifndef GOTRACE_SCHED_EDGES_H
#define GOTRACE_SCHED_EDGES_H
#include "sched/edge.h"
#include "sched/sched.h"

void edges_clear(struct edges *e);
void edges_free(struct edges *e);

/* Makes s, which is new, note its edges; they are borrowed as long as s is used. */
void sched_begin_by_itself(struct sched *s, struct edges *e);
/* The thread, by its handle, is about to do what opens nothing. Only of such an s. */
void sched_meet(struct sched *s, uint32_t thread);

/* What `before` is behind the generation that `alone` ordered. NULL: the edges do not
 * agree, or there is no memory. */
struct sched *sched_join(const struct sched *before, const struct sched *alone,
                         const struct edges *edges);
#endif
