/* map.h: uint64_t -> uint32_t, open addressing.
 *
 * Linear probing, a power of two of slots at most 3/4 full, deletion by moving
 * later entries up, so that no tombstones gather while goroutines come and go.
 * Keys come from the input, so their places follow from a secret (hash.h).
 * A zeroed map is empty and valid. MAP_NONE cannot be a value. */
#ifndef GOTRACE_BASE_MAP_H
#define GOTRACE_BASE_MAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define MAP_NONE UINT32_MAX

struct map_slot {
    uint64_t key;
    uint32_t value; /* MAP_NONE: free */
};
struct map {
    struct map_slot *slots; /* owned */
    size_t mask;            /* slots - 1; 0 while there are none */
    size_t len;
    struct hash_secret secret; /* set with the first slots */
};

/* The slot where the search for a key begins. */
static inline size_t map_home(const struct map *m, uint64_t key)
{
    return (size_t)hash_number(&m->secret, key) & m->mask;
}

/* The value of key, or MAP_NONE. */
static inline uint32_t map_get(const struct map *m, uint64_t key)
{
    if (!m->slots)
        return MAP_NONE;
    for (size_t i = map_home(m, key);; i = (i + 1) & m->mask) {
        const struct map_slot *s = &m->slots[i];
        if (s->value == MAP_NONE || s->key == key)
            return s->value;
    }
}

/* Adds or replaces; false when memory runs out. */
bool map_put(struct map *m, uint64_t key, uint32_t value);
/* Makes *to, which is taken for empty, equal to *from; false: no memory. */
bool map_copy(struct map *to, const struct map *from);
/* True if key was there. */
bool map_delete(struct map *m, uint64_t key);
/* Forgets all keys. Keeps the memory unless most of it was not in use: clearing
 * it again and again would cost more than filling it. */
void map_clear(struct map *m);
void map_free(struct map *m);
#endif
