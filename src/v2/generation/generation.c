#include "v2/generation/generation.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "event/event.h"
#include "v2/damage/gap.h"
#include "v2/damage/stray.h"

enum { GO126 = 26 };

bool generation_init(struct generation *g)
{
    *g = (struct generation){0};
    g->strings = idtab_new();
    g->stacks = idtab_new();
    return g->strings && g->stacks;
}

void generation_free(struct generation *g)
{
    VEC_FREE(&g->batches);
    VEC_FREE(&g->threads);
    VEC_FREE(&g->tables);
    VEC_FREE(&g->experiments);
    VEC_FREE(&g->experiment_at);
    VEC_FREE(&g->order);
    VEC_FREE(&g->samples);
    VEC_FREE(&g->by_time);
    VEC_FREE(&g->frames);
    VEC_FREE(&g->wire_frames);
    idtab_free(g->strings);
    idtab_free(g->stacks);
    map_free(&g->thread_of);
    map_free(&g->frame_of);
    repeats_free(&g->repeats);
    *g = (struct generation){0};
}

/* What outlives a generation: the clock, what batches have in common, and those
 * that may be repeated. All else is clear's. */
bool generation_follow(struct generation *g, const struct generation *before)
{
    g->ns_per_tick = before->ns_per_tick;
    g->clock_of = before->clock_of;
    g->looked = before->looked;
    g->habits = before->habits;
    g->closed = before->closed;
    g->reading = false;
    return repeats_copy(&g->repeats, &before->repeats);
}

#ifndef NDEBUG
/* Batches in the thread's list; SIZE_MAX: it is none. */
static size_t count_list(const struct generation *g, const struct event_thread *t)
{
    size_t n = 0;
    uint32_t i = t->first, last = MAP_NONE;
    for (; i < g->batches.len && n <= g->batches.len; i = g->batches.data[i].next, n++) {
        last = i;
        if (g->batches.data[i].at.m != (uint64_t)t->m)
            return SIZE_MAX;
    }
    return i == MAP_NONE && last == t->last ? n : SIZE_MAX;
}

bool generation_is_sound(const struct generation *g)
{
    size_t batches = 0;
    bool ok = g->threads.len == g->order.len && g->thread_of.len <= g->threads.len;
    for (size_t i = 0; ok && i < g->threads.len; i++) {
        size_t n = count_list(g, &g->threads.data[i]);
        ok = n && n != SIZE_MAX && g->order.data[i] == g->threads.data[i].m;
        batches += n;
    }
    return ok && batches == g->batches.len && g->off <= g->end &&
           g->experiments.len == g->experiment_at.len && g->samples.len == g->by_time.len &&
           g->frames.len == g->wire_frames.len && (!g->batches.len || g->low <= g->high);
}
#endif

bool generation_has(const struct generation *g, uint8_t kind)
{
    for (size_t i = 0; i < g->tables.len; i++) {
        if (g->tables.data[i].kind == kind)
            return true;
    }
    return false;
}

/* False: no memory. */
static bool clear(struct generation *g, uint64_t off)
{
    g->gen = g->min_time = g->empty = g->low = g->high = g->event_bytes = 0;
    g->off = g->end = g->last = off;
    g->last_kind = V2_EVENTS;
    g->batches.len = g->threads.len = g->tables.len = 0;
    g->frames.len = g->wire_frames.len = 0;
    g->samples.len = g->by_time.len = g->order.len = 0;
    g->experiments.len = g->experiment_at.len = 0;
    g->sync = (struct v2_sync){0};
    g->sync_at = 0;
    g->partial = g->doubtful = g->hits = g->table_hit = false;
    g->unnamed = 0;
    idtab_clear(g->strings);
    idtab_clear(g->stacks);
    map_clear(&g->thread_of);
    map_clear(&g->frame_of);
    return repeats_begin(&g->repeats);
}

/* Batches */

/* Of a thread's batches without events only the first one is kept, which says
 * that there is the thread: they are the cheapest to make by the million. */
