/* inside.h: what the files of full order share.
 *
 *   advance.c      which event is next
 *   frontier.c     the heap of threads by the time of their next event
 *   plain.c        runs of plain events of one thread
 *   deliver.c      an event that has happened, for the feed
 *   crowd.c        the same order where many threads wait
 *   guess.c        going on where an event cannot be
 *   begin.c        begin and end of a generation */
#ifndef GOTRACE_V2_ORDER_INSIDE_H
#define GOTRACE_V2_ORDER_INSIDE_H
#include <assert.h>

#include "event/event.h"
#include "v2/order/full_order.h"

enum { MANY_THREADS = 64 };

/* So long an event may wait before it is asked for what: in a trace that is whole
 * few wait longer; where one is lost others come too late soon (ns). */
enum { PATIENCE = 20000 };

/* An event that was asked for and cannot be. */
struct refused {
    size_t at;     /* entry of the frontier */
    bool hopeless; /* what it waits for will not come; else threads wait for each other */
};

/* The lane at entry i of the frontier. */
static inline struct lane *lane_of(const struct order *o, size_t i)
{
    assert(i < o->frontier.len && o->frontier.data[i].index < o->lanes.len);
    return &o->lanes.data[o->frontier.data[i].index];
}

/* Every event takes at least a nanosecond after the one before. */
static inline int64_t bump(struct order *o, int64_t time)
{
    o->last = time > o->last ? time : (int64_t)((uint64_t)o->last + 1);
    return o->last;
}

/* frontier.c */

/* Adds a lane whose event is at that time: there is room. */
void frontier_add(struct order *o, size_t lane, int64_t time);
void frontier_remove(struct order *o, size_t i);
/* The event of entry i is at that time now. */
void frontier_update(struct order *o, size_t i, int64_t time);

/* deliver.c */

/* The lane's event has happened. */
void order_emit(struct order *o, const struct generation *g, struct feed *feed,
                const struct lane *lane);
/* The generation's next sample. */
void order_emit_sample(struct order *o, const struct generation *g, struct feed *feed);
/* Go's reader checks the ids of every event, so this does too, wanted or not. */
void order_check_ids(struct order *o, const struct cursor *c, const struct generation *g,
                     struct feed *feed);
/* The interned name of a task or region event, for the model to compare. */
uint32_t order_name_of(const struct cursor *c, const struct generation *g, gotrace_names *names);
/* A label's text; of other events it does not count. */
uint32_t order_label_of(const struct generation *g, uint8_t type, const uint64_t *arg);

/* In a pass: types that Go's other tools may mind from now on are not plain; a goroutine
 * blocks for ever; what those tools mind of an event that is about to happen. */
void order_watch(struct order *o);
void order_block_for_ever(struct order *o, int64_t g);
void order_look_strictly(struct order *o, const struct lane *lane, uint32_t label);

/* Asks the model whether the lane's event can happen. */
static inline enum sched_result ask(struct order *o, const struct generation *g, struct feed *feed,
                                    struct lane *lane, gotrace_diag *diag)
{
    const struct cursor *c = &lane->cursor;
    assert(c->batch != MAP_NONE && lane->ev.arg == c->arg && lane->ev.gen == g->gen);
    lane->ev.type = c->type;
    if (c->type >= EvUserTaskBegin && c->type <= EvUserRegionEnd)
        lane->ev.name = order_name_of(c, g, feed->names);
    if (o->marks && strict_asks(&o->strict, c->type))
        order_look_strictly(o, lane, order_label_of(g, c->type, c->arg));
    return sched_advance(o->sched, &lane->ev, diag);
}

/* plain.c */

/* Types that order_run_plain may take. */
void order_know_plain(struct order *o, const struct feed *feed);
/* Delivers what the cursor stands before, as long as it comes up to `until`, is
 * plain and can happen. Whether there was any. */
bool order_run_plain(struct order *o, const struct generation *g, struct feed *feed,
                     struct lane *lane, int64_t until, gotrace_diag *diag);

/* guess.c */

/* Behind a guess all threads are asked anew. So many guesses are made in a generation
 * that look for what is lost and, where many threads wait, ask others first; and so
 * many threads are asked for them in any trace, and so many more for each event. Then
 * the earliest just happens. */
enum { MANY_GUESSES = 1000, GUESS_ASKS_ANYWAY = 1 << 18, GUESS_ASKS_EACH = 4 };

/* Whether one of the frontier's entries before `end`, sorted and asked already, and
 * from *judged on, waits in vain. */
bool order_is_hopeless(struct order *o, size_t *judged, size_t end, struct refused *out);
/* Makes the lane's event, of which the model said r, happen all the same. Diag
 * has the model's words. False: now it waits for what may still come. */
bool order_go_on(struct order *o, const struct generation *g, struct feed *feed, struct lane *lane,
                 enum sched_result r, bool stuck, const gotrace_diag *diag);

/* crowd.c: while o->waits is on, the frontier is empty. */

/* Whether asking all has cost more than it may. */
bool order_is_crowded(const struct order *o, const struct feed *feed);
void order_begin_waits(struct order *o);
/* Back to the frontier. Returns where the lane is in it. */
size_t order_end_waits(struct order *o, uint32_t lane);
/* The earliest event that can happen. If none can, *out says why; else as of
 * sched_advance, about entry out->at. */
enum sched_result order_run_waiting(struct order *o, const struct generation *g, struct feed *feed,
                                    struct refused *out, gotrace_diag *diag);
/* Those that wait for what ev, which has just happened, may have brought about. */
void order_wake(struct order *o, const struct sched_event *ev);

/* advance.c */

/* Passes over the lane's event and all that follow it which nobody wants to be
 * there. As order_next. */
bool order_pass_over(struct order *o, const struct generation *g, struct feed *feed,
                     struct lane *lane, gotrace_diag *diag);
/* Whether the lane has a next event. */
static inline bool order_next(struct order *o, const struct generation *g, struct feed *feed,
                              struct lane *lane, gotrace_diag *diag)
{
    bool more = cursor_next(&lane->cursor, g, o->base, feed);
    return more && feed->skipped[lane->cursor.type] ? order_pass_over(o, g, feed, lane, diag)
                                                    : more;
}

/* begin.c */

/* The generation is done with. */
void order_finish(struct order *o, const struct generation *g, struct feed *feed);
#endif
