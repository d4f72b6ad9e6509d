/* advance.c: which event of all threads is next (full_order.h). */
#include "sched/rules_inline.h"
#include "v2/order/inside.h"

bool full_order_init(struct full_order *o)
{
    *o = (struct full_order){.sched = sched_new()};
    return o->sched != NULL;
}

/* The least `last`: its first event's time is its own, as what came before is
 * not known. */
bool full_order_init_by_itself(struct full_order *o, struct edges *edges,
                               const struct full_order *of)
{
    if (!full_order_init(o))
        return false;
    assert(of->begun && !of->by_itself); /* its zero is the trace's */
    sched_begin_by_itself(o->sched, edges);
    o->by_itself = o->begun = true;
    o->zero = of->zero;
    o->last = INT64_MIN;
    o->forever = of->forever;
    return true;
}

void full_order_free(struct full_order *o)
{
    sched_free(o->sched);
    VEC_FREE(&o->slots);
    VEC_FREE(&o->frontier);
    waits_free(&o->waits);
    rest_free(&o->rest);
    impossible_free(&o->impossible);
    strict_free(&o->strict);
    *o = (struct full_order){0};
}

/* From the model: who is known to it. */
void full_order_count(const struct full_order *o, gotrace_info *info)
{
    struct sched_totals t = sched_totals(o->sched);
    info->threads = t.threads;
    info->procs = t.procs;
    info->goroutines = t.goroutines;
}

/* Entries before number i that are so early that they should not have to wait
 * for it. */
static size_t impatient(const struct go_sort_entry *h, size_t i, size_t from)
{
    while (from < i && ns_between(h[from].time, h[i].time) > PATIENCE)
        from++;
    assert(from <= i);
    return from;
}

/* Rare: the earliest event has to wait for another thread's. out->at is the entry
 * that decided. */
static enum sched_result ask_others(struct full_order *o, const struct generation *g,
                                    struct builder *builder, struct refused *out,
                                    gotrace_diag *diag)
{
    struct go_sort_entry *h = o->frontier.data;
    size_t judged = 0, early = 0;
    o->asked += o->frontier.len;
    slot_of(o, 0)->round = ++o->round;
    go_sort(h, o->frontier.len); /* what is sorted is a heap too; of one time others may be first */
    assert(o->frontier.len > 0 && frontier_is_sorted(o));
    for (size_t i = 1; i < o->frontier.len; i++) {
        early = impatient(h, i, early);
        if (full_order_is_hopeless(o, &judged, early, out))
            return SCHED_NOT_YET;
        enum sched_result r = ask(o, g, builder, slot_of(o, i), diag);
        slot_of(o, i)->round = o->round;
        out->at = i;
        if (r != SCHED_NOT_YET)
            return r;
    }
    *out = (struct refused){0};
    (void)full_order_is_hopeless(o, &judged, o->frontier.len, out);
    return SCHED_NOT_YET;
}

/* The next event of a thread */

/* What cannot be happens here all the same, without waiting for others: nobody
 * sees where it is. */
bool full_order_step_over(struct full_order *o, const struct generation *g, struct builder *builder,
                          struct cursor_slot *slot, gotrace_diag *diag)
{
    struct cursor *c = &slot->cursor;
    bool more;
    assert(builder->skipped[c->type]);
    do {
        enum sched_result r = ask(o, g, builder, slot, diag);
        if (r != SCHED_ADVANCED)
            (void)full_order_go_on(o, g, builder, slot, r, true, diag);
        builder->info.events++;
        if (o->waits.on)
            full_order_wake(o, &slot->ev);
        if (o->references)
            references_cut(o->references, c->batch, (uint64_t)(c->at - c->data));
        full_order_check_ids(o, c, g, builder);
        cursor_hide(c, g);
        more = cursor_next(c, g, o->base, builder);
    } while (more && builder->skipped[c->type]);
    return more;
}

/* A status by a number that no runtime writes has no word to show it by. */
static bool is_shown(const struct cursor *c)
{
    if (c->type == EvProcStatus)
        return (uint8_t)c->arg[1] < ProcStatuses;
    return (c->type != EvGoStatus && c->type != EvGoStatusStack) || (uint8_t)c->arg[2] < GoStatuses;
}

/* The event of frontier entry i has happened; takes up its thread's next. */
static void deliver(struct full_order *o, const struct generation *g, struct builder *builder,
                    size_t i, gotrace_diag *diag)
{
    struct cursor_slot *slot = slot_of(o, i);
    assert(!o->waits.on && i < o->frontier.len);
    if (is_shown(&slot->cursor))
        full_order_emit(o, g, builder, slot);
    if (full_order_next(o, g, builder, slot, diag))
        frontier_update(o, i, slot->cursor.time);
    else
        frontier_remove(o, i);
}

/* run_fast from the event on that the slot is at. */
static bool resume(struct full_order *o, const struct generation *g, struct builder *builder,
                   struct cursor_slot *slot, int64_t until, gotrace_diag *diag)
{
    struct cursor *c = &slot->cursor;
    if (!sched_ready(o->sched, &slot->ev) || !cursor_rewind(c, g))
        return false;
    if (full_order_run_fast(o, g, builder, slot, until, diag))
        return true;
    (void)cursor_next(c, g, o->base, builder); /* as before */
    return false;
}

