#include "model/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/event.h"

bool order_init(struct order *o)
{
    *o = (struct order){.sched = sched_new()};
    return o->sched != NULL;
}

void order_free(struct order *o)
{
    sched_free(o->sched);
    VEC_FREE(&o->cursors);
    VEC_FREE(&o->frontier);
    *o = (struct order){0};
}

/* The heap. Its shape decides between equal times, so the steps are Go's:
 * a removed entry is carried to the root first. */

static void swap(struct cursor **h, size_t i, size_t j)
{
    struct cursor *c = h[i];
    h[i] = h[j];
    h[j] = c;
}

static size_t sift_up(struct cursor **h, size_t i)
{
    while (i > 0 && h[(i - 1) / 2]->time > h[i]->time) {
        swap(h, (i - 1) / 2, i);
        i = (i - 1) / 2;
    }
    return i;
}

static void sift_down(struct cursor **h, size_t len, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t j = 2 * i + 1; j < len && j <= 2 * i + 2; j++) {
            if (h[j]->time < h[least]->time)
                least = j;
        }
        if (least == i)
            return;
        swap(h, i, least);
        i = least;
    }
}

static void heap_remove(struct order *o, size_t i)
{
    struct cursor **h = o->frontier.data;
    for (; i > 0; i = (i - 1) / 2)
        swap(h, (i - 1) / 2, i);
    swap(h, 0, --o->frontier.len);
    sift_down(h, o->frontier.len, 0);
}

static void heap_update(struct order *o, size_t i)
{
    if (sift_up(o->frontier.data, i) == i)
        sift_down(o->frontier.data, o->frontier.len, i);
}

/* Sorts the frontier by time; a sorted array is a heap too. Stable, and quick
 * on what a heap mostly is: nearly sorted. */
static void heap_sort(struct order *o)
{
    struct cursor **h = o->frontier.data;
    for (size_t i = 1; i < o->frontier.len; i++) {
        for (size_t j = i; j > 0 && h[j - 1]->time > h[j]->time; j--)
            swap(h, j - 1, j);
    }
}

/* Times */

/* Every event takes at least a nanosecond after the one before. */
static int64_t bump(struct order *o, int64_t time)
{
    o->last = time > o->last ? time : (int64_t)((uint64_t)o->last + 1);
    return o->last;
}

/* Go's reader shows the begin of a generation as a Sync event at the smallest
 * batch time. We have no such event, but it takes its nanosecond. */
static void begin(struct order *o, const struct generation *g, struct feed *feed)
{
    int64_t time = bump(o, generation_ns(g, g->min_time));
    if (!o->begun)
        o->zero = time;
    o->begun = true;
    feed->gen.time = ns_between(o->zero, time);
    feed->gen.clock_time = ns_between(o->zero, generation_ns(g, g->sync.clock_time));
}

gotrace_status order_start(struct order *o, const struct generation *g, const uint8_t *base,
                           struct feed *feed, gotrace_diag *diag)
{
    size_t n = g->threads.len;
    o->base = base;
    o->sample = 0;
    o->cursors.len = o->frontier.len = 0;
    if (!VEC_RESERVE(&o->cursors, n) || !VEC_RESERVE(&o->frontier, n))
        return diag_no_memory(diag);
    begin(o, g, feed);
    for (size_t i = 0; i < n; i++) {
        struct cursor *c = &o->cursors.data[o->cursors.len++];
        cursor_start(c, g, base, &g->threads.data[i]);
        if (!sched_thread(o->sched, c->m, &c->thread))
            return diag_no_memory(diag);
        if (!cursor_next(c, g, base, feed))
            continue;
        o->frontier.data[o->frontier.len++] = c;
        sift_up(o->frontier.data, o->frontier.len - 1);
    }
    return GOTRACE_OK;
}

/* One event */

static void unknown_id(const struct cursor *c, const struct generation *g, struct feed *feed,
                       uint64_t id)
{
    gotrace_diag d;
    if (g->partial)
        return;
    diag_set(&d, GOTRACE_DAMAGED, cursor_offset(c), "an event refers to an unknown string or stack");
    diag_have(&d, "id %" PRIu64, id);
    d.gen = g->gen;
    d.m = c->m;
    (void)snprintf(d.event, sizeof d.event, "%s", event_name(c->type));
    feed_damage(feed, &d, 0);
}

/* Go's reader checks the ids of every event, so this does too, wanted or not. */
static void resolve(const struct cursor *c, const struct generation *g, struct feed *feed,
                    uint64_t arg[GOTRACE_ARGS])
{
    uint64_t id = 0;
    if (!cursor_resolve(c, g, feed->names, arg, &id))
        unknown_id(c, g, feed, id);
}