static bool add_to_thread(struct generation *g, const struct v2_batch *b)
{
    uint32_t at = (uint32_t)g->batches.len, i = map_get(&g->thread_of, b->m);
    if (!at || b->time < g->low)
        g->low = b->time;
    if (!at || b->time > g->high)
        g->high = b->time;
    g->event_bytes += b->size;
    if (i != MAP_NONE && !b->size) {
        g->empty++;
        return true;
    }
    if (!VEC_PUSH(&g->batches, ((struct event_batch){*b, MAP_NONE})))
        return false;
    assert_unchanged(i == MAP_NONE ||
                     (i < g->threads.len && (uint64_t)g->threads.data[i].m == b->m));
    if (i != MAP_NONE) {
        assert_unchanged(g->threads.data[i].last < at && g->batches.data[at].at.off >= g->off);
        g->batches.data[g->threads.data[i].last].next = at;
        g->threads.data[i].last = at;
        return true;
    }
    i = (uint32_t)g->threads.len;
    return VEC_PUSH(&g->threads, ((struct event_thread){(int64_t)b->m, at, at})) &&
           VEC_PUSH(&g->order, (int64_t)b->m) && map_put(&g->thread_of, b->m, i);
}

static bool add_experiment(struct generation *g, const struct v2_batch *b)
{
    gotrace_experiment x = {.m = b->m, .ticks = b->time, .size = b->size, .experiment = b->exp};
    return VEC_PUSH(&g->experiments, x) && VEC_PUSH(&g->experiment_at, b->data);
}

static void read_sync(struct generation *g, struct builder *builder, const struct v2_batch *b)
{
    gotrace_diag d;
    struct v2_cursor c = v2_cursor_at(builder->src, b);
    g->sync_at = b->off;
    g->sync_time = b->time;
    if (v2_sync_read(&c, builder->info.version, b->time, &g->sync, &d) == GOTRACE_OK)
        return;
    g->doubtful = true;
    generation_lose_rest(g, builder, b, &c, &d);
}

/* What a batch's bytes count as, gotrace_info.part. */
static const uint8_t part_of[] = {
    [V2_EVENTS] = GOTRACE_PART_EVENTS,
    [V2_STRINGS] = GOTRACE_PART_STRINGS,
    [V2_STACKS] = GOTRACE_PART_STACKS,
    [V2_SAMPLES] = GOTRACE_PART_SAMPLES,
    [V2_SYNC] = GOTRACE_PART_SYNC,
    [V2_EXPERIMENT] = GOTRACE_PART_EXPERIMENT,
    [V2_END_OF_GENERATION] = GOTRACE_PART_FRAMING,
};

/* Counted where they are found, whether they are used or not. */
static void account(struct builder *builder, const struct v2_batch *b)
{
    assert(b->data >= b->off && b->kind < sizeof part_of);
    builder->info.part[GOTRACE_PART_FRAMING] += b->data - b->off;
    builder->info.part[part_of[b->kind]] += b->size;
}

static void say_repeat(const struct generation *g, struct builder *builder,
                       const struct v2_batch *b, const struct v2_batch *first)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, b->off, "a batch is there twice; it is read once");
    diag_have(&d, "the bytes of the batch at offset %" PRIu64, first->off);
    diag_fact(&d, GOTRACE_FACT_TWICE);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* The batch at `off` as it was added lately. NULL: there is none. */
static struct v2_batch *find_late(struct generation *g, uint64_t off)
{
    enum { LATELY = 1024 };
    for (size_t n = g->batches.len, i = n; i > 0 && n - i < LATELY; i--) {
        if (g->batches.data[i - 1].at.off == off)
            return &g->batches.data[i - 1].at;
    }
    for (size_t i = g->tables.len; i > 0; i--) {
        if (g->tables.data[i - 1].off == off)
            return &g->tables.data[i - 1];
    }
    return NULL;
}

/* Whether its data are records to the end, and another batch begins there, or nothing. */
static bool is_sound(struct builder *builder, const struct v2_batch *b)
{
    struct v2_batch next;
    return !b->hit && v2_extent(builder->src, builder->info.version, b, NULL) == V2_WHOLE &&
           v2_batch_read(builder->src, builder->info.version, b->data + b->size, &next, NULL) !=
               GOTRACE_DAMAGED;
}

/* Where b begins as one before it does, but they are not the same, bytes around are there
 * twice: one of the two goes on with others. Whether that is b; the other is emptied. */
static bool is_false_repeat(struct generation *g, struct builder *builder, const struct v2_batch *b,
                            const struct v2_batch *first)
{
    struct v2_batch *before = b->padded ? find_late(g, first->off) : NULL;
    bool sound = before && is_sound(builder, before);
    if (!before || sound == is_sound(builder, b))
        return false;
    say_repeat(g, builder, sound ? b : before, sound ? before : b);
    if (!sound)
        before->size = 0;
    return sound;
}

