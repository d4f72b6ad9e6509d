/* fetcher.h: traces out of the network. A process of its own asks for them, which is made
 * before the wall is there (script/limits/wall.h) and is not behind it: the program itself never
 * reaches the network, and the other one asks for nothing but what the command line named.
 * LuaJIT reads this header too (ffi.cdef).
 *
 * The two talk through a socket: the program asks for an URL by its number and gets the
 * end of a pipe through which the bytes of the answer come, as the server sends them; at
 * its end, whether that was all. */
#ifndef GOTRACE_SCRIPT_FETCH_FETCHER_H
#define GOTRACE_SCRIPT_FETCH_FETCHER_H
#include <stdbool.h>
#include <stdint.h>

#include "script/fetch/wish.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Starts the process for n wishes, once and while there is one thread. False with errno.
 * It ends with this one. */
bool gotrace_fetcher_start(const gotrace_wish *wishes, uint32_t n);
/* Asks for a wish, after `delay` ms, as number `number` of all that is asked for; waits for
 * the begin of the answer. The descriptor it can be read from, owned by the caller; -1:
 * answer says why there is none. One answer at a time: gotrace_fetcher_end comes first. */
int gotrace_fetcher_open(uint32_t wish, uint32_t number, uint32_t delay,
                         gotrace_fetch_answer *answer);
/* How the answer has ended; the descriptor has been closed. */
void gotrace_fetcher_end(gotrace_fetch_answer *answer);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
