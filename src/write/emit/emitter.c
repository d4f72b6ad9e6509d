#include "write/emit/emitter.h"

#include <assert.h>
#include <stdlib.h>

#include "write/emit/times.h"

/* False, to be returned; the first failure is the one that is told. */
static bool fail(struct emitter *o, gotrace_status st)
{
    if (o->status == GOTRACE_OK)
        o->status = st;
    return false;
}

static bool no_memory(struct emitter *o)
{
    if (o->status == GOTRACE_OK)
        (void)diag_no_memory(&o->diag);
    return fail(o, GOTRACE_NO_MEMORY);
}

/* Takes over what the encoder says. */
static bool wrote(struct emitter *o, gotrace_status st)
{
    return st == GOTRACE_OK || fail(o, st);
}

/* The sink is o's from now on, and the header is written. */
gotrace_status emitter_open(struct emitter *o, sink *file, const gotrace_names *names,
                            uint32_t unknown, bool leaves, gotrace_diag *diag)
{
    *o = (struct emitter){.exact = true, .sink = file};
    o->belief = sched_new();
    if (!o->belief)
        return diag_no_memory(diag);
    o->file = v2_writer_new(o->sink, diag);
    if (!o->file)
        return (gotrace_status)diag->status;
    o->open = v2_open_batches(o->file);
    tables_init(&o->tables, names, o->file, unknown, leaves);
    return GOTRACE_OK;
}

void emitter_free(struct emitter *o)
{
    sched_free(o->belief);
    v2_writer_free(o->file);
    sink_abandon(o->sink);
    tables_free(&o->tables);
    numbering_free(&o->numbering);
    VEC_FREE(&o->threads);
    VEC_FREE(&o->horizons);
    VEC_FREE(&o->g_stamps);
    VEC_FREE(&o->p_stamps);
    map_free(&o->index_of);
    idmap_free(&o->gone);
    strict_free(&o->strict);
    *o = (struct emitter){0};
}

/* The sink is gone either way. */
gotrace_status emitter_commit(struct emitter *o, gotrace_diag *diag)
{
    sink *s = o->sink;
    o->sink = NULL;
    return sink_commit(s, diag);
}

bool emitter_thread_number(struct emitter *o, int64_t m, int64_t *number)
{
    uint64_t id = (uint64_t)m;
    bool ok = numbering_of(&o->numbering, GOTRACE_ARG_M, &id);
    *number = (int64_t)id;
    return ok || no_memory(o);
}

/* Known to the numbering, to belief and to the encoder, in the order in which
 * threads come up. */
bool emitter_thread(struct emitter *o, int64_t m, uint32_t *thread)
{
    struct out_thread l = {.m = m};
    int64_t number;
    *thread = map_get(&o->index_of, (uint64_t)m);
    assert(*thread == MAP_NONE || o->threads.data[*thread].m == m);
    if (*thread != MAP_NONE)
        return true;
    *thread = (uint32_t)o->threads.len;
    return (emitter_thread_number(o, m, &number) && sched_thread(o->belief, m, &l.belief) &&
            v2_write_thread(o->file, number, &l.file) && VEC_PUSH(&o->threads, l) &&
            map_put(&o->index_of, (uint64_t)m, *thread)) ||
           no_memory(o);
}

/* Whether the thread's goroutine may not stop the world once more. */
static bool is_stopped_enough(struct emitter *o, const struct out_thread *l)
{
    int64_t p, g;
    sched_context(o->belief, l->belief, &p, &g);
    return stw_names_is_full(&o->tables.stops, o->belief, g);
}

/* Ticks that are a ns, and a bit more where that is no whole number. */
static uint64_t step_of(uint64_t freq)
{
    return freq <= 1000000000 ? 1 : freq / 1000000000 + 2;
}

/* 0 where ticks are whole ns: then a reader's sums are right, and nothing lags. */
static double tick_of(uint64_t freq)
{
    double ns = 1 / ((double)freq / 1e9);
    return ns >= 1 && ns < 1e9 && ns == (double)(uint64_t)ns ? 0 : ns;
}

