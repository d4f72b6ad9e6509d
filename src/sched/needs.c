#include "sched/needs.h"

#include <assert.h>

#include "sched/rules_inline.h"

/* What an event waits for. Each case is the SCHED_NOT_YET of its rule. */

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
    size_t n = numbered(out, NEED_G_WAITING, ev->arg);
    n += need(out + n, NEED_G_STOPPED, ev->g);
    return n + need(out + n, NEED_NO_P, ev->m);
}

size_t sched_needs(const struct sched_event *ev, struct sched_need out[SCHED_NEEDS])
{
    switch (ev->type) {
    case EvGoStart:
        return numbered(out, NEED_G_RUNNABLE, ev->arg);
    case EvGoUnblock:
        return numbered(out, NEED_G_WAITING, ev->arg);
    case EvGoSwitch:
    case EvGoSwitchDestroy:
        return needs_of_switch(ev, out);
    case EvProcStart: /* only the thread itself takes up a proc */
        return ev->p != -1 ? need(out, NEED_NO_P, ev->m) : numbered(out, NEED_P_IDLE, ev->arg);
    case EvProcSteal:
        return numbered(out, NEED_P_SYSCALL, ev->arg);
    case EvGoSyscallEndBlocked: /* who takes the proc from it, has it idle then */
        return need(out, NEED_P_LEFT, ev->p);
    default:
        assert(ev->type == EvGCActive || ev->type == EvGCBegin || ev->type == EvGCEnd);
        *out = (struct sched_need){0, ev->arg[0], NEED_GC};
        return 1;
    }
}

/* What has come true */

static size_t offer_g(const struct sched *s, int64_t id, struct sched_need *out)
{
    const struct goroutine *g = find_g(s, id);
    size_t n = 0;
    if (!g || g->status != GoRunning)
        n = need(out, NEED_G_STOPPED, id);
    if (!g || g->gen != s->now || (g->status != GoRunnable && g->status != GoWaiting))
        return n;
    out[n] = (struct sched_need){(uint64_t)id, g->seq + 1,
                                 g->status == GoRunnable ? NEED_G_RUNNABLE : NEED_G_WAITING};
    return n + 1;
}

static size_t offer_p(const struct sched *s, int64_t id, struct sched_need *out)
{
    const struct proc *p = find_p(s, id);
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
    return n + 1;
}
