/* tasks.c: user tasks and regions, and what goroutines work on. */
#include <string.h>

#include "spans/spans.h"

/* From now on the number is this one's. Pointers to tasks are good until the
 * next one is added. */
static struct span_task *add_record(struct gotrace_spans *s, uint64_t id, int64_t from)
{
    struct span_task unknown = {.id = id,
                                .parent = NO_TASK,
                                .from = from,
                                .to = NEVER,
                                .creator = NO_ID,
                                .begun_before = NO_RECORD,
                                .open = true};
    bool is_used = s->unused_tasks.len > 0;
    uint32_t i = (uint32_t)s->tasks.len;
    if (is_used)
        i = s->unused_tasks.data[s->unused_tasks.len - 1];
    if (!map_put(&s->task_of, id, i) || (!is_used && !VEC_PUSH(&s->tasks, unknown))) {
        s->failed = true;
        return NULL;
    }
    s->unused_tasks.len -= is_used;
    unknown.uses = s->tasks.data[i].uses;
    s->tasks.data[i] = unknown;
    return &s->tasks.data[i];
}

/* The task of an entry of `going`; NULL: it has ended. */
static struct span_task *going_task(const struct gotrace_spans *s, const struct span_known *k)
{
    struct span_task *t = &s->tasks.data[k->record];
    return t->uses == k->uses && !t->ended ? t : NULL;
}

enum { MUCH_GOING = 4096 };

/* As g_list: when it is twice as long as what was left of it. */
static void drop_ended(struct gotrace_spans *s)
{
    size_t kept = 0, old = 0;
    for (size_t i = 0; i < s->going.len; i++) {
        if (!going_task(s, &s->going.data[i]))
            continue;
        old += i < s->old_tasks;
        s->going.data[kept++] = s->going.data[i];
    }
    s->going.len = kept;
    s->old_tasks = old;
    s->much_going = 2 * kept + MUCH_GOING;
}

/* Something is heard of a task that was, or may have been, going on since `from`. */
static void know(struct gotrace_spans *s, struct span_task *t, int64_t from)
{
    struct span_known k = {(uint32_t)(t - s->tasks.data), t->uses};
    if (t->known || t->ended)
        return;
    t->known = true;
    t->from = from;
    s->young_from = from < s->young_from ? from : s->young_from;
    if (s->going.len >= s->much_going)
        drop_ended(s);
    if (!VEC_PUSH(&s->going, k))
        s->failed = true;
}

/* Tasks that have ended, where all is tallied: but for that nobody asks for anything of them.
 * A bit for each id says so, as long as ids are given out in a row, as Go's runtime does: others
 * keep their records. */

enum { IDS = 64, NEAR_ANYWAY = 4096, BELOW = 64 };

/* A bit of an id that is out of the row is not there: false. */
static bool is_over(const struct gotrace_spans *s, uint64_t id)
{
    uint64_t i = id / IDS - s->over_base;
    return i < s->over_tasks.len && s->over_tasks.data[i] >> (id % IDS) & 1;
}

/* The number of the word with the bit, room for it made; SIZE_MAX: no memory, or its id is no
 * such. A program may have been long at work: the first ids are somewhere. */
static size_t make_bit(struct gotrace_spans *s, uint64_t id)
{
    uint64_t word = id / IDS, len = s->over_tasks.len;
    if (len == 0)
        s->over_base = word > BELOW ? word - BELOW : 0;
    uint64_t i = word - s->over_base;
    if (i < len)
        return (size_t)i;
    if (i >= 2 * len + NEAR_ANYWAY || !VEC_RESERVE(&s->over_tasks, (size_t)(i + 1 - len)))
        return SIZE_MAX;
    memset(s->over_tasks.data + len, 0, (size_t)(i + 1 - len) * sizeof *s->over_tasks.data);
    s->over_tasks.len = (size_t)i + 1;
    return (size_t)i;
}

/* `uses` tells entries of the task that had the record from those of the next. */
static void forget(struct gotrace_spans *s, struct span_task *t)
{
    uint32_t record = (uint32_t)(t - s->tasks.data);
    bool is_last = map_get(&s->task_of, t->id) == record; /* of that id */
    size_t word = is_last && VEC_RESERVE(&s->unused_tasks, 1) ? make_bit(s, t->id) : SIZE_MAX;
    if (word == SIZE_MAX)
        return;
    s->over_tasks.data[word] |= UINT64_C(1) << (t->id % IDS);
    (void)map_delete(&s->task_of, t->id);
    t->uses++;
    s->unused_tasks.data[s->unused_tasks.len++] = record;
}

