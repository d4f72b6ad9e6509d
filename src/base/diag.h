/* diag.h: the one error value, gotrace_diag: a status for the branch, a diag for the
 * human. Both are gotrace.h's; here is how the engine fills them. */
#ifndef GOTRACE_BASE_DIAG_H
#define GOTRACE_BASE_DIAG_H
#include "gotrace.h"

#ifndef GOTRACE_FFI /* LuaJIT reads the others */
#define DIAG_NO_OFFSET UINT64_MAX
#define DIAG_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fills d (which may be NULL) and returns status, so that a caller can write
 * `return diag_set(...)`. The optional parts are cleared. */
gotrace_status diag_set(gotrace_diag *d, gotrace_status status, uint64_t offset, const char *fmt,
                        ...) DIAG_PRINTF(4, 5);
/* The same with errno kept in d->sys; of ENOMEM it says what diag_no_memory does. */
gotrace_status diag_system(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
/* There is none, or the limit of mem.h was met: then with its figures. */
gotrace_status diag_no_memory(gotrace_diag *d);
/* Adds "have" or "want" to a diag that diag_set has filled. */
void diag_have(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
void diag_want(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
/* Says of a diag that diag_set has filled that the input ends too early. */
void diag_cut(gotrace_diag *d);
/* Adds what was seen to a diag that diag_set has filled. */
void diag_fact(gotrace_diag *d, gotrace_fact fact);
#endif
#endif
