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
