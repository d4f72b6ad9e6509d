#include "base/idmap.h"

#include <string.h>

static bool new_page(struct idmap *m, uint64_t number, uint32_t *page)
{
    if (m->unused.len == 0) {
        /* Room to let go of all of them, so that this cannot fail. */
        if (m->pages.len >= MAP_NONE || !VEC_RESERVE(&m->pages, 1) ||
            !VEC_RESERVE(&m->unused, m->pages.cap))
            return false;
        memset(&m->pages.data[m->pages.len], 0xff, sizeof *m->pages.data);
        m->pages.data[m->pages.len].used = 0;
        m->unused.data[m->unused.len++] = (uint32_t)m->pages.len++;
    }
    *page = m->unused.data[m->unused.len - 1];
    if (!map_put(&m->page_of, number, *page))
        return false;
    m->unused.len--;
    return true;
}

bool idmap_put(struct idmap *m, uint64_t id, uint32_t value)
{
    uint32_t page = map_get(&m->page_of, id / IDMAP_PAGE);
    if (page == MAP_NONE && !new_page(m, id / IDMAP_PAGE, &page))
        return false;
    struct idmap_page *p = &m->pages.data[page];
    uint32_t *slot = &p->value[id % IDMAP_PAGE];
    p->used += *slot == MAP_NONE;
    *slot = value;
    return true;
}

void idmap_delete(struct idmap *m, uint64_t id)
{
    uint32_t page = map_get(&m->page_of, id / IDMAP_PAGE);
    if (page == MAP_NONE || m->pages.data[page].value[id % IDMAP_PAGE] == MAP_NONE)
        return;
    m->pages.data[page].value[id % IDMAP_PAGE] = MAP_NONE;
    if (--m->pages.data[page].used > 0)
        return;
    map_delete(&m->page_of, id / IDMAP_PAGE);
    m->unused.data[m->unused.len++] = page;
}

bool idmap_copy(struct idmap *to, const struct idmap *from)
{
    *to = (struct idmap){0};
    bool ok = map_copy(&to->page_of, &from->page_of) && VEC_RESERVE(&to->pages, from->pages.len) &&
              VEC_RESERVE(&to->unused, from->pages.len);
    if (!ok) {
        idmap_free(to);
        return false;
    }
    if (from->pages.len)
        memcpy(to->pages.data, from->pages.data, from->pages.len * sizeof *from->pages.data);
    if (from->unused.len)
        memcpy(to->unused.data, from->unused.data, from->unused.len * sizeof *from->unused.data);
    to->pages.len = from->pages.len;
    to->unused.len = from->unused.len;
    return true;
}

void idmap_free(struct idmap *m)
{
    map_free(&m->page_of);
    VEC_FREE(&m->pages);
    VEC_FREE(&m->unused);
}
