#include "v2/batch_summaries.h"

#include <assert.h>

enum {
    TRIAL = 6,  /* batches that tell whether to go on */
    SPARSE = 24 /* bytes of a batch for each wanted event, or decoding is as fast */
};

/* A sum of deltas is, in ns, the sum of the deltas in ns only if no delta is
 * rounded: while all are whole numbers that a double holds. */
static const double EXACT = 9007199254740992.0; /* 2^53 */
static const int64_t LATEST = INT64_MAX / 2;    /* begin of a batch: no sum overflows */

static bool is_exact(const struct generation *g)
{
    double ns = g->ns_per_tick;
    if (ns < 1 || ns > EXACT || ns != (double)(uint64_t)ns)
        return false;
    for (size_t i = 0; i < g->batches.len; i++) {
        int64_t begin = generation_ns(g, g->batches.data[i].at.time);
        if (begin < 0 || begin > LATEST)
            return false;
    }
    return true;
}

/* Ticks that are still exact as ns. */
static uint32_t most_ticks(const struct generation *g)
{
    double most = EXACT / g->ns_per_tick;
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

/* Of a batch with more wanted events than that it is said that it has to be decoded. */
static size_t room_for(const struct v2_batch *b)
{
    return b->size / SPARSE + 1;
}

/* Memory for all; it is not touched before there is something to keep in it. */
static bool reserve(struct batch_summaries *s, const struct generation *g)
{
    size_t hits = 0, n = g->batches.len;
    for (size_t i = 0; i < n; i++)
        hits += room_for(&g->batches.data[i].at);
    s->batches.len = s->place.len = 0;
    return VEC_RESERVE(&s->batches, n) && VEC_RESERVE(&s->place, n) && VEC_RESERVE(&s->hits, hits);
}

/* Adds the batch, not yet known to be whole. */
static struct summary_hit *add(struct batch_summaries *s, const struct v2_batch *b,
                               const uint8_t *data, struct summary_hit *hits)
{
    size_t room = room_for(b);
    assert(s->batches.len < s->batches.cap);
    assert((size_t)(hits - s->hits.data) + room <= s->hits.cap);
    s->batches.data[s->batches.len++] =
        (struct batch_summary){.data = data, .size = b->size, .room = (uint32_t)room, .hits = hits};
    return hits + room;
}

/* In thread order, as they are delivered: what is asked for next is always at
 * the front. */
static void line_up(struct batch_summaries *s, const struct generation *g, const uint8_t *base)
{
    struct summary_hit *hits = s->hits.data;
    s->place.len = g->batches.len;
    for (size_t t = 0; t < g->threads.len; t++) {
        uint32_t i = g->threads.data[t].first;
        for (; i != MAP_NONE; i = g->batches.data[i].next) {
            const struct v2_batch *b = &g->batches.data[i].at;
            s->place.data[i] = (uint32_t)s->batches.len;
            hits = add(s, b, base + (b->data - g->off), hits);
        }
    }
    assert(s->batches.len == g->batches.len); /* each has its place */
}

/* Whoever takes is told by `taken` whether there is one left for him, so the
 * ends never meet. */
static bool may_take(struct batch_summaries *s)
{
    return atomic_fetch_add(&s->taken, 1) < s->batches.len;
}

/* By the asking thread, no more than its share: it is to deliver in between. */
static struct batch_summary *take_front(void *arg)
{
    struct batch_summaries *s = arg;
    if (s->share == 0 || !may_take(s))
        return NULL;
    s->share--;
    assert(s->front < s->batches.len);
    return &s->batches.data[s->front++];
}

static struct batch_summary *take_back(void *arg)
{
    struct batch_summaries *s = arg;
    return may_take(s) ? &s->batches.data[--s->back] : NULL;
}

/* The worker's part. */
static void run_back(void *arg)
{
    struct batch_summaries *s = arg;
    summary_run(&s->rule, take_back, s);
}

/* Both counts go on over generations: once half of what was run over had to be
 * decoded even so, no further generation of this trace is run over. */
static bool is_wasteful(const struct batch_summaries *s)
{
    return s->done >= TRIAL && s->wasted > s->done / 2;
}

/* Runs over the next batches; false if none was left. To be wasteful ends both
 * ends: whatever is not taken yet counts as not whole. */
static bool run_front(struct batch_summaries *s, size_t share)
{
    size_t from = s->front;
    s->share = share;
    summary_run(&s->rule, take_front, s);
    assert(s->front >= from && s->front - from <= share);
    s->done += s->front - from;
    for (size_t i = from; i < s->front; i++)
        s->wasted += !s->batches.data[i].whole;
    if (is_wasteful(s))
        atomic_store(&s->taken, s->batches.len);
    return s->front > from;
}

static uint64_t bytes_of(const struct batch_summaries *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->batches.len; i++)
        n += s->batches.data[i].size;
    return n;
}

/* With all of them taken the worker gets no more, and ends behind its batches at hand. */
void summaries_recall(struct batch_summaries *s)
{
    atomic_store(&s->taken, s->batches.len);
    workers_wait(&s->workers, &s->task);
}

bool summaries_send(struct batch_summaries *s, const struct generation *g, const uint8_t *base,
                    const uint8_t wanted[256])
{
    summaries_recall(s); /* if a reading ended early */
    if (is_wasteful(s) || !is_exact(g) || !reserve(s, g))
        return false;
    line_up(s, g, base);
    summary_prepare(&s->rule, wanted, most_ticks(g), false);
    s->front = 0;
    s->back = s->batches.len;
    atomic_store(&s->taken, 0);
    if (s->done < TRIAL)
        (void)run_front(s, TRIAL);
    if (!is_wasteful(s) && worker_pays(s->workers.use, bytes_of(s), SUMMARIES_LEAST))
        (void)workers_call(&s->workers, &s->task, run_back, s);
    return true;
}

/* What the front has not come to is the worker's, and it is waited for. What
 * nobody has run over is not whole, so it is decoded. */
const struct batch_summary *summaries_report(struct batch_summaries *s, uint32_t batch)
{
    size_t i = s->place.data[batch];
    assert(batch < s->place.len && i < s->batches.len);
    while (i >= s->front && run_front(s, SUMMARIES_SHARE))
        ;
    if (i >= s->front)
        workers_wait(&s->workers, &s->task);
    return s->batches.data[i].whole ? &s->batches.data[i] : NULL;
}

void summaries_free(struct batch_summaries *s)
{
    summaries_recall(s);
    workers_free(&s->workers);
    VEC_FREE(&s->batches);
    VEC_FREE(&s->place);
    VEC_FREE(&s->hits);
}
