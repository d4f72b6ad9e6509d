#include "sched/strict.h"

/* For each proc up to the highest id go tool trace has a line. */
enum { MOST_PROCS = 1 << 16 };
/* Procs, at all changes of GOMAXPROCS together. */
enum { MOST_LOOKED_AT = 1 << 26 };

const bool strict_asks_of[256] = {
    [EvProcStatus] = true,
    [EvGoStatus] = true,
    [EvGoStatusStack] = true,
    [EvGoDestroy] = true,
    [EvGoDestroySyscall] = true,
    [EvGoSwitchDestroy] = true,
    [EvGoSyscallEndBlocked] = true,
    [EvSTWBegin] = true,
    [EvGCMarkAssistBegin] = true,
    [EvGCSweepActive] = true,
    [EvProcsChange] = true,
    [EvGCMarkAssistActive] = true,
    [EvGoLabel] = true,
    [EvUserTaskBegin] = true,
};

/* What the event is about. */
struct about {
    const struct sched *s;
    const struct sched_event *ev;
    int64_t m, p, g; /* its context */
};

/* Larger ids are rare: those of a program that has made many goroutines. */
enum { SMALL_IDS = 1 << 24 };

static bool add_id(struct id_set *ids, uint64_t id)
{
    size_t word = (size_t)(id / 64);
    if (id >= SMALL_IDS)
        return map_put(&ids->large, id, 0);
    while (ids->small.len <= word) {
        if (!VEC_PUSH(&ids->small, 0))
            return false;
    }
    assert(word < ids->small.len && ids->small.len <= SMALL_IDS / 64);
    ids->small.data[word] |= UINT64_C(1) << id % 64;
    return true;
}

static bool has_id(const struct id_set *ids, uint64_t id)
{
    if (id >= SMALL_IDS)
        return map_get(&ids->large, id) != MAP_NONE;
    return id / 64 < ids->small.len && ids->small.data[id / 64] >> id % 64 & 1;
}

void strict_free(struct strict *x)
{
    VEC_FREE(&x->gone.small);
    map_free(&x->gone.large);
    map_free(&x->task_of);
    VEC_FREE(&x->elders);
    map_free(&x->resting);
}

void strict_rest(struct strict *x, int64_t g)
{
    x->failed |= !map_put(&x->resting, (uint64_t)g, 0);
    x->watches = true;
}

/* No proc by GOMAXPROCS, as far as that is known. */
static bool is_beyond(const struct strict *x, int64_t p)
{
    return x->procs && (uint64_t)p >= x->procs;
}

/* Statuses and ends */

/* A proc that runs elsewhere, or on a thread that has another. A syscall that was
 * there before its proc has no begin to be drawn from. */
static bool minds_proc_status(struct strict *x, const struct about *a)
{
    const uint64_t *arg = a->ev->arg;
    int64_t id = (int64_t)arg[0];
    struct sched_p found;
    x->watches |= is_beyond(x, id);
    if ((uint8_t)arg[1] == ProcBad || (arg[0] >= MOST_PROCS && arg[0] != UINT64_MAX))
        return true;
    if (arg[1] != ProcRunning && arg[1] != ProcSyscall)
        return false;
    return a->m == -1 || (a->p != -1 && a->p != id) ||
           (arg[1] == ProcSyscall && a->p == -1 && a->g != -1) ||
           (sched_find_p(a->s, id, &found) && found.m != a->m);
}

/* The same of a goroutine; and one that ended is not there any more. */
static bool minds_go_status(const struct strict *x, const struct about *a)
{
    const uint64_t *arg = a->ev->arg;
    int64_t id = (int64_t)arg[0];
    struct sched_g found;
    bool known = sched_find_g(a->s, id, &found);
    if ((uint8_t)arg[2] == GoBad || (!known && has_id(&x->gone, arg[0])))
        return true;
    if ((uint8_t)arg[2] != GoRunning)
        return false;
    return a->m == -1 || (a->g != -1 && a->g != id) || (known ? found.m != a->m : a->p == -1);
}

/* The thread's goroutine ends, in a range. */
static bool minds_end(struct strict *x, const struct sched *s, const struct sched_event *ev)
{
    int64_t g;
    bool in_range = sched_in_range(s, ev->thread, &g);
    if (g != -1 && ev->gen == sched_first_gen(s))
        x->failed |= !add_id(&x->gone, (uint64_t)g);
    return in_range || x->failed;
}

/* The collector's work counts for a proc up to GOMAXPROCS: its ranges, and when a
 * goroutine that assists it starts and stops. */

static bool assists(const struct sched *s, int64_t g)
{
    struct sched_g found;
    return sched_find_g(s, g, &found) && found.assist;
}

/* Goroutine g comes to the thread. */
static bool minds_start(const struct strict *x, const struct about *a, int64_t g)
{
    return is_beyond(x, a->p) && assists(a->s, g);
}

/* A range of goroutine g. The Summarizer has nowhere to keep it of one that has
 * ended for it. */