/* The record of a task, made if it is new; NULL: it is over, or no memory. */
static struct span_task *task_make(struct gotrace_spans *s, uint64_t id, int64_t from)
{
    uint32_t i = map_get(&s->task_of, id);
    if (i == NO_RECORD && is_over(s, id))
        return NULL;
    struct span_task *t = i != NO_RECORD ? &s->tasks.data[i] : add_record(s, id, from);
    if (t)
        know(s, t, from);
    return t;
}

uint64_t task_of(const struct gotrace_spans *s, struct span_g *g)
{
    if (g->regions.len)
        return g->regions.data[g->regions.len - 1].task;
    while (g->begun != NO_RECORD && s->tasks.data[g->begun].ended)
        g->begun = s->tasks.data[g->begun].begun_before;
    return g->begun != NO_RECORD ? s->tasks.data[g->begun].id : g->inherited;
}

/* How a task ends: at an event, or not at all. */
struct task_end {
    uint64_t n;
    uint32_t stack;
    uint8_t open;
};

/* Told with the goroutine that began it, and what all have done for it. */
static void add_task(struct gotrace_spans *s, const struct span_task *t, int64_t to,
                     struct task_end end)
{
    struct span_g *g = s->tallies ? NULL : g_find(s, t->creator);
    struct made m;
    if (!made_begin(s, &m, GOTRACE_SPAN_TASK))
        return;
    if (g)
        g_describe(s, g, m.span);
    m.span->task = t->id;
    m.span->parent = t->parent;
    m.span->name = t->name;
    m.span->stack = t->stack;
    m.span->end_stack = end.stack;
    m.span->begin_n = t->begin_n;
    m.span->end_n = end.n;
    m.span->open = (uint8_t)((t->open ? GOTRACE_SIDE_BEGIN : 0) | end.open);
    m.span->stats = account_task(s, (uint32_t)(t - s->tasks.data), to);
    made_end(s, &m, t->from, to);
}

/* The span first: who works on it still counts in its figures. */
static void end_task(struct gotrace_spans *s, struct span_task *t, int64_t now, struct task_end end)
{
    uint32_t record = (uint32_t)(t - s->tasks.data);
    add_task(s, t, now, end);
    t->ended = true;
    t->to = now;
    work_end(s, record, now);
    if (s->objects && !VEC_PUSH(&s->ended_tasks, record))
        s->failed = true;
    if (s->tallies)
        forget(s, t);
}

void task_mention(struct gotrace_spans *s, struct span_g *g, uint64_t task)
{
    if (g && g->mentioned == task)
        return;
    if (task != 0 && task != NO_TASK)
        (void)task_make(s, task, s->known_from);
    if (g)
        g->mentioned = task;
}

void task_step_log(struct gotrace_spans *s, const gotrace_event *e)
{
    task_mention(s, NULL, e->arg[0]);
    book_log(s, e);
}

/* A record for a task that begins: one that was only spoken of is it; one that had begun
 * and has its number is over. */
static struct span_task *task_new(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_task *t = task_make(s, e->arg[0], e->time);
    if (t && t->creator == NO_ID && !t->ended)
        return t;
    if (!t && !is_over(s, e->arg[0]))
        return NULL;
    if (t && !t->ended)
        end_task(s, t, e->time, (struct task_end){.open = GOTRACE_SIDE_END});
    t = add_record(s, e->arg[0], e->time);
    if (t)
        know(s, t, e->time);
    return t;
}

void task_step_begin(struct gotrace_spans *s, const gotrace_event *e)
{
    task_mention(s, NULL, e->arg[1]);
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    struct span_task *t = task_new(s, e);
    if (!g || !t)
        return;
    t->from = e->time;
    t->parent = e->arg[1];
    t->name = (uint32_t)e->arg[2];
    t->stack = (uint32_t)e->arg[3];
    t->creator = e->g;
    t->begin_n = e->n;
    t->open = false;
    g->mentioned = t->id;
    if (!s->tallies) {
        t->begun_before = g->begun;
        g->begun = (uint32_t)(t - s->tasks.data);
    }
    book_goroutine(s, t->id, e->g);
    work_resume(s, g, e->time);
}