/* All together */

/* Of one time events come first. */
static bool sample_is_next(struct full_order *o, const struct generation *g)
{
    if (o->sample == g->by_time.len)
        return false;
    assert(o->sample < g->by_time.len);
    int64_t time = g->by_time.data[o->sample].time;
    if (o->waits.on)
        return time < waits_first(&o->waits);
    return o->frontier.len == 0 || time < o->frontier.data[0].time;
}

/* Up to which time the frontier's first thread is the earliest, and no sample
 * comes before it. */
static int64_t lead(const struct full_order *o, const struct generation *g)
{
    const struct go_sort_entry *h = o->frontier.data;
    int64_t time = INT64_MAX;
    if (o->frontier.len > 1)
        time = h[1].time;
    if (o->frontier.len > 2 && h[2].time < time)
        time = h[2].time;
    if (o->sample < g->by_time.len && g->by_time.data[o->sample].time < time)
        time = g->by_time.data[o->sample].time;
    assert(time >= h[0].time);
    return time;
}

/* Whether this call does, as far as the builder is concerned. */
static inline bool goes_on(const struct full_order *o, const struct builder *builder)
{
    return !batch_is_full(builder) && builder->info.events < o->pause_at;
}

/* Events of the frontier's first thread, while it is first: long runs, most
 * often. What the model says of the one that is not delivered. */
static enum sched_result run(struct full_order *o, const struct generation *g,
                             struct builder *builder, gotrace_diag *diag)
{
    struct cursor_slot *slot = slot_of(o, 0);
    int64_t until = lead(o, g);
    assert_unchanged(slot->cursor.time == o->frontier.data[0].time);
    bool taken = resume(o, g, builder, slot, until, diag);
    do {
        enum sched_result r = taken ? SCHED_ADVANCED : ask(o, g, builder, slot, diag);
        if (r != SCHED_ADVANCED) {
            o->frontier.data[0].time = slot->cursor.time;
            return r;
        }
        if (!taken) {
            full_order_emit(o, g, builder, slot);
            if (!batch_is_full(builder))
                full_order_run_fast(o, g, builder, slot, until, diag);
        }
        taken = false;
        if (!full_order_next(o, g, builder, slot, diag)) {
            frontier_remove(o, 0);
            return SCHED_ADVANCED;
        }
    } while (slot->cursor.time <= until && goes_on(o, builder));
    frontier_update(o, 0, slot->cursor.time);
    return SCHED_ADVANCED;
}

/* Has the next event happen, or more. If none can, or the order breaks, the
 * answer is about *out. The first thread alone, as long as it can; then the
 * others, one by one or by what they wait for. */
static inline enum sched_result advance(struct full_order *o, const struct generation *g,
                                        struct builder *builder, struct refused *out,
                                        gotrace_diag *diag)
{
    *out = (struct refused){0};
    assert(!o->waits.on || o->frontier.len == 0);
    if (o->waits.on)
        return full_order_run_waiting(o, g, builder, out, diag);
    enum sched_result r = run(o, g, builder, diag);
    if (r != SCHED_NOT_YET || (o->blind && o->frontier.len > MANY_THREADS))
        return r;
    if (full_order_is_crowded(o, builder)) {
        full_order_begin_waits(o);
        return full_order_run_waiting(o, g, builder, out, diag);
    }
    r = ask_others(o, g, builder, out, diag);
    if (r == SCHED_ADVANCED)
        deliver(o, g, builder, out->at, diag);
    return r;
}

uint64_t full_order_done(const struct full_order *o)
{
    uint64_t n = 0;
    for (size_t i = 0; i < o->slots.len; i++)
        n += cursor_done(&o->slots.data[i].cursor);
    return n;
}

/* A guess that makes an event happen is followed by its delivery; one that only
 * changes the model is not. */
gotrace_status full_order_run(struct full_order *o, const struct generation *g,
                              struct builder *builder, gotrace_diag *diag)
{
    o->pause_at = builder->info.events + READER_SLICE;
    while (goes_on(o, builder)) {
        if (sample_is_next(o, g)) {
            full_order_emit_sample(o, g, builder);
            continue;
        }
        if (o->frontier.len == 0 && !o->waits.on) {
            if (o->strict.failed)
                return diag_no_memory(diag);
            full_order_finish(o, g, builder);
            return GOTRACE_END;
        }
        struct refused no;
        enum sched_result r = advance(o, g, builder, &no, diag);
        if (r == SCHED_ADVANCED)
            continue;
        if (r == SCHED_NO_MEMORY)
            return diag_no_memory(diag);
        if (o->by_itself)
            return GOTRACE_UNSUPPORTED;
        assert(no.at < o->frontier.len && !o->waits.on);
        bool stuck = r == SCHED_NOT_YET && !no.hopeless;
        if (full_order_go_on(o, g, builder, slot_of(o, no.at), r, stuck, diag))
            deliver(o, g, builder, no.at, diag);
    }
    return GOTRACE_OK;
}
