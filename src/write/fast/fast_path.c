#include "write/fast/fast_path.h"

#include <assert.h>
#include <string.h>

#include "sched/invariants.h"
#include "write/emit/emitter.h"
#include "write/emit/times.h"
#include "write/fast/stale.h"
#include "write/models/threads.h"
#include "write/models/truth.h"

/* One of the two models, and the event as it is asked about. */
struct side {
    struct sched *s;
    struct sched_event ev;
    uint64_t arg[GOTRACE_ARGS];
    struct goroutine *own, *target; /* NULL: none */
    struct proc *own_p, *target_p;  /* where the event is a step of one */
};

/* The table again, where the compiler sees it: each type has code of its own, in which
 * all that its row says is a constant. */
struct row {
    uint8_t need, number, own, varints;
    uint8_t arg[GOTRACE_ARGS];
    struct event_step step;
};
#define ARG(name, type) GOTRACE_ARG_##type
#define NOARG GOTRACE_ARG_NONE
#define FREE    \
    {           \
        0, 0, 0 \
    }
#define RULE(name) \
    {              \
        0, 0, 0    \
    }
#define STATE(who, from, to) \
    {                        \
        who, from, to        \
    }
#define SWITCH(to)           \
    {                        \
        OWN_G, GoRunning, to \
    }
#define IS_ARG(a) ((a) != GOTRACE_ARG_NONE)
static const struct row rows[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = {need,                                                                              \
            EVENT_##number,                                                                    \
            EVENT_OWN_##own,                                                                   \
            IS_ARG(a0) + IS_ARG(a1) + IS_ARG(a2) + IS_ARG(a3),                                 \
            {a0, a1, a2, a3},                                                                  \
            keep},
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
};
#undef ARG
#undef NOARG
#undef FREE
#undef RULE
#undef STATE
#undef SWITCH

static HOT bool creates_g(uint8_t type)
{
    return rows[type].number == EVENT_G_FIRST;
}

static HOT bool ends_g(uint8_t type)
{
    return rows[type].step.who == OWN_G && rows[type].step.to == GoNone;
}

static HOT bool has_target_g(uint8_t type)
{
    return rows[type].arg[0] == GOTRACE_ARG_G && !creates_g(type);
}

static HOT bool has_target_p(uint8_t type)
{
    return rows[type].arg[0] == GOTRACE_ARG_P;
}

static HOT bool steps_g(uint8_t type)
{
    return rows[type].own & EVENT_OWN_G;
}

static HOT bool steps_p(uint8_t type)
{
    return rows[type].own & EVENT_OWN_P;
}

static HOT bool numbers_own_p(uint8_t type)
{
    return rows[type].number == EVENT_OWN_P_SEQ;
}

static HOT bool has_ids(uint8_t type)
{
    bool any = false;
#pragma GCC unroll 4
    for (unsigned i = 0; i < GOTRACE_ARGS; i++)
        any |= rows[type].arg[i] == GOTRACE_ARG_STR || rows[type].arg[i] == GOTRACE_ARG_STACK;
    return any;
}

/* event_interned_name, folded. */
static HOT uint32_t name_of(uint8_t type, const uint64_t *arg)
{
    if (type == EvUserTaskBegin)
        return (uint32_t)arg[2];
    return type == EvUserRegionBegin || type == EvUserRegionEnd ? (uint32_t)arg[1] : 0;
}

/* Rules */

/* Frequent types are named, so that their rules are inlined. */
static HOT enum sched_result rule(struct sched *s, struct sched_event *ev, uint8_t type)
{
    switch (type) {
    case EvGoStart:
        return advance_go_start(s, ev);
    case EvGoStop:
    case EvGoBlock:
    case EvGoDestroy:
        return advance_go_stop_exec(s, ev);
    case EvGoUnblock:
        return advance_go_unblock(s, ev);
    case EvGoSyscallBegin:
        return advance_go_syscall_begin(s, ev);
    case EvGoSyscallEnd:
        return advance_go_syscall_end(s, ev);
    case EvGCSweepBegin:
        return advance_gc_sweep_begin(s, ev);
    case EvGCSweepEnd:
        return advance_gc_sweep_end(s, ev);
    case EvHeapAlloc:
    case EvHeapGoal:
        return advance_heap_metric(s, ev);
    case EvUserLog:
        return advance_annotation(s, ev);
    default:
        return sched_rules[type](s, ev);
    }
}

