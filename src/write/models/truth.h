/* truth.h: truth, what happened: the scheduler model that is told every event of the
 * input, whatever becomes of it. Until the output differs, belief is truth. */
#ifndef GOTRACE_WRITE_MODELS_TRUTH_H
#define GOTRACE_WRITE_MODELS_TRUTH_H
#include "write/models/rewrite.h"

/* From here on what is written differs. False: no memory. */
bool truth_diverge(struct keeper *k);
const struct sched *truth_of(const struct keeper *k);
/* What runs on the thread at hand. */
void truth_run(const struct keeper *k, struct run *out);
/* Tells truth what the event's context says: v1 and damaged traces do not have all
 * that led to it; row: its type's. Then the event itself. */
void truth_assume_context(struct keeper *k, const struct keep_policy *row, const gotrace_event *ev);
void truth_assume(struct keeper *k, const gotrace_event *ev);
#endif