/* A repeat is counted, and nothing else. False: no memory. */
static bool add_batch(struct generation *g, struct builder *builder, const struct v2_batch *b)
{
    struct repeat repeat;
    account(builder, b);
    if (!repeats_add(&g->repeats, builder->src, b, &repeat))
        return false;
    if (repeat.same)
        say_repeat(g, builder, b, repeat.first);
    if (repeat.same || (repeat.first && is_false_repeat(g, builder, b, repeat.first)))
        return true;
    if (g->min_time == 0 || b->time < g->min_time)
        g->min_time = b->time;
    switch (b->kind) {
    case V2_EVENTS:
        return add_to_thread(g, b);
    case V2_SYNC:
        read_sync(g, builder, b);
        return true;
    case V2_EXPERIMENT:
        return add_experiment(g, b);
    default:
        return VEC_PUSH(&g->tables, *b);
    }
}

/* What the next batch is to the generation being read. */
enum fate { TAKE, STOP, STOP_BEFORE, SKIP };

/* With others before it, an end of generation that ends none is one that is
 * there twice. */
static void say_of_none(const struct generation *g, uint32_t version, const struct v2_batch *b,
                        gotrace_diag *d)
{
    bool end = b->kind == V2_END_OF_GENERATION && version >= GO126;
    diag_set(d, GOTRACE_DAMAGED, b->off,
             end ? "an end of generation with nothing before it" : "a batch of no generation");
    if (end && g->habits.gen)
        diag_fact(d, GOTRACE_FACT_TWICE);
}

/* A batch of another generation, as it says, stands among those of g, or before them: it
 * counts as one of g if it is usable, and else is lost. */
static enum fate fate_of_stray(struct generation *g, struct builder *builder, struct v2_batch *b,
                               const struct stray *stray)
{
    gotrace_diag d;
    stray_diag(stray, b, &d);
    batch_damage(builder, &d, stray->usable ? 0 : b->data + b->size - b->off);
    g->partial |= !stray->usable;
    b->gen = stray->gen;
    return stray->usable ? TAKE : SKIP;
}

/* Whether b, which stands where one of another generation comes, is there a second time, as
 * the runtime never writes one. */
static bool is_repeat(const struct generation *g, struct builder *builder, const struct v2_batch *b)
{
    const struct v2_batch *first =
        b->gen != g->gen && b->padded ? repeats_find_old(&g->repeats, b) : NULL;
    if (first)
        say_repeat(g, builder, b, first);
    return first;
}

static enum fate fate_of(const struct generation *g, struct builder *builder,
                         const struct v2_batch *b)
{
    gotrace_diag d;
    const uint32_t version = builder->info.version;
    if (b->kind == V2_END_OF_GENERATION && version >= GO126 && g->gen)
        return STOP;
    if (b->gen == 0 || b->kind == V2_END_OF_GENERATION) {
        say_of_none(g, version, b, &d);
        batch_damage(builder, &d, b->data + b->size - b->off);
        return SKIP;
    }
    if (g->gen == 0 || b->gen == g->gen)
        return TAKE;
    if (version < GO126 && b->gen == g->gen + 1)
        return STOP_BEFORE;
    diag_set(&d, GOTRACE_DAMAGED, b->off,
             "generations are out of order, or an end of generation is missing");
    diag_have(&d, "a batch of generation %" PRIu64, b->gen);
    diag_want(&d, "generation %" PRIu64, g->gen);
    batch_damage(builder, &d, 0);
    return STOP_BEFORE;
}

/* A repeat first: it may be of the generation before, which would look stray. */
static enum fate fate_of_any(struct generation *g, struct builder *builder, struct v2_batch *b,
                             const struct stray *stray)
{
    if (is_repeat(g, builder, b))
        return SKIP;
    if (!stray->broken)
        return fate_of(g, builder, b);
    if (g->gen && stray->gen != g->gen) /* it is judged again as the first of the next */
        return STOP_BEFORE;
    return fate_of_stray(g, builder, b, stray);
}

/* Of a batch that does not end before the trace does, what is there counts: up to
 * `end`, where that is known. Bytes that do; false: no memory. */