/* Names of stops that go on are its first strings. */
bool emitter_begin(struct emitter *o, const struct v2_generation *gen)
{
    struct v2_generation g = *gen;
    assert(!o->inside && o->status == GOTRACE_OK);
    o->gen = g.gen = o->gen ? o->gen + 1 : gen->gen;
    o->step = step_of(g.sync.freq);
    o->tick = tick_of(g.sync.freq);
    o->inside = true;
    o->since = 0; /* ticks of another generation mean nothing in this one */
    o->floor = o->horizon = g.ticks;
    o->gc_horizon = 0;
    o->horizons.len = 0;
    assert(o->gen && o->step > 0 && o->tick >= 0);
    idmap_free(&o->gone);
    tables_begin(&o->tables);
    o->counts.generations++;
    return wrote(o, v2_write_begin(o->file, &g, &o->diag)) &&
           wrote(o, tables_restate_kinds(&o->tables, o->belief, &o->diag));
}

void emitter_diverge(struct emitter *o)
{
    assert(o->exact); /* it ends once */
    o->exact = false;
    o->since = o->horizon;
}

bool emitter_has_samples_alone(const struct emitter *o)
{
    return o->inside && o->counts.generations == 1 && o->samples && o->samples == o->counts.events;
}

/* One that was left out is as if it had not begun: the next is the first again. */
bool emitter_end(struct emitter *o, bool may_be_none)
{
    bool first = o->counts.generations == 1 && o->counts.events == 0;
    assert(o->inside && o->samples <= o->counts.events);
    if (!wrote(o, tables_end(&o->tables, &o->diag)))
        return false;
    gotrace_status st = v2_write_end(o->file, first && may_be_none, &o->diag);
    o->inside = false;
    if (st != GOTRACE_END)
        return wrote(o, st);
    o->counts.generations = 0;
    o->gen = 0;
    return true;
}

/* Times */

/* With the horizon as it is now: whoever comes behind is later than all of that. */
bool emitter_remember_gone(struct emitter *o, uint64_t key)
{
    uint32_t at = (uint32_t)o->horizons.len;
    assert(at == 0 || o->horizons.data[at - 1] <= o->horizon); /* it only grows */
    return (VEC_PUSH(&o->horizons, o->horizon) && idmap_put(&o->gone, key, at)) || no_memory(o);
}

bool emitter_is_gone(const struct emitter *o, int64_t g)
{
    return idmap_get(&o->gone, goroutine_key((uint64_t)g)) != MAP_NONE;
}

/* Not GCEnd, which is the next of the one before it. */
static bool begins_gc(uint8_t type)
{
    return type == EvGCBegin || type == EvGCActive;
}

/* Where nothing makes a reader wait, the event has to be later than all that
 * was written up to what it must follow: until that has happened, there always
 * is an earlier event that can. That is so for an id that is used again, for
 * the end of a task, and for GC events behind the first, which may have any
 * number. */
static uint64_t behind(const struct emitter *o, uint8_t type, const uint64_t *arg)
{
    if (type == EvUserTaskBegin)
        return behind_gone(o, task_key(arg[0]));
    if (type == EvUserTaskEnd)
        return o->exact ? 0 : later(o->since + o->step, behind_gone(o, task_key(arg[0])));
    if (event_creates_g(type))
        return behind_gone(o, goroutine_key(arg[0]));
    return begins_gc(type) && o->gc_horizon ? o->gc_horizon + o->step : 0;
}

/* A reader turns each delta into whole ns, for itself (Go 1.27
 * internal/trace/base.go): where ticks are none, a thread with many events comes
 * to lag behind its ticks, and what is later by them may be seen earlier. */

/* Capped, so that sums do not overflow. */
static uint64_t ns_of(const struct emitter *o, uint64_t ticks)
{
    double ns = (double)ticks * o->tick;
    return ns < 0x1p62 ? (uint64_t)ns : UINT64_C(1) << 62;
}

/* When a reader sees an event of the thread that has these ticks. */
static uint64_t seen_at(const struct emitter *o, uint32_t thread, uint64_t ticks)
{
    uint64_t last = emitter_last(o, thread);
    return last ? o->threads.data[thread].ns + ns_of(o, ticks - last) : ns_of(o, ticks);
}

/* The first ticks with which it is seen no earlier than these say. Most often
 * one step is enough; what is rounded again may need another. */
static uint64_t catch_up(const struct emitter *o, uint32_t thread, uint64_t ticks)
{
    uint64_t due = ns_of(o, ticks), seen;
    assert(o->tick > 0 && ticks >= emitter_last(o, thread));
    while ((seen = seen_at(o, thread, ticks)) < due)
        ticks += (uint64_t)((double)(due - seen) / o->tick) + 1;
    return ticks;
}

/* What waits */

