#include "sched/edges.h"

#include "sched/invariants.h"

void edges_clear(struct edges *e)
{
    e->list.len = 0;
    e->failed = false;
}

void edges_free(struct edges *e)
{
    VEC_FREE(&e->list);
    edges_clear(e);
}

/* The first event decides what the first generation is, so there must not have
 * been one. */
void sched_begin_by_itself(struct sched *s, struct edges *e)
{
    assert(!s->edges && s->now == 0 && s->gs.len == 0); /* it knows nothing yet */
    edges_clear(e);
    s->edges = e;
}

/* Later calls for the same thread cost a load: only the first context is an
 * edge. */
void sched_meet(struct sched *s, uint32_t thread)
{
    assert(s->edges && thread < s->ms.len);
    struct thread *t = &s->ms.data[thread];
    if (t->met)
        return;
    t->met = true;
    if (t->id != -1) /* what has no thread has no context */
        sched_note_edge(s, EDGE_THREAD, (uint64_t)t->id, t->p, t->g);
}

/* Whether it is so: s is a copy of what came before, from which what is restated is
 * taken away. */

/* Of a syscall that lasts for the whole generation: it was on that thread
 * already. */
static bool has_thread(const struct sched *s, int64_t m, int64_t g)
{
    const struct thread *t = find_m(s, m);
    return t && t->g == g;
}

/* A stop of the world is restated by nothing: of one in flight the generation
 * cannot know alone. */
static bool was_g(const struct sched *s, const struct edge *e)
{
    const struct goroutine *g = find_g(s, (int64_t)e->id);
    if (!g || g->status != e->a)
        return false;
    const struct ranges *x = ranges_of(s, g);
    return (!x || x->stw.len == 0) && (e->a != GoSyscall || has_thread(s, e->b, (int64_t)e->id));
}

/* One that nobody knows has come in this generation. Who says that a proc is abandoned
 * cannot know that it is still held, in a syscall. */
static bool was_p(const struct sched *s, const struct edge *e)
{
    struct proc *p = find_p(s, (int64_t)e->id);
    if (!p)
        return true;
    bool held = p->holder < s->ms.len && s->ms.data[p->holder].p == p->id;
    p->promoted = p->status == ProcSyscall && e->a == ProcSyscallAbandoned;
    if (p->promoted)
        return held;
    return p->status == e->a && (!held || s->ms.data[p->holder].id == e->b);
}

/* Then the thread that held it has it no more, from here on. */
static bool was_stolen(const struct sched *s, const struct edge *e)
{
    struct proc *p = find_p(s, (int64_t)e->id);
    if (!p || !p->promoted)
        return true;
    struct thread *t = find_m(s, e->a);
    if (!t || t->p != p->id || e->a == e->b)
        return false;
    assert(p->status == ProcSyscall); /* as all that are promoted */
    t->p = -1;
    p->promoted = false;
    return true;
}

/* Taken away, so that is_restated finds those that nothing has restated. */
static bool take_assist(const struct sched *s, const struct edge *e)
{
    struct goroutine *g = find_g(s, (int64_t)e->id);
    bool was = g && g->assist;
    if (was)
        g->assist = false;
    return was;
}

static bool take_sweep(const struct sched *s, const struct edge *e)
{
    struct proc *p = find_p(s, (int64_t)e->id);
    bool was = p && p->sweep;
    if (was)
        p->sweep = false;
    return was;
}

/* Only the first number of a generation is an edge: those behind it follow in
 * the model that was alone. Without a phase known before, a begin is taken by
 * every model. */
static bool was_gc(const struct sched *s, const struct edge *e)
{
    if (s->gc == GC_UNDETERMINED)
        return e->a == EvGCBegin;
    return e->id == s->gc_seq + 1 && s->gc == (e->a == EvGCActive ? GC_ON : GC_OFF) && e->b;
}

/* In the order of events, so that one that begins, ends and begins again
 * agrees. */
static bool begin_task(struct sched *s, const struct edge *e)
{
    return map_get(&s->tasks, e->id) == MAP_NONE && map_put(&s->tasks, e->id, (uint32_t)e->a);
}

static bool end_task(struct sched *s, const struct edge *e)
{
    map_delete(&s->tasks, e->id);
    return true;
}

