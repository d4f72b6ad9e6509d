#include "v1/order_ahead.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread/ring.h"
#include "base/thread/worker.h"

/* Slabs are large enough to be worth their synchronisation, and so few that they
 * stay in a core's second cache. */
enum { SLABS = 64, EVENTS = 256 };
/* Bytes of a trace that make up for a thread. */
enum { WORTH = 256 << 10 };

/* Runs of one slab. */
struct relay_run {
    uint32_t end;        /* behind its last event */
    uint32_t goroutines; /* known as of it */
};
struct relay_slab {
    struct v1_event *events; /* borrowed */
    uint32_t len, runs;
    struct relay_run run[EVENTS];
    VEC(uint64_t) ids;        /* of the goroutines that are new in it */
    uint32_t goroutines;      /* known as of its end */
    struct order_notes notes; /* of all its runs */
    gotrace_status status;    /* of the order, after these */
};

struct relay_thread {
    struct ring ring;
    struct worker *worker;  /* borrowed */
    struct v1_order *order; /* borrowed */
    /* The filler's: the order's last run, if no slab has it yet. */
    struct v1_event *held;
    size_t held_len;
    uint32_t goroutines; /* whose ids have been passed on */
    /* The taker's: the slab at hand, and what has been taken of it. */
    struct relay_slab *slab;
    uint32_t run, event, id;
    struct relay_slab slabs[SLABS];
    struct v1_event *events; /* owned; theirs */
};

/* The thread that orders */

static bool add_ids(struct relay_thread *t, struct relay_slab *s)
{
    const struct v1_gs *gs = t->order->gs;
    for (; t->goroutines < gs->g.len; t->goroutines++) {
        if (!VEC_PUSH(&s->ids, gs->g.data[t->goroutines].id))
            return false;
    }
    s->goroutines = t->goroutines;
    return true;
}

static void add_run(struct relay_thread *t, struct relay_slab *s)
{
    if (!add_ids(t, s)) { /* who takes the run has to know its goroutines */
        s->status = GOTRACE_NO_MEMORY;
        return;
    }
    assert(s->len + t->held_len <= EVENTS && s->runs < EVENTS);
    memcpy(&s->events[s->len], t->held, t->held_len * sizeof *t->held);
    s->len += (uint32_t)t->held_len;
    t->held_len = 0;
    s->run[s->runs++] = (struct relay_run){s->len, s->goroutines};
}

/* Whether the run that is held goes into the slab too. */
static bool fits(const struct relay_thread *t, const struct relay_slab *s)
{
    return s->len + t->held_len <= EVENTS && t->order->notes.count == s->notes.count;
}

static gotrace_status hold(struct relay_thread *t)
{
    return t->held_len ? GOTRACE_OK : v1_order_run(t->order, &t->held, &t->held_len);
}

static void fill(struct relay_thread *t, struct relay_slab *s)
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
}

static void work(void *arg)
{
    struct relay_thread *t = arg;
    unsigned place;
    gotrace_status status = GOTRACE_OK;
    while (status == GOTRACE_OK && ring_wait_empty(&t->ring, &place)) {
        fill(t, &t->slabs[place]);
        status = t->slabs[place].status;
        ring_fill(&t->ring);
    }
    ring_end(&t->ring);
}

/* The thread that takes */

static bool next_slab(struct relay_thread *t)
{
    unsigned place;
    if (t->slab)
        ring_empty(&t->ring);
    if (!ring_wait_filled(&t->ring, &place))
        return false;
    assert(place < SLABS);
    t->slab = &t->slabs[place];
    assert(t->slab->len <= EVENTS && t->slab->runs <= t->slab->len);
    t->run = t->event = t->id = 0;
    return true;
}

static bool meet(struct v1_relay *r, uint32_t goroutines)
{
    struct relay_thread *t = r->thread;
    while (r->lives->all.len < goroutines) {
        assert(t->id < t->slab->ids.len);
        if (!v1_lives_add(r->lives, t->slab->ids.data[t->id++]))
            return false;
    }
    return true;
}

static gotrace_status take_run(struct v1_relay *r, struct v1_event **out, size_t *n)
{
    struct relay_thread *t = r->thread;
    struct relay_slab *s = t->slab;
    struct relay_run run = s->run[t->run++];
    assert(t->event < run.end && run.end <= s->len); /* no run is empty */
    *out = &s->events[t->event];
    *n = run.end - t->event;
    t->event = run.end;
    r->notes = s->notes;
    return meet(r, run.goroutines) ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

/* The last slab is kept: it says how the order ended, as often as it is asked. */
static gotrace_status take(struct v1_relay *r, struct v1_event **out, size_t *n)
{
    struct relay_thread *t = r->thread;
    while (!t->slab || t->run == t->slab->runs) {
        gotrace_status status = t->slab ? t->slab->status : GOTRACE_OK;
        if (status != GOTRACE_OK)
            return meet(r, t->slab->goroutines) ? status : GOTRACE_NO_MEMORY;
        if (!next_slab(t))
            return GOTRACE_NO_MEMORY; /* never: a slab with another status was the last */
    }
    return take_run(r, out, n);
}

static gotrace_status run_directly(struct v1_relay *r, struct v1_event **out, size_t *n)
{
    gotrace_status status = v1_order_run(r->order, out, n);
    if (r->notes.count != r->order->notes.count)
        r->notes = r->order->notes;
    if (!v1_lives_follow(r->lives, r->order->gs))
        return GOTRACE_NO_MEMORY;
    return status;
}

gotrace_status v1_relay_run(struct v1_relay *r, struct v1_event **out, size_t *n)
{
    return r->thread ? take(r, out, n) : run_directly(r, out, n);
}

/* Starting and ending it */

static void free_thread(struct relay_thread *t)
{
    for (size_t i = 0; i < SLABS; i++)
        VEC_FREE(&t->slabs[i].ids);
    mem_free(t->events);
    mem_free(t);
}

static struct relay_thread *new_thread(struct v1_order *o)
{
    struct relay_thread *t = mem_aligned(RING_LINE, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->order = o;
    t->events = mem_aligned(RING_LINE, sizeof *t->events * SLABS * EVENTS);
    for (size_t i = 0; i < SLABS; i++)
        t->slabs[i].events = t->events + i * EVENTS;
    if (t->events && ring_init(&t->ring, SLABS))
        return t;
    free_thread(t);
    return NULL;
}

void v1_relay_start(struct v1_relay *r, struct v1_order *o, struct v1_lives *lives,
                    struct worker *worker, uint64_t bytes)
{
    *r = (struct v1_relay){.order = o, .lives = lives, .notes = o->notes};
    if (!worker_pays(worker->use, bytes, WORTH))
        return;
    struct relay_thread *t = new_thread(o);
    if (!t)
        return;
    t->worker = worker;
    if (worker_call(worker, work, t)) {
        r->thread = t;
        return;
    }
    ring_free(&t->ring);
    free_thread(t);
}

void v1_relay_free(struct v1_relay *r)
{
    struct relay_thread *t = r->thread;
    if (!t)
        return;
    ring_stop(&t->ring);
    worker_wait(t->worker);
    ring_free(&t->ring);
    free_thread(t);
    r->thread = NULL;
}
