#include "base/map.h"

#include <string.h>

#include "base/mem.h"

static bool resize(struct map *m, size_t n)
{
    struct map_slot *old = m->slots;
    size_t old_n = old ? m->mask + 1 : 0;
    struct map_slot *slots = mem_alloc(n * sizeof *slots);
    if (!slots)
        return false;
    *m = (struct map){slots, n - 1, m->len, old ? m->secret : hash_secret()};
    for (size_t i = 0; i < n; i++)
        slots[i].value = MAP_NONE;
    for (size_t i = 0; i < old_n; i++) {
        if (old[i].value == MAP_NONE)
            continue;
        size_t j = map_home(m, old[i].key);
        while (slots[j].value != MAP_NONE)
            j = (j + 1) & m->mask;
        slots[j] = old[i];
    }
    mem_free(old);
    return true;
}

/* Grows before it looks for the key, so at 3/4 a replacement may grow it too:
 * that is rare, and saves a second search. */
bool map_put(struct map *m, uint64_t key, uint32_t value)
{
    if (!m->slots || (m->len + 1) * 4 > (m->mask + 1) * 3) {
        if (!resize(m, m->slots ? (m->mask + 1) * 2 : 16))
            return false;
    }
    size_t i = map_home(m, key);
    while (m->slots[i].value != MAP_NONE && m->slots[i].key != key)
        i = (i + 1) & m->mask;
    if (m->slots[i].value == MAP_NONE)
        m->len++;
    m->slots[i] = (struct map_slot){key, value};
    return true;
}

/* The secret goes with the slots: their places follow from it. */
bool map_copy(struct map *to, const struct map *from)
{
    size_t size = (from->mask + 1) * sizeof *from->slots;
    *to = (struct map){0};
    if (!from->slots)
        return true;
    struct map_slot *slots = mem_alloc(size);
    if (!slots)
        return false;
    memcpy(slots, from->slots, size);
    *to = (struct map){slots, from->mask, from->len, from->secret};
    return true;
}

bool map_delete(struct map *m, uint64_t key)
{
    if (map_get(m, key) == MAP_NONE)
        return false;
    size_t i = map_home(m, key);
    while (m->slots[i].key != key)
        i = (i + 1) & m->mask;
    /* Move up every later entry of the run whose home is at or before the
     * hole; otherwise a search for it would stop there. */
    for (size_t j = (i + 1) & m->mask; m->slots[j].value != MAP_NONE; j = (j + 1) & m->mask) {
        size_t home = map_home(m, m->slots[j].key);
        if (((j - home) & m->mask) >= ((j - i) & m->mask)) {
            m->slots[i] = m->slots[j];
            i = j;
        }
    }
    m->slots[i].value = MAP_NONE;
    m->len--;
    return true;
}

/* Where less than a 16th of the slots is in use the memory goes, and with it
 * the secret. */
void map_clear(struct map *m)
{
    if (m->len < m->mask / 16) {
        map_free(m);
        return;
    }
    for (size_t i = 0; m->slots && i <= m->mask; i++)
        m->slots[i].value = MAP_NONE;
    m->len = 0;
}

void map_free(struct map *m)
{
    mem_free(m->slots);
    *m = (struct map){0};
}