/* A new one is of no thread, so all have to come behind it. */
struct stamp *emitter_stamp(const struct emitter *o, stamps *v, size_t slot)
{
    while (v->len <= slot) {
        if (!VEC_PUSH(v, (struct stamp){0}))
            return NULL;
    }
    struct stamp *s = &v->data[slot];
    if (s->generation != now_of(o))
        *s = (struct stamp){o->since, MAP_NONE, now_of(o)};
    assert(slot < v->len && s->ticks <= o->horizon);
    return s;
}

/* NULL: belief does not know it (any more), or no memory: then it does not count. */
static struct stamp *stamp_of_g(struct emitter *o, int64_t id)
{
    size_t slot;
    return sched_slot_of_g(o->belief, id, &slot) ? emitter_stamp(o, &o->g_stamps, slot) : NULL;
}

static struct stamp *stamp_of_p(struct emitter *o, int64_t id)
{
    size_t slot;
    return sched_slot_of_p(o->belief, id, &slot) ? emitter_stamp(o, &o->p_stamps, slot) : NULL;
}

/* What an event is about: it comes behind all that was written of that, and
 * what is written of it later behind this. -1: none. */
struct touched {
    int64_t g, other_g, p, other_p;
    bool gc;
};

static void touch_own(const struct emitter *o, uint32_t thread, uint8_t type, struct touched *t)
{
    int64_t p, g;
    emitter_context(o, thread, &p, &g);
    if (event_own[type] & EVENT_OWN_G)
        t->g = g;
    if (event_own[type] & EVENT_OWN_P)
        t->p = p;
    t->gc = event_number[type] == EVENT_GC_SEQ;
}

/* The first argument is who the event is about, in all events that are about another. */
static struct touched touches(const struct emitter *o, uint32_t thread, uint8_t type,
                              const uint64_t *arg)
{
    struct touched t = {-1, -1, -1, -1, false};
    if (event_arg_type[type][0] == GOTRACE_ARG_G)
        t.other_g = (int64_t)arg[0];
    else if (event_arg_type[type][0] == GOTRACE_ARG_P)
        t.other_p = (int64_t)arg[0];
    touch_own(o, thread, type, &t);
    return t;
}

/* The first ticks behind all that. */
static uint64_t behind_touched(struct emitter *o, uint32_t thread, const struct touched *t)
{
    uint64_t g = after(o, t->g == -1 ? NULL : stamp_of_g(o, t->g), thread);
    uint64_t p = after(o, t->p == -1 ? NULL : stamp_of_p(o, t->p), thread);
    uint64_t other_g = after(o, t->other_g == -1 ? NULL : stamp_of_g(o, t->other_g), thread);
    uint64_t other_p = after(o, t->other_p == -1 ? NULL : stamp_of_p(o, t->other_p), thread);
    uint64_t lost = after(o, &o->threads.data[thread].lost, thread);
    uint64_t gc = t->gc ? after(o, &o->gc_stamp, thread) : 0;
    return later(later(later(g, p), later(other_g, other_p)), later(lost, gc));
}

/* By id again: the event itself may have moved records. */
static void stamp_touched(struct emitter *o, uint32_t thread, const struct touched *t,
                          uint64_t ticks)
{
    if (t->g != -1)
        stamp(o, stamp_of_g(o, t->g), thread, ticks);
    if (t->p != -1)
        stamp(o, stamp_of_p(o, t->p), thread, ticks);
    if (t->other_g != -1)
        stamp(o, stamp_of_g(o, t->other_g), thread, ticks);
    if (t->other_p != -1)
        stamp(o, stamp_of_p(o, t->other_p), thread, ticks);
    if (t->gc)
        stamp(o, &o->gc_stamp, thread, ticks);
}

/* The thread that a ProcSteal takes a proc from, MAP_NONE: no other. */
static uint32_t victim_of(const struct emitter *o, uint32_t thread, uint8_t type,
                          const uint64_t *arg)
{
    uint32_t victim = type == EvProcSteal ? map_get(&o->index_of, arg[2]) : MAP_NONE;
    return victim == thread ? MAP_NONE : victim;
}

/* t is not asked while times are exact. */
static uint64_t ticks_of(struct emitter *o, uint32_t thread, uint8_t type, const uint64_t *arg,
                         const struct touched *t)
{
    uint32_t victim = victim_of(o, thread, type, arg);
    uint64_t last = emitter_last(o, thread);
    uint64_t ticks = later(later(o->now, o->floor), last);
    if (!o->exact)
        ticks = later(ticks, behind_touched(o, thread, t));
    /* A thread in a syscall may have written what needs its proc. */
    if (!o->exact && victim != MAP_NONE)
        ticks = later(ticks, emitter_last(o, victim) + o->step);
    if (o->careful)
        ticks = later(ticks, o->horizon + o->step);
    ticks = later(ticks, behind(o, type, arg));
    assert(ticks >= last && ticks >= o->floor);
    return o->tick > 0 && !o->exact ? catch_up(o, thread, ticks) : ticks;
}

