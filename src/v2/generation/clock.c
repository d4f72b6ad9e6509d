/* clock.c: how long the ticks of a generation are, where its Frequency is lost too. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/varint.h"
#include "event/event.h"
#include "v2/generation/generation.h"

enum { GO125 = 25 };

/* A generation of which no part is known to be lost, and that has no sync batch
 * at all, lacks whole batches. */
static void missing(struct generation *g, struct builder *builder, const char *what)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, g->off, "a generation without a %s", what);
    if (!g->partial && !g->sync_at)
        diag_fact(&d, GOTRACE_FACT_BATCHES);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* In the steps in which Go divides (Go 1.27 internal/trace/generation.go), so
 * that it rounds alike. */
static void take_frequency(struct generation *g, uint64_t gen, uint64_t freq)
{
    assert(gen);
    g->ns_per_tick = 1.0 / ((double)freq / 1e9);
    g->clock_of = gen;
}

/* Takes the Frequency of a generation behind g: the clock is the same. As far as
 * batches can be read it is looked for, each of them once. */
static void find_frequency(struct generation *g, uint32_t version, struct builder *builder)
{
    enum { LOOKED_AT = 64 << 20 };
    struct v2_batch b;
    uint64_t off = g->looked > g->end ? g->looked : g->end, end = off + LOOKED_AT;
    while (!g->closed && !g->clock_of && off < end &&
           v2_batch_read(builder->src, version, off, &b, NULL) == GOTRACE_OK) {
        struct v2_sync sync = {0};
        struct v2_cursor c = v2_cursor_at(builder->src, &b);
        if (b.kind == V2_SYNC && v2_sync_read(&c, version, b.time, &sync, NULL) == GOTRACE_OK &&
            sync.has_freq)
            take_frequency(g, b.gen, sync.freq);
        off = b.data + b.size;
    }
    assert(off >= g->looked || off >= g->end); /* no batch is looked at twice */
    g->looked = off;
}

/* Says what is used in its place, if anything is. */
static void say_frequency(struct generation *g, struct builder *builder)
{
    char what[80] = "Frequency; times are in ticks";
    if (g->clock_of == g->gen)
        (void)snprintf(what, sizeof what, "Frequency that is sure: its batch is damaged");
    else if (g->clock_of)
        (void)snprintf(what, sizeof what, "Frequency; that of generation %" PRIu64 " is used",
                       g->clock_of);
    missing(g, builder, what);
}

/* A Frequency from a damaged sync batch comes last: one of another generation is
 * better. */
void generation_set_clock(struct generation *g, uint32_t version, struct builder *builder)
{
    bool sure = g->sync.has_freq && !g->doubtful, before = g->clock_of;
    if (sure)
        take_frequency(g, g->gen, g->sync.freq);
    else
        find_frequency(g, version, builder);
    if (!g->clock_of && g->sync.has_freq)
        take_frequency(g, g->gen, g->sync.freq);
    /* That a generation is cut off says it for what is known from before, and for nothing. */
    if (!sure && (!g->partial || (!before && (g->batches.len || !g->closed))))
        say_frequency(g, builder);
    if (!g->clock_of)
        g->ns_per_tick = 1;
    if (version >= GO125 && !g->sync.has_clock && !g->partial)
        missing(g, builder, "ClockSnapshot");
}

/* Times of batches */

/* So many batches have to be in time before one that is not is known by it. */
enum { IN_TIME = 3 };

/* The times of its tables: the runtime begins the strings before any event of a generation, and
 * writes the others when it has all of them. False: there are none. */
static bool table_times(const struct generation *g, uint64_t *low, uint64_t *high)
{
    *low = UINT64_MAX;
    *high = 0;
    for (size_t i = 0; i < g->tables.len; i++) {
        uint64_t time = g->tables.data[i].time;
        *low = time < *low ? time : *low;
        *high = time > *high ? time : *high;
    }
    return *low < *high && generation_has(g, V2_STRINGS) && generation_has(g, V2_STACKS);
}

/* The one batch of events that is not in time; NULL: none is, or more than one. */
static struct v2_batch *find_misdated(struct generation *g, uint64_t low, uint64_t high)
{
    struct v2_batch *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < g->batches.len && n < 2; i++) {
        struct v2_batch *b = &g->batches.data[i].at;
        bool in_time = b->time >= low && b->time <= high;
        n += !in_time;
        found = in_time ? found : b;
    }
    return n == 1 && g->batches.len > IN_TIME ? found : NULL;
}

/* The time that is one bit from this one and can be; 0: there is none, or more than one. */
static uint64_t mended(uint64_t time, uint64_t low, uint64_t high)
{
    uint64_t found = 0;
    unsigned n = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t other = time ^ (UINT64_C(1) << bit);
        bool can_be = other >= low && other <= high;
        n += can_be;
        found = can_be ? other : found;
    }
    return n == 1 ? found : 0;
}

/* The earliest of all batches, now that one of them has another time. */
static void find_min_time(struct generation *g, uint64_t low)
{
    g->min_time = g->sync_at && g->sync_time < low ? g->sync_time : low;
    for (size_t i = 0; i < g->experiments.len; i++) {
        if (g->experiments.data[i].ticks < g->min_time)
            g->min_time = g->experiments.data[i].ticks;
    }
}

static void say_misdated(const struct generation *g, struct builder *builder,
                         const struct v2_batch *b, uint64_t low, uint64_t high)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, b->off, "a batch whose time is broken; one bit of it is changed");
    diag_have(&d, "%" PRIu64 " ticks", b->time);
    diag_want(&d, "%" PRIu64 " to %" PRIu64, low, high);
    diag_fact(&d, GOTRACE_FACT_BIT);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* Only where all but one batch of many are in time, and one bit explains the one
 * that is not. */