static bool keep_cut(struct generation *g, struct builder *builder, const struct v2_batch *b,
                     uint64_t end, uint64_t *kept)
{
    struct v2_batch short_one = *b;
    if (end < b->data + b->size)
        short_one.size = end > b->data ? (uint32_t)(end - b->data) : 0;
    *kept = 0;
    if (!short_one.size || !b->gen || (g->gen && b->gen != g->gen))
        return true;
    g->gen = b->gen;
    *kept = b->data + short_one.size - b->off;
    return add_batch(g, builder, &short_one);
}

/* Marked as cut, so that what breaks at its new end is not reported once more. */
static void shorten(struct builder *builder, struct v2_batch *b, uint64_t end)
{
    uint32_t size = end > b->data ? (uint32_t)(end - b->data) : 0;
    if (size >= b->size)
        return;
    assert(builder->info.part[part_of[b->kind]] >= b->size - size); /* it was counted */
    builder->info.part[part_of[b->kind]] -= b->size - size;
    b->size = size;
    b->cut = true;
}

/* Bytes of the batch at `off`, the last that was added, are missing or too many. */
static void hit(struct generation *g, uint64_t off)
{
    size_t n = g->batches.len, tables = g->tables.len;
    if (n && g->batches.data[n - 1].at.off == off)
        g->hits = g->batches.data[n - 1].at.hit = true;
    if (tables && g->tables.data[tables - 1].off == off)
        g->table_hit = g->tables.data[tables - 1].hit = true;
}

/* The batch read last, whose length was believed, ends at `end` at the latest:
 * there another one begins, or a trace, or text. */
static void shorten_last(struct generation *g, struct builder *builder, uint64_t end)
{
    size_t n = g->batches.len, tables = g->tables.len;
    g->doubtful |= g->sync_at && g->sync_at == g->last;
    if (n && g->batches.data[n - 1].at.off == g->last)
        shorten(builder, &g->batches.data[n - 1].at, end);
    else if (tables && g->tables.data[tables - 1].off == g->last)
        shorten(builder, &g->tables.data[tables - 1], end);
}

