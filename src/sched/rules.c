/* rules.c: the rules of events that are rare, and the table of all. */
#include "sched/rules_inline.h"

#include <assert.h>
#include <inttypes.h>

#include "sched/invariants.h"

/* Procs */

/* holder is where it was taken up last, which that thread may have forgotten by
 * now. */
static bool has_p(const struct sched *s, uint32_t thread, const struct proc *p)
{
    return thread < s->ms.len && s->ms.data[thread].epoch == s->epoch &&
           s->ms.data[thread].p == p->id;
}

/* A proc in a syscall that an abandoned status is about: the event belongs to
 * the thread that has it, the last of those that took it up. */
static enum sched_result find_holder(struct sched *s, struct sched_event *ev, struct proc *p)
{
    for (; !has_p(s, p->holder, p); p->under = s->holders.data[p->under - 1].under) {
        if (p->under == 0)
            return sched_broken(s, "no thread has proc %" PRIu64 ", which is about to be stolen",
                                (uint64_t)p->id);
        assert(p->under <= s->holders.len);
        p->holder = s->holders.data[p->under - 1].thread;
    }
    const struct thread *t = &s->ms.data[p->holder];
    assert(p->status == ProcSyscall && t->p == p->id);
    ev->m = t->id;
    ev->p = t->p;
    ev->g = t->g;
    return SCHED_ADVANCED;
}

/* Who is told of twice may be promoted by what came before. */
static void note_p(struct sched *s, const struct sched_event *ev, const struct proc *p)
{
    assert(s->edges && p->epoch == s->epoch);
    s->edges->failed |= ev->restates;
    sched_note_edge(s, EDGE_P, (uint64_t)p->id, p->status, ev->m);
}

/* Only the lowest byte is the status, as in Go's type of it. The first status
 * of a proc is taken at its word; later ones have to agree, but for one that is
 * promoted. */
static enum sched_result advance_proc_status(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint8_t status = (uint8_t)ev->arg[1];
    bool promoted = false;
    if (status >= ProcStatuses)
        return sched_broken(s, "no such status of a proc: %u", status);
    struct proc *p = find_p(s, id);
    ev->restates = p != NULL;
    if (!p) {
        p = sched_add_p(s, id);
        if (!p)
            return SCHED_NO_MEMORY;
        p->status = status;
    } else if (status == ProcSyscallAbandoned && p->status == ProcSyscall) {
        promoted = true; /* we know more than the status says */
    } else if (p->status != status) {
        return sched_broken_p(s, id, status, p->status);
    }
    if (promoted)
        TRY(find_holder(s, ev, p));
    if (s->edges)
        note_p(s, ev, p);
    assert(promoted ? p->status == ProcSyscall : p->status == status);
    p->gen = ev->gen;
    p->seq = 0;
    ev->promoted = promoted ? ProcSyscall : status;
    if (!promoted && (status == ProcRunning || status == ProcSyscall))
        run_p(s, ev, p);
    return SCHED_ADVANCED;
}

static enum sched_result advance_proc_start(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    struct proc *p = find_p(s, id);
    /* With a proc on this thread, it is in a syscall and has yet to lose it. */
    if (!p || p->status != ProcIdle || !succeeds(ev->gen, ev->arg[1], p->gen, p->seq) ||
        ev->p != -1)
        return SCHED_NOT_YET;
    TRY(need_thread(s, ev));
    p->status = ProcRunning;
    p->seq = ev->arg[1];
    run_p(s, ev, p);
    return SCHED_ADVANCED;
}

/* The thread has had the proc since its start, so there is nothing to wait for,
 * and no number. */
static enum sched_result advance_proc_stop(struct sched *s, struct sched_event *ev)
{
    struct proc *p;
    TRY(take_p(s, ev, &p));
    if (p->status != ProcRunning && p->status != ProcSyscall)
        return sched_broken_p(s, p->id, p->status, ProcRunning);
    TRY(need_proc(s, ev));
    p->status = ProcIdle;
    p->idled = ++s->idles;
    thread_of(s, ev)->p = -1;
    return SCHED_ADVANCED;
}

/* The victim is trying to leave its syscall, so it does nothing before this. A
 * thread that steals from itself stops its proc. */
