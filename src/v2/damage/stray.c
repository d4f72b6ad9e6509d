#include "v2/damage/stray.h"

#include <assert.h>
#include <inttypes.h>

enum { GO126 = 26 };
/* Batches behind it that are looked at, and so many of these have to show that the
 * generation goes on. */
enum { AHEAD = 16, NEAR = 3 };

struct ahead {
    struct v2_batch b[AHEAD];
    unsigned n;
    bool ended; /* nothing is behind these */
};

/* Up to `most` batches from off on, as far as they look like those of the trace, or to an
 * end of generation. */
static gotrace_status look_ahead(source *src, uint32_t version, const struct v2_habits *h,
                                 uint64_t off, unsigned most, struct ahead *a, gotrace_diag *diag)
{
    assert(most <= AHEAD);
    *a = (struct ahead){.n = 0};
    while (a->n < most) {
        struct v2_batch *b = &a->b[a->n];
        gotrace_status st = v2_batch_read(src, version, off, b, diag);
        if (st == GOTRACE_INTERRUPTED)
            return st;
        a->ended = st == GOTRACE_END;
        if (st != GOTRACE_OK && !(st == GOTRACE_DAMAGED && b->cut))
            break;
        bool end = b->kind == V2_END_OF_GENERATION;
        if (!end && !v2_habits_fit(h, b))
            break;
        off = b->data + b->size;
        a->n++;
        if (end)
            break;
    }
    return GOTRACE_OK;
}

static bool is_end(const struct ahead *a, unsigned i)
{
    return i < a->n && a->b[i].kind == V2_END_OF_GENERATION;
}

static bool is_table(const struct v2_batch *b)
{
    return b->kind == V2_STRINGS || b->kind == V2_STACKS || b->kind == V2_SAMPLES;
}

/* Whether the generation being read goes on behind the batch. */
static bool goes_on(const struct stray_place *g, uint32_t version, const struct ahead *a)
{
    if (is_end(a, 0))
        return version >= GO126;
    for (unsigned i = 0; i < a->n && i < NEAR; i++) {
        if (a->b[i].kind != V2_END_OF_GENERATION && a->b[i].gen == g->gen)
            return true;
    }
    return a->n == 0 && !a->ended;
}

/* The generation of b, which stands behind batches of another. */
static uint64_t number_behind(const struct stray_place *g, uint32_t version,
                              const struct v2_batch *b, const struct ahead *a)
{
    bool before_strings = is_table(b) && g->last_kind != V2_STRINGS;
    if (goes_on(g, version, a) || (a->n == 0 && before_strings))
        return g->gen;
    if (a->n && version < GO126 && b->gen != g->gen + 1 && a->b[0].gen == g->gen + 1)
        return before_strings ? g->gen : a->b[0].gen;
    return b->gen;
}

/* The generation of b, the first of one. */
static uint64_t number_first(const struct stray_place *g, const struct v2_batch *b,
                             const struct ahead *a)
{
    if (a->n < 2 || is_end(a, 0) || is_end(a, 1))
        return b->gen;
    uint64_t next = a->b[0].gen;
    bool sure = next == a->b[1].gen || (g->habits->gen && next == g->habits->gen + 1);
    return sure ? next : b->gen;
}

/* Times of the generation's batches, ticks. */
struct span {
    uint64_t low, high;    /* of events */
    uint64_t before, next; /* of the same thread: the last one, and the next */
};

static void widen(struct span *s, uint64_t low, uint64_t high)
{
    s->low = low < s->low ? low : s->low;
    s->high = high > s->high ? high : s->high;
}

/* From both sides: what was read of the generation, and what is ahead. Nothing
 * is known: low > high. */
static struct span span_of(const struct stray_place *g, uint64_t gen, const struct v2_batch *b,
                           const struct ahead *a)
{
    struct span s = {.low = UINT64_MAX, .next = UINT64_MAX};
    if (g->gen == gen) {
        widen(&s, g->low, g->high);
        s.before = g->before;
    }
    for (unsigned i = 0; i < a->n; i++) {
        const struct v2_batch *next = &a->b[i];
        if (next->kind != V2_EVENTS || next->gen != gen)
            continue;
        widen(&s, next->time, next->time);
        if (next->m == b->m && s.next == UINT64_MAX)
            s.next = next->time;
    }
    return s;
}

/* Whether its time is one of the generation's: all first batches of threads begin with
 * that, strings a bit before them, and the other tables are written behind all events. */
static bool is_in_time(const struct stray_place *g, const struct v2_batch *b, const struct span *s,
                       uint64_t gen)
{
    if (s->low > s->high)
        return false;
    uint64_t slack = (s->high - s->low) / 64 + 1000;
    bool strange = b->gen - gen != 1 && gen - b->gen != 1; /* not the number of a neighbour */
    switch (b->kind) {
    case V2_EVENTS:
        return b->time >= s->low && b->time <= s->high && b->time >= s->before &&
               b->time <= s->next;
    case V2_STRINGS:
        return b->time <= s->high && b->time + slack >= s->low;
    default:
        return strange && (g->gen == gen ? b->time >= s->low : b->time + slack >= s->low);
    }
}

bool stray_may_be(const struct stray_place *g, uint32_t version, const struct v2_batch *b)
{
    if (!b->padded || b->kind == V2_END_OF_GENERATION)
        return false;
    if (!g->habits->gen)
        return true;
    if (!g->habits->padded || b->gen == (g->gen ? g->gen : g->habits->gen + 1))
        return false;
    /* Strings are the last of a generation that has no other end. */
    return version >= GO126 || b->gen != g->gen + 1 || g->last_kind != V2_STRINGS || is_table(b);
}

gotrace_status stray_judge(const struct stray_place *g, uint32_t version, source *src,
                           const struct v2_batch *b, struct stray *out, gotrace_diag *diag)
{
    struct ahead a;
    struct v2_habits h = *g->habits;
    if (!h.gen)
        v2_habits_learn(&h, b);
    gotrace_status st = look_ahead(src, version, &h, b->data + b->size, NEAR, &a, diag);
    if (st != GOTRACE_OK)
        return st;
    assert(stray_may_be(g, version, b));
    out->gen = g->gen ? number_behind(g, version, b, &a) : number_first(g, b, &a);
    out->broken = out->gen != b->gen;
    if (!out->broken)
        return GOTRACE_OK;
    /* What is far behind it matters to times alone: a live trace is not waited for in vain. */
    st = look_ahead(src, version, &h, b->data + b->size, AHEAD, &a, diag);
    if (st != GOTRACE_OK)
        return st;
    struct span span = span_of(g, out->gen, b, &a);
    out->usable = is_in_time(g, b, &span, out->gen) && v2_extent(src, version, b, NULL) == V2_WHOLE;
    return GOTRACE_OK;
}

static bool is_one_bit(uint64_t v)
{
    return v && !(v & (v - 1));
}

void stray_diag(const struct stray *stray, const struct v2_batch *b, gotrace_diag *d)
{
    diag_set(d, GOTRACE_DAMAGED, b->off,
             stray->usable ? "a batch whose generation is broken; it counts as one of these"
                           : "a batch of another generation; it is skipped");
    diag_have(d, "a batch of generation %" PRIu64, b->gen);
    diag_want(d, "generation %" PRIu64, stray->gen);
    if (stray->usable && is_one_bit(b->gen ^ stray->gen))
        diag_fact(d, GOTRACE_FACT_BIT);
    d->gen = stray->gen;
}
