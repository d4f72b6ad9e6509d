#include "v2/side_by_side.h"

#include <assert.h>

#include "base/mem.h"

/* Kept of a generation, at most, and how often one may be ordered for nothing. */
enum { KEPT = 1 << 14, FAILURES = 4 };
/* Times beyond are nobody's, and sums of them might overflow. */
static const int64_t LATEST = INT64_MAX / 4;

bool side_by_side_may(const struct side_by_side *s, const struct builder *builder)
{
    return !s->off && s->failures < FAILURES && !builder->info.damages &&
           source_stays(builder->src) &&
           plan_side_by_side(&builder->plan, builder->wanted, builder->order);
}

/* Places */

/* All places at once; without memory for them nothing is ever read ahead. */
static bool begin(struct side_by_side *s, const struct builder *builder)
{
    s->workers.use = builder->plan.threads;
    s->workers.most = plan_threads(&builder->plan);
    s->places = s->workers.most + 3; /* one at hand, in a pass the one before it, and one to be
                                        taken up by who is ready */
    s->slots = mem_zeroed(s->places, sizeof *s->slots);
    bool ok = s->slots != NULL;
    for (unsigned i = 0; ok && i < s->places; i++) {
        ok = generation_init(&s->slots[i].gen);
        s->slots[i].gen.references = &s->slots[i].references;
        ok &= (s->slots[i].builder.events = batch_events(1)) != NULL;
    }
    s->off = !ok;
    return ok;
}

/* One place is at hand, and in a pass the one before it as well: these are not
 * given away. */
struct ahead_slot *side_by_side_place(struct side_by_side *s, const struct builder *builder,
                                      const struct generation *last)
{
    if (s->off || (!s->slots && !begin(s, builder)) || s->len + 2 >= s->places)
        return NULL;
    struct ahead_slot *slot = &s->slots[(s->first + s->len) % s->places];
    slot->called = false;
    return generation_follow(&slot->gen, last) ? slot : NULL;
}

const struct ahead_slot *side_by_side_last(const struct side_by_side *s)
{
    assert(s->len > 0 && s->len < s->places);
    return &s->slots[(s->first + s->len - 1) % s->places];
}

struct ahead_slot *side_by_side_take(struct side_by_side *s)
{
    if (s->len == 0)
        return NULL;
    assert(s->first < s->places && s->len < s->places); /* one is at hand */
    struct ahead_slot *slot = &s->slots[s->first];
    s->first = (s->first + 1) % s->places;
    s->len--;
    return slot;
}

/* The task */

/* Names are the caller's; who needs one is not whole. */
static bool refuse(void *arg)
{
    (void)arg;
    return false;
}

/* More than KEPT, or no memory: it is ordered again from what came before. */
static gotrace_status keep(struct ahead_slot *s)
{
    const struct builder *b = &s->builder;
    assert(s->kept.len <= KEPT && b->len <= GOTRACE_BATCH);
    if (s->kept.len + b->len > KEPT || !VEC_RESERVE(&s->kept, s->kept.len + b->len))
        return GOTRACE_UNSUPPORTED;
    if (b->len)
        memcpy(s->kept.data + s->kept.len, b->events, b->len * sizeof *b->events);
    s->kept.len += b->len;
    return GOTRACE_OK;
}

/* `done` is for progress alone, and read by the other thread. */
static gotrace_status order_on(struct ahead_slot *s)
{
    gotrace_diag diag;
    s->builder.len = 0;
    gotrace_status st = full_order_run(&s->order, &s->gen, &s->builder, &diag);
    atomic_store_explicit(&s->done, generation_share(&s->gen, full_order_done(&s->order)),
                          memory_order_relaxed);
    gotrace_status kept = keep(s);
    if (kept != GOTRACE_OK || s->builder.info.damages || batch_is_stopped(&s->builder))
        return GOTRACE_UNSUPPORTED;
    return st;
}

