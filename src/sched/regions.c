/* regions.c: the open regions of a goroutine. */
#include "sched/state.h"

#include <string.h>

/* The index of a goroutine's regions. Few are looked for, so it is not there
 * before somebody does; without memory there is none. */

enum { FEW_REGIONS = 32 };

/* Two regions of one hash would count as one: nobody can choose them, for the
 * hash has a secret. */
static uint64_t hash_region(const struct sched *s, uint64_t task, uint32_t name)
{
    const uint64_t words[2] = {task, name};
    return hash_bytes(&s->secret, words, sizeof words);
}

/* Without memory the index goes, not the region: it is made again, or done
 * without. */
void sched_count_region(struct sched *s, struct ranges *x, const struct region *r)
{
    uint64_t hash = hash_region(s, r->task, r->name);
    uint32_t n = map_get(&x->open, hash);
    assert(n == MAP_NONE || n < x->regions.len); /* r is one more */
    x->indexed = map_put(&x->open, hash, n == MAP_NONE ? 1 : n + 1);
}

static void count_end(struct sched *s, struct ranges *x, const struct region *r)
{
    uint64_t hash = hash_region(s, r->task, r->name);
    uint32_t n = map_get(&x->open, hash);
    assert(n != MAP_NONE && n > 0 && n <= x->regions.len); /* all that are open are counted */
    if (n == 1)
        (void)map_delete(&x->open, hash);
    else
        (void)map_put(&x->open, hash, n - 1); /* there already: needs no memory */
    assert(x->open.len <= x->regions.len);
}

/* From the first search among many regions on; kept up to date from then on. */
static void index_regions(struct sched *s, struct ranges *x)
{
    map_clear(&x->open);
    x->indexed = true;
    for (size_t i = 0; i < x->regions.len && x->indexed; i++)
        sched_count_region(s, x, &x->regions.data[i]);
}

/* Usually the last; regions between are moved down only where they end in
 * another order. */
void sched_end_region(struct sched *s, struct ranges *x, size_t i)
{
    struct region *r = &x->regions.data[i];
    assert(i < x->regions.len && x->dropped <= x->regions.len && x->dropped >= r->dropped);
    if (x->indexed)
        count_end(s, x, r);
    x->dropped -= r->dropped;
    memmove(r, r + 1, (--x->regions.len - i) * sizeof *r);
    assert(!x->indexed || x->open.len <= x->regions.len);
}

/* The goroutine's innermost region but `depth`; NULL: there is none. */
static struct region *region_at(const struct sched *s, int64_t g, uint32_t depth)
{
    const struct ranges *x = find_ranges(s, g);
    return x && depth < x->regions.len ? &x->regions.data[x->regions.len - 1 - depth] : NULL;
}

bool sched_region(const struct sched *s, int64_t g, uint32_t depth, struct sched_region *out)
{
    const struct region *r = region_at(s, g, depth);
    if (r)
        *out = (struct sched_region){r->task, r->name, r->dropped};
    return r != NULL;
}

bool sched_region_open(struct sched *s, int64_t g, uint64_t task, uint32_t name)
{
    const struct goroutine *of = find_g(s, g);
    struct ranges *x = of ? ranges_of(s, of) : NULL;
    assert(!x || !x->indexed || x->open.len <= x->regions.len);
    if (!x)
        return false;
    if (!x->indexed && x->regions.len > FEW_REGIONS)
        index_regions(s, x);
    if (x->indexed)
        return map_get(&x->open, hash_region(s, task, name)) != MAP_NONE;
    for (size_t i = x->regions.len; i-- > 0;) {
        if (x->regions.data[i].task == task && x->regions.data[i].name == name)
            return true;
    }
    return false;
}

/* The index answers first: a search that finds nothing must not go over all
 * regions each time. */
bool sched_region_depth(struct sched *s, int64_t g, uint64_t task, uint32_t name,
                        struct sched_depth *depth)
{
    *depth = (struct sched_depth){0, 0};
    if (!sched_region_open(s, g, task, name))
        return false;
    const struct ranges *x = find_ranges(s, g);
    const struct region *r = x->regions.data + x->regions.len;
    assert(x->regions.len > 0 && x->dropped <= x->regions.len);
    for (; depth->all < x->regions.len && depth->all < SCHED_NEAR_REGIONS; depth->all++) {
        r--;
        if (r->task == task && r->name == name)
            return true;
        depth->kept += !r->dropped;
    }
    return false;
}

void sched_drop_regions(struct sched *s, int64_t g, uint32_t n)
{
    const struct goroutine *of = find_g(s, g);
    struct ranges *x = of ? ranges_of(s, of) : NULL;
    for (size_t i = x ? x->regions.len : 0; i > 0 && n > 0; n--) {
        struct region *r = &x->regions.data[--i];
        x->dropped += !r->dropped;
        r->dropped = true;
        assert(x->dropped <= x->regions.len);
    }
}

/* Stops of the world stay: they end in what is to come. */
void sched_begin_here(struct sched *s)
{
    for (size_t i = 0; i < s->gs.len; i++)
        s->gs.data[i].created_in_trace = false;
    for (size_t i = 0; i < s->ranges.len; i++) {
        struct ranges *x = &s->ranges.data[i];
        x->regions.len = x->dropped = 0;
        x->indexed = false;
    }
}