/* With the records that were found. */
static HOT enum sched_result rule_of_found(struct side *x, uint8_t type)
{
    bool runs = x->ev.m != -1 && x->ev.p != -1 && x->own;
    if (type == EvGoStart && x->target)
        return start_g(x->s, &x->ev, x->target);
    if (type == EvGoUnblock && x->target)
        return unblock_g(x->s, &x->ev, x->target);
    if ((type == EvGoStop || type == EvGoBlock || type == EvGoDestroy) && runs)
        return stop_g(x->s, &x->ev, x->own);
    return rule(x->s, &x->ev, type);
}

static HOT enum sched_result advance(struct side *x, uint8_t type)
{
#ifdef NDEBUG
    return rule_of_found(x, type);
#else
    struct sched_before before;
    sched_note(x->s, &x->ev, &before);
    enum sched_result r = rule_of_found(x, type);
    assert(r != SCHED_NOT_YET || sched_is_unchanged(x->s, &x->ev, &before));
    assert(r != SCHED_BROKEN || sched_has_refused(x->s, &x->ev, &before));
    assert(r != SCHED_ADVANCED || sched_has_happened(x->s, &x->ev));
    return r;
#endif
}

/* Looking */

/* The arguments are copied, as sequence numbers are put into them. */
static HOT void ask(struct side *x, struct sched *s, uint32_t thread, const gotrace_event *ev,
                    uint8_t type, uint64_t gen)
{
    assert(thread < s->ms.len && sched_rules[type]);
    const struct thread *t = &s->ms.data[thread];
    x->s = s;
    x->ev.thread = thread;
    x->ev.type = type;
    x->ev.gen = gen;
    x->ev.arg = x->arg;
    x->ev.name = name_of(type, ev->arg);
    x->ev.m = t->id;
    x->ev.p = t->p;
    x->ev.g = t->g;
    x->own = x->target = NULL;
    x->own_p = x->target_p = NULL;
#pragma GCC unroll 4
    for (unsigned n = 0; n < GOTRACE_ARGS; n++)
        x->arg[n] = n < rows[type].varints ? ev->arg[n] : 0;
    s->diag = NULL; /* nobody asks why not */
}

/* Finds what the event is about, where it has been stated in this generation, and
 * numbers it as the model waits for it. */
static HOT bool find(struct side *x, uint8_t type)
{
    struct sched *s = x->s;
    if (x->ev.g != -1 && !(x->own = current_g(s, &x->ev)))
        return false;
    if ((steps_p(type) || numbers_own_p(type)) &&
        (x->ev.p == -1 || !(x->own_p = current_p(s, &x->ev))))
        return false;
    if (has_target_g(type) &&
        (!(x->target = record_of_g(s, (int64_t)x->arg[0])) || x->target->gen != s->now))
        return false;
    if (has_target_p(type) &&
        (!(x->target_p = find_p(s, (int64_t)x->arg[0])) || x->target_p->gen != x->ev.gen))
        return false;
    if (rows[type].number == EVENT_G_SEQ)
        x->arg[1] = x->target->seq + 1;
    if (rows[type].number == EVENT_P_SEQ)
        x->arg[1] = x->target_p->seq + 1;
    if (numbers_own_p(type))
        x->arg[0] = x->own_p->seq + 1;
    return !numbers_own_p(type) || x->own_p->gen == x->ev.gen;
}

/* Both have the thread with the same proc, and the same goroutine in one status. */
static HOT bool agree(const struct side *w, const struct side *i)
{
    assert(w->s != i->s && w->ev.m == i->ev.m); /* two models of one thread */
    if (w->ev.p != i->ev.p || w->ev.g != i->ev.g)
        return false;
    return !w->own ||
           (i->own && w->own->status == i->own->status && w->own->thread == w->ev.thread &&
            (w->own->status == GoRunning || w->own->status == GoSyscall));
}

/* keeper.c would end a range first. */
static HOT bool has_stale(struct side *w, struct side *i)
{
    if (w->ev.p == -1)
        return false;
    const struct proc *wp = current_p(w->s, &w->ev);
    const struct proc *ip = wp && wp->sweep ? current_p(i->s, &i->ev) : NULL;
    return has_stale_proc(w->s, wp, i->s, ip) ||
           (w->own && has_stale_own(w->s, w->own, i->s, i->own));
}

static HOT bool has_own_region(const struct side *x)
{
    return x->own && has_region(x->s, x->own, x->arg[0], x->ev.name);
}

