#include "v2/thread_order.h"

#include <assert.h>

#include "base/compiler.h"
#include "event/event.h"
#include "v2/cursor/fill.h"

/* Called before the tables are read, so that the worker runs meanwhile. */
void thread_order_send(struct thread_order *s, const struct generation *g, const uint8_t *base,
                       const struct builder *builder)
{
    s->base = base;
    s->summaries.workers.use = builder->plan.threads;
    s->summarizing = plan_takes(&builder->plan, GOTRACE_PATH_SUMMARIES) &&
                     summaries_send(&s->summaries, g, base, builder->wanted);
}

/* The time of the first generation is where the caller wants the trace to begin. */
void thread_order_start(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    int64_t time = generation_ns(g, g->min_time);
    if (!s->begun)
        s->zero = ns_between(builder->begin, time);
    assert(s->base || g->batches.len == 0); /* it has been sent */
    s->begun = true;
    s->thread = s->sample = 0;
    s->gone = 0;
    s->batch = MAP_NONE;
    builder->gen.time = ns_between(s->zero, time);
    builder->gen.partial = g->partial;
    builder->gen.clock_time = ns_between(s->zero, generation_ns(g, g->sync.clock_time));
}

static inline void emit(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    const struct cursor *c = &s->cursor;
    gotrace_event *e =
        batch_append(builder, c->type, ns_between(s->zero, c->time), cursor_offset(c));
    if (e)
        fill_event(e, c, c->type, c->ticks, (struct context){c->m, -1, -1}, &g->ids, false, g,
                   builder->names);
}

/* Samples are in batches of their own: they come behind all threads, in the
 * order of time. */
static void emit_sample(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    assert(s->thread == g->threads.len && s->sample < g->by_time.len); /* behind all threads */
    struct go_sort_entry at = g->by_time.data[s->sample++];
    assert_unchanged(at.index < g->samples.len);
    const struct sample *from = &g->samples.data[at.index];
    gotrace_event *e = batch_append(builder, EvCPUSample, ns_between(s->zero, at.time), from->off);
    if (e)
        fill_sample(e, from, (struct context){from->m, -1, -1});
}

/* Goes to the begin of a batch of the thread that is being delivered. */
static void enter(struct thread_order *s, const struct generation *g, uint32_t batch,
                  struct builder *builder)
{
    assert_unchanged(s->thread > 0 && s->thread <= g->threads.len);
    assert_unchanged(batch == MAP_NONE || batch < g->batches.len);
    struct event_thread at = {g->threads.data[s->thread - 1].m, batch, batch};
    s->batch = batch;
    s->known = NULL;
    if (batch == MAP_NONE)
        return;
    cursor_start(&s->cursor, g, s->base, &at);
    s->known = s->summarizing ? summaries_report(&s->summaries, batch) : NULL;
    s->hit = 0;
    s->before = builder->info.events;
}

/* Threads are counted by a set: one comes in many generations. False: no memory. */
static bool enter_thread(struct thread_order *s, const struct generation *g,
                         struct builder *builder)
{
    assert(s->batch == MAP_NONE && s->thread < g->threads.len);
    const struct event_thread *t = &g->threads.data[s->thread++];
    enter(s, g, t->first, builder);
    return map_put(&s->threads, (uint64_t)t->m, 0);
}

/* The time behind so many ticks of the batch, if it is known. */
static int64_t time_at(const struct thread_order *s, const struct generation *g, uint32_t ticks)
{
    assert(s->known && s->batch < g->batches.len);
    return ns_sum(generation_ns(g, g->batches.data[s->batch].at.time), generation_ns(g, ticks));
}

/* Behind a batch of which only hits were decoded the counts are those of all its
 * events. */
static void leave(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    if (s->known && s->known->events) {
        builder->info.events = s->before + s->known->events;
        builder->info.last_time = ns_between(s->zero, time_at(s, g, s->known->ticks));
    }
    assert(s->batch < g->batches.len);
    s->gone += g->batches.data[s->batch].at.size;
    enter(s, g, g->batches.data[s->batch].next, builder);
}

/* Puts the cursor before the next event of the batch; false behind its last. */
static inline bool seek(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    struct cursor *c = &s->cursor;
    if (!s->known)
        return c->p != c->end;
    if (s->hit == s->known->len)
        return false;
    struct summary_hit hit = s->known->hits[s->hit++];
    assert_unchanged(hit.at < g->batches.data[s->batch].at.size && hit.events < s->known->events);
    assert_unchanged(s->hit < 2 || s->known->hits[s->hit - 2].at < hit.at); /* as they lie */
    c->p = c->data + hit.at;
    c->ticks = g->batches.data[s->batch].at.time + hit.ticks;
    c->time = time_at(s, g, hit.ticks);
    builder->info.events = s->before + hit.events;
    return true;
}

/* Delivers the batch, or as much of it as there is room for. Damage may take
 * the cursor into another batch, or to the thread's end; from there on all is
 * decoded. */
static void deliver(struct thread_order *s, const struct generation *g, struct builder *builder)
{
    while (!batch_is_full(builder)) {
        if (!seek(s, g, builder)) {
            leave(s, g, builder);
            return;
        }
        bool more = cursor_next(&s->cursor, g, s->base, builder);
        if (!more || s->cursor.batch != s->batch) {
            s->batch = more ? s->cursor.batch : MAP_NONE;
            s->known = NULL;
        }
        if (!more)
            return;
        emit(s, g, builder);
    }
}

uint64_t thread_order_done(const struct thread_order *s)
{
    return s->gone;
}

/* Returns now and then (READER_SLICE) though there is room, so that progress and
 * interrupts are looked at. */
gotrace_status thread_order_run(struct thread_order *s, const struct generation *g,
                                struct builder *builder, gotrace_diag *diag)
{
    uint64_t pause_at = builder->info.events + READER_SLICE;
    while (!batch_is_full(builder) && builder->info.events < pause_at) {
        if (s->batch != MAP_NONE) {
            deliver(s, g, builder);
        } else if (s->thread < g->threads.len) {
            if (!enter_thread(s, g, builder))
                return diag_no_memory(diag);
        } else if (s->sample < g->by_time.len) {
            emit_sample(s, g, builder);
        } else {
            summaries_recall(&s->summaries);
            return GOTRACE_END;
        }
    }
    return GOTRACE_OK;
}

void thread_order_free(struct thread_order *s)
{
    summaries_free(&s->summaries);
    map_free(&s->threads);
}
