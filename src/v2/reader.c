/* reader.c: the reader of v2 traces: generation after generation, each ordered or
 * scanned. */

#include <assert.h>

#include "base/mem.h"
#include "read/header.h"
#include "v2/order/full_order.h"
#include "v2/side_by_side.h"
#include "v2/sift.h"
#include "v2/thread_order.h"

struct v2 {
    uint32_t version;
    uint64_t off; /* of the generation that is next */
    bool inside;  /* a generation is being delivered */
    bool done;
    const uint8_t *base; /* the generation's bytes */
    struct generation *gen;
    struct generation gens[2];       /* it is one of these; in a pass they take turns */
    struct references references[2]; /* theirs */
    struct full_order order;
    struct thread_order thread_order;
    /* Of a pass: the generation that is next, if it has been read early. */
    bool tried, early;
    struct builder found; /* what was found in it */
    struct side_by_side side;
    struct ahead_slot *slot; /* of gen, if it was read ahead for side */
    uint64_t reported_at;    /* events when it was last looked at how far it is */
};

/* The memory of the generation's bytes; it stays until the next peek. */
static const uint8_t *bytes_of(const struct generation *g, struct builder *builder)
{
    const uint8_t *at;
    assert(g->off <= g->end);
    (void)source_peek(builder->src, g->off, (size_t)(g->end - g->off), &at);
    return at;
}

/* Reads the tables, by which it is told what is certain of its batches. */
static gotrace_status read_tables(struct generation *g, struct builder *builder, gotrace_diag *diag)
{
    gotrace_status st = generation_read_tables(g, builder, diag);
    if (st == GOTRACE_OK && !sift_hits(g, bytes_of(g, builder), builder))
        st = diag_no_memory(diag);
    return st;
}

/* Reads the next generation. A scan begins to look at its events before its
 * tables are read, unless it is not certain which they are. */
static gotrace_status read_generation(struct v2 *v, struct generation *g, struct builder *builder,
                                      gotrace_diag *diag)
{
    gotrace_status st = generation_read_batches(g, v->version, v->off, builder, diag);
    bool scans = builder->order == GOTRACE_ORDER_THREAD, early = !g->hits;
    if (st != GOTRACE_OK)
        return st;
    if (scans && early)
        thread_order_send(&v->thread_order, g, bytes_of(g, builder), builder);
    st = read_tables(g, builder, diag);
    if (scans && !early && st == GOTRACE_OK)
        thread_order_send(&v->thread_order, g, bytes_of(g, builder), builder);
    return st;
}

/* Reading early: while the generation at hand is being ordered elsewhere */

/* The one of the two that is not at hand. */
static struct generation *other(struct v2 *v)
{
    return &v->gens[v->gen == v->gens];
}

/* Reads into it what comes behind the one at hand. */
static gotrace_status read_other(struct v2 *v, struct builder *builder, gotrace_diag *diag)
{
    if (!generation_follow(other(v), v->gen))
        return diag_no_memory(diag);
    return read_generation(v, other(v), builder, diag);
}

static void start_finding(struct builder *found, const struct builder *builder)
{
    *found = (struct builder){.src = builder->src,
                              .from = builder->from,
                              .start = builder->start,
                              .names = builder->names,
                              .info.version = builder->info.version,
                              .info.generations = 1};
}

static bool is_found_whole(struct builder *found, gotrace_status st)
{
    mem_free(found->damages);
    found->damages = NULL;
    return st == GOTRACE_OK && !found->info.damages && !found->info.lost;
}

/* Only what is whole is read early: of damage the builder has to be told in turn.
 * The other thread's are the order and whether the generation has ended. */
static void read_early(void *self, const struct builder *builder)
{
    struct v2 *v = self;
    gotrace_diag diag;
    if (v->tried)
        return;
    v->tried = true;
    if (v->side.len) /* it has been read */
        return;
    start_finding(&v->found, builder);
    v->early = is_found_whole(&v->found, read_other(v, &v->found, &diag));
}

/* What was found in it is told. */
static void take_early(const struct builder *found, struct builder *builder)
{
    for (size_t i = 0; i < GOTRACE_PARTS; i++)
        builder->info.part[i] += found->info.part[i];
    assert(!found->info.damages && !found->info.lost);
    builder->info.generations++;
    builder->info.next = found->info.next;
    builder->gen = found->gen;
}