/* By whatever goroutine. One that was ended before may be spoken of again; that
 * ends nothing. */
void task_step_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_task *t = task_make(s, e->arg[0], s->known_from);
    if (!t || t->ended)
        return; /* it was ended before */
    book_goroutine(s, t->id, e->g);
    end_task(s, t, e->time, (struct task_end){.n = e->n, .stack = (uint32_t)e->arg[1]});
}

/* Those that began by then are the first of the list: who asks for old ones again and again
 * looks at none of the others until one is old enough. What has ended leaves the list: nothing
 * that is heard of a task again makes it go on. */
static void sort_out_old(struct gotrace_spans *s)
{
    size_t kept = s->old_tasks;
    if (s->begun_by < s->young_from)
        return;
    s->young_from = INT64_MAX;
    for (size_t i = s->old_tasks; i < s->going.len; i++) {
        struct span_known k = s->going.data[i];
        const struct span_task *t = going_task(s, &k);
        if (!t)
            continue;
        if (t->from > s->begun_by) {
            s->going.data[kept++] = k;
            s->young_from = t->from < s->young_from ? t->from : s->young_from;
        } else {
            s->going.data[kept++] = s->going.data[s->old_tasks];
            s->going.data[s->old_tasks++] = k;
        }
    }
    s->going.len = kept;
}

/* Those from number `from` to before `to`. */
static void drop_going(struct gotrace_spans *s, size_t from, size_t to)
{
    size_t rest = s->going.len - to;
    if (from < to && rest)
        memmove(s->going.data + from, s->going.data + to, rest * sizeof *s->going.data);
    s->going.len -= to - from;
}

void tasks_flush(struct gotrace_spans *s, int64_t at, uint8_t open)
{
    size_t kept = 0;
    sort_out_old(s);
    for (size_t i = 0; i < s->old_tasks; i++) {
        const struct span_task *t = going_task(s, &s->going.data[i]);
        if (!t)
            continue;
        s->going.data[kept++] = s->going.data[i];
        add_task(s, t, at, (struct task_end){.open = open});
    }
    drop_going(s, kept, s->old_tasks);
    s->old_tasks = kept;
}

/* They stay known by name; `open`: since when they go on is not known any more. */
void tasks_forget(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->going.len; i++) {
        struct span_task *t = going_task(s, &s->going.data[i]);
        if (!t)
            continue;
        t->known = false;
        t->open = true;
    }
    s->going.len = s->old_tasks = 0;
    s->young_from = INT64_MAX;
}

/* Regions */

/* How a region ends: at an event, or not at all. */
struct region_end {
    uint64_t n;
    uint32_t stack;
    uint8_t open;
    int64_t inner_from; /* of a region in it that is open, NEVER */
};

/* Region i of the goroutine, 0 the outermost. */
static void add_region(struct gotrace_spans *s, const struct span_g *g, size_t i, int64_t to,
                       struct region_end end)
{
    const struct open_region *r = &g->regions.data[i];
    struct made m;
    if (end.n != 0)
        book_region_end(s, r, to);
    if (!made_begin(s, &m, GOTRACE_SPAN_REGION))
        return;
    g_describe(s, g, m.span);
    m.span->task = r->task;
    m.span->name = r->name;
    m.span->region = i > 0 ? g->regions.data[i - 1].name : 0;
    m.span->stack = r->stack;
    m.span->end_stack = end.stack;
    m.span->begin_n = r->begin_n;
    m.span->end_n = end.n;
    m.span->open = (uint8_t)((r->begin_n == 0 ? GOTRACE_SIDE_BEGIN : 0) | end.open);
    m.span->depth = (uint32_t)i;
    m.region = r;
    m.inner_from = end.inner_from;
    if (r->before || r->from == g->life)
        m.span->stats = account_since(s, GOTRACE_SPAN_REGION, g, to, r->before);
    made_end(s, &m, r->from, to);
}

/* Whether somebody asks for more than which tasks they speak of. */
static bool keeps_regions(const struct gotrace_spans *s)
{
    return !s->tallies || spans_wanted(s, GOTRACE_SPAN_REGION);
}

/* Figures are noted before anything of it counts. Without memory for the list
 * the region is not there. */
