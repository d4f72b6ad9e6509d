/* gotrace_lua.h: what the program's own Lua and the specs ask of the engine beyond
 * gotrace.h. Not installed: it may change with any commit. LuaJIT reads it as it reads
 * gotrace.h. */
#ifndef GOTRACE_LUA_H
#define GOTRACE_LUA_H
#include "gotrace.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Fast paths: what a run says and writes does not depend on which it takes. */
enum {
    GOTRACE_PATH_MAP = 1,       /* a file's bytes are mapped, not read into a window */
    GOTRACE_PATH_THREADS = 2,   /* a second thread runs ahead */
    GOTRACE_PATH_IN_PLACE = 4,  /* full order: events of the earliest thread as they lie */
    GOTRACE_PATH_SUMMARIES = 8, /* thread order: batches are stepped over */
    GOTRACE_PATH_COPY = 16,     /* generations are written as they are */
    GOTRACE_PATH_COUNT = 32,    /* GOTRACE_COUNT_ONLY is heeded */
    GOTRACE_PATH_TYPES = 64,    /* the caller's: what asks for types alone is asked once a type */
    GOTRACE_PATH_SUMS = 128     /* the caller's: spans are summed as they are made */
};

/* The GOTRACE_PATH_... that may be taken: all, or those that GOTRACE_PATHS in the
 * environment names (docs/development.md), which an open trace has heeded. */
uint32_t gotrace_paths(void);
/* What it calls path 1 << i; NULL: there are no more. Static. */
const char *gotrace_path_name(uint32_t i);

/* Whether the trace that was opened last has string id in its tables, as far as it
 * has been read: others are of traces before it, or made by scripts. */
bool gotrace_has_string(const gotrace_names *names, uint32_t id);
/* As gotrace_open over bytes in memory, borrowed until gotrace_close; step > 0 hands
 * them out at most step bytes a read, as a slow pipe does. For tests. */
gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