static bool minds_range(const struct strict *x, const struct about *a, int64_t g)
{
    bool rests = x->resting.len && map_get(&x->resting, (uint64_t)g) != MAP_NONE;
    return rests || (a->ev->type != EvSTWBegin && is_beyond(x, a->p));
}

/* Where the goroutine itself is, too. */
static bool minds_assist(const struct strict *x, const struct about *a, int64_t g)
{
    struct sched_g found;
    int64_t p, unused;
    if (minds_range(x, a, g))
        return true;
    if (!x->procs || !sched_find_g(a->s, g, &found) || found.thread == MAP_NONE)
        return false;
    sched_context(a->s, found.thread, &p, &unused);
    return is_beyond(x, p);
}

/* What is on a proc that is beyond the new GOMAXPROCS. */
static bool minds_beyond(const struct sched *s, const struct sched_p *p)
{
    int64_t g, unused;
    if (p->sweep || p->thread == MAP_NONE)
        return p->sweep;
    sched_context(s, p->thread, &unused, &g);
    return g != -1 && assists(s, g);
}

/* A new GOMAXPROCS. All procs are looked at for each, so there is an end to it: far
 * behind where real programs end. */
static bool minds_procs(struct strict *x, const struct about *a)
{
    struct sched_p found;
    bool minds = a->ev->arg[0] > MOST_PROCS;
    x->procs = a->ev->arg[0];
    x->looked_at += sched_p_slots(a->s);
    if (x->looked_at > MOST_LOOKED_AT)
        return true;
    for (size_t i = 0; i < sched_p_slots(a->s); i++) {
        if (!sched_p_at(a->s, i, &found) || !is_beyond(x, found.id))
            continue;
        x->watches = true;
        minds |= minds_beyond(a->s, &found);
    }
    return minds;
}

/* Tasks */

/* A task's index; MAP_NONE: no memory. */
static uint32_t task_of(struct strict *x, uint64_t task)
{
    uint32_t i = map_get(&x->task_of, task);
    assert(i == MAP_NONE || i < x->elders.len);
    if (i != MAP_NONE)
        return i;
    i = (uint32_t)x->elders.len;
    return VEC_PUSH(&x->elders, i) && map_put(&x->task_of, task, i) ? i : MAP_NONE;
}

/* Ways are halved as they are gone. */
static uint32_t eldest(struct strict *x, uint32_t i)
{
    uint32_t *up = x->elders.data;
    for (; up[i] != i; i = up[i]) {
        assert(i < x->elders.len && up[i] < x->elders.len);
        up[i] = up[up[i]];
    }
    return i;
}

/* Go's tool follows a task's children, for ever if it is one of them. A task's first
 * parent holds. */
static bool minds_task(struct strict *x, const uint64_t *arg)
{
    if (arg[0] == 0 || arg[0] == UINT64_MAX)
        return true;
    if (arg[1] == 0 || arg[1] == UINT64_MAX)
        return false;
    uint32_t task = task_of(x, arg[0]), parent = task_of(x, arg[1]);
    x->failed |= task == MAP_NONE || parent == MAP_NONE;
    if (x->failed || x->elders.data[task] != task)
        return false;
    parent = eldest(x, parent);
    assert(x->elders.data[parent] == parent); /* the eldest has none above it */
    x->elders.data[task] = parent;
    return parent == task;
}

bool strict_minds(struct strict *x, const struct sched *s, const struct sched_event *ev, int64_t m,
                  uint32_t name)
{
    struct about a = {.s = s, .ev = ev, .m = m};
    assert(strict_asks(x, ev->type));
    sched_context(s, ev->thread, &a.p, &a.g);
    switch (ev->type) {
    case EvProcStatus:
        return minds_proc_status(x, &a) || x->failed;
    case EvGoStatus:
    case EvGoStatusStack:
        return minds_go_status(x, &a) || x->failed;
    case EvGoStart:
    case EvGoSwitch:
        return minds_start(x, &a, (int64_t)ev->arg[0]);
    case EvGoSwitchDestroy:
        return minds_end(x, s, ev) || minds_start(x, &a, (int64_t)ev->arg[0]);
    case EvGoDestroy:
    case EvGoDestroySyscall:
        return minds_end(x, s, ev);
    case EvGoSyscallEndBlocked:
        return is_beyond(x, a.p) && assists(s, a.g);
    case EvSTWBegin:
    case EvGCMarkAssistBegin:
    case EvGCSweepBegin:
        return minds_range(x, &a, a.g) || x->failed;
    case EvGCSweepActive:
        return minds_range(x, &a, a.g) || is_beyond(x, (int64_t)ev->arg[0]) || x->failed;
    case EvGCMarkAssistActive:
        return minds_assist(x, &a, (int64_t)ev->arg[0]) || x->failed;
    case EvProcsChange:
        return minds_procs(x, &a);
    case EvGoLabel:
        return name == 0;
    case EvUserTaskBegin:
        return minds_task(x, ev->arg) || x->failed;
    default:
        return false;
    }
}
