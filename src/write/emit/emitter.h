/* emitter.h: the trace that is written, and W: what its reader believes so far.
 *
 * Every event goes through W before it goes out, with sequence numbers of W's,
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
 * output_put sees to all of it. While nothing has been changed, `exact`, times
 * are the input's, in which nobody had to wait in vain. */
#ifndef GOTRACE_WRITE_EMIT_EMITTER_H
#define GOTRACE_WRITE_EMIT_EMITTER_H
#include "write/emit/output.h"

/* Takes the sink; unknown and leaves as in tables_init. Failure leaves *o to output_free. */
gotrace_status output_open(struct output *o, sink *file, const gotrace_names *names,
                           uint32_t unknown, bool leaves, gotrace_diag *diag);
gotrace_status output_commit(struct output *o, gotrace_diag *diag);
void output_free(struct output *o); /* leaves no file */

/* The lane of thread m; its index is stable. False: no memory. */
bool output_lane(struct output *o, int64_t m, uint32_t *lane);

/* The number that is written for thread m. False: no memory. */
bool output_thread_number(struct output *o, int64_t m, int64_t *number);

/* Begins a generation. The first has gen->gen, the others follow. gen->order
 * has numbers of output_thread_number. */
bool output_begin(struct output *o, const struct v2_generation *gen);
/* Whether there are CPU samples in the first generation, which has not ended, and no
 * events. */
bool output_has_samples_alone(const struct output *o);
/* may_be_none: the first generation is left out if nothing is in it; else it is the
 * output's, empty as it is. */
bool output_end(struct output *o, bool may_be_none);
/* Times are exact no more. */
void output_diverge(struct output *o);

/* Writes an event on a lane at o->now if W allows it there. args as in
 * gotrace_event; sequence numbers are set here; name is the interned name of
 * task and region events. False: W refuses (o->diag says why), or o->status. */
bool output_put(struct output *o, uint32_t lane, uint8_t type, const uint64_t arg[GOTRACE_ARGS]);
/* The same while times are exact, for an event of v2: with its own numbers, and
 * nothing stated that its trace has not. */
bool output_pass(struct output *o, uint32_t lane, uint8_t type, const uint64_t arg[GOTRACE_ARGS]);
/* A CPU sample. */
bool output_sample(struct output *o, const gotrace_event *ev);
/* States what runs, is ready or waits, and the ranges in flight, of W; for a
 * generation in which nobody else does. What has no thread is stated on the lane. */
bool output_restate(struct output *o, uint32_t lane);

/* A lane where a goroutine runs on a proc; false: none does. */
bool output_busy_lane(const struct output *o, uint32_t *lane);
/* Whether a goroutine of this id has ended in this generation. */
bool output_is_gone(const struct output *o, int64_t g);

/* For the fast path of write/plain.c, which writes without the rest. */

/* The stamp of a slot; NULL: no memory. New ones stand for what was written
 * while times were exact. */
struct stamp *output_stamp(const struct output *o, stamps *v, size_t slot);
/* Arguments as on the wire: themselves, or in space. NULL: o->status. */
const uint64_t *output_wire_args(struct output *o, uint8_t type, const uint64_t *arg,
                                 uint64_t *space);
/* Notes what has ended, by its key (times.h). False: no memory. */
bool output_remember_gone(struct output *o, uint64_t key);

static inline void output_context(const struct output *o, uint32_t lane, int64_t *p, int64_t *g)
{
    sched_context(o->w, o->lanes.data[lane].w, p, g);
}
#endif
