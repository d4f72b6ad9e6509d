/* begin.c: begin and end of a generation. */
#include <assert.h>

#include "base/compiler.h"
#include "sched/invariants.h"
#include "v2/order/inside.h"

/* Go's reader shows the begin of a generation as a Sync event at the smallest
 * batch time. We have no such event, but it takes its nanosecond. */
static void begin(struct full_order *o, const struct generation *g, struct builder *builder)
{
    int64_t time = bump(o, generation_ns(g, g->min_time));
    if (!o->begun)
        o->zero = ns_between(builder->begin, time);
    o->begun = true;
    builder->gen.time = ns_between(o->zero, time);
    builder->gen.partial = g->partial;
    builder->gen.clock_time = ns_between(o->zero, generation_ns(g, g->sync.clock_time));
}

/* Puts the slots before their first events. */
static bool place_slots(struct full_order *o, const struct generation *g)
{
    size_t n = g->threads.len;
    if (o->waits.on)
        (void)full_order_end_waits(o, MAP_NONE);
    o->slots.len = o->frontier.len = 0;
    if (!VEC_RESERVE(&o->slots, n) || !VEC_RESERVE(&o->frontier, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct cursor_slot *slot = &o->slots.data[o->slots.len++];
        struct cursor *c = &slot->cursor;
        *slot = (struct cursor_slot){0};
        cursor_start(c, g, o->base, &g->threads.data[i]);
        slot->ev = (struct sched_event){.gen = g->gen, .arg = c->arg};
        if (!sched_thread(o->sched, c->m, &slot->ev.thread))
            return false;
    }
    assert(o->slots.len == n && o->frontier.cap >= n);
    rest_start(&o->rest, g, o->base, o->slots.data, n, o->sched);
    return true;
}

/* Not before all are placed: what is passed over at a begin may ask the model
 * about other threads. */
static void start_slots(struct full_order *o, const struct generation *g, struct builder *builder,
                        gotrace_diag *diag)
{
    for (size_t i = 0; i < o->slots.len; i++) {
        struct cursor_slot *slot = &o->slots.data[i];
        if (full_order_next(o, g, builder, slot, diag))
            frontier_add(o, i, slot->cursor.time);
    }
    assert(frontier_is_sound(o));
}

/* The id of a string; all ones: none. Ids are in an array in all traces that there are. */
static uint64_t id_of(const struct id_table *k, uint32_t interned)
{
    assert(k->all >= 1 && (k->all == 1 || k->all <= k->len));
    for (size_t id = 1; id < k->len; id++) {
        if (k->ids[id] == interned + 1)
            return id;
    }
    return UINT64_MAX;
}

/* "forever" by its id, so that events need not be resolved to find it. False: no
 * memory. */
static bool begin_marks(struct full_order *o, struct builder *builder)
{
    static const char reason[] = "forever";
    bool known = o->by_itself; /* on a thread, where nothing is interned */
    if (!references_begin(o->references, &o->ids) ||
        !(known || names_string(builder->names, reason, sizeof reason - 1, &o->forever)))
        return false;
    o->references->forever = id_of(&o->ids.strings, o->forever);
    return true;
}

/* Slots are placed before the time of the generation is told, and read behind
 * it: what is passed over takes none. */
gotrace_status full_order_start(struct full_order *o, const struct generation *g,
                                const uint8_t *base, struct builder *builder, gotrace_diag *diag)
{
    assert(g->order.len == g->threads.len && g->by_time.len == g->samples.len);
    o->base = base;
    o->sample = 0;
    o->ids = g->ids;
    o->references = builder->for_passthrough ? g->references : NULL;
    o->before = builder->info.events;
    if (o->references && !begin_marks(o, builder))
        return diag_no_memory(diag);
    full_order_know_fast(o, builder);
    o->guesses = o->guess_asks = 0;
    o->blind = false;
    impossible_start(&o->impossible);
    if (!place_slots(o, g))
        return diag_no_memory(diag);
    begin(o, g, builder);
    start_slots(o, g, builder, diag);
    return GOTRACE_OK;
}

/* Notes which stops of the world go on behind the generation. */
static void mark_open(const struct full_order *o)
{
    assert(o->references && sched_stops(o->sched));
    struct sched_g g;
    uint64_t kind;
    for (size_t i = 0; i < sched_g_slots(o->sched); i++) {
        for (uint32_t n = 0; sched_g_at(o->sched, i, &g) && sched_stw(o->sched, g.id, n, &kind);
             n++)
            references_kind(o->references, &o->references->open, kind);
    }
}

/* What is not an event of the copy (cuts, samples) is taken off the count. */
void full_order_finish(struct full_order *o, const struct generation *g, struct builder *builder)
{
    assert(o->frontier.len == 0 && !o->waits.on && o->sample == g->by_time.len);
    if (o->references)
        o->references->events =
            builder->info.events - o->before - o->references->cuts.len - g->by_time.len;
    assert(!o->references || o->references->events <= builder->info.events - o->before);
    if (o->references && sched_stops(o->sched))
        mark_open(o);
    assert_unchanged(sched_is_consistent(o->sched));
    if (o->guesses && g->partial)
        sched_reset(o->sched); /* too much of it was assumed */
    o->guessed_before = o->guesses != 0;
    unknown_ids_end(&o->unknown, g, builder);
}
