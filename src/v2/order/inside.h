/* inside.h: what the files of full order share.
 *
 *   advance.c      which event is next
 *   frontier.c     the heap of threads by the time of their next event
 *   fast_path.c    runs of plain events of one thread
 *   deliver.c      an event that has happened, for the builder
 *   crowd.c        the same order where many threads wait
 *   guess.c        going on where an event cannot be
 *   begin.c        begin and end of a generation */
#ifndef GOTRACE_V2_ORDER_INSIDE_H
#define GOTRACE_V2_ORDER_INSIDE_H
#include <assert.h>

#include "base/compiler.h"
#include "event/event.h"
#include "v2/order/full_order.h"

enum { MANY_THREADS = FULL_ORDER_FEW_THREADS };

/* So long an event may wait before it is asked for what: in a trace that is whole
 * few wait longer; where one is lost others come too late soon (ns). */
enum { PATIENCE = 20000 };

/* An event that was asked for and cannot be. */
struct refused {
    size_t at;     /* entry of the frontier */
    bool hopeless; /* what it waits for will not come; else threads wait for each other */
};

/* The slot at entry i of the frontier. */
static inline struct cursor_slot *slot_of(const struct full_order *o, size_t i)
{
    assert_unchanged(i < o->frontier.len && o->frontier.data[i].index < o->slots.len);
    return &o->slots.data[o->frontier.data[i].index];
}

/* Every event takes at least a nanosecond after the one before. */
static inline int64_t bump(struct full_order *o, int64_t time)
{
    const int64_t before = o->last;
    (void)before;
    o->last = time > o->last ? time : (int64_t)((uint64_t)o->last + 1);
    assert(o->last > before || before == INT64_MAX); /* times never fall */
    return o->last;
}

/* frontier.c */

/* Adds a slot whose event is at that time: there is room. */
void frontier_add(struct full_order *o, size_t slot, int64_t time);
void frontier_remove(struct full_order *o, size_t i);
#ifndef NDEBUG
/* Entries are of slots, and none is earlier than who is above it. Takes as long as there are
 * threads: for the begin of a generation, and where all of them are gone through. */
bool frontier_is_sound(const struct full_order *o);
bool frontier_is_sorted(const struct full_order *o);
#endif
/* The event of entry i is at that time now. */
void frontier_update(struct full_order *o, size_t i, int64_t time);

/* deliver.c */

/* The slot's event has happened. */
void full_order_emit(struct full_order *o, const struct generation *g, struct builder *builder,
                     const struct cursor_slot *slot);
/* The generation's next sample. */
void full_order_emit_sample(struct full_order *o, const struct generation *g,
                            struct builder *builder);
/* Go's reader checks the ids of every event, so this does too, wanted or not. */
void full_order_check_ids(struct full_order *o, const struct cursor *c, const struct generation *g,
                          struct builder *builder);
/* The interned name of a task or region event, for the model to compare. */
uint32_t full_order_name_of(const struct cursor *c, const struct generation *g,
                            gotrace_names *names);
/* A label's text; of other events it does not count. */
uint32_t full_order_label_of(const struct generation *g, uint8_t type, const uint64_t *arg);

/* In a pass: types that Go's other tools may mind from now on are not plain; a goroutine
 * blocks for ever; what those tools mind of an event that is about to happen. */
void full_order_watch(struct full_order *o);
void full_order_block_for_ever(struct full_order *o, int64_t g);
void full_order_look_strictly(struct full_order *o, const struct cursor_slot *slot, uint32_t label);

/* Asks the model whether the slot's event can happen. */
static inline enum sched_result ask(struct full_order *o, const struct generation *g,
                                    struct builder *builder, struct cursor_slot *slot,
                                    gotrace_diag *diag)
{
    const struct cursor *c = &slot->cursor;
    assert_unchanged(slot->ev.arg == c->arg);
    assert_unchanged(slot->ev.gen == g->gen);
    assert_unchanged(event_varints[c->type] && c->batch != MAP_NONE);
    slot->ev.type = c->type;
    if (o->by_itself && !event_opens(c->type))
        sched_meet(o->sched, slot->ev.thread);
    if (c->type >= EvUserTaskBegin && c->type <= EvUserRegionEnd)
        slot->ev.name = full_order_name_of(c, g, builder->names);
    if (o->references && strict_asks(&o->strict, c->type))
        full_order_look_strictly(o, slot, full_order_label_of(g, c->type, c->arg));
    return sched_advance(o->sched, &slot->ev, diag);
}

/* fast_path.c */

/* Types that full_order_run_fast may take. */
void full_order_know_fast(struct full_order *o, const struct builder *builder);
/* Delivers what the cursor stands before, as long as it comes up to `until`, is
 * plain and can happen. Whether there was any. */
bool full_order_run_fast(struct full_order *o, const struct generation *g, struct builder *builder,
                         struct cursor_slot *slot, int64_t until, gotrace_diag *diag);

/* guess.c */

/* Behind a guess all threads are asked anew. So many guesses are made in a generation
 * that look for what is lost and, where many threads wait, ask others first; and so
 * many threads are asked for them in any trace, and so many more for each event. Then
 * the earliest just happens. */
enum { MANY_GUESSES = 1000, GUESS_ASKS_ANYWAY = 1 << 18, GUESS_ASKS_EACH = 4 };

/* Whether one of the frontier's entries before `end`, sorted and asked already, and
 * from *judged on, waits in vain. */
bool full_order_is_hopeless(struct full_order *o, size_t *judged, size_t end, struct refused *out);
/* Makes the slot's event, of which the model said r, happen all the same. Diag
 * has the model's words. False: now it waits for what may still come. */
bool full_order_go_on(struct full_order *o, const struct generation *g, struct builder *builder,
                      struct cursor_slot *slot, enum sched_result r, bool stuck,
                      const gotrace_diag *diag);

/* crowd.c: while o->waits is on, the frontier is empty. */

/* Whether asking all has cost more than it may. */
bool full_order_is_crowded(const struct full_order *o, const struct builder *builder);
void full_order_begin_waits(struct full_order *o);
/* Back to the frontier. Returns where the slot is in it. */
size_t full_order_end_waits(struct full_order *o, uint32_t slot);
/* The earliest event that can happen. If none can, *out says why; else as of
 * sched_advance, about entry out->at. */
enum sched_result full_order_run_waiting(struct full_order *o, const struct generation *g,
                                         struct builder *builder, struct refused *out,
                                         gotrace_diag *diag);
/* Those that wait for what ev, which has just happened, may have brought about. */
void full_order_wake(struct full_order *o, const struct sched_event *ev);

/* advance.c */

/* Passes over the slot's event and all that follow it which nobody wants to be
 * there. As full_order_next. */
bool full_order_step_over(struct full_order *o, const struct generation *g, struct builder *builder,
                          struct cursor_slot *slot, gotrace_diag *diag);
/* Whether the slot has a next event. */
static inline bool full_order_next(struct full_order *o, const struct generation *g,
                                   struct builder *builder, struct cursor_slot *slot,
                                   gotrace_diag *diag)
{
    bool more = cursor_next(&slot->cursor, g, o->base, builder);
    return more && builder->skipped[slot->cursor.type]
               ? full_order_step_over(o, g, builder, slot, diag)
               : more;
}

/* begin.c */

/* The generation is done with. */
void full_order_finish(struct full_order *o, const struct generation *g, struct builder *builder);
#endif
