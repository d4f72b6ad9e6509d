/* goroutine.c: what goroutines do, and for how long. */
#include <string.h>

#include "event/event.h"
#include "spans/spans.h"

/* Go 1.27 internal/trace/summary.go, IsSystemGoroutine. */
static bool is_system(const struct gotrace_spans *s, uint32_t func)
{
    static const char own[] = "runtime.", program[] = "runtime.main";
    uint32_t len;
    const char *name = gotrace_string(s->names, func, &len);
    if (len == sizeof program - 1 && memcmp(name, program, len) == 0)
        return false;
    return len == 0 || (len >= sizeof own - 1 && memcmp(name, own, sizeof own - 1) == 0);
}

/* A name once known stays; whether it is the runtime's own follows from it. */
void g_name(const struct gotrace_spans *s, struct span_g *g, uint32_t func)
{
    if (func == 0)
        return;
    g->func = func;
    g->system = is_system(s, func);
}

void g_describe(const struct gotrace_spans *s, const struct span_g *g, gotrace_span *span)
{
    span->g = g->id;
    span->func = g->func;
    span->system = g_is_system(s, g);
}

/* At the root of a goroutine's own stack is the function that it was started with. */
void g_stack(struct gotrace_spans *s, struct span_g *g, uint32_t stack)
{
    uint32_t len = stack ? gotrace_stack_len(s->names, stack) : 0;
    if (len == 0)
        return;
    g->stack = stack;
    if (g->func != 0)
        return;
    g_name(s, g, gotrace_stack_frame(s->names, stack, len - 1)->func);
}

/* States */

bool g_has_state(const struct span_g *g)
{
    return g->state != GOTRACE_STATE_NONE && g->state != GOTRACE_STATE_NOT_EXIST;
}

/* What is to be said of its end: the next state, the event, whether it is open. */
struct state_end {
    uint64_t n;
    uint8_t next, open;
};

/* Field by field, and nothing twice: there is one for each change. */
static void fill_state(const struct gotrace_spans *s, gotrace_span *restrict span,
                       const struct span_g *restrict g, struct state_end end)
{
    g_describe(s, g, span);
    span->p = g_proc(g);
    span->m = g->m;
    span->waker = g->waker;
    span->blocked = g->p_unknown ? NO_ID : 0;
    span->self = 0;
    span->task = g->task_since;
    span->parent = NO_TASK;
    span->begin_n = g->since_n;
    span->end_n = end.n;
    span->name = 0;
    span->reason = g->reason;
    span->stack = g->stack_since;
    span->end_stack = g->stack;
    span->waker_stack = g->waker_stack;
    span->region = g->region_since;
    span->depth = span->stats = 0;
    span->kind = GOTRACE_SPAN_STATE;
    span->state = g->state;
    span->prev = g->prev;
    span->next = end.next;
    span->open = (uint8_t)((g->open ? GOTRACE_SIDE_BEGIN : 0) | end.open);
    span->clipped = 0;
    span->bare = g->bare;
}

/* Since when it has been without a proc, NEVER. */
static int64_t without_proc(const struct span_g *g)
{
    if (g->state != GOTRACE_STATE_SYSCALL || g->p_unknown)
        return NEVER;
    return g->p == NO_ID ? g->since : g->proc_lost;
}

/* whole: neither a window nor a time without a proc makes it another than it says. */
static void make_state(struct gotrace_spans *s, const struct span_g *g, int64_t to,
                       struct state_end end, bool whole)
{
    gotrace_span *span = made_next(s);
    if (!span)
        return;
    fill_state(s, span, g, end);
    if (whole) {
        span->from = g->since;
        span->to = to;
        span->at = s->at;
        s->made.len++;
    } else {
        struct made m = {.span = span, .no_proc = without_proc(g), .inner_from = NEVER};
        made_end(s, &m, g->since, to);
    }
}

/* False: a span has to be made of it. */
static bool count_brief(struct gotrace_spans *s, const struct span_g *g, int64_t to)
{
    gotrace_span *span = &s->brief;
    span->from = g->since;
    span->to = to;
    span->g = g->id;
    span->func = g->func;
    span->reason = g->reason;
    span->stack = g->stack_since;
    span->state = g->state;
    return sums_count_brief(s, span);
}

/* sums_at_once: counted without a span if it can be; else made and summed here,
 * so that sums see spans in their order. */
