#include "sched/waiting/needs.h"

#include <assert.h>

#include "sched/rules_inline.h"

/* What an event waits for. Each case is the SCHED_NOT_YET of its rule. */

/* One need, and so 1: the callers add them up. */
static size_t numbered(struct sched_need *out, enum sched_what what, const uint64_t *arg)
{
    *out = (struct sched_need){arg[0], arg[1], what};
    return 1;
}

static size_t need(struct sched_need *out, enum sched_what what, int64_t id)
{
    *out = (struct sched_need){(uint64_t)id, 0, what};
    return 1;
}

/* What makes the rule fail for good is asked before what it waits for: so the
 * own goroutine and the own proc count as well. */
static size_t needs_of_switch(const struct sched_event *ev, struct sched_need *out)
{
    assert(ev->type == EvGoSwitch || ev->type == EvGoSwitchDestroy);
    size_t n = numbered(out, NEED_G_WAITING, ev->arg);
    n += need(out + n, NEED_G_STOPPED, ev->g);
    return n + need(out + n, NEED_NO_P, ev->m);
}

static size_t needs_of_g_step(const struct sched_event *ev, struct sched_need *out)
{
    const struct event_step *step = &event_step[ev->type];
    if (step->who == OWN_G)
        return needs_of_switch(ev, out);
    return numbered(out, step->from == GoWaiting ? NEED_G_WAITING : NEED_G_RUNNABLE, ev->arg);
}

/* Only the thread itself takes up a proc. */
static size_t needs_of_p_step(const struct sched_event *ev, struct sched_need *out)
{
    if (event_step[ev->type].from == ProcSyscall)
        return numbered(out, NEED_P_SYSCALL, ev->arg);
    return ev->p != -1 ? need(out, NEED_NO_P, ev->m) : numbered(out, NEED_P_IDLE, ev->arg);
}

/* By what is numbered, not by type: a new event of those has its needs by its
 * row. */
size_t sched_needs(const struct sched_event *ev, struct sched_need out[SCHED_NEEDS])
{
    switch (event_number[ev->type]) {
    case EVENT_G_SEQ:
        return needs_of_g_step(ev, out);
    case EVENT_P_SEQ:
        return needs_of_p_step(ev, out);
    case EVENT_GC_SEQ:
        *out = (struct sched_need){0, ev->arg[0], NEED_GC};
        return 1;
    default: /* who takes the proc from it, has it idle then */
        assert(ev->type == EvGoSyscallEndBlocked);
        return need(out, NEED_P_LEFT, ev->p);
    }
}

#ifndef NDEBUG
static bool is_g_ready(const struct sched *s, const struct sched_need *need, uint8_t status)
{
    const struct goroutine *g = find_g(s, (int64_t)need->id);
    return g && g->gen == s->now && g->status == status && g->seq + 1 == need->seq;
}

/* An abandoned proc can be stolen as one in a syscall can. */
static bool is_p_ready(const struct sched *s, const struct sched_need *need, bool syscall)
{
    const struct proc *p = find_p(s, (int64_t)need->id);
    if (!p || p->gen != s->gen || p->seq + 1 != need->seq)
        return false;
    return syscall ? p->status == ProcSyscall || p->status == ProcSyscallAbandoned
                   : p->status == ProcIdle;
}

bool sched_is_met(const struct sched *s, const struct sched_need *need)
{
    const struct proc *p;
    switch (need->what) {
    case NEED_G_RUNNABLE:
        return is_g_ready(s, need, GoRunnable);
    case NEED_G_WAITING:
        return is_g_ready(s, need, GoWaiting);
    case NEED_P_IDLE:
        return is_p_ready(s, need, false);
    case NEED_P_SYSCALL:
        return is_p_ready(s, need, true);
    case NEED_P_LEFT:
        p = find_p(s, (int64_t)need->id);
        return !p || p->status != ProcSyscall;
    case NEED_GC:
        return s->gc_seq + 1 == need->seq;
    default:
        return false;
    }
}
#endif

/* What is awaited: the step right before the event, which may wait itself */

static const struct sched_awaited never = {WAY_NEVER, 0, 0}, perhaps = {WAY_PERHAPS, 0, 0};

static struct sched_awaited await(enum sched_way way, int64_t id, uint64_t seq)
{
    return (struct sched_awaited){way, (uint64_t)id, seq};
}

/* A goroutine of a C thread may go and come again, and is numbered anew then. */
static struct sched_awaited await_rebirth(const struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    assert(event_number[ev->type] == EVENT_G_SEQ);
    return ev->arg[1] > 1 ? await(WAY_NEXT_G, id, ev->arg[1] - 1) : await(WAY_BIRTH_G, id, 0);
}

/* Goroutine id so that number seq is next. What stops it while it runs has no
 * number. */
