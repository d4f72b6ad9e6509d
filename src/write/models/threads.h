/* threads.h: the thread on which an event of the input happens.
 *
 * v2 says it. v1 knows threads only by the Ps that are started on them; where it
 * says nothing, a thread is made up. */
#ifndef GOTRACE_WRITE_MODELS_THREADS_H
#define GOTRACE_WRITE_MODELS_THREADS_H
#include "write/models/rewrite.h"

/* All set a thread for belief and for truth. False: no memory; out_thread_of_added: there is none.
 */

/* Of thread m. */
bool out_thread_of(struct keeper *k, int64_t m, uint32_t *thread);
/* k->thread, of an event of the input. */
bool out_thread_of_event(struct keeper *k, const gotrace_event *ev);
/* The same for an event of v2, from the thread of the one before or another that was found
 * lately. */
static inline bool out_thread_near(struct keeper *k, const gotrace_event *ev)
{
    const struct emitter *o = &k->out;
    uint32_t *near = &k->near[(uint64_t)ev->home % KEEPER_NEAR];
    if (k->thread < o->threads.len && o->threads.data[k->thread].m == ev->home)
        return true;
    if (*near < o->threads.len && o->threads.data[*near].m == ev->home) {
        k->thread = *near;
        return true;
    }
    if (!out_thread_of_event(k, ev))
        return false;
    *near = k->thread;
    return true;
}
/* The thread that a goroutine is on, -1: none. v1 does not say on which a syscall is that
 * began before the trace. */
int64_t thread_of_g(const struct keeper *k, const struct sched_g *g);
/* Whether the P of the event at hand runs on a thread that v1 does not tell of. */
bool out_thread_is_invented(const struct keeper *k);
/* k->thread, of an event that a script added: where what it is said to be of runs. */
bool out_thread_of_added(struct keeper *k, const gotrace_event *ev);
#endif
