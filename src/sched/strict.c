#include "sched/strict.h"

#include "sched/state.h"

/* For each proc up to the highest id go tool trace has a line. */
enum { MOST_PROCS = 1 << 16 };
/* Procs, at all changes of GOMAXPROCS together. */
enum { MOST_LOOKED_AT = 1 << 26 };

/* Those of strict_minds that are rare in all traces. What is frequent is asked
 * only where `watches` says so. */
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

/* Two megabytes of bits at most, and only as far as ids go. */
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
    VEC_FREE(&x->notes.tasks);
    VEC_FREE(&x->notes.procs);
}

/* Ranges of who rests are minded, so frequent types have to be looked at from
 * now on. */
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

/* A goroutine that nobody knows does not. */
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

/* What the event does is noted even where it is minded. */
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

/* By itself: nothing is known of GOMAXPROCS, of tasks, and of who rested before. What a
 * thread has is what it had before until it has met (sched/edges.h). Whoever is in doubt has
 * the generation done again. */

/* Then its context is known here, and is not what a generation before left. */
static bool has_met(const struct sched *s, const struct sched_event *ev)
{
    return s->ms.data[ev->thread].met;
}

static void note_proc(struct strict *x, struct sched *s, const struct about *a)
{
    uint8_t status = (uint8_t)a->ev->arg[1];
    x->notes.doubtful |= minds_proc_status(x, a);
    if (status != ProcRunning && status != ProcSyscall)
        return;
    x->notes.doubtful |= has_met(s, a->ev);
    sched_note_edge(s, EDGE_RUNS_P, a->ev->arg[0], a->m, status);
}

/* One that is not known here was known before, or there is no join. */
static void note_goroutine(struct strict *x, struct sched *s, const struct about *a)
{
    const uint64_t *arg = a->ev->arg;
    struct sched_g found;
    bool elsewhere = sched_find_g(s, (int64_t)arg[0], &found) && found.m != a->m;
    x->notes.doubtful |= (uint8_t)arg[2] == GoBad;
    if ((uint8_t)arg[2] != GoRunning)
        return;
    x->notes.doubtful |=
        elsewhere || a->m == -1 || has_met(s, a->ev) || (a->g != -1 && a->g != (int64_t)arg[0]);
    sched_note_edge(s, EDGE_RUNS_G, arg[0], a->m, 0);
}

/* Each with its parent, as minds_task takes them; whether they make a circle is
 * for strict_join. */
static void note_task(struct strict *x, const uint64_t *arg)
{
    if (arg[0] == 0 || arg[0] == UINT64_MAX)
        x->notes.doubtful = true;
    else if (arg[1] != 0 && arg[1] != UINT64_MAX)
        x->notes.doubtful |=
            !VEC_PUSH(&x->notes.tasks, arg[0]) || !VEC_PUSH(&x->notes.tasks, arg[1]);
}

/* Of an assist that goes on: the proc where the goroutine itself is. */
static bool has_proc(const struct sched *s, int64_t g)
{
    struct sched_g found;
    int64_t p = 0, unused;
    if (sched_find_g(s, g, &found) && found.thread != MAP_NONE)
        sched_context(s, found.thread, &p, &unused);
    return p != -1;
}

static void note_range(struct strict *x, const struct sched *s, const struct about *a, int64_t g)
{
    if (a->ev->type == EvGCMarkAssistActive && !has_proc(s, g))
        x->notes.without_proc = true;
    if (a->ev->type != EvSTWBegin && a->p == -1)
        x->notes.without_proc = true;
    x->notes.doubtful |= x->resting.len && map_get(&x->resting, (uint64_t)g) != MAP_NONE;
}

/* No answer yet: whatever cannot be told by a generation alone makes it
 * doubtful. */
