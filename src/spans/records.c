/* records.c: the records of goroutines. One that has ended is packed: a trace has a
 * thousand of these for each that lives, and all are known as long as the trace.
 *
 * Where all is tallied (tally.c) nobody asks for those that have ended, and a run may last for
 * days. Of each its name is left as long as MOST_GONE others have not ended, in case that events
 * behind a part that is lost speak of it; then it is as one that was never heard of, and so are
 * ids in damaged events that no goroutine had. */
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
    bool found, told, system, final, nameless;
    uint8_t state, prev;
    struct blocked_for block[];
};
/* Its fields that a goroutine's record has, too. */
/* clang-format off */
#define EACH_KEPT(X) \
    X(id) X(since) X(created) X(started) X(ended) X(creator) X(life) X(inherited) \
    X(created_at) X(func) X(label) X(begun) X(listed) X(found) X(told) X(system) X(final) \
    X(nameless) X(state) X(prev)
/* clang-format on */

/* Of one that was created before what was read; what it did is not known. */
static const struct span_g unknown = {
    .id = NO_ID,
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

struct span_g g_unknown(int64_t id)
{
    struct span_g g = unknown;
    g.id = id;
    return g;
}

/* What it owns. */
static void g_free(struct span_g *g)
{
    if (!g)
        return;
    assist_forget(g);
    regions_forget(g);
    mem_free(g->work_before);
    VEC_FREE(&g->regions);
    VEC_FREE(&g->figures.block);
}

/* Packing */

enum { MUCH_KNOWN = 4096 };

/* NULL: no memory; then it stays as it is. */
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

/* Records stand in blocks, each at the begin of a line of the cache. */
enum { BLOCK = 32, LINE = 64 };
enum { SPAN_G = (sizeof(struct span_g) + LINE - 1) / LINE * LINE };

/* False: no memory. */
static bool add_spares(struct gotrace_spans *s)
{
    if (!VEC_RESERVE(&s->blocks, 1) || !VEC_RESERVE(&s->spare, BLOCK))
        return false;
    char *block = mem_zeroed(BLOCK + 1, SPAN_G);
    if (!block)
        return false;
    s->blocks.data[s->blocks.len++] = block;
    block += LINE - (uintptr_t)block % LINE;
    for (int i = BLOCK - 1; i >= 0; i--)
        s->spare.data[s->spare.len++] = (struct span_g *)(void *)(block + (size_t)i * SPAN_G);
    return true;
}

/* With the lists of whoever had it, or zeros. NULL: no memory. */
static struct span_g *take_spare(struct gotrace_spans *s)
{
    return s->spare.len || add_spares(s) ? s->spare.data[--s->spare.len] : NULL;
}

/* There is room: it came from there, or room was made. */
static void put_spare(struct gotrace_spans *s, struct span_g *g)
{
    s->spare.data[s->spare.len++] = g;
}

/* Lists keep their memory, and are empty. */
void g_put(struct span_g *g, const struct span_g *fresh)
{
    struct span_g before = {.record = g->record};
    before.figures.block.data = g->figures.block.data;
    before.figures.block.cap = g->figures.block.cap;
    before.regions.data = g->regions.data;
    before.regions.cap = g->regions.cap;
    *g = *fresh;
    g->record = before.record;
    g->figures.block.data = before.figures.block.data;
    g->figures.block.cap = before.figures.block.cap;
    g->regions.data = before.regions.data;
    g->regions.cap = before.regions.cap;
}

/* Forgetting */

/* The next place of the ring, and whoever had it is forgotten; NULL: no memory. */
static struct span_gone *next_gone(struct gotrace_spans *s)
{
    struct span_gone none = {.id = NO_ID};
    size_t i = s->next_gone;
    if (i == s->gone.len && !VEC_PUSH(&s->gone, none))
        return NULL;
    struct span_gone *gone = &s->gone.data[i];
    if (gone->id != NO_ID)
        idmap_delete(&s->g_of, (uint64_t)gone->id);
    s->next_gone = (i + 1) % MOST_GONE;
    return gone;
}

void g_forget(struct gotrace_spans *s, struct span_g *g)
{
    uint32_t record = g->record, at = (uint32_t)s->next_gone;
    /* Without memory it stays as it is. */
    if (!VEC_RESERVE(&s->unused, 1) || !VEC_RESERVE(&s->spare, 1))
        return;
    struct span_gone *gone = next_gone(s);
    if (!gone)
        return;
    *gone = (struct span_gone){.id = g->id, .func = g->func};
    (void)idmap_put(&s->g_of, (uint64_t)g->id,
                    FIRST_GONE + at); /* it is there: no memory is needed */
    assist_forget(g);
    regions_forget(g);
    s->unused.data[s->unused.len++] = record;
    put_spare(s, g);
    s->gs.data[record].g = NULL;
    s->gs.data[record].uses++;
}

/* As much as is left: its name, and that it has ended. */
static void describe_gone(const struct gotrace_spans *s, struct span_g *g, uint32_t at)
{
    g->state = GOTRACE_STATE_NOT_EXIST;
    g->created = g->life = s->known_from;
    g->final = true;
    g_name(s, g, s->gone.data[at].func);
}

/* Something happens to one that is gone. */
static struct span_g *bring_back(struct gotrace_spans *s, int64_t id, uint32_t at)
{
    struct span_g *g = g_new(s, id);
    if (!g)
        return NULL;
    describe_gone(s, g, at);
    s->gone.data[at].id = NO_ID;
    g_is_over(s, g);
    return g;
}

/* Not one that something holds on to: a task that counts its time, a range that
 * goes on. */
static void pack_record(struct gotrace_spans *s, struct span_record *r)
{
    struct span_g *g = r->g;
    if (g && s->tallies && is_over(g) && !g->nameless) {
        g_forget(s, g);
        return;
    }
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

/* It may be listed anew. */
static void unlist(const struct gotrace_spans *s, const struct span_known *k)
{
    const struct span_record *r = &s->gs.data[k->record];
    if (r->uses == k->uses)
        r->past->listed = 0;
}

void g_unlist_ended(struct gotrace_spans *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->known.len; i++) {
        if (g_known(s, &s->known.data[i]))
            s->known.data[kept++] = s->known.data[i];
        else
            unlist(s, &s->known.data[i]);
    }
    s->known.len = kept;
    s->much_known = 2 * kept + MUCH_KNOWN;
}

/* Cleaned when it is twice as long as what was left of it: on average an entry
 * is looked at a few times. */
void g_list(struct gotrace_spans *s, struct span_g *g)
{
    struct span_known k = {g->record, s->gs.data[g->record].uses};
    if (g->listed == s->losses)
        return;
    if (s->known.len >= s->much_known)
        g_unlist_ended(s);
    if (!VEC_PUSH(&s->known, k))
        s->failed = true;
    g->listed = s->losses;
}

/* Finding */

/* unpack leaves them out, as g_look_at has no memory for them. */
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
    struct span_g past = unpack(r->past);
    g_put(g, &past);
    g->record = i;
    if (!copy_block(g, r->past)) {
        put_spare(s, g);
        return NULL;
    }
    mem_free(r->past);
    *r = (struct span_record){.g = g};
    g_is_over(s, g);
    return g;
}

