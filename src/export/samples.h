/* samples.h: what others add up in samples (gotrace_lua.h) the way samples.c does. */
#ifndef GOTRACE_EXPORT_SAMPLES_H
#define GOTRACE_EXPORT_SAMPLES_H
#include "gotrace_lua.h"

/* The stack of the event that began a state: of whoever made it runnable, of what it did
 * itself its own; 0: it had none. */
uint32_t samples_event_stack(const gotrace_span *span);
/* a + b; what does not fit is as much as fits. */
int64_t samples_sum(int64_t a, int64_t b);
#endif
