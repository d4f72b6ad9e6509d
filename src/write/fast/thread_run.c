#include "write/fast/thread_run.h"

#include <assert.h>

#include "sched/invariants.h"
#include "write/emit/emitter.h"
#include "write/emit/times.h"
#include "write/fast/stale.h"
#include "write/models/threads.h"
#include "write/models/truth.h"

/* The thread in one of the two models. */
struct run_model {
    struct sched *s;
    struct thread *t;
    struct goroutine *own; /* that runs there, NULL: none */
    struct proc *p;        /* NULL: none, or not known */
    uint32_t thread;       /* handle */
};

/* Nobody but the loop has its address: then the compiler knows that what is written as bytes
 * changes none of it. So what is not inline gets values. */
struct thread_run {
    struct keeper *k;
    struct emitter *o;
    const gotrace_event *ev;
    struct v2_open_batch *batch; /* of the thread */
    struct v2_batch_end end;     /* of that */
    struct run_model w, i;       /* belief and, once they differ, truth */
    int64_t m, p, g;             /* what runs, in both; a hidden goroutine only in truth */
    uint64_t floor;              /* no event of the thread is before it */
    uint64_t written, dropped;
    uint32_t file, thread; /* the thread in the encoder and in the emitter */
    bool by_role;          /* strings have an id in each role: see emit/tables.h */
    bool hidden;           /* the goroutine is */
    bool more;             /* the models agree about the thread */
};

struct wire {
    uint64_t arg[GOTRACE_ARGS];
};

/* Types that are taken here. */
static const bool is_frequent[256] = {
    [EvGoStart] = true,        [EvGoStop] = true,       [EvGoBlock] = true,   [EvGoUnblock] = true,
    [EvGoSyscallBegin] = true, [EvGoSyscallEnd] = true, [EvHeapAlloc] = true, [EvUserLog] = true,
    [EvGCSweepBegin] = true,   [EvGCSweepEnd] = true};

/* Looking. `both`: there is truth besides belief. */

/* Whether events of the thread have nothing to do in the model but their rules. */
static bool find(struct run_model *m, struct sched *s, uint32_t thread, uint64_t gen)
{
    struct sched_event ev = {.thread = thread, .gen = gen};
    m->s = s;
    m->t = &s->ms.data[thread];
    m->thread = thread;
    m->own = NULL;
    m->p = m->t->p == -1 ? NULL : current_p(s, &ev);
    if (!sched_ready(s, &ev) || m->t->id == -1)
        return false;
    return m->t->g == -1 || (m->own = current_g(s, &ev));
}

/* A range in belief that is over in truth: keeper.c ends it first. */
static bool has_stale(const struct keeper *k, const struct run_model *w, const struct run_model *i)
{
    return k->bridge.stale && w->t->p != -1 &&
           (has_stale_proc(w->s, w->p, i->s, i->p) ||
            (w->own && has_stale_own(w->s, w->own, i->s, i->own)));
}

/* As fast_path.c asks it of each event; of a hidden goroutine belief knows nothing. */
static bool agree(const struct keeper *k, const struct run_model *w, const struct run_model *i,
                  bool hidden)
{
    if (w->t->p != i->t->p || w->t->g != (hidden ? -1 : i->t->g) || has_stale(k, w, i))
        return false;
    return !w->own || (w->own->status == i->own->status && w->own->thread == w->thread &&
                       (w->own->status == GoRunning || w->own->status == GoSyscall));
}

/* What fast_path.c asks for each event, once for the run. */
static bool find_truth(struct thread_run *r, const struct out_thread *thread)
{
    struct keeper *k = r->k;
    r->floor = later(r->floor, after(r->o, &thread->lost, k->thread));
    if (thread->gen != r->o->gen || !find(&r->i, k->truth, thread->truth, r->o->gen))
        return false;
    r->g = r->i.t->g;
    r->hidden = r->g != -1 && keeper_hides(k, r->g);
    return agree(k, &r->w, &r->i, r->hidden) && keeper_allows_proc(k, r->p);
}

static bool is_usual(const struct keeper *k)
{
    const struct emitter *o = &k->out;
    assert(!k->v1 && !o->careful && o->inside);
    return k->fast && !(o->tick > 0) && !o->numbering.on && !o->strict.watches &&
           !o->strict.failed && (k->truth || (!hidden_any(&k->hidden) && !k->thinned));
}

