/* static_symbols.h: what FFI may call, by name (static_symbols.c). */
#ifndef GOTRACE_SCRIPT_STATIC_SYMBOLS_H
#define GOTRACE_SCRIPT_STATIC_SYMBOLS_H

struct static_symbol {
    const char *name;
    const char *address;
};
/* Ends with a row whose name is NULL; made by CMakeLists.txt. */
extern const struct static_symbol static_symbols[];
#endif
