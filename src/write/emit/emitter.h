/* emitter.h: the trace that is written, and belief: the model of what its reader knows so far.
 *
 * Every event goes through belief before it goes out, with sequence numbers of belief's,
 * so nothing that breaks a rule can be written (sched.h; Go 1.27
 * internal/trace/order.go). The order in which a reader puts the threads
 * together again does not matter: what depends on another thread's event waits
 * for it by a sequence number or a status. For that to hold
 *   - a proc or goroutine has one status a generation, and
 *   - a thread states what runs on it before its first other event there;
 *   - what waits has a later time than what it waits for. Go's reader could do
 *     without, but not always: among more than a dozen threads it may overlook
 *     one whose time is equal (Go 1.27 internal/trace/reader.go, the fallback);
 *   - the few that must come behind another and do not wait are later than all
 *     (behind in write/emitter.c).
 * emitter_put sees to all of it. While nothing has been changed, `exact`, times
 * are the input's, in which nobody had to wait in vain. */
#ifndef GOTRACE_WRITE_EMIT_EMITTER_H
#define GOTRACE_WRITE_EMIT_EMITTER_H
#include "base/compiler.h"
#include "write/emit/emitter_state.h"

/* Takes the sink; unknown and leaves as in tables_init. Failure leaves *o to emitter_free. */
gotrace_status emitter_open(struct emitter *o, sink *file, const gotrace_names *names,
                            uint32_t unknown, bool leaves, gotrace_diag *diag);
gotrace_status emitter_commit(struct emitter *o, gotrace_diag *diag);
void emitter_free(struct emitter *o); /* leaves no file */

/* The index of thread m in o->threads; it stays. False: no memory. */
bool emitter_thread(struct emitter *o, int64_t m, uint32_t *thread);

/* The number that is written for thread m. False: no memory. */
bool emitter_thread_number(struct emitter *o, int64_t m, int64_t *number);

/* Begins a generation. The first has gen->gen, the others follow. gen->order
 * has numbers of emitter_thread_number. */
bool emitter_begin(struct emitter *o, const struct v2_generation *gen);
/* Whether there are CPU samples in the first generation, which has not ended, and no
 * events. */
bool emitter_has_samples_alone(const struct emitter *o);
/* may_be_none: the first generation is left out if nothing is in it; else it is the
 * output's, empty as it is. */
bool emitter_end(struct emitter *o, bool may_be_none);
/* Times are exact no more. */
void emitter_diverge(struct emitter *o);

/* Writes an event on a thread at o->now if belief allows it there. args as in
 * gotrace_event; sequence numbers are set here; name is the interned name of
 * task and region events. False: belief refuses (o->diag says why), or o->status. */
bool emitter_put(struct emitter *o, uint32_t thread, uint8_t type,
                 const uint64_t arg[GOTRACE_ARGS]);
/* The same while times are exact, for an event of v2: with its own numbers, and
 * nothing stated that its trace has not. */
bool emitter_put_exact(struct emitter *o, uint32_t thread, uint8_t type,
                       const uint64_t arg[GOTRACE_ARGS]);
/* A CPU sample. */
bool emitter_sample(struct emitter *o, const gotrace_event *ev);
/* States what runs, is ready or waits, and the ranges in flight, of belief; for a
 * generation in which nobody else does. What has no thread is stated on the thread. */
bool emitter_restate(struct emitter *o, uint32_t thread);

/* A thread where a goroutine runs on a proc; false: none does. */
bool emitter_busy_thread(const struct emitter *o, uint32_t *thread);
/* Whether a goroutine of this id has ended in this generation. */
bool emitter_is_gone(const struct emitter *o, int64_t g);

/* For the fast path of write/fast/fast_path.c, which writes without the rest. */

/* The stamp of a slot; NULL: no memory. New ones stand for what was written
 * while times were exact. */
struct stamp *emitter_stamp(const struct emitter *o, stamps *v, size_t slot);
static HOT struct stamp *emitter_stamp_of(const struct emitter *o, stamps *v, size_t slot)
{
    bool here = slot < v->len && v->data[slot].generation == (uint32_t)o->counts.generations;
    return here ? &v->data[slot] : emitter_stamp(o, v, slot);
}
/* Arguments as on the wire: themselves, or in space. NULL: o->status. */
const uint64_t *emitter_wire_args(struct emitter *o, uint8_t type, const uint64_t *arg,
                                  uint64_t *space);
/* Notes what has ended, by its key (times.h). False: no memory. */
bool emitter_remember_gone(struct emitter *o, uint64_t key);

static inline void emitter_context(const struct emitter *o, uint32_t thread, int64_t *p, int64_t *g)
{
    sched_context(o->belief, o->threads.data[thread].belief, p, g);
}
#endif