/* On a thread of the workers, which may not intern: names belong to the caller's. */
static void order(void *arg)
{
    struct ahead_slot *s = arg;
    gotrace_diag diag;
    names_on_thread(refuse, NULL);
    s->status = full_order_start(&s->order, &s->gen, s->base, &s->builder, &diag);
    while (s->status == GOTRACE_OK)
        s->status = order_on(s);
    names_on_thread(NULL, NULL);
}

/* The task's builder: of a trace that begins here. */
static void set_up(struct ahead_slot *s, const struct builder *builder)
{
    gotrace_event *events = s->builder.events;
    mem_free(s->builder.damages);
    s->builder = (struct builder){.from = builder->from,
                                  .start = builder->start,
                                  .names = builder->names,
                                  .plan = builder->plan,
                                  .order = builder->order,
                                  .for_passthrough = builder->for_passthrough,
                                  .events = events};
    s->builder.info.version = builder->info.version;
    memcpy(s->builder.wanted, builder->wanted, sizeof s->builder.wanted);
    memcpy(s->builder.skipped, builder->skipped, sizeof s->builder.skipped);
    atomic_init(&s->builder.full, BATCH_FULL);
    s->kept.len = 0;
    atomic_init(&s->done, 0);
}

/* A small generation, or one of many threads, is not worth a thread: it is read
 * ahead all the same. */
void side_by_side_call(struct side_by_side *s, struct ahead_slot *slot, const struct full_order *o,
                       const struct builder *builder)
{
    assert(slot == &s->slots[(s->first + s->len) % s->places] && !slot->called);
    s->len++;
    if (!worker_pays(builder->plan.threads, slot->gen.end - slot->gen.off, SIDE_BY_SIDE_LEAST) ||
        slot->gen.threads.len > FULL_ORDER_FEW_THREADS)
        return;
    set_up(slot, builder);
    full_order_free(&slot->order);
    slot->called = full_order_init_by_itself(&slot->order, &slot->edges, o) &&
                   workers_call(&s->workers, &slot->task, order, slot);
}

/* Joining */

/* The time of event n of the slot: a nanosecond behind the one before it at least, so
 * that it may be later than the task has it, which knows no end of the trace before. */
static int64_t time_of(const struct side_by_side *s, uint64_t n, int64_t time)
{
    int64_t least = s->late + (int64_t)n + 1;
    return s->late >= 0 && time < least ? least : time;
}

/* Whether all that is shown of the slot comes so late that nothing is moved by what came
 * before, even if each event took `more` nanoseconds beside its own. */
static bool are_late(const struct ahead_slot *s, int64_t last, uint64_t more)
{
    const gotrace_info *all = &s->builder.info;
    for (size_t i = 0; i < s->kept.len; i++) {
        const gotrace_event *e = &s->kept.data[i];
        if (e->time <= last + (int64_t)(e->n + more))
            return false;
    }
    return all->last_time > last + (int64_t)(all->events + more);
}

/* Whether the times in the slot can be told where the trace before it ends at `last`: of
 * events that take more than their own nanosecond, or none, it is not known where they are. */
static bool may_tell_times(const struct ahead_slot *s, int64_t last)
{
    const struct builder *b = &s->builder;
    if (last < 0 || last > LATEST || b->gen.time < 0 || b->gen.time > LATEST ||
        b->info.events > INT32_MAX || s->order.extra > INT32_MAX)
        return false;
    return b->gen.time > last || (s->order.extra == 0 && s->references.cuts.len == 0) ||
           are_late(s, last, s->order.extra);
}

static bool is_whole(const struct ahead_slot *s, const struct builder *builder)
{
    return s->status == GOTRACE_END && !s->builder.info.damages && !s->order.guesses &&
           memcmp(s->builder.wanted, builder->wanted, sizeof builder->wanted) == 0;
}