/* What most often forbids a run, before all is asked: both models have the thread as the event
 * has it, but for a goroutine that is hidden. */
static HOT bool is_promising(const struct keeper *k, const gotrace_event *ev)
{
    const struct out_thread *thread = &k->out.threads.data[k->thread];
    const struct thread *w = &k->out.belief->ms.data[thread->belief];
    if (w->p != ev->p || (w->g != ev->g && w->g != -1))
        return false;
    if (!k->truth)
        return w->g == ev->g;
    const struct thread *i = &k->truth->ms.data[thread->truth];
    return i->g == ev->g && i->p == ev->p && (w->g == ev->g || keeper_hides(k, ev->g));
}

/* False: there is no run, and nothing has been done. */
static bool begin(struct thread_run *r, struct keeper *k)
{
    struct emitter *o = &k->out;
    const struct out_thread *thread = &o->threads.data[k->thread];
    if (!find(&r->w, o->belief, thread->belief, o->gen))
        return false;
    r->k = k;
    r->o = o;
    r->file = thread->file;
    r->thread = k->thread;
    r->batch = &o->open->threads.data[thread->file];
    r->end = v2_batch_end(r->batch);
    r->m = thread->m;
    r->p = r->w.t->p;
    r->g = r->w.t->g;
    r->floor = o->floor;
    r->written = r->dropped = 0;
    r->hidden = false;
    r->more = true;
    return !k->truth || find_truth(r, thread);
}

/* A goroutine that has been stated in this generation, and has the status. */
static HOT struct goroutine *find_target(const struct run_model *m, int64_t id, uint8_t status)
{
    struct goroutine *g = record_of_g(m->s, id);
    return g && g->gen == m->s->now && g->status == status ? g : NULL;
}

/* The same in the other model, most often in the same slot: there are copies. */
static HOT struct goroutine *find_twin(const struct run_model *m, size_t slot, int64_t id,
                                       uint8_t status)
{
    struct goroutine *g = slot < m->s->gs.len ? &m->s->gs.data[slot] : NULL;
    if (g && g->id == id && g->status == status && g->gen == m->s->now)
        return g;
    return find_target(m, id, status);
}

struct targets {
    struct goroutine *w, *i;
};

/* The goroutine that the event names. Without truth the input's own number has
 * to follow, as it is written. */
static HOT bool find_targets(const struct thread_run *r, uint8_t status, bool both,
                             struct targets *out)
{
    int64_t id = (int64_t)r->ev->arg[0];
    out->w = find_target(&r->w, id, status);
    if (!out->w)
        return false;
    out->i = both ? find_twin(&r->i, (size_t)(out->w - r->w.s->gs.data), id, status) : NULL;
    return both ? out->i != NULL : out->w->seq + 1 == r->ev->arg[1];
}

/* On a proc: what runs without one is not usual. */
static HOT bool runs(const struct thread_run *r, uint8_t status)
{
    return r->w.own && r->w.own->status == status && r->p != -1;
}

/* Times */

static HOT struct stamp *stamp_of_g(const struct thread_run *r, const struct goroutine *g,
                                    bool both)
{
    return both ? emitter_stamp_of(r->o, &r->o->g_stamps, (size_t)(g - r->w.s->gs.data)) : NULL;
}

static HOT struct stamp *stamp_of_p(const struct thread_run *r, bool both)
{
    return both ? emitter_stamp_of(r->o, &r->o->p_stamps, (size_t)(r->w.p - r->w.s->ps.data))
                : NULL;
}

/* The event is later than it happened. False: fast_path.c is to refuse it. */
static COLD bool move(struct keeper *k, uint64_t now, uint64_t ticks)
{
    k->out.now = now;
    if (!keeper_is_moved(k, ticks))
        return true;
    k->out.counts.moved += !k->strict;
    return !k->strict;
}

/* Behind the stamp, NULL for none, and no earlier than `from`. */
static HOT bool find_ticks(const struct thread_run *r, const struct stamp *at, uint64_t from,
                           bool both, uint64_t *ticks)
{
    uint64_t now = r->ev->ticks;
    *ticks =
        later(later(now, from), later(later(r->end.last, r->floor), after(r->o, at, r->thread)));
    return !both || __builtin_expect(*ticks == now, 1) || move(r->k, now, *ticks);
}

/* Writing */

static COLD struct wire name(struct emitter *o, uint8_t type, struct wire in)
{
    struct wire space;
    const uint64_t *out = emitter_wire_args(o, type, in.arg, space.arg);
    return out == in.arg ? in : space;
}

