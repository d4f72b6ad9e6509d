/* ranges.c: stops of the world, mark phases, sweeps and assists. */
#include "spans/spans.h"

/* stats: gotrace_span.stats. */
static void add_range(struct gotrace_spans *s, gotrace_span_kind kind, const struct open_range *r,
                      int64_t to, uint64_t end_n, uint8_t open, uint32_t stats)
{
    struct span_g *g = s->tallies ? NULL : g_find(s, r->g);
    struct made m;
    if (!made_begin(s, &m, kind))
        return;
    m.span->p = r->p;
    m.span->m = r->m;
    m.span->name = r->name;
    m.span->stack = r->stack;
    m.span->begin_n = r->begin_n;
    m.span->end_n = end_n;
    m.span->open = (uint8_t)((r->open ? GOTRACE_SIDE_BEGIN : 0) | open);
    m.span->stats = stats;
    if (g) {
        g_describe(s, g, m.span);
        m.span->task = task_of(s, g);
        m.span->end_stack = g->stack;
    }
    made_end(s, &m, r->from, to);
}

void range_add(struct gotrace_spans *s, gotrace_span_kind kind, const struct open_range *r,
               int64_t to, uint64_t end_n, uint8_t open)
{
    add_range(s, kind, r, to, end_n, open, 0);
}

/* On the context that the event has. */
static struct open_range begun(const struct gotrace_spans *s, gotrace_span_kind kind,
                               const gotrace_event *e, uint64_t stack)
{
    return (struct open_range){
        .from = e->time,
        .g = e->g,
        .p = e->p,
        .m = e->m,
        .begin_n = e->n,
        .name = s->names_of[kind],
        .stack = (uint32_t)stack,
        .on = true,
    };
}

/* Of one of which only the end is seen, or that it is going on. */
static struct open_range found(const struct gotrace_spans *s, gotrace_span_kind kind, int64_t from)
{
    return (struct open_range){
        .from = from,
        .g = NO_ID,
        .p = NO_ID,
        .m = NO_ID,
        .name = s->names_of[kind],
        .on = true,
        .open = true,
    };
}

/* Stops of the world */

/* In a list: several goroutines may wait for a stop at one time, and one may
 * begin several. */
void range_step_stw(struct gotrace_spans *s, const gotrace_event *e)
{
    struct open_range r = begun(s, GOTRACE_SPAN_STW, e, e->arg[1]);
    r.name = (uint32_t)e->arg[0];
    if (!VEC_PUSH(&s->stops, r))
        s->failed = true;
}

/* The kind of the stop that an event ends, GOTRACE_NO_KIND; v1 has none at ends. */
static uint64_t kind_of_end(const struct gotrace_spans *s, const gotrace_event *e)
{
    return s->is_v1 ? GOTRACE_NO_KIND : e->arg[0];
}

static bool is_that_stop(const struct gotrace_spans *s, const struct open_range *r,
                         const gotrace_event *e)
{
    uint64_t kind = kind_of_end(s, e);
    return r->g == e->g && (kind == GOTRACE_NO_KIND || r->name == kind);
}

/* The number of the goroutine's last one of that kind, from 1; 0: there is none. */
static size_t find_stop(const struct gotrace_spans *s, const gotrace_event *e)
{
    size_t n = s->stops.len, least = n > MOST_NESTED ? n - MOST_NESTED : 0;
    for (size_t i = n; i > least; i--)
        if (is_that_stop(s, &s->stops.data[i - 1], e))
            return i;
    return 0;
}

static void remove_stop(struct gotrace_spans *s, size_t at)
{
    s->stops.len--;
    for (size_t i = at; i < s->stops.len; i++)
        s->stops.data[i] = s->stops.data[i + 1];
}

/* Of a stop that began before what is known there is its end alone. */
void range_step_stw_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct open_range r = found(s, GOTRACE_SPAN_STW, heard_stw_since(s));
    size_t i = find_stop(s, e);
    r.g = e->g;
    uint64_t kind = kind_of_end(s, e);
    r.name = kind == GOTRACE_NO_KIND ? 0 : (uint32_t)kind;
    if (i > 0) {
        r = s->stops.data[i - 1];
        remove_stop(s, i - 1);
    }
    s->heard.stw_ended = e->time;
    range_add(s, GOTRACE_SPAN_STW, &r, e->time, e->n, 0);
    collection_stop(s, &r, e->time);
}

/* The mark phase */

/* A cycle of the collector is its mark phase (collections.c). */
static void begin_gc(struct gotrace_spans *s, struct open_range r)
{
    s->gc = r;
    collection_begin(s, &r);
}

void range_step_gc(struct gotrace_spans *s, const gotrace_event *e)
{
    begin_gc(s, begun(s, GOTRACE_SPAN_GC, e, e->arg[1]));
}

/* Stated by each generation: of a phase that is known nothing is new. */
void range_step_gc_active(struct gotrace_spans *s, const gotrace_event *e)
{
    (void)e;
    if (!s->gc.on)
        begin_gc(s, found(s, GOTRACE_SPAN_GC, spans_stated_since(s)));
}

