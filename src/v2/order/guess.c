/* guess.c: going on where an event cannot be. */
#include "v2/order/inside.h"

bool order_is_hopeless(struct order *o, size_t *judged, size_t end, struct refused *out)
{
    for (; *judged < end; ++*judged) {
        bool circle;
        const struct lane *lane =
            rest_hopeless(&o->rest, lane_of(o, *judged), o->round, &o->asked, &circle);
        if (!lane)
            continue;
        for (out->at = 0; lane_of(o, out->at) != lane;)
            out->at++;
        out->hopeless = !circle;
        return true;
    }
    return false;
}

/* For each guess the model is mended in so many steps: the context, then the rest. */
enum { STEPS = 4 };

/* Behind a guess, what the next generation says is right. */
static bool is_restated(const struct order *o, const struct lane *lane)
{
    return (o->guesses > 1 || o->guessed_before) && event_is_status(lane->ev.type);
}

/* Says in d why the lane's event cannot be: if nothing can be, `stuck`. In a
 * generation with a gap the first says it for all. */
static void explain(struct order *o, const struct generation *g, struct feed *feed,
                    struct lane *lane, enum sched_result r, bool stuck, gotrace_diag *d)
{
    if (r == SCHED_BROKEN)
        impossible_step(d, o->sched, lane, feed);
    else if (g->partial)
        diag_set(d, GOTRACE_DAMAGED, 0,
                 "what led to this event is lost; from here on order and contexts are a guess");
    else if (stuck)
        impossible_circle(d);
    else
        impossible_wait(d, o->sched, lane);
    cursor_blame(&lane->cursor, g, d);
}

static void tell(struct order *o, const struct generation *g, struct feed *feed,
                 const struct lane *lane, const gotrace_diag *d)
{
    bool is_new = impossible_is_new(&o->impossible, lane, feed);
    if (g->partial ? o->guesses == 1 : is_new && !is_restated(o, lane))
        feed_damage(feed, d, 0);
}

static void count_guess(struct order *o, const struct feed *feed)
{
    o->guesses++;
    o->guess_asks += o->frontier.len;
    o->blind = o->guesses > MANY_GUESSES ||
               o->guess_asks > GUESS_ASKS_ANYWAY + GUESS_ASKS_EACH * feed->info.events;
}

bool order_go_on(struct order *o, const struct generation *g, struct feed *feed, struct lane *lane,
                 enum sched_result r, bool stuck, const gotrace_diag *diag)
{
    gotrace_diag d = *diag, unused;
    struct sched_awaited what;
    bool waits = false, known = sched_restates(o->sched, &lane->ev);
    enum sched_result asked = r;
    if (r == SCHED_NOT_YET) /* of one time, it may be another that was asked */
        r = ask(o, g, feed, lane, &d);
    explain(o, g, feed, lane, asked, stuck, &d);
    for (int i = 0; i < STEPS && r != SCHED_ADVANCED && !waits; i++) {
        sched_mend(o->sched, &lane->ev, r, o->blind ? NULL : rest_ahead(&o->rest, lane));
        r = ask(o, g, feed, lane, &unused);
        waits = r == SCHED_NOT_YET && !stuck && rest_may_bring(&o->rest, lane, &what);
    }
    if (r != SCHED_ADVANCED && !waits)
        sched_force(o->sched, &lane->ev);
    lane->ev.restates = known;
    count_guess(o, feed);
    tell(o, g, feed, lane, &d);
    return !waits;
}
