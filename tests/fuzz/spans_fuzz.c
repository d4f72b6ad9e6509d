/* spans_fuzz.c: the spans of whatever trace.
 *
 * The first byte chooses the version, the second where the trace is cut into two
 * windows; the rest follows the header. Each span must last, those of a goroutine or proc
 * must follow each other, what is open must come last; the parts in the two windows must
 * add up to the whole; no goroutine can have done more than there was time for; and sums that
 * the engine makes, of spans by fields that the second byte chooses too, and of goroutines, are
 * those that are made here of the spans and goroutines it tells. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 2, HEADER = 16, VERSIONS = 16, IDS = 1 << 12 };

/* Sums of a kind that are made here: the slow twin of src/spans/sums/sums.c. */
enum { MOST_SUMS = 256 }; /* those that come up later are not followed: the search is linear */
struct twin {
    uint32_t by; /* gotrace_sum_spec.by */
    uint32_t len;
    uint64_t seen;
    gotrace_sum sums[MOST_SUMS];
    uint64_t total[MOST_SUMS], blocked[MOST_SUMS], unaccounted[MOST_SUMS];
    uint64_t buckets[MOST_SUMS]; /* as many as spans */
};

struct seen {
    int64_t ended[2][IDS]; /* by goroutine and proc, as far as ids go */
    uint64_t sum[GOTRACE_SPAN_KINDS], own[GOTRACE_SPAN_KINDS];
    struct twin twins[GOTRACE_SPAN_KINDS];
    bool lived[IDS]; /* goroutines of which a life was told */
};

/* Whether a sum counts both: they are alike in the fields that it is by, and of one goroutine
 * as long as its function is not known. */
static bool is_alike(uint32_t by, const gotrace_span *a, const gotrace_span *b)
{
#define DIFFER(field, name) ((by >> GOTRACE_BY_##field & 1) && a->name != b->name)
    return !(DIFFER(STATE, state) || DIFFER(PREV, prev) || DIFFER(NEXT, next) ||
             DIFFER(OPEN, open) || DIFFER(CLIPPED, clipped) || DIFFER(NAME, name) ||
             DIFFER(REASON, reason) || DIFFER(FUNC, func) || DIFFER(STACK, stack) ||
             DIFFER(END_STACK, end_stack) || DIFFER(WAKER_STACK, waker_stack) ||
             DIFFER(REGION, region) || DIFFER(DEPTH, depth) || DIFFER(G, g) || DIFFER(P, p) ||
             DIFFER(M, m) || DIFFER(WAKER, waker) || DIFFER(TASK, task) || DIFFER(PARENT, parent) ||
             ((by >> GOTRACE_BY_FUNC & 1) && !a->func && a->g != b->g));
#undef DIFFER
}

/* The number of the sum that the span counts for; MOST_SUMS: it is not followed. */
static uint32_t sum_of(struct twin *twin, const gotrace_span *s)
{
    for (uint32_t i = 0; i < twin->len; i++)
        if (is_alike(twin->by, &twin->sums[i].longest, s))
            return i;
    if (twin->len == MOST_SUMS)
        return MOST_SUMS;
    twin->sums[twin->len] =
        (gotrace_sum){.from = s->from, .to = s->to, .shortest = s->to - s->from, .longest = *s};
    return twin->len++;
}

static void put_stats(const gotrace_spans *spans, const gotrace_span *s, struct twin *twin,
                      uint32_t i)
{
    uint64_t sums[GOTRACE_STATS], of[GOTRACE_STATS];
    gotrace_stats stats;
    if (s->clipped || !gotrace_spans_stats(spans, s->stats, &stats)) {
        twin->unaccounted[i] += (uint64_t)(s->to - s->from);
        return;
    }
    memcpy(sums, &twin->sums[i].stats, sizeof sums);
    memcpy(of, &stats, sizeof of);
    for (size_t k = 0; k < GOTRACE_STATS; k++)
        sums[k] += of[k];
    memcpy(&twin->sums[i].stats, sums, sizeof sums);
}

