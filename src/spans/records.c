/* records.c: the records of goroutines. One that has ended is packed: a trace has a
 * thousand of these for each that lives, and all are known as long as the trace. */
#include <string.h>

#include "spans/spans.h"

/* What is left of a goroutine that has ended: what unpack makes of it is what it was, but
 * for what nobody asks of one. */
struct span_past {
    int64_t id, since, created, started, ended, creator, life;
    uint64_t inherited;
    gotrace_stats sum;
    uint32_t created_at, func, label, begun, reasons;
    uint32_t listed;
    bool found, told, system, final;
    uint8_t state, prev;
    struct blocked_for block[];
};
/* Its fields that a goroutine's record has, too. */
/* clang-format off */
#define EACH_KEPT(X) \
    X(id) X(since) X(created) X(started) X(ended) X(creator) X(life) X(inherited) \
    X(created_at) X(func) X(label) X(begun) X(listed) X(found) X(told) X(system) X(final) \
    X(state) X(prev)
/* clang-format on */

/* Of one that was created before what was read; what it did is not known. */
struct span_g g_unknown(int64_t id)
{
    return (struct span_g){
        .id = id,
        .since = NEVER,
        .p = NO_ID,
        .m = NO_ID,
        .waker = NO_ID,
        .proc_lost = NEVER,
        .task_since = NO_TASK,
        .system = true, /* until it has a name */
        .reason = GOTRACE_NO_REASON,
        .created = NEVER,
        .started = NEVER,
        .ended = NEVER,
        .creator = NO_ID,
        .begun = NO_RECORD,
        .counted = NEVER,
        .counted_lost = NEVER,
        .counted_sweep = NEVER,
        .works_on = NO_RECORD,
    };
}

static void g_free(struct span_g *g)
{
    if (!g)
        return;
    assist_forget(g);
    regions_forget(g);
    mem_free(g->work_before);
    VEC_FREE(&g->regions);
    VEC_FREE(&g->figures.block);
    mem_free(g);
}

/* Packing */

static struct span_past *pack(const struct span_g *g)
{
    const struct figures *f = &g->figures;
    size_t block = f->block.len * sizeof *f->block.data;
    struct span_past *past = mem_alloc(sizeof *past + block);
    if (!past)
        return NULL;
    past->sum = f->sum;
    past->reasons = (uint32_t)f->block.len;
#define PACK(field) past->field = g->field;
    EACH_KEPT(PACK)
#undef PACK
    if (block)
        memcpy(past->block, f->block.data, block);
    return past;
}

/* But for the times for reasons. */
static struct span_g unpack(const struct span_past *past)
{
    struct span_g g = g_unknown(past->id);
    g.figures.sum = past->sum;
#define UNPACK(field) g.field = past->field;
    EACH_KEPT(UNPACK)
#undef UNPACK
    return g;
}

/* Whether all there is to say of it is in a span_past. */
static bool is_over(const struct span_g *g)
{
    return g->state == GOTRACE_STATE_NOT_EXIST && g->final && g->regions.len == 0 &&
           !g->assist.on && g->works_on == NO_RECORD && g->counted_sweep == NEVER;
}

static struct span_g *take_spare(struct gotrace_spans *s)
{
    return s->spare.len ? s->spare.data[--s->spare.len] : mem_zeroed(1, sizeof(struct span_g));
}

void g_put(struct span_g *g, struct span_g fresh)
{
    fresh.record = g->record;
    fresh.figures.block.data = g->figures.block.data;
    fresh.figures.block.cap = g->figures.block.cap;
    fresh.regions.data = g->regions.data;
    fresh.regions.cap = g->regions.cap;
    *g = fresh;
}

static void pack_record(struct gotrace_spans *s, struct span_record *r)
{
    struct span_g *g = r->g;
    struct span_past *past = g && is_over(g) ? pack(g) : NULL;
    if (!past || !VEC_PUSH(&s->spare, g)) { /* without memory it stays as it is */
        mem_free(past);
        return;
    }
    regions_forget(g);
    r->past = past;
    r->g = NULL;
}

