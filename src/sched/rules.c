#include "sched/sched.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sched/rules_inline.h"

/* Breaking a rule */

static enum sched_result broken(struct sched *s, const char *fmt, ...) DIAG_PRINTF(2, 3);

static enum sched_result broken(struct sched *s, const char *fmt, ...)
{
    char text[sizeof s->diag->what];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_set(s->diag, GOTRACE_DAMAGED, DIAG_NO_OFFSET, "%s", text);
    return SCHED_BROKEN;
}

enum sched_result sched_broken_g(struct sched *s, int64_t id, uint64_t have, uint64_t want)
{
    broken(s, "goroutine %" PRId64 " cannot do this now", id);
    diag_have(s->diag, "%s", event_gstatus(have));
    diag_want(s->diag, "%s", event_gstatus(want));
    return SCHED_BROKEN;
}

enum sched_result sched_broken_p(struct sched *s, int64_t id, uint64_t have, uint64_t want)
{
    broken(s, "proc %" PRId64 " cannot do this now", id);
    diag_have(s->diag, "%s", event_pstatus(have));
    diag_want(s->diag, "%s", event_pstatus(want));
    return SCHED_BROKEN;
}

enum sched_result sched_lacks(struct sched *s, struct sched_event *ev, const char *what)
{
    broken(s, "this needs a %s, and has none", what);
    diag_have(s->diag, "thread %" PRId64 ", proc %" PRId64 ", goroutine %" PRId64, ev->m, ev->p,
              ev->g);
    diag_want(s->diag, "a %s", what);
    return SCHED_BROKEN;
}

enum sched_result sched_unknown_g(struct sched *s, struct sched_event *ev)
{
    return broken(s, "goroutine %" PRId64 " is not known", ev->g);
}

enum sched_result sched_unknown_p(struct sched *s, struct sched_event *ev)
{
    return broken(s, "proc %" PRId64 " is not known", ev->p);
}

enum sched_result sched_occupied(struct sched *s, struct sched_event *ev)
{
    return broken(s, "goroutine %" PRId64 " still runs on this thread", ev->g);
}

enum sched_result sched_lacks_number(struct sched *s, struct sched_event *ev, const struct proc *p)
{
    broken(s, "the sequence number of proc %" PRId64 " does not follow", p->id);
    diag_have(s->diag, "%" PRIu64 " in generation %" PRIu64, ev->arg[0], ev->gen);
    diag_want(s->diag, "%" PRIu64 " in generation %" PRIu64, p->seq + 1, p->gen);
    return SCHED_BROKEN;
}

/* Adding and removing */

static bool new_index(struct sched *s, uint32_t *i)
{
    if (s->free_gs.len) {
        *i = s->free_gs.data[--s->free_gs.len];
        return true;
    }
    *i = (uint32_t)s->gs.len;
    return s->gs.len < MAP_NONE && VEC_PUSH(&s->gs, (struct goroutine){0});
}

/* The goroutine's extra, which it gets if it has none; NULL: no memory. */
static struct extra *need_extra(struct sched *s, struct goroutine *g)
{
    if (g->extra)
        return extra_of(s, g);
    if (s->free_extras.len == 0) {
        /* Room to give all of them back, so that this cannot fail. */
        if (s->extras.len >= MAP_NONE || !VEC_PUSH(&s->extras, (struct extra){0}) ||
            !VEC_RESERVE(&s->free_extras, s->extras.cap))
            return NULL;
        s->free_extras.data[s->free_extras.len++] = (uint32_t)s->extras.len;
    }
    g->extra = s->free_extras.data[--s->free_extras.len];
    return extra_of(s, g);
}

/* Memory is kept: goroutines with regions come and go. */
static void clear_extra(struct extra *x)
{
    map_clear(&x->open);
    x->indexed = false;
    x->regions.len = x->stw.len = x->dropped = 0;
    map_clear(&x->stw_of);
}

