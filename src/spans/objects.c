/* objects.c: what is known of a goroutine, task, proc or thread, for gotrace.h. */
#include "spans/spans.h"

void gotrace_spans_keep(gotrace_spans *s)
{
    s->objects = true;
}

/* Inside, a time that is not known is the least; outside -1. */
static int64_t shown(int64_t time)
{
    return time == NEVER ? -1 : time;
}

/* The wait that is going on may be for a further reason, so reasons are counted
 * by asking for each. */
static void fill_stats(const struct span_g *g, int64_t now, gotrace_goroutine *out)
{
    uint32_t reason;
    int64_t ns;
    figures_now(g, now, &out->stats);
    while (figures_block(g, out->reasons, now, &reason, &ns))
        out->reasons++;
}

bool gotrace_spans_goroutine(const gotrace_spans *s, int64_t id, int64_t now,
                             gotrace_goroutine *out)
{
    struct span_g past, *g = g_look(s, id, &past);
    if (!g)
        return false;
    *out = (gotrace_goroutine){
        .id = id,
        .created = shown(g->created),
        .started = shown(g->started),
        .ended = shown(g->ended),
        .creator = g->creator,
        .created_at = g->created_at,
        .name = g->func,
        .label = g->label,
        .task = task_of(s, g),
        .state = g->state,
        .since = g->since,
        .reason = g->reason,
        .m = g->m,
        .p = g_proc(g),
        .system = g_is_system(s, g),
    };
    fill_stats(g, spans_now(s, now), out);
    return true;
}

bool gotrace_spans_block(const gotrace_spans *s, int64_t id, uint32_t i, int64_t now,
                         uint32_t *reason, int64_t *ns)
{
    struct span_g past;
    const struct span_g *g = g_look(s, id, &past);
    return g && figures_block(g, i, spans_now(s, now), reason, ns);
}

/* In the order in which they were first heard of, those that have ended included. */
int64_t gotrace_spans_goroutine_at(const gotrace_spans *s, uint32_t i)
{
    struct span_g past;
    return i < s->gs.len ? g_look_at(s, i, &past)->id : NO_ID;
}

/* Words to group events by. */

uint32_t gotrace_spans_func(const gotrace_spans *s, int64_t id)
{
    struct span_g past;
    const struct span_g *g = g_look(s, id, &past);
    return g ? g->func : 0;
}

bool gotrace_spans_system(const gotrace_spans *s, int64_t id)
{
    struct span_g past;
    const struct span_g *g = g_look(s, id, &past);
    return g_is_system(s, g);
}

uint32_t gotrace_spans_region(const gotrace_spans *s, int64_t id)
{
    struct span_g past;
    const struct span_g *g = g_look(s, id, &past);
    return g && g->regions.len ? g->regions.data[g->regions.len - 1].name : 0;
}

uint64_t gotrace_spans_task_of(const gotrace_spans *s, int64_t id)
{
    struct span_g past, *g = g_look(s, id, &past);
    return g ? task_of(s, g) : 0;
}

/* Tasks */

/* Its record; NULL: there is none. */
static const struct span_task *task_find(const gotrace_spans *s, uint64_t id)
{
    uint32_t i = id == 0 ? NO_RECORD : map_get(&s->task_of, id);
    return i == NO_RECORD ? NULL : &s->tasks.data[i];
}

/* A name that was found ahead serves until the begin is read. */
uint32_t gotrace_spans_task_name(const gotrace_spans *s, uint64_t task)
{
    const struct span_task *t = task_find(s, task);
    return t && t->name ? t->name : known_task(s, task);
}

/* A number may be given out again: of the task that had it before there is NO_TASK. */
bool gotrace_spans_task_at(const gotrace_spans *s, uint32_t i, uint64_t *id)
{
    if (i >= s->tasks.len)
        return false;
    const struct span_task *t = &s->tasks.data[i];
    *id = task_find(s, t->id) == t ? t->id : NO_TASK;
    return true;
}

/* Without a book nothing was noted of it: its numbers stay 0. */
bool gotrace_spans_task(const gotrace_spans *s, uint64_t id, gotrace_task *out)
{
    const struct span_task *t = task_find(s, id);
    if (!t)
        return false;
    *out = (gotrace_task){
        .id = id,
        .parent = t->parent,
        .from = t->from,
        .to = shown(t->to),
        .name = t->name,
        .gone = t->closed,
    };
    if (!t->book)
        return true;
    out->goroutines = (uint32_t)t->book->workers.len;
    out->logs = (uint32_t)t->book->logs.len;
    out->regions = (uint32_t)t->book->regions.len;
    return true;
}

int64_t gotrace_spans_task_goroutine(const gotrace_spans *s, uint64_t id, uint32_t i)
{
    const struct span_task *t = task_find(s, id);
    bool is = t && t->book && i < t->book->workers.len;
    struct span_g past;
    return is ? g_look_at(s, t->book->workers.data[i], &past)->id : NO_ID;
}

bool gotrace_spans_task_log(const gotrace_spans *s, uint64_t id, uint32_t i, gotrace_task_log *out)
{
    const struct span_task *t = task_find(s, id);
    if (!t || !t->book || i >= t->book->logs.len)
        return false;
    *out = t->book->logs.data[i];
    return true;
}

bool gotrace_spans_task_region(const gotrace_spans *s, uint64_t id, uint32_t i,
                               gotrace_task_region *out)
{
    const struct span_task *t = task_find(s, id);
    if (!t || !t->book || i >= t->book->regions.len)
        return false;
    *out = t->book->regions.data[i];
    out->to = shown(out->to);
    return true;
}

uint32_t gotrace_spans_task_stats(gotrace_spans *s, uint64_t id, int64_t now)
{
    const struct span_task *t = task_find(s, id);
    uint32_t number = t ? account_task(s, (uint32_t)(t - s->tasks.data), spans_now(s, now)) : 0;
    if (number > 0)
        s->stats_len--; /* no span's: the next takes its place */
    return number;
}

/* Procs and threads */

/* ns has no more than what is over; the state at hand lasts up to now. */
bool gotrace_spans_proc(const gotrace_spans *s, int64_t id, int64_t now, gotrace_proc *out)
{
    const struct span_p *p = p_find(s, id);
    if (!p)
        return false;
    *out = (gotrace_proc){
        .id = id,
        .m = p->m,
        .g = p->g,
        .running = p->ns[0],
        .idle = p->ns[1],
        .state = p->state,
    };
    if (p->state == GOTRACE_STATE_RUNNING)
        out->running += spans_now(s, now) - p->since;
    else if (p->state == GOTRACE_STATE_IDLE)
        out->idle += spans_now(s, now) - p->since;
    return true;
}

bool gotrace_spans_thread(const gotrace_spans *s, int64_t id, gotrace_thread *out)
{
    const gotrace_thread *m = thread_find(s, id);
    if (m)
        *out = *m;
    return m;
}
