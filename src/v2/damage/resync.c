#include "v2/damage/resync.h"

#include <assert.h>
#include <string.h>

#include "base/varint.h"
#include "event/event.h"
#include "read/header.h"
#include "read/text.h"

enum { GO126 = 26 };

/* A trace is not without a batch for this many ticks: 24 minutes of 3 GHz. */
#define MOST_TICKS ((uint64_t)1 << 42)
/* Threads have numbers of 48 bits at most: macOS gives addresses. */
#define MOST_THREADS ((uint64_t)1 << 48)
/* Generations that may be missing: of what surely is a batch, and else. */
enum { SKIPPED_SURELY = 1 << 16, SKIPPED = 2 };

void v2_habits_learn(struct v2_habits *h, const struct v2_batch *b)
{
    if (!h->gen || b->time < h->low)
        h->low = b->time;
    if (!h->gen || b->time > h->high)
        h->high = b->time;
    h->padded = h->gen ? h->padded && b->padded : b->padded;
    h->gen = b->gen;
    assert(h->low <= b->time && b->time <= h->high);
}

bool v2_habits_fit(const struct v2_habits *h, const struct v2_batch *b)
{
    if (!b->gen || (h->padded && !b->padded))
        return false;
    if (!h->gen)
        return true;
    uint64_t low = h->low < MOST_TICKS ? 0 : h->low - MOST_TICKS;
    uint64_t high = UINT64_MAX - h->high < MOST_TICKS ? UINT64_MAX : h->high + MOST_TICKS;
    return b->time >= low && b->time <= high;
}

/* So many batches in a row are no accident. */
enum { SURE = 3 };

/* At the end of a generation, where only the next one comes, which begins when that ends; or
 * strings, which before 1.26 are its end. */
static bool is_of_other(const struct v2_habits *h, const struct v2_batch *b)
{
    enum { FAR = 64 };
    assert(h->ended && h->low <= h->high);
    uint64_t span = h->high - h->low;
    bool strings = b->gen == h->ended && b->kind == V2_STRINGS;
    return (b->gen != h->ended + 1 && !strings) ||
           (b->time > h->high && (b->time - h->high) / FAR > span);
}

/* Whether it is older than a generation that has ended, or of it and of another time: of
 * another trace, whose end is left where a file was written anew and is shorter than it was. */
static bool is_older(const struct v2_habits *h, const struct v2_batch *b)
{
    uint64_t span = h->high - h->low;
    if (!h->ended)
        return false;
    if (h->at_end && is_of_other(h, b))
        return true;
    return b->time + span < h->low || (b->gen <= h->ended && b->time > h->high + span);
}

/* Whether it may come behind those of h. */
static bool follows(const struct v2_habits *h, const struct v2_batch *b)
{
    uint64_t most = h->padded ? SKIPPED_SURELY : SKIPPED;
    if (b->m >= MOST_THREADS && b->m != UINT64_MAX)
        return false;
    return v2_habits_fit(h, b) && !is_older(h, b) && (!h->gen || b->gen - h->gen <= most);
}

/* Whether its data begin as data do. Empty ones say nothing. */
static bool begins_well(source *src, const struct v2_batch *b)
{
    const uint8_t *at;
    if (b->kind != V2_EVENTS)
        return true;
    return b->size && source_peek(src, b->data, 1, &at) && event_varints[*at];
}

/* Reads a batch that may be cut off. */
static gotrace_status read_any(source *src, uint32_t version, uint64_t off, struct v2_batch *b)
{
    gotrace_status st = v2_batch_read(src, version, off, b, NULL);
    return st == GOTRACE_DAMAGED && b->cut ? GOTRACE_OK : st;
}

/* Whether a batch begins one byte behind off that is whole. */
static bool is_batch_behind(source *src, uint32_t version, uint64_t off)
{
    struct v2_batch b;
    return v2_batch_read(src, version, off + 1, &b, NULL) == GOTRACE_OK && b.size &&
           b.kind != V2_EXPERIMENT && v2_extent(src, version, &b, NULL) == V2_WHOLE;
}

/* Whether the "1" at off, an experimental batch as it seems, is the last character of text
 * before a batch: the runtime's first experiment has the number that begins one. */
static bool ends_text(source *src, uint32_t version, uint64_t off)
{
    const uint8_t *at;
    return source_peek(src, off - 1, 3, &at) >= 3 && text_len(at, 1) &&
           at[1] == EvExperimentalBatch && at[2] == EvEventBatch &&
           is_batch_behind(src, version, off);
}