static void free_extra(struct extra *x)
{
    VEC_FREE(&x->regions);
    map_free(&x->open);
    VEC_FREE(&x->stw);
    map_free(&x->stw_of);
}

static void drop_extra(struct sched *s, struct goroutine *g)
{
    if (!g->extra)
        return;
    s->stops -= extra_of(s, g)->stw.len;
    clear_extra(extra_of(s, g));
    s->free_extras.data[s->free_extras.len++] = g->extra;
    g->extra = 0;
}

uint32_t sched_number_of(struct sched *s, uint64_t gen)
{
    uint32_t number = map_get(&s->gen_of, gen);
    if (number != MAP_NONE)
        return number;
    number = (uint32_t)s->gens.len + 1;
    if (number == MAP_NONE || !VEC_PUSH(&s->gens, gen))
        return 0;
    return map_put(&s->gen_of, gen, number) ? number : 0;
}

/* Makes gen the generation of the events to come; false: no memory. */
static bool enter_gen(struct sched *s, uint64_t gen)
{
    uint32_t number = sched_number_of(s, gen);
    if (!number)
        return false;
    s->gen = gen;
    s->now = number;
    return true;
}

struct goroutine *sched_add_g(struct sched *s, int64_t id, uint8_t status, uint32_t gen)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    if (!gen)
        return NULL;
    if (i == MAP_NONE) {
        if (!new_index(s, &i) || !idmap_put(&s->g_of, (uint64_t)id, i))
            return NULL;
        s->totals.goroutines++;
    }
    struct goroutine *g = &s->gs.data[i];
    drop_extra(s, g); /* of an earlier epoch */
    *g = (struct goroutine){.id = id, .gen = gen, .thread = MAP_NONE, .status = status};
    return g;
}

void sched_remove_g(struct sched *s, struct goroutine *g)
{
    uint32_t i = (uint32_t)(g - s->gs.data);
    drop_extra(s, g);
    idmap_delete(&s->g_of, (uint64_t)g->id);
    g->gen = 0;
    (void)VEC_PUSH(&s->free_gs, i); /* without memory the slot just stays unused */
}

struct proc *sched_add_p(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    if (i == MAP_NONE) {
        i = (uint32_t)s->ps.len;
        if (!VEC_PUSH(&s->ps, (struct proc){0}) || !map_put(&s->p_of, (uint64_t)id, i))
            return NULL;
        s->totals.procs++;
    }
    s->ps.data[i] = (struct proc){.id = id, .epoch = s->epoch, .holder = MAP_NONE};
    return &s->ps.data[i];
}

bool sched_thread(struct sched *s, int64_t m, uint32_t *handle)
{
    *handle = map_get(&s->m_of, (uint64_t)m);
    if (*handle != MAP_NONE)
        return true;
    *handle = (uint32_t)s->ms.len;
    return VEC_PUSH(&s->ms, ((struct thread){m, -1, -1, MAP_NONE, MAP_NONE, 0, false})) &&
           map_put(&s->m_of, (uint64_t)m, *handle);
}

void sched_know_thread(struct sched *s, struct thread *t)
{
    if (!t->counted)
        s->totals.threads++;
    *t = (struct thread){t->id, -1, -1, MAP_NONE, MAP_NONE, s->epoch, true};
}

/* Procs */

/* Without memory the thread is just not found again. */
void sched_share_p(struct sched *s, struct proc *p, uint32_t thread)
{
    struct holder h = {thread, p->under};
    if (s->holders.len < UINT32_MAX && VEC_PUSH(&s->holders, h))
        p->under = (uint32_t)s->holders.len;
}

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
            return broken(s, "no thread has proc %" PRId64 ", which is about to be stolen", p->id);
        p->holder = s->holders.data[p->under - 1].thread;
    }
    const struct thread *t = &s->ms.data[p->holder];
    ev->m = t->id;
    ev->p = t->p;
    ev->g = t->g;
    return SCHED_ADVANCED;
}