/* What some types need besides, or would change. */
static HOT bool is_usual(const struct keeper *k, const struct side *w, const struct side *i,
                         uint8_t type)
{
    if (type == EvUserRegionEnd)
        return has_own_region(w) && has_own_region(i);
    if (type == EvUserTaskBegin || type == EvUserTaskEnd)
        return w->arg[0] != 0 &&
               (!k->dropped_tasks.len || map_get(&k->dropped_tasks, w->arg[0]) == MAP_NONE);
    if (type == EvGoBlock)
        return w->arg[0] != k->out.forever;
    return type != EvGoDestroy || (w->own && can_end(w->s, w->own));
}

/* Writing */

/* The stamps of what the event is about: see touches in emit/emitter.c. */
struct touched {
    struct stamp *own, *own_p, *target, *target_p;
};

static HOT struct touched touch(struct emitter *o, const struct side *w, uint8_t type)
{
    struct touched t = {0};
    const struct sched *s = w->s;
    assert(s == o->belief && !o->exact);
    if (steps_g(type) && w->own)
        t.own = emitter_stamp_of(o, &o->g_stamps, (size_t)(w->own - s->gs.data));
    if (has_target_g(type))
        t.target = emitter_stamp_of(o, &o->g_stamps, (size_t)(w->target - s->gs.data));
    if (steps_p(type))
        t.own_p = emitter_stamp_of(o, &o->p_stamps, (size_t)(w->own_p - s->ps.data));
    if (has_target_p(type))
        t.target_p = emitter_stamp_of(o, &o->p_stamps, (size_t)(w->target_p - s->ps.data));
    /* One may have moved another's. */
    if (steps_g(type) && w->own)
        t.own = emitter_stamp_of(o, &o->g_stamps, (size_t)(w->own - s->gs.data));
    return t;
}

/* As behind_touched of emit/emitter.c, of stamps that have been found. */
static HOT uint64_t behind_all(const struct emitter *o, uint32_t thread, const struct touched *t)
{
    uint64_t g = later(after(o, t->own, thread), after(o, t->target, thread));
    uint64_t p = later(after(o, t->own_p, thread), after(o, t->target_p, thread));
    return later(later(g, p), after(o, &o->threads.data[thread].lost, thread));
}

/* What nothing makes a reader wait for: see behind in emit/emitter.c. */
static HOT uint64_t behind_ended(const struct emitter *o, uint8_t type, uint64_t id)
{
    if (type == EvUserTaskBegin)
        return behind_gone(o, task_key(id));
    if (type == EvUserTaskEnd)
        return o->exact ? 0 : later(o->since + o->step, behind_gone(o, task_key(id)));
    return creates_g(type) ? behind_gone(o, goroutine_key(id)) : 0;
}

/* Without what the GC's begins and thefts of procs need, which are not taken here. */
static HOT uint64_t ticks_of(const struct emitter *o, uint32_t thread, uint8_t type, uint64_t id)
{
    uint64_t ticks = later(later(o->now, o->floor), emitter_last(o, thread));
    return later(ticks, behind_ended(o, type, id));
}

/* False: no memory, and o->status says so. */
static HOT bool note_time(struct emitter *o, uint8_t type, const struct side *w, uint64_t ticks)
{
    o->horizon = later(o->horizon, ticks);
    if (type == EvUserTaskEnd || (type == EvUserTaskBegin && !o->exact))
        return emitter_remember_gone(o, task_key(w->arg[0]));
    return !ends_g(type) || emitter_remember_gone(o, goroutine_key((uint64_t)w->ev.g));
}

/* Ids that were written before, of arguments that are; false: some were not. */
static HOT bool known_args(const struct emitter *o, uint8_t type, const uint64_t *arg,
                           uint64_t *out)
{
    bool all = !o->numbering.on && type != EvUserTaskBegin;
    bool by_role = dictionary_is_on(&o->tables.dictionary);
#pragma GCC unroll 4
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        uint8_t kind = rows[type].arg[i];
        gotrace_role role = by_role ? event_role(type, i) : GOTRACE_ROLE_FUNC;
        out[i] = kind == GOTRACE_ARG_STACK ? tables_known_stack(&o->tables, arg[i])
                 : kind == GOTRACE_ARG_STR ? tables_known_string(&o->tables, role, arg[i])
                                           : arg[i];
        all &= (kind != GOTRACE_ARG_STACK && kind != GOTRACE_ARG_STR) || out[i] || !arg[i];
    }
    return all;
}