/* Text may hold a "1", which is an experimental batch, and one byte that says "end
 * of generation" is too little to go by. */
static bool may_begin(source *src, uint32_t version, uint64_t off)
{
    const uint8_t *at;
    uint8_t first = source_peek(src, off, 1, &at) ? *at : 0; /* the bytes move as more are read */
    if (first != EvExperimentalBatch)
        return first == EvEventBatch;
    if (ends_text(src, version, off))
        return false;
    size_t have = source_peek(src, off, TEXT_SURE, &at);
    return !text_is(at, have);
}

/* Whether so many batches follow each other from off on. */
static bool are_batches(source *src, uint32_t version, uint64_t off, struct v2_habits h, int links,
                        bool end_will_do)
{
    struct v2_batch b;
    for (int i = 0; i < links; i++, off = b.data + b.size) {
        gotrace_status st =
            h.padded ? read_any(src, version, off, &b) : v2_batch_read(src, version, off, &b, NULL);
        if (i && st == GOTRACE_END)
            return end_will_do;
        if (st != GOTRACE_OK)
            return false;
        if (b.kind == V2_END_OF_GENERATION)
            return i && version >= GO126;
        if (!follows(&h, &b) || !begins_well(src, &b))
            return false;
        v2_habits_learn(&h, &b);
    }
    return true;
}

/* The end of a size of ten bytes that is no larger than can be, and the most that is
 * before it in a header. */
