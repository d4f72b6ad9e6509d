#include "write/bridge.h"

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

static bool put(struct bridge *b, uint32_t lane, uint8_t type, uint64_t a0, uint64_t a1,
                uint64_t a2)
{
    uint64_t arg[GOTRACE_ARGS] = {a0, a1, a2};
    uint64_t before = b->out->counts.events;
    bool ok = output_put(b->out, lane, type, arg);
    b->out->counts.bridged += b->out->counts.events - before;
    return ok;
}

/* The lane of a thread that W knows. */
static uint32_t lane_of(const struct bridge *b, int64_t m)
{
    return map_get(&b->out->lane_of, (uint64_t)m);
}

static uint8_t status_of(const struct bridge *b, int64_t id, struct sched_g *g)
{
    return sched_find_g(b->out->w, id, g) ? g->status : GoNone;
}

static bool is_free(const struct bridge *b, uint32_t lane)
{
    int64_t p, g;
    output_context(b->out, lane, &p, &g);
    return p != -1 && g == -1;
}

/* Goroutines */

/* One that was there before the output's first generation is stated in it; any
 * other is created. */
static bool appear(struct bridge *b, uint32_t lane, int64_t id, uint8_t step)
{
    struct sched_g truth;
    bool born = !b->i || !sched_find_g(b->i, id, &truth) || truth.born;
    uint64_t first = sched_first_gen(b->out->w);
    uint64_t status = step == EvGoCreateBlocked ? GoWaiting : GoRunnable;
    if (!born && (first == 0 || first == b->out->gen) && !output_is_gone(b->out, id))
        return put(b, lane, EvGoStatus, (uint64_t)id, UINT64_MAX, status);
    return put(b, lane, step, (uint64_t)id, 0, 0);
}

bool bridge_ranges(struct bridge *b, uint32_t lane, int64_t id)
{
    struct sched_g g = {0};
    while (sched_find_g(b->out->w, id, &g) && g.stw) {
        if (!put(b, lane, EvSTWEnd, 0, 0, 0))
            return false;
    }
    return !g.assist || put(b, lane, EvGCMarkAssistEnd, 0, 0, 0);
}

/* Whether what is in a syscall on a lane has lost its proc; one that it got since is another. */
static bool has_lost_p(const struct bridge *b, uint32_t lane)
{
    struct sched_p found;
    int64_t p, g;
    output_context(b->out, lane, &p, &g);
    return p == -1 || !sched_find_p(b->out->w, p, &found) || found.status != ProcSyscall;
}

/* A step of one that runs, or is in a syscall, on a lane. */
static bool step_own(struct bridge *b, uint32_t lane, int64_t id, uint8_t step)
{
    switch (step) {
    case EvGoSyscallEnd:
        return put(b, lane, has_lost_p(b, lane) ? EvGoSyscallEndBlocked : step, 0, 0, 0);
    case EvGoStop:
    case EvGoBlock:
        return put(b, lane, step, b->reason, 0, 0);
    case EvGoDestroy:
        return bridge_ranges(b, lane, id) && put(b, lane, step, 0, 0, 0);
    default:
        return put(b, lane, step, 0, 0, 0);
    }
}

static bool step_g(struct bridge *b, uint32_t lane, const struct sched_g *g, int64_t id,
                   uint8_t step)
{
    switch (step) {
    case EvGoCreate:
    case EvGoCreateBlocked:
        return appear(b, lane, id, step);
    case EvGoUnblock:
        return put(b, lane, step, (uint64_t)id, 0, 0);
    case EvGoStart:
        return is_free(b, lane) && put(b, lane, step, (uint64_t)id, 0, 0);
    default:
        return g->m != -1 && step_own(b, lane_of(b, g->m), id, step);
    }
}

static bool is_elsewhere(const struct bridge *b, const struct sched_g *g, uint32_t lane)
{
    return (g->status == GoRunning || g->status == GoSyscall) && g->m != b->out->lanes.data[lane].m;
}

bool bridge_g(struct bridge *b, uint32_t lane, int64_t id, uint8_t want)
{
    struct sched_g g = {.m = -1};
    assert(want < GoStatuses && lane < b->out->lanes.len);
    bool here = want == GoRunning || want == GoSyscall;
    for (int i = 0; i < MOST_STEPS; i++) {
        uint8_t have = status_of(b, id, &g);
        bool leave = have && here && is_elsewhere(b, &g, lane);
        if (have == want && !leave)
            return true;
        uint8_t step = steps[have][leave ? GoRunnable : want];
        if (!step_g(b, lane, &g, id, step))
            return false;
    }
    return false;
}

/* Takes the goroutine that runs on a lane off it, to where it is in truth. One
 * that is not to run, or runs elsewhere, is somewhere in between. */
static bool leave(struct bridge *b, uint32_t lane, int64_t id)
{
    struct sched_g truth;
    int64_t p, g;
    uint8_t to = b->i && sched_find_g(b->i, id, &truth) ? truth.status : GoNone;
    if (map_get(b->hidden, hidden_key(id)) != MAP_NONE)
        to = GoWaiting;
    else if (to == GoRunning || to == GoSyscall)
        to = GoRunnable;
    (void)bridge_g(b, lane, id, to);
    output_context(b->out, lane, &p, &g);
    return g != id || bridge_g(b, lane, id, GoRunnable);
}