static COLD struct v2_batch_end put_slowly(struct emitter *o, uint32_t file,
                                           struct v2_batch_end end, uint8_t type, uint64_t ticks,
                                           struct wire in, unsigned n)
{
    struct v2_open_batch *t = &o->open->threads.data[file];
    v2_end_batch(o->open, t, &end);
    o->status = v2_write_event(o->file, file, type, ticks, in.arg, n, &o->diag);
    return v2_batch_end(t);
}

/* Under which tables have the string that is argument a. */
static HOT gotrace_role role_of(const struct thread_run *r, uint8_t type, unsigned a)
{
    return r->by_role ? event_role(type, a) : GOTRACE_ROLE_FUNC;
}

/* Bit n of strings and of stacks: argument n is one. The models allow the event. */
static HOT void put(struct thread_run *r, uint8_t type, unsigned n, unsigned strings,
                    unsigned stacks, struct wire in, uint64_t ticks)
{
    const struct tables *t = &r->o->tables;
    struct wire out = in;
    bool all = true;
#pragma GCC unroll 4
    for (unsigned a = 0; a < GOTRACE_ARGS; a++) {
        if (strings >> a & 1)
            out.arg[a] = tables_known_string(t, role_of(r, type, a), in.arg[a]);
        if (stacks >> a & 1)
            out.arg[a] = tables_known_stack(t, in.arg[a]);
        all &= out.arg[a] || !in.arg[a];
    }
    if (!all)
        out = name(r->o, type, in);
    if (!all && r->o->status != GOTRACE_OK)
        return;
    r->written++;
    if (!v2_put_at_end(&r->end, type, ticks, out.arg, n))
        r->end = put_slowly(r->o, r->file, r->end, type, ticks, out, n);
}

/* What was kept in the run goes back to where others look for it. */
static HOT void finish(const struct thread_run *r)
{
    struct emitter *o = r->o;
    v2_end_batch(o->open, r->batch, &r->end);
    o->horizon = later(o->horizon, r->end.last);
    o->counts.events += r->written;
    o->counts.dropped += r->dropped;
    if (r->ev)
        o->now = r->ev->ticks;
}

/* Types: what each does in the models is its rule's, in sched/rules_inline.h. */

#ifndef NDEBUG
static bool has_happened(const struct run_model *m, const gotrace_event *ev)
{
    uint64_t arg[GOTRACE_ARGS] = {ev->arg[0], ev->arg[1]};
    struct sched_event e = {.thread = m->thread,
                            .type = ev->type,
                            .gen = m->s->gen,
                            .arg = arg,
                            .m = ev->m,
                            .p = ev->p,
                            .g = ev->g};
    if (event_number[ev->type] == EVENT_G_SEQ)
        arg[1] = record_of_g(m->s, (int64_t)arg[0])->seq;
    if (event_number[ev->type] == EVENT_OWN_P_SEQ)
        arg[0] = m->p->seq;
    return sched_has_happened(m->s, &e);
}
#endif

static HOT void run_on(struct run_model *m, struct goroutine *g)
{
    g->seq++;
    m->t->g = g->id;
    m->t->g_index = (uint32_t)(g - m->s->gs.data);
    g->thread = m->thread;
    g->status = GoRunning;
    m->own = g;
}

/* The order in this and what follows: what may be refused, ticks, belief,
 * output, truth. */
static HOT bool start(struct thread_run *r, bool both)
{
    struct targets g;
    uint64_t ticks;
    if (r->g != -1 || r->p == -1 || !find_targets(r, GoRunnable, both, &g))
        return false;
    struct stamp *at = stamp_of_g(r, g.w, both);
    if (!find_ticks(r, at, 0, both, &ticks))
        return false;
    run_on(&r->w, g.w);
    put(r, EvGoStart, 2, 0, 0, (struct wire){{r->ev->arg[0], g.w->seq}}, ticks);
    r->g = (int64_t)r->ev->arg[0];
    if (!both)
        return true;
    stamp(r->o, at, r->thread, ticks);
    run_on(&r->i, g.i);
    if (r->k->bridge.stale)
        r->more = !has_stale_own(r->w.s, g.w, r->i.s, g.i);
    return true;
}

static HOT void make_runnable(struct goroutine *g)
{
    g->seq++;
    g->status = GoRunnable;
}