static void say_shortened(struct generation *g, struct builder *builder, const struct gap *gap)
{
    gotrace_diag d;
    if (gap->another) {
        diag_set(&d, GOTRACE_DAMAGED, gap->next,
                 "the trace ends inside a batch: another trace begins here");
        diag_cut(&d);
    } else {
        diag_set(&d, GOTRACE_DAMAGED, gap->last, "a batch lacks %" PRIu64 " of its bytes",
                 gap->from - gap->next);
        diag_have(&d, "another batch at offset %" PRIu64, gap->next);
        diag_want(&d, "one at %" PRIu64, gap->from);
        diag_fact(&d, gap_fact_of_short(gap, builder->src));
    }
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* Adds what is behind bytes in the batch read last that are no part of it. */
static bool add_piece(struct generation *g, struct builder *builder, struct v2_batch *piece)
{
    if (piece->gen != g->gen)
        return false;
    account(builder, piece);
    if (piece->kind == V2_EVENTS)
        return !piece->size || add_to_thread(g, piece);
    piece->data--; /* the first byte of a table is none of its records */
    piece->size++;
    return VEC_PUSH(&g->tables, *piece);
}

/* In the batch read last are bytes that are no part of it: it becomes several, without the
 * records around these. */
static void split_last(struct generation *g, uint32_t version, struct builder *builder,
                       const struct gap *gap)
{
    const struct foreign *f = &gap->foreign;
    struct v2_batch piece;
    gotrace_diag d;
    shorten_last(g, builder, gap->found - f->part[0].at + f->part[0].before);
    for (unsigned i = 0; i < f->n; i++) {
        bool added =
            gap_piece(gap, builder->src, version, i, &piece) && add_piece(g, builder, &piece);
        size_t size = f->part[i].next - f->part[i].before;
        uint64_t lost = f->twice ? size - f->part[i].len : size;
        gap_part_diag(gap, builder->src, i, &d);
        d.gen = g->gen;
        batch_damage(builder, &d, lost + (added ? 0 : piece.size)); /* without memory it is lost */
    }
}

/* So many bytes behind a batch are what is too many in it; more are another one, whose
 * header is hit. */
enum { TOO_MANY = 64 };

/* The damage at the gap; none where another trace stands right behind the last batch. */
static void say_gap(struct generation *g, uint32_t version, struct builder *builder,
                    const struct gap *gap, uint64_t kept, gotrace_diag *d)
{
    if (gap->inside && gap->foreign.whole) {
        split_last(g, version, builder, gap);
    } else if (gap->next < gap->from) {
        shorten_last(g, builder, gap->next);
        if (!gap->another)
            hit(g, g->last);
        say_shortened(g, builder, gap);
    } else if (gap->next > gap->from || !gap->another) {
        uint64_t from = gap->from;
        if (gap->inside && gap->found < from) {
            from = gap->found;
            shorten_last(g, builder, from);
        } else if (!gap->text && !d->cut && gap->next <= from + TOO_MANY) {
            hit(g, g->last);
        }
        uint64_t lost = gap->next - from;
        gap_diag(gap, builder->src, g->gen, d);
        batch_damage(builder, d, lost > kept ? lost - kept : 0);
    }
}

/* How much it takes to believe that a batch begins behind g->end. What ends where a
 * batch does that is cut off is most likely its data. */
static enum v2_doubt doubt_of(const struct generation *g, const struct v2_batch *b,
                              const gotrace_diag *d)
{
    if (b->cut ? v2_habits_fit(&g->habits, b) : d->cut)
        return V2_CERTAIN;
    return g->gen && !b->cut ? V2_LIKELY : V2_PAIR;
}

/* What is behind the end of a generation, before 1.26 its strings, may be of a trace that
 * was here before. */
static struct v2_habits habits_behind(const struct generation *g, uint32_t version)
{
    struct v2_habits h = g->habits;
    if (version < GO126 && g->gen && g->last_kind == V2_STRINGS)
        h.ended = g->gen;
    h.at_end = h.padded && h.ended && h.ended == h.gen && (!g->gen || g->gen == h.ended);
    return h;
}

/* No batch can be read at g->end: goes on where one can again, or ends the trace. */
static gotrace_status skip_damage(struct generation *g, uint32_t version, struct builder *builder,
                                  const struct v2_batch *b, gotrace_diag *d)
{
    struct gap gap;
    uint64_t kept = 0;
    bool ok = true;
    enum v2_doubt doubt = doubt_of(g, b, d);
    if (b->cut && doubt == V2_CERTAIN)
        v2_habits_learn(&g->habits, b);
    const struct v2_habits habits = habits_behind(g, version);
    gap_find(&gap, builder->src, version, &habits, g->end, g->last, doubt);
    g->partial |= gap.next < gap.from || (gap.next > gap.from && !gap.text);
    g->closed = !gap.resumed;
    bool lacks = g->closed && b->cut && !gap.inside && gap.next == b->data + b->size &&
                 v2_extent(builder->src, version, b, NULL) == V2_BROKEN;
    if (lacks)
        gap_say_lacking(b, d);
    if (g->closed && b->cut && !gap.text)
        ok = keep_cut(g, builder, b, gap.inside ? gap.found : gap.next, &kept);
    if (lacks)
        hit(g, b->off);
    say_gap(g, version, builder, &gap, kept, d);
    if (gap.another)
        builder_end_trace_at(builder, gap.next);
    assert_unchanged(gap.next >= gap.from || gap.next > gap.last || gap.another);
    g->end = gap.next;
    return ok ? GOTRACE_OK : diag_no_memory(d);
}

/* The trace ends too early; no byte that is there is lost by it. */
static void cut_off(struct generation *g, struct builder *builder, const char *what)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, g->end, "%s", what);
    diag_cut(&d);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* Before 1.26 a generation has no mark at its end: it is whole if it has what is written
 * there, by the runtime the strings behind all else. */
static bool is_whole(const struct generation *g, uint32_t version)
{
    return version < GO126 &&
           (generation_has(g, V2_STRINGS) || (g->sync.has_freq && !g->habits.padded));
}

/* The end of input: before 1.26 it may end a generation; from then on it cuts one off.
 * One that has no events is none, and was cut off if it had begun. */
static gotrace_status at_end(struct generation *g, uint32_t version, struct builder *builder)
{
    bool some =
        g->gen && (g->batches.len || (version < GO126 && (g->tables.len || !g->habits.padded)));
    bool whole = some && is_whole(g, version);
    g->partial |= version >= GO126 || (some && !whole);
    if (!some && builder->info.generations == 0 && !builder->info.damages)
        cut_off(g, builder, "no events: the program ended before trace.Stop");
    else if (!whole && (g->batches.len || g->sync_at) && !builder->info.next)
        cut_off(g, builder, "the last generation has no end; was the recording cut off?");
    return some ? GOTRACE_OK : GOTRACE_END;
}

