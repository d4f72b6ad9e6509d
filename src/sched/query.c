/* query.c: what others ask the model. */
#include "sched/state.h"

/* g->thread is where it was taken up last: the thread may have gone on since,
 * so it is asked too. */
static void view_g(const struct sched *s, const struct goroutine *g, struct sched_g *out)
{
    assert(known_g(s, g) && g->status < GoStatuses);
    const struct thread *t = g->thread < s->ms.len ? &s->ms.data[g->thread] : NULL;
    bool bound = t && t->epoch == s->epoch && t->g == g->id &&
                 (g->status == GoRunning || g->status == GoSyscall);
    *out = (struct sched_g){.slot = (size_t)(g - s->gs.data),
                            .id = g->id,
                            .thread = bound ? g->thread : MAP_NONE,
                            .m = bound ? t->id : -1,
                            .gen = gen_of(s, g),
                            .seq = g->seq,
                            .status = g->status,
                            .assist = g->assist,
                            .created_in_trace = g->created_in_trace};
    const struct ranges *x = ranges_of(s, g);
    assert(!x || x->dropped <= x->regions.len);
    if (x) {
        out->stw = (uint32_t)x->stw.len;
        out->regions = (uint32_t)x->regions.len - x->dropped;
    }
}

/* As for goroutines; an abandoned proc has no thread, whoever took it up last. */
static void view_p(const struct sched *s, const struct proc *p, struct sched_p *out)
{
    assert(p->epoch == s->epoch && p->status < ProcStatuses);
    const struct thread *t = p->holder < s->ms.len ? &s->ms.data[p->holder] : NULL;
    bool bound = t && t->epoch == s->epoch && t->p == p->id &&
                 (p->status == ProcRunning || p->status == ProcSyscall);
    *out = (struct sched_p){.slot = (size_t)(p - s->ps.data),
                            .id = p->id,
                            .thread = bound ? p->holder : MAP_NONE,
                            .m = bound ? t->id : -1,
                            .gen = p->gen,
                            .seq = p->seq,
                            .status = p->status,
                            .sweep = p->sweep};
}

/* A record of an earlier epoch is found as well, and sched_g_at refuses it. */
bool sched_find_g(const struct sched *s, int64_t id, struct sched_g *out)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    assert(i == MAP_NONE || (i < s->gs.len && s->gs.data[i].id == id));
    return i != MAP_NONE && sched_g_at(s, i, out);
}

/* Slots are those of the records, so that others can keep arrays of their own
 * beside them. */
bool sched_slot_of_g(const struct sched *s, int64_t id, size_t *slot)
{
    const struct goroutine *g = find_g(s, id);
    *slot = g ? (size_t)(g - s->gs.data) : 0;
    return g != NULL;
}

bool sched_slot_of_p(const struct sched *s, int64_t id, size_t *slot)
{
    const struct proc *p = find_p(s, id);
    *slot = p ? (size_t)(p - s->ps.data) : 0;
    return p != NULL;
}

uint8_t sched_status_of_g(const struct sched *s, int64_t id)
{
    const struct goroutine *g = find_g(s, id);
    return g ? g->status : GoNone;
}

/* Not checked against the thread: who has stopped is asked for, too. */
int64_t sched_last_thread(const struct sched *s, int64_t id)
{
    const struct goroutine *g = find_g(s, id);
    return g && g->thread < s->ms.len ? s->ms.data[g->thread].id : -1;
}

bool sched_g_at(const struct sched *s, size_t i, struct sched_g *out)
{
    if (i >= s->gs.len || !known_g(s, &s->gs.data[i]))
        return false;
    view_g(s, &s->gs.data[i], out);
    return true;
}

size_t sched_g_slots(const struct sched *s)
{
    return s->gs.len;
}

bool sched_find_p(const struct sched *s, int64_t id, struct sched_p *out)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    assert(i == MAP_NONE || (i < s->ps.len && s->ps.data[i].id == id));
    return i != MAP_NONE && sched_p_at(s, i, out);
}