/* Side by side: some generations are read ahead, and put in order meanwhile. */

/* Reads what comes behind `last` into the slot; false: not a whole generation. */
static bool read_slot(const struct v2 *v, struct ahead_slot *slot, const struct generation *last,
                      const struct builder *builder)
{
    gotrace_diag diag;
    start_finding(&slot->found, builder);
    gotrace_status st =
        generation_read_batches(&slot->gen, v->version, last->end, &slot->found, &diag);
    if (st == GOTRACE_OK)
        st = read_tables(&slot->gen, &slot->found, &diag);
    return is_found_whole(&slot->found, st);
}

/* From the first that is not whole on, one is read after the other. */
static void read_slots(struct v2 *v, const struct builder *builder)
{
    const struct generation *last = v->side.len ? &side_by_side_last(&v->side)->gen : v->gen;
    struct ahead_slot *slot;
    while (side_by_side_may(&v->side, builder) &&
           (slot = side_by_side_place(&v->side, builder, last))) {
        if (!read_slot(v, slot, last, builder)) {
            v->side.off = true;
            return;
        }
        slot->base = bytes_of(&slot->gen, &slot->found);
        side_by_side_call(&v->side, slot, &v->order, builder);
        last = &slot->gen;
    }
}

/* Begins with the order of the generation at hand, or takes it as it was ordered ahead. */
static gotrace_status start_order(struct v2 *v, struct builder *builder, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    if (v->order.begun)
        read_slots(v, builder);
    if (v->slot && side_by_side_join(&v->side, v->slot, &v->order, builder))
        return GOTRACE_OK;
    bool first = !v->order.begun;
    st = full_order_start(&v->order, v->gen, v->base, builder, diag);
    if (first && st == GOTRACE_OK)
        read_slots(v, builder);
    return st;
}

/* Makes the next generation the one at hand. */
static gotrace_status take_generation(struct v2 *v, struct builder *builder, gotrace_diag *diag)
{
    bool early = v->early;
    v->tried = v->early = false;
    v->slot = side_by_side_take(&v->side);
    if (v->slot) {
        v->gen = &v->slot->gen;
        assert(v->gen->off == v->off); /* as it was read behind the one before */
        take_early(&v->slot->found, builder);
        if (builder->order == GOTRACE_ORDER_THREAD)
            thread_order_send(&v->thread_order, v->gen, bytes_of(v->gen, builder), builder);
        return GOTRACE_OK;
    }
    if (!builder->for_passthrough)
        return read_generation(v, v->gen, builder, diag);
    gotrace_status st = GOTRACE_OK;
    if (early)
        take_early(&v->found, builder);
    else
        st = read_other(v, builder, diag);
    v->gen = other(v);
    return st;
}

/* In a pass, what is at hand stays in use for one more generation. */
static uint64_t still_needed(const struct v2 *v, const struct builder *builder)
{
    return builder->for_passthrough && v->gen->end ? v->gen->off : v->off;
}

/* What is counted of the generations before, once all their events are with the
 * caller: in which of its batches one ends is nobody's business. */
static void count(const struct v2 *v, struct builder *builder)
{
    if (builder->order == GOTRACE_ORDER_THREAD)
        builder->info.threads = v->thread_order.threads.len;
    else
        full_order_count(&v->order, &builder->info);
}

/* Of a pipe more may have come than is used yet. */
static uint64_t size_so_far(const struct v2 *v, const struct builder *builder)
{
    return source_size(builder->src) ? builder_trace_size(builder) : v->gen->end - builder->from;
}

static gotrace_status open_generation(struct v2 *v, struct builder *builder, gotrace_diag *diag)
{
    count(v, builder);
    source_release(builder->src, still_needed(v, builder));
    gotrace_status st = take_generation(v, builder, diag);
    builder->info.size = builder_trace_size(builder);
    if (st != GOTRACE_OK)
        return st;
    builder->info.size = size_so_far(v, builder);
    assert(v->gen->end > v->gen->off && v->gen->off >= v->off);
    v->off = v->gen->end;
    v->inside = true;
    batch_mark(builder, GOTRACE_EV_GENERATION, 0, v->gen->off);
    const uint8_t *base = v->base = bytes_of(v->gen, builder);
    generation_locate(v->gen, base, builder);
    if (builder->order == GOTRACE_ORDER_THREAD) {
        thread_order_start(&v->thread_order, v->gen, builder);
        return GOTRACE_OK;
    }
    return start_order(v, builder, diag);
}

