/* terminal.h: the terminal as a page of its own, which keys change (scripts/top.lua).
 *
 * A timer interrupts what the engine waits for some times a second (a change of the terminal's
 * size does, too), so that keys are heeded however long nothing comes. Keys that signals are made
 * of (Ctrl-C, Ctrl-Z) stay that. However the process ends, but by SIGKILL, the terminal is as it
 * was before. */
#ifndef GOTRACE_SCRIPT_PROCESS_TERMINAL_H
#define GOTRACE_SCRIPT_PROCESS_TERMINAL_H
#include <lua.h>

/* Sets in the table at the top of the stack:
 *   terminal_open()        makes standard output a page, with keys from standard input or, if that
 *                          is another file, from the process's terminal. True, or nil and why not
 *   terminal_close()       it is as it was
 *   terminal_pulse(on)     whether the run is interrupted some times a second
 *   terminal_read(ms)      bytes of keys, waited for at most that long: "" if there are none, or
 *                          a signal came; nil: the terminal is gone
 *   terminal_write(text)   all of it
 *   terminal_size()        rows and columns, and whether anything else has written to the page
 *                          since the last call: it has another size, or the process was stopped */
void terminal_push_functions(lua_State *L);
/* Gives the terminal back. Async-signal-safe; any number of times. */
void terminal_leave(void);
#endif
