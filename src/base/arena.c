#include "base/arena.h"

#include <stdint.h>

#include "base/mem.h"

/* Bytes of a chunk; what is larger gets a chunk of its own size. */
enum { CHUNK = 64 << 10 };

struct arena_chunk {
    struct arena_chunk *next;
    /* Of this type so that the first piece is aligned for one, as all that
     * follow are. */
    uint64_t data[];
};

/* What is left of a chunk that is too small for a request is given up: nothing
 * is searched, so a piece costs an addition. A failed request changes nothing. */
void *arena_get(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    n = (n + 7) & ~(size_t)7;
    if (!a->chunks || a->size - a->used < n) {
        size_t size = n > CHUNK ? n : CHUNK;
        struct arena_chunk *c = mem_alloc(sizeof *c + size);
        if (!c)
            return NULL;
        c->next = a->chunks;
        a->chunks = c;
        a->used = 0;
        a->size = size;
    }
    void *p = (char *)a->chunks->data + a->used;
    a->used += n;
    return p;
}

/* It may be used again afterwards, as a zeroed one. */
void arena_free(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;
        mem_free(a->chunks);
        a->chunks = next;
    }
    *a = (struct arena){0};
}