static void put(const gotrace_spans *spans, const gotrace_span *s, struct twin *twin)
{
    twin->seen++;
    uint32_t i = sum_of(twin, s);
    if (i == MOST_SUMS)
        return;
    gotrace_sum *sum = &twin->sums[i];
    int64_t dur = s->to - s->from;
    if (sum->count++ == 0 || dur > sum->longest.to - sum->longest.from) {
        sum->longest = *s;
        sum->order = twin->seen;
    }
    sum->from = s->from < sum->from ? s->from : sum->from;
    sum->to = s->to > sum->to ? s->to : sum->to;
    sum->shortest = dur < sum->shortest ? dur : sum->shortest;
    twin->total[i] += (uint64_t)dur;
    twin->blocked[i] += s->blocked > 0 ? (uint64_t)s->blocked : 0;
    put_stats(spans, s, twin, i);
}

/* Of a total its lower 64 bits. */
static uint64_t whole_of(gotrace_sum_total total)
{
    return ((uint64_t)total.high << GOTRACE_SUM_BITS) + (uint64_t)total.low;
}

static void check_sum(struct twin *twin, uint32_t i, const gotrace_sum *made)
{
    gotrace_sum *sum = &twin->sums[i];
    assert(made->count == sum->count && made->order == sum->order);
    assert(made->from == sum->from && made->to == sum->to && made->shortest == sum->shortest);
    assert(whole_of(made->total) == twin->total[i]);
    assert(whole_of(made->blocked) == twin->blocked[i]);
    assert(whole_of(made->unaccounted) == twin->unaccounted[i]);
    assert(memcmp(&made->stats, &sum->stats, sizeof sum->stats) == 0);
    sum->longest.at = sum->longest.stats = 0;
    assert(memcmp(&made->longest, &sum->longest, sizeof sum->longest) == 0);
    assert(twin->buckets[i] == sum->count);
}

/* What the engine has summed by spec number `kind` is what is summed here, in the same order. */
static void check_sums(const gotrace_spans *spans, uint32_t kind, struct twin *twin)
{
    gotrace_sum_place place = {0};
    gotrace_sum_bucket bucket;
    gotrace_sum made;
    uint32_t n = 0;
    while (gotrace_spans_sum_bucket(spans, kind, &place, &bucket))
        if (bucket.sum < MOST_SUMS)
            twin->buckets[bucket.sum] += bucket.count;
    for (; gotrace_spans_sum_at(spans, kind, n, &made); n++) {
        assert(made.longest.kind == kind);
        if (n < twin->len)
            check_sum(twin, n, &made);
    }
    assert(n == twin->len || (n > twin->len && twin->len == MOST_SUMS));
}

/* Times of broken files may be any: sums wrap around alike. */
static void add(struct seen *seen, const gotrace_span *s)
{
    seen->sum[s->kind] += (uint64_t)s->to - (uint64_t)s->from;
    seen->own[s->kind] += (uint64_t)s->self + (uint64_t)(s->blocked > 0 ? s->blocked : 0);
}

static void check_order(struct seen *seen, const gotrace_span *s)
{
    bool of_proc = s->kind == GOTRACE_SPAN_PROC;
    int64_t id = of_proc ? s->p : s->g;
    if ((s->kind != GOTRACE_SPAN_STATE && !of_proc) || id < 0 || id >= IDS)
        return;
    assert(s->from >= seen->ended[of_proc][id]);
    seen->ended[of_proc][id] = s->to;
}

static void check(struct seen *seen, const gotrace_span *s)
{
    assert(s->kind < GOTRACE_SPAN_KINDS && s->from < s->to);
    assert(s->self >= 0);
    assert(s->blocked >= 0 || (s->kind == GOTRACE_SPAN_STATE && s->blocked == -1)); /* not known */
    assert(s->end_n == 0 || s->begin_n <= s->end_n);
    check_order(seen, s);
    add(seen, s);
}

