#include "v1/order/order_ahead.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "base/thread/ring.h"
#include "base/thread/worker.h"

enum { BLOCKS = ORDER_AHEAD_BLOCKS, EVENTS = ORDER_AHEAD_EVENTS };

/* Runs of one block. */
struct ahead_run {
    uint32_t end;        /* behind its last event */
    uint32_t goroutines; /* known as of it */
};
struct ahead_block {
    struct v1_event *events; /* borrowed */
    uint32_t len, runs;
    struct ahead_run run[EVENTS];
    VEC(uint64_t) ids;        /* of the goroutines that are new in it */
    uint32_t goroutines;      /* known as of its end */
    struct order_notes notes; /* of all its runs */
    gotrace_status status;    /* of the order, after these */
};

struct ahead_thread {
    struct ring ring;
    struct workers *workers; /* borrowed */
    struct worker_task task;
    struct v1_order *order; /* borrowed */
    /* The filler's: the order's last run, if no block has it yet. */
    struct v1_event *held;
    size_t held_len;
    uint32_t goroutines; /* whose ids have been passed on */
    /* The taker's: the block at hand, and what has been taken of it. */
    struct ahead_block *block;
    uint32_t run, event, id;
    struct ahead_block blocks[BLOCKS];
    struct v1_event *events; /* owned; theirs */
};

/* The thread that orders */

static bool add_ids(struct ahead_thread *t, struct ahead_block *s)
{
    const struct v1_gs *gs = t->order->gs;
    for (; t->goroutines < gs->g.len; t->goroutines++) {
        if (!VEC_PUSH(&s->ids, gs->g.data[t->goroutines].id))
            return false;
    }
    assert(t->goroutines == gs->g.len);
    s->goroutines = t->goroutines;
    return true;
}

static void add_run(struct ahead_thread *t, struct ahead_block *s)
{
    if (!add_ids(t, s)) { /* who takes the run has to know its goroutines */
        s->status = GOTRACE_NO_MEMORY;
        return;
    }
    assert_unchanged(s->len + t->held_len <= EVENTS && s->runs < EVENTS);
    memcpy(&s->events[s->len], t->held, t->held_len * sizeof *t->held);
    s->len += (uint32_t)t->held_len;
    t->held_len = 0;
    s->run[s->runs++] = (struct ahead_run){s->len, s->goroutines};
}

/* Whether the run that is held goes into the block too. */
static bool fits(const struct ahead_thread *t, const struct ahead_block *s)
{
    return s->len + t->held_len <= EVENTS && t->order->notes.count == s->notes.count;
}

static gotrace_status hold(struct ahead_thread *t)
{
    return t->held_len ? GOTRACE_OK : v1_order_run(t->order, &t->held, &t->held_len);
}

static void fill(struct ahead_thread *t, struct ahead_block *s)
{
    s->len = s->runs = 0;
    s->ids.len = 0;
    s->status = hold(t);
    s->notes = t->order->notes;
    while (s->status == GOTRACE_OK && fits(t, s)) {
        add_run(t, s);
        if (s->status == GOTRACE_OK)
            s->status = hold(t);
    }
    if (s->status == GOTRACE_END && !add_ids(t, s))
        s->status = GOTRACE_NO_MEMORY;
    assert(s->runs <= s->len && (s->runs == 0 || s->run[s->runs - 1].end == s->len));
}

static void work(void *arg)
{
    struct ahead_thread *t = arg;
    unsigned place;
    gotrace_status status = GOTRACE_OK;
    while (status == GOTRACE_OK && ring_wait_empty(&t->ring, &place)) {
        fill(t, &t->blocks[place]);
        status = t->blocks[place].status;
        ring_fill(&t->ring);
    }
    ring_end(&t->ring);
}

/* The thread that takes */

static bool next_block(struct ahead_thread *t)
{
    unsigned place;
    if (t->block)
        ring_empty(&t->ring);
    if (ring_take(&t->ring, 0, &place) != RING_PLACE)
        return false;
    assert_unchanged(place < BLOCKS);
    t->block = &t->blocks[place];
    assert_unchanged(t->block->len <= EVENTS && t->block->runs <= t->block->len);
    t->run = t->event = t->id = 0;
    return true;
}