static void emit(struct order *o, const struct generation *g, struct feed *feed,
                 const struct cursor *c, const struct sched_event *s)
{
    uint64_t arg[GOTRACE_ARGS];
    if (s->before)
        bump(o, c->time);
    int64_t time = ns_between(o->zero, bump(o, c->time));
    for (int i = 0; i < s->after; i++)
        bump(o, c->time);
    gotrace_event *e = feed_add(feed, c->type, time);
    if (e || event_has_refs[c->type])
        resolve(c, g, feed, e ? e->arg : arg);
    if (!e)
        return;
    if (!event_has_refs[c->type])
        resolve(c, g, feed, e->arg);
    e->m = s->m;
    e->p = s->p;
    e->g = s->g;
    e->off = cursor_offset(c);
    if (c->type == EvProcStatus)
        e->arg[1] = s->promoted;
    else if (c->type == EvUserTaskBegin && e->arg[1] == 0)
        e->arg[1] = UINT64_MAX; /* 0 is no parent here, not the background task */
}

static void emit_sample(struct order *o, struct feed *feed, const struct sample *s)
{
    gotrace_event *e = feed_add(feed, EvCPUSample, ns_between(o->zero, bump(o, s->time)));
    if (!e)
        return;
    e->m = s->m;
    e->p = s->p;
    e->g = s->g;
    e->off = s->off;
    memset(e->arg, 0, sizeof e->arg);
    e->arg[0] = s->stack;
}

/* The interned name of a task or region event, for the model to compare. */
static uint32_t name_of(const struct cursor *c, const struct generation *g, gotrace_names *names)
{
    uint64_t arg[GOTRACE_ARGS], unknown;
    cursor_resolve(c, g, names, arg, &unknown);
    return (uint32_t)arg[c->type == EvUserTaskBegin ? 2 : 1];
}

/* Tries the event of frontier entry i. */
static enum sched_result try(struct order *o, const struct generation *g, struct feed *feed,
                             size_t i, gotrace_diag *diag)
{
    struct cursor *c = o->frontier.data[i];
    struct sched_event s = {.thread = c->thread, .type = c->type, .gen = g->gen, .arg = c->arg};
    if (c->type == EvUserTaskBegin || c->type == EvUserRegionBegin || c->type == EvUserRegionEnd)
        s.name = name_of(c, g, feed->names);
    enum sched_result r = sched_advance(o->sched, &s, diag);
    if (r != SCHED_ADVANCED)
        return r;
    emit(o, g, feed, c, &s);
    if (cursor_next(c, g, o->base, feed))
        heap_update(o, i);
    else
        heap_remove(o, i);
    return SCHED_ADVANCED;
}

/* Rare: the earliest event has to wait for another thread's. */
static enum sched_result try_others(struct order *o, const struct generation *g, struct feed *feed,
                                    gotrace_diag *diag)
{
    heap_sort(o);
    for (size_t i = 1; i < o->frontier.len; i++) {
        enum sched_result r = try(o, g, feed, i, diag);
        if (r != SCHED_NOT_YET)
            return r;
    }
    return SCHED_NOT_YET;
}

/* The order breaks at the earliest event: what is left of the generation is
 * lost, and what the model knows is no longer certain. */
static void give_up(struct order *o, const struct generation *g, struct feed *feed,
                    enum sched_result r, gotrace_diag *d)
{
    const struct cursor *c = o->frontier.data[0];
    uint64_t lost = 0;
    for (size_t i = 0; i < o->frontier.len; i++)
        lost += cursor_left(o->frontier.data[i], g);
    if (r == SCHED_NOT_YET) {
        diag_set(d, GOTRACE_DAMAGED, 0, g->partial
                     ? "the events that are left wait for some in the lost part"
                     : "no thread's next event can happen; events are missing or out of order");
        diag_have(d, "%zu threads that wait, this one first", o->frontier.len);
    }
    d->offset = cursor_offset(c);
    d->gen = g->gen;
    d->m = c->m;
    (void)snprintf(d->event, sizeof d->event, "%s", event_name(c->type));
    feed_damage(feed, d, lost);
    o->frontier.len = 0;
    o->sample = g->samples.len;
    sched_reset(o->sched);
}

static bool sample_is_next(const struct order *o, const struct generation *g)
{
    return o->sample < g->samples.len &&
           (o->frontier.len == 0 ||
            g->samples.data[o->sample].time < o->frontier.data[0]->time);
}

static void count(struct order *o, struct feed *feed)
{
    struct sched_totals t = sched_totals(o->sched);
    feed->info.threads = t.threads;
    feed->info.procs = t.procs;
    feed->info.goroutines = t.goroutines;
}

gotrace_status order_run(struct order *o, const struct generation *g, struct feed *feed,
                         gotrace_diag *diag)
{
    while (!feed_full(feed)) {
        if (sample_is_next(o, g)) {
            emit_sample(o, feed, &g->samples.data[o->sample++]);
            continue;
        }
        if (o->frontier.len == 0) {
            count(o, feed);
            return GOTRACE_END;
        }
        enum sched_result r = try(o, g, feed, 0, diag);
        if (r == SCHED_NOT_YET)
            r = try_others(o, g, feed, diag);
        if (r == SCHED_NO_MEMORY)
            return diag_no_memory(diag);
        if (r != SCHED_ADVANCED)
            give_up(o, g, feed, r, diag);
    }
    return GOTRACE_OK;
}
