/* books.c: what belongs to a task: goroutines, logs and regions. */
#include "spans/spans.h"

/* Made when there is something to be noted first. NULL: no memory. */
static struct task_book *book_of(struct gotrace_spans *s, uint32_t task)
{
    struct span_task *t = &s->tasks.data[task];
    if (!t->book)
        t->book = mem_zeroed(1, sizeof *t->book);
    if (!t->book)
        s->failed = true;
    return t->book;
}

/* The record of a task that is no background, NO_RECORD. */
static uint32_t record_of(const struct gotrace_spans *s, uint64_t task)
{
    return s->objects && task != 0 && task != NO_TASK ? map_get(&s->task_of, task) : NO_RECORD;
}

/* The same of one that is not closed. */
static uint32_t open_record(const struct gotrace_spans *s, uint64_t task)
{
    uint32_t i = record_of(s, task);
    return i == NO_RECORD || s->tasks.data[i].closed ? NO_RECORD : i;
}

/* s->workers keeps a goroutine from being listed twice; what it is mapped to
 * means nothing. */
bool book_worker(struct gotrace_spans *s, uint32_t task, const struct span_g *g)
{
    uint32_t worker = g->record;
    uint64_t key = (uint64_t)task << 32 | worker;
    struct task_book *book = book_of(s, task);
    if (!book)
        return false;
    if (map_get(&s->workers, key) != NO_RECORD)
        return true;
    if (VEC_PUSH(&book->workers, worker) && map_put(&s->workers, key, 0))
        return true;
    s->failed = true;
    return false;
}

/* Of tasks that are closed, too: goroutines are what stays of them. */
void book_goroutine(struct gotrace_spans *s, uint64_t task, int64_t g)
{
    uint32_t record = record_of(s, task);
    const struct span_g *worker = record == NO_RECORD ? NULL : g_make(s, g);
    if (worker)
        (void)book_worker(s, record, worker);
}

/* Of a closed task the log is not noted, but who wrote it is. */
void book_log(struct gotrace_spans *s, const gotrace_event *e)
{
    uint32_t record = open_record(s, e->arg[0]);
    struct task_book *book = record == NO_RECORD ? NULL : book_of(s, record);
    gotrace_task_log log = {
        .time = e->time,
        .g = e->g,
        .key = (uint32_t)e->arg[1],
        .value = (uint32_t)e->arg[2],
        .stack = (uint32_t)e->arg[3],
    };
    book_goroutine(s, e->arg[0], e->g);
    if (book && !VEC_PUSH(&book->logs, log))
        s->failed = true;
}

/* Where it was noted is kept in the region itself, so that its end need not look
 * for it. */
void book_region(struct gotrace_spans *s, const struct span_g *g, struct open_region *r)
{
    r->record = open_record(s, r->task);
    struct task_book *book = r->record == NO_RECORD ? NULL : book_of(s, r->record);
    gotrace_task_region region = {.from = r->from, .to = NEVER, .g = g->id, .name = r->name};
    if (record_of(s, r->task) != NO_RECORD)
        (void)book_worker(s, record_of(s, r->task), g);
    r->place = book ? (uint32_t)book->regions.len : NO_RECORD;
    if (book && !VEC_PUSH(&book->regions, region))
        s->failed = true;
}

/* The book may have been closed since, and with it the place is gone. */
void book_region_end(struct gotrace_spans *s, const struct open_region *r, int64_t to)
{
    if (r->record == NO_RECORD || s->tasks.data[r->record].closed)
        return;
    const struct task_book *book = s->tasks.data[r->record].book;
    if (book && r->place < book->regions.len)
        book->regions.data[r->place].to = to;
}

/* Its goroutines and their figures stay; a task can have any number of logs and
 * regions. */
static void close(struct span_task *t)
{
    t->closed = true;
    if (!t->book)
        return;
    VEC_FREE(&t->book->logs);
    VEC_FREE(&t->book->regions);
}

/* As the next step begins: who is told of a task's end can still look at what it had. */
void books_close(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->ended_tasks.len; i++)
        close(&s->tasks.data[s->ended_tasks.data[i]]);
    s->ended_tasks.len = 0;
}

static void free_book(struct task_book *book)
{
    VEC_FREE(&book->figures.block);
    VEC_FREE(&book->workers);
    VEC_FREE(&book->logs);
    VEC_FREE(&book->regions);
    mem_free(book);
}

void books_free(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->tasks.len; i++)
        if (s->tasks.data[i].book)
            free_book(s->tasks.data[i].book);
    VEC_FREE(&s->ended_tasks);
    map_free(&s->workers);
}