/* Behind belief's consent. False: no memory. */
static bool note_time(struct emitter *o, uint8_t type, const uint64_t *arg, int64_t g,
                      uint64_t ticks)
{
    o->horizon = later(o->horizon, ticks);
    if (type == EvUserTaskBegin)
        return o->exact || emitter_remember_gone(o, task_key(arg[0]));
    if (type == EvUserTaskEnd)
        return emitter_remember_gone(o, task_key(arg[0]));
    if (event_ends_g(type))
        return emitter_remember_gone(o, goroutine_key((uint64_t)g));
    if (begins_gc(type) && !o->gc_horizon)
        o->gc_horizon = o->horizon;
    return true;
}

/* Statuses */

static bool put(struct emitter *o, uint32_t thread, uint8_t type, uint64_t *arg);

/* As belief has it; generations restate all that is used in them. */
static bool state_p(struct emitter *o, uint32_t thread, const struct sched_p *p)
{
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)p->id, p->status};
    assert(p->gen != o->gen); /* once a generation */
    return put(o, thread, EvProcStatus, arg);
}

static bool state_g(struct emitter *o, uint32_t thread, const struct sched_g *g)
{
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)g->id, (uint64_t)g->m, g->status};
    assert(g->gen != o->gen);
    return put(o, thread, EvGoStatus, arg);
}

/* What runs on a thread is stated before its first other event in a generation. */
static bool state_thread(struct emitter *o, uint32_t thread)
{
    assert(thread < o->threads.len);
    struct out_thread *l = &o->threads.data[thread];
    struct sched_p p;
    struct sched_g g;
    int64_t pid, gid;
    if (l->gen == o->gen)
        return true;
    l->gen = o->gen;
    sched_context(o->belief, l->belief, &pid, &gid);
    if (pid != -1 && sched_find_p(o->belief, pid, &p) && p.gen != o->gen && !state_p(o, thread, &p))
        return false;
    return gid == -1 || !sched_find_g(o->belief, gid, &g) || g.gen == o->gen ||
           state_g(o, thread, &g);
}

/* The thread of the output for a thread of belief. */
static uint32_t index_of(const struct emitter *o, int64_t m, uint32_t otherwise)
{
    uint32_t thread = m == -1 ? MAP_NONE : map_get(&o->index_of, (uint64_t)m);
    assert(thread == MAP_NONE || thread < o->threads.len);
    return thread == MAP_NONE ? otherwise : thread;
}

/* On a thread it is stated with all that runs there; else by whoever needs it. */
static bool state_target_g(struct emitter *o, uint32_t thread, int64_t id)
{
    struct sched_g g;
    if (!sched_find_g(o->belief, id, &g) || g.gen == o->gen)
        return true;
    thread = index_of(o, g.m, thread);
    return g.m != -1 ? state_thread(o, thread) : state_g(o, thread, &g);
}

static bool state_target_p(struct emitter *o, uint32_t thread, int64_t id)
{
    struct sched_p p;
    if (!sched_find_p(o->belief, id, &p) || p.gen == o->gen)
        return true;
    thread = index_of(o, p.m, thread);
    return p.m != -1 ? state_thread(o, thread) : state_p(o, thread, &p);
}

/* Of no importance to what runs on the thread that writes it. */
static bool is_neutral(uint8_t type)
{
    return event_is_status(type) || type == EvGCSweepActive || type == EvGCMarkAssistActive;
}

/* States what the event needs stated: numbers begin anew with each generation,
 * so what is numbered comes behind a status. */
static bool state_all(struct emitter *o, uint32_t thread, uint8_t type, const uint64_t *arg)
{
    if (is_neutral(type))
        return true;
    if (!state_thread(o, thread))
        return false;
    if (event_arg_type[type][1] != GOTRACE_ARG_SEQ)
        return true;
    return event_arg_type[type][0] == GOTRACE_ARG_G ? state_target_g(o, thread, (int64_t)arg[0])
                                                    : state_target_p(o, thread, (int64_t)arg[0]);
}

/* Events */

