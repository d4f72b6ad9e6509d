/* idmap.h: uint64_t -> uint32_t for ids that are given out in runs, as those of
 * goroutines are.
 *
 * A map of pages, each for 64 ids in a row: with 100,000 ids in use the map is
 * in the first cache and the pages are in the second. An id that is alone takes
 * a page for itself, some 300 bytes. A zeroed one is empty and valid; MAP_NONE
 * cannot be a value. */
#ifndef GOTRACE_IDMAP_H
#define GOTRACE_IDMAP_H
#include "base/buf.h"
#include "base/map.h"

enum { IDMAP_PAGE = 64 };

struct idmap_page {
    uint32_t value[IDMAP_PAGE];
    uint32_t used;
};
struct idmap {
    struct map page_of; /* id / IDMAP_PAGE -> index */
    VEC(struct idmap_page) pages;
    VEC(uint32_t) unused; /* indices of pages without ids */
};

/* The value of id, or MAP_NONE. */
static inline uint32_t idmap_get(const struct idmap *m, uint64_t id)
{
    uint32_t page = map_get(&m->page_of, id / IDMAP_PAGE);
    return page == MAP_NONE ? MAP_NONE : m->pages.data[page].value[id % IDMAP_PAGE];
}

/* Adds or replaces; false when memory runs out. */
bool idmap_put(struct idmap *m, uint64_t id, uint32_t value);
void idmap_delete(struct idmap *m, uint64_t id);
/* Makes *to, which is taken for empty, equal to *from; false: no memory. */
bool idmap_copy(struct idmap *to, const struct idmap *from);
void idmap_free(struct idmap *m);
#endif