static const uint8_t tail[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
enum { TAIL = sizeof tail, BEFORE_TAIL = 2 + 3 * LEB128_MAX + LEB128_MAX - TAIL };

/* Bytes in which it is looked for a batch of the runtime's, of which one is 64 KB or less
 * from anywhere, before others are believed. */
enum { NEAR_RUNTIME = 2 * V2_MAX_BATCH };

/* Where the first is in the n bytes at p, or may begin at their end. */
static size_t find_tail(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n, *at = n < TAIL ? NULL : memchr(p + TAIL - 1, 0, n - TAIL + 1);
    while (at && memcmp(at - TAIL + 1, tail, TAIL) != 0)
        at = memchr(at + 1, 0, (size_t)(end - at) - 1);
    if (at)
        return (size_t)(at - p) - TAIL + 1;
    return n < TAIL ? 0 : n - TAIL + 1;
}

/* Bytes from off on, of those that are there, at which the runtime's batches do not
 * begin. */
static uint64_t barren(source *src, uint64_t off, uint64_t end)
{
    const uint8_t *p;
    assert(off < end);
    size_t have = source_peek(src, off, 1, &p), n = have < end - off ? have : (size_t)(end - off);
    size_t at = find_tail(p, n);
    /* None, and no more bytes count: a live pipe is not made to wait for others. */
    if (n == end - off && at + TAIL > n)
        return n;
    return at > BEFORE_TAIL ? at - BEFORE_TAIL : 0;
}

/* How well the generation of the batch at off follows that of h: 0 is best. */
static unsigned rank(source *src, uint32_t version, uint64_t off, const struct v2_habits *h)
{
    struct v2_batch b;
    gotrace_status st = read_any(src, version, off, &b);
    if (st != GOTRACE_OK || !h->gen)
        return 0;
    return b.gen == h->gen ? 0 : b.gen == h->gen + 1 ? 1 : 2;
}

/* Of the places from off on at which batches begin whose data begin where those of the
 * runtime's at off do, the one that follows best: a header that is hit is most likely read
 * in several ways. */
static uint64_t best_of_header(source *src, uint32_t version, uint64_t off,
                               const struct v2_habits *h)
{
    struct v2_batch b, other;
    uint64_t best = off;
    unsigned least = rank(src, version, off, h);
    if (!least || read_any(src, version, off, &b) != GOTRACE_OK)
        return off;
    for (uint64_t at = off + 1; least && at < b.data; at++) {
        if (!may_begin(src, version, at) || !are_batches(src, version, at, *h, 1, false) ||
            read_any(src, version, at, &other) != GOTRACE_OK || other.data != b.data)
            continue;
        unsigned r = rank(src, version, at, h);
        best = r < least ? at : best;
        least = r < least ? r : least;
    }
    return best;
}

/* The first place behind `from` and before `end` where they do. */
static bool find_batches(source *src, uint32_t version, uint64_t from, uint64_t end,
                         const struct v2_habits *h, int links, bool end_will_do, uint64_t *at)
{
    const uint8_t *p;
    for (uint64_t off = from + 1; off < end && source_peek(src, off, 1, &p); off++) {
        if (h->padded)
            off += barren(src, off, end);
        if (off < end && may_begin(src, version, off) &&
            are_batches(src, version, off, *h, links, end_will_do)) {
            *at = h->padded ? best_of_header(src, version, off, h) : off;
            assert(*at > from);
            return true;
        }
    }
    return false;
}

bool v2_resync(source *src, uint32_t version, uint64_t from, const struct v2_habits *h,
               enum v2_doubt doubt, uint64_t *at)
{
    static const struct v2_habits runtime = {.padded = true};
    int links = h->padded ? 1 : doubt == V2_CERTAIN ? SURE : 2;
    if (!h->gen && !h->padded &&
        find_batches(src, version, from, from + NEAR_RUNTIME, &runtime, 1, false, at))
        return true;
    return find_batches(src, version, from, from + V2_RESYNC, h, links, doubt == V2_LIKELY, at);
}

/* Whether b, the first batch of all, is none: among its bytes, or before `end`, there
 * is one of the runtime's. */
static bool is_false_start(source *src, uint32_t version, const struct v2_batch *b, uint64_t end,
                           int links)
{
    static const struct v2_habits runtime = {.padded = true};
    uint64_t at;
    return find_batches(src, version, b->off, end, &runtime, links, false, &at);
}

/* So far behind off the runtime's batches may be looked for: not in another trace. */
static uint64_t before_trace(source *src, uint64_t off)
{
    const uint8_t *p;
    size_t have = source_peek(src, off, NEAR_RUNTIME, &p);
    return off + header_search(p, have < NEAR_RUNTIME ? have : NEAR_RUNTIME);
}

/* Whether the first two batches are neither the runtime's nor those of a writer who begins with
 * generation 1: only for these is it worth to wait for what is behind them, which a live source
 * has not sent yet. */
static bool is_odd_start(const struct v2_batch *b, const struct v2_batch *next)
{
    return !b->padded && !next->padded && (b->gen != 1 || b->kind == V2_EXPERIMENT);
}

/* Numbers in events may look like a batch. */
static bool is_all_events(source *src, uint32_t version, const struct v2_batch *b)
{
    return b->kind == V2_EVENTS && v2_extent(src, version, b, NULL) == V2_WHOLE;
}

/* Whether the first two batches are those of a trace that the runtime did not write, and
 * in which numbers may look like a batch of its own. */
static bool is_written_alike(source *src, uint32_t version, const struct v2_batch *b,
                             const struct v2_batch *next)
{
    if (b->padded || next->padded)
        return false;
    return is_all_events(src, version, b) ||
           (b->kind != V2_EVENTS && is_all_events(src, version, next));
}

/* Whether both are of the generation of h: then times may be far apart, of a trace that the
 * runtime did not write. */
static bool are_of_one(const struct v2_habits *h, const struct v2_batch *b,
                       const struct v2_batch *next)
{
    return !h->padded && h->gen && b->gen == h->gen && next->gen == h->gen;
}

/* Whether the next batch shows b to be one, as v2_believable. */
static bool is_followed(uint32_t version, const struct v2_habits *h, const struct v2_batch *b,
                        const struct v2_batch *next)
{
    struct v2_habits own = {0};
    if (next->kind == V2_END_OF_GENERATION)
        return version >= GO126;
    if (b->kind == V2_END_OF_GENERATION)
        return v2_habits_fit(h, next) && (version < GO126 || next->gen != h->gen);
    if (are_of_one(h, b, next))
        return true;
    v2_habits_learn(&own, b);
    return (h->gen && follows(h, next)) || ((b->padded || !h->padded) && follows(&own, next));
}

bool v2_believable(source *src, uint32_t version, const struct v2_habits *h,
                   const struct v2_batch *b)
{
    struct v2_batch next;
    if (b->padded && v2_habits_fit(h, b))
        return true;
    gotrace_status st = read_any(src, version, b->data + b->size, &next);
    if (st == GOTRACE_END)
        return true;
    bool followed = st == GOTRACE_OK && is_followed(version, h, b, &next);
    if (h->gen)
        return followed || are_batches(src, version, b->off, (struct v2_habits){0}, SURE, true);
    if (!followed)
        return !is_false_start(src, version, b, b->off + V2_RESYNC, 1);
    if (is_odd_start(b, &next) && is_false_start(src, version, b, before_trace(src, b->off), 2))
        return false;
    return is_written_alike(src, version, b, &next) ||
           !is_false_start(src, version, b, next.data + next.size, 1);
}
