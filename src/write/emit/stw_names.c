#include "write/emit/stw_names.h"

#include <assert.h>

/* Goroutines that may stop the world before another's stop has ended, and stops
 * of one of them. */
enum { MOST_STOPPING = 64, MOST_STOPS = 16 };

void stw_names_free(struct stw_names *n)
{
    VEC_FREE(&n->list);
    map_free(&n->by_name);
    map_free(&n->copied);
    VEC_FREE(&n->stopping);
    map_free(&n->is_stopping);
}

/* Ids */

static bool is_near(uint64_t id)
{
    return id >= STW_IDS && id < STW_IDS + STW_NEAR_IDS;
}

/* Far ones need no look: no other string's id gets there. */
bool stw_names_owns(const struct stw_names *n, uint64_t id)
{
    return is_near(id) || map_get(&n->copied, id) != MAP_NONE;
}

/* Never one twice, whatever generation it was given in. */
static uint64_t next_id(struct stw_names *n)
{
    uint64_t id;
    do {
        uint32_t i = n->own++;
        id = i < STW_NEAR_IDS ? STW_IDS + i : (uint64_t)STW_FAR_IDS + i;
    } while (map_get(&n->copied, id) != MAP_NONE);
    assert(is_near(id) || id >= STW_FAR_IDS);
    return id;
}

/* NULL: no memory; then the list is as before. */
static struct stw_name *add_name(struct stw_names *n, struct stw_name added)
{
    uint32_t at = (uint32_t)n->list.len;
    if (!VEC_PUSH(&n->list, added))
        return NULL;
    if (map_put(&n->by_name, added.name, at))
        return &n->list.data[at];
    n->list.len--;
    return NULL;
}

/* A name keeps its id for the whole trace: stops may go on for any number of
 * generations. */
struct stw_name *stw_names_get(struct stw_names *n, uint32_t name)
{
    uint32_t at = map_get(&n->by_name, name);
    assert(at == MAP_NONE || (at < n->list.len && n->list.data[at].name == name));
    if (at != MAP_NONE)
        return &n->list.data[at];
    return add_name(n, (struct stw_name){next_id(n), name, 0});
}

bool stw_names_take_over(struct stw_names *n, const stw_name_list *open)
{
    n->list.len = 0; /* of stops that the copies have, not we */
    map_clear(&n->by_name);
    map_clear(&n->copied);
    for (size_t i = 0; i < open->len; i++) {
        const struct stw_name *k = &open->data[i];
        if (!map_put(&n->copied, k->id, 0) || !add_name(n, (struct stw_name){k->id, k->name, 0}))
            return false;
    }
    return true;
}

/* Who stops the world */

void stw_names_forget(struct stw_names *n, const struct sched *w)
{
    size_t left = 0;
    uint64_t kind;
    for (size_t i = 0; i < n->stopping.len; i++) {
        int64_t g = n->stopping.data[i];
        if (sched_stw(w, g, 0, &kind))
            n->stopping.data[left++] = g;
        else
            map_delete(&n->is_stopping, (uint64_t)g);
    }
    n->stopping.len = left;
    assert(n->is_stopping.len == left); /* each once */
}

static bool is_stopping(const struct stw_names *n, int64_t g)
{
    return map_get(&n->is_stopping, (uint64_t)g) != MAP_NONE;
}

/* Noted at each stop, listed once. */
bool stw_names_note(struct stw_names *n, int64_t g)
{
    return is_stopping(n, g) ||
           (VEC_PUSH(&n->stopping, g) && map_put(&n->is_stopping, (uint64_t)g, 0));
}

/* The list is cleaned when it is full, and with each generation
 * (tables_restate_kinds). */
bool stw_names_is_full(struct stw_names *n, const struct sched *w, int64_t g)
{
    struct sched_g found;
    assert(n->stopping.len == n->is_stopping.len);
    if (n->stopping.len >= MOST_STOPPING)
        stw_names_forget(n, w);
    return (!is_stopping(n, g) && n->stopping.len >= MOST_STOPPING) ||
           (sched_find_g(w, g, &found) && found.stw >= MOST_STOPS);
}

/* Copies */

/* The name that generation g has for an id; false: none. */
static bool name_in(const struct generation *g, uint64_t id, uint32_t *name)
{
    *name = 0;
    return id == 0 || idtab_get(g->strings, id, name);
}

static const struct stw_name *find_id(const stw_name_list *list, uint64_t id)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->data[i].id == id)
            return &list->data[i];
    }
    return NULL;
}

/* Adds a name, once. GOTRACE_UNSUPPORTED: its id is another's here, or it has
 * another id: to Go's validator two stops of one name are one. */
static gotrace_status add(stw_name_list *list, uint64_t id, uint32_t name)
{
    for (size_t i = 0; i < list->len; i++) {
        const struct stw_name *k = &list->data[i];
        if (k->id == id || k->name == name)
            return k->id == id && k->name == name ? GOTRACE_OK : GOTRACE_UNSUPPORTED;
    }
    struct stw_name added = {id, name, 0};
    return VEC_PUSH(list, added) ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

/* The stops that are in flight at any time in g: those of before, and g's. */
static gotrace_status all_in(stw_name_list *all, const stw_name_list *open,
                             const struct generation *g)
{
    const struct references *m = g->references;
    gotrace_status st = GOTRACE_OK;
    uint32_t name;
    for (size_t i = 0; st == GOTRACE_OK && i < open->len; i++)
        st = add(all, open->data[i].id, open->data[i].name);
    for (size_t i = 0; st == GOTRACE_OK && i < m->kinds.len; i++)
        st = name_in(g, m->kinds.data[i], &name) ? add(all, m->kinds.data[i], name)
                                                 : GOTRACE_UNSUPPORTED;
    return st;
}

/* The ends in g find the names that their stops began with. */
static gotrace_status check_ends(const stw_name_list *all, const struct generation *g)
{
    const struct references *m = g->references;
    uint32_t name;
    for (size_t i = 0; i < m->ended.len; i++) {
        uint64_t id = m->ended.data[i];
        const struct stw_name *k = find_id(all, id);
        if (!k || !name_in(g, id, &name) || name != k->name ||
            !references_id(&g->references->strings, id))
            return GOTRACE_UNSUPPORTED;
    }
    return GOTRACE_OK;
}

/* Of all, those that go on behind g. */
static void keep_open(stw_name_list *all, const struct references *m)
{
    size_t left = 0;
    for (size_t i = 0; i < all->len; i++) {
        bool on = false;
        for (size_t k = 0; k < m->open.len; k++)
            on |= m->open.data[k] == all->data[i].id;
        if (on)
            all->data[left++] = all->data[i];
    }
    assert(left <= all->len);
    all->len = left;
}

/* In a list of its own, so that *open stays as it is on any failure. */
gotrace_status stw_names_follow(stw_name_list *open, const struct generation *g)
{
    stw_name_list all = {0};
    gotrace_status st = all_in(&all, open, g);
    if (st == GOTRACE_OK)
        st = check_ends(&all, g);
    if (st != GOTRACE_OK) {
        VEC_FREE(&all);
        return st;
    }
    keep_open(&all, g->references);
    VEC_FREE(open);
    *open = all;
    return GOTRACE_OK;
}
