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
/* How many stacks there are, the empty one of id 0 among them. */
uint32_t gotrace_stack_count(const gotrace_names *names);
/* As gotrace_open over bytes in memory, borrowed until gotrace_close; step > 0 hands
 * them out at most step bytes a read, as a slow pipe does. For tests. */
gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag);

/* What a trace is written without, that tells where and when it was made; to be called before
 * the first gotrace_write of a trace that is not passed. */
enum {
    GOTRACE_WITHOUT_WALL = 1, /* the wall clock: it begins when the epoch did */
    GOTRACE_WITHOUT_BOOT = 2, /* the time since boot: the trace begins in its first second */
    GOTRACE_WITHOUT_IDS = 4   /* numbers of goroutines, threads and tasks are given anew */
};
void gotrace_writer_leave_out(gotrace_writer *w, uint32_t what);
/* Before the first gotrace_write: nothing goes to who reads at the other end until
 * gotrace_writer_commit. False: no memory. */
bool gotrace_writer_hold(gotrace_writer *w);
/* Behind gotrace_writer_end, of one that is held or is a file: all that was written; borrowed
 * until w is gone. GOTRACE_SYSTEM: it cannot be read back. */
gotrace_status gotrace_writer_bytes(gotrace_writer *w, const uint8_t **data, size_t *len,
                                    gotrace_diag *diag);

/* Many strings looked for in many bytes at once. */
typedef struct gotrace_search gotrace_search;
enum { GOTRACE_SEARCH_LEAST = 6, GOTRACE_SEARCH_MOST = 1024 }; /* bytes of a string */

gotrace_search *gotrace_search_new(void); /* NULL: no memory */
void gotrace_search_free(gotrace_search *s);
/* Looks for a string of at least GOTRACE_SEARCH_LEAST bytes, borrowed until
 * gotrace_search_free; of a longer one for its first GOTRACE_SEARCH_MOST bytes, as no table of
 * a trace has more. False: no memory. */
bool gotrace_search_add(gotrace_search *s, const char *text, size_t len, uint32_t id);
/* The first string that stands in data at *at or behind, which becomes its place, of those at
 * *at only longer ones than `after` bytes; of several the shortest. UINT32_MAX: none does. */
uint32_t gotrace_search_next(gotrace_search *s, const void *data, size_t len, size_t *at,
                             uint32_t after);
/* The id that it was added with, and its bytes. */
uint32_t gotrace_search_id(const gotrace_search *s, uint32_t entry, uint32_t *len);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
