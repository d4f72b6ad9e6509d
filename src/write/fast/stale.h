/* stale.h: ranges in flight, inline, for the fast paths. Those that are over in truth bridge.c
 * ends in belief before anything else is written of the goroutine or proc: such events are left to
 * keeper.c. Few ranges are in flight at all, so truth is rarely asked. */
#ifndef GOTRACE_WRITE_FAST_STALE_H
#define GOTRACE_WRITE_FAST_STALE_H
#include "sched/state.h"

/* Of a goroutine that both models have: w belief's, i truth's. */
static HOT bool has_stale_own(const struct sched *ws, const struct goroutine *w,
                              const struct sched *is, const struct goroutine *i)
{
    const struct ranges *wx = ranges_of(ws, w);
    if (w->assist && !i->assist)
        return true;
    if (!wx || !wx->stw.len)
        return false;
    const struct ranges *ix = ranges_of(is, i);
    return wx->stw.len > (ix ? ix->stw.len : 0);
}

/* Whether the goroutine can end, with nothing before it: regions just end. */
static HOT bool can_end(const struct sched *s, const struct goroutine *g)
{
    const struct ranges *x = ranges_of(s, g);
    return !g->assist && (!x || !x->stw.len);
}

/* Whether the goroutine's innermost region is this one, and was not left out. */
static HOT bool has_region(const struct sched *s, const struct goroutine *g, uint64_t task,
                           uint32_t name)
{
    const struct ranges *x = ranges_of(s, g);
    if (!x || !x->regions.len)
        return false;
    const struct region *r = &x->regions.data[x->regions.len - 1];
    return r->task == task && r->name == name && !r->dropped;
}

/* Of the proc, NULL for one that is not known, and of all. */
static HOT bool has_stale_proc(const struct sched *ws, const struct proc *w, const struct sched *is,
                               const struct proc *i)
{
    return !w || (ws->gc == GC_ON && is->gc != GC_ON) || (w->sweep && !(i && i->sweep));
}
#endif
