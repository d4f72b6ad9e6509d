/* begin.c: begin and end of a generation. */
#include <assert.h>

#include "sched/invariants.h"
#include "v2/order/inside.h"

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

/* Puts the lanes before their first events. */
static bool place_lanes(struct order *o, const struct generation *g)
{
    size_t n = g->threads.len;
    if (o->waits.on)
        (void)order_end_waits(o, MAP_NONE);
    o->lanes.len = o->frontier.len = 0;
    if (!VEC_RESERVE(&o->lanes, n) || !VEC_RESERVE(&o->frontier, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct lane *lane = &o->lanes.data[o->lanes.len++];
        struct cursor *c = &lane->cursor;
        *lane = (struct lane){0};
        cursor_start(c, g, o->base, &g->threads.data[i]);
        lane->ev = (struct sched_event){.gen = g->gen, .arg = c->arg};
        if (!sched_thread(o->sched, c->m, &lane->ev.thread))
            return false;
    }
    rest_start(&o->rest, g, o->base, o->lanes.data, n, o->sched);
    return true;
}

static void start_lanes(struct order *o, const struct generation *g, struct feed *feed,
                        gotrace_diag *diag)
{
    for (size_t i = 0; i < o->lanes.len; i++) {
        struct lane *lane = &o->lanes.data[i];
        if (order_next(o, g, feed, lane, diag))
            frontier_add(o, i, lane->cursor.time);
    }
}

/* The id of a string; all ones: none. Ids are in an array in all traces that there are. */
static uint64_t id_of(const struct known_ids *k, uint32_t interned)
{
    for (size_t id = 1; id < k->len; id++) {
        if (k->ids[id] == interned + 1)
            return id;
    }
    return UINT64_MAX;
}

static bool begin_marks(struct order *o, struct feed *feed)
{
    static const char reason[] = "forever";
    uint32_t forever;
    if (!marks_begin(o->marks, &o->known) ||
        !names_string(feed->names, reason, sizeof reason - 1, &forever))
        return false;
    o->marks->forever = id_of(&o->known.strings, forever);
    return true;
}

gotrace_status order_start(struct order *o, const struct generation *g, const uint8_t *base,
                           struct feed *feed, gotrace_diag *diag)
{
    o->base = base;
    o->sample = 0;
    o->known = g->known;
    o->marks = feed->passing ? g->marks : NULL;
    o->before = feed->info.events;
    if (o->marks && !begin_marks(o, feed))
        return diag_no_memory(diag);
    order_know_plain(o, feed);
    o->guesses = o->guess_asks = 0;
    o->blind = false;
    impossible_start(&o->impossible);
    if (!place_lanes(o, g))
        return diag_no_memory(diag);
    begin(o, g, feed);
    start_lanes(o, g, feed, diag);
    return GOTRACE_OK;
}

/* Notes which stops of the world go on behind the generation. */
static void mark_open(const struct order *o)
{
    struct sched_g g;
    uint64_t kind;
    for (size_t i = 0; i < sched_g_slots(o->sched); i++) {
        for (uint32_t n = 0; sched_g_at(o->sched, i, &g) && sched_stw(o->sched, g.id, n, &kind);
             n++)
            marks_kind(o->marks, &o->marks->open, kind);
    }
}

void order_finish(struct order *o, const struct generation *g, struct feed *feed)
{
    if (o->marks)
        o->marks->events = feed->info.events - o->before - o->marks->cuts.len - g->by_time.len;
    if (o->marks && sched_stops(o->sched))
        mark_open(o);
    assert(sched_is_consistent(o->sched));
    if (o->guesses && g->partial)
        sched_reset(o->sched); /* it believes too much */
    o->guessed_before = o->guesses != 0;
    unknown_ids_end(&o->unknown, g, feed);
}
