/* state.c: the records of the model: how they come and go, and copies of all. */
#include "sched/state.h"

#include <string.h>

#include "base/mem.h"

/* Slots of those that are gone come first, so that the array is as long as the
 * most that lived at a time. */
static bool new_index(struct sched *s, uint32_t *i)
{
    if (s->free_gs.len) {
        *i = s->free_gs.data[--s->free_gs.len];
        assert(*i < s->gs.len && s->gs.data[*i].gen == 0); /* nobody's */
        return true;
    }
    *i = (uint32_t)s->gs.len;
    return s->gs.len < MAP_NONE && VEC_PUSH(&s->gs, (struct goroutine){0});
}

#ifndef NDEBUG
/* Nothing of whom it was before. */
static bool is_clear(const struct ranges *x)
{
    return x->regions.len == 0 && x->stw.len == 0 && x->dropped == 0 && !x->indexed;
}
#endif

/* Few goroutines have any, so they are no part of the record. */
struct ranges *sched_need_ranges(struct sched *s, struct goroutine *g)
{
    if (g->ranges)
        return ranges_of(s, g);
    if (s->free_ranges.len == 0) {
        /* Room to give all of them back, so that this cannot fail. */
        if (s->ranges.len >= MAP_NONE || !VEC_PUSH(&s->ranges, (struct ranges){0}) ||
            !VEC_RESERVE(&s->free_ranges, s->ranges.cap))
            return NULL;
        assert(s->free_ranges.cap >= s->ranges.len);
        s->free_ranges.data[s->free_ranges.len++] = (uint32_t)s->ranges.len;
    }
    g->ranges = s->free_ranges.data[--s->free_ranges.len];
    assert(is_clear(ranges_of(s, g)));
    return ranges_of(s, g);
}

/* Memory is kept: goroutines with regions come and go. */
static void clear_ranges(struct ranges *x)
{
    map_clear(&x->open);
    x->indexed = false;
    x->regions.len = x->stw.len = x->dropped = 0;
    map_clear(&x->stw_of);
}

static void free_ranges(struct ranges *x)
{
    VEC_FREE(&x->regions);
    map_free(&x->open);
    VEC_FREE(&x->stw);
    map_free(&x->stw_of);
}

/* Stops of the world that it had in flight are so no more: nobody can end them. */
static void drop_ranges(struct sched *s, struct goroutine *g)
{
    if (!g->ranges)
        return;
    assert(s->stops >= ranges_of(s, g)->stw.len && s->free_ranges.len < s->free_ranges.cap);
    s->stops -= ranges_of(s, g)->stw.len;
    clear_ranges(ranges_of(s, g));
    s->free_ranges.data[s->free_ranges.len++] = g->ranges;
    g->ranges = 0;
}

/* No memory is no error here: the generation is done again behind what came
 * before it. */
void sched_note_edge(struct sched *s, enum edge_kind kind, uint64_t id, int64_t a, int64_t b)
{
    assert(s->edges);
    if (!VEC_PUSH(&s->edges->list, ((struct edge){kind, id, a, b})))
        s->edges->failed = true;
}

/* A number in place of the generation makes a goroutine's record small. Numbers
 * go on over epochs, so that an old one is never taken for a new one. */
uint32_t sched_number_of(struct sched *s, uint64_t gen)
{
    uint32_t number = map_get(&s->gen_of, gen);
    assert(number == MAP_NONE || (number >= s->first_now && s->gens.data[number - 1] == gen));
    if (number != MAP_NONE)
        return number;
    number = (uint32_t)s->gens.len + 1;
    if (number == MAP_NONE || !VEC_PUSH(&s->gens, gen))
        return 0;
    return map_put(&s->gen_of, gen, number) ? number : 0;
}

bool sched_enter_gen(struct sched *s, uint64_t gen)
{
    uint32_t number = sched_number_of(s, gen);
    if (!number)
        return false;
    s->gen = gen;
    s->now = number;
    assert(s->now >= s->first_now && s->now <= s->gens.len);
    assert(s->gens.data[s->now - 1] == gen);
    return true;
}

/* A record of an earlier epoch is used again: an id counts once in the totals
 * as long as nothing has ended it. */
struct goroutine *sched_add_g(struct sched *s, int64_t id, uint8_t status, uint32_t gen)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    assert(status < GoStatuses && gen <= s->gens.len);
    if (!gen)
        return NULL;
    if (i == MAP_NONE) {
        if (!new_index(s, &i) || !idmap_put(&s->g_of, (uint64_t)id, i))
            return NULL;
        s->totals.goroutines++;
    }
    struct goroutine *g = &s->gs.data[i];
    assert(!known_g(s, g) && gen >= s->first_now);
    drop_ranges(s, g); /* of an earlier epoch */
    *g = (struct goroutine){.id = id, .gen = gen, .thread = MAP_NONE, .status = status};
    assert(record_of_g(s, id) == g);
    return g;
}

/* The id leaves the map: memory is that of those alive at a time, however many
 * come and go. */
void sched_remove_g(struct sched *s, struct goroutine *g)
{
    uint32_t i = (uint32_t)(g - s->gs.data);
    assert(known_g(s, g) && record_of_g(s, g->id) == g);
    drop_ranges(s, g);
    idmap_delete(&s->g_of, (uint64_t)g->id);
    g->gen = 0;
    (void)VEC_PUSH(&s->free_gs, i); /* without memory the slot just stays unused */
    assert(!record_of_g(s, g->id) && s->free_gs.len <= s->gs.len);
}