static void push_region(struct gotrace_spans *s, struct span_g *g, struct open_region r)
{
    if (!keeps_regions(s)) {
        g->depth++;
        return;
    }
    r.before = snapshot_take(s, GOTRACE_SPAN_REGION, g, r.from);
    book_region(s, g, &r);
    if (VEC_PUSH_FEW(&g->regions, r)) {
        work_resume(s, g, r.from);
        return;
    }
    mem_free(r.before);
    s->failed = true;
}

/* It is its goroutine's innermost, and what that works on from now on is its task. */
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
    task_mention(s, g, e->arg[0]);
    if (g)
        push_region(s, g, r);
}

/* The innermost of that task and name, else the innermost: regions may be ended in
 * another order. At least one is open. */
static size_t ending(const struct span_g *g, const gotrace_event *e)
{
    size_t n = g->regions.len, least = n > MOST_NESTED ? n - MOST_NESTED : 0;
    for (size_t i = n; i > least; i--) {
        const struct open_region *r = &g->regions.data[i - 1];
        if (r->task == e->arg[0] && r->name == (uint32_t)e->arg[1])
            return i - 1;
    }
    return n - 1;
}

/* It began before what was read: around all that the goroutine has done. */
static bool push_found(struct gotrace_spans *s, struct span_g *g, const gotrace_event *e)
{
    struct open_region r = {.from = g->life, .task = e->arg[0], .name = (uint32_t)e->arg[1]};
    task_mention(s, g, e->arg[0]);
    book_region(s, g, &r);
    r.inner = g->outer;
    if (!VEC_PUSH_FEW(&g->regions, r)) {
        s->failed = true;
        return false;
    }
    g->outer = (struct inner){0};
    return true;
}

/* The one around it, which began before the trace if it is not known, does not count that
 * as its own time. */
static void count_inner(struct gotrace_spans *s, struct span_g *g, size_t i, int64_t to)
{
    struct inner *around = i > 0 ? &g->regions.data[i - 1].inner : &g->outer;
    made_count(s, around, g->regions.data[i].from, to);
}

/* Those that were begun in it move up by one. */
static void remove_region(struct span_g *g, size_t at)
{
    VEC_FREE(&g->regions.data[at].inner.in);
    mem_free(g->regions.data[at].before);
    g->regions.len--;
    for (size_t i = at; i < g->regions.len; i++)
        g->regions.data[i] = g->regions.data[i + 1];
}

/* What region_step_end does of one that is not kept. */
static void leave_region(struct gotrace_spans *s, struct span_g *g, uint64_t task)
{
    if (g->depth > 0)
        g->depth--;
    else
        task_mention(s, g, task);
}

/* The time of a region counts for the one around it before it is gone. */
void region_step_end(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_was(s, e->g, GOTRACE_STATE_RUNNING, e->time);
    if (g && !keeps_regions(s)) {
        leave_region(s, g, e->arg[0]);
        return;
    }
    if (!g || (g->regions.len == 0 && !push_found(s, g, e)))
        return;
    size_t i = ending(g, e);
    struct region_end end = {.n = e->n, .stack = (uint32_t)e->arg[2], .inner_from = NEVER};
    add_region(s, g, i, e->time, end);
    count_inner(s, g, i, e->time);
    remove_region(g, i);
    work_resume(s, g, e->time);
}

/* How many of its regions, from the outermost on, began by s->begun_by. */
static size_t regions_begun(const struct gotrace_spans *s, const struct span_g *g)
{
    size_t n = 0;
    if (s->begun_by == INT64_MAX)
        return g->regions.len;
    while (n < g->regions.len && g->regions.data[n].from <= s->begun_by)
        n++;
    return n;
}

/* From the innermost on, each with the one in it that is open as not its own time. */
void regions_flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint64_t end_n,
                   uint8_t open)
{
    size_t n = regions_begun(s, g);
    struct region_end end = {.n = end_n, .open = open, .inner_from = NEVER};
    end.inner_from = n < g->regions.len ? g->regions.data[n].from : NEVER;
    for (size_t i = n; i > 0; i--) {
        add_region(s, g, i - 1, at, end);
        end.inner_from = g->regions.data[i - 1].from;
    }
}

void regions_forget(struct span_g *g)
{
    while (g->regions.len > 0)
        remove_region(g, g->regions.len - 1);
    VEC_FREE(&g->outer.in);
    g->depth = 0;
}
