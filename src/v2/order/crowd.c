/* crowd.c: the order where many threads wait (waits.h). */
#include <assert.h>

#include "base/compiler.h"
#include "sched/waiting/needs.h"
#include "v2/order/inside.h"

/* Threads that may be put in order because the earliest waits: so many in any
 * trace, and so many more for each event. */
enum { ASKS_ANYWAY = 1 << 20, ASKS_EACH = 16 };

size_t full_order_end_waits(struct full_order *o, uint32_t slot)
{
    size_t i = 0;
    assert_unchanged(o->frontier.len == 0 && o->waits.live <= o->frontier.cap);
    o->frontier.len = o->waits.live;
    waits_end(&o->waits, o->frontier.data);
    assert(frontier_is_sorted(o));
    while (i < o->frontier.len && o->frontier.data[i].index != slot)
        i++;
    assert(slot == MAP_NONE || i < o->frontier.len || o->waits.failed);
    return i < o->frontier.len ? i : 0;
}

COLD void full_order_wake(struct full_order *o, const struct sched_event *ev)
{
    struct sched_need offers[SCHED_OFFERS];
    size_t n = sched_offers(o->sched, ev, offers);
    assert(n <= SCHED_OFFERS && o->waits.on);
    for (size_t i = 0; i < n; i++)
        waits_wake(&o->waits, &offers[i]);
}

bool full_order_is_crowded(const struct full_order *o, const struct builder *builder)
{
    return o->frontier.len > MANY_THREADS &&
           o->asked > ASKS_ANYWAY + ASKS_EACH * builder->info.events;
}

/* Sorted as it would be for asking, so of one time those come first that would
 * have been asked first. */
void full_order_begin_waits(struct full_order *o)
{
    struct go_sort_entry *h = o->frontier.data;
    assert_unchanged(!o->waits.on);
    go_sort(h, o->frontier.len);
    waits_begin(&o->waits, o->slots.len);
    for (size_t i = 0; i < o->frontier.len && !o->waits.failed; i++)
        waits_add(&o->waits, h[i].index, h[i].time);
    assert(o->waits.failed || o->waits.live == o->frontier.len);
    o->frontier.len = 0;
}

/* As deliver. Where few threads are left asking all of them is cheap again. */
static void deliver_waiting(struct full_order *o, const struct generation *g,
                            struct builder *builder, uint32_t i, gotrace_diag *diag)
{
    struct cursor_slot *slot = &o->slots.data[i];
    uint64_t guesses = o->guesses;
    full_order_emit(o, g, builder, slot);
    waits_done(&o->waits, i);
    full_order_wake(o, &slot->ev);
    if (full_order_next(o, g, builder, slot, diag))
        waits_add(&o->waits, i, slot->cursor.time);
    if (o->waits.live <= MANY_THREADS || o->guesses != guesses) /* a guess wakes nobody */
        (void)full_order_end_waits(o, MAP_NONE);
}

/* The slot's event has to wait. */
static void park(struct full_order *o, uint32_t i)
{
    struct sched_need needs[SCHED_NEEDS];
    size_t n = sched_needs(&o->slots.data[i].ev, needs);
    assert(n > 0 && n <= SCHED_NEEDS);
    assert(n > 1 || !sched_is_met(o->sched, needs)); /* or nobody would wake it */
    waits_park(&o->waits, i, needs, n);
}

/* Whether the earliest of those that wait does so in vain, and the slot's event is
 * too late to come before it. */
static bool is_first_hopeless(struct full_order *o, const struct cursor_slot *slot, uint32_t *first)
{
    struct sched_awaited what;
    int64_t time = waits_first(&o->waits);
    assert_unchanged(o->waits.all.len && time <= slot->cursor.time);
    *first = o->waits.all.data[0].slot; /* that of `slot` at least is there */
    return ns_between(time, slot->cursor.time) > PATIENCE &&
           !rest_may_bring(&o->rest, &o->slots.data[*first], &what);
}

/* Until one event has happened. If none is left to be asked all of them wait:
 * the frontier is filled again, for a guess. */
COLD enum sched_result full_order_run_waiting(struct full_order *o, const struct generation *g,
                                              struct builder *builder, struct refused *out,
                                              gotrace_diag *diag)
{
    uint32_t i, first;
    while (!o->waits.failed && waits_take(&o->waits, &i)) {
        struct cursor_slot *slot = &o->slots.data[i];
        if (is_first_hopeless(o, slot, &first)) {
            *out = (struct refused){full_order_end_waits(o, first), true};
            return SCHED_NOT_YET;
        }
        enum sched_result r = ask(o, g, builder, slot, diag);
        if (r == SCHED_ADVANCED) {
            deliver_waiting(o, g, builder, i, diag);
        } else if (r == SCHED_NOT_YET) {
            park(o, i);
            continue;
        } else {
            out->at = full_order_end_waits(o, i);
        }
        return r;
    }
    size_t judged = 0;
    *out = (struct refused){full_order_end_waits(o, MAP_NONE), false};
    if (o->waits.failed)
        return SCHED_NO_MEMORY;
    o->round++;
    for (size_t n = 0; n < o->frontier.len; n++)
        slot_of(o, n)->round = o->round;
    (void)full_order_is_hopeless(o, &judged, o->frontier.len, out);
    return SCHED_NOT_YET;
}
