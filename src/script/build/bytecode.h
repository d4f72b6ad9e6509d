/* bytecode.h: LuaJIT's bytecode, as lua_dump writes it, made the same each time.
 * The keys of a table that a program spells out come in the order of a hash that
 * is seeded anew by every process; here they are put in order. */
#ifndef GOTRACE_SCRIPT_BUILD_BYTECODE_H
#define GOTRACE_SCRIPT_BUILD_BYTECODE_H
#include <stdbool.h>
#include <stddef.h>

/* Sorts in place, and keeps the length. False: not of the form that is known (2,
 * of all of LuaJIT 2), or no memory; what is there is bytecode all the same. */
bool bytecode_sort(unsigned char *code, size_t len);
#endif
