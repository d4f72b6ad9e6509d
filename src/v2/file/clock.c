#include <inttypes.h>
#include <stdio.h>

#include "v2/file/generation.h"

enum { GO125 = 25 };

static void missing(struct generation *g, struct feed *feed, const char *what)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, g->off, "a generation without a %s", what);
    if (!g->partial && !g->sync_at)
        diag_fact(&d, GOTRACE_FACT_BATCHES);
    d.gen = g->gen;
    feed_damage(feed, &d, 0);
}

static void take_frequency(struct generation *g, uint64_t gen, uint64_t freq)
{
    g->ns_per_tick = 1.0 / ((double)freq / 1e9);
    g->clock_of = gen;
}

/* Takes the Frequency of a generation behind g: the clock is the same. As far as
 * batches can be read it is looked for, each of them once. */
static void find_frequency(struct generation *g, uint32_t version, struct feed *feed)
{
    enum { LOOKED_AT = 64 << 20 };
    struct v2_batch b;
    uint64_t off = g->looked > g->end ? g->looked : g->end, end = off + LOOKED_AT;
    while (!g->closed && !g->clock_of && off < end &&
           v2_batch_read(feed->src, version, off, &b, NULL) == GOTRACE_OK) {
        struct v2_sync sync = {0};
        struct v2_cursor c = v2_cursor_at(feed->src, &b);
        if (b.kind == V2_SYNC && v2_sync_read(&c, version, b.time, &sync, NULL) == GOTRACE_OK &&
            sync.has_freq)
            take_frequency(g, b.gen, sync.freq);
        off = b.data + b.size;
    }
    g->looked = off;
}

static void say_frequency(struct generation *g, struct feed *feed)
{
    char what[80] = "Frequency; times are in ticks";
    if (g->clock_of == g->gen)
        (void)snprintf(what, sizeof what, "Frequency that is sure: its batch is damaged");
    else if (g->clock_of)
        (void)snprintf(what, sizeof what, "Frequency; that of generation %" PRIu64 " is used",
                       g->clock_of);
    missing(g, feed, what);
}

void generation_set_clock(struct generation *g, uint32_t version, struct feed *feed)
{
    bool sure = g->sync.has_freq && !g->doubtful, before = g->clock_of;
    if (sure)
        take_frequency(g, g->gen, g->sync.freq);
    else
        find_frequency(g, version, feed);
    if (!g->clock_of && g->sync.has_freq)
        take_frequency(g, g->gen, g->sync.freq);
    /* That a generation is cut off says it for what is known from before, and for nothing. */
    if (!sure && (!g->partial || (!before && (g->batches.len || !g->closed))))
        say_frequency(g, feed);
    if (!g->clock_of)
        g->ns_per_tick = 1;
    if (version >= GO125 && !g->sync.has_clock && !g->partial)
        missing(g, feed, "ClockSnapshot");
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

static void find_min_time(struct generation *g, uint64_t low)
{
    g->min_time = g->sync_at && g->sync_time < low ? g->sync_time : low;
    for (size_t i = 0; i < g->experiments.len; i++) {
        if (g->experiments.data[i].ticks < g->min_time)
            g->min_time = g->experiments.data[i].ticks;
    }
}

static void say_misdated(const struct generation *g, struct feed *feed, const struct v2_batch *b,
                         uint64_t low, uint64_t high)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, b->off, "a batch whose time is broken; one bit of it is changed");
    diag_have(&d, "%" PRIu64 " ticks", b->time);
    diag_want(&d, "%" PRIu64 " to %" PRIu64, low, high);
    diag_fact(&d, GOTRACE_FACT_BIT);
    d.gen = g->gen;
    feed_damage(feed, &d, 0);
}

void generation_mend_times(struct generation *g, struct feed *feed)
{
    uint64_t low, high, time;
    if (!g->habits.padded || !table_times(g, &low, &high))
        return;
    struct v2_batch *b = find_misdated(g, low, high);
    if (!b || !(time = mended(b->time, low, high)))
        return;
    say_misdated(g, feed, b, low, high);
    b->time = time;
    find_min_time(g, low);
}