void g_pack_ended(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->over.len; i++)
        pack_record(s, &s->gs.data[s->over.data[i]]);
    s->over.len = 0;
}

void g_is_over(struct gotrace_spans *s, const struct span_g *g)
{
    if (!VEC_PUSH(&s->over, g->record))
        s->failed = true;
}

void g_unlist(struct gotrace_spans *s, uint32_t record)
{
    s->gs.data[record].past->listed = 0;
}

/* Finding */

static bool copy_block(struct span_g *g, const struct span_past *past)
{
    if (!VEC_RESERVE(&g->figures.block, past->reasons))
        return false;
    if (past->reasons)
        memcpy(g->figures.block.data, past->block, past->reasons * sizeof *past->block);
    g->figures.block.len = past->reasons;
    return true;
}

/* Something happens to one that has ended. */
static struct span_g *revive(struct gotrace_spans *s, uint32_t i)
{
    struct span_record *r = &s->gs.data[i];
    struct span_g *g = take_spare(s);
    if (!g)
        return NULL;
    g_put(g, unpack(r->past));
    g->record = i;
    if (!copy_block(g, r->past)) {
        g_free(g);
        return NULL;
    }
    mem_free(r->past);
    *r = (struct span_record){.g = g};
    g_is_over(s, g);
    return g;
}

static struct span_g *g_at(struct gotrace_spans *s, uint32_t record)
{
    struct span_g *g = s->gs.data[record].g;
    if (__builtin_expect(!g, 0) && !(g = revive(s, record)))
        s->failed = true;
    return g;
}

static uint32_t record_of(const struct gotrace_spans *s, int64_t id)
{
    return id < 0 ? NO_RECORD : idmap_get(&s->g_of, (uint64_t)id);
}

struct span_g *g_find(struct gotrace_spans *s, int64_t id)
{
    uint32_t i = record_of(s, id);
    return i == NO_RECORD ? NULL : g_at(s, i);
}

struct span_g *g_look_at(const struct gotrace_spans *s, uint32_t record, struct span_g *unpacked)
{
    const struct span_record *r = &s->gs.data[record];
    if (r->g)
        return r->g;
    *unpacked = unpack(r->past);
    unpacked->record = record;
    unpacked->figures.block.data = r->past->block;
    unpacked->figures.block.len = r->past->reasons;
    return unpacked;
}

struct span_g *g_look(const struct gotrace_spans *s, int64_t id, struct span_g *unpacked)
{
    uint32_t i = record_of(s, id);
    return i == NO_RECORD ? NULL : g_look_at(s, i, unpacked);
}

static struct span_g *add(struct gotrace_spans *s, int64_t id)
{
    uint32_t i = (uint32_t)s->gs.len;
    struct span_record r = {.g = take_spare(s)};
    if (r.g)
        g_put(r.g, g_unknown(id));
    if (!r.g || !VEC_PUSH(&s->gs, r)) {
        s->failed = true;
        g_free(r.g);
        return NULL;
    }
    r.g->record = i;
    s->failed |= !idmap_put(&s->g_of, (uint64_t)id, i);
    g_name(s, r.g, known_func(s, id));
    return r.g;
}

struct span_g *g_make(struct gotrace_spans *s, int64_t id)
{
    uint32_t i = record_of(s, id);
    if (i != NO_RECORD || id < 0)
        return i == NO_RECORD ? NULL : g_at(s, i);
    return add(s, id);
}

void gs_free(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->gs.len; i++) {
        g_free(s->gs.data[i].g);
        mem_free(s->gs.data[i].past);
    }
    for (size_t i = 0; i < s->spare.len; i++)
        g_free(s->spare.data[i]);
    VEC_FREE(&s->gs);
    VEC_FREE(&s->spare);
    VEC_FREE(&s->over);
    idmap_free(&s->g_of);
}
