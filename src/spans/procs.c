/* procs.c: procs, running or idle as Go's reader has them. */
#include "event/event.h"
#include "spans/spans.h"

struct span_p *p_find(const struct gotrace_spans *s, int64_t id)
{
    uint32_t i = id < 0 ? NO_RECORD : idmap_get(&s->p_of, (uint64_t)id);
    return i == NO_RECORD ? NULL : &s->ps.data[i];
}

/* Pointers to procs are good until the next one is made. An event without a proc
 * (-1) makes none. */
struct span_p *p_make(struct gotrace_spans *s, int64_t id)
{
    struct span_p *p = p_find(s, id);
    if (p || id < 0)
        return p;
    struct span_p unknown = {
        .id = id,
        .since = NEVER,
        .in_syscall = NO_ID,
        .counted_syscall = NO_ID,
        .counted_sweep = NO_ID,
        .m = NO_ID,
        .g = NO_ID,
    };
    uint32_t i = (uint32_t)s->ps.len;
    if (VEC_PUSH(&s->ps, unknown) && idmap_put(&s->p_of, (uint64_t)id, i))
        return &s->ps.data[i];
    s->failed = true;
    return NULL;
}

/* end_n 0: no event ends it. */
static void add_state(struct gotrace_spans *s, const struct span_p *p, int64_t to, uint8_t next,
                      uint64_t end_n, uint8_t open)
{
    struct made m;
    if (p->state == GOTRACE_STATE_NONE || !made_begin(s, &m, GOTRACE_SPAN_PROC))
        return;
    m.span->p = p->id;
    m.span->m = p->m;
    m.span->state = p->state;
    m.span->prev = p->prev;
    m.span->next = next;
    m.span->begin_n = p->since_n;
    m.span->end_n = end_n;
    m.span->open = (uint8_t)((p->open ? GOTRACE_SIDE_BEGIN : 0) | open);
    made_end(s, &m, p->since, to);
}

/* What it did up to now counts. */
static void count(struct span_p *p, int64_t now)
{
    if (p->state == GOTRACE_STATE_RUNNING)
        p->ns[0] += now - p->since;
    else if (p->state == GOTRACE_STATE_IDLE)
        p->ns[1] += now - p->since;
}

/* `since` never goes back: where the order of events is a guess their times may. */
static void set_state(struct span_p *p, uint8_t state, int64_t since, uint64_t n)
{
    p->prev = p->state;
    p->state = state;
    p->since = since > p->since ? since : p->since;
    p->since_n = n;
    p->m = NO_ID;
    p->open = false;
}

/* No event begins it, hence number 0; how long before `since` it began is not known. */
static void discover(struct span_p *p, uint8_t state, int64_t since)
{
    set_state(p, state, since, 0);
    p->open = true;
}

/* The syscall that it was in goes on without a proc. */
static void leave_syscall(struct gotrace_spans *s, struct span_p *p, int64_t now)
{
    struct span_g *g = g_find(s, p->in_syscall), *counted = g_find(s, p->counted_syscall);
    if (g)
        g->proc_lost = now;
    if (counted)
        counted->counted_lost = now;
    p->in_syscall = p->counted_syscall = NO_ID;
}

/* The span first: it is of the thread that had the proc until now. When the proc
 * stops running, a syscall on it goes on without it. */
static void become(struct gotrace_spans *s, struct span_p *p, uint8_t state, const gotrace_event *e,
                   int64_t now)
{
    add_state(s, p, now, state, e->n, 0);
    count(p, now);
    thread_leave_proc(s, p);
    set_state(p, state, now, e->n);
    if (state == GOTRACE_STATE_RUNNING)
        p->m = e->m;
    else
        leave_syscall(s, p, now);
    thread_take_proc(s, p);
}

/* The proc, which an event says was in that state. */
static struct span_p *was(struct gotrace_spans *s, int64_t id, uint8_t state, int64_t now)
{
    struct span_p *p = p_make(s, id);
    if (p && p->state == GOTRACE_STATE_NONE)
        discover(p, state, heard_since(s, state, now));
    return p;
}

