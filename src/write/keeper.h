/* keeper.h: what a script decides about events, made into a trace that is legal.
 *
 * Two models: truth is told everything that happened, belief (write/emit/emitter.h) everything that
 * is written. An event that is kept is written if belief allows it where it stands;
 * left out if belief is already where it would lead (absorbed); or its way is paved
 * (bridged, bridge.h); or, when there is none, left out (withheld). While all
 * that happened was written as it was, there is no truth: belief is both. */
#ifndef GOTRACE_WRITE_KEEPER_H
#define GOTRACE_WRITE_KEEPER_H
#include "write/models/rewrite.h"

/* Takes the sink, also on failure. names as in gotrace_writer_open; v1: of the
 * input. */
gotrace_status keeper_open(struct keeper *k, sink *file, gotrace_names *names, bool v1, bool strict,
                           gotrace_diag *diag);
void keeper_free(struct keeper *k);

/* An event of the input, inside a generation of the output: `ev` as the scripts
 * left it, `original` as it was (the same unless it was edited). False: it is
 * over: k->refused, or k->out.status. */
bool keeper_take(struct keeper *k, const gotrace_event *ev, const gotrace_event *original);
/* An event that a script added. */
bool keeper_add(struct keeper *k, const gotrace_event *ev);
/* An event that happened before what is to be written. */
bool keeper_skip(struct keeper *k, const gotrace_event *ev);
/* In the output's first generation: states all that is alive in truth, as a cut
 * that begins at ev does. */
bool keeper_open_cut(struct keeper *k, const gotrace_event *ev);
/* Whether the event at work is a hidden goroutine's own: what it does to others stays,
 * if it can be without it. */
bool keeper_conceals(const struct keeper *k);
bool keeper_hide(struct keeper *k, int64_t g);
/* All are that are not shown later. */
void keeper_hide_all(struct keeper *k);
/* Whether a goroutine that is shown so has come up. */
bool keeper_has_met(const struct keeper *k, int64_t g);
/* Notes those whose event it is, or that it names; to be called where keeper_hides_all. */
void keeper_meet(struct keeper *k, const gotrace_event *ev);
/* It is hidden no more. False: no memory. */
bool keeper_show(struct keeper *k, int64_t g);
/* One that has been hidden as it ran stops there, at these ticks: else it would seem to run
 * until something else is written of its thread. */
void keeper_take_off(struct keeper *k, int64_t id, uint64_t ticks);
/* At the end, of an input that is damaged: what was repaired counts, and is refused with --strict.
 */
void keeper_end_damaged(struct keeper *k);
/* Before a generation ends that others follow: in the first, all procs are stated. A proc that
 * comes up later is one that nothing is known of, and Go's validator does not
 * take it (Go 1.27 internal/trace/testtrace/validation.go). */
bool keeper_state_procs(struct keeper *k);
const struct keep_policy *keeper_row(uint8_t type);
/* Events of this type can be left out without a trace. */
bool keeper_is_free(uint8_t type);
static inline bool keeper_hides(const struct keeper *k, int64_t g)
{
    return hidden_has(&k->hidden, g);
}
/* Procs are as many as they are in truth, or this is one of those that there are. */
static inline bool keeper_allows_proc(const struct keeper *k, int64_t p)
{
    return !k->procs_differ || p == -1 || !k->procs_written || (uint64_t)p < k->procs_written;
}
/* An event of the type ends a range that is in flight. */
bool keeper_ends_range(uint8_t type);
/* It is the thread's goroutine's own: it goes where that is hidden. */
bool keeper_is_own(uint8_t type);
/* Whether an event with these ticks comes later than it happened: by more than it takes to
 * come behind what it follows. */
bool keeper_is_moved(const struct keeper *k, uint64_t ticks);
/* Counts that the event is not written at its time; false: k->strict refuses that. */
bool keeper_move(struct keeper *k, const gotrace_event *ev);
/* Whether an added event has to come before ev, which ends what it needs. */
bool keeper_comes_before(const gotrace_event *added, const gotrace_event *ev);
#endif
