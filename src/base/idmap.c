#include "base/idmap.h"

#include <string.h>

/* Numbers of pages up to this, and so many more for each page that there is,
 * are near. */
enum { NEAR_ANYWAY = 4096, NEAR_EACH = 64 };

/* Makes the page of this number findable. */
static bool place_page(struct idmap *m, uint64_t number, uint32_t page)
{
    if (number >= NEAR_ANYWAY + NEAR_EACH * (uint64_t)m->pages.len)
        return map_put(&m->far, number, page);
    if (number >= m->near.len) {
        size_t more = (size_t)number + 1 - m->near.len;
        if (!VEC_RESERVE(&m->near, more))
            return false;
        memset(m->near.data + m->near.len, 0xff, more * sizeof *m->near.data);
        m->near.len += more;
    }
    m->near.data[number] = page;
    return true;
}

/* Makes a page that nobody uses, if there is none. */
static bool spare_page(struct idmap *m)
{
    if (m->unused.len)
        return true;
    /* Room to let go of all of them, so that this cannot fail. */
    if (m->pages.len >= MAP_NONE || !VEC_RESERVE(&m->pages, 1) ||
        !VEC_RESERVE(&m->unused, m->pages.cap) || !VEC_PUSH(&m->used, 0))
        return false;
    memset(&m->pages.data[m->pages.len], 0xff, sizeof *m->pages.data);
    m->unused.data[m->unused.len++] = (uint32_t)m->pages.len++;
    return true;
}

/* A page is taken from `unused` only when it can be found: a failure before
 * that leaves it there for the next id. */
bool idmap_put(struct idmap *m, uint64_t id, uint32_t value)
{
    uint64_t number = id / IDMAP_PAGE;
    uint32_t page = idmap_page_of(m, number);
    if (page == MAP_NONE) {
        if (!spare_page(m) || !place_page(m, number, m->unused.data[m->unused.len - 1]))
            return false;
        page = m->unused.data[--m->unused.len];
    }
    uint32_t *slot = &m->pages.data[page].value[id % IDMAP_PAGE];
    if (*slot == MAP_NONE)
        m->used.data[page]++;
    *slot = value;
    return true;
}

/* Cannot fail: spare_page has made room in `unused` for every page. A page
 * whose last id goes is free for ids of any number, so that memory follows what
 * is in use at a time, not all ids ever. */
void idmap_delete(struct idmap *m, uint64_t id)
{
    uint64_t number = id / IDMAP_PAGE;
    uint32_t page = idmap_page_of(m, number);
    if (page == MAP_NONE || m->pages.data[page].value[id % IDMAP_PAGE] == MAP_NONE)
        return;
    m->pages.data[page].value[id % IDMAP_PAGE] = MAP_NONE;
    if (--m->used.data[page] > 0)
        return;
    if (!map_delete(&m->far, number))
        m->near.data[number] = MAP_NONE;
    m->unused.data[m->unused.len++] = page;
}

/* Copies len elements of `size` bytes to an empty array. len 0 allocates
 * nothing. */
static bool copy_vec(void **data, size_t *cap, const void *from, size_t len, size_t size)
{
    if (len == 0)
        return true;
    if (!vec_grow(data, cap, len, size))
        return false;
    memcpy(*data, from, len * size);
    return true;
}
/* For any VEC; *to is empty. */
#define COPY(to, from)                                                                         \
    (copy_vec((void **)&(to)->data, &(to)->cap, (from)->data, (from)->len, sizeof *(to)->data) \
         ? ((to)->len = (from)->len, true)                                                     \
         : false)

/* `unused` gets its room too: idmap_delete relies on it in the copy as well. */
bool idmap_copy(struct idmap *to, const struct idmap *from)
{
    *to = (struct idmap){0};
    if (COPY(&to->near, &from->near) && map_copy(&to->far, &from->far) &&
        COPY(&to->pages, &from->pages) && COPY(&to->used, &from->used) &&
        COPY(&to->unused, &from->unused) && VEC_RESERVE(&to->unused, to->pages.cap))
        return true;
    idmap_free(to);
    return false;
}

void idmap_free(struct idmap *m)
{
    VEC_FREE(&m->near);
    map_free(&m->far);
    VEC_FREE(&m->pages);
    VEC_FREE(&m->used);
    VEC_FREE(&m->unused);
}
