/* replay.h: the events of a trace once more, up to a batch in which scripts have changed
 * something, for a writer that let those before go by. */
#ifndef GOTRACE_API_REPLAY_H
#define GOTRACE_API_REPLAY_H
#include "gotrace.h"

struct replay {
    uint64_t before;     /* events and marks in the batches before the one at hand */
    gotrace_batch batch; /* a copy of that one, as scripts left it */
    gotrace_event *copy; /* owned; its events */
    uint64_t left;       /* of those before, yet to come */
};

/* Marks GOTRACE_EV_END are not counted: they come in a pass only. */

/* A batch has gone by in which nothing is changed. */
void replay_pass(struct replay *r, const gotrace_batch *batch);
/* Copies the batch at hand, before trace_again. False: no memory. */
bool replay_begin(struct replay *r, const gotrace_batch *batch);
/* The next of the batches before, or a part of one. GOTRACE_END: it was all, and behind
 * r->batch gotrace_next goes on. Else as gotrace_next. */
gotrace_status replay_next(struct replay *r, gotrace *t, gotrace_batch *out, gotrace_diag *diag);
void replay_free(struct replay *r);
#endif