static enum sched_result advance_proc_status(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint8_t status = (uint8_t)ev->arg[1];
    bool promoted = false;
    if (status >= ProcStatuses)
        return broken(s, "no such status of a proc: %u", status);
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

static enum sched_result steal_from(struct sched *s, struct sched_event *ev, int64_t id,
                                    int64_t victim)
{
    if (victim == ev->m) {
        if (ev->p != id)
            return broken(s, "the thread steals proc %" PRId64 " from itself but has %" PRId64, id,
                          ev->p);
        thread_of(s, ev)->p = -1;
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(s, victim);
    if (!t)
        return broken(s, "proc %" PRId64 " is stolen from thread %" PRId64 ", which is not known",
                      id, victim);
    if (t->p != id)
        return broken(s, "proc %" PRId64 " is stolen from thread %" PRId64 ", which has %" PRId64,
                      id, victim, t->p);
    t->p = -1; /* now its GoSyscallEndBlocked can advance */
    return SCHED_ADVANCED;
}

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
        return broken(s, "goroutine %" PRId64 " is in a syscall without a thread", g);
    if (m == ev->m) {
        if (ev->gen != s->first_gen && ev->g != g)
            return broken(s,
                          "goroutine %" PRId64 " is in a syscall here, but the thread has %" PRId64,
                          g, ev->g);
        run_g(s, ev, syscaller);
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(s, m);
    if (t) {
        if (t->g != g)
            return broken(s,
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
        t->g = g;
        syscaller->thread = handle;
    }
    ev->m = m;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_status(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint8_t status = (uint8_t)ev->arg[2];
    enum sched_result r = SCHED_ADVANCED;
    if (status >= GoStatuses)
        return broken(s, "no such status of a goroutine: %u", status);
    struct goroutine *g = find_g(s, id);
    bool is_new = !g;
    ev->restates = !is_new;
    if (is_new && ev->gen != s->first_gen)
        return broken(
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
    g->gen = s->now;
    g->seq = 0;
    if (status == GoRunning)
        run_g(s, ev, g);
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_create(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    TRY(need_proc(s, ev));
    struct goroutine *creator = current_g(s, ev);
    if (creator && creator->status != GoRunning)
        return sched_broken_g(s, creator->id, creator->status, GoRunning);
    if (find_g(s, id))
        return broken(s, "goroutine %" PRId64 " is created but exists", id);
    uint8_t status = ev->type == EvGoCreateBlocked ? GoWaiting : GoRunnable;
    struct goroutine *g = sched_add_g(s, id, status, s->now);
    if (!g)
        return SCHED_NO_MEMORY;
    g->born = true;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_create_syscall(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    TRY(need_thread(s, ev));
    TRY(need_no_goroutine(s, ev));
    if (find_g(s, id))
        return broken(s, "goroutine %" PRId64 " is created but exists", id);
    struct goroutine *g = sched_add_g(s, id, GoSyscall, s->now);
    if (!g)
        return SCHED_NO_MEMORY;
    g->born = true;
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
    struct proc *p;
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
    return broken(s, "such a range is already in flight");
}

enum sched_result sched_not_in_flight(struct sched *s)
{
    return broken(s, "no such range is in flight");
}

static enum sched_result begin_stw(struct sched *s, struct extra *x, uint64_t kind)
{
    if (map_get(&x->stw_of, kind) != MAP_NONE)
        return sched_in_flight(s);
    /* Both or none: without memory the event is tried again. */
    if (!VEC_RESERVE(&x->stw, 1) || !map_put(&x->stw_of, kind, (uint32_t)x->stw.len))
        return SCHED_NO_MEMORY;
    x->stw.data[x->stw.len++] = kind;
    s->stops++;
    return SCHED_ADVANCED;
}

/* STWEnd does not say which; Go's reader ends the first and puts the last in
 * its place. */
static enum sched_result end_stw(struct sched *s, struct extra *x, uint64_t *kind)
{
    uint64_t last = x->stw.data[--x->stw.len];
    *kind = x->stw.data[0];
    s->stops--;
    map_delete(&x->stw_of, x->stw.data[0]);
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
    struct extra *x = need_extra(s, g);
    return x ? begin_stw(s, x, ev->arg[0]) : SCHED_NO_MEMORY;
}

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
    struct extra *x = extra_of(s, g);
    return x && x->stw.len ? end_stw(s, x, &ev->kind) : sched_not_in_flight(s);
}

/* A range that *Active restates: new in the first generation, known later. */
static enum sched_result restate(struct sched *s, struct sched_event *ev, bool *range)
{
    bool first = ev->gen == s->first_gen;
    if (first == *range)
        return first ? sched_in_flight(s) : sched_not_in_flight(s);
    *range = true;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_range_active(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g = find_g(s, (int64_t)ev->arg[0]);
    if (!g)
        return broken(s, "goroutine %" PRIu64 " is not known", ev->arg[0]);
    return restate(s, ev, &g->assist);
}

static enum sched_result advance_gc_sweep_active(struct sched *s, struct sched_event *ev)
{
    struct proc *p = find_p(s, (int64_t)ev->arg[0]);
    if (!p)
        return broken(s, "proc %" PRIu64 " is not known", ev->arg[0]);
    return restate(s, ev, &p->sweep);
}

/* The mark phase. Begin, active and end count up one sequence, because they
 * may come from any thread. */

static enum sched_result advance_gc_active(struct sched *s, struct sched_event *ev)
{
    uint64_t seq = ev->arg[0];
    if (ev->gen == s->first_gen) {
        if (s->gc != GC_UNDETERMINED)
            return broken(s, "GCActive in the first generation is not its first GC event");
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

static enum sched_result advance_gc_begin(struct sched *s, struct sched_event *ev)
{
    uint64_t seq = ev->arg[0];
    if (s->gc == GC_UNDETERMINED) {
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

static enum sched_result advance_user_task_begin(struct sched *s, struct sched_event *ev)
{
    uint64_t task = ev->arg[0];
    if (map_get(&s->tasks, task) != MAP_NONE)
        return broken(s, "task %" PRIu64 " begins but has not ended", task);
    TRY(need_user(s, ev));
    return map_put(&s->tasks, task, ev->name) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

/* A task may end more than once, and may have begun before the trace. */
static enum sched_result advance_user_task_end(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    map_delete(&s->tasks, ev->arg[0]);
    return SCHED_ADVANCED;
}

/* The index of a goroutine's regions. Few are looked for, so it is not there
 * before somebody does; without memory there is none. */

enum { FEW_REGIONS = 32 };

static uint64_t hash_region(const struct sched *s, uint64_t task, uint32_t name)
{
    const uint64_t words[2] = {task, name};
    return hash_bytes(&s->secret, words, sizeof words);
}

static void count_begin(struct sched *s, struct extra *x, const struct region *r)
{
    uint64_t hash = hash_region(s, r->task, r->name);
    uint32_t n = map_get(&x->open, hash);
    x->indexed = map_put(&x->open, hash, n == MAP_NONE ? 1 : n + 1);
}

static void count_end(struct sched *s, struct extra *x, const struct region *r)
{
    uint64_t hash = hash_region(s, r->task, r->name);
    uint32_t n = map_get(&x->open, hash);
    if (n == 1)
        (void)map_delete(&x->open, hash);
    else
        (void)map_put(&x->open, hash, n - 1); /* there already: needs no memory */
}

static void index_regions(struct sched *s, struct extra *x)
{
    map_clear(&x->open);
    x->indexed = true;
    for (size_t i = 0; i < x->regions.len && x->indexed; i++)
        count_begin(s, x, &x->regions.data[i]);
}

static enum sched_result advance_user_region_begin(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    struct extra *x = need_extra(s, g);
    struct region r = {ev->arg[0], ev->name, false};
    if (!x || !VEC_PUSH(&x->regions, r))
        return SCHED_NO_MEMORY;
    if (x->indexed)
        count_begin(s, x, &r);
    return SCHED_ADVANCED;
}

void sched_end_region(struct sched *s, struct extra *x, size_t i)
{
    struct region *r = &x->regions.data[i];
    if (x->indexed)
        count_end(s, x, r);
    x->dropped -= r->dropped;
    memmove(r, r + 1, (--x->regions.len - i) * sizeof *r);
}

static enum sched_result advance_user_region_end(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    if (!g)
        return sched_unknown_g(s, ev);
    struct extra *x = extra_of(s, g);
    if (!x || x->regions.len == 0)
        return SCHED_ADVANCED; /* it began before the trace */
    const struct region *r = &x->regions.data[x->regions.len - 1];
    if (r->task != ev->arg[0] || r->name != ev->name)
        return broken(s, "this is not the innermost region of goroutine %" PRId64, g->id);
    sched_end_region(s, x, x->regions.len - 1);
    return SCHED_ADVANCED;
}

/* CPU samples carry their own context and never come here. */
static enum sched_result advance_sample(struct sched *s, struct sched_event *ev)
{
    (void)ev;
    return broken(s, "a CPU sample among the events of a thread");
}

sched_rule *const sched_rules[256] = {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    [id] = advance_##advance,
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
};

enum sched_result sched_advance(struct sched *s, struct sched_event *ev, gotrace_diag *diag)
{
    struct thread *t = &s->ms.data[ev->thread];
    if ((ev->gen != s->gen || s->now == 0) && !enter_gen(s, ev->gen))
        return SCHED_NO_MEMORY;
    if (s->first_gen == 0)
        s->first_gen = ev->gen;
    if (t->epoch != s->epoch && t->id != -1)
        sched_know_thread(s, t);
    ev->m = t->id;
    ev->p = t->p;
    ev->g = t->g;
    ev->before = ev->after = 0;
    s->diag = diag;
    return sched_rules[ev->type](s, ev);
}

struct sched *sched_new(void)
{
    struct sched *s = mem_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->epoch = s->first_now = 1;
    s->secret = hash_secret();
    return s;
}

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
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->extras.len; i++)
        free_extra(&s->extras.data[i]);
    VEC_FREE(&s->extras);
    VEC_FREE(&s->free_extras);
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

static bool own_extra(struct extra *x)
{
    const struct extra from = *x;
    bool ok = OWN(&x->regions);
    ok &= OWN(&x->stw);
    ok &= map_copy(&x->open, &from.open);
    return map_copy(&x->stw_of, &from.stw_of) && ok;
}

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
    ok &= OWN(&s->extras);
    ok &= OWN(&s->free_extras) && VEC_RESERVE(&s->free_extras, s->extras.cap);
    for (size_t i = 0; i < s->extras.len; i++)
        ok &= own_extra(&s->extras.data[i]);
    ok = ok && idmap_copy(&s->g_of, &from->g_of) && map_copy(&s->gen_of, &from->gen_of) &&
         map_copy(&s->p_of, &from->p_of) && map_copy(&s->m_of, &from->m_of) &&
         map_copy(&s->tasks, &from->tasks);
    if (ok)
        return s;
    sched_free(s);
    return NULL;
}

/* Asking */

static void view_g(const struct sched *s, const struct goroutine *g, struct sched_g *out)
{
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
                            .born = g->born};
    const struct extra *x = extra_of(s, g);
    if (x) {
        out->stw = (uint32_t)x->stw.len;
        out->regions = (uint32_t)x->regions.len - x->dropped;
    }
}

static void view_p(const struct sched *s, const struct proc *p, struct sched_p *out)
{
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

bool sched_find_g(const struct sched *s, int64_t id, struct sched_g *out)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    return i != MAP_NONE && sched_g_at(s, i, out);
}

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

void sched_context(const struct sched *s, uint32_t thread, int64_t *p, int64_t *g)
{
    const struct thread *t = &s->ms.data[thread];
    bool known = t->epoch == s->epoch;
    *p = known ? t->p : -1;
    *g = known ? t->g : -1;
}

bool sched_gc(const struct sched *s, uint64_t *seq)
{
    *seq = s->gc_seq;
    return s->gc == GC_ON;
}

uint64_t sched_first_gen(const struct sched *s)
{
    return s->first_gen;
}

/* NULL: it has nothing of that. */
static const struct extra *find_extra(const struct sched *s, int64_t id)
{
    const struct goroutine *g = find_g(s, id);
    return g ? extra_of(s, g) : NULL;
}

bool sched_stw(const struct sched *s, int64_t g, uint32_t i, uint64_t *kind)
{
    const struct extra *x = find_extra(s, g);
    if (!x || i >= x->stw.len)
        return false;
    *kind = x->stw.data[i];
    return true;
}

bool sched_in_range(const struct sched *s, uint32_t thread, int64_t *id)
{
    const struct thread *t = &s->ms.data[thread];
    const struct goroutine *g = t->g_index < s->gs.len ? &s->gs.data[t->g_index] : NULL;
    *id = t->epoch == s->epoch ? t->g : -1;
    if (*id == -1)
        return false;
    if (!g || g->id != t->g || !known_g(s, g))
        g = find_g(s, t->g);
    return g && (g->assist || (g->extra && extra_of(s, g)->stw.len));
}

size_t sched_stops(const struct sched *s)
{
    return s->stops;
}

/* The goroutine's innermost region but `depth`; NULL: there is none. */
static struct region *region_at(const struct sched *s, int64_t g, uint32_t depth)
{
    const struct extra *x = find_extra(s, g);
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
    struct extra *x = of ? extra_of(s, of) : NULL;
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

bool sched_region_depth(struct sched *s, int64_t g, uint64_t task, uint32_t name,
                        struct sched_depth *depth)
{
    *depth = (struct sched_depth){0, 0};
    if (!sched_region_open(s, g, task, name))
        return false;
    const struct extra *x = find_extra(s, g);
    const struct region *r = x->regions.data + x->regions.len;
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
    struct extra *x = of ? extra_of(s, of) : NULL;
    for (size_t i = x ? x->regions.len : 0; i > 0 && n > 0; n--) {
        struct region *r = &x->regions.data[--i];
        x->dropped += !r->dropped;
        r->dropped = true;
    }
}

void sched_forget_regions(struct sched *s)
{
    for (size_t i = 0; i < s->extras.len; i++) {
        struct extra *x = &s->extras.data[i];
        x->regions.len = x->dropped = 0;
        x->indexed = false;
    }
}

/* Numbering */

static uint64_t next_of_g(const struct sched *s, uint64_t id, uint64_t gen)
{
    const struct goroutine *g = find_g(s, (int64_t)id);
    return g && gen_of(s, g) == gen ? g->seq + 1 : 0;
}

static uint64_t next_of_p(const struct sched *s, uint64_t id, uint64_t gen)
{
    uint32_t i = map_get(&s->p_of, id);
    const struct proc *p = i == MAP_NONE ? NULL : &s->ps.data[i];
    return p && p->epoch == s->epoch && p->gen == gen ? p->seq + 1 : 0;
}

void sched_number(const struct sched *s, uint32_t thread, uint8_t type, uint64_t gen, uint64_t *arg)
{
    switch (type) {
    case EvGoStart:
    case EvGoUnblock:
    case EvGoSwitch:
    case EvGoSwitchDestroy:
        arg[1] = next_of_g(s, arg[0], gen);
        break;
    case EvProcStart:
    case EvProcSteal:
        arg[1] = next_of_p(s, arg[0], gen);
        break;
    case EvGoSyscallBegin:
        arg[0] = next_of_p(s, (uint64_t)s->ms.data[thread].p, gen);
        break;
    case EvGCActive:
    case EvGCBegin:
    case EvGCEnd:
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
