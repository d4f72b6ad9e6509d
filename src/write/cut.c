/* cut.c: what comes before a cut, and how it begins: with everything that is alive in truth. */
#include <assert.h>

#include "write/keeper.h"
#include "write/models/threads.h"
#include "write/models/truth.h"

bool keeper_skip(struct keeper *k, const gotrace_event *ev)
{
    if (k->hidden.others)
        keeper_meet(k, ev);
    if (ev->type == EvCPUSample)
        return true;
    k->ev = ev;
    if (!truth_diverge(k) || !out_thread_of_event(k, ev))
        return false;
    truth_assume_context(k, keeper_row(ev->type), ev);
    truth_assume(k, ev);
    return true;
}

/* On its thread, if it has one. A status that nobody may have (ProcBad), and one
 * that runs on no thread, are stated as idle. */
static bool open_p(struct keeper *k, const struct sched_p *p)
{
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)p->id, p->status};
    uint32_t at = k->thread;
    assert(p->status < ProcStatuses && at < k->out.threads.len);
    if (p->m != -1 && !out_thread_of(k, p->m, &at))
        return false;
    if (p->status == ProcBad ||
        (p->m == -1 && (p->status == ProcRunning || p->status == ProcSyscall)))
        arg[1] = ProcIdle;
    return emitter_put(&k->out, at, EvProcStatus, arg);
}

/* Likewise: as waiting. What is hidden is not there. */
static bool open_g(struct keeper *k, const struct sched_g *g)
{
    int64_t m = thread_of_g(k, g);
    uint64_t arg[GOTRACE_ARGS] = {(uint64_t)g->id, (uint64_t)m, g->status};
    uint32_t at = k->thread;
    assert(g->status < GoStatuses && at < k->out.threads.len);
    if (keeper_hides(k, g->id))
        return true;
    if (m != -1 && !out_thread_of(k, m, &at))
        return false;
    if (g->status == GoBad || (m == -1 && (g->status == GoRunning || g->status == GoSyscall)))
        arg[2] = GoWaiting;
    return emitter_put(&k->out, at, EvGoStatus, arg);
}

/* Later than what has been stated. */
static void open_ranges(struct keeper *k)
{
    uint64_t arg[GOTRACE_ARGS] = {0};
    struct sched_p p;
    struct sched_g g;
    uint32_t at;
    assert(k->truth && k->out.step > 0);
    k->out.floor = k->out.horizon + k->out.step;
    if (!emitter_busy_thread(&k->out, &at))
        return;
    if (sched_gc(k->truth, &arg[0]))
        (void)emitter_put(&k->out, at, EvGCActive, arg);
    for (size_t n = 0; n < sched_p_slots(k->truth); n++) {
        if (!sched_p_at(k->truth, n, &p) || !p.sweep)
            continue;
        arg[0] = (uint64_t)p.id;
        (void)emitter_put(&k->out, at, EvGCSweepActive, arg);
    }
    for (size_t n = 0; n < sched_g_slots(k->truth); n++) {
        if (!sched_g_at(k->truth, n, &g) || !g.assist || keeper_hides(k, g.id))
            continue;
        arg[0] = (uint64_t)g.id;
        (void)emitter_put(&k->out, at, EvGCMarkAssistActive, arg);
    }
    k->out.floor = k->out.horizon + k->out.step;
}

/* Procs first, so that a goroutine which runs finds its thread's proc stated.
 * What belief refuses of one is left out, and the others go on. */
bool keeper_open_cut(struct keeper *k, const gotrace_event *ev)
{
    struct sched_p p;
    struct sched_g g;
    assert(k->out.inside && k->out.counts.generations == 1);
    k->ev = ev;
    k->out.now = ev->ticks;
    if (!truth_diverge(k) || !out_thread_of_event(k, ev))
        return false;
    for (size_t n = 0; n < sched_p_slots(k->truth); n++) {
        if (sched_p_at(k->truth, n, &p))
            (void)open_p(k, &p);
    }
    for (size_t n = 0; n < sched_g_slots(k->truth); n++) {
        if (sched_g_at(k->truth, n, &g))
            (void)open_g(k, &g);
    }
    open_ranges(k);
    /* What there is began before what is written. */
    sched_begin_here(k->truth);
    return k->out.status == GOTRACE_OK;
}
