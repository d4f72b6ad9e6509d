/* workers.h: processes that read traces beside this one (-j N). Each does one at a time, and
 * hands back what it made of it; if one dies, another takes its place.
 *
 * They are made before the wall is raised, behind which nobody makes processes. So they are
 * children of one that does nothing but to wait for them and to make them: it runs no script and
 * reads no trace. All of them end with the process that started them, however that ends: a pipe
 * says so, as the kernel's death signal does not pass the wall (Landlock's scope of signals).
 * They have no output file, so nothing of theirs stays. Ctrl-C is for who started them. */
#ifndef GOTRACE_SCRIPT_WORKERS_H
#define GOTRACE_SCRIPT_WORKERS_H
#include <lua.h>

enum { WORKERS_MOST = 256 };

/* Sets in the table at the top of the stack:
 *   start_workers(n)       makes n, from 1 to WORKERS_MOST. Here nil; in each worker its
 *                          number, from 1. Once in a process, which has one thread.
 *   worker_task(i, text)   sends a task to worker i, which waits for one. False: it is gone.
 *   worker_wait(asked)     waits for what comes next: a list of { i, stream, text }: stream
 *                          is "out", what i printed (if asked[i]), or "say", parts of what
 *                          it said; { i, "died", why } of one that is no more: what stands
 *                          behind that is of another one. Empty: a signal came, or a
 *                          quarter of a second has gone by
 *   end_workers()          no task comes any more
 * and for a worker:
 *   worker_next()          the next task; nil: there is none
 *   worker_say(text)       all of it, to who started it
 *   checksum(text)         CRC-32 */
void workers_push_functions(lua_State *L);
/* Ends a worker's process, and no other, at once: a sanitizer that looks at a process as it ends
 * could be in the middle of that when all of them end. */
void workers_leave(int status);
#endif
