/* tasks.c: user tasks and regions, and what goroutines work on. */
#include "spans/spans.h"

/* The record of a task, made if it is new; NULL: no memory. */
static struct span_task *task_make(struct gotrace_spans *s, uint64_t id, int64_t from)
{
    uint32_t i = map_get(&s->task_of, id);
    if (i != NO_RECORD)
        return &s->tasks.data[i];
    struct span_task unknown = {.id = id,
                                .parent = NO_TASK,
                                .from = from,
                                .creator = NO_ID,
                                .begun_before = NO_RECORD,
                                .open = true};
    i = (uint32_t)s->tasks.len;
    if (VEC_PUSH(&s->tasks, unknown) && map_put(&s->task_of, id, i))
        return &s->tasks.data[i];
    s->failed = true;
    return NULL;
}

uint64_t task_of(const struct gotrace_spans *s, struct span_g *g)
{
    if (g->regions.len)
        return g->regions.data[g->regions.len - 1].task;
    while (g->begun != NO_RECORD && s->tasks.data[g->begun].ended)
        g->begun = s->tasks.data[g->begun].begun_before;
    return g->begun != NO_RECORD ? s->tasks.data[g->begun].id : g->inherited;
}

static gotrace_span *add_task(struct gotrace_spans *s, const struct span_task *t, int64_t to)
{
    gotrace_span *span = made_add(s, GOTRACE_SPAN_TASK, t->from, to);
    struct span_g *g = g_find(s, t->creator);
    if (!span)
        return NULL;
    if (g)
        g_describe(s, g, span);
    span->task = t->id;
    span->parent = t->parent;
    span->name = t->name;
    span->stack = t->stack;
    span->begin_n = t->begin_n;
    span->open = t->open ? GOTRACE_SIDE_BEGIN : 0;
    return span;
}

void task_step_begin(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    struct span_task *t = task_make(s, e->arg[0], e->time);
    if (!g || !t)
        return;
    t->from = e->time;
    t->parent = e->arg[1];
    t->name = (uint32_t)e->arg[2];
    t->stack = (uint32_t)e->arg[3];
    t->creator = e->g;
    t->begin_n = e->n;
    t->ended = t->open = false;
    t->begun_before = g->begun;
    g->begun = (uint32_t)(t - s->tasks.data);
}

void task_step_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_task *t = task_make(s, e->arg[0], s->known_from);
    if (!t || t->ended)
        return; /* it was ended before */
    gotrace_span *span = add_task(s, t, e->time);
    t->ended = true;
    if (!span)
        return;
    span->end_n = e->n;
    span->end_stack = (uint32_t)e->arg[1];
}

void tasks_flush(struct gotrace_spans *s, int64_t at, uint8_t open)
{
    for (size_t i = 0; i < s->tasks.len; i++) {
        gotrace_span *span = s->tasks.data[i].ended ? NULL : add_task(s, &s->tasks.data[i], at);
        if (span)
            span->open |= open;
    }
}

/* Those that were going on may be, behind what is lost. */
void tasks_forget(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->tasks.len; i++)
        s->tasks.data[i].open = true;
}

void tasks_resume(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->tasks.len; i++) {
        struct span_task *t = &s->tasks.data[i];
        if (!t->ended)
            t->from = s->known_from;
    }
}

/* Regions */

/* Region i of the goroutine, 0 the outermost. */
static gotrace_span *add_region(struct gotrace_spans *s, struct span_g *g, size_t i, int64_t to)
{
    const struct open_region *r = &g->regions.data[i];
    gotrace_span *span = made_add(s, GOTRACE_SPAN_REGION, r->from, to);
    if (!span)
        return NULL;
    g_describe(s, g, span);
    span->task = r->task;
    span->name = r->name;
    span->region = i > 0 ? g->regions.data[i - 1].name : 0;
    span->stack = r->stack;
    span->end_stack = g->stack;
    span->begin_n = r->begin_n;
    span->open = r->begin_n == 0 ? GOTRACE_SIDE_BEGIN : 0;
    span->depth = (uint32_t)i;
    span->self = span->to - span->from - r->inner;
    return span;
}

void region_step_begin(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    struct open_region r = {
        .from = e->time,
        .task = e->arg[0],
        .name = (uint32_t)e->arg[1],
        .stack = (uint32_t)e->arg[2],
        .begin_n = e->n,
    };
    if (g && !VEC_PUSH(&g->regions, r))
        s->failed = true;
}

/* The innermost of that task and name, else the innermost: regions may be ended in
 * another order. At least one is open. */
static size_t ending(const struct span_g *g, const gotrace_event *e)
{
    for (size_t i = g->regions.len; i > 0; i--) {
        const struct open_region *r = &g->regions.data[i - 1];
        if (r->task == e->arg[0] && r->name == (uint32_t)e->arg[1])
            return i - 1;
    }
    return g->regions.len - 1;
}

/* It began before what was read: around all that are open. */
static bool push_found(struct gotrace_spans *s, struct span_g *g, const gotrace_event *e)
{
    struct open_region r = {
        .from = g->life, .task = e->arg[0], .name = (uint32_t)e->arg[1], .inner = g->outer};
    if (VEC_PUSH(&g->regions, r))
        return true;
    s->failed = true;
    return false;
}

/* The one around it does not count it as its own time. */
static void count_inner(struct gotrace_spans *s, struct span_g *g, size_t i, int64_t to)
{
    int64_t ns = made_in_window(s, g->regions.data[i].from, to);
    if (i > 0)
        g->regions.data[i - 1].inner += ns;
    else
        g->outer += ns;
}

static void remove_region(struct span_g *g, size_t at)
{
    g->regions.len--;
    for (size_t i = at; i < g->regions.len; i++)
        g->regions.data[i] = g->regions.data[i + 1];
}

void region_step_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    if (!g || (g->regions.len == 0 && !push_found(s, g, e)))
        return;
    size_t i = ending(g, e);
    gotrace_span *span = add_region(s, g, i, e->time);
    if (span) {
        span->end_n = e->n;
        span->end_stack = (uint32_t)e->arg[2];
    }
    count_inner(s, g, i, e->time);
    remove_region(g, i);
}

void regions_flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint64_t end_n,
                   uint8_t open)
{
    int64_t inner = 0;
    for (size_t i = g->regions.len; i > 0; i--) {
        gotrace_span *span = add_region(s, g, i - 1, at);
        if (span) {
            span->self -= inner;
            span->end_n = end_n;
            span->open |= open;
        }
        inner = made_in_window(s, g->regions.data[i - 1].from, at);
    }
}