/* Appends events of the generation at hand. */
static gotrace_status run(struct v2 *v, struct builder *builder, gotrace_diag *diag)
{
    if (builder->order == GOTRACE_ORDER_THREAD)
        return thread_order_run(&v->thread_order, v->gen, builder, diag);
    if (v->side.joined)
        return side_by_side_run(&v->side, builder);
    return full_order_run(&v->order, v->gen, builder, diag);
}

/* How far the trace has been gone through. For many threads that is not looked at for each
 * batch. */
static void report(struct v2 *v, struct builder *builder)
{
    enum { EVENTS = 1 << 14 };
    const struct generation *g = v->gen;
    bool scans = builder->order == GOTRACE_ORDER_THREAD;
    if (!builder->reports || builder->info.events - v->reported_at < EVENTS)
        return;
    v->reported_at = builder->info.events;
    uint64_t done = scans ? thread_order_done(&v->thread_order) : full_order_done(&v->order);
    uint64_t share = v->side.joined ? g->end - g->off : generation_share(g, done);
    builder->info.consumed = g->off - builder->from + share;
    builder->beside = side_by_side_done(&v->side);
}

/* Whether what comes next is being ordered elsewhere, and the caller wants to be back before
 * that is done. */
static bool waits(struct v2 *v, struct builder *builder)
{
    if (!builder->reports || side_by_side_wait(&v->side))
        return false;
    builder->beside = side_by_side_done(&v->side);
    return true;
}

static gotrace_status next(void *self, struct builder *builder, gotrace_diag *diag)
{
    struct v2 *v = self;
    gotrace_status st = GOTRACE_OK;
    if (v->done)
        return GOTRACE_END;
    if (!v->inside && waits(v, builder))
        return GOTRACE_OK;
    if (!v->inside) {
        st = open_generation(v, builder, diag);
        v->done = st == GOTRACE_END;
        return st;
    }
    st = run(v, builder, diag);
    if (st != GOTRACE_END) {
        report(v, builder);
        return st;
    }
    assert(v->off == v->gen->end && !v->side.joined);
    v->inside = false;
    builder->info.consumed = v->off - builder->from;
    builder->beside = builder->reports ? side_by_side_done(&v->side) : 0;
    batch_mark(builder, GOTRACE_EV_END, 0, v->off);
    return GOTRACE_OK;
}

static const struct generation *generation_of(void *self, const uint8_t **base)
{
    struct v2 *v = self;
    *base = v->base;
    return v->gen;
}

/* Between the opening of a generation and its end. A scan has a second thread
 * of its own. */
static uint64_t ahead(const void *self, const struct builder *builder)
{
    const struct v2 *v = self;
    bool orders = v->inside && builder->order == GOTRACE_ORDER_FULL && !v->side.joined;
    return orders ? v->gen->end - v->gen->off : 0;
}

static void close_v2(void *self)
{
    struct v2 *v = self;
    if (!v)
        return;
    for (int i = 0; i < 2; i++) {
        generation_free(&v->gens[i]);
        references_free(&v->references[i]);
    }
    side_by_side_free(&v->side);
    full_order_free(&v->order);
    thread_order_free(&v->thread_order);
    mem_free(v);
}

bool v2_reader(struct reader *out, const struct builder *builder)
{
    static const struct reader_methods ops = {next, ahead, close_v2, generation_of, read_early};
    struct v2 *v = mem_zeroed(1, sizeof *v);
    out->ops = &ops;
    out->self = v;
    if (!v)
        return false;
    v->version = builder->info.version;
    v->off = builder->start;
    v->gen = v->gens;
    for (int i = 0; i < 2; i++) {
        if (!generation_init(&v->gens[i]))
            return false;
        v->gens[i].references = &v->references[i];
    }
    return full_order_init(&v->order);
}