static enum sched_result steal_from(struct sched *s, struct sched_event *ev, int64_t id,
                                    int64_t victim)
{
    if (victim == ev->m) {
        if (ev->p != id)
            return sched_broken(s,
                                "the thread steals proc %" PRIu64 " from itself but has %" PRId64,
                                (uint64_t)id, ev->p);
        thread_of(s, ev)->p = -1;
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(s, victim);
    if (!t)
        return sched_broken(
            s, "proc %" PRIu64 " is stolen from thread %" PRId64 ", which is not known",
            (uint64_t)id, victim);
    if (t->p != id)
        return sched_broken(
            s, "proc %" PRIu64 " is stolen from thread %" PRId64 ", which has %" PRId64,
            (uint64_t)id, victim, t->p);
    if (s->edges && !t->met)
        s->edges->failed = true; /* it has lost what it has only stated */
    assert(t != thread_of(s, ev));
    t->p = -1; /* now its GoSyscallEndBlocked can advance */
    return SCHED_ADVANCED;
}

/* The number tells which of the proc's syscalls is meant, where times do not. */
static enum sched_result advance_proc_steal(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    struct proc *p = find_p(s, id);
    if (!p || (p->status != ProcSyscall && p->status != ProcSyscallAbandoned) ||
        !succeeds(ev->gen, ev->arg[1], p->gen, p->seq))
        return SCHED_NOT_YET;
    TRY(need_thread(s, ev));
    /* Abandoned: the thread that had it may be anywhere by now. */
    if (p->status == ProcSyscall)
        TRY(steal_from(s, ev, id, (int64_t)ev->arg[2]));
    else if (s->edges)
        sched_note_edge(s, EDGE_STEAL, (uint64_t)id, (int64_t)ev->arg[2], ev->m);
    p->status = ProcIdle;
    p->idled = ++s->idles;
    p->seq = ev->arg[1];
    return SCHED_ADVANCED;
}

/* Goroutines */

/* A goroutine in a syscall on some thread for the whole generation. */
static enum sched_result bind_syscall(struct sched *s, struct sched_event *ev,
                                      struct goroutine *syscaller, int64_t m)
{
    int64_t g = syscaller->id;
    if (m == -1)
        return sched_broken(s, "goroutine %" PRId64 " is in a syscall without a thread", g);
    if (m == ev->m) {
        if (ev->gen != s->first_gen && ev->g != g)
            return sched_broken(
                s, "goroutine %" PRId64 " is in a syscall here, but the thread has %" PRId64, g,
                ev->g);
        run_g(s, ev, syscaller);
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(s, m);
    if (t) {
        if (t->g != g)
            return sched_broken(s,
                                "goroutine %" PRId64 " is in a syscall on thread %" PRId64
                                ", which has %" PRId64,
                                g, m, t->g);
        ev->g = t->g;
    } else {
        uint32_t handle;
        if (!sched_thread(s, m, &handle))
            return SCHED_NO_MEMORY;
        t = &s->ms.data[handle];
        sched_know_thread(s, t);
        assert(handle != ev->thread && find_m(s, m) == t);
        t->g = g;
        syscaller->thread = handle;
    }
    ev->m = m;
    return SCHED_ADVANCED;
}

/* Behind the first generation all goroutines are known, so a new one is an
 * error. If the syscall cannot be bound, the goroutine that was added for it
 * goes again, and is not counted. */
static enum sched_result advance_go_status(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint8_t status = (uint8_t)ev->arg[2];
    enum sched_result r = SCHED_ADVANCED;
    if (status >= GoStatuses)
        return sched_broken(s, "no such status of a goroutine: %u", status);
    struct goroutine *g = find_g(s, id);
    bool is_new = !g;
    ev->restates = !is_new;
    if (is_new && ev->gen != s->first_gen)
        return sched_broken(
            s, "the status of goroutine %" PRId64 ", which the generations before do not know", id);
    if (is_new && !(g = sched_add_g(s, id, status, s->now)))
        return SCHED_NO_MEMORY;
    if (g->status != status)
        return sched_broken_g(s, id, status, g->status);
    if (status == GoSyscall)
        r = bind_syscall(s, ev, g, (int64_t)ev->arg[1]);
    if (r != SCHED_ADVANCED) {
        if (is_new) {
            sched_remove_g(s, g);
            s->totals.goroutines--;
        }
        return r;
    }
    assert(known_g(s, g) && g->status == status);
    g->gen = s->now;
    g->seq = 0;
    if (s->edges && is_new)
        sched_note_edge(s, EDGE_G, (uint64_t)id, status, (int64_t)ev->arg[1]);
    if (status == GoRunning)
        run_g(s, ev, g);
    return SCHED_ADVANCED;
}

/* By a goroutine that runs, or by none, as Go's reader has it. Its numbers
 * begin here, at 0, so that its first step is number 1. */
static enum sched_result advance_go_create(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    TRY(need_proc(s, ev));
    struct goroutine *creator = current_g(s, ev);
    if (creator && creator->status != GoRunning)
        return sched_broken_g(s, creator->id, creator->status, GoRunning);
    if (find_g(s, id))
        return sched_broken(s, "goroutine %" PRId64 " is created but exists", id);
    uint8_t status = ev->type == EvGoCreateBlocked ? GoWaiting : GoRunnable;
    struct goroutine *g = sched_add_g(s, id, status, s->now);
    if (!g)
        return SCHED_NO_MEMORY;
    g->created_in_trace = true;
    if (s->edges)
        sched_note_edge(s, EDGE_CREATED, (uint64_t)id, 0, 0);
    return SCHED_ADVANCED;
}

/* A C thread calls Go: its goroutine begins in a syscall, and the thread may
 * have no proc. */
static enum sched_result advance_go_create_syscall(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    TRY(need_thread(s, ev));
    TRY(need_no_goroutine(s, ev));
    if (find_g(s, id))
        return sched_broken(s, "goroutine %" PRId64 " is created but exists", id);
    struct goroutine *g = sched_add_g(s, id, GoSyscall, s->now);
    if (!g)
        return SCHED_NO_MEMORY;
    g->created_in_trace = true;
    if (s->edges)
        sched_note_edge(s, EDGE_CREATED, (uint64_t)id, 0, 0);
    run_g(s, ev, g);
    return SCHED_ADVANCED;
}

/* Unblocks the next goroutine, stops this one, starts the next: Go's reader
 * makes three events of it. */
static enum sched_result advance_go_switch(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoRunning, &g));
    struct goroutine *next = find_g(s, (int64_t)ev->arg[0]);
    if (!next || next->status != GoWaiting || !follows_g(s, next, ev->arg[1]))
        return SCHED_NOT_YET;
    assert(next != g); /* one runs, the other waits */
    next->status = GoRunning;
    next->seq = ev->arg[1];
    run_g(s, ev, next);
    ev->after = 2;
    if (ev->type == EvGoSwitch)
        g->status = GoWaiting;
    else
        sched_remove_g(s, g);
    return SCHED_ADVANCED;
}