static bool meet(struct v1_order_ahead *r, uint32_t goroutines)
{
    struct ahead_thread *t = r->thread;
    while (r->lives->all.len < goroutines) {
        assert_unchanged(t->id < t->block->ids.len);
        if (!v1_lives_add(r->lives, t->block->ids.data[t->id++]))
            return false;
    }
    return true;
}

static gotrace_status take_run(struct v1_order_ahead *r, struct v1_event **out, size_t *n)
{
    struct ahead_thread *t = r->thread;
    struct ahead_block *s = t->block;
    struct ahead_run run = s->run[t->run++];
    assert_unchanged(t->event < run.end && run.end <= s->len); /* no run is empty */
    *out = &s->events[t->event];
    *n = run.end - t->event;
    t->event = run.end;
    r->notes = s->notes;
    return meet(r, run.goroutines) ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

/* The last block is kept: it says how the order ended, as often as it is asked. */
static gotrace_status take(struct v1_order_ahead *r, struct v1_event **out, size_t *n)
{
    struct ahead_thread *t = r->thread;
    while (!t->block || t->run == t->block->runs) {
        gotrace_status status = t->block ? t->block->status : GOTRACE_OK;
        if (status != GOTRACE_OK)
            return meet(r, t->block->goroutines) ? status : GOTRACE_NO_MEMORY;
        if (!next_block(t))
            return GOTRACE_NO_MEMORY; /* never: a block with another status was the last */
    }
    return take_run(r, out, n);
}

static gotrace_status run_directly(struct v1_order_ahead *r, struct v1_event **out, size_t *n)
{
    gotrace_status status = v1_order_run(r->order, out, n);
    if (r->notes.count != r->order->notes.count)
        r->notes = r->order->notes;
    if (!v1_lives_follow(r->lives, r->order->gs))
        return GOTRACE_NO_MEMORY;
    return status;
}

gotrace_status v1_order_ahead_run(struct v1_order_ahead *r, struct v1_event **out, size_t *n)
{
    return r->thread ? take(r, out, n) : run_directly(r, out, n);
}

/* Starting and ending it */

static void free_thread(struct ahead_thread *t)
{
    for (size_t i = 0; i < BLOCKS; i++)
        VEC_FREE(&t->blocks[i].ids);
    mem_free(t->events);
    mem_free(t);
}

static struct ahead_thread *new_thread(struct v1_order *o)
{
    struct ahead_thread *t = mem_aligned(RING_LINE, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->order = o;
    t->events = mem_aligned(RING_LINE, sizeof *t->events * BLOCKS * EVENTS);
    for (size_t i = 0; i < BLOCKS; i++)
        t->blocks[i].events = t->events + i * EVENTS;
    if (t->events && ring_init(&t->ring, BLOCKS, ORDER_AHEAD_ENOUGH))
        return t;
    free_thread(t);
    return NULL;
}

void v1_order_ahead_start(struct v1_order_ahead *r, struct v1_order *o, struct v1_lives *lives,
                          struct workers *workers, uint64_t bytes)
{
    *r = (struct v1_order_ahead){.order = o, .lives = lives, .notes = o->notes};
    if (!worker_pays(workers->use, bytes, ORDER_AHEAD_LEAST))
        return;
    struct ahead_thread *t = new_thread(o);
    if (!t)
        return;
    t->workers = workers;
    if (workers_call(workers, &t->task, work, t)) {
        r->thread = t;
        return;
    }
    ring_free(&t->ring);
    free_thread(t);
}

void v1_order_ahead_free(struct v1_order_ahead *r)
{
    struct ahead_thread *t = r->thread;
    if (!t)
        return;
    ring_stop(&t->ring);
    workers_wait(t->workers, &t->task);
    ring_free(&t->ring);
    free_thread(t);
    r->thread = NULL;
}