/* Its own id in this generation, or its number in the output. */
static gotrace_status wire_arg(struct emitter *o, uint8_t type, unsigned i, uint64_t arg,
                               uint64_t *out)
{
    uint8_t kind = event_arg_type[type][i];
    if (kind == GOTRACE_ARG_STACK)
        return tables_stack(&o->tables, (uint32_t)arg, out, &o->diag);
    if (kind == GOTRACE_ARG_STR && type == EvSTWBegin)
        return tables_kind(&o->tables, (uint32_t)arg, out, &o->diag);
    if (kind == GOTRACE_ARG_STR)
        return tables_string(&o->tables, event_role(type, i), (uint32_t)arg, out, &o->diag);
    *out = arg;
    return numbering_of(&o->numbering, kind, out) ? GOTRACE_OK : diag_no_memory(&o->diag);
}

const uint64_t *emitter_wire_args(struct emitter *o, uint8_t type, const uint64_t *arg,
                                  uint64_t *space)
{
    if (!event_ids[type] && !o->numbering.on)
        return arg;
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        if (!wrote(o, wire_arg(o, type, i, arg[i], &space[i])))
            return NULL;
    }
    if (type == EvUserTaskBegin && arg[1] == UINT64_MAX)
        space[1] = 0; /* no parent */
    return space;
}

/* A goroutine or proc with the id that stands for none: of what runs nowhere,
 * Go's reader asks the status of that one (Go 1.27 internal/trace/order.go,
 * advanceGoCreate), so that it would matter which thread comes first. */
static bool is_of_none(uint8_t type, const uint64_t *arg)
{
    uint8_t kind = event_arg_type[type][0];
    return (kind == GOTRACE_ARG_G || kind == GOTRACE_ARG_P) && arg[0] == UINT64_MAX;
}

/* What no reader minds, but Go's tools, or only when threads come in an order of
 * ours. */
static bool is_barred(struct emitter *o, const struct out_thread *l, const struct sched_event *ev)
{
    return (strict_asks(&o->strict, ev->type) &&
            strict_minds(&o->strict, o->belief, ev, l->m, (uint32_t)ev->arg[0])) ||
           (ev->type == EvSTWBegin && is_stopped_enough(o, l)) ||
           (!o->exact && is_of_none(ev->type, ev->arg));
}

/* Through belief and, if it allows it, out. */
static bool write_event(struct emitter *o, uint32_t thread, uint8_t type, const uint64_t *arg,
                        uint64_t ticks)
{
    assert(o->inside && thread < o->threads.len && event_varints[type]);
    assert(o->status == GOTRACE_OK && ticks >= emitter_last(o, thread));
    const struct out_thread *l = &o->threads.data[thread];
    uint64_t space[GOTRACE_ARGS];
    struct sched_event ev = {.thread = l->belief,
                             .type = type,
                             .gen = o->gen,
                             .arg = arg,
                             .name = event_interned_name(type, arg)};
    if (is_barred(o, l, &ev))
        return o->strict.failed ? no_memory(o) : false;
    enum sched_result r = sched_advance(o->belief, &ev, o->why);
    if (r == SCHED_NO_MEMORY)
        return no_memory(o);
    if (r != SCHED_ADVANCED || !note_time(o, type, arg, ev.g, ticks))
        return false;
    if (type == EvGoBlock && arg[0] == o->forever)
        strict_rest(&o->strict, ev.g);
    const uint64_t *wire = emitter_wire_args(o, type, arg, space);
    if (!wire || o->strict.failed)
        return wire && no_memory(o);
    o->counts.events++;
    if (type == EvSTWBegin && !stw_names_note(&o->tables.stops, ev.g))
        return no_memory(o);
    unsigned n = event_varints[type] - 1u;
    if (o->tick > 0)
        o->threads.data[thread].ns = seen_at(o, thread, ticks);
    return wrote(o, v2_write_event(o->file, l->file, type, ticks, wire, n, &o->diag));
}

/* Without statuses. */
static bool put(struct emitter *o, uint32_t thread, uint8_t type, uint64_t *arg)
{
    struct touched t = {-1, -1, -1, -1, false};
    assert(thread < o->threads.len);
    sched_number(o->belief, o->threads.data[thread].belief, type, o->gen, arg);
    if (!o->exact)
        t = touches(o, thread, type, arg);
    uint64_t ticks = ticks_of(o, thread, type, arg, &t);
    if (!write_event(o, thread, type, arg, ticks))
        return false;
    if (!o->exact)
        stamp_touched(o, thread, &t, ticks);
    uint32_t victim = victim_of(o, thread, type, arg);
    if (victim != MAP_NONE)
        stamp(o, &o->threads.data[victim].lost, thread, ticks);
    return true;
}