static void mend_time(struct generation *g, struct builder *builder)
{
    uint64_t low, high, time;
    if (!table_times(g, &low, &high))
        return;
    struct v2_batch *b = find_misdated(g, low, high);
    if (!b || !(time = mended(b->time, low, high)))
        return;
    say_misdated(g, builder, b, low, high);
    b->time = time;
    find_min_time(g, low);
    assert(time >= low && time <= high && g->min_time <= low);
}

/* Threads of batches */

/* Behind a batch with this many bytes the runtime begins another one. */
enum { FULL = V2_MAX_BATCH - 4096 };

/* When the last of its events is, ticks. */
static uint64_t last_time(struct builder *builder, const struct v2_batch *b)
{
    struct v2_cursor c = v2_cursor_at(builder->src, b);
    uint64_t time = b->time, v, dt;
    while (c.p < c.end) {
        unsigned n = event_varints[*c.p++];
        if (!n || !leb128_get(&c.p, c.end, &dt))
            break;
        time += dt;
        while (--n && leb128_get(&c.p, c.end, &v))
            ;
    }
    return time;
}

/* Whether they are at the same time, as two of a thread never are: of most it is known by
 * their size that one goes on behind the other. */
static bool overlap(struct builder *builder, const struct v2_batch *a, const struct v2_batch *b)
{
    if (!a->size || !b->size || a->size >= FULL || a->hit || b->hit)
        return false;
    return b->time < last_time(builder, a) && a->time < last_time(builder, b);
}

static bool is_nobodys(const struct generation *g, uint64_t m)
{
    return (int64_t)m != -1 && map_get(&g->thread_of, m) == MAP_NONE; /* -1: no thread */
}

/* A thread's number that none has: one bit from m, the nearest; else the least. */
static uint64_t near_thread(const struct generation *g, uint64_t m)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (is_nobodys(g, m ^ (UINT64_C(1) << bit)))
            return m ^ (UINT64_C(1) << bit);
    }
    m = 0;
    while (!is_nobodys(g, m))
        m++;
    return m;
}

static void say_parted(const struct generation *g, struct builder *builder,
                       const struct v2_batch *b)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, b->off,
             "a batch of a thread that does something else meanwhile; which one is a guess");
    diag_have(&d, "thread %" PRIu64, b->m);
    diag_fact(&d, GOTRACE_FACT_BIT);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* The batch behind the i-th, of the same thread, becomes the only one of another. */
static bool part(struct generation *g, struct builder *builder, struct event_thread *t, uint32_t i)
{
    uint32_t x = g->batches.data[i].next;
    assert(x < g->batches.len && x != t->first);
    struct event_batch *b = &g->batches.data[x];
    uint64_t m = near_thread(g, b->at.m);
    say_parted(g, builder, &b->at);
    g->batches.data[i].next = b->next;
    t->last = t->last == x ? i : t->last;
    b->next = MAP_NONE;
    b->at.m = m;
    return map_put(&g->thread_of, m, (uint32_t)g->threads.len) && VEC_PUSH(&g->order, (int64_t)m) &&
           VEC_PUSH(&g->threads, ((struct event_thread){(int64_t)m, x, x}));
}

/* Batches that are put elsewhere, at most: of a file that is damaged it is one or two. */
enum { DISPLACED = 16 };

static void say_displaced(const struct generation *g, struct builder *builder,
                          const struct v2_batch *b)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, b->off,
             "a batch stands behind a later one of its thread; it is read before that");
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* The batch behind the i-th, of the same thread, comes before those that begin later. */
static void put_before(struct generation *g, struct builder *builder, struct event_thread *t,
                       uint32_t i)
{
    struct event_batch *all = g->batches.data;
    uint32_t x = all[i].next, *link = &t->first;
    assert(x < g->batches.len && all[x].at.time < all[i].at.time); /* so the search ends at i */
    say_displaced(g, builder, &all[x].at);
    all[i].next = all[x].next;
    t->last = t->last == x ? i : t->last;
    while (all[*link].at.time <= all[x].at.time)
        link = &all[*link].next;
    all[x].next = *link;
    *link = x;
}

/* Whether b, behind a in the file, begins before it, and so ends before it. */
static bool is_displaced(const struct v2_batch *a, const struct v2_batch *b)
{
    return a->size && b->size && !a->hit && !b->hit && b->time < a->time;
}

/* Threads that are made meanwhile are not looked at again. False: no memory. */
static bool part_threads(struct generation *g, struct builder *builder)
{
    unsigned left = DISPLACED;
    for (size_t n = g->threads.len, i = 0; i < n; i++) {
        uint32_t at = g->threads.data[i].first, next;
        while (left && (next = g->batches.data[at].next) != MAP_NONE) {
            const struct v2_batch *a = &g->batches.data[at].at, *b = &g->batches.data[next].at;
            bool both = overlap(builder, a, b), displaced = !both && is_displaced(a, b);
            if (both && !part(g, builder, &g->threads.data[i], at))
                return false;
            if (displaced)
                put_before(g, builder, &g->threads.data[i], at);
            left -= both || displaced;
            at = both || displaced ? at : next;
        }
    }
    return true;
}

bool generation_mend(struct generation *g, struct builder *builder)
{
    if (!g->habits.padded) /* what is said here is true of what the runtime writes */
        return true;
    mend_time(g, builder);
    return part_threads(g, builder);
}
