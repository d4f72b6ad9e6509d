#include "write/models/bridge.h"

#include <assert.h>

/* The first step from a status (row) to another (column). From a syscall that
 * has lost its proc GoSyscallEnd is GoSyscallEndBlocked. */
static const uint8_t steps[GoStatuses][GoStatuses] =
    {
        /* clang-format off */
    /*               None                Runnable        Running         Syscall           Waiting */
    [GoNone]     = { EvNone,             EvGoCreate,     EvGoCreate,     EvGoCreate,       EvGoCreateBlocked },
    [GoRunnable] = { EvGoStart,          EvNone,         EvGoStart,      EvGoStart,        EvGoStart },
    [GoRunning]  = { EvGoDestroy,        EvGoStop,       EvNone,         EvGoSyscallBegin, EvGoBlock },
    [GoSyscall]  = { EvGoSyscallEnd,     EvGoSyscallEnd, EvGoSyscallEnd, EvNone,           EvGoSyscallEnd },
    [GoWaiting]  = { EvGoUnblock,        EvGoUnblock,    EvGoUnblock,    EvGoUnblock,      EvNone },
        /* clang-format on */
};
enum { MOST_STEPS = 6 }; /* of the longest way */

/* Whatever has to be stated for it comes with it, and counts as bridged as well. */
static bool put(struct bridge *b, uint32_t thread, uint8_t type, uint64_t a0, uint64_t a1,
                uint64_t a2)
{
    uint64_t arg[GOTRACE_ARGS] = {a0, a1, a2};
    uint64_t before = b->out->counts.events;
    assert(thread < b->out->threads.len && event_varints[type]);
    bool ok = emitter_put(b->out, thread, type, arg);
    b->out->counts.bridged += b->out->counts.events - before;
    return ok;
}

/* The thread of the output for one that belief knows. */
static uint32_t index_of(const struct bridge *b, int64_t m)
{
    uint32_t thread = map_get(&b->out->index_of, (uint64_t)m);
    assert(thread < b->out->threads.len && b->out->threads.data[thread].m == m);
    return thread;
}

/* GoNone: belief has not heard of it, or it has ended. */
static uint8_t status_of(const struct bridge *b, int64_t id, struct sched_g *g)
{
    return sched_find_g(b->out->belief, id, g) ? g->status : GoNone;
}

/* A proc, and nothing on it: a goroutine can start. */
static bool is_free(const struct bridge *b, uint32_t thread)
{
    int64_t p, g;
    emitter_context(b->out, thread, &p, &g);
    return p != -1 && g == -1;
}

/* Goroutines */

/* One that was there before the output's first generation is stated in it; any
 * other is created. */
static bool appear(struct bridge *b, uint32_t thread, int64_t id, uint8_t step)
{
    struct sched_g truth;
    assert(step == EvGoCreate || step == EvGoCreateBlocked);
    bool created_in_trace =
        !b->truth || !sched_find_g(b->truth, id, &truth) || truth.created_in_trace;
    uint64_t first = sched_first_gen(b->out->belief);
    uint64_t status = step == EvGoCreateBlocked ? GoWaiting : GoRunnable;
    if (!created_in_trace && (first == 0 || first == b->out->gen) && !emitter_is_gone(b->out, id))
        return put(b, thread, EvGoStatus, (uint64_t)id, UINT64_MAX, status);
    return put(b, thread, step, (uint64_t)id, 0, 0);
}

/* An end has no kind here: it is of the stop that ends next. */
bool bridge_ranges(struct bridge *b, uint32_t thread, int64_t id)
{
    struct sched_g g = {0};
    while (sched_find_g(b->out->belief, id, &g) && g.stw) {
        if (!put(b, thread, EvSTWEnd, 0, 0, 0))
            return false;
    }
    assert(g.stw == 0);
    return !g.assist || put(b, thread, EvGCMarkAssistEnd, 0, 0, 0);
}

/* Whether what is in a syscall on a thread has lost its proc; one that it got since is another. */
static bool has_lost_p(const struct bridge *b, uint32_t thread)
{
    struct sched_p found;
    int64_t p, g;
    emitter_context(b->out, thread, &p, &g);
    return p == -1 || !sched_find_p(b->out->belief, p, &found) || found.status != ProcSyscall;
}

