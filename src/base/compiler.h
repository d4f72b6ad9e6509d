/* compiler.h: what the compiler is told of functions that run once an event. */
#ifndef GOTRACE_BASE_COMPILER_H
#define GOTRACE_BASE_COMPILER_H
#include <assert.h>

/* Compiled into its loop. */
#define HOT inline __attribute__((always_inline))
/* A function of its own, whatever the compiler thinks. */
#define NOINLINE __attribute__((noinline))
/* Out of the way of what is usual. */
#define COLD __attribute__((cold, noinline))

/* Asserts what holds as long as a file stays as it was. It may be written to while it is
 * read, and what comes of it is anybody's guess then: only fuzz targets ask, whose inputs
 * stay. Where they do not, the target defines the name. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
extern const char fuzzed_input_changes[] __attribute__((weak));
#define assert_unchanged(x) assert(fuzzed_input_changes || (x))
#else
#define assert_unchanged(x) \
    do {                    \
        if (0)              \
            assert(x);      \
    } while (0)
#endif
#endif
