/* fast_path.h: the fast path of the keeper: an event that is written as it is, or left
 * out, where truth and belief agree about all that it touches.
 *
 * keeper.c has an answer to every event; here are those that need none of it: the
 * thread has the same proc and goroutine in both models, in the same status, belief
 * allows the event there, and nothing has to be stated or ended before it. Then
 * each record is looked up once. What is written is byte for byte what keeper.c would
 * write. GOTRACE_PATHS without "keeper" has everything go the slow way. */
#ifndef GOTRACE_WRITE_FAST_FAST_PATH_H
#define GOTRACE_WRITE_FAST_FAST_PATH_H
#include "write/keeper.h"

/* An event of v2 that no script has edited, in a generation of the output. False: it is
 * for keeper_take, and nothing has been done. True: it is over; k->out.status. */
bool fast_path_take(struct keeper *k, const gotrace_event *ev);
#endif