/* Of one that is not known it began before the trace, as of one that has no region. */
static bool end_region(struct sched *s, const struct edge *e)
{
    const struct goroutine *g = find_g(s, (int64_t)e->id);
    struct ranges *x = g ? ranges_of(s, g) : NULL;
    if (!x || x->regions.len == 0)
        return true;
    const struct region *r = &x->regions.data[x->regions.len - 1];
    if (r->task != (uint64_t)e->b || r->name != e->a)
        return false;
    sched_end_region(s, x, x->regions.len - 1);
    return true;
}

/* What the thread is not known to have it has not. */
static bool was_thread(const struct sched *s, const struct edge *e)
{
    const struct thread *t = find_m(s, (int64_t)e->id);
    return !t || ((e->a != -1 || t->p == -1) && (e->b != -1 || t->g == -1));
}

/* In a pass: what is said to be on the thread was nowhere else, and nothing else there. */

static bool ran_g(const struct sched *s, const struct edge *e)
{
    const struct goroutine *g = find_g(s, (int64_t)e->id);
    const struct thread *t = find_m(s, e->a);
    return g && t && t->g == g->id && g->thread == (uint32_t)(t - s->ms.data);
}

static bool ran_p(const struct sched *s, const struct edge *e)
{
    const struct proc *p = find_p(s, (int64_t)e->id);
    const struct thread *t = find_m(s, e->a);
    if (!p)
        return e->b == ProcRunning && (!t || t->p == -1);
    return t && t->p == p->id && p->holder == (uint32_t)(t - s->ms.data);
}

/* Changes s where later edges depend on it: they come in the order of their
 * events. */
static bool was(struct sched *s, const struct edge *e)
{
    switch (e->kind) {
    case EDGE_G:
        return was_g(s, e);
    case EDGE_P:
        return was_p(s, e);
    case EDGE_STEAL:
        return was_stolen(s, e);
    case EDGE_CREATED:
        return !record_of_g(s, (int64_t)e->id);
    case EDGE_ASSIST:
        return take_assist(s, e);
    case EDGE_SWEEP:
        return take_sweep(s, e);
    case EDGE_GC:
        return was_gc(s, e);
    case EDGE_TASK:
        return begin_task(s, e);
    case EDGE_TASK_END:
        return end_task(s, e);
    case EDGE_REGION_END:
        return end_region(s, e);
    case EDGE_THREAD:
        return was_thread(s, e);
    case EDGE_RUNS_G:
        return ran_g(s, e);
    case EDGE_RUNS_P:
        return ran_p(s, e);
    }
    return false;
}

/* Whether all that went on has been restated, of what was stated. */
static bool is_restated(const struct sched *s, const struct edge *e)
{
    assert(e->kind != EDGE_G || find_g(s, (int64_t)e->id)); /* was_g has found it */
    if (e->kind == EDGE_G)
        return !find_g(s, (int64_t)e->id)->assist;
    const struct proc *p = e->kind == EDGE_P ? find_p(s, (int64_t)e->id) : NULL;
    return !p || !p->sweep;
}

/* Stops in flight and procs of several holders are not worth joining: they are
 * rare. */
static bool agrees(struct sched *s, const struct sched *alone, const struct edges *edges)
{
    if (edges->failed || alone->stops || alone->holders.len || s->holders.len)
        return false;
    for (size_t i = 0; i < edges->list.len; i++) {
        if (!was(s, &edges->list.data[i]))
            return false;
    }
    for (size_t i = 0; i < edges->list.len; i++) {
        if (!is_restated(s, &edges->list.data[i]))
            return false;
    }
    return true;
}

/* Joining: what `alone` knows comes into s. False: no memory. */

/* Handles are of one model: the thread's id leads from one to the other. */
static bool thread_in(struct sched *s, const struct sched *alone, uint32_t thread, uint32_t *out)
{
    assert(thread == MAP_NONE || thread < alone->ms.len);
    return thread == MAP_NONE || sched_thread(s, alone->ms.data[thread].id, out);
}

/* What began in this generation comes on top of what was open before it. */
static bool join_regions(struct sched *s, struct goroutine *g, const struct ranges *from)
{
    size_t n = from ? from->regions.len : 0;
    struct ranges *x = n ? sched_need_ranges(s, g) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (!x || !VEC_PUSH(&x->regions, from->regions.data[i]))
            return false;
        if (x->indexed)
            sched_count_region(s, x, &from->regions.data[i]);
    }
    return true;
}