static struct sched_awaited await_g(const struct sched *s, const struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint64_t seq = ev->arg[1], have = 0; /* before it is stated */
    const struct goroutine *g = find_g(s, id);
    assert(ev->gen == s->gen);
    bool stated = g && g->gen == s->now;
    if (stated)
        have = g->seq;
    if (stated && seq == have + 2)
        return await(WAY_SAME_G, id, seq - 1);
    if (!stated || seq != have + 1 || (g->status != GoRunning && g->status != GoSyscall))
        return await_rebirth(ev);
    const struct thread *t = g->thread < s->ms.len ? &s->ms.data[g->thread] : NULL;
    return t && t->g == id ? await(WAY_LEAVE_G, t->id, 0) : perhaps;
}

/* A number that has been is too late: nothing that comes can make it the next
 * one. */
static struct sched_awaited await_p(const struct sched *s, const struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    uint64_t seq = ev->arg[1], have = 0;
    assert(event_number[ev->type] == EVENT_P_SEQ);
    const struct proc *p = find_p(s, id);
    bool stated = p && p->gen == s->gen;
    if (stated)
        have = p->seq;
    if (seq <= have)
        return never;
    if (seq > have + 1)
        return await(WAY_NEXT_P, id, seq - 1);
    if (!stated)
        return await(WAY_BIRTH_P, id, 0);
    if (ev->type == EvProcSteal || (p->status != ProcRunning && p->status != ProcSyscall))
        return never;
    const struct thread *t = p->holder < s->ms.len ? &s->ms.data[p->holder] : NULL;
    return t && t->p == id ? await(WAY_LEAVE_P, t->id, 0) : perhaps;
}

/* The thread's proc, which is in a syscall, is taken away. */
static struct sched_awaited await_steal(const struct sched *s, const struct sched_event *ev)
{
    const struct proc *p = find_p(s, ev->p);
    if (!p || p->status != ProcSyscall)
        return never;
    /* Numbers of a proc that is not stated yet in this generation are not
     * known. */
    return p->gen == s->gen ? await(WAY_STEAL_P, p->id, p->seq + 1) : perhaps;
}

struct sched_awaited sched_awaits(const struct sched *s, const struct sched_event *ev)
{
    assert(ev->gen == s->gen && s->now); /* it has been asked about */
    switch (event_number[ev->type]) {
    case EVENT_G_SEQ:
        return await_g(s, ev);
    case EVENT_P_SEQ:
        return ev->p != -1 && ev->type != EvProcSteal ? await_steal(s, ev) : await_p(s, ev);
    case EVENT_GC_SEQ:
        return ev->arg[0] > s->gc_seq + 1 ? await(WAY_NEXT_GC, 0, ev->arg[0] - 1) : never;
    default:
        assert(ev->type == EvGoSyscallEndBlocked);
        return await_steal(s, ev);
    }
}

/* What has come true */

/* Who is gone runs no more either. */
static size_t offer_g(const struct sched *s, int64_t id, struct sched_need *out)
{
    const struct goroutine *g = find_g(s, id);
    assert(!g || (g->status < GoStatuses && g->gen <= s->gens.len));
    size_t n = 0;
    if (!g || g->status != GoRunning)
        n = need(out, NEED_G_STOPPED, id);
    if (!g || g->gen != s->now || (g->status != GoRunnable && g->status != GoWaiting))
        return n;
    out[n] = (struct sched_need){(uint64_t)id, g->seq + 1,
                                 g->status == GoRunnable ? NEED_G_RUNNABLE : NEED_G_WAITING};
    return n + 1;
}

/* One that is not known meets nobody's need. */
static size_t offer_p(const struct sched *s, int64_t id, struct sched_need *out)
{
    const struct proc *p = find_p(s, id);
    assert(!p || p->status < ProcStatuses);
    size_t n = 0;
    if (!p)
        return 0;
    if (p->status != ProcSyscall)
        n = need(out, NEED_P_LEFT, id);
    if (p->gen != s->gen || p->status == ProcRunning)
        return n;
    out[n] = (struct sched_need){(uint64_t)id, p->seq + 1,
                                 p->status == ProcIdle ? NEED_P_IDLE : NEED_P_SYSCALL};
    return n + 1;
}

/* Whether goroutine or proc, the first argument says whose state it is; others
 * change only that of their context. */
size_t sched_offers(const struct sched *s, const struct sched_event *ev,
                    struct sched_need out[SCHED_OFFERS])
{
    int64_t id = (int64_t)ev->arg[0];
    size_t n = offer_g(s, ev->g, out);
    n += offer_g(s, id, out + n);
    n += offer_p(s, ev->p, out + n);
    n += offer_p(s, id, out + n);
    if (ev->type == EvProcSteal)
        n += need(out + n, NEED_NO_P, (int64_t)ev->arg[2]);
    out[n] = (struct sched_need){0, s->gc_seq + 1, NEED_GC};
    assert(n < SCHED_OFFERS);
    return n + 1;
}