static void add_state(struct gotrace_spans *s, struct span_g *g, int64_t to, struct state_end end)
{
    if (!spans_wanted(s, GOTRACE_SPAN_STATE) || !g_has_state(g))
        return;
    g->nameless |= g->func == 0;
    bool whole = without_proc(g) == NEVER && made_is_whole(s, g->since, to);
    if (s->sums_at_once && whole && count_brief(s, g, to))
        return;
    size_t first = s->made.len;
    make_state(s, g, to, end, whole);
    if (s->sums_at_once)
        sums_take(s, first);
}

/* Behind a GoSwitch, and where the order is a guess, `since` may be before what is known. */
static void set_state(struct gotrace_spans *s, struct span_g *g, uint8_t state, int64_t since)
{
    thread_leave(s, g);
    g->prev = g->state;
    g->state = state;
    g->since = since > g->since ? since : g->since;
    g->counted = s->spares_figures ? NEVER : g->since;
    g->since_n = 0;
    g->stack_since = g->stack;
    g->task_since = s->tallies ? 0 : task_of(s, g);
    g->region_since = g->regions.len ? g->regions.data[g->regions.len - 1].name : 0;
    g->reason = state == GOTRACE_STATE_WAITING ? 0 : GOTRACE_NO_REASON;
    g->p = g->m = g->waker = NO_ID;
    g->proc_lost = g->counted_lost = NEVER;
    g->waker_stack = 0;
    g->open = g->p_unknown = g->bare = false;
}

void g_discover(struct gotrace_spans *s, struct span_g *g, uint8_t state, int64_t since)
{
    g_list(s, g);
    set_state(s, g, state, since);
    if (g->created == NEVER)
        g->created = g->since;
    g->life = g->since;
    g->mentioned = 0;
    g->found |= !g->lost; /* else it is the one of before the loss */
    g->carried = g->lost;
    g->lost = false;
    g->prev = GOTRACE_STATE_NONE;
    g->open = true;
    figures_begin(s, g);
    work_resume(s, g, g->since);
}

/* An event that does not fit what was known: others before it are lost. */
static void lose_state(struct gotrace_spans *s, struct span_g *g, uint8_t state, int64_t now)
{
    int64_t until = heard_until(s, g, now);
    figures_leave(s, g, until);
    add_state(s, g, until, (struct state_end){.open = GOTRACE_SIDE_END});
    set_state(s, g, state, now);
    g->stack_since = s->partial ? 0 : g->stack_since;
    g->prev = GOTRACE_STATE_NONE;
    g->open = true;
}

/* Three ways to be in another state: nothing was known of it; it had ended, so
 * one of the same number has come; or events in between are lost. */
struct span_g *g_was(struct gotrace_spans *s, int64_t id, uint8_t state, int64_t now)
{
    struct span_g *g = g_make(s, id);
    if (!g || g->state == state)
        return g;
    if (g->state == GOTRACE_STATE_NONE)
        g_discover(s, g, state, heard_since(s, state, now));
    else if (g->state == GOTRACE_STATE_NOT_EXIST)
        g_discover(s, g, state, now);
    else
        lose_state(s, g, state, now);
    return g;
}

/* Whoever ends a wait is said of the wait, and of the time until it runs. */
static void wake(struct span_g *g, const struct span_change *c)
{
    g->waker = c->waker;
    g->waker_stack = c->waker_stack;
}

/* The span of the state that ends comes first, and its figures: set_state
 * forgets what it was. */
void g_become(struct gotrace_spans *s, struct span_g *g, const struct span_change *c)
{
    g_stack(s, g, c->stack);
    if (g->state == GOTRACE_STATE_WAITING)
        wake(g, c);
    add_state(s, g, c->now, (struct state_end){.n = c->n, .next = c->state});
    figures_leave(s, g, c->now);
    if (g->state == GOTRACE_STATE_SYSCALL)
        figures_end_syscall(s, g);
    set_state(s, g, c->state, c->now);
    g->since_n = c->n;
    g->bare = c->stack == 0;
    g->m = c->m;
    g->p = c->p;
    thread_take(s, g);
    g->reason = c->reason;
    wake(g, c);
    if (c->state == GOTRACE_STATE_SYSCALL)
        figures_syscall(s, g);
    if (c->state == GOTRACE_STATE_RUNNING && g->started == NEVER)
        g->started = c->now;
}

/* Lives */