void range_step_gc_end(struct gotrace_spans *s, const gotrace_event *e)
{
    if (!s->gc.on)
        begin_gc(s, found(s, GOTRACE_SPAN_GC, later(s->known_from, s->heard.gc_ended)));
    s->heard.gc_ended = e->time;
    range_add(s, GOTRACE_SPAN_GC, &s->gc, e->time, e->n, 0);
    collection_end(s, e->time);
    s->gc.on = false;
}

/* Sweeps are procs'. They count for a goroutine that is there at both ends (Go 1.27
 * internal/trace/summary.go, rangesP). */

/* For figures, beside the span: from when it counts for the goroutine that is on
 * the proc. */
static void count_sweep(struct gotrace_spans *s, struct span_p *p, int64_t id, int64_t from)
{
    struct span_g *g = g_find(s, id);
    if (!g)
        return;
    p->counted_sweep = id;
    g->counted_sweep = from;
}

void range_step_sweep(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_p *p = p_make(s, e->p);
    if (!p)
        return;
    p->sweep = begun(s, GOTRACE_SPAN_SWEEP, e, e->arg[0]);
    count_sweep(s, p, e->g, e->time);
}

/* What it counted up to the generation's begin is kept, and it counts anew from there. */
void range_step_sweep_active(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_p *p = p_make(s, (int64_t)e->arg[0]);
    struct span_g *g = g_find(s, e->g);
    if (!p)
        return;
    if (!p->sweep.on) {
        p->sweep = found(s, GOTRACE_SPAN_SWEEP, spans_stated_since(s));
        p->sweep.p = p->id;
    }
    if (g && g->counted_sweep != NEVER)
        g->figures.sum.sweep += s->generation - g->counted_sweep;
    count_sweep(s, p, e->g, s->generation);
}

/* Only of the goroutine for which it began to count. */
static void stop_counting(struct gotrace_spans *s, struct span_p *p, const gotrace_event *e)
{
    struct span_g *g = p->counted_sweep == e->g ? g_find(s, e->g) : NULL;
    p->counted_sweep = NO_ID;
    if (!g || g->counted_sweep == NEVER)
        return;
    g->figures.sum.sweep += e->time - g->counted_sweep;
    g->counted_sweep = NEVER;
}

void range_step_sweep_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_p *p = p_make(s, e->p);
    if (!p)
        return;
    if (!p->sweep.on) {
        p->sweep = found(s, GOTRACE_SPAN_SWEEP, later(s->known_from, p->sweep_ended));
        p->sweep.p = p->id;
    }
    range_add(s, GOTRACE_SPAN_SWEEP, &p->sweep, e->time, e->n, 0);
    p->sweep.on = false;
    p->sweep_ended = e->time;
    stop_counting(s, p, e);
}

/* Assists are goroutines' */

/* Also where none is going on. */
void assist_forget(struct span_g *g)
{
    mem_free(g->assist_before);
    g->assist_before = NULL;
    g->assist.on = false;
}

/* Its figures are known if it was seen to begin, or has lasted since all that is
 * known of the goroutine. */
void assist_add(struct gotrace_spans *s, const struct span_g *g, int64_t to, uint64_t end_n,
                uint8_t open)
{
    bool wanted = g->assist.on && spans_wanted(s, GOTRACE_SPAN_ASSIST);
    bool is_whole = g->assist_before || g->assist.from == g->life;
    uint32_t stats =
        wanted && is_whole ? account_since(s, GOTRACE_SPAN_ASSIST, g, to, g->assist_before) : 0;
    if (wanted)
        add_range(s, GOTRACE_SPAN_ASSIST, &g->assist, to, end_n, open, stats);
}

void range_step_assist(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    if (!g)
        return;
    assist_forget(g);
    g->assist = begun(s, GOTRACE_SPAN_ASSIST, e, e->arg[0]);
    g->assist_before = snapshot_take(s, GOTRACE_SPAN_ASSIST, g, e->time);
}

void range_step_assist_active(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_find(s, (int64_t)e->arg[0]);
    if (!g || g->assist.on)
        return;
    g->assist = found(s, GOTRACE_SPAN_ASSIST, spans_stated_since(s));
    g->assist.g = g->id;
}

/* One that was not seen to begin has a span, and is in no figure of the goroutine. */
void range_step_assist_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    if (!g)
        return;
    bool counts = g->assist.on;
    if (!counts)
        g->assist = found(s, GOTRACE_SPAN_ASSIST, heard_assist_since(s, g));
    g->assist.g = g->id;
    assist_add(s, g, e->time, e->n, 0);
    collection_assist(s, &g->assist, e->time);
    g->figures.sum.gc_assist += counts ? e->time - g->assist.from : 0;
    assist_forget(g);
    g->assist.from = e->time;
}

/* What becomes of those that are nobody's; sweeps and assists go with their procs and
 * goroutines. */

void ranges_flush(struct gotrace_spans *s, int64_t at, uint8_t open)
{
    for (size_t i = 0; i < s->stops.len; i++)
        range_add(s, GOTRACE_SPAN_STW, &s->stops.data[i], at, 0, open);
    if (s->gc.on)
        range_add(s, GOTRACE_SPAN_GC, &s->gc, at, 0, open);
}

void ranges_forget(struct gotrace_spans *s)
{
    s->stops.len = 0;
    s->gc.on = false;
}