static void join_times(struct side_by_side *s, const struct ahead_slot *slot, struct full_order *o,
                       struct builder *builder)
{
    const struct builder *b = &slot->builder;
    int64_t last = ns_between(o->zero, o->last), end = ns_between(o->zero, slot->order.last);
    assert(!o->waits.on && o->frontier.len == 0); /* what came before is done with */
    s->late = b->gen.time > last ? -1 : last;
    builder->gen.time = time_of(s, 0, b->gen.time);
    builder->gen.clock_time = b->gen.clock_time;
    o->last = ns_sum(o->zero, time_of(s, b->info.events, end));
    assert(ns_between(o->zero, o->last) >= last && builder->gen.time > last); /* times never fall */
}

bool side_by_side_join(struct side_by_side *s, struct ahead_slot *slot, struct full_order *o,
                       struct builder *builder)
{
    s->joined = NULL;
    workers_wait(&s->workers, &slot->task);
    if (!slot->called)
        return false;
    struct sched *sched = NULL;
    if (is_whole(slot, builder) && !o->guessed_before && !builder->info.damages &&
        may_tell_times(slot, ns_between(o->zero, o->last)) &&
        strict_agrees(&o->strict, &slot->order.strict, o->sched, slot->order.sched))
        sched = sched_join(o->sched, slot->order.sched, &slot->edges);
    if (!sched) {
        s->failures++;
        return false;
    }
    slot->references.not_copyable |= strict_join(&o->strict, &slot->order.strict, o->sched);
    sched_free(o->sched);
    o->sched = sched;
    o->asked += slot->order.asked;
    join_times(s, slot, o, builder);
    s->joined = slot;
    s->before = builder->info.events;
    s->at = 0;
    return true;
}

/* Delivering */

static void tell(const struct side_by_side *s, struct builder *builder, uint64_t n, int64_t time)
{
    builder->info.events = s->before + n;
    if (n)
        builder->info.last_time = time;
}

gotrace_status side_by_side_run(struct side_by_side *s, struct builder *builder)
{
    const struct ahead_slot *slot = s->joined;
    const gotrace_info *all = &slot->builder.info;
    assert(slot && slot->called && s->at <= slot->kept.len);
    while (s->at < slot->kept.len && !batch_is_full(builder)) {
        gotrace_event *e = &builder->events[builder->len++];
        *e = slot->kept.data[s->at++];
        assert(e->n && e->n <= all->events);
        e->time = time_of(s, e->n, e->time);
        tell(s, builder, e->n, e->time);
        e->n += s->before;
    }
    if (batch_is_full(builder))
        return GOTRACE_OK;
    tell(s, builder, all->events, time_of(s, all->events, all->last_time));
    s->joined = NULL;
    return GOTRACE_END;
}

uint64_t side_by_side_done(const struct side_by_side *s)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < s->len; i++) {
        const struct ahead_slot *slot = &s->slots[(s->first + i) % s->places];
        n += slot->called ? atomic_load_explicit(&slot->done, memory_order_relaxed) : 0;
    }
    return n;
}

bool side_by_side_wait(struct side_by_side *s)
{
    enum { MS = 50 };
    return s->len == 0 || workers_wait_for(&s->workers, &s->slots[s->first].task, MS);
}

static void free_slot(struct side_by_side *s, struct ahead_slot *slot)
{
    batch_stop(&slot->builder);
    workers_wait(&s->workers, &slot->task);
    generation_free(&slot->gen);
    mem_free(slot->found.damages);
    mem_free(slot->builder.damages);
    mem_free(slot->builder.events);
    references_free(&slot->references);
    full_order_free(&slot->order);
    edges_free(&slot->edges);
    VEC_FREE(&slot->kept);
}

void side_by_side_free(struct side_by_side *s)
{
    for (unsigned i = 0; s->slots && i < s->places; i++)
        batch_stop(&s->slots[i].builder);
    for (unsigned i = 0; s->slots && i < s->places; i++)
        free_slot(s, &s->slots[i]);
    workers_free(&s->workers);
    mem_free(s->slots);
    *s = (struct side_by_side){0};
}