static HOT bool unblock(struct thread_run *r, bool both)
{
    struct targets g;
    uint64_t ticks;
    if (!find_targets(r, GoWaiting, both, &g))
        return false;
    struct stamp *at = stamp_of_g(r, g.w, both);
    if (!find_ticks(r, at, 0, both, &ticks))
        return false;
    make_runnable(g.w);
    put(r, EvGoUnblock, 3, 0, 1 << 2, (struct wire){{r->ev->arg[0], g.w->seq, r->ev->arg[2]}},
        ticks);
    if (!both)
        return true;
    stamp(r->o, at, r->thread, ticks);
    make_runnable(g.i);
    return true;
}

static HOT void let_go(struct run_model *m, uint8_t status)
{
    m->t->g = -1;
    m->own->status = status;
    m->own = NULL;
}

/* GoStop, GoBlock */
static HOT bool stop(struct thread_run *r, uint8_t type, uint8_t to, bool both)
{
    const uint64_t *arg = r->ev->arg;
    uint64_t ticks;
    if (!runs(r, GoRunning) || (type == EvGoBlock && arg[0] == r->o->forever))
        return false;
    struct stamp *at = stamp_of_g(r, r->w.own, both);
    if (!find_ticks(r, at, 0, both, &ticks))
        return false;
    let_go(&r->w, to);
    put(r, type, 2, 1 << 0, 1 << 1, (struct wire){{arg[0], arg[1]}}, ticks);
    r->g = -1;
    if (!both)
        return true;
    stamp(r->o, at, r->thread, ticks);
    let_go(&r->i, to);
    return true;
}

static HOT void enter(struct run_model *m)
{
    m->p->seq++;
    m->own->status = GoSyscall;
    m->p->status = ProcSyscall;
}

static HOT bool is_numbered(const struct run_model *m)
{
    return m->p && m->p->gen == m->s->gen;
}

static HOT bool enter_syscall(struct thread_run *r, bool both)
{
    uint64_t ticks;
    if (!runs(r, GoRunning) || !is_numbered(&r->w) ||
        (both ? !is_numbered(&r->i) : r->w.p->seq + 1 != r->ev->arg[0]))
        return false;
    struct stamp *at = stamp_of_p(r, both);
    if (!find_ticks(r, at, 0, both, &ticks))
        return false;
    enter(&r->w);
    put(r, EvGoSyscallBegin, 2, 0, 1 << 1, (struct wire){{r->w.p->seq, r->ev->arg[1]}}, ticks);
    if (!both)
        return true;
    stamp(r->o, at, r->thread, ticks);
    enter(&r->i);
    return true;
}

static HOT bool is_in_syscall(const struct run_model *m)
{
    return m->p && m->p->status == ProcSyscall;
}

static HOT void leave(struct run_model *m)
{
    m->own->status = GoRunning;
    m->p->status = ProcRunning;
}

static HOT bool leave_syscall(struct thread_run *r, bool both)
{
    uint64_t ticks;
    if (!runs(r, GoSyscall) || !is_in_syscall(&r->w) || (both && !is_in_syscall(&r->i)) ||
        !find_ticks(r, NULL, 0, both, &ticks))
        return false;
    leave(&r->w);
    put(r, EvGoSyscallEnd, 0, 0, 0, (struct wire){{0}}, ticks);
    if (both)
        leave(&r->i);
    return true;
}

/* GCSweepBegin, GCSweepEnd */
static HOT bool sweep(struct thread_run *r, uint8_t type, bool begins, bool both)
{
    const uint64_t *arg = r->ev->arg;
    uint64_t ticks;
    if (!r->w.p || r->w.p->sweep == begins || (both && (!r->i.p || r->i.p->sweep == begins)))
        return false;
    struct stamp *at = stamp_of_p(r, both);
    if (!find_ticks(r, at, 0, both, &ticks))
        return false;
    r->w.p->sweep = begins;
    put(r, type, begins ? 1 : 2, 0, begins ? 1 << 0 : 0, (struct wire){{arg[0], arg[1]}}, ticks);
    if (!both)
        return true;
    stamp(r->o, at, r->thread, ticks);
    r->i.p->sweep = begins;
    return true;
}

static HOT bool allocate(struct thread_run *r, bool both)
{
    uint64_t ticks;
    if (r->p == -1 || !find_ticks(r, NULL, 0, both, &ticks))
        return false;
    put(r, EvHeapAlloc, 1, 0, 0, (struct wire){{r->ev->arg[0]}}, ticks);
    return true;
}