/* NULL: no memory. */
static struct span_g *g_at(struct gotrace_spans *s, int64_t id, uint32_t record)
{
    if (record >= FIRST_GONE)
        return bring_back(s, id, record - FIRST_GONE);
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
    return i == NO_RECORD ? NULL : g_at(s, id, i);
}

struct span_g *g_look_at(const struct gotrace_spans *s, uint32_t record, struct span_g *unpacked)
{
    const struct span_record *r = &s->gs.data[record];
    if (r->g)
        return r->g;
    if (!r->past) {
        *unpacked = g_unknown(NO_ID);
        return unpacked;
    }
    *unpacked = unpack(r->past);
    unpacked->record = record;
    unpacked->figures.block.data = r->past->block;
    unpacked->figures.block.len = r->past->reasons;
    return unpacked;
}

struct span_g *g_look(const struct gotrace_spans *s, int64_t id, struct span_g *unpacked)
{
    uint32_t i = record_of(s, id);
    if (i < FIRST_GONE || i == NO_RECORD)
        return i == NO_RECORD ? NULL : g_look_at(s, i, unpacked);
    *unpacked = g_unknown(id);
    describe_gone(s, unpacked, i - FIRST_GONE);
    return unpacked;
}

/* A record for one that is there; NO_RECORD: no memory. */
static uint32_t take_record(struct gotrace_spans *s)
{
    struct span_record none = {0};
    if (s->unused.len)
        return s->unused.data[--s->unused.len];
    if (s->gs.len >= FIRST_GONE || !VEC_PUSH(&s->gs, none))
        return NO_RECORD;
    return (uint32_t)s->gs.len - 1;
}

/* A name that is known ahead is there from the begin. */
struct span_g *g_new(struct gotrace_spans *s, int64_t id)
{
    struct span_g *g = take_spare(s);
    uint32_t i = g ? take_record(s) : NO_RECORD;
    if (i == NO_RECORD) {
        s->failed = true;
        if (g)
            put_spare(s, g);
        return NULL;
    }
    g_put(g, &unknown);
    g->id = id;
    g->record = i;
    s->gs.data[i].g = g;
    s->failed |= !idmap_put(&s->g_of, (uint64_t)id, i);
    g_name(s, g, known_func(s, id));
    return g;
}

/* -1, no goroutine, makes none. */
struct span_g *g_make(struct gotrace_spans *s, int64_t id)
{
    uint32_t i = record_of(s, id);
    if (i != NO_RECORD || id < 0)
        return i == NO_RECORD ? NULL : g_at(s, id, i);
    return g_new(s, id);
}

void gs_free(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->gs.len; i++) {
        g_free(s->gs.data[i].g);
        mem_free(s->gs.data[i].past);
    }
    for (size_t i = 0; i < s->spare.len; i++)
        g_free(s->spare.data[i]);
    for (size_t i = 0; i < s->blocks.len; i++)
        mem_free(s->blocks.data[i]);
    VEC_FREE(&s->gs);
    VEC_FREE(&s->blocks);
    VEC_FREE(&s->spare);
    VEC_FREE(&s->over);
    VEC_FREE(&s->unused);
    VEC_FREE(&s->gone);
    idmap_free(&s->g_of);
}