/* The event says that the syscall lost its proc, so it waits until it has. A
 * new proc may have been started here by then. */
static enum sched_result advance_go_syscall_end_blocked(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p;
    if (ev->p != -1) {
        TRY(take_p(s, ev, &p));
        if (p->status == ProcSyscall)
            return SCHED_NOT_YET;
    }
    TRY(need_thread(s, ev));
    if (ev->g == -1)
        return sched_lacks(s, ev, "goroutine");
    TRY(take_g(s, ev, GoSyscall, &g));
    g->status = GoRunnable;
    thread_of(s, ev)->g = -1;
    return SCHED_ADVANCED;
}

/* A goroutine of a cgo callback goes. Its proc, if it has one, is as good as
 * lost: the thread's id may be used again before the proc is stolen. */
static enum sched_result advance_go_destroy_syscall(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p = NULL;
    TRY(need_thread(s, ev));
    if (ev->g == -1)
        return sched_lacks(s, ev, "goroutine");
    TRY(take_g(s, ev, GoSyscall, &g));
    if (ev->p != -1) {
        TRY(take_p(s, ev, &p));
        if (p->status != ProcSyscall)
            return sched_broken_p(s, p->id, p->status, ProcSyscall);
    }
    sched_remove_g(s, g);
    thread_of(s, ev)->g = -1;
    if (ev->p == -1)
        return SCHED_ADVANCED;
    p->status = ProcSyscallAbandoned;
    thread_of(s, ev)->p = -1;
    ev->before = 1; /* Go's reader shows the loss as a ProcSteal */
    return SCHED_ADVANCED;
}

/* Ranges */

enum sched_result sched_in_flight(struct sched *s)
{
    return sched_broken(s, "such a range is already in flight");
}

enum sched_result sched_not_in_flight(struct sched *s)
{
    return sched_broken(s, "no such range is in flight");
}

/* One of each kind at a time, as in Go's reader. */
static enum sched_result begin_stw(struct sched *s, struct ranges *x, uint64_t kind)
{
    if (map_get(&x->stw_of, kind) != MAP_NONE)
        return sched_in_flight(s);
    /* Both or none: without memory the event is tried again. */
    if (!VEC_RESERVE(&x->stw, 1) || !map_put(&x->stw_of, kind, (uint32_t)x->stw.len))
        return SCHED_NO_MEMORY;
    x->stw.data[x->stw.len++] = kind;
    s->stops++;
    assert(x->stw_of.len == x->stw.len && s->stops >= x->stw.len);
    return SCHED_ADVANCED;
}