/* Whether an end of generation may come behind it. */
static bool is_table(uint8_t kind)
{
    return kind == V2_STRINGS || kind == V2_STACKS || kind == V2_SAMPLES || kind == V2_EXPERIMENT;
}

/* Whether b can hardly come behind the batches of g. */
static bool is_strange(const struct generation *g, uint32_t version, const struct v2_batch *b)
{
    if (b->kind == V2_END_OF_GENERATION)
        return version < GO126 || (g->habits.padded && !is_table(g->last_kind));
    if (!g->habits.gen)
        return !b->padded;
    return !v2_habits_fit(&g->habits, b) ||
           (g->gen && b->gen != g->gen && (version >= GO126 || b->gen != g->gen + 1));
}

/* Whether b, which could be read, is none: GOTRACE_DAMAGED. GOTRACE_INTERRUPTED while
 * what is behind it is waited for; that is not done for one of no generation, which is
 * skipped either way, unless it lacks what the runtime's have. */
static gotrace_status doubt(const struct generation *g, struct builder *builder,
                            const struct v2_batch *b, gotrace_diag *diag)
{
    const uint32_t version = builder->info.version;
    struct v2_batch next;
    bool table = version >= GO126 && is_table(g->last_kind);
    bool text = gap_is_text(builder->src, b, table), strange = !text && is_strange(g, version, b);
    bool asked = strange && (b->gen || g->habits.padded);
    if (asked &&
        v2_batch_read(builder->src, version, b->data + b->size, &next, diag) == GOTRACE_INTERRUPTED)
        return GOTRACE_INTERRUPTED;
    if (text || (asked && !v2_believable(builder->src, version, &g->habits, b)) ||
        (strange && gap_hides_trace(builder->src, g->last, b->data + b->size)))
        return diag_set(diag, GOTRACE_DAMAGED, b->off, "no batch begins here");
    return GOTRACE_OK;
}

/* The batch at g->end, as v2_batch_read. */
static gotrace_status read_batch(const struct generation *g, struct builder *builder,
                                 struct v2_batch *b, gotrace_diag *diag)
{
    gotrace_status st = v2_batch_read(builder->src, builder->info.version, g->end, b, diag);
    if (st == GOTRACE_OK) {
        st = doubt(g, builder, b, diag);
        b->cut = false;
    }
    return st;
}

/* Whether b, which the input cuts off, is the first of a generation behind g. */
static bool is_cut_next(const struct generation *g, uint32_t version, gotrace_status st,
                        const struct v2_batch *b)
{
    return st == GOTRACE_DAMAGED && b->cut && g->gen && v2_habits_fit(&g->habits, b) &&
           (version < GO126 ? b->gen == g->gen + 1 : b->gen > g->gen);
}

/* Which generation b is of. GOTRACE_OK, or GOTRACE_INTERRUPTED. */
static gotrace_status judge(const struct generation *g, uint32_t version, source *src,
                            const struct v2_batch *b, struct stray *out, gotrace_diag *diag)
{
    struct stray_place place = {&g->habits, g->gen, g->last_kind, UINT64_MAX, 0, 0};
    *out = (struct stray){.gen = b->gen};
    if (!stray_may_be(&place, version, b))
        return GOTRACE_OK;
    uint32_t i = g->batches.len ? map_get(&g->thread_of, b->m) : MAP_NONE;
    if (g->batches.len) {
        place.low = g->low;
        place.high = g->high;
    }
    if (i != MAP_NONE)
        place.before = g->batches.data[g->threads.data[i].last].at.time;
    return stray_judge(&place, version, src, b, out, diag);
}

/* Batch after batch until the generation ends, by its mark, by the first of the
 * next or with the input. Interrupted, it goes on at g->end when it is called
 * again. */
