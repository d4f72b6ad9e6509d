#include "v2/cursor/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "event/event.h"
#include "read/symptom.h"

/* Products below this are the same of whole numbers and of doubles. */
#define EXACT ((uint64_t)1 << 52)

/* MAP_NONE: the end. A time of 0 has cursor_take begin with the batch's own. */
static void enter_batch(struct cursor *c, const struct generation *g, const uint8_t *base,
                        uint32_t batch)
{
    c->batch = batch;
    c->gone += (uint64_t)(c->end - c->data);
    c->time = 0;
    c->passed = 0;
    c->p = c->end = c->at = c->data = base;
    if (batch == MAP_NONE)
        return;
    assert_unchanged(batch < g->batches.len);
    const struct v2_batch *b = &g->batches.data[batch].at;
    assert_unchanged(b->data >= g->off);
    c->ticks = b->time;
    c->off = b->data;
    c->at = c->data = c->p = base + (b->data - g->off);
    c->end = c->p + b->size;
    assert(b->size == 0 || b->data + b->size <= g->end);
}

/* Most clocks have ticks of whole ns, which need no doubles. */
void cursor_start(struct cursor *c, const struct generation *g, const uint8_t *base,
                  const struct event_thread *t)
{
    double ns = g->ns_per_tick;
    *c = (struct cursor){.m = t->m, .data = base, .end = base};
    if (ns >= 1 && ns < 1 << 20 && ns == (double)(uint32_t)ns) {
        c->scale = (uint32_t)ns;
        c->exact = EXACT / c->scale;
        assert(c->exact <= UINT64_MAX / c->scale); /* products do not overflow */
    }
    enter_batch(c, g, base, t->first);
}

const uint8_t *cursor_long_number(const uint8_t *p, uint64_t *out)
{
    static const uint8_t none[LEB128_MAX] = {0xff, 0xff, 0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 1};
    if (memcmp(p, none, sizeof none) == 0) { /* "no thread" of most statuses */
        *out = UINT64_MAX;
        return p + LEB128_MAX;
    }
    return leb128_get_slow(&p, p + LEB128_MAX, out) ? p : NULL;
}

void cursor_blame(const struct cursor *c, const struct generation *g, gotrace_diag *d)
{
    assert_unchanged(c->batch != MAP_NONE && event_varints[c->type]);
    d->offset = cursor_offset(c);
    d->gen = g->gen;
    d->m = c->m;
    event_into(d, c->type);
}

/* The rest of the batch is lost with it: where the next event would begin is not
 * known. */
static void report(const struct cursor *c, const struct generation *g, struct builder *builder)
{
    gotrace_diag d;
    assert_unchanged(c->p < c->end && c->batch != MAP_NONE);
    uint8_t type = *c->p;
    bool known = event_varints[type];
    if (known && g->batches.data[c->batch].at.cut) {
        builder->info.lost += (uint64_t)(c->end - c->p); /* where the input ends, as was said */
        return;
    }
    diag_set(&d, GOTRACE_DAMAGED, c->off + (uint64_t)(c->p - c->data),
             known ? "an event is cut off or has a number over 64 bits" : "no event begins here");
    d.gen = g->gen;
    d.m = c->m;
    if (known)
        event_into(&d, type);
    else
        diag_have(&d, "byte %u", type);
    diag_fact(&d, symptom_of_broken(c->p, (size_t)(c->end - c->p)));
    batch_damage(builder, &d, (uint64_t)(c->end - c->p));
}

/* As cursor_decode where less than the longest event is left. */
static bool decode_near_end(struct cursor *c, const struct generation *g)
{
    const uint8_t *p = c->p;
    uint8_t type = *p++;
    unsigned n = event_varints[type];
    uint64_t dt;
    assert(n <= 1 + GOTRACE_ARGS && c->p < c->end);
    if (n == 0 || !leb128_get(&p, c->end, &dt))
        return false;
    for (unsigned i = 0; i + 1 < n; i++) {
        if (!leb128_get(&p, c->end, &c->arg[i]))
            return false;
    }
    cursor_take(c, g, p, type, dt);
    return true;
}

/* Also passes over batches without events, and over what is left of those that
 * are broken. */
bool cursor_next_slow(struct cursor *c, const struct generation *g, const uint8_t *base,
                      struct builder *builder)
{
    for (;;) {
        while (c->p == c->end) {
            if (c->batch == MAP_NONE)
                return false;
            enter_batch(c, g, base, g->batches.data[c->batch].next);
        }
        if (decode_near_end(c, g))
            return true;
        report(c, g, builder);
        c->p = c->end;
    }
}

uint64_t cursor_left(const struct cursor *c, const struct generation *g)
{
    if (c->batch == MAP_NONE)
        return 0;
    assert(c->data <= c->at && c->at <= c->end);
    uint64_t n = (uint64_t)(c->end - c->at);
    for (uint32_t i = g->batches.data[c->batch].next; i != MAP_NONE; i = g->batches.data[i].next)
        n += g->batches.data[i].at.size;
    return n;
}

/* NULL: the argument is no id. */
static const struct idtab *table_of(const struct generation *g, uint8_t type)
{
    return type == GOTRACE_ARG_STR ? g->strings : type == GOTRACE_ARG_STACK ? g->stacks : NULL;
}

/* id_tables have most ids, the full tables all of them. Id 0 is none, and is known. */
bool cursor_check_slow(const struct cursor *c, const struct generation *g, uint64_t *unknown)
{
    uint32_t id;
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        const struct idtab *table = table_of(g, event_arg_type[c->type][i]);
        if (table && c->arg[i] && !idtab_get(table, c->arg[i], &id)) {
            *unknown = c->arg[i];
            return false;
        }
    }
    return true;
}

/* A status is what its lowest byte says, as in Go's reader. */
static uint64_t resolve(const struct generation *g, gotrace_names *names, uint8_t type,
                        uint64_t arg)
{
    const struct idtab *table = table_of(g, type);
    uint32_t id;
    assert(g->strings && g->stacks);
    if (type == GOTRACE_ARG_GSTATUS || type == GOTRACE_ARG_PSTATUS)
        return (uint8_t)arg;
    if (!table)
        return type == GOTRACE_ARG_NONE ? 0 : arg;
    if (arg == 0)
        return 0;
    if (idtab_get(table, arg, &id))
        return id;
    return type == GOTRACE_ARG_STR && names_unknown(names, arg, &id) ? id : 0;
}

void cursor_resolve(const struct cursor *c, const struct generation *g, gotrace_names *names,
                    uint64_t arg[GOTRACE_ARGS])
{
    for (unsigned i = 0; i < GOTRACE_ARGS; i++)
        arg[i] = resolve(g, names, event_arg_type[c->type][i], c->arg[i]);
}
