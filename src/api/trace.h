/* trace.h: what the writer asks of the trace that it rewrites, beyond gotrace.h. */
#ifndef GOTRACE_API_TRACE_H
#define GOTRACE_API_TRACE_H
#include "gotrace.h"

struct generation;

/* Before the first gotrace_next: it yields the marks GOTRACE_EV_GENERATION and
 * GOTRACE_EV_END only, and the order is that of a trace without the types in
 * `skipped`. False, and nothing is different, where trace_again would fail. */
bool trace_pass(gotrace *t, const uint8_t skipped[256]);
/* The same where all that was wanted is delivered, and GOTRACE_EV_END besides. */
bool trace_watch(gotrace *t);
/* The next gotrace_next yields these, the last of the batch at hand. */
void trace_unread(gotrace *t, const gotrace_batch *rest);
/* The generation of the batch at hand and its bytes, in a pass, until the next
 * GOTRACE_EV_GENERATION but one, or trace_again. For v2 only. */
const struct generation *trace_generation(const gotrace *t, const uint8_t **base);
/* Ends the pass, wherever it is: the next gotrace_next begins at the trace's first event
 * again, as gotrace_want had asked. False: no memory. */
bool trace_again(gotrace *t);

/* What it was opened with, or NULL. */
gotrace_interrupter *trace_interrupter(const gotrace *t);

/* As source_unchanged. */
gotrace_status trace_unchanged(const gotrace *t, gotrace_diag *diag);
#endif