static gotrace_status read_batches(struct generation *g, uint32_t version, struct builder *builder,
                                   gotrace_diag *diag)
{
    for (;;) {
        struct v2_batch b;
        if (builder_pauses(builder))
            return GOTRACE_INTERRUPTED;
        gotrace_status st = read_batch(g, builder, &b, diag);
        if (st == GOTRACE_END)
            return at_end(g, version, builder);
        if (is_cut_next(g, version, st, &b))
            return GOTRACE_OK;
        if (st == GOTRACE_DAMAGED || st == GOTRACE_SYSTEM) {
            st = skip_damage(g, version, builder, &b, diag);
            if (st != GOTRACE_OK)
                return st;
            if (!g->closed)
                continue;
            st = g->gen ? GOTRACE_OK : GOTRACE_END;
            return g->partial ? st : at_end(g, version, builder);
        }
        if (st != GOTRACE_OK)
            return st;
        struct stray stray;
        st = judge(g, version, builder->src, &b, &stray, diag);
        if (st != GOTRACE_OK)
            return st;
        enum fate fate = fate_of_any(g, builder, &b, &stray);
        if (fate == STOP_BEFORE)
            return GOTRACE_OK;
        assert_unchanged(b.off >= g->end && b.data > b.off); /* batches follow each other */
        g->last = b.off;
        g->last_kind = b.kind;
        g->end = b.data + b.size;
        if (fate == TAKE) {
            g->gen = b.gen;
            v2_habits_learn(&g->habits, &b);
            if (!add_batch(g, builder, &b))
                return diag_no_memory(diag);
        }
        if (fate == STOP) {
            g->habits.ended = g->gen;
            builder->info.part[GOTRACE_PART_FRAMING]++;
            return GOTRACE_OK;
        }
    }
}

/* Pointers into g, which has to stay until the builder is done with it. */
static void describe(const struct generation *g, struct builder *builder)
{
    gotrace_generation *o = &builder->gen;
    o->gen = g->gen;
    o->off = g->off;
    o->end = g->end;
    o->ns_per_tick = g->ns_per_tick;
    o->batches = g->batches.len + g->empty;
    o->freq = g->sync.has_freq ? g->sync.freq : 0;
    o->ticks = g->min_time;
    o->clock_ticks = g->sync.clock_time;
    o->order = g->order.data;
    o->order_len = g->order.len;
    o->experiments = g->experiments.data;
    o->experiments_len = g->experiments.len;
    o->has_clock = g->sync.has_clock;
    o->clock_mono = g->sync.mono;
    o->clock_sec = g->sync.sec;
    o->clock_nsec = g->sync.nsec;
}

/* Not earlier: as more is read, the source's memory may move. */
void generation_locate(struct generation *g, const uint8_t *base, struct builder *builder)
{
    assert(g->experiments.len == g->experiment_at.len);
    for (size_t i = 0; i < g->experiments.len; i++)
        g->experiments.data[i].data = base + (g->experiment_at.data[i] - g->off);
    builder->gen.experiments = g->experiments.data;
}

/* Interrupted (g->reading) it goes on with what it has; nothing is cleared then. */
gotrace_status generation_read_batches(struct generation *g, uint32_t version, uint64_t off,
                                       struct builder *builder, gotrace_diag *diag)
{
    if (g->closed)
        return GOTRACE_END;
    if (!g->reading) {
        if (!clear(g, off))
            return diag_no_memory(diag);
        builder->gen = (gotrace_generation){0};
    }
    gotrace_status st = read_batches(g, version, builder, diag);
    g->reading = st == GOTRACE_INTERRUPTED;
    assert(st != GOTRACE_OK || generation_is_sound(g));
    if (st == GOTRACE_OK && !generation_mend(g, builder))
        return diag_no_memory(diag);
    if (st == GOTRACE_OK)
        generation_set_clock(g, version, builder);
    assert(st != GOTRACE_OK || (g->gen && g->ns_per_tick > 0 && generation_is_sound(g)));
    if (st != GOTRACE_END)
        return st;
    /* Tables behind the last generation are of no use, but may be damaged. */
    st = generation_tables_read(g, builder, diag);
    return st == GOTRACE_OK ? GOTRACE_END : st;
}

/* Behind the batches, as a table may stand anywhere among them. */
gotrace_status generation_read_tables(struct generation *g, struct builder *builder,
                                      gotrace_diag *diag)
{
    gotrace_status st = generation_tables_read(g, builder, diag);
    if (st != GOTRACE_OK)
        return st;
    assert(generation_is_sound(g));
    go_sort(g->by_time.data, g->by_time.len);
    g->ids.strings = id_table_of(g->strings);
    g->ids.stacks = id_table_of(g->stacks);
    describe(g, builder);
    builder->info.generations++;
    return GOTRACE_OK;
}