/* Procs */

/* One that runs on its lane, or is in a syscall there. */
static bool stop_p(struct bridge *b, const struct sched_p *p)
{
    uint32_t lane = lane_of(b, p->m);
    int64_t id, g;
    output_context(b->out, lane, &id, &g);
    if (p->status == ProcRunning && g != -1 && !leave(b, lane, g))
        return false;
    return put(b, lane, EvProcStop, 0, 0, 0);
}

bool bridge_idle(struct bridge *b, uint32_t lane, int64_t id)
{
    struct sched_p p;
    if (!sched_find_p(b->out->w, id, &p))
        return put(b, lane, EvProcStatus, (uint64_t)id, ProcIdle, 0);
    if (p.status == ProcIdle)
        return true;
    return p.m != -1 ? stop_p(b, &p) : put(b, lane, EvProcSteal, (uint64_t)id, 0, UINT64_MAX);
}

/* Lanes */

static bool take_p(struct bridge *b, uint32_t lane, int64_t id)
{
    struct sched_p p;
    if (!sched_find_p(b->out->w, id, &p))
        return put(b, lane, EvProcStatus, (uint64_t)id, ProcRunning, 0);
    return bridge_idle(b, lane, id) && put(b, lane, EvProcStart, (uint64_t)id, 0, 0);
}

/* A goroutine in a syscall that has lost its proc. */
static bool run_without_p(struct bridge *b, uint32_t lane, const struct run *want)
{
    int64_t p, g;
    output_context(b->out, lane, &p, &g);
    if (p == -1 && g == want->g)
        return true;
    return p != -1 && bridge_g(b, lane, want->g, GoSyscall) && put(b, lane, EvProcStop, 0, 0, 0);
}

/* Nothing has been written of the lane, so what runs may have run all the time. */
static bool is_fresh(const struct bridge *b, uint32_t lane)
{
    const struct output *o = b->out;
    uint64_t first = sched_first_gen(o->w);
    return (first == 0 || first == o->gen) && output_last(o, lane) == 0;
}

/* On a fresh lane: a goroutine that W has not heard of is stated as running. */
static void appear_running(struct bridge *b, uint32_t lane, int64_t id)
{
    struct sched_g g, truth;
    bool known = sched_find_g(b->out->w, id, &g);
    if (known || !b->i || output_is_gone(b->out, id) || !sched_find_g(b->i, id, &truth) ||
        truth.born || !is_free(b, lane))
        return;
    (void)put(b, lane, EvGoStatus, (uint64_t)id, (uint64_t)b->out->lanes.data[lane].m, GoRunning);
}

/* Ends ranges that are over in truth. */
static bool end_stale(struct bridge *b, uint32_t lane)
{
    struct sched_g g, true_g;
    struct sched_p p, true_p;
    uint64_t seq;
    int64_t pid, gid;
    output_context(b->out, lane, &pid, &gid);
    if (pid == -1)
        return true;
    if (sched_find_p(b->out->w, pid, &p) && p.sweep && sched_find_p(b->i, pid, &true_p) &&
        !true_p.sweep && !put(b, lane, EvGCSweepEnd, 0, 0, 0))
        return false;
    if (gid == -1 || !sched_find_g(b->out->w, gid, &g) || !sched_find_g(b->i, gid, &true_g))
        return true;
    for (uint32_t n = true_g.stw; n < g.stw; n++) {
        if (!put(b, lane, EvSTWEnd, 0, 0, 0))
            return false;
    }
    if (g.assist && !true_g.assist && !put(b, lane, EvGCMarkAssistEnd, 0, 0, 0))
        return false;
    return !sched_gc(b->out->w, &seq) || sched_gc(b->i, &seq) || put(b, lane, EvGCEnd, 0, 0, 0);
}

static bool take_up(struct bridge *b, uint32_t lane, const struct run *want)
{
    bool fresh = is_fresh(b, lane);
    int64_t p, g;
    output_context(b->out, lane, &p, &g);
    if (g != -1 && g != want->g && !leave(b, lane, g))
        return false;
    if (want->g != -1 && want->p == -1)
        return run_without_p(b, lane, want);
    output_context(b->out, lane, &p, &g);
    if (p != want->p && g != -1 && !bridge_g(b, lane, g, GoRunnable))
        return false;
    if (p != -1 && p != want->p && !put(b, lane, EvProcStop, 0, 0, 0))
        return false;
    if (want->p != -1 && p != want->p && !take_p(b, lane, want->p))
        return false;
    if (want->g == -1)
        return true;
    if (fresh)
        appear_running(b, lane, want->g);
    return bridge_g(b, lane, want->g, want->status);
}

#ifndef NDEBUG
/* Whether the lane has what was wanted: one that is to have no goroutine may keep its own. */
static bool runs(const struct bridge *b, uint32_t lane, const struct run *want)
{
    int64_t p, g;
    output_context(b->out, lane, &p, &g);
    return p == want->p && (want->g == -1 || g == want->g);
}
#endif

bool bridge_run(struct bridge *b, uint32_t lane, const struct run *want)
{
    if (!take_up(b, lane, want))
        return false;
    assert(runs(b, lane, want));
    return !b->stale || end_stale(b, lane);
}
