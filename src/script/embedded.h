/* embedded.h: files that travel inside the program (src/embed.cmake). */
#ifndef GOTRACE_EMBEDDED_H
#define GOTRACE_EMBEDDED_H
#include <stddef.h>

struct embedded_file {
    const char *name; /* path in the source tree: "lua/gotrace/run.lua" */
    const unsigned char *data;
    size_t len;
};
/* Ends with a row whose name is NULL. */
extern const struct embedded_file embedded_files[];
#endif