/* What is so already is no change: as much is said again by a status, or by an
 * event behind it. */
static void become_if_other(struct gotrace_spans *s, int64_t id, uint8_t from, uint8_t to,
                            const gotrace_event *e, int64_t now)
{
    struct span_p *p = was(s, id, from, now);
    if (p && p->state != to)
        become(s, p, to, e, now);
}

void p_step_start(struct gotrace_spans *s, const gotrace_event *e)
{
    become_if_other(s, (int64_t)e->arg[0], GOTRACE_STATE_IDLE, GOTRACE_STATE_RUNNING, e, e->time);
}

void p_step_stop(struct gotrace_spans *s, const gotrace_event *e)
{
    become_if_other(s, e->p, GOTRACE_STATE_RUNNING, GOTRACE_STATE_IDLE, e, e->time);
}

/* A proc that is in a syscall counts as running, as Go's reader has it. */
void p_step_steal(struct gotrace_spans *s, const gotrace_event *e)
{
    become_if_other(s, (int64_t)e->arg[0], GOTRACE_STATE_RUNNING, GOTRACE_STATE_IDLE, e, e->time);
}

/* At the caller's time, which may be before what the event says of its goroutine. */
void p_lose(struct gotrace_spans *s, const gotrace_event *e, int64_t now)
{
    become_if_other(s, e->p, GOTRACE_STATE_RUNNING, GOTRACE_STATE_IDLE, e, now);
}

/* As Go's reader has it (Go 1.27 internal/trace/event.go); NONE: a status of no
 * meaning. */
static uint8_t state_of(uint64_t status)
{
    if (status == ProcRunning || status == ProcSyscall)
        return GOTRACE_STATE_RUNNING;
    return status == ProcIdle || status == ProcSyscallAbandoned ? GOTRACE_STATE_IDLE
                                                                : GOTRACE_STATE_NONE;
}

/* One that nobody has told of comes up: in a later generation it is new (Go 1.27
 * internal/trace/order.go, advanceProcStatus), if nothing was lost. */
static void settle(struct gotrace_spans *s, struct span_p *p, uint8_t state, const gotrace_event *e)
{
    bool is_new = s->generations > 1 && s->lost == 0;
    if (is_new) {
        p->state = GOTRACE_STATE_NOT_EXIST;
        set_state(p, state, e->time, e->n);
    } else {
        discover(p, state, spans_stated_since(s));
    }
    if (state == GOTRACE_STATE_RUNNING)
        p->m = e->m;
    thread_take_proc(s, p);
}

/* Of one that is known a status says nothing new: each generation states all of
 * them again. */
void p_step_status(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_p *p = p_make(s, (int64_t)e->arg[0]);
    uint8_t state = state_of(e->arg[1]);
    if (p && p->state == GOTRACE_STATE_NONE && state != GOTRACE_STATE_NONE)
        settle(s, p, state, e);
}

/* What becomes of all of them */

void procs_flush(struct gotrace_spans *s, int64_t at, uint8_t open)
{
    for (size_t i = 0; i < s->ps.len; i++) {
        const struct span_p *p = &s->ps.data[i];
        add_state(s, p, heard_proc_until(s, p, at), GOTRACE_STATE_NONE, 0, open);
        if (p->sweep.on)
            range_add(s, GOTRACE_SPAN_SWEEP, &p->sweep, at, 0, open);
    }
}

/* What they did until then counts; what they do from then on is unknown, and so
 * is what was on them. */
void procs_forget(struct gotrace_spans *s, int64_t at)
{
    for (size_t i = 0; i < s->ps.len; i++) {
        struct span_p *p = &s->ps.data[i];
        count(p, heard_proc_until(s, p, at));
        p->m = p->g = NO_ID;
        p->state = GOTRACE_STATE_NONE;
        p->in_syscall = p->counted_syscall = p->counted_sweep = NO_ID;
        p->sweep.on = false;
    }
}
