/* signals.h: what becomes of a run that is told to end, or has to.
 *
 * INT, TERM and HUP: while scripts run, the first one asks the run to end: the
 * input ends at the next batch (gotrace_interrupt), and a script at its next
 * instruction, which pcall cannot hold. What cannot be reached so (a compiled
 * loop, a function of C) is ended after SIGNALS_LIMIT seconds, from the handler:
 * temporary files go, and the exit status is 128 and the signal's number. So does
 * a second signal, and the first where no script runs. Signals that the parent
 * has switched off (nohup, a shell's background job) stay off.
 *
 * Every other signal that ends a process, a crash too, does that as ever, but
 * takes the temporary files along. SIGXFSZ does not: the write fails.
 *
 * Handlers call what is async-signal-safe only, and lua_sethook, which LuaJIT
 * means to be called from one. */
#ifndef GOTRACE_SCRIPT_PROCESS_SIGNALS_H
#define GOTRACE_SCRIPT_PROCESS_SIGNALS_H
#include <lua.h>
#include <stdbool.h>

#include "gotrace.h"

enum { SIGNALS_LIMIT = 2 }; /* seconds */

/* Puts all handlers in place; false: no memory. */
bool signals_install(void);
/* What the first signal interrupts: for all that the program opens. */
gotrace_interrupter *signals_interrupter(void);
/* From now on scripts run in L, and a signal asks; the value at the top of the
 * stack, which this takes, is the error that ends a script. */
void signals_ask(lua_State *L);
/* The signal that has asked the run to end; 0: none has. */
int signals_asked(void);
/* The run is ending, because of it: scripts run on (finish hooks), for as long
 * as SIGNALS_LIMIT says again. */
void signals_heeded(void);
/* No hook runs any more: what is left takes as long as it takes. */
void signals_finished(void);
/* Before L is closed: signals end the process as before signals_ask. */
void signals_forget(void);
/* What is done before a signal ends the process, too: async-signal-safe. NULL: nothing. */
void signals_before_end(void (*fn)(void));
/* Ends the process as a second signal would. Async-signal-safe. */
void signals_end(int sig);

/* In that many seconds of CPU time the process ends, with `text`, which is borrowed,
 * on stderr and exit status 2: for what no hook can end. 0: it does not any more. */
void signals_limit_cpu(int seconds, const char *text);
#endif