/* Behind belief's rule: what is left is to write it. */
static HOT void encode(struct emitter *o, uint32_t thread, uint8_t type, const struct side *w,
                       uint64_t ticks)
{
    uint64_t space[GOTRACE_ARGS];
    const uint64_t *wire = w->arg;
    assert(ticks >= emitter_last(o, thread) && ticks >= o->floor);
    if (!note_time(o, type, w, ticks))
        return;
    if ((has_ids(type) || o->numbering.on) && !known_args(o, type, w->arg, space) &&
        !emitter_wire_args(o, type, w->arg, space))
        return;
    if (has_ids(type) || o->numbering.on)
        wire = space;
    o->counts.events++;
    uint32_t file = o->threads.data[thread].file;
    unsigned n = rows[type].varints;
    if (!v2_put_event(o->open, file, type, ticks, wire, n))
        o->status = v2_write_event(o->file, file, type, ticks, wire, n, &o->diag);
}

static HOT void stamp_all(struct emitter *o, const struct side *w, uint8_t type, uint32_t thread,
                          struct touched *t, uint64_t ticks)
{
    stamp(o, ends_g(type) ? NULL : t->own, thread, ticks);
    stamp(o, t->own_p, thread, ticks);
    stamp(o, t->target, thread, ticks);
    stamp(o, t->target_p, thread, ticks);
    if (!creates_g(type))
        return;
    const struct goroutine *g = record_of_g(w->s, (int64_t)w->arg[0]);
    assert(g && known_g(w->s, g)); /* it has just been created */
    stamp(o, emitter_stamp_of(o, &o->g_stamps, (size_t)(g - w->s->gs.data)), thread, ticks);
}

/* Whether the Go tools besides its reader mind: see is_barred in emit/emitter.c. */
static HOT bool is_barred(struct emitter *o, const struct side *w, uint8_t type)
{
    return strict_asks(&o->strict, type) &&
           strict_minds(&o->strict, w->s, &w->ev, w->ev.m, (uint32_t)w->arg[0]);
}

/* Whether belief allows the event; it has happened then. */
static HOT bool allow(struct emitter *o, struct side *w, uint8_t type)
{
    return !is_barred(o, w, type) && !o->strict.failed && advance(w, type) == SCHED_ADVANCED;
}

/* Events */

/* Truth is told. */
static HOT void assume(struct keeper *k, struct side *i, const gotrace_event *ev, uint8_t type)
{
    if (advance(i, type) != SCHED_ADVANCED)
        truth_assume(k, ev);
}

/* All that can be refused is asked before anything changes. */
static HOT bool write_both(struct keeper *k, const gotrace_event *ev, uint8_t type, struct side *w,
                           struct side *i)
{
    struct emitter *o = &k->out;
    if (!agree(w, i) || !keeper_allows_proc(k, w->ev.p) || !is_usual(k, w, i, type) ||
        (k->bridge.stale && has_stale(w, i)))
        return false;
    struct touched t = touch(o, w, type);
    uint64_t ticks = later(ticks_of(o, k->thread, type, w->arg[0]), behind_all(o, k->thread, &t));
    bool moved = keeper_is_moved(k, ticks);
    if ((moved && k->strict) || !allow(o, w, type))
        return false;
    encode(o, k->thread, type, w, ticks);
    stamp_all(o, w, type, k->thread, &t, ticks);
    o->counts.moved += moved;
    assume(k, i, ev, type);
    return true;
}

/* Truth is told, belief is not. */
static HOT bool drop_one(struct keeper *k, const gotrace_event *ev, uint8_t type, struct side *i)
{
    if (type == EvUserTaskBegin || type == EvUserRegionBegin)
        return false; /* what ends them is to be known */
    k->out.counts.dropped++;
    k->bridge.stale |= keeper_ends_range(type);
    assume(k, i, ev, type);
    return true;
}

enum fate { KEEPS, DROPS, ASKS };

/* What is to become of it, as in decide and keeper_conceals. */
static HOT enum fate fate_of(const struct keeper *k, const gotrace_event *ev, uint8_t type)
{
    if (ev->verdict != GOTRACE_KEEP)
        return ev->verdict == GOTRACE_DROP ? DROPS : ASKS;
    if (!hidden_any(&k->hidden))
        return KEEPS;
    if (rows[type].arg[0] == GOTRACE_ARG_G && keeper_hides(k, (int64_t)ev->arg[0]))
        return DROPS;
    if (ev->g == -1 || !keeper_hides(k, ev->g))
        return KEEPS;
    return rows[type].need == USER || rows[type].step.who == OWN_G ? DROPS : ASKS;
}