static HOT bool note(struct thread_run *r, bool both)
{
    const uint64_t *arg = r->ev->arg;
    uint64_t ticks;
    if (r->g == -1 || r->p == -1 || !find_ticks(r, NULL, 0, both, &ticks))
        return false;
    put(r, EvUserLog, 4, 1 << 1 | 1 << 2, 1 << 3, (struct wire){{arg[0], arg[1], arg[2], arg[3]}},
        ticks);
    return true;
}

/* Those that are less frequent ask the model's rule. Records may move by it. */

/* Its answers are left as they are, which nobody asks for. */
static HOT void ask(const struct thread_run *r, const struct run_model *m, const uint64_t *arg,
                    struct sched_event *out)
{
    out->thread = m->thread;
    out->type = r->ev->type;
    out->gen = m->s->gen;
    out->arg = arg;
    out->name = event_interned_name(r->ev->type, arg);
    out->m = r->m;
    out->p = r->p;
    out->g = m->t->g;
}

static HOT enum sched_result advance(const struct thread_run *r, const struct run_model *m)
{
    struct sched_event e;
    ask(r, m, r->ev->arg, &e);
    m->s->diag = NULL; /* nobody asks why not */
    return sched_rules[e.type](m->s, &e);
}

static HOT void find_own(struct run_model *m)
{
    m->own = m->t->g == -1 ? NULL : &m->s->gs.data[m->t->g_index];
    assert(!m->own || m->own->id == m->t->g);
}

/* Where truth refuses it is told all the same, and the run ends: the models differ. */
static HOT void tell(struct thread_run *r)
{
    if (advance(r, &r->i) != SCHED_ADVANCED) {
        truth_assume(r->k, r->ev);
        r->more = false;
    } else {
        find_own(&r->i);
    }
}

/* By the rule, as a record may be made: pointers into the list are looked up again. */
static HOT bool create(struct thread_run *r, bool both)
{
    const uint64_t *arg = r->ev->arg;
    uint64_t ticks;
    if (r->k->hidden.others)
        keeper_meet(r->k, r->ev);
    if (!find_ticks(r, NULL, behind_gone(r->o, goroutine_key(arg[0])), both, &ticks) ||
        advance(r, &r->w) != SCHED_ADVANCED)
        return false;
    find_own(&r->w);
    put(r, EvGoCreate, 3, 0, 1 << 1 | 1 << 2, (struct wire){{arg[0], arg[1], arg[2]}}, ticks);
    if (!both)
        return true;
    const struct goroutine *g = record_of_g(r->w.s, (int64_t)arg[0]);
    stamp(r->o, stamp_of_g(r, g, true), r->thread, ticks);
    tell(r);
    return true;
}

/* Whether the Go tools besides its reader mind: see is_barred in emit/emitter.c. */
static HOT bool is_barred(const struct thread_run *r)
{
    struct sched_event e;
    ask(r, &r->w, r->ev->arg, &e);
    struct strict *x = &r->o->strict;
    return strict_minds(x, r->w.s, &e, r->m, (uint32_t)r->ev->arg[0]) || x->failed;
}

static HOT bool destroy(struct thread_run *r, bool both)
{
    uint64_t ticks;
    if (!runs(r, GoRunning) || (both && !can_end(r->w.s, r->w.own)) ||
        !find_ticks(r, stamp_of_g(r, r->w.own, both), 0, both, &ticks) || is_barred(r) ||
        advance(r, &r->w) != SCHED_ADVANCED)
        return false;
    r->w.own = NULL;
    r->o->horizon = later(r->o->horizon, ticks); /* no earlier event's is later */
    if (!emitter_remember_gone(r->o, goroutine_key((uint64_t)r->g)))
        return true;
    put(r, EvGoDestroy, 0, 0, 0, (struct wire){{0}}, ticks);
    if (both)
        tell(r);
    r->g = -1;
    return true;
}

