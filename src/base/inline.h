/* inline.h: what the compiler is told of functions that run once an event. */
#ifndef GOTRACE_INLINE_H
#define GOTRACE_INLINE_H

/* Compiled into its loop. */
#define HOT inline __attribute__((always_inline))
/* Out of the way of what is usual. */
#define COLD __attribute__((cold, noinline))
#endif
