/* figures.c: how goroutines spend their time as Go's Summarizer counts it, its ways
 * included (Go 1.27 internal/trace/summary.go). */
#include "spans/spans.h"

/* Go's runtime has some thirty reasons. A file may have any number: those beyond so many
 * are one, without a word. */
enum { MOST_REASONS = 64 };

/* In a list that is gone through, as there are few. */
int64_t *figures_blocked_for(struct figures *f, uint32_t reason)
{
    for (size_t i = 0; i < f->block.len; i++)
        if (f->block.data[i].reason == reason)
            return &f->block.data[i].ns;
    if (f->block.len >= MOST_REASONS && reason != 0)
        return figures_blocked_for(f, 0);
    struct blocked_for first = {.reason = reason};
    if (!VEC_PUSH_FEW(&f->block, first))
        return NULL;
    return &f->block.data[f->block.len - 1].ns;
}

/* A wait without a reason counts for "", string 0. */
static void count_blocked(struct gotrace_spans *s, struct span_g *g, int64_t ns)
{
    int64_t *sum = figures_blocked_for(&g->figures, g->reason == GOTRACE_NO_REASON ? 0 : g->reason);
    if (sum)
        *sum += ns;
    else
        s->failed = true;
}

/* With its proc it is in the syscall, without it is blocked. */
static void count_syscall(struct span_g *g, int64_t now)
{
    bool lost = g->counted_lost != NEVER;
    g->figures.sum.syscall += (lost ? g->counted_lost : now) - g->counted;
    g->figures.sum.syscall_block += lost ? now - g->counted_lost : 0;
}

/* Of no state, and of one that has ended, there is nothing to count. */
void figures_left(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    gotrace_stats *sum = &g->figures.sum;
    if (g->state == GOTRACE_STATE_RUNNING)
        sum->exec += now - g->counted;
    else if (g->state == GOTRACE_STATE_RUNNABLE)
        sum->sched_wait += now - g->counted;
    else if (g->state == GOTRACE_STATE_WAITING)
        count_blocked(s, g, now - g->counted);
    else if (g->state == GOTRACE_STATE_SYSCALL)
        count_syscall(g, now);
    g->counted = NEVER;
}

void gotrace_spans_spare_figures(gotrace_spans *s)
{
    s->spares_figures = true;
}

/* Go's Summarizer has a trace of v1 begin 1 ns before its first event. */
void figures_begin(const struct gotrace_spans *s, struct span_g *g)
{
    int64_t lead = s->is_v1 && s->generations <= 1 && s->lost == 0;
    g->counted = s->spares_figures ? NEVER : g->since - lead;
    g->figures.sum.total += lead;
    g->final = false;
}

/* A syscall without a proc is blocked up to its status, and counts as any behind it. */
void figures_status(struct span_g *g, int64_t now)
{
    if (g->state == GOTRACE_STATE_SYSCALL && g->p == NO_ID && g->counted != NEVER) {
        g->figures.sum.syscall_block += now - g->counted;
        g->counted = now;
    }
}

/* Twice: as the Summarizer has it, and as it is. figures_end_syscall tells them apart. */
void figures_syscall(struct gotrace_spans *s, struct span_g *g)
{
    struct span_p *p = p_make(s, g->p);
    if (p)
        p->counted_syscall = p->in_syscall = g->id;
}

/* The Summarizer lets go of whatever is in a syscall with that proc by now. */
void figures_end_syscall(struct gotrace_spans *s, struct span_g *g)
{
    struct span_p *p = p_find(s, g->p);
    if (!p)
        return;
    p->counted_syscall = NO_ID;
    if (p->in_syscall == g->id)
        p->in_syscall = NO_ID;
}

/* What comes behind the first call (an end, a wait forever) adds to the total no more. */
void figures_finish(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    figures_leave(s, g, now);
    if (!g->final) {
        g->figures.sum.total += now - g->life;
        g->figures.sum.gc_assist += g->assist.on ? now - g->assist.from : 0;
    }
    if (g->counted_sweep != NEVER)
        g->figures.sum.sweep += now - g->counted_sweep;
    g->counted_sweep = NEVER;
    g->final = true;
}

/* What is going on. */
static void add_state(const struct span_g *g, int64_t now, gotrace_stats *sum)
{
    bool lost = g->counted_lost != NEVER;
    if (g->state == GOTRACE_STATE_RUNNING)
        sum->exec += now - g->counted;
    else if (g->state == GOTRACE_STATE_RUNNABLE)
        sum->sched_wait += now - g->counted;
    else if (g->state == GOTRACE_STATE_WAITING)
        sum->block += now - g->counted;
    else if (g->state == GOTRACE_STATE_SYSCALL)
        sum->syscall += (lost ? g->counted_lost : now) - g->counted;
    if (g->state == GOTRACE_STATE_SYSCALL && lost)
        sum->syscall_block += now - g->counted_lost;
}

/* Blocked time is kept by reason, and is summed up here. */
void figures_exact(const struct span_g *g, int64_t now, gotrace_stats *sum)
{
    *sum = g->figures.sum;
    for (size_t i = 0; i < g->figures.block.len; i++)
        sum->block += g->figures.block.data[i].ns;
    if (g->counted != NEVER)
        add_state(g, now, sum);
    if (g->counted_sweep != NEVER)
        sum->sweep += now - g->counted_sweep;
    if (g->final)
        return;
    sum->total += now - g->life;
    sum->gc_assist += g->assist.on ? now - g->assist.from : 0;
}

/* Of a syscall that lost its proc all of it, and the time without one as waiting to run, as
 * GoroutineSummary.snapshotStat has it. */
void figures_now(const struct span_g *g, int64_t now, gotrace_stats *sum)
{
    figures_exact(g, now, sum);
    if (g->state != GOTRACE_STATE_SYSCALL || g->counted == NEVER || g->counted_lost == NEVER)
        return;
    sum->syscall += now - g->counted_lost;
    sum->syscall_block -= now - g->counted_lost;
    sum->sched_wait += now - g->counted_lost;
}

static bool has_reason(const struct figures *f, uint32_t reason)
{
    for (size_t i = 0; i < f->block.len; i++)
        if (f->block.data[i].reason == reason)
            return true;
    return false;
}

/* The reason of the wait at hand comes last, if it is none of those before. */
bool figures_block(const struct span_g *g, uint32_t i, int64_t now, uint32_t *reason, int64_t *ns)
{
    const struct figures *f = &g->figures;
    bool waits = g->state == GOTRACE_STATE_WAITING && g->counted != NEVER;
    uint32_t own = g->reason == GOTRACE_NO_REASON ? 0 : g->reason;
    bool listed = i < f->block.len;
    if (!listed && (i > f->block.len || !waits || has_reason(f, own)))
        return false;
    *reason = listed ? f->block.data[i].reason : own;
    *ns = listed ? f->block.data[i].ns : 0;
    *ns += waits && *reason == own ? now - g->counted : 0;
    return true;
}