/* UserRegionBegin, UserRegionEnd */
static HOT bool pass_region(struct thread_run *r, uint8_t type, bool both)
{
    const uint64_t *arg = r->ev->arg;
    uint64_t ticks;
    if (r->p == -1 || !r->w.own ||
        (both && type == EvUserRegionEnd &&
         !(has_region(r->w.s, r->w.own, arg[0], (uint32_t)arg[1]) &&
           has_region(r->i.s, r->i.own, arg[0], (uint32_t)arg[1]))) ||
        !find_ticks(r, NULL, 0, both, &ticks) || advance(r, &r->w) != SCHED_ADVANCED)
        return false;
    put(r, type, 3, 1 << 1, 1 << 2, (struct wire){{arg[0], arg[1], arg[2]}}, ticks);
    if (both)
        tell(r);
    return true;
}

/* Hidden goroutines: of what they do, and what is done to them, truth alone is told. */

static HOT bool names_hidden(const struct thread_run *r)
{
    return keeper_hides(r->k, (int64_t)r->ev->arg[0]);
}

static HOT bool left_out(struct thread_run *r)
{
    r->dropped++;
    return true;
}

/* Truth has it on the thread from now on, belief nothing. */
static HOT bool hidden_starts(struct thread_run *r)
{
    struct goroutine *g = find_target(&r->i, (int64_t)r->ev->arg[0], GoRunnable);
    if (r->g != -1 || r->p == -1 || !g)
        return false;
    run_on(&r->i, g);
    r->g = g->id;
    r->hidden = true;
    return left_out(r);
}

static HOT bool hidden_wakes(struct thread_run *r)
{
    struct goroutine *g = find_target(&r->i, (int64_t)r->ev->arg[0], GoWaiting);
    if (!g)
        return false;
    make_runnable(g);
    return left_out(r);
}

static HOT bool hidden_is(const struct thread_run *r, uint8_t status)
{
    return r->i.own && r->i.own->status == status && r->p != -1;
}

static HOT void hidden_is_gone(struct thread_run *r)
{
    r->g = -1;
    r->hidden = false;
}

static HOT bool hidden_stops(struct thread_run *r, uint8_t to)
{
    if (!hidden_is(r, GoRunning))
        return false;
    let_go(&r->i, to);
    hidden_is_gone(r);
    return left_out(r);
}

static HOT bool hidden_enters_syscall(struct thread_run *r)
{
    if (!hidden_is(r, GoRunning) || !is_numbered(&r->i))
        return false;
    enter(&r->i);
    return left_out(r);
}

static HOT bool hidden_leaves_syscall(struct thread_run *r)
{
    if (!hidden_is(r, GoSyscall) || !is_in_syscall(&r->i))
        return false;
    leave(&r->i);
    return left_out(r);
}

/* By the model's rule. */
static HOT bool hidden_does(struct thread_run *r)
{
    if (advance(r, &r->i) != SCHED_ADVANCED)
        return false;
    find_own(&r->i);
    if (r->ev->type == EvUserRegionBegin)
        sched_drop_regions(r->i.s, r->g, 1); /* what ends it is to be known */
    return left_out(r);
}

static HOT bool hidden_ends(struct thread_run *r)
{
    if (!hidden_is(r, GoRunning) || !hidden_does(r))
        return false;
    hidden_is_gone(r);
    return true;
}

/* Which models there are, and whether goroutines are hidden. */
enum mode { EXACT, TRANSLATING, BOTH, HIDING };
static HOT bool has_both(enum mode mode)
{
    return mode == BOTH || mode == HIDING;
}

/* As fate_of in fast_path.c and keeper_conceals have it: what names a hidden one, or is its own. */
static HOT bool take(struct thread_run *r, enum mode mode)
{
    bool both = has_both(mode), hides = mode == HIDING, own = hides && r->hidden;
    switch (r->ev->type) {
    case EvGoStart:
        return hides && names_hidden(r) ? hidden_starts(r) : start(r, both);
    case EvGoStop:
        return own ? hidden_stops(r, GoRunnable) : stop(r, EvGoStop, GoRunnable, both);
    case EvGoBlock:
        return own ? hidden_stops(r, GoWaiting) : stop(r, EvGoBlock, GoWaiting, both);
    case EvGoUnblock:
        return hides && names_hidden(r) ? hidden_wakes(r) : unblock(r, both);
    case EvGoSyscallBegin:
        return own ? hidden_enters_syscall(r) : enter_syscall(r, both);
    case EvGoSyscallEnd:
        return own ? hidden_leaves_syscall(r) : leave_syscall(r, both);
    case EvGoCreate:
        return hides && names_hidden(r) ? hidden_does(r) : create(r, both);
    case EvGoDestroy:
        return own ? hidden_ends(r) : destroy(r, both);
    case EvUserRegionBegin:
        return own ? hidden_does(r) : pass_region(r, EvUserRegionBegin, both);
    case EvUserRegionEnd:
        return own ? hidden_does(r) : pass_region(r, EvUserRegionEnd, both);
    case EvGCSweepBegin:
        return sweep(r, EvGCSweepBegin, true, both);
    case EvGCSweepEnd:
        return sweep(r, EvGCSweepEnd, false, both);
    case EvHeapAlloc:
        return allocate(r, both);
    case EvUserLog:
        return own ? hidden_does(r) : note(r, both);
    default:
        return false;
    }
}