/* A syscall's status makes the thread that it names known to belief: it has a thread. */
static bool meet_thread(struct emitter *o, uint8_t type, const uint64_t *arg)
{
    uint32_t thread;
    if ((type != EvGoStatus && type != EvGoStatusStack) || (uint8_t)arg[2] != GoSyscall)
        return true;
    return arg[1] == UINT64_MAX || emitter_thread(o, (int64_t)arg[1], &thread);
}

/* In a copy, as sequence numbers are put into it. */
bool emitter_put(struct emitter *o, uint32_t thread, uint8_t type, const uint64_t arg[GOTRACE_ARGS])
{
    uint64_t own[GOTRACE_ARGS] = {arg[0], arg[1], arg[2], arg[3]};
    return o->status == GOTRACE_OK && meet_thread(o, type, own) &&
           state_all(o, thread, type, own) && put(o, thread, type, own);
}

/* The input's own statuses are events like others, so nothing is stated here,
 * and times are its own. */
bool emitter_put_exact(struct emitter *o, uint32_t thread, uint8_t type,
                       const uint64_t arg[GOTRACE_ARGS])
{
    return o->status == GOTRACE_OK && meet_thread(o, type, arg) &&
           write_event(o, thread, type, arg, ticks_of(o, thread, type, arg, NULL));
}

/* Samples do not go through belief: a reader takes them as they are. */
bool emitter_sample(struct emitter *o, const gotrace_event *ev)
{
    struct v2_sample s = {.time = later(o->now, o->floor),
                          .m = (uint64_t)ev->m,
                          .p = (uint64_t)ev->p,
                          .g = ev->g == -1 ? 0 : (uint64_t)ev->g};
    if (!numbering_of(&o->numbering, GOTRACE_ARG_M, &s.m) ||
        !numbering_of(&o->numbering, GOTRACE_ARG_G, &s.g))
        return no_memory(o);
    if (o->status != GOTRACE_OK ||
        !wrote(o, tables_stack(&o->tables, (uint32_t)ev->arg[0], &s.stack, &o->diag)))
        return false;
    o->counts.events++;
    o->samples++;
    return wrote(o, v2_write_sample(o->file, &s, &o->diag));
}

/* Restating */

/* Where it runs, with the sweep that goes on there. */
static bool restate_p(struct emitter *o, uint32_t thread, const struct sched_p *p)
{
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)p->id};
    thread = index_of(o, p->m, thread);
    if (p->gen != o->gen && !state_p(o, thread, p))
        return false;
    return !p->sweep || put(o, thread, EvGCSweepActive, arg);
}

static bool restate_g(struct emitter *o, uint32_t thread, const struct sched_g *g)
{
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)g->id};
    thread = index_of(o, g->m, thread);
    if (g->gen != o->gen && !state_g(o, thread, g))
        return false;
    return !g->assist || put(o, thread, EvGCMarkAssistActive, arg);
}

/* The first there is; *thread is the last one if none is. */
bool emitter_busy_thread(const struct emitter *o, uint32_t *thread)
{
    int64_t p, g;
    for (uint32_t i = 0; i < o->threads.len; i++) {
        emitter_context(o, i, &p, &g);
        *thread = i;
        if (p != -1 && g != -1)
            return true;
    }
    return false;
}

/* Behind the first generation GCActive needs a goroutine that runs. */
static bool restate_gc(struct emitter *o)
{
    uint64_t arg[GOTRACE_ARGS] = {0};
    uint32_t thread;
    if (!sched_gc(o->belief, &arg[0]) || !emitter_busy_thread(o, &thread))
        return true;
    return put(o, thread, EvGCActive, arg);
}

/* Procs first, then goroutines, then the mark phase, which needs one that runs. */
bool emitter_restate(struct emitter *o, uint32_t thread)
{
    struct sched_p p;
    struct sched_g g;
    assert(o->inside && thread < o->threads.len);
    for (size_t i = 0; i < sched_p_slots(o->belief); i++) {
        if (sched_p_at(o->belief, i, &p) && !restate_p(o, thread, &p))
            return false;
    }
    for (size_t i = 0; i < sched_g_slots(o->belief); i++) {
        if (sched_g_at(o->belief, i, &g) && !restate_g(o, thread, &g))
            return false;
    }
    return restate_gc(o);
}
