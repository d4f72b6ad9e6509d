/* embedded.h: files that travel inside the program (embed.c). */
#ifndef GOTRACE_SCRIPT_EMBEDDED_H
#define GOTRACE_SCRIPT_EMBEDDED_H
#include <stddef.h>

struct embedded_file {
    const char *name; /* path in the source tree: "lua/gotrace/run/run.lua" */
    const unsigned char *text;
    size_t len;
    /* What LuaJIT made of it as the program was built; another version may not
     * take it. Empty for what is not Lua. */
    const unsigned char *code;
    size_t code_len;
};
/* Ends with a row whose name is NULL. */
extern const struct embedded_file embedded_files[];
#endif