static void take(struct seen *seen, const gotrace_spans *spans, int32_t n, bool whole)
{
    const gotrace_span *made = gotrace_spans_made(spans);
    assert(n >= 0);
    for (int32_t i = 0; i < n; i++) {
        put(spans, &made[i], &seen->twins[made[i].kind]);
        if (made[i].kind == GOTRACE_SPAN_GOROUTINE && made[i].g >= 0 && made[i].g < IDS)
            seen->lived[made[i].g] = true;
        if (whole)
            check(seen, &made[i]);
        else
            add(seen, &made[i]);
    }
}

/* Nothing has lasted less than nothing; false: it is not known. */
static bool check_goroutine(const gotrace_spans *spans, int64_t id, int64_t now)
{
    gotrace_goroutine g;
    uint32_t reason;
    int64_t ns, of[GOTRACE_STATS];
    if (!gotrace_spans_goroutine(spans, id, now, &g))
        return false;
    assert(g.id == id);
    memcpy(of, &g.stats, sizeof of);
    for (size_t k = 0; k < GOTRACE_STATS; k++)
        assert(of[k] >= 0);
    for (uint32_t k = 0; k < g.reasons; k++)
        assert(gotrace_spans_block(spans, id, k, now, &reason, &ns) && ns >= 0);
    assert(!gotrace_spans_block(spans, id, g.reasons, now, &reason, &ns));
    return true;
}

static void check_goroutines(const gotrace_spans *spans, int64_t now)
{
    int64_t id;
    for (uint32_t i = 0; (id = gotrace_spans_goroutine_at(spans, i)) >= 0; i++)
        assert(check_goroutine(spans, id, now));
}

/* How many goroutines have lived, and their figures; false: some have ids that are not
 * followed. */
static bool sum_goroutines(const gotrace_spans *spans, const struct seen *seen, int64_t now,
                           uint64_t *count, uint64_t sums[GOTRACE_STATS])
{
    gotrace_goroutine g;
    int64_t id, of[GOTRACE_STATS];
    for (uint32_t i = 0; (id = gotrace_spans_goroutine_at(spans, i)) >= 0; i++) {
        if (id >= IDS)
            return false;
        if (!seen->lived[id] || !gotrace_spans_goroutine(spans, id, now, &g))
            continue;
        memcpy(of, &g.stats, sizeof of);
        ++*count;
        for (size_t k = 0; k < GOTRACE_STATS; k++)
            sums[k] += (uint64_t)of[k];
    }
    return true;
}

static void check_group(const gotrace_group *group, uint64_t *count, uint64_t sums[GOTRACE_STATS])
{
    assert(group->count > 0);
    *count -= group->count;
    for (size_t k = 0; k < GOTRACE_STATS; k++) {
        assert(group->figures[k].least <= group->figures[k].most);
        sums[k] -= whole_of(group->figures[k].total);
    }
}

/* Of all groups together the figures are those of all goroutines. */
static void check_groups(const gotrace_spans *spans, const struct seen *seen, int64_t now,
                         bool by_func)
{
    uint64_t count = 0, sums[GOTRACE_STATS] = {0};
    if (!sum_goroutines(spans, seen, now, &count, sums))
        return;
    gotrace_group_spec spec = {
        .bucket = 0.02, .quantiles = (1u << GOTRACE_FIGURES) - 1, .by_func = by_func};
    gotrace_groups *groups = gotrace_spans_groups(spans, &spec, now);
    gotrace_group group;
    assert(groups);
    for (uint32_t i = 0; gotrace_groups_at(groups, i, &group); i++)
        check_group(&group, &count, sums);
    assert(count == 0);
    for (size_t k = 0; k < GOTRACE_STATS; k++)
        assert(sums[k] == 0);
    gotrace_groups_free(groups);
}

struct run {
    gotrace_spans *whole, *halves;
    struct seen *one, *two;
};

static void step(struct run *r, const gotrace_event *e, const gotrace_generation *gen)
{
    int32_t n = gotrace_spans_step(r->whole, e, gen);
    take(r->one, r->whole, n, true);
    n = gotrace_spans_step(r->halves, e, gen);
    take(r->two, r->halves, n, false);
    check_goroutine(r->whole, e->g, e->time);
    check_goroutine(r->whole, (int64_t)e->arg[0], e->time);
}

