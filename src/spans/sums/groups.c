/* groups.c: goroutines that are alike, and what they did with their time, summed up once a
 * trace has been read. */
#include <string.h>

#include "spans/spans.h"

_Static_assert(GOTRACE_FIGURES == GOTRACE_STATS + 1, "stats, and what they do not account for");

struct group_figure {
    __int128 total;
    int64_t least, most;
};
struct group {
    uint64_t count;
    struct group_figure figures[GOTRACE_FIGURES];
    uint32_t func;
    bool system;
};
struct group_block {
    struct group_figure figure;
    uint64_t count;
    uint32_t group, reason;
};
struct gotrace_groups {
    gotrace_group_spec spec;
    VEC(struct group) list;
    VEC(struct group_block) blocks;
    struct map at;          /* what goroutines of a group have in common -> its number */
    struct map block_at;    /* a group and a reason -> number in `blocks` */
    struct buckets buckets; /* by number of a group and a figure */
};

static const struct group_figure no_figure = {.least = INT64_MAX, .most = INT64_MIN};

/* A count of buckets for each figure of each group. */
static uint32_t number_of(uint32_t group, uint32_t figure)
{
    return group * GOTRACE_FIGURES + figure;
}

/* The number of a goroutine's group; NO_RECORD: no memory. */
static uint32_t group_of(gotrace_groups *all, const struct span_g *g, bool system)
{
    struct group fresh = {.func = all->spec.by_func ? g->func : 0, .system = system};
    uint64_t key = (uint64_t)fresh.func << 1 | fresh.system;
    uint32_t at = map_get(&all->at, key), next = (uint32_t)all->list.len;
    if (at != MAP_NONE)
        return at;
    for (size_t i = 0; i < GOTRACE_FIGURES; i++)
        fresh.figures[i] = no_figure;
    return VEC_PUSH(&all->list, fresh) && map_put(&all->at, key, next) ? next : NO_RECORD;
}

/* Go's UnknownTime: what of the total nothing accounts for. */
static int64_t unknown(const gotrace_stats *sum)
{
    __int128 rest = sum->total;
    rest -= (__int128)sum->exec + sum->sched_wait + sum->syscall + sum->syscall_block + sum->block;
    return rest > 0 ? (int64_t)rest : 0;
}

/* In 128 bits: goroutines together may have more ns than 64 hold. */
static void add_figure(struct group_figure *figure, int64_t ns)
{
    figure->total += ns;
    figure->least = ns < figure->least ? ns : figure->least;
    figure->most = ns > figure->most ? ns : figure->most;
}

/* False, here and below: no memory. */
static bool add_figures(gotrace_groups *all, uint32_t at, const gotrace_stats *sum)
{
    int64_t figures[GOTRACE_FIGURES];
    struct group *group = &all->list.data[at];
    bool ok = true;
    memcpy(figures, sum, sizeof *sum);
    figures[GOTRACE_STATS] = unknown(sum);
    group->count++;
    for (uint32_t i = 0; i < GOTRACE_FIGURES; i++) {
        add_figure(&group->figures[i], figures[i]);
        if (all->spec.quantiles >> i & 1 && figures[i] > 0)
            ok = ok && buckets_add(&all->buckets, number_of(at, i), group->count, all->spec.bucket,
                                   figures[i]);
    }
    return ok;
}

/* NULL: no memory. The first goroutine that was blocked for that reason makes it. */
static struct group_block *block_of(gotrace_groups *all, uint32_t group, uint32_t reason)
{
    uint64_t key = (uint64_t)group << 32 | reason;
    uint32_t at = map_get(&all->block_at, key), next = (uint32_t)all->blocks.len;
    struct group_block fresh = {.figure = no_figure, .group = group, .reason = reason};
    if (at != MAP_NONE)
        return &all->blocks.data[at];
    bool ok = VEC_PUSH(&all->blocks, fresh) && map_put(&all->block_at, key, next);
    return ok ? &all->blocks.data[next] : NULL;
}

/* A goroutine that never waited for a reason is not in that reason's figure, so
 * `count` is of those that did. */
static bool add_blocks(gotrace_groups *all, uint32_t at, const struct span_g *g, int64_t now)
{
    uint32_t reason;
    int64_t ns;
    for (uint32_t i = 0; figures_block(g, i, now, &reason, &ns); i++) {
        struct group_block *block = block_of(all, at, reason);
        if (!block)
            return false;
        block->count++;
        add_figure(&block->figure, ns);
    }
    return true;
}

/* Only those of which some life lies in a window. */
static bool add(gotrace_groups *all, const struct gotrace_spans *s, const struct span_g *g,
                int64_t now)
{
    gotrace_stats sum;
    if (!g->told)
        return true;
    uint32_t at = group_of(all, g, g_is_system(s, g));
    figures_now(g, now, &sum);
    return at != NO_RECORD && add_figures(all, at, &sum) && add_blocks(all, at, g, now);
}

/* Those that have ended are looked at where they are packed. */
static bool add_all(gotrace_groups *all, const struct gotrace_spans *s, int64_t now)
{
    struct span_g past;
    for (size_t i = 0; i < s->gs.len; i++)
        if (!add(all, s, g_look_at(s, (uint32_t)i, &past), now))
            return false;
    return true;
}

/* gotrace.h */

gotrace_groups *gotrace_spans_groups(const gotrace_spans *s, const gotrace_group_spec *spec,
                                     int64_t now)
{
    gotrace_groups *all = mem_zeroed(1, sizeof *all);
    if (!all)
        return NULL;
    all->spec = *spec;
    if (add_all(all, s, spans_now(s, now)))
        return all;
    gotrace_groups_free(all);
    return NULL;
}

void gotrace_groups_free(gotrace_groups *all)
{
    if (!all)
        return;
    VEC_FREE(&all->list);
    VEC_FREE(&all->blocks);
    map_free(&all->at);
    map_free(&all->block_at);
    buckets_free(&all->buckets);
    mem_free(all);
}

static gotrace_group_figure shown(const struct group_figure *figure)
{
    return (gotrace_group_figure){sum_total(figure->total), figure->least, figure->most};
}

bool gotrace_groups_at(const gotrace_groups *all, uint32_t i, gotrace_group *out)
{
    if (i >= all->list.len)
        return false;
    const struct group *group = &all->list.data[i];
    *out = (gotrace_group){.count = group->count, .func = group->func, .system = group->system};
    for (size_t k = 0; k < GOTRACE_FIGURES; k++)
        out->figures[k] = shown(&group->figures[k]);
    return true;
}

bool gotrace_groups_block(const gotrace_groups *all, uint32_t i, gotrace_group_block *out)
{
    if (i >= all->blocks.len)
        return false;
    const struct group_block *block = &all->blocks.data[i];
    *out = (gotrace_group_block){shown(&block->figure), block->count, block->group, block->reason};
    return true;
}

bool gotrace_groups_bucket(const gotrace_groups *all, gotrace_sum_place *at,
                           gotrace_sum_bucket *out)
{
    return buckets_next(&all->buckets, at, out);
}
