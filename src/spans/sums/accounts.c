/* accounts.c: how goroutines spend the time that lies in a region, an assist or a task.
 *
 * A snapshot is what a goroutine's figures were as one began; what they have grown by is
 * what lies in it. A task is many goroutines', each for as long as it works on it. */
#include "spans/spans.h"

/* One piece of memory: figures have a list of their own for reasons, a snapshot
 * has it behind. */
struct snapshot {
    gotrace_stats sum;
    uint32_t reasons;
    struct blocked_for block[];
};

static bool is_accounted(const struct gotrace_spans *s, gotrace_span_kind kind)
{
    return s->accounts >> kind & 1;
}

/* With the reason of the wait at hand, if it is a new one. */
static uint32_t count_reasons(const struct span_g *g, int64_t now)
{
    uint32_t n = 0, reason;
    int64_t ns;
    while (figures_block(g, n, now, &reason, &ns))
        n++;
    return n;
}

struct snapshot *snapshot_take(struct gotrace_spans *s, gotrace_span_kind kind,
                               const struct span_g *g, int64_t now)
{
    if (!is_accounted(s, kind))
        return NULL;
    uint32_t n = count_reasons(g, now);
    struct snapshot *shot = mem_alloc(sizeof *shot + n * sizeof *shot->block);
    if (!shot) {
        s->failed = true;
        return NULL;
    }
    figures_exact(g, now, &shot->sum);
    shot->reasons = n;
    for (uint32_t i = 0; i < n; i++)
        figures_block(g, i, now, &shot->block[i].reason, &shot->block[i].ns);
    return shot;
}

/* before NULL: nothing had been. There are at most some sixty (figures.c,
 * MOST_REASONS). */
static int64_t block_before(const struct snapshot *before, uint32_t reason)
{
    for (uint32_t i = 0; before && i < before->reasons; i++)
        if (before->block[i].reason == reason)
            return before->block[i].ns;
    return 0;
}

/* sign: 1 adds, -1 takes away. */
static void add_sums(gotrace_stats *to, const gotrace_stats *sum, int64_t sign)
{
    to->exec += sign * sum->exec;
    to->sched_wait += sign * sum->sched_wait;
    to->syscall += sign * sum->syscall;
    to->syscall_block += sign * sum->syscall_block;
    to->block += sign * sum->block;
    to->gc_assist += sign * sum->gc_assist;
    to->sweep += sign * sum->sweep;
    to->total += sign * sum->total;
}

/* Adds what the goroutine has done since, of all that it has done (sum); before: NULL,
 * since it began. */
static void add_since(struct gotrace_spans *s, struct figures *to, const struct span_g *g,
                      int64_t now, const struct snapshot *before, const gotrace_stats *sum)
{
    uint32_t reason;
    int64_t ns;
    add_sums(&to->sum, sum, 1);
    if (before)
        add_sums(&to->sum, &before->sum, -1);
    for (uint32_t i = 0; figures_block(g, i, now, &reason, &ns); i++) {
        ns -= block_before(before, reason);
        int64_t *block = ns == 0 ? NULL : figures_blocked_for(to, reason);
        if (block)
            *block += ns;
        else if (ns != 0)
            s->failed = true;
    }
}

static void clear(struct figures *f)
{
    f->sum = (gotrace_stats){0};
    f->block.len = 0;
}

/* A new one among those of the step, empty; NULL: no memory. Lists of earlier
 * steps are used again. */
static struct figures *add_figures(struct gotrace_spans *s)
{
    struct figures none = {0};
    if (s->stats_len == s->stats.len && !VEC_PUSH(&s->stats, none)) {
        s->failed = true;
        return NULL;
    }
    struct figures *f = &s->stats.data[s->stats_len++];
    clear(f);
    return f;
}

uint32_t account_since(struct gotrace_spans *s, gotrace_span_kind kind, const struct span_g *g,
                       int64_t now, const struct snapshot *before)
{
    bool whole = g->created == g->life; /* nothing of it is lost */
    bool is_known = is_accounted(s, kind) && (before || whole);
    struct figures *f = is_known ? add_figures(s) : NULL;
    if (!f)
        return 0;
    gotrace_stats sum;
    figures_now(g, now, &sum);
    add_since(s, f, g, now, before, &sum);
    return (uint32_t)s->stats_len;
}