/* A step of one that runs, or is in a syscall, on a thread. */
static bool step_own(struct bridge *b, uint32_t thread, int64_t id, uint8_t step)
{
    assert(event_step[step].who == OWN_G);
    switch (step) {
    case EvGoSyscallEnd:
        return put(b, thread, has_lost_p(b, thread) ? EvGoSyscallEndBlocked : step, 0, 0, 0);
    case EvGoStop:
    case EvGoBlock:
        return put(b, thread, step, b->reason, 0, 0);
    case EvGoDestroy:
        return bridge_ranges(b, thread, id) && put(b, thread, step, 0, 0, 0);
    default:
        return put(b, thread, step, 0, 0, 0);
    }
}

/* A goroutine that runs, or is in a syscall, steps on its own thread, others on
 * the one at hand. */
static bool step_g(struct bridge *b, uint32_t thread, const struct sched_g *g, int64_t id,
                   uint8_t step)
{
    switch (step) {
    case EvGoCreate:
    case EvGoCreateBlocked:
        return appear(b, thread, id, step);
    case EvGoUnblock:
        return put(b, thread, step, (uint64_t)id, 0, 0);
    case EvGoStart:
        return is_free(b, thread) && put(b, thread, step, (uint64_t)id, 0, 0);
    default:
        return g->m != -1 && step_own(b, index_of(b, g->m), id, step);
    }
}

/* Then it has to leave where it is before it can be here. */
static bool is_elsewhere(const struct bridge *b, const struct sched_g *g, uint32_t thread)
{
    return (g->status == GoRunning || g->status == GoSyscall) &&
           g->m != b->out->threads.data[thread].m;
}

/* Looks again after each step: which one comes next follows from where it is then. */
bool bridge_g(struct bridge *b, uint32_t thread, int64_t id, uint8_t want)
{
    struct sched_g g = {.m = -1};
    assert(want < GoStatuses && thread < b->out->threads.len);
    bool here = want == GoRunning || want == GoSyscall;
    for (int i = 0; i < MOST_STEPS; i++) {
        uint8_t have = status_of(b, id, &g);
        bool leave = have && here && is_elsewhere(b, &g, thread);
        if (have == want && !leave)
            return true;
        uint8_t step = steps[have][leave ? GoRunnable : want];
        assert(step != EvNone); /* it is not there yet */
        if (!step_g(b, thread, &g, id, step))
            return false;
    }
    return false;
}

/* Takes the goroutine that runs on a thread off it, to where it is in truth. One
 * that is not to run, or runs elsewhere, is somewhere in between. */
static bool leave(struct bridge *b, uint32_t thread, int64_t id)
{
    struct sched_g truth;
    int64_t p, g;
    assert(id != -1);
    uint8_t to = b->truth && sched_find_g(b->truth, id, &truth) ? truth.status : GoNone;
    if (hidden_has(b->hidden, id))
        to = GoWaiting;
    else if (to == GoRunning || to == GoSyscall)
        to = GoRunnable;
    (void)bridge_g(b, thread, id, to);
    emitter_context(b->out, thread, &p, &g);
    return g != id || bridge_g(b, thread, id, GoRunnable);
}

/* Procs */

/* One that runs on its thread, or is in a syscall there. */
static bool stop_p(struct bridge *b, const struct sched_p *p)
{
    uint32_t thread = index_of(b, p->m);
    int64_t id, g;
    emitter_context(b->out, thread, &id, &g);
    assert(id == p->id); /* it is on its thread */
    if (p->status == ProcRunning && g != -1 && !leave(b, thread, g))
        return false;
    return put(b, thread, EvProcStop, 0, 0, 0);
}

/* One that is on no thread is stolen, from none. */
bool bridge_idle(struct bridge *b, uint32_t thread, int64_t id)
{
    struct sched_p p;
    if (!sched_find_p(b->out->belief, id, &p))
        return put(b, thread, EvProcStatus, (uint64_t)id, ProcIdle, 0);
    if (p.status == ProcIdle)
        return true;
    return p.m != -1 ? stop_p(b, &p) : put(b, thread, EvProcSteal, (uint64_t)id, 0, UINT64_MAX);
}

/* Lanes */

/* A proc that is elsewhere stops there first. */
static bool take_p(struct bridge *b, uint32_t thread, int64_t id)
{
    struct sched_p p;
    if (!sched_find_p(b->out->belief, id, &p))
        return put(b, thread, EvProcStatus, (uint64_t)id, ProcRunning, 0);
    return bridge_idle(b, thread, id) && put(b, thread, EvProcStart, (uint64_t)id, 0, 0);
}

