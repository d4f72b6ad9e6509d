#include "model/cursor.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/leb128.h"
#include "model/event.h"

/* Times add up wrapping, as Go's do. */
static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void enter_batch(struct cursor *c, const struct generation *g, const uint8_t *base,
                        uint32_t batch)
{
    c->batch = batch;
    c->p = c->end = c->at = c->data = base;
    if (batch == MAP_NONE)
        return;
    const struct v2_batch *b = &g->batches.data[batch].at;
    c->off = b->data;
    c->data = c->p = base + (b->data - g->off);
    c->end = c->p + b->size;
    c->time = generation_ns(g, b->time);
}

void cursor_start(struct cursor *c, const struct generation *g, const uint8_t *base,
                  const struct event_thread *t)
{
    *c = (struct cursor){.m = t->m};
    enter_batch(c, g, base, t->first);
}

static void report(const struct cursor *c, const struct generation *g, struct feed *feed)
{
    gotrace_diag d;
    bool known = event_varints[*c->p];
    if (known && g->batches.data[c->batch].at.cut) {
        feed->info.lost += (uint64_t)(c->end - c->p); /* where the input ends, as was said */
        return;
    }
    diag_set(&d, GOTRACE_DAMAGED, c->off + (uint64_t)(c->p - c->data),
             known ? "an event is cut off or has a number over 64 bits" : "no event begins here");
    d.gen = g->gen;
    d.m = c->m;
    if (known)
        (void)snprintf(d.event, sizeof d.event, "%s", event_name(*c->p));
    else
        diag_have(&d, "byte %u", *c->p);
    feed_damage(feed, &d, (uint64_t)(c->end - c->p));
}

/* Decodes the event at c->p, which is before c->end. */
static bool decode(struct cursor *c, const struct generation *g)
{
    const uint8_t *p = c->p;
    uint8_t type = *p++;
    unsigned n = event_varints[type];
    uint64_t dt;
    if (n == 0 || !leb128_get(&p, c->end, &dt))
        return false;
    for (unsigned i = 0; i + 1 < n; i++) {
        if (!leb128_get(&p, c->end, &c->arg[i]))
            return false;
    }
    c->at = c->p;
    c->p = p;
    c->type = type;
    c->time = add(c->time, generation_ns(g, dt));
    return true;
}

bool cursor_next(struct cursor *c, const struct generation *g, const uint8_t *base,
                 struct feed *feed)
{
    for (;;) {
        while (c->p == c->end) {
            if (c->batch == MAP_NONE)
                return false;
            enter_batch(c, g, base, g->batches.data[c->batch].next);
        }
        if (decode(c, g))
            return true;
        report(c, g, feed);
        c->p = c->end;
    }
}

uint64_t cursor_left(const struct cursor *c, const struct generation *g)
{
    if (c->batch == MAP_NONE)
        return 0;
    uint64_t n = (uint64_t)(c->end - c->at);
    for (uint32_t i = g->batches.data[c->batch].next; i != MAP_NONE; i = g->batches.data[i].next)
        n += g->batches.data[i].at.size;
    return n;
}

static bool resolve_string(const struct generation *g, gotrace_names *names, uint64_t *arg)
{
    uint32_t id = 0;
    bool known = *arg == 0 || idtab_get(g->strings, *arg, &id);
    if (!known && !names_unknown(names, *arg, &id))
        id = 0;
    *arg = id;
    return known;
}

static bool resolve_stack(const struct generation *g, uint64_t *arg)
{
    uint32_t id = 0;
    bool known = *arg == 0 || idtab_get(g->stacks, *arg, &id);
    *arg = known ? id : 0;
    return known;
}

bool cursor_resolve(const struct cursor *c, const struct generation *g, gotrace_names *names,
                    uint64_t arg[GOTRACE_ARGS], uint64_t *unknown)
{
    bool all = true;
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        uint8_t type = event_arg_type[c->type][i];
        bool known = true;
        arg[i] = type == GOTRACE_ARG_NONE ? 0 : c->arg[i];
        if (type == GOTRACE_ARG_STR)
            known = resolve_string(g, names, &arg[i]);
        else if (type == GOTRACE_ARG_STACK)
            known = resolve_stack(g, &arg[i]);
        else if (type == GOTRACE_ARG_GSTATUS || type == GOTRACE_ARG_PSTATUS)
            arg[i] = (uint8_t)arg[i];
        if (!known)
            *unknown = c->arg[i];
        all = all && known;
    }
    return all;
}