/* The loop */

static HOT bool is_plain(const gotrace_event *ev, uint64_t latest)
{
    return ev->verdict == GOTRACE_KEEP && !ev->flags && ev->ticks <= latest && ev->m == ev->home &&
           ev->arg[0] != UINT64_MAX;
}

/* In its context the event is one of the run. */
static HOT bool is_next(const struct thread_run *r, const gotrace_event *ev)
{
    return ev->home == r->m && ev->g == r->g && ev->p == r->p;
}

static HOT uint32_t take_all(const struct thread_run *begun, const gotrace_event *events,
                             uint32_t i, uint32_t end, uint64_t latest, enum mode mode)
{
    struct thread_run r = *begun;
    r.by_role =
        mode == TRANSLATING || (mode == HIDING && dictionary_is_on(&r.o->tables.dictionary));
    for (; i < end && r.more && r.o->status == GOTRACE_OK; i++) {
        const gotrace_event *ev = &events[i];
        if (!is_plain(ev, latest) || !is_next(&r, ev))
            break;
        r.ev = ev;
        uint64_t dropped = r.dropped;
        if (!take(&r, mode))
            break;
        assert((r.dropped > dropped || has_happened(&r.w, ev)) &&
               (!has_both(mode) || !r.more || has_happened(&r.i, ev)));
        (void)dropped;
    }
    finish(&r);
    return i;
}

/* Apart, or the compiler does worse by each. */

static NOINLINE uint32_t take_hiding(const struct thread_run *r, const gotrace_event *events,
                                     uint32_t i, uint32_t end, uint64_t latest)
{
    return take_all(r, events, i, end, latest, HIDING);
}

static NOINLINE uint32_t take_both(const struct thread_run *r, const gotrace_event *events,
                                   uint32_t i, uint32_t end, uint64_t latest)
{
    return take_all(r, events, i, end, latest, BOTH);
}

static NOINLINE uint32_t take_exact(const struct thread_run *r, const gotrace_event *events,
                                    uint32_t i, uint32_t end, uint64_t latest)
{
    return take_all(r, events, i, end, latest, EXACT);
}

static NOINLINE uint32_t take_translating(const struct thread_run *r, const gotrace_event *events,
                                          uint32_t i, uint32_t end, uint64_t latest)
{
    return take_all(r, events, i, end, latest, TRANSLATING);
}

typedef uint32_t taker(const struct thread_run *r, const gotrace_event *events, uint32_t i,
                       uint32_t end, uint64_t latest);

/* With truth translating has no way of its own: HIDING does both. */
static taker *taker_of(const struct keeper *k)
{
    bool translates = dictionary_is_on(&k->out.tables.dictionary);
    if (!k->truth)
        return translates ? take_translating : take_exact;
    return translates || hidden_any(&k->hidden) ? take_hiding : take_both;
}

/* What is not taken costs some fifty instructions: where hardly anything is, as when all
 * goroutines but one are hidden, few events are tried. */
enum { FAILURES = 4, PAUSE = 7 };

static HOT void note_taken(struct keeper *k, bool any)
{
    k->failures = any ? 0 : k->failures + 1;
    if (k->failures > FAILURES)
        k->pause = PAUSE;
}

uint32_t thread_run_take(struct keeper *k, const gotrace_event *events, uint32_t i, uint32_t end,
                         uint64_t latest)
{
    struct thread_run r;
    uint32_t first = i;
    if (k->pause) {
        k->pause--;
        return i;
    }
    if (!is_frequent[events[i].type] || !is_plain(&events[i], latest))
        return i;
    if (out_thread_near(k, &events[i]) && is_promising(k, &events[i]) && is_usual(k) &&
        begin(&r, k))
        i = taker_of(k)(&r, events, i, end, latest);
    note_taken(k, i > first);
    return i;
}
