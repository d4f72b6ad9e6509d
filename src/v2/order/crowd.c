/* crowd.c: the order where many threads wait (waits.h). */
#include <assert.h>

#include "sched/needs.h"
#include "v2/order/inside.h"

/* Threads that may be put in order because the earliest waits: so many in any
 * trace, and so many more for each event. */
enum { ASKS_ANYWAY = 1 << 20, ASKS_EACH = 16 };

size_t order_end_waits(struct order *o, uint32_t lane)
{
    size_t i = 0;
    assert(o->frontier.len == 0 && o->waits.live <= o->frontier.cap);
    o->frontier.len = o->waits.live;
    waits_end(&o->waits, o->frontier.data);
    while (i < o->frontier.len && o->frontier.data[i].index != lane)
        i++;
    return i < o->frontier.len ? i : 0;
}

COLD void order_wake(struct order *o, const struct sched_event *ev)
{
    struct sched_need offers[SCHED_OFFERS];
    size_t n = sched_offers(o->sched, ev, offers);
    for (size_t i = 0; i < n; i++)
        waits_wake(&o->waits, &offers[i]);
}

bool order_is_crowded(const struct order *o, const struct feed *feed)
{
    return o->frontier.len > MANY_THREADS && o->asked > ASKS_ANYWAY + ASKS_EACH * feed->info.events;
}

void order_begin_waits(struct order *o)
{
    struct timed *h = o->frontier.data;
    assert(!o->waits.on);
    timed_sort(h, o->frontier.len);
    waits_begin(&o->waits, o->lanes.len);
    for (size_t i = 0; i < o->frontier.len && !o->waits.failed; i++)
        waits_add(&o->waits, h[i].index, h[i].time);
    o->frontier.len = 0;
}

/* As deliver. */
static void deliver_waiting(struct order *o, const struct generation *g, struct feed *feed,
                            uint32_t i, gotrace_diag *diag)
{
    struct lane *lane = &o->lanes.data[i];
    uint64_t guesses = o->guesses;
    order_emit(o, g, feed, lane);
    waits_done(&o->waits, i);
    order_wake(o, &lane->ev);
    if (order_next(o, g, feed, lane, diag))
        waits_add(&o->waits, i, lane->cursor.time);
    if (o->waits.live <= MANY_THREADS || o->guesses != guesses) /* a guess wakes nobody */
        (void)order_end_waits(o, MAP_NONE);
}

/* Whether the earliest of those that wait does so in vain, and the lane's event is
 * too late to come before it. */
static bool is_first_hopeless(struct order *o, const struct lane *lane, uint32_t *first)
{
    struct sched_awaited what;
    int64_t time = waits_first(&o->waits);
    assert(o->waits.all.len && time <= lane->cursor.time);
    *first = o->waits.all.data[0].lane; /* that of `lane` at least is there */
    return ns_between(time, lane->cursor.time) > PATIENCE &&
           !rest_may_bring(&o->rest, &o->lanes.data[*first], &what);
}

COLD enum sched_result order_run_waiting(struct order *o, const struct generation *g,
                                         struct feed *feed, struct refused *out, gotrace_diag *diag)
{
    struct sched_need needs[SCHED_NEEDS];
    uint32_t i, first;
    while (!o->waits.failed && waits_take(&o->waits, &i)) {
        struct lane *lane = &o->lanes.data[i];
        if (is_first_hopeless(o, lane, &first)) {
            *out = (struct refused){order_end_waits(o, first), true};
            return SCHED_NOT_YET;
        }
        enum sched_result r = ask(o, g, feed, lane, diag);
        if (r == SCHED_ADVANCED) {
            deliver_waiting(o, g, feed, i, diag);
        } else if (r == SCHED_NOT_YET) {
            waits_park(&o->waits, i, needs, sched_needs(&lane->ev, needs));
            continue;
        } else {
            out->at = order_end_waits(o, i);
        }
        return r;
    }
    size_t judged = 0;
    *out = (struct refused){order_end_waits(o, MAP_NONE), false};
    if (o->waits.failed)
        return SCHED_NO_MEMORY;
    o->round++;
    for (size_t n = 0; n < o->frontier.len; n++)
        lane_of(o, n)->round = o->round;
    (void)order_is_hopeless(o, &judged, o->frontier.len, out);
    return SCHED_NOT_YET;
}