/* `told` as well, though nobody may want lives: groups ask for it. */
static void add_life(struct gotrace_spans *s, struct span_g *g, int64_t to, struct state_end end)
{
    struct made m;
    g->told = g->told || made_is_any(s, g_born(g), to);
    g->nameless |= g->func == 0;
    if (!made_begin(s, &m, GOTRACE_SPAN_GOROUTINE))
        return;
    g_describe(s, g, m.span);
    m.span->name = g->func;
    m.span->task = g->inherited;
    m.span->stack = g->created_at;
    m.span->end_stack = g->stack;
    m.span->begin_n = g->found ? 0 : g->created_n;
    m.span->end_n = end.n;
    m.span->open = (uint8_t)((g->found ? GOTRACE_SIDE_BEGIN : 0) | end.open);
    m.span->prev = g->found ? GOTRACE_STATE_NONE : GOTRACE_STATE_NOT_EXIST;
    m.span->next = end.next;
    made_end(s, &m, g_born(g), to);
}

/* All that is within it ends with it, from the inside out. */
void g_end(struct gotrace_spans *s, struct span_g *g, const struct span_change *c)
{
    figures_leave(s, g, c->now); /* so that what ends here ends with it */
    assist_add(s, g, c->now, c->n, 0);
    collection_assist(s, &g->assist, c->now);
    regions_flush(s, g, c->now, c->n, 0);
    work_stop(s, g, c->now);
    regions_forget(g);
    g->stack = 0; /* nothing says where it is */
    g_become(s, g, c);
    add_life(s, g, c->now, (struct state_end){.n = c->n, .next = GOTRACE_STATE_NOT_EXIST});
    figures_finish(s, g, c->now);
    assist_forget(g);
    g->ended = c->now;
    g_is_over(s, g);
}

/* The same but for its life. */
static void flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint8_t open)
{
    int64_t until = heard_until(s, g, at);
    assist_add(s, g, until, 0, open);
    regions_flush(s, g, until, 0, open);
    if (g->since <= s->begun_by)
        add_state(s, g, until, (struct state_end){.open = open});
}

/* It goes on, or is forgotten by the caller. */
void g_flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint8_t open)
{
    if (g->lost)
        add_life(s, g, g->since, (struct state_end){.open = open});
    if (!g_has_state(g))
        return;
    flush(s, g, at, open);
    add_life(s, g, at, (struct state_end){.open = open});
}

/* What is known of one that had the same id is over; its memory serves again. */
static void reset(struct span_g *g)
{
    struct span_g fresh = g_unknown(g->id);
    assist_forget(g);
    regions_forget(g);
    fresh.since = g->since;
    fresh.listed = g->listed;
    fresh.told = g->told;
    fresh.nameless = g->nameless;
    g_put(g, &fresh);
}

/* Whoever has that number still is over by that, though no event ends it. */
void g_begin(struct gotrace_spans *s, struct span_g *g, const struct span_change *c,
             uint64_t inherited)
{
    g_flush(s, g, c->now, GOTRACE_SIDE_END);
    work_stop(s, g, c->now);
    reset(g);
    g_list(s, g);
    g->state = GOTRACE_STATE_NOT_EXIST;
    g->created = g->life = c->now;
    g->created_n = c->n;
    g->creator = c->waker;
    g->created_at = c->waker_stack;
    g_stack(s, g, c->stack);
    if (g->func == 0)
        g_name(s, g, known_func(s, g->id));
    g->inherited = g->func && g->system ? 0 : inherited; /* the runtime works for all */
    g_become(s, g, c);
    work_resume(s, g, c->now);
}

/* Its record stays, with the figures up to then: it may come up again. */
static void forget(struct gotrace_spans *s, struct span_g *g, int64_t at)
{
    work_stop(s, g, at);
    figures_leave(s, g, heard_until(s, g, at));
    figures_finish(s, g, at);
    g->state = GOTRACE_STATE_NONE;
    g->stack = 0; /* where it is when it is heard of next, nobody knows */
    regions_forget(g);
    assist_forget(g);
}

/* A new count of losses takes all of them off the list at once (span_g.listed). */
void g_lose(struct gotrace_spans *s, int64_t at)
{
    for (size_t i = 0; i < s->known.len; i++) {
        struct span_g *g = g_known(s, &s->known.data[i]);
        if (!g)
            continue; /* it has ended */
        if (!g_has_state(g))
            continue;
        flush(s, g, at, GOTRACE_SIDE_END);
        forget(s, g, at);
        g->since = at;
        g->lost = true;
    }
    s->known.len = 0;
    s->losses++;
}

/* Those that have ended leave the list, so that who asks again and again goes through as many as
 * are there; with the number of one that ended another may come, and is listed anew. */
void g_peek(struct gotrace_spans *s, int64_t at)
{
    g_unlist_ended(s);
    for (size_t i = 0; i < s->known.len; i++)
        g_flush(s, g_known(s, &s->known.data[i]), at, GOTRACE_SIDE_END);
}