/* STWEnd does not say which; Go's reader ends the first and puts the last in
 * its place. */
static enum sched_result end_stw(struct sched *s, struct ranges *x, uint64_t *kind)
{
    assert(s->stops && map_get(&x->stw_of, x->stw.data[0]) == 0);
    uint64_t last = x->stw.data[--x->stw.len];
    *kind = x->stw.data[0];
    s->stops--;
    map_delete(&x->stw_of, x->stw.data[0]);
    assert(x->stw_of.len == x->stw.len && s->stops >= x->stw.len);
    if (x->stw.len == 0)
        return SCHED_ADVANCED;
    x->stw.data[0] = last;
    return map_put(&x->stw_of, last, 0) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

/* STWBegin, GCMarkAssistBegin */
static enum sched_result advance_go_range_begin(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    if (ev->type == EvGCMarkAssistBegin) {
        if (g->assist)
            return sched_in_flight(s);
        g->assist = true;
        return SCHED_ADVANCED;
    }
    struct ranges *x = sched_need_ranges(s, g);
    return x ? begin_stw(s, x, ev->arg[0]) : SCHED_NO_MEMORY;
}

/* What ends is the thread's goroutine's: the event says no more than that it
 * ends. */
static enum sched_result advance_go_range_end(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    if (ev->type == EvGCMarkAssistEnd) {
        if (!g->assist)
            return sched_not_in_flight(s);
        g->assist = false;
        return SCHED_ADVANCED;
    }
    struct ranges *x = ranges_of(s, g);
    return x && x->stw.len ? end_stw(s, x, &ev->kind) : sched_not_in_flight(s);
}

/* A range that *Active restates: new in the first generation, known later. */
static enum sched_result restate(struct sched *s, struct sched_event *ev, bool *range)
{
    bool first = ev->gen == s->first_gen;
    if (first == *range)
        return first ? sched_in_flight(s) : sched_not_in_flight(s);
    if (s->edges)
        sched_note_edge(s, ev->type == EvGCSweepActive ? EDGE_SWEEP : EDGE_ASSIST, ev->arg[0], 0,
                        0);
    *range = true;
    return SCHED_ADVANCED;
}

/* May name a goroutine that does not run: of the thread's context nothing is
 * asked. */
static enum sched_result advance_go_range_active(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g = find_g(s, (int64_t)ev->arg[0]);
    if (!g)
        return sched_broken(s, "goroutine %" PRIu64 " is not known", ev->arg[0]);
    return restate(s, ev, &g->assist);
}

static enum sched_result advance_gc_sweep_active(struct sched *s, struct sched_event *ev)
{
    struct proc *p = find_p(s, (int64_t)ev->arg[0]);
    if (!p)
        return sched_broken(s, "proc %" PRIu64 " is not known", ev->arg[0]);
    return restate(s, ev, &p->sweep);
}

/* The mark phase. Begin, active and end count up one sequence, because they
 * may come from any thread. */

/* Whether the first number is right, and whether a context had to be there, can
 * only be said when it is known what came before. */
static void note_gc(struct sched *s, const struct sched_event *ev)
{
    bool is_user = ev->m != -1 && ev->p != -1 && ev->g != -1;
    sched_note_edge(s, EDGE_GC, ev->arg[0], ev->type, is_user);
}

/* In the first generation the number is taken as it is: what was before is not
 * known. Later it must follow. */
static enum sched_result advance_gc_active(struct sched *s, struct sched_event *ev)
{
    uint64_t seq = ev->arg[0];
    if (ev->gen == s->first_gen) {
        if (s->gc != GC_UNDETERMINED)
            return sched_broken(s, "GCActive in the first generation is not its first GC event");
        if (s->edges)
            note_gc(s, ev);
        gc_to(s, seq, GC_ON);
        return SCHED_ADVANCED;
    }
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc != GC_ON)
        return sched_not_in_flight(s);
    TRY(need_user(s, ev));
    gc_to(s, seq, GC_ON);
    return SCHED_ADVANCED;
}

/* Until a phase has been seen none is known to be over, so the first is taken
 * in any generation. */
static enum sched_result advance_gc_begin(struct sched *s, struct sched_event *ev)
{
    uint64_t seq = ev->arg[0];
    if (s->gc == GC_UNDETERMINED) {
        if (s->edges)
            note_gc(s, ev);
        gc_to(s, seq, GC_ON);
        return SCHED_ADVANCED;
    }
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc == GC_ON)
        return sched_in_flight(s);
    TRY(need_user(s, ev));
    gc_to(s, seq, GC_ON);
    return SCHED_ADVANCED;
}

