#include "write/emit/numbering.h"

#include <assert.h>

void numbering_free(struct numbering *n)
{
    idmap_free(&n->goroutines);
    idmap_free(&n->threads);
    idmap_free(&n->tasks);
}

/* False: no memory. *id is as before then. */
static bool number(struct idmap *known, uint32_t *count, uint64_t *id)
{
    uint32_t own = idmap_get(known, *id);
    if (own == MAP_NONE) {
        assert(*count < MAP_NONE - 1);
        own = ++*count;
        if (!idmap_put(known, *id, own))
            return false;
    }
    assert(own > 0 && own <= *count); /* from 1 on, without gaps */
    *id = own;
    return true;
}

/* Go has meanings for 0: no goroutine, the background task. */
static bool is_none(unsigned kind, uint64_t id)
{
    return id == UINT64_MAX || (id == 0 && kind != GOTRACE_ARG_M);
}

bool numbering_of(struct numbering *n, unsigned kind, uint64_t *id)
{
    if (!n->on || is_none(kind, *id))
        return true;
    switch (kind) {
    case GOTRACE_ARG_G:
        return number(&n->goroutines, &n->g, id);
    case GOTRACE_ARG_M:
        return number(&n->threads, &n->m, id);
    case GOTRACE_ARG_TASK:
        return number(&n->tasks, &n->task, id);
    default:
        return true;
    }
}
