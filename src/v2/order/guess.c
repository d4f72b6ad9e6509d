/* guess.c: going on where an event cannot be. */
#include "v2/order/inside.h"

/* *judged stays for the next call, so no entry is judged twice in a round. */
bool full_order_is_hopeless(struct full_order *o, size_t *judged, size_t end, struct refused *out)
{
    assert(*judged <= end && end <= o->frontier.len);
    for (; *judged < end; ++*judged) {
        bool circle;
        const struct cursor_slot *slot =
            rest_hopeless(&o->rest, slot_of(o, *judged), o->round, &o->asked, &circle);
        if (!slot)
            continue;
        for (out->at = 0; slot_of(o, out->at) != slot;)
            out->at++;
        out->hopeless = !circle;
        return true;
    }
    return false;
}

/* For each guess the model is mended in so many steps: the context, then the rest. */
enum { STEPS = 4 };

/* Behind a guess, what the next generation says is right. */
static bool is_restated(const struct full_order *o, const struct cursor_slot *slot)
{
    return (o->guesses > 1 || o->guessed_before) && event_is_status(slot->ev.type);
}

/* Says in d why the slot's event cannot be: if nothing can be, `stuck`. In a
 * generation with a gap the first says it for all. */
static void explain(struct full_order *o, const struct generation *g, struct builder *builder,
                    struct cursor_slot *slot, enum sched_result r, bool stuck, gotrace_diag *d)
{
    if (r == SCHED_BROKEN)
        impossible_step(d, o->sched, slot, builder);
    else if (g->partial)
        diag_set(d, GOTRACE_DAMAGED, 0,
                 "what led to this event is lost; from here on order and contexts are a guess");
    else if (stuck)
        impossible_circle(d);
    else
        impossible_wait(d, o->sched, slot);
    cursor_blame(&slot->cursor, g, d);
}

/* What is restated, or has the cause of what was told before, is no damage of its own. */
static void report(struct full_order *o, const struct generation *g, struct builder *builder,
                   const struct cursor_slot *slot, const gotrace_diag *d)
{
    assert(o->guesses > 0 && d->status == GOTRACE_DAMAGED);
    bool is_new = impossible_is_new(&o->impossible, slot, builder);
    if (g->partial ? o->guesses == 1 : is_new && !is_restated(o, slot))
        batch_damage(builder, d, 0);
}

/* What a guess costs is the threads that are asked anew behind it. */
static void count_guess(struct full_order *o, const struct builder *builder)
{
    o->guesses++;
    o->guess_asks += o->frontier.len;
    o->blind = o->guesses > MANY_GUESSES ||
               o->guess_asks > GUESS_ASKS_ANYWAY + GUESS_ASKS_EACH * builder->info.events;
}

/* Mends the model step by step and asks again, since what is believed first (the
 * thread's context) decides what else is missing. If it still cannot be, it is
 * taken at its word. */
bool full_order_go_on(struct full_order *o, const struct generation *g, struct builder *builder,
                      struct cursor_slot *slot, enum sched_result r, bool stuck,
                      const gotrace_diag *diag)
{
    gotrace_diag d = *diag, unused;
    struct sched_awaited what;
    assert(r != SCHED_ADVANCED && !o->by_itself && slot->ev.arg == slot->cursor.arg);
    bool waits = false, known = sched_restates(o->sched, &slot->ev);
    enum sched_result asked = r;
    if (r == SCHED_NOT_YET) /* of one time, it may be another that was asked */
        r = ask(o, g, builder, slot, &d);
    explain(o, g, builder, slot, asked, stuck, &d);
    for (int i = 0; i < STEPS && r != SCHED_ADVANCED && !waits; i++) {
        sched_mend(o->sched, &slot->ev, r, o->blind ? NULL : rest_ahead(&o->rest, slot));
        r = ask(o, g, builder, slot, &unused);
        waits = r == SCHED_NOT_YET && !stuck && rest_may_bring(&o->rest, slot, &what);
    }
    if (r != SCHED_ADVANCED && !waits)
        sched_assume(o->sched, &slot->ev);
    slot->ev.restates = known;
    count_guess(o, builder);
    report(o, g, builder, slot, &d);
    return !waits;
}
