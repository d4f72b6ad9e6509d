/* rules_inline.h: the rules of what makes up most of a trace, inline. For rules.c, which
 * has the others, needs.c, which says what they wait for, and v2/order, whose
 * loops they are part of. */
#ifndef GOTRACE_SCHED_RULES_INLINE_H
#define GOTRACE_SCHED_RULES_INLINE_H
#include "sched/state.h"

/* What events need. */

/* True if seq of generation gen is the next one. */
static HOT bool succeeds(uint64_t gen, uint64_t seq, uint64_t last_gen, uint64_t last_seq)
{
    return gen == last_gen && seq == last_seq + 1;
}

/* The same for a goroutine in the generation of the event at hand. */
static HOT bool follows_g(const struct sched *s, const struct goroutine *g, uint64_t seq)
{
    return g->gen == s->now && seq == g->seq + 1;
}

static HOT enum sched_result need_thread(struct sched *s, struct sched_event *ev)
{
    return ev->m == -1 ? sched_lacks(s, ev, "thread") : SCHED_ADVANCED;
}

static HOT enum sched_result need_proc(struct sched *s, struct sched_event *ev)
{
    if (ev->m == -1)
        return sched_lacks(s, ev, "thread");
    return ev->p == -1 ? sched_lacks(s, ev, "proc") : SCHED_ADVANCED;
}

static HOT enum sched_result need_user(struct sched *s, struct sched_event *ev)
{
    enum sched_result r = need_proc(s, ev);
    if (r == SCHED_ADVANCED && ev->g == -1)
        return sched_lacks(s, ev, "goroutine");
    return r;
}

static HOT enum sched_result need_no_goroutine(struct sched *s, struct sched_event *ev)
{
    return ev->g == -1 ? SCHED_ADVANCED : sched_occupied(s, ev);
}

#define TRY(expr)                      \
    do {                               \
        enum sched_result r_ = (expr); \
        if (r_ != SCHED_ADVANCED)      \
            return r_;                 \
    } while (0)

/* The current goroutine, which must be known and have that status. */
static HOT enum sched_result take_g(struct sched *s, struct sched_event *ev, uint8_t status,
                                    struct goroutine **out)
{
    struct goroutine *g = current_g(s, ev);
    *out = g;
    if (!g)
        return sched_unknown_g(s, ev);
    if (g->status != status)
        return sched_broken_g(s, g->id, g->status, status);
    return SCHED_ADVANCED;
}

static HOT enum sched_result take_p(struct sched *s, struct sched_event *ev, struct proc **out)
{
    *out = current_p(s, ev);
    return *out ? SCHED_ADVANCED : sched_unknown_p(s, ev);
}

/* Rules: each is its event's in event.def. A status is set last: what is written
 * through a byte may be anything to the compiler. */

typedef enum sched_result sched_rule(struct sched *s, struct sched_event *ev);
extern sched_rule *const sched_rules[256];

/* Where the caller has the record: `g`, NULL for none, of the goroutine that is started ... */
static HOT enum sched_result start_g(struct sched *s, struct sched_event *ev, struct goroutine *g)
{
    if (!g || g->status != GoRunnable || !follows_g(s, g, ev->arg[1]))
        return SCHED_NOT_YET;
    TRY(need_proc(s, ev));
    TRY(need_no_goroutine(s, ev));
    g->seq = ev->arg[1];
    run_g(s, ev, g);
    g->status = GoRunning;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_start(struct sched *s, struct sched_event *ev)
{
    return start_g(s, ev, record_of_g(s, (int64_t)ev->arg[0]));
}

/* ... that stops ... */
static HOT enum sched_result stop_g(struct sched *s, struct sched_event *ev, struct goroutine *g)
{
    if (g->status != GoRunning)
        return sched_broken_g(s, g->id, g->status, GoRunning);
    thread_of(s, ev)->g = -1;
    if (ev->type == EvGoDestroy)
        sched_remove_g(s, g);
    else
        g->status = ev->type == EvGoStop ? GoRunnable : GoWaiting;
    return SCHED_ADVANCED;
}

/* GoDestroy, GoStop, GoBlock */
static HOT enum sched_result advance_go_stop_exec(struct sched *s, struct sched_event *ev)
{
    TRY(need_user(s, ev));
    struct goroutine *g = current_g(s, ev);
    return g ? stop_g(s, ev, g) : sched_unknown_g(s, ev);
}

/* ... that is unblocked. */
static HOT enum sched_result unblock_g(struct sched *s, struct sched_event *ev, struct goroutine *g)
{
    if (!g || g->status != GoWaiting || !follows_g(s, g, ev->arg[1]))
        return SCHED_NOT_YET;
    g->seq = ev->arg[1];
    g->status = GoRunnable;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_unblock(struct sched *s, struct sched_event *ev)
{
    return unblock_g(s, ev, record_of_g(s, (int64_t)ev->arg[0]));
}

static HOT enum sched_result advance_go_syscall_begin(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoRunning, &g));
    TRY(take_p(s, ev, &p));
    if (!succeeds(ev->gen, ev->arg[0], p->gen, p->seq))
        return sched_lacks_number(s, ev, p);
    p->seq = ev->arg[0];
    g->status = GoSyscall;
    p->status = ProcSyscall;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_syscall_end(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoSyscall, &g));
    TRY(take_p(s, ev, &p));
    if (p->status != ProcSyscall)
        return sched_broken_p(s, p->id, p->status, ProcSyscall);
    g->status = GoRunning;
    p->status = ProcRunning;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_gc_sweep_begin(struct sched *s, struct sched_event *ev)
{
    struct proc *p;
    TRY(need_proc(s, ev));
    TRY(take_p(s, ev, &p));
    if (p->sweep)
        return sched_in_flight(s);
    p->sweep = true;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_gc_sweep_end(struct sched *s, struct sched_event *ev)
{
    struct proc *p;
    TRY(need_proc(s, ev));
    TRY(take_p(s, ev, &p));
    if (!p->sweep)
        return sched_not_in_flight(s);
    p->sweep = false;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_annotation(struct sched *s, struct sched_event *ev)
{
    return need_user(s, ev);
}

static HOT enum sched_result advance_heap_metric(struct sched *s, struct sched_event *ev)
{
    return need_proc(s, ev);
}

static HOT enum sched_result advance_alloc_free(struct sched *s, struct sched_event *ev)
{
    return need_thread(s, ev);
}

#endif