/* Tasks. Go's Summarizer has nothing like it, and none of its ways are kept: what goroutines
 * do before and behind a moment adds up. */

/* Since it took up the task: work_before is never NULL while works_on is one. */
static void add_worker(struct gotrace_spans *s, struct figures *to, const struct span_g *g,
                       int64_t now)
{
    gotrace_stats sum;
    figures_exact(g, now, &sum);
    add_since(s, to, g, now, g->work_before, &sum);
}

/* What it did goes into the task's book, which book_worker has made, as from now
 * on its own figures go on without the task. */
void work_stop(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    if (g->works_on == NO_RECORD)
        return;
    add_worker(s, &s->tasks.data[g->works_on].book->figures, g, now);
    mem_free(g->work_before);
    g->work_before = NULL;
    g->works_on = NO_RECORD;
}

/* Called whenever task_of may have become another: most of the time it has not. */
void work_resume(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    uint64_t id = is_accounted(s, GOTRACE_SPAN_TASK) ? task_of(s, g) : 0;
    uint32_t task = id == 0 ? NO_RECORD : map_get(&s->task_of, id);
    if (task != NO_RECORD && s->tasks.data[task].ended)
        task = NO_RECORD;
    if (task == g->works_on)
        return;
    work_stop(s, g, now);
    if (task == NO_RECORD || !book_worker(s, task, g))
        return;
    g->work_before = snapshot_take(s, GOTRACE_SPAN_TASK, g, now);
    g->works_on = g->work_before ? task : NO_RECORD;
}

/* Each takes up what task_of says without that task; a goroutine that is packed
 * works on none. */
void work_end(struct gotrace_spans *s, uint32_t task, int64_t now)
{
    const struct task_book *book = s->tasks.data[task].book;
    for (size_t i = 0; book && i < book->workers.len; i++) {
        struct span_g *g = s->gs.data[book->workers.data[i]].g;
        if (g && g->works_on == task)
            work_resume(s, g, now);
    }
}

/* What all have done for a task up to now. */
static void add_work(struct gotrace_spans *s, struct figures *to, uint32_t task, int64_t now)
{
    const struct task_book *book = s->tasks.data[task].book;
    if (!book)
        return;
    add_sums(&to->sum, &book->figures.sum, 1);
    for (size_t i = 0; i < book->figures.block.len; i++) {
        const struct blocked_for *known = &book->figures.block.data[i];
        int64_t *ns = figures_blocked_for(to, known->reason);
        if (ns)
            *ns += known->ns;
        else
            s->failed = true;
    }
    for (size_t i = 0; i < book->workers.len; i++) {
        const struct span_g *g = s->gs.data[book->workers.data[i]].g;
        if (g && g->works_on == task)
            add_worker(s, to, g, now);
    }
}

uint32_t account_task(struct gotrace_spans *s, uint32_t task, int64_t now)
{
    struct figures *f = is_accounted(s, GOTRACE_SPAN_TASK) ? add_figures(s) : NULL;
    if (!f)
        return 0;
    add_work(s, f, task, now);
    return (uint32_t)s->stats_len;
}

/* gotrace.h */

void gotrace_spans_account(gotrace_spans *s)
{
    s->accounts = ~UINT32_C(0);
}

void gotrace_spans_account_for(gotrace_spans *s, uint32_t kinds)
{
    s->accounts |= kinds;
}

/* Also behind stats_len: what gotrace_spans_task_stats made stands there until
 * the next. */
static const struct figures *figures_at(const gotrace_spans *s, uint32_t number)
{
    return number <= s->stats.len && number > 0 ? &s->stats.data[number - 1] : NULL;
}

bool gotrace_spans_stats(const gotrace_spans *s, uint32_t number, gotrace_stats *out)
{
    const struct figures *f = figures_at(s, number);
    if (f)
        *out = f->sum;
    return f;
}

bool gotrace_spans_stats_block(const gotrace_spans *s, uint32_t number, uint32_t i,
                               uint32_t *reason, int64_t *ns)
{
    const struct figures *f = figures_at(s, number);
    if (!f || i >= f->block.len)
        return false;
    *reason = f->block.data[i].reason;
    *ns = f->block.data[i].ns;
    return true;
}

void accounts_free(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->stats.len; i++)
        VEC_FREE(&s->stats.data[i].block);
    VEC_FREE(&s->stats);
}
