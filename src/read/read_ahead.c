#include "read/read_ahead.h"

#include <string.h>

#include "base/mem.h"
#include "base/thread/ring.h"
#include "base/thread/worker.h"
#include "event/intern.h"

enum { BLOCKS = READ_AHEAD_BLOCKS };

struct read_ahead {
    struct reader *reader;   /* borrowed */
    struct builder *builder; /* borrowed */
    uint64_t least;          /* bytes ahead for which the reader is lent */
    /* Made when it is lent first. */
    struct read_ahead_block *blocks; /* owned; BLOCKS of them, NULL: none yet */
    gotrace_event *events;           /* owned; theirs */
    struct ring ring;
    struct workers workers;
    struct worker_task task; /* `run`, while the reader is lent */
    /* The task's. */
    bool alone; /* in this block it was, with names */
    /* The caller's. */
    gotrace_event *own; /* the builder's events while it is lent */
    bool holds;         /* a block is in its hands */
    unsigned cooldown;
};

/* The task */

/* Whether the next call of the reader stays within what is in memory. */
static bool is_ahead(const struct read_ahead *p)
{
    return p->reader->ops->ahead(p->reader->self, p->builder) > 0;
}

/* Runs on the thread. Calls that yield no event are made again, so that a block
 * is worth a wake; not where the caller shows progress, which wants to be told
 * of them. */
static void fill(const struct read_ahead *p, struct read_ahead_block *s)
{
    struct builder *f = p->builder;
    f->events = s->events;
    f->len = 0;
    do
        s->status = p->reader->ops->next(p->reader->self, f, &s->diag);
    while (s->status == GOTRACE_OK && f->len == 0 && is_ahead(p) && !batch_is_stopped(f) &&
           !f->reports);
    s->len = f->len;
    s->info = f->info;
    s->alone = p->alone;
}

/* For names_on_thread: until the end of this block, the caller waits for it. */
static bool get_alone(void *arg)
{
    struct read_ahead *p = arg;
    p->alone = true;
    return ring_wait_alone(&p->ring);
}

/* A reader that is stopped yields OK and goes no further. */
static bool goes_on(const struct read_ahead *p, const struct read_ahead_block *s)
{
    return s->status == GOTRACE_OK && is_ahead(p) && !s->alone && !batch_is_stopped(p->builder);
}

/* The reader, from where it was lent to where it comes back. */
static void run(void *arg)
{
    struct read_ahead *p = arg;
    unsigned place;
    names_on_thread(get_alone, p);
    for (bool more = true; more && ring_wait_empty(&p->ring, &place); ring_fill(&p->ring)) {
        struct read_ahead_block *s = &p->blocks[place];
        fill(p, s);
        more = goes_on(p, s);
    }
    names_on_thread(NULL, NULL);
    ring_end(&p->ring);
}

/* Starting it */

static void free_blocks(struct read_ahead *p)
{
    mem_free(p->blocks);
    mem_free(p->events);
    p->blocks = NULL;
    p->events = NULL;
}

/* Kept from one lending to the next. What a failure leaves is freed by start. */
static bool make_blocks(struct read_ahead *p)
{
    if (p->blocks)
        return true;
    p->blocks = mem_zeroed(BLOCKS, sizeof *p->blocks);
    p->events = batch_events(BLOCKS);
    for (size_t i = 0; p->blocks && i < BLOCKS; i++)
        p->blocks[i].events = p->events + i * GOTRACE_BATCH;
    return p->blocks && p->events;
}

/* Where there can be no thread it is not tried again. */
static bool start(struct read_ahead *p)
{
    ring_begin(&p->ring);
    p->alone = false;
    if (make_blocks(p) && workers_call(&p->workers, &p->task, run, p))
        return true;
    free_blocks(p);
    p->least = UINT64_MAX;
    return false;
}

static uint64_t least(const struct plan *plan)
{
    if (worker_pays(plan->threads, 1, READ_AHEAD_LEAST))
        return 1;
    return worker_pays(plan->threads, READ_AHEAD_LEAST, READ_AHEAD_LEAST) ? READ_AHEAD_LEAST
                                                                          : UINT64_MAX;
}

struct read_ahead *read_ahead_new(struct reader *reader, struct builder *builder)
{
    struct read_ahead *p = mem_aligned(RING_LINE, sizeof *p);
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->reader = reader;
    p->builder = builder;
    p->least = least(&builder->plan);
    if (ring_init(&p->ring, BLOCKS, READ_AHEAD_ENOUGH))
        return p;
    mem_free(p);
    return NULL;
}

/* The caller */

bool read_ahead_offer(struct read_ahead *p, bool busy)
{
    if (!busy && p->least > 1)
        return false;
    if (p->reader->ops->ahead(p->reader->self, p->builder) < p->least)
        return false;
    if (p->cooldown > 0) {
        p->cooldown--;
        return false;
    }
    gotrace_event *own = p->builder->events;
    if (!start(p))
        return false;
    p->own = own;
    return true;
}

static void let_go(struct read_ahead *p)
{
    if (p->holds)
        ring_empty(&p->ring);
    p->holds = false;
}

/* The task is over: all is the caller's again. */
static void take_back(struct read_ahead *p)
{
    workers_wait(&p->workers, &p->task);
    if (p->own)
        p->builder->events = p->own;
    p->own = NULL;
}

/* A block, or the end, waited for as long as nobody interrupts. */
static enum ring_taken wait_for_block(struct read_ahead *p, unsigned *place)
{
    enum ring_taken taken;
    unsigned ms = READ_AHEAD_FIRST_LOOK_MS;
    while ((taken = ring_take(&p->ring, ms, place)) == RING_LATE) {
        if (source_take_interrupt(p->builder->src))
            break;
        ms = ms < READ_AHEAD_LAST_LOOK_MS ? 2 * ms : ms;
    }
    return taken;
}

/* The block that was lent last goes back first: its place is filled again. */
gotrace_status read_ahead_take(struct read_ahead *p, const struct read_ahead_block **out)
{
    unsigned place;
    let_go(p);
    enum ring_taken taken = wait_for_block(p, &place);
    if (taken == RING_LATE)
        return GOTRACE_INTERRUPTED;
    if (taken == RING_END) {
        take_back(p);
        return GOTRACE_END;
    }
    p->holds = true;
    *out = &p->blocks[place];
    if (p->blocks[place].alone)
        p->cooldown = READ_AHEAD_COOLDOWN;
    return GOTRACE_OK;
}

/* The ring is stopped before the task is waited for: the thread may sleep at
 * it. */
void read_ahead_free(struct read_ahead *p)
{
    if (!p)
        return;
    batch_stop(p->builder);
    ring_stop(&p->ring);
    take_back(p);
    workers_free(&p->workers);
    free_blocks(p);
    ring_free(&p->ring);
    mem_free(p);
}