/* A goroutine in a syscall that has lost its proc. */
static bool run_without_p(struct bridge *b, uint32_t thread, const struct run *want)
{
    int64_t p, g;
    emitter_context(b->out, thread, &p, &g);
    if (p == -1 && g == want->g)
        return true;
    return p != -1 && bridge_g(b, thread, want->g, GoSyscall) &&
           put(b, thread, EvProcStop, 0, 0, 0);
}

/* Nothing has been written of the thread, so what runs may have run all the time. */
static bool is_fresh(const struct bridge *b, uint32_t thread)
{
    const struct emitter *o = b->out;
    uint64_t first = sched_first_gen(o->belief);
    return (first == 0 || first == o->gen) && emitter_last(o, thread) == 0;
}

/* On a fresh thread: a goroutine that belief has not heard of is stated as running. */
static void appear_running(struct bridge *b, uint32_t thread, int64_t id)
{
    struct sched_g g, truth;
    bool known = sched_find_g(b->out->belief, id, &g);
    if (known || !b->truth || emitter_is_gone(b->out, id) || !sched_find_g(b->truth, id, &truth) ||
        truth.created_in_trace || !is_free(b, thread))
        return;
    (void)put(b, thread, EvGoStatus, (uint64_t)id, (uint64_t)b->out->threads.data[thread].m,
              GoRunning);
}

/* Ends ranges that are over in truth. */
static bool end_stale(struct bridge *b, uint32_t thread)
{
    struct sched_g g, true_g;
    struct sched_p p, true_p;
    uint64_t seq;
    int64_t pid, gid;
    assert(b->truth && b->truth != b->out->belief);
    emitter_context(b->out, thread, &pid, &gid);
    if (pid == -1)
        return true;
    if (sched_find_p(b->out->belief, pid, &p) && p.sweep && sched_find_p(b->truth, pid, &true_p) &&
        !true_p.sweep && !put(b, thread, EvGCSweepEnd, 0, 0, 0))
        return false;
    if (gid == -1 || !sched_find_g(b->out->belief, gid, &g) ||
        !sched_find_g(b->truth, gid, &true_g))
        return true;
    for (uint32_t n = true_g.stw; n < g.stw; n++) {
        if (!put(b, thread, EvSTWEnd, 0, 0, 0))
            return false;
    }
    if (g.assist && !true_g.assist && !put(b, thread, EvGCMarkAssistEnd, 0, 0, 0))
        return false;
    return !sched_gc(b->out->belief, &seq) || sched_gc(b->truth, &seq) ||
           put(b, thread, EvGCEnd, 0, 0, 0);
}

/* Off with what is not wanted, then the proc, then the goroutine: each step
 * needs what the one before has left. */
static bool take_up(struct bridge *b, uint32_t thread, const struct run *want)
{
    bool fresh = is_fresh(b, thread);
    int64_t p, g;
    emitter_context(b->out, thread, &p, &g);
    if (g != -1 && g != want->g && !leave(b, thread, g))
        return false;
    if (want->g != -1 && want->p == -1)
        return run_without_p(b, thread, want);
    emitter_context(b->out, thread, &p, &g);
    if (p != want->p && g != -1 && !bridge_g(b, thread, g, GoRunnable))
        return false;
    if (p != -1 && p != want->p && !put(b, thread, EvProcStop, 0, 0, 0))
        return false;
    if (want->p != -1 && p != want->p && !take_p(b, thread, want->p))
        return false;
    if (want->g == -1)
        return true;
    if (fresh)
        appear_running(b, thread, want->g);
    return bridge_g(b, thread, want->g, want->status);
}

#ifndef NDEBUG
/* Whether the thread has what was wanted: one that is to have no goroutine may keep its own. */
static bool runs(const struct bridge *b, uint32_t thread, const struct run *want)
{
    int64_t p, g;
    emitter_context(b->out, thread, &p, &g);
    return p == want->p && (want->g == -1 || g == want->g);
}
#endif

bool bridge_run(struct bridge *b, uint32_t thread, const struct run *want)
{
    if (!take_up(b, thread, want))
        return false;
    assert(runs(b, thread, want));
    return !b->stale || end_stale(b, thread);
}