static bool join_g(struct sched *s, const struct sched *alone, const struct goroutine *from)
{
    struct goroutine *g = find_g(s, from->id);
    if (!g) {
        g = sched_add_g(s, from->id, from->status, s->now);
        if (!g)
            return false;
        g->created_in_trace = from->created_in_trace;
    }
    assert(s->gen == alone->gen && alone->gens.len == 1); /* there numbers are of this one */
    g->seq = from->seq;
    g->gen = s->now;
    g->status = from->status;
    g->assist = from->assist;
    return thread_in(s, alone, from->thread, &g->thread) &&
           join_regions(s, g, ranges_of(alone, from));
}

static bool join_p(struct sched *s, const struct sched *alone, const struct proc *from)
{
    struct proc *p = find_p(s, from->id);
    if (!p && !(p = sched_add_p(s, from->id)))
        return false;
    p->gen = from->gen;
    p->seq = from->seq;
    if (!p->promoted)
        p->status = from->status;
    p->promoted = false;
    p->sweep = from->sweep;
    if (from->idled)
        p->idled = s->idles + from->idled;
    return thread_in(s, alone, from->holder, &p->holder);
}

/* What a thread has that has only stated something is what was stated, or what it had. */
static bool join_thread(struct sched *s, const struct thread *from)
{
    uint32_t handle;
    if (!sched_thread(s, from->id, &handle))
        return false;
    struct thread *t = &s->ms.data[handle];
    if (t->epoch != s->epoch)
        sched_know_thread(s, t);
    if (from->met || from->p != -1)
        t->p = from->p;
    if (from->met || from->g != -1)
        t->g = from->g;
    return true;
}

/* Who was stated here and is not known at the end has ended meanwhile. */
static void leave(struct sched *s, const struct sched *alone, const struct edge *e)
{
    struct goroutine *g = find_g(s, (int64_t)e->id);
    if (e->kind == EDGE_G && g && !find_g(alone, (int64_t)e->id))
        sched_remove_g(s, g);
}

/* Of goroutines and threads only those that are known; procs never go. */
static bool join_records(struct sched *s, const struct sched *alone)
{
    bool ok = true;
    for (size_t i = 0; ok && i < alone->ms.len; i++) {
        if (alone->ms.data[i].epoch == alone->epoch)
            ok = join_thread(s, &alone->ms.data[i]);
    }
    for (size_t i = 0; ok && i < alone->gs.len; i++) {
        if (known_g(alone, &alone->gs.data[i]))
            ok = join_g(s, alone, &alone->gs.data[i]);
    }
    for (size_t i = 0; ok && i < alone->ps.len; i++)
        ok = join_p(s, alone, &alone->ps.data[i]);
    return ok;
}

/* Totals count a goroutine once: who was only stated has been counted before. */
static bool join(struct sched *s, const struct sched *alone, const struct edges *edges)
{
    uint64_t goroutines = s->totals.goroutines;
    assert(!s->edges && alone->edges == edges && alone->stops == 0);
    if (alone->now == 0)
        return true; /* nothing has happened in it */
    if (!sched_enter_gen(s, alone->gen))
        return false;
    for (size_t i = 0; i < edges->list.len; i++) {
        leave(s, alone, &edges->list.data[i]);
        goroutines += edges->list.data[i].kind == EDGE_CREATED;
    }
    if (!join_records(s, alone))
        return false;
    s->idles += alone->idles;
    s->totals.goroutines = goroutines;
    if (alone->gc != GC_UNDETERMINED)
        gc_to(s, alone->gc_seq, alone->gc);
    assert(sched_is_consistent(s));
    return true;
}

/* Works on a copy, so that nothing has to be undone where the two do not agree. */
struct sched *sched_join(const struct sched *before, const struct sched *alone,
                         const struct edges *edges)
{
    struct sched *s = sched_copy(before);
    assert(!s || sched_is_consistent(s));
    if (s && agrees(s, alone, edges) && join(s, alone, edges))
        return s;
    sched_free(s);
    return NULL;
}
