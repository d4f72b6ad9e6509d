#include "v2/sift.h"

#include <assert.h>

#include "base/varint.h"
#include "event/event.h"

/* Threads have numbers of 48 bits at most: macOS gives addresses. */
#define MOST_THREADS ((uint64_t)1 << 48)

/* What the generation knows, from batches that are not hit. */
struct sift {
    const struct generation *g;
    const uint8_t *base;
    struct map goroutines, procs; /* that are named somewhere */
    uint64_t last;                /* begin of its tables, ticks, 0: it has none */
    bool strings, stacks;         /* whether all of them are known ... */
    bool all;                     /* ... and all goroutines and procs: it is there to its end */
};

/* An event where it lies. */
struct read_event {
    uint8_t type;
    uint64_t dt, arg[GOTRACE_ARGS];
};

/* The event at *p, which moves behind it; false: there is none. */
static bool read_event(const uint8_t **p, const uint8_t *end, struct read_event *e)
{
    const uint8_t *at = *p;
    unsigned n = event_varints[*at];
    e->type = *at++;
    if (n == 0 || !leb128_get(&at, end, &e->dt))
        return false;
    for (unsigned i = 0; i + 1 < n; i++) {
        if (!leb128_get(&at, end, &e->arg[i]))
            return false;
    }
    assert(*p < at && at <= end);
    *p = at;
    return true;
}

/* What makes a goroutine or proc known. */
static bool is_birth(uint8_t type)
{
    return event_number[type] == EVENT_G_FIRST || event_number[type] == EVENT_P_FIRST;
}

/* Makes the goroutines and procs that the event names known; those that it makes known by
 * itself alone for `births`. False: no memory. */
static bool learn(struct sift *s, const struct read_event *e, bool births)
{
    bool ok = true;
    bool birth = is_birth(e->type);
    for (unsigned i = 0; ok && i + 1 < event_varints[e->type] && (birth || !births); i++) {
        uint8_t about = event_arg_type[e->type][i];
        if (about == GOTRACE_ARG_G)
            ok = map_put(&s->goroutines, e->arg[i], 0);
        else if (about == GOTRACE_ARG_P)
            ok = map_put(&s->procs, e->arg[i], 0);
    }
    return ok;
}

/* Up to what cannot be read: a batch that is not known to be hit may break all
 * the same. False: no memory. */
static bool learn_batch(struct sift *s, const struct v2_batch *b)
{
    const uint8_t *p = s->base + (b->data - s->g->off), *end = p + b->size;
    struct read_event e;
    while (p < end && read_event(&p, end, &e)) {
        if (!learn(s, &e, false))
            return false;
    }
    return true;
}

/* 0 is no id, and always known. */
static bool is_named(const struct idtab *t, uint64_t id)
{
    uint32_t interned;
    return id == 0 || idtab_get(t, id, &interned);
}

/* Whether the argument can be what it is about; a birth may name what nobody else does. */
static bool can_be(const struct sift *s, uint8_t about, uint64_t v, bool birth)
{
    switch (about) {
    case GOTRACE_ARG_STR:
        return !s->strings || is_named(s->g->strings, v);
    case GOTRACE_ARG_STACK:
        return !s->stacks || is_named(s->g->stacks, v);
    case GOTRACE_ARG_G:
        return birth || !s->all || v == UINT64_MAX || map_get(&s->goroutines, v) != MAP_NONE;
    case GOTRACE_ARG_P:
        return birth || !s->all || map_get(&s->procs, v) != MAP_NONE;
    case GOTRACE_ARG_M:
        return v == UINT64_MAX || v < MOST_THREADS;
    case GOTRACE_ARG_GSTATUS:
        return v > GoNone && v < GoStatuses;
    case GOTRACE_ARG_PSTATUS:
        return v > ProcNone && v < ProcStatuses;
    case GOTRACE_ARG_SEQ: /* one for each event at most */
        return v <= s->g->end - s->g->off;
    default:
        return true;
    }
}

static bool is_possible(const struct sift *s, const struct read_event *e)
{
    bool birth = is_birth(e->type);
    for (unsigned i = 0; i + 1 < event_varints[e->type]; i++) {
        if (!can_be(s, event_arg_type[e->type][i], e->arg[i], birth))
            return false;
    }
    return true;
}

/* Before which time, in ticks, all events of the batch are. Only of the runtime it is known
 * that a batch ends before the next one of its thread begins, and all before tables do. */
static uint64_t end_of(const struct sift *s, const struct event_batch *b)
{
    uint64_t next = b->next == MAP_NONE ? 0 : s->g->batches.data[b->next].at.time;
    if (!s->g->habits.padded)
        return UINT64_MAX;
    if (next >= b->at.time)
        return next;
    return s->last >= b->at.time ? s->last : UINT64_MAX;
}

/* Bytes of the batch that are certain. *ok: false, no memory. What comes just before an
 * event that cannot be was misread most likely. */
static uint32_t certain(struct sift *s, const struct event_batch *b, bool *ok)
{
    const uint8_t *data = s->base + (b->at.data - s->g->off), *end = data + b->at.size;
    const uint8_t *p = data, *before = data;
    assert(b->at.hit && (b->at.size == 0 || b->at.data + b->at.size <= s->g->end));
    uint64_t time = b->at.time, until = end_of(s, b);
    struct read_event e;
    for (const uint8_t *at = p; p < end; before = at, at = p) {
        if (!read_event(&p, end, &e) || e.dt > until || time > until - e.dt || !is_possible(s, &e))
            return (uint32_t)(before - data);
        time += e.dt;
        *ok = *ok && learn(s, &e, true);
    }
    return b->at.size;
}

/* Strings come last in a generation, so with them it is there to its end. False:
 * no memory. */
static bool begin(struct sift *s)
{
    const struct generation *g = s->g;
    bool ok = true;
    s->all = generation_has(g, V2_STRINGS);
    s->strings = !g->table_hit && s->all;
    s->stacks = !g->table_hit && generation_has(g, V2_STACKS);
    for (size_t i = 0; i < g->tables.len; i++)
        s->last = g->tables.data[i].time > s->last ? g->tables.data[i].time : s->last;
    for (size_t i = 0; ok && i < g->batches.len; i++)
        ok = g->batches.data[i].at.hit || learn_batch(s, &g->batches.data[i].at);
    return ok;
}

/* `cut` as well: what breaks at the end of what is certain is then no further
 * damage, as what is lost is counted here. */
bool sift_hits(struct generation *g, const uint8_t *base, struct builder *builder)
{
    struct sift s = {.g = g, .base = base};
    bool ok = !g->hits || begin(&s);
    for (size_t i = 0; ok && g->hits && i < g->batches.len; i++) {
        struct event_batch *b = &g->batches.data[i];
        uint32_t size = b->at.hit ? certain(&s, b, &ok) : b->at.size;
        assert(size <= b->at.size);
        builder->info.lost += b->at.size - size;
        b->at.size = size;
        b->at.cut |= b->at.hit;
    }
    map_free(&s.goroutines);
    map_free(&s.procs);
    return ok;
}