/* Procs are never removed: there are as many as GOMAXPROCS ever was. */
struct proc *sched_add_p(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    if (i == MAP_NONE) {
        i = (uint32_t)s->ps.len;
        if (!VEC_PUSH(&s->ps, (struct proc){0}) || !map_put(&s->p_of, (uint64_t)id, i))
            return NULL;
        s->totals.procs++;
    }
    assert(s->ps.data[i].epoch != s->epoch); /* who is known is not made again */
    s->ps.data[i] = (struct proc){.id = id, .epoch = s->epoch, .holder = MAP_NONE};
    assert(find_p(s, id) == &s->ps.data[i]);
    return &s->ps.data[i];
}

/* It is known to the model only with its first event, by its epoch: others may
 * name it before. */
bool sched_thread(struct sched *s, int64_t m, uint32_t *handle)
{
    *handle = map_get(&s->m_of, (uint64_t)m);
    assert(*handle == MAP_NONE || (*handle < s->ms.len && s->ms.data[*handle].id == m));
    if (*handle != MAP_NONE)
        return true;
    *handle = (uint32_t)s->ms.len;
    return VEC_PUSH(&s->ms, ((struct thread){m, -1, -1, MAP_NONE, MAP_NONE, 0, false, false})) &&
           map_put(&s->m_of, (uint64_t)m, *handle);
}

void sched_know_thread(struct sched *s, struct thread *t)
{
    assert(t->epoch != s->epoch && t->id != -1); /* what has no thread is not one */
    if (!t->counted)
        s->totals.threads++;
    *t = (struct thread){t->id, -1, -1, MAP_NONE, MAP_NONE, s->epoch, true, false};
}

/* Without memory the thread is just not found again. */
void sched_share_p(struct sched *s, struct proc *p, uint32_t thread)
{
    struct holder h = {thread, p->under};
    assert(p->under <= s->holders.len && thread != p->holder);
    if (s->holders.len < UINT32_MAX && VEC_PUSH(&s->holders, h))
        p->under = (uint32_t)s->holders.len;
}

/* The model */

struct sched *sched_new(void)
{
    struct sched *s = mem_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->epoch = s->first_now = 1;
    s->secret = hash_secret();
    return s;
}

/* Costs the same whatever the model holds: records stay where they are, and
 * count as unknown. */
void sched_reset(struct sched *s)
{
    s->epoch++;
    map_free(&s->gen_of);
    s->first_now = (uint32_t)s->gens.len + 1;
    s->now = 0;
    map_free(&s->tasks);
    s->holders.len = 0; /* no proc is known any more */
    s->first_gen = s->gc_seq = 0;
    s->gc = GC_UNDETERMINED;
    assert(s->epoch && s->first_now > s->gens.len); /* nobody is known any more */
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->ranges.len; i++)
        free_ranges(&s->ranges.data[i]);
    VEC_FREE(&s->ranges);
    VEC_FREE(&s->free_ranges);
    VEC_FREE(&s->gens);
    map_free(&s->gen_of);
    VEC_FREE(&s->gs);
    VEC_FREE(&s->free_gs);
    VEC_FREE(&s->ps);
    VEC_FREE(&s->holders);
    VEC_FREE(&s->ms);
    idmap_free(&s->g_of);
    map_free(&s->p_of);
    map_free(&s->m_of);
    map_free(&s->tasks);
    mem_free(s);
}

/* Copying */

/* *to is a bitwise copy of an array: gives it memory of its own. */
static bool own(void **data, size_t *cap, size_t len, size_t size)
{
    const void *from = *data;
    *data = NULL;
    *cap = 0;
    if (len == 0)
        return true;
    if (!vec_grow(data, cap, len, size))
        return false;
    memcpy(*data, from, len * size);
    return true;
}
#define OWN(v) \
    (own((void **)&(v)->data, &(v)->cap, (v)->len, sizeof *(v)->data) || ((v)->len = 0, false))

static bool own_ranges(struct ranges *x)
{
    const struct ranges from = *x;
    bool ok = OWN(&x->regions);
    ok &= OWN(&x->stw);
    ok &= map_copy(&x->open, &from.open);
    return map_copy(&x->stw_of, &from.stw_of) && ok;
}

/* All copies are made before any failure is looked at: then nothing in s
 * belongs to `from`, and sched_free may have it. */
struct sched *sched_copy(const struct sched *from)
{
    struct sched *s = sched_new();
    if (!s)
        return NULL;
    struct sched fresh = *s;
    *s = *from;
    s->g_of = fresh.g_of;
    s->p_of = s->m_of = s->tasks = s->gen_of = fresh.p_of;
    bool ok = OWN(&s->gs);
    ok &= OWN(&s->free_gs);
    ok &= OWN(&s->ps);
    ok &= OWN(&s->holders);
    ok &= OWN(&s->ms);
    ok &= OWN(&s->gens);
    ok &= OWN(&s->ranges);
    ok &= OWN(&s->free_ranges) && VEC_RESERVE(&s->free_ranges, s->ranges.cap);
    for (size_t i = 0; i < s->ranges.len; i++)
        ok &= own_ranges(&s->ranges.data[i]);
    ok = ok && idmap_copy(&s->g_of, &from->g_of) && map_copy(&s->gen_of, &from->gen_of) &&
         map_copy(&s->p_of, &from->p_of) && map_copy(&s->m_of, &from->m_of) &&
         map_copy(&s->tasks, &from->tasks);
    assert(!ok || s->free_ranges.cap >= s->ranges.len);
    if (ok)
        return s;
    sched_free(s);
    return NULL;
}
