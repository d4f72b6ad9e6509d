#include "export/sqlite/library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Memory: what SQLite asks for is in the budget. It wants to know how large a block is, which
 * stands before each. */

enum { HEAD = 16 };

static void *block_of(void *p)
{
    return (char *)p - HEAD;
}

/* block NULL: no memory, and of memory_resize the old one is still there. */
static void *put_size(void *block, int n)
{
    if (!block)
        return NULL;
    memcpy(block, &n, sizeof n);
    return (char *)block + HEAD;
}

static void *memory_alloc(int n)
{
    return n > 0 ? put_size(mem_alloc((size_t)n + HEAD), n) : NULL;
}

static void memory_free(void *p)
{
    if (p)
        mem_free(block_of(p));
}

/* SQLite asks for no size of 0, and of no NULL. */
static void *memory_resize(void *p, int n)
{
    return put_size(mem_resize(block_of(p), (size_t)n + HEAD), n);
}

static int memory_size(void *p)
{
    int n = 0;
    if (p)
        memcpy(&n, block_of(p), sizeof n);
    return n;
}

/* What a request becomes before memory_alloc gets it: SQLite wants multiples of 8. */
static int memory_round_up(int n)
{
    return (n + 7) & ~7;
}

static int memory_begin(void *own)
{
    (void)own;
    return SQLITE_OK;
}

static void memory_end(void *own)
{
    (void)own;
}

static const struct sqlite_memory memory = {
    memory_alloc,    memory_free,  memory_resize, memory_size,
    memory_round_up, memory_begin, memory_end,    NULL,
};

/* Loading */

#define FUNCTION(name)                                          \
    {                                                           \
        "sqlite3_" #name, offsetof(struct sqlite_library, name) \
    }
static const struct {
    const char *name;
    size_t at; /* in struct sqlite_library */
} functions[] = {
    FUNCTION(libversion_number),
    FUNCTION(config),
    FUNCTION(initialize),
    FUNCTION(shutdown),
    FUNCTION(vfs_register),
    FUNCTION(vfs_unregister),
    FUNCTION(open_v2),
    FUNCTION(close_v2),
    FUNCTION(errmsg),
    FUNCTION(exec),
    FUNCTION(prepare_v2),
    FUNCTION(finalize),
    FUNCTION(step),
    FUNCTION(reset),
    FUNCTION(clear_bindings),
    FUNCTION(bind_int64),
    FUNCTION(bind_text64),
    FUNCTION(create_module),
    FUNCTION(declare_vtab),
    FUNCTION(result_int64),
    FUNCTION(result_text64),
};

/* Through memcpy, as C has no way from an object's address to a function's. */
static bool find_all(struct sqlite_library *l)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(l->handle, functions[i].name);
        if (!found)
            return false;
        memcpy((char *)l + functions[i].at, &found, sizeof found);
    }
    return true;
}

/* libsqlite3.so.0 is there without the package for building. RTLD_LOCAL: its
 * names stay apart from those of another SQLite in this process. */
int library_load(struct sqlite_library *l, char *why, size_t n)
{
    *l = (struct sqlite_library){.handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL)};
    if (!l->handle || !find_all(l)) {
        (void)snprintf(why, n, "it takes SQLite (apt install libsqlite3-0)");
        return SQLITE_CANTOPEN;
    }
    if (l->libversion_number() < SQLITE_LEAST_VERSION) {
        (void)snprintf(why, n, "it takes SQLite 3.37 or later");
        return SQLITE_CANTOPEN;
    }
    /* Refused where somebody else in this process uses it already: then as it is. */
    (void)l->config(SQLITE_CONFIG_SINGLETHREAD);
    (void)l->config(SQLITE_CONFIG_MALLOC, &memory);
    (void)l->config(SQLITE_CONFIG_MEMSTATUS, 0);
    return l->initialize();
}

void library_close(struct sqlite_library *l)
{
    if (!l->handle)
        return;
    if (l->shutdown)
        (void)l->shutdown();
    (void)dlclose(l->handle);
    l->handle = NULL;
}