void strict_note(struct strict *x, struct sched *s, const struct sched_event *ev, int64_t m,
                 uint32_t name)
{
    struct about a = {.s = s, .ev = ev, .m = m};
    sched_context(s, ev->thread, &a.p, &a.g);
    switch (ev->type) {
    case EvProcStatus:
        note_proc(x, s, &a);
        break;
    case EvGoStatus:
    case EvGoStatusStack:
        note_goroutine(x, s, &a);
        break;
    case EvGoDestroy:
    case EvGoDestroySyscall:
    case EvGoSwitchDestroy:
        x->notes.doubtful |= sched_in_range(s, ev->thread, &a.g);
        break;
    case EvSTWBegin:
    case EvGCMarkAssistBegin:
    case EvGCSweepBegin:
    case EvGCSweepActive:
        note_range(x, s, &a, a.g);
        break;
    case EvGCMarkAssistActive:
        note_range(x, s, &a, (int64_t)ev->arg[0]);
        break;
    case EvProcsChange:
        x->notes.doubtful |= !VEC_PUSH(&x->notes.procs, ev->arg[0]);
        break;
    case EvGoLabel:
        x->notes.doubtful |= name == 0;
        break;
    case EvUserTaskBegin:
        note_task(x, ev->arg);
        break;
    default:
        break;
    }
}

/* Over all procs that there ever were, also those of an earlier epoch: in doubt
 * it minds. */
static bool any_is_beyond(const struct strict *x, const struct sched *s)
{
    for (size_t i = 0; i < s->ps.len; i++) {
        if (is_beyond(x, s->ps.data[i].id))
            return true;
    }
    return false;
}

/* Each new GOMAXPROCS goes over all procs that there are by then. */
static bool procs_agree(const struct strict *x, const struct strict *alone,
                        const struct sched *before, const struct sched *of_alone)
{
    struct strict now = {.procs = x->procs};
    bool any = any_is_beyond(&now, before) || any_is_beyond(&now, of_alone);
    for (size_t i = 0; !any && i < alone->notes.procs.len; i++) {
        now.procs = alone->notes.procs.data[i];
        any =
            now.procs > MOST_PROCS || any_is_beyond(&now, before) || any_is_beyond(&now, of_alone);
    }
    for (size_t i = 0; !any && alone->notes.procs.len && i < of_alone->ps.len; i++)
        any = !find_p(before, of_alone->ps.data[i].id);
    return !any && !(alone->notes.without_proc && now.procs) &&
           x->looked_at + alone->notes.procs.len * before->ps.len <= MOST_LOOKED_AT;
}

/* Whoever rested has not moved, and there are few of them. */
static bool rest_on(const struct strict *x, const struct sched *of_alone)
{
    for (size_t i = 0; x->resting.len && i < of_alone->edges->list.len; i++) {
        const struct edge *e = &of_alone->edges->list.data[i];
        bool about_g = e->kind == EDGE_G || e->kind == EDGE_CREATED || e->kind == EDGE_ASSIST;
        if (!about_g || map_get(&x->resting, e->id) == MAP_NONE)
            continue;
        const struct goroutine *g = find_g(of_alone, (int64_t)e->id);
        if (e->kind != EDGE_G || !g || g->status != GoWaiting || g->seq != 0)
            return false;
    }
    return true;
}

bool strict_agrees(const struct strict *x, const struct strict *alone, const struct sched *before,
                   const struct sched *of_alone)
{
    return !x->failed && !alone->failed && !alone->notes.doubtful &&
           procs_agree(x, alone, before, of_alone) && rest_on(x, of_alone);
}

/* In the order in which the generation noted them, GOMAXPROCS first:
 * procs_agree has seen to it that none of them is minded. Tasks still may be. */
bool strict_join(struct strict *x, const struct strict *alone, const struct sched *before)
{
    const struct strict_notes *n = &alone->notes;
    bool minds = false;
    for (size_t i = 0; i < n->procs.len; i++) {
        x->procs = n->procs.data[i];
        x->looked_at += before->ps.len;
    }
    for (size_t i = 0; i < n->tasks.len; i += 2)
        minds |= minds_task(x, &n->tasks.data[i]) || x->failed;
    for (size_t i = 0; alone->resting.len && i <= alone->resting.mask; i++) {
        if (alone->resting.slots[i].value != MAP_NONE)
            strict_rest(x, (int64_t)alone->resting.slots[i].key);
    }
    return minds || x->failed;
}