static enum sched_result advance_gc_end(struct sched *s, struct sched_event *ev)
{
    uint64_t seq = ev->arg[0];
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc != GC_ON)
        return sched_not_in_flight(s);
    TRY(need_user(s, ev));
    gc_to(s, seq, GC_OFF);
    return SCHED_ADVANCED;
}

/* Annotations */

/* A task's id may be used again once it has ended. Its parent may be one that
 * nobody has seen. */
static enum sched_result advance_user_task_begin(struct sched *s, struct sched_event *ev)
{
    uint64_t task = ev->arg[0];
    if (map_get(&s->tasks, task) != MAP_NONE)
        return sched_broken(s, "task %" PRIu64 " begins but has not ended", task);
    TRY(need_user(s, ev));
    if (s->edges)
        sched_note_edge(s, EDGE_TASK, task, ev->name, 0);
    return map_put(&s->tasks, task, ev->name) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

/* A task may end more than once, and may have begun before the trace. */
static enum sched_result advance_user_task_end(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    if (s->edges)
        sched_note_edge(s, EDGE_TASK_END, ev->arg[0], 0, 0);
    map_delete(&s->tasks, ev->arg[0]);
    return SCHED_ADVANCED;
}

/* Regions nest for each goroutine; the same one may be open several times. */
static enum sched_result advance_user_region_begin(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    struct ranges *x = sched_need_ranges(s, g);
    struct region r = {ev->arg[0], ev->name, false};
    if (!x || !VEC_PUSH(&x->regions, r))
        return SCHED_NO_MEMORY;
    if (x->indexed)
        sched_count_region(s, x, &r);
    assert(!x->indexed || (x->open.len && x->open.len <= x->regions.len));
    return SCHED_ADVANCED;
}

static enum sched_result advance_user_region_end(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    struct ranges *x = ranges_of(s, g);
    if (s->edges && (!x || x->regions.len == 0))
        sched_note_edge(s, EDGE_REGION_END, (uint64_t)g->id, ev->name, (int64_t)ev->arg[0]);
    if (!x || x->regions.len == 0)
        return SCHED_ADVANCED; /* it began before the trace */
    /* Only the innermost one may end: Go's reader refuses the trace, too. */
    const struct region *r = &x->regions.data[x->regions.len - 1];
    if (r->task != ev->arg[0] || r->name != ev->name)
        return sched_broken(s, "this is not the innermost region of goroutine %" PRId64, g->id);
    sched_end_region(s, x, x->regions.len - 1);
    return SCHED_ADVANCED;
}

/* CPU samples carry their own context and never come here. */
static enum sched_result advance_sample(struct sched *s, struct sched_event *ev)
{
    (void)ev;
    return sched_broken(s, "a CPU sample among the events of a thread");
}

/* advance_NAME is Go's advanceName in order.go. NULL: framing, and no row. */
sched_rule *const sched_rules[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = advance_##advance,
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
};

/* What has to hold around each event is in sched/invariants.h. */
static enum sched_result apply(struct sched *s, struct sched_event *ev)
{
#ifdef NDEBUG
    return sched_rules[ev->type](s, ev);
#else
    struct sched_before before;
    assert(sched_is_in_range(s, ev));
    sched_note(s, ev, &before);
    enum sched_result r = sched_rules[ev->type](s, ev);
    assert(r != SCHED_NOT_YET || sched_is_unchanged(s, ev, &before));
    assert(r != SCHED_BROKEN || sched_has_refused(s, ev, &before));
    assert(r != SCHED_ADVANCED || sched_has_happened(s, ev));
    return r;
#endif
}

/* A thread's epoch is looked at here, so that sched_reset need not go over all
 * of them. */
enum sched_result sched_advance(struct sched *s, struct sched_event *ev, gotrace_diag *diag)
{
    assert(ev->thread < s->ms.len && sched_rules[ev->type] && ev->arg);
    struct thread *t = &s->ms.data[ev->thread];
    if ((ev->gen != s->gen || s->now == 0) && !sched_enter_gen(s, ev->gen))
        return SCHED_NO_MEMORY;
    if (s->first_gen == 0)
        s->first_gen = ev->gen;
    if (t->epoch != s->epoch && t->id != -1)
        sched_know_thread(s, t);
    assert(sched_ready(s, ev) || t->id == -1);
    assert(t->epoch == s->epoch || (t->p == -1 && t->g == -1)); /* what has no thread has nothing */
    ev->m = t->id;
    ev->p = t->p;
    ev->g = t->g;
    ev->before = ev->after = 0;
    s->diag = diag;
    return apply(s, ev);
}
