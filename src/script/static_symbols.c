/* static_symbols.c: the loader of a program that is linked statically (preset `static`).
 *
 * LuaJIT's FFI finds functions by dlsym, and libraries that may be missing (libcurl, SQLite,
 * libsodium) are opened by dlopen. Such a program has neither: its functions stand in a table
 * that the build makes of all that is declared to FFI, and the libraries are said to be
 * missing, as where they are not installed. */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "script/static_symbols.h"

void *dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

char *dlerror(void)
{
    static char missing[] = "this program is linked statically: it loads no libraries";
    return missing;
}

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}

void *dlsym(void *restrict handle, const char *restrict name)
{
    (void)handle;
    for (const struct static_symbol *s = static_symbols; s->name; s++) {
        if (strcmp(s->name, name) == 0)
            return (void *)(size_t)s->address;
    }
    return NULL;
}
