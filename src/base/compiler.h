/* compiler.h: what the compiler is told of functions that run once an event. */
#ifndef GOTRACE_BASE_COMPILER_H
#define GOTRACE_BASE_COMPILER_H

/* Compiled into its loop. */
#define HOT inline __attribute__((always_inline))
/* A function of its own, whatever the compiler thinks. */
#define NOINLINE __attribute__((noinline))
/* Out of the way of what is usual. */
#define COLD __attribute__((cold, noinline))
#endif
