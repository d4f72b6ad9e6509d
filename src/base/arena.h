/* arena.h: memory that is given back all at once. */
#ifndef GOTRACE_BASE_ARENA_H
#define GOTRACE_BASE_ARENA_H
#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks; /* owned; the newest first */
    size_t used;                /* bytes used in the newest */
    size_t size;                /* bytes it has */
};

/* n bytes aligned for a uint64_t, or NULL. Valid until arena_free. */
void *arena_get(struct arena *a, size_t n);
void arena_free(struct arena *a);
#endif
