/* symbols.h: functions, files and lines of a Go program, from its own file.
 *
 * ELF, Mach-O and PE of 32 and 64 bits, in both byte orders, stripped or not: the
 * line table (.gopclntab) is there for Go's own tracebacks. The file may be hostile:
 * see bytes.h and pclntab.h. It is mapped, and survives being cut short. */
#ifndef GOTRACE_SYMBOLS_SYMBOLS_H
#define GOTRACE_SYMBOLS_SYMBOLS_H
#include "base/diag.h"
#include "symbols/pclntab.h"

struct symbols;

/* Opens the program at path. On anything but GOTRACE_OK *out is NULL:
 * GOTRACE_SYSTEM, GOTRACE_NO_MEMORY, or GOTRACE_UNSUPPORTED: it is no program, or
 * one without a line table. */
gotrace_status symbols_open(struct symbols **out, const char *path, gotrace_diag *diag);
/* The same over bytes in memory, borrowed until symbols_close. For tests. */
gotrace_status symbols_open_memory(struct symbols **out, const void *data, size_t len,
                                   gotrace_diag *diag);
void symbols_close(struct symbols *s); /* NULL is fine */

/* What the instruction at pc is of: pclntab.h. A text is borrowed until
 * symbols_close. False: the program has no function there. */
bool symbols_find(struct symbols *s, uint64_t pc, struct symbol *out);
/* Where the function of that name begins; false: there is none. */
bool symbols_named(const struct symbols *s, const char *name, uint64_t *pc);
/* Whether a function begins at pc. */
bool symbols_begin(const struct symbols *s, uint64_t pc);
/* The path that it was opened by, for messages. */
const char *symbols_path(const struct symbols *s);
/* GOTRACE_OK; GOTRACE_SYSTEM if the file has become shorter meanwhile; or
 * GOTRACE_UNSUPPORTED: look-ups have met their limit. */
gotrace_status symbols_check(const struct symbols *s, gotrace_diag *diag);
#endif
