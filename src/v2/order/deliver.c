/* deliver.c: an event that has happened. */
#include <assert.h>

#include "base/compiler.h"
#include "v2/cursor/fill.h"
#include "v2/order/inside.h"

void full_order_check_ids(struct full_order *o, const struct cursor *c, const struct generation *g,
                          struct builder *builder)
{
    uint64_t unknown;
    if (!cursor_check(c, g, &unknown))
        unknown_id(&o->unknown, c, g, builder, unknown);
}

/* What Go's reader finds a stop called that ends. */
static uint64_t kind_now(const struct generation *g, uint64_t kind)
{
    uint32_t interned = 0;
    bool there = kind == 0 || idtab_get(g->strings, kind, &interned);
    return there ? interned : GOTRACE_NO_KIND;
}

/* What the model knows of a status. */
static void fill_status(gotrace_event *e, const struct sched_event *ev)
{
    assert(event_is_status(e->type) && (e->type != EvProcStatus || ev->promoted < ProcStatuses));
    if (e->type == EvProcStatus)
        e->arg[1] = ev->promoted;
    if (ev->restates)
        e->flags |= GOTRACE_KNOWN;
}

/* With the context that the model has for the event, which is the one before it. */
static void fill(gotrace_event *e, const struct generation *g, struct builder *builder,
                 const struct cursor_slot *slot)
{
    const struct cursor *c = &slot->cursor;
    const struct sched_event *ev = &slot->ev;
    fill_event(e, c, c->type, c->ticks, (struct context){ev->m, ev->p, ev->g}, &g->ids, false, g,
               builder->names);
    if (event_is_status(c->type))
        fill_status(e, ev);
    if (c->type == EvSTWEnd)
        e->arg[0] = kind_now(g, ev->kind);
}

/* Once a goroutine rests forever, types that could have it run are looked at one
 * by one. */
void full_order_watch(struct full_order *o)
{
    if (o->strict.watches)
        o->fast[EvGCSweepBegin] = o->fast[EvGoStart] = false;
}

COLD void full_order_block_for_ever(struct full_order *o, int64_t g)
{
    strict_rest(&o->strict, g);
    full_order_watch(o);
    assert(!o->fast[EvGoStart] && !o->fast[EvGCSweepBegin]);
}

void full_order_emit(struct full_order *o, const struct generation *g, struct builder *builder,
                     const struct cursor_slot *slot)
{
    const struct cursor *c = &slot->cursor;
    assert_unchanged(c->type == slot->ev.type && !builder->skipped[c->type]);
    for (int i = 0; i < slot->ev.before; i++)
        bump(o, c->time);
    gotrace_event *e =
        batch_append(builder, c->type, ns_between(o->zero, bump(o, c->time)), cursor_offset(c));
    if (e)
        fill(e, g, builder, slot);
    for (int i = 0; i < slot->ev.after; i++)
        bump(o, c->time);
    assert(slot->ev.before <= 1 && slot->ev.after <= 2); /* as the rules say */
    o->extra += slot->ev.before + slot->ev.after;
    if (o->references)
        references_event(o->references, c->type, c->arg);
    if (o->references && c->type == EvGoBlock && c->arg[0] == o->references->forever)
        full_order_block_for_ever(o, slot->ev.g);
    if (o->references && c->type == EvSTWEnd)
        references_kind(o->references, &o->references->ended, slot->ev.kind);
    full_order_check_ids(o, c, g, builder);
}

/* In its own context, which it carries: the model is not asked. */
void full_order_emit_sample(struct full_order *o, const struct generation *g,
                            struct builder *builder)
{
    assert_unchanged(o->sample < g->by_time.len);
    assert_unchanged(o->sample == 0 ||
                     g->by_time.data[o->sample - 1].time <= g->by_time.data[o->sample].time);
    struct go_sort_entry at = g->by_time.data[o->sample++];
    assert_unchanged(at.index < g->samples.len);
    const struct sample *s = &g->samples.data[at.index];
    gotrace_event *e =
        batch_append(builder, EvCPUSample, ns_between(o->zero, bump(o, at.time)), s->off);
    if (e)
        fill_sample(e, s, (struct context){s->m, s->p, s->g});
}

/* Through the names, as regions are compared over generations. */
uint32_t full_order_name_of(const struct cursor *c, const struct generation *g,
                            gotrace_names *names)
{
    uint64_t arg[GOTRACE_ARGS];
    assert(c->type >= EvUserTaskBegin && c->type <= EvUserRegionEnd);
    cursor_resolve(c, g, names, arg);
    return (uint32_t)arg[c->type == EvUserTaskBegin ? 2 : 1]; /* UserTaskEnd has none */
}

uint32_t full_order_label_of(const struct generation *g, uint8_t type, const uint64_t *arg)
{
    uint32_t name;
    return type == EvGoLabel && arg[0] && idtab_get(g->strings, arg[0], &name) ? name : 0;
}

/* By itself it is noted only, for what came before is not known; else it decides
 * at once. */
void full_order_look_strictly(struct full_order *o, const struct cursor_slot *slot, uint32_t label)
{
    assert(slot->ev.type == slot->cursor.type && (o->by_itself || o->references));
    if (o->by_itself)
        strict_note(&o->strict, o->sched, &slot->ev, slot->cursor.m, label);
    else
        o->references->not_copyable |=
            strict_minds(&o->strict, o->sched, &slot->ev, slot->cursor.m, label);
    full_order_watch(o);
}
