/* c_threads.h: which goroutines are those of C threads that call Go.
 *
 * Before 1.21 nothing says that they begin, and their syscalls end that have not
 * begun. They go back to C as by a syscall, which has no stack: all others of a
 * trace that has stacks have one (Go 1.19 runtime/proc.go reentersyscall). */
#ifndef GOTRACE_V1_INDEX_C_THREADS_H
#define GOTRACE_V1_INDEX_C_THREADS_H
#include "v1/index/index.h"

/* Adds their ids to *out, with any value. Goes over all events. False: no memory. */
bool v1_c_threads_find(struct map *out, const struct v1_index *ix);
#endif