/* Truth first: what is dropped needs no belief. */
static HOT bool take_as(struct keeper *k, const gotrace_event *ev, uint8_t type)
{
    struct emitter *o = &k->out;
    const struct out_thread *thread = &o->threads.data[k->thread];
    enum fate fate = fate_of(k, ev, type);
    assert(k->truth != o->belief && ev->type == type && thread->m == ev->home);
    struct side w, i;
    ask(&i, k->truth, thread->truth, ev, type, o->gen);
    if (fate == ASKS || i.ev.p != ev->p || i.ev.g != ev->g || !sched_ready(i.s, &i.ev) ||
        !find(&i, type))
        return false;
    if (creates_g(type) && k->hidden.others)
        keeper_meet(k, ev);
    if (fate == DROPS)
        return drop_one(k, ev, type, &i);
    ask(&w, o->belief, thread->belief, ev, type, o->gen);
    return thread->gen == o->gen && sched_ready(w.s, &w.ev) && find(&w, type) &&
           write_both(k, ev, type, &w, &i);
}

/* There is one model as long as nothing has been changed, and times are the input's. */
static HOT bool pass_as(struct keeper *k, const gotrace_event *ev, uint8_t type)
{
    struct emitter *o = &k->out;
    struct side w;
    assert(o->exact && ev->type == type && o->threads.data[k->thread].m == ev->home);
    ask(&w, o->belief, o->threads.data[k->thread].belief, ev, type, o->gen);
    if (!sched_ready(w.s, &w.ev) || (type == EvGoBlock && w.arg[0] == o->forever))
        return false;
    uint64_t ticks = ticks_of(o, k->thread, type, w.arg[0]);
    if (!allow(o, &w, type))
        return false;
    encode(o, k->thread, type, &w, ticks);
    return true;
}

/* The frequent types, each with code of its own. */
#define FREQUENT(TYPE)        \
    TYPE(GoStart)             \
    TYPE(GoStop)              \
    TYPE(GoBlock)             \
    TYPE(GoUnblock)           \
    TYPE(GoSyscallBegin)      \
    TYPE(GoSyscallEnd)        \
    TYPE(GoSyscallEndBlocked) \
    TYPE(GoCreate)            \
    TYPE(GoDestroy)           \
    TYPE(ProcStart)           \
    TYPE(ProcStop)            \
    TYPE(HeapAlloc)           \
    TYPE(GCSweepBegin)        \
    TYPE(GCSweepEnd)          \
    TYPE(GCMarkAssistBegin)   \
    TYPE(GCMarkAssistEnd)     \
    TYPE(UserLog)             \
    TYPE(UserRegionBegin)     \
    TYPE(UserRegionEnd)       \
    TYPE(UserTaskBegin)       \
    TYPE(UserTaskEnd)

typedef bool way(struct keeper *k, const gotrace_event *ev);

#define BOTH_WAYS(name)                                                         \
    static NOINLINE bool take_##name(struct keeper *k, const gotrace_event *ev) \
    {                                                                           \
        return take_as(k, ev, Ev##name);                                        \
    }                                                                           \
    static NOINLINE bool pass_##name(struct keeper *k, const gotrace_event *ev) \
    {                                                                           \
        return pass_as(k, ev, Ev##name);                                        \
    }
FREQUENT(BOTH_WAYS)

static way *const take_ways[256] = {
#define TAKE(name) [Ev##name] = take_##name,
    FREQUENT(TAKE)};
static way *const pass_ways[256] = {
#define PASS(name) [Ev##name] = pass_##name,
    FREQUENT(PASS)};

static bool passes(const struct keeper *k, const gotrace_event *ev)
{
    return ev->verdict == GOTRACE_KEEP && !hidden_any(&k->hidden) && !k->thinned;
}

/* Here is asked what no type can do without; its own code asks the rest. */
bool fast_path_take(struct keeper *k, const gotrace_event *ev)
{
    way *take = (k->truth ? take_ways : pass_ways)[ev->type];
    assert(!k->v1 && !k->out.careful && k->out.inside);
    if (!take || !k->fast || k->out.tick > 0 || ev->m != ev->home || ev->flags ||
        ev->arg[0] == UINT64_MAX || !(k->truth || passes(k, ev)))
        return false;
    k->out.now = ev->ticks;
    return out_thread_near(k, ev) && take(k, ev);
}