bool sched_p_at(const struct sched *s, size_t i, struct sched_p *out)
{
    if (i >= s->ps.len || s->ps.data[i].epoch != s->epoch)
        return false;
    view_p(s, &s->ps.data[i], out);
    return true;
}

size_t sched_p_slots(const struct sched *s)
{
    return s->ps.len;
}

/* A thread that this epoch does not know has nothing, whatever its record says. */
void sched_context(const struct sched *s, uint32_t thread, int64_t *p, int64_t *g)
{
    assert(thread < s->ms.len);
    const struct thread *t = &s->ms.data[thread];
    bool known = t->epoch == s->epoch;
    *p = known ? t->p : -1;
    *g = known ? t->g : -1;
}

/* *seq is set either way: the next event of a mark phase has the number behind
 * it. */
bool sched_gc(const struct sched *s, uint64_t *seq)
{
    *seq = s->gc_seq;
    return s->gc == GC_ON;
}

uint64_t sched_first_gen(const struct sched *s)
{
    return s->first_gen;
}

/* Number 0 is the one that ends next. */
bool sched_stw(const struct sched *s, int64_t g, uint32_t i, uint64_t *kind)
{
    const struct ranges *x = find_ranges(s, g);
    if (!x || i >= x->stw.len)
        return false;
    assert(s->stops >= x->stw.len && map_get(&x->stw_of, x->stw.data[i]) == i);
    *kind = x->stw.data[i];
    return true;
}

/* Asked of every end of a goroutine, so the hint is tried before the map; it is
 * not corrected here, since the model is const. */
bool sched_in_range(const struct sched *s, uint32_t thread, int64_t *id)
{
    assert(thread < s->ms.len);
    const struct thread *t = &s->ms.data[thread];
    const struct goroutine *g = t->g_index < s->gs.len ? &s->gs.data[t->g_index] : NULL;
    *id = t->epoch == s->epoch ? t->g : -1;
    assert(t->id != -1 || *id == -1);
    if (*id == -1)
        return false;
    if (!g || g->id != t->g || !known_g(s, g))
        g = find_g(s, t->g);
    return g && (g->assist || (g->ranges && ranges_of(s, g)->stw.len));
}

size_t sched_stops(const struct sched *s)
{
    return s->stops;
}

/* Numbering */

/* Numbers begin anew in a generation when the goroutine is stated there; before
 * that there is none. */
static uint64_t next_of_g(const struct sched *s, uint64_t id, uint64_t gen)
{
    const struct goroutine *g = find_g(s, (int64_t)id);
    return g && gen_of(s, g) == gen ? g->seq + 1 : 0;
}

/* As next_of_g; procs are found by a plain map, since there are few of them. */
static uint64_t next_of_p(const struct sched *s, uint64_t id, uint64_t gen)
{
    uint32_t i = map_get(&s->p_of, id);
    assert(i == MAP_NONE || i < s->ps.len);
    const struct proc *p = i == MAP_NONE ? NULL : &s->ps.data[i];
    return p && p->epoch == s->epoch && p->gen == gen ? p->seq + 1 : 0;
}

/* Which argument the number is follows from what is numbered: the second where
 * the first names it. */
void sched_number(const struct sched *s, uint32_t thread, uint8_t type, uint64_t gen, uint64_t *arg)
{
    assert(thread < s->ms.len);
    switch (event_number[type]) {
    case EVENT_G_SEQ:
        arg[1] = next_of_g(s, arg[0], gen);
        break;
    case EVENT_P_SEQ:
        arg[1] = next_of_p(s, arg[0], gen);
        break;
    case EVENT_OWN_P_SEQ:
        arg[0] = next_of_p(s, (uint64_t)s->ms.data[thread].p, gen);
        break;
    case EVENT_GC_SEQ:
        arg[0] = s->gc_seq + 1;
        break;
    default:
        break;
    }
}

struct sched_totals sched_totals(const struct sched *s)
{
    return s->totals;
}
