/* goroutine_steps.c: what events say of goroutines. */
#include "event/event.h"
#include "spans/spans.h"

/* On no thread, for no reason, woken by nobody: the callers say what is otherwise. */
static struct span_change change(const gotrace_event *e, uint8_t state)
{
    return (struct span_change){
        .state = state,
        .now = e->time,
        .n = e->n,
        .m = NO_ID,
        .p = NO_ID,
        .waker = NO_ID,
        .reason = GOTRACE_NO_REASON,
    };
}

/* The thread of the event takes it up. */
static struct span_change change_here(const gotrace_event *e, uint8_t state)
{
    struct span_change c = change(e, state);
    c.m = e->m;
    c.p = e->p;
    return c;
}

/* from: the state that the event needs, whatever was known before. */
static void become(struct gotrace_spans *s, int64_t id, uint8_t from, const struct span_change *c)
{
    struct span_g *g = g_was(s, id, from, c->now);
    if (g)
        g_become(s, g, c);
}

static void end(struct gotrace_spans *s, int64_t id, uint8_t from, const struct span_change *c)
{
    struct span_g *g = g_was(s, id, from, c->now);
    if (g)
        g_end(s, g, c);
}

/* Creations */

/* A goroutine works on its creator's task until it begins one, or is in a region. */
static void create(struct gotrace_spans *s, int64_t id, const struct span_change *c)
{
    struct span_g *creator = s->tallies ? NULL : g_find(s, c->waker);
    uint64_t task = creator ? task_of(s, creator) : 0;
    struct span_g *g = g_make(s, id);
    if (g)
        g_begin(s, g, c, task);
}

static void create_by_go(struct gotrace_spans *s, const gotrace_event *e, uint8_t state)
{
    struct span_change c = change(e, state);
    c.waker = e->g;
    c.stack = (uint32_t)e->arg[1];
    c.waker_stack = (uint32_t)e->arg[2];
    if (state == GOTRACE_STATE_WAITING)
        c.reason = 0; /* which the trace does not say */
    create(s, (int64_t)e->arg[0], &c);
}

void g_step_create(struct gotrace_spans *s, const gotrace_event *e)
{
    create_by_go(s, e, GOTRACE_STATE_RUNNABLE);
}

void g_step_create_blocked(struct gotrace_spans *s, const gotrace_event *e)
{
    create_by_go(s, e, GOTRACE_STATE_WAITING);
}

/* A C thread calls Go: nobody creates the goroutine, and its stack is not known. */
void g_step_create_syscall(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change_here(e, GOTRACE_STATE_SYSCALL);
    create(s, (int64_t)e->arg[0], &c);
}

/* Changes */

void g_step_start(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change_here(e, GOTRACE_STATE_RUNNING);
    become(s, (int64_t)e->arg[0], GOTRACE_STATE_RUNNABLE, &c);
}

void g_step_stop(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_RUNNABLE);
    c.stack = (uint32_t)e->arg[1];
    become(s, e->g, GOTRACE_STATE_RUNNING, &c);
}

/* Of a goroutine that waits forever nothing is to come; Go's Summarizer ends its
 * figures there. */
void g_step_block(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_WAITING);
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    if (!g)
        return;
    c.reason = (uint32_t)e->arg[0];
    c.stack = (uint32_t)e->arg[1];
    g_become(s, g, &c);
    if (c.reason == s->forever)
        figures_finish(s, g, e->time);
}

void g_step_unblock(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_RUNNABLE);
    c.waker = e->g;
    c.waker_stack = (uint32_t)e->arg[2];
    become(s, (int64_t)e->arg[0], GOTRACE_STATE_WAITING, &c);
}

void g_step_destroy(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_NOT_EXIST);
    end(s, e->g, GOTRACE_STATE_RUNNING, &c);
}

/* Three steps, a nanosecond apart, as Go's reader makes them (Go 1.27
 * internal/trace/order.go, advanceGoSwitch). */
void g_step_switch(struct gotrace_spans *s, const gotrace_event *e)
{
    bool ends = e->type == EvGoSwitchDestroy;
    struct span_change wake = change(e, GOTRACE_STATE_RUNNABLE);
    struct span_change stop = change(e, ends ? GOTRACE_STATE_NOT_EXIST : GOTRACE_STATE_WAITING);
    struct span_change start = change_here(e, GOTRACE_STATE_RUNNING);
    wake.waker = e->g;
    stop.now += 1;
    stop.reason = ends ? GOTRACE_NO_REASON : 0;
    start.now += 2;
    s->last = start.now;
    become(s, (int64_t)e->arg[0], GOTRACE_STATE_WAITING, &wake);
    (ends ? end : become)(s, e->g, GOTRACE_STATE_RUNNING, &stop);
    become(s, (int64_t)e->arg[0], GOTRACE_STATE_RUNNABLE, &start);
}

/* Syscalls */

void g_step_syscall(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change_here(e, GOTRACE_STATE_SYSCALL);
    c.stack = (uint32_t)e->arg[1];
    become(s, e->g, GOTRACE_STATE_RUNNING, &c);
}

void g_step_syscall_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change_here(e, GOTRACE_STATE_RUNNING);
    become(s, e->g, GOTRACE_STATE_SYSCALL, &c);
}

/* It has lost its proc, and has to wait for one. */
void g_step_syscall_end_blocked(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_RUNNABLE);
    become(s, e->g, GOTRACE_STATE_SYSCALL, &c);
}

/* Its proc is let go of a nanosecond before, as Go's reader has it. */
void g_step_destroy_syscall(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_change c = change(e, GOTRACE_STATE_NOT_EXIST);
    if (e->p != NO_ID)
        p_lose(s, e, e->time - 1);
    end(s, e->g, GOTRACE_STATE_SYSCALL, &c);
}

/* Statuses */

/* Nothing was known of it: it has been so since the generation began. */
static void settle(struct gotrace_spans *s, struct span_g *g, uint8_t state, const gotrace_event *e)
{
    g_discover(s, g, state, spans_stated_since(s));
    bool in_syscall = state == GOTRACE_STATE_SYSCALL;
    if (state == GOTRACE_STATE_RUNNING || in_syscall) {
        g->m = in_syscall ? (int64_t)e->arg[1] : e->m;
        g->p_unknown = in_syscall && s->is_v1; /* that which tells of it, for the Summarizer */
        g->p = e->p;
        thread_take(s, g);
    }
    if (e->type == EvGoStatusStack)
        g_stack(s, g, (uint32_t)e->arg[3]);
    g->stack_since = g->stack;
    figures_status(g, e->time);
    if (in_syscall)
        figures_syscall(s, g);
    if (state == GOTRACE_STATE_RUNNING)
        g->started = e->time;
}

/* What is known already is stated again by each generation; what differs from it
 * is a loss. */
void g_step_status(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_make(s, (int64_t)e->arg[0]);
    uint8_t state = (uint8_t)e->arg[2];
    if (!g || state == GOTRACE_STATE_NONE || state > GOTRACE_STATE_WAITING)
        return;
    if (g_has_state(g))
        (void)g_was(s, g->id, state, e->time);
    else
        settle(s, g, state, e);
}

/* It is the event's own goroutine's, until it is given another. */
void g_step_label(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = s->tallies ? NULL : g_find(s, e->g);
    if (g)
        g->label = (uint32_t)e->arg[0];
}
