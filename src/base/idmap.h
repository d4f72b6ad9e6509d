/* idmap.h: uint64_t -> uint32_t for ids that are given out in runs and from 1 on,
 * as those of goroutines are.
 *
 * Pages, each for 64 ids in a row: with 100,000 ids in use the table of pages is
 * in the first cache and the pages are in the second. Pages whose numbers are
 * far beyond what there are pages are found through a map, so that no id sizes
 * an allocation: an id that is alone takes half a kilobyte at most. A zeroed
 * one is empty and valid; MAP_NONE cannot be a value. */
#ifndef GOTRACE_BASE_IDMAP_H
#define GOTRACE_BASE_IDMAP_H
#include "base/compiler.h"
#include "base/map.h"
#include "base/vec.h"

enum { IDMAP_PAGE = 64 };

struct idmap_page {
    uint32_t value[IDMAP_PAGE];
};
struct idmap {
    VEC(uint32_t) near; /* page number (id / IDMAP_PAGE) -> index, MAP_NONE: none or far */
    struct map far;     /* the same for what near has no room for */
    VEC(struct idmap_page) pages;
    VEC(uint8_t) used;    /* ids in each page */
    VEC(uint32_t) unused; /* indices of pages without ids */
};

static HOT uint32_t idmap_page_of(const struct idmap *m, uint64_t number)
{
    uint32_t page = number < m->near.len ? m->near.data[number] : MAP_NONE;
    return __builtin_expect(page != MAP_NONE, 1) ? page : map_get(&m->far, number);
}

/* The value of id, or MAP_NONE. */
static HOT uint32_t idmap_get(const struct idmap *m, uint64_t id)
{
    uint32_t page = idmap_page_of(m, id / IDMAP_PAGE);
    return page == MAP_NONE ? MAP_NONE : m->pages.data[page].value[id % IDMAP_PAGE];
}

/* Adds or replaces; false when memory runs out. */
bool idmap_put(struct idmap *m, uint64_t id, uint32_t value);
void idmap_delete(struct idmap *m, uint64_t id);
/* Makes *to, which is taken for empty, equal to *from; false: no memory. */
bool idmap_copy(struct idmap *to, const struct idmap *from);
void idmap_free(struct idmap *m);
#endif
