/* fill.h: an event for scripts, made of one on the wire: the one place that
 * does, whichever way the event came. Full order, its fast path and thread order
 * differ in what they know of it, not in what they make of it. */
#ifndef GOTRACE_V2_CURSOR_FILL_H
#define GOTRACE_V2_CURSOR_FILL_H
#include "base/compiler.h"
#include "v2/cursor/cursor.h"

/* What an event happened in; -1: none, or not known. */
struct context {
    int64_t m, p, g;
};

/* Fills what batch_append leaves open. The event is c's, but for its type and ticks:
 * a loop may have these in registers. `whole`: all of its ids are in `ids`. */
static HOT void fill_event(gotrace_event *e, const struct cursor *c, uint8_t type, uint64_t ticks,
                           struct context in, const struct id_tables *ids, bool whole,
                           const struct generation *g, gotrace_names *names)
{
    assert(event_varints[type] && e->type == type);
    if (whole || id_tables_have(ids, type, c->arg))
        id_tables_resolve(e->arg, ids, type, c->arg);
    else
        cursor_resolve(c, g, names, e->arg);
    if (type == EvUserTaskBegin && e->arg[1] == 0)
        e->arg[1] = UINT64_MAX; /* 0 is no parent here, not the background task */
    e->m = in.m;
    e->p = in.p;
    e->g = in.g;
    e->ticks = ticks;
    e->home = c->m;
}

/* The same of a CPU sample. Thread order knows no p and g, though samples do. */
static inline void fill_sample(gotrace_event *e, const struct sample *s, struct context in)
{
    memset(e->arg, 0, sizeof e->arg);
    e->arg[0] = s->stack;
    e->m = in.m;
    e->p = in.p;
    e->g = in.g;
    e->ticks = s->ticks;
    e->home = s->m;
}
#endif
