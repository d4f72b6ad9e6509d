/* host.h: the Lua state that is the program: the embedded files of
 * lua/gotrace, and what they need of C and cannot have through FFI. */
#ifndef GOTRACE_SCRIPT_HOST_H
#define GOTRACE_SCRIPT_HOST_H
#include "base/diag.h"

/* A subcommand written in C: Lua parses its command line and calls it. */
struct host_command {
    const char *name;
    gotrace_status (*run)(const char *in, const char *out, gotrace_diag *diag);
};

/* Runs lua/gotrace/main.lua with the command line and returns the exit status
 * of the process. commands (borrowed) ends with a row whose name is NULL. */
int host_run(int argc, char **argv, const struct host_command *commands);
#endif