static void finish(struct run *r, int64_t time)
{
    take(r->one, r->whole, gotrace_spans_flush(r->whole, time), true);
    take(r->two, r->halves, gotrace_spans_flush(r->halves, time), false);
    assert(memcmp(r->one->sum, r->two->sum, sizeof r->one->sum) == 0);
    assert(memcmp(r->one->own, r->two->own, sizeof r->one->own) == 0);
    for (uint32_t kind = 0; kind < GOTRACE_SPAN_KINDS; kind++) {
        check_sums(r->whole, kind, &r->one->twins[kind]);
        check_sums(r->halves, kind, &r->two->twins[kind]);
    }
    check_goroutines(r->whole, time);
    check_groups(r->whole, r->one, time, true);
    check_groups(r->halves, r->two, time, false);
}

static void read_all(gotrace *t, struct run *r)
{
    gotrace_batch batch;
    gotrace_diag diag;
    while (gotrace_next(t, &batch, &diag) == GOTRACE_OK)
        for (uint32_t i = 0; i < batch.len; i++)
            step(r, &batch.events[i], batch.gen);
    finish(r, gotrace_info_of(t)->last_time);
}

static struct seen *nothing_seen(void)
{
    struct seen *seen = calloc(1, sizeof *seen);
    for (size_t i = 0; seen && i < IDS; i++)
        seen->ended[0][i] = seen->ended[1][i] = INT64_MIN;
    return seen;
}

/* Of each kind sums by two fields, or by one. */
static void want_sums(gotrace_spans *spans, struct seen *seen, uint8_t choice)
{
    for (uint32_t kind = 0; kind < GOTRACE_SPAN_KINDS; kind++) {
        uint32_t by = 1u << (choice + kind) % GOTRACE_SUM_FIELDS |
                      1u << choice / GOTRACE_SUM_FIELDS % GOTRACE_SUM_FIELDS;
        gotrace_sum_spec spec = {
            .bucket = 0.02, .kind = kind, .states = UINT32_MAX, .by = by, .stats = 1};
        seen->twins[kind].by = by;
        bool ok = gotrace_spans_sum(spans, &spec);
        assert(ok);
    }
    gotrace_spans_account(spans);
}

static void read_trace(gotrace *t, gotrace_names *names, uint8_t cut)
{
    uint32_t version = gotrace_info_of(t)->version, kinds = (1u << GOTRACE_SPAN_KINDS) - 1;
    int64_t at = (int64_t)cut * cut * 16;
    struct run r = {gotrace_spans_new(names, kinds, version),
                    gotrace_spans_new(names, kinds, version), nothing_seen(), nothing_seen()};
    if (!r.whole || !r.halves || !r.one || !r.two)
        abort();
    bool ok = gotrace_spans_window(r.whole, INT64_MIN, INT64_MAX) &&
              gotrace_spans_window(r.halves, INT64_MIN, at) &&
              gotrace_spans_window(r.halves, at, INT64_MAX);
    assert(ok);
    want_sums(r.whole, r.one, cut);
    want_sums(r.halves, r.two, cut);
    read_all(t, &r);
    gotrace_spans_free(r.whole);
    gotrace_spans_free(r.halves);
    free(r.one);
    free(r.two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int versions[VERSIONS] = {5,  7,  8,  9,  10, 11, 19, 21,
                                           22, 23, 25, 26, 26, 26, 26, 26};
    if (size < CHOICES)
        return 0;
    gotrace_names *names = gotrace_names_new();
    size_t len = HEADER + size - CHOICES;
    uint8_t *trace = calloc(1, len + 1);
    gotrace *t;
    gotrace_diag diag;
    (void)snprintf((char *)trace, HEADER + 1, "go 1.%d trace", versions[data[0] % VERSIONS]);
    memcpy(trace + HEADER, data + CHOICES, size - CHOICES);
    if (gotrace_open_memory(&t, trace, len, 0, names, &diag) == GOTRACE_OK) {
        read_trace(t, names, data[1]);
        gotrace_close(t);
    }
    free(trace);
    gotrace_names_free(names);
    return 0;
}
