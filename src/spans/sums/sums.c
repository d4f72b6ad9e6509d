/* sums.c: how many spans there were, how long they lasted and which was the longest, by
 * what some of their fields say.
 *
 * Spans are summed as they are made, in the order in which they are told. What a sum is of
 * is said by its longest span: in the fields that it is by they are all alike. */
#include <stddef.h>
#include <string.h>

#include "spans/spans.h"

#define FIELD(name)                                                   \
    {                                                                 \
        offsetof(gotrace_span, name), sizeof((gotrace_span *)0)->name \
    }
static const struct {
    uint8_t offset, size;
} fields[] = {
    [GOTRACE_BY_STATE] = FIELD(state),
    [GOTRACE_BY_PREV] = FIELD(prev),
    [GOTRACE_BY_NEXT] = FIELD(next),
    [GOTRACE_BY_OPEN] = FIELD(open),
    [GOTRACE_BY_CLIPPED] = FIELD(clipped),
    [GOTRACE_BY_NAME] = FIELD(name),
    [GOTRACE_BY_REASON] = FIELD(reason),
    [GOTRACE_BY_FUNC] = FIELD(func),
    [GOTRACE_BY_STACK] = FIELD(stack),
    [GOTRACE_BY_END_STACK] = FIELD(end_stack),
    [GOTRACE_BY_WAKER_STACK] = FIELD(waker_stack),
    [GOTRACE_BY_REGION] = FIELD(region),
    [GOTRACE_BY_DEPTH] = FIELD(depth),
    [GOTRACE_BY_G] = FIELD(g),
    [GOTRACE_BY_P] = FIELD(p),
    [GOTRACE_BY_M] = FIELD(m),
    [GOTRACE_BY_WAKER] = FIELD(waker),
    [GOTRACE_BY_TASK] = FIELD(task),
    [GOTRACE_BY_PARENT] = FIELD(parent),
};
#undef FIELD
_Static_assert(sizeof fields / sizeof *fields == GOTRACE_SUM_FIELDS, "a row for each field");
_Static_assert(sizeof(gotrace_span) <= UINT8_MAX, "offsets in bytes");

/* A field as a number, the same for the same values. */
static uint64_t value_of(const gotrace_span *span, uint8_t field)
{
    const uint8_t *at = (const uint8_t *)span + fields[field].offset;
    uint64_t value;
    uint32_t half;
    switch (fields[field].size) {
    case sizeof value:
        memcpy(&value, at, sizeof value);
        return value;
    case sizeof half:
        memcpy(&half, at, sizeof half);
        return half;
    default:
        return *at;
    }
}

/* Whether it is told apart by its goroutine until that has a name. */
static bool is_nameless(const struct sums *sums, const gotrace_span *span)
{
    return sums->by_func && span->func == 0;
}

/* value_of a field of 4 bytes. */
static inline uint32_t narrow_value_of(const gotrace_span *span, uint8_t field)
{
    uint32_t value;
    memcpy(&value, (const uint8_t *)span + fields[field].offset, sizeof value);
    return value;
}

/* With a secret: a trace cannot be made so that all spans meet at one place. */
static uint64_t hash_of(const struct sums *sums, const gotrace_span *span)
{
    uint64_t hash = sums->secret.add;
    for (uint32_t i = 0; i < sums->keys; i++)
        hash = hash_mix(hash ^ value_of(span, sums->by[i]), sums->secret.times);
    return is_nameless(sums, span) ? hash_mix(hash ^ (uint64_t)span->g, sums->secret.times) : hash;
}

/* Two loops: fields of 4 bytes alone need no switch for each. */
static inline bool is_alike(const struct sums *sums, const gotrace_span *a, const gotrace_span *b)
{
    for (uint32_t i = 0; i < sums->keys && sums->is_narrow; i++)
        if (narrow_value_of(a, sums->by[i]) != narrow_value_of(b, sums->by[i]))
            return false;
    for (uint32_t i = 0; i < sums->keys && !sums->is_narrow; i++)
        if (value_of(a, sums->by[i]) != value_of(b, sums->by[i]))
            return false;
    return !is_nameless(sums, a) || a->g == b->g;
}

/* The fields that sums are by, 0 in place of others. */
static struct sum_key key_of(const struct sums *sums, const gotrace_span *span)
{
    const struct sum_key *mask = &sums->mask;
    return (struct sum_key){span->reason & mask->reason, span->func & mask->func,
                            span->stack & mask->stack};
}

/* Behind those of which the fields have the same hash, `first` on. */
static uint32_t add(struct sums *sums, const gotrace_span *span, uint64_t hash, uint32_t first)
{
    uint32_t at = (uint32_t)sums->list.len;
    struct sum sum = {.next = first, .from = span->from, .to = span->to, .least = INT64_MAX};
    sum.key = key_of(sums, span);
    sum.longest = *span;
    if (!VEC_PUSH(&sums->list, sum) || !map_put(&sums->at, hash, at))
        return NO_RECORD;
    return at;
}

/* Which of the recent sums it may count for: no hash with a secret, as nothing but time is lost
 * where all spans meet at one. */
static uint32_t *recent_of(struct sums *sums, const gotrace_span *span)
{
    uint64_t mix = 0;
    for (uint32_t i = 0; i < sums->keys; i++)
        mix = mix * 31 +
              (sums->is_narrow ? narrow_value_of(span, sums->by[i]) : value_of(span, sums->by[i]));
    return &sums->recent[(mix ^ mix >> 6) % RECENT_SUMS];
}

static uint32_t find(const struct sums *sums, const gotrace_span *span, uint32_t first)
{
    uint32_t i = first;
    while (i != NO_RECORD && !is_alike(sums, &sums->list.data[i].longest, span))
        i = sums->list.data[i].next;
    return i;
}

/* Without the place for recent ones, which tally.c has of its own. */
uint32_t sums_find(const struct sums *sums, const gotrace_span *span)
{
    return find(sums, span, map_get(&sums->at, hash_of(sums, span)));
}

/* By hash: the recent ones did not have it. */
static uint32_t find_or_add(struct sums *sums, const gotrace_span *span)
{
    uint64_t hash = hash_of(sums, span);
    uint32_t first = map_get(&sums->at, hash), at = find(sums, span, first);
    return at != NO_RECORD ? at : add(sums, span, hash, first);
}

/* The sum that the span counts for; NO_RECORD: no memory. */
static uint32_t sum_of(struct sums *sums, const gotrace_span *span)
{
    uint32_t *recent = recent_of(sums, span);
    if (*recent < sums->list.len && is_alike(sums, &sums->list.data[*recent].longest, span))
        return *recent;
    return *recent = find_or_add(sums, span);
}

/* What is cut by a window has no account. */
static void put_stats(const struct gotrace_spans *s, struct sum *sum, const gotrace_span *span)
{
    int64_t stats[GOTRACE_STATS];
    gotrace_stats of;
    if (span->clipped || !gotrace_spans_stats(s, span->stats, &of)) {
        sum->unaccounted += (uint64_t)(span->to - span->from);
        return;
    }
    memcpy(stats, &of, sizeof of);
    for (size_t i = 0; i < GOTRACE_STATS; i++)
        sum->stats[i] += (uint64_t)stats[i];
}

/* Of equally long ones the first is kept. */
static void put(struct sum *sum, const gotrace_span *span, uint64_t order)
{
    int64_t dur = span->to - span->from;
    if (dur > sum->most) {
        sum->most = dur;
        sum->longest = *span;
        sum->order = order;
    }
    sum->count++;
    sum->total += (uint64_t)dur;
    if (span->blocked > 0)
        sum->blocked += (uint64_t)span->blocked;
    sum->least = dur < sum->least ? dur : sum->least;
    sum->from = span->from < sum->from ? span->from : sum->from;
    sum->to = span->to > sum->to ? span->to : sum->to;
}

/* Spans last for a nanosecond at least, so that no bucket is below 0. */
static bool put_bucket(struct sums *sums, uint32_t sum, int64_t dur)
{
    return buckets_add(&sums->buckets, sum, sums->list.data[sum].count, sums->spec.bucket, dur);
}

/* `seen` numbers the spans of these sums from 1 on, for sum.order. False: no memory. */
static bool count(const struct gotrace_spans *s, struct sums *sums, const gotrace_span *span)
{
    uint32_t at = sum_of(sums, span);
    if (at == NO_RECORD)
        return false;
    put(&sums->list.data[at], span, ++sums->seen);
    if (sums->spec.stats)
        put_stats(s, &sums->list.data[at], span);
    return sums->spec.bucket == 0 || put_bucket(sums, at, span->to - span->from);
}

/* all: s->sums or what is like it. */
static void count_all(struct gotrace_spans *s, struct sums *all, const gotrace_span *span)
{
    for (uint32_t i = s->sums_of[span->kind][span->state]; i;) {
        struct sums *sums = &all[i - 1];
        if (!count(s, sums, span))
            s->failed = true;
        i = sums->also[span->state];
    }
}

/* The sum that a span counts for, if it changes figures of it alone; NULL: it may be another, or
 * a new one, or the span is the longest of it. */
static struct sum *brief_sum_of(struct sums *sums, const gotrace_span *span)
{
    uint32_t at = *recent_of(sums, span);
    struct sum *sum = at < sums->list.len ? &sums->list.data[at] : NULL;
    bool fits = sum && is_alike(sums, &sum->longest, span) && span->to - span->from <= sum->most;
    return fits ? sum : NULL;
}

/* Spans whose state nobody sums are done with at once. */
bool sums_count_brief(struct gotrace_spans *s, const gotrace_span *span)
{
    uint32_t i = s->sums_of[GOTRACE_SPAN_STATE][span->state];
    struct sums *sums = i ? &s->sums.data[i - 1] : NULL;
    if (!sums)
        return true;
    struct sum *sum = sums->is_brief ? brief_sum_of(sums, span) : NULL;
    if (!sum)
        return false;
    put(sum, span, ++sums->seen);
    if (sums->spec.bucket != 0 &&
        !put_bucket(sums, (uint32_t)(sum - sums->list.data), span->to - span->from))
        s->failed = true;
    return true;
}

/* In place: those that somebody gets move to the front. */
static void take(struct gotrace_spans *s, struct sums *all, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < s->made.len; i++) {
        const gotrace_span *span = &s->made.data[i];
        count_all(s, all, span);
        if (s->told >> span->kind & 1)
            s->made.data[kept++] = *span;
    }
    s->made.len = kept;
}

void sums_take(struct gotrace_spans *s, size_t first)
{
    take(s, s->sums.data, first);
}

/* The memory stays. */
static void empty(struct sums *sums)
{
    sums->list.len = 0;
    map_clear(&sums->at);
    buckets_clear(&sums->buckets);
}

void sums_take_open(struct gotrace_spans *s, size_t first)
{
    for (size_t i = 0; i < s->going_on.len; i++)
        empty(&s->going_on.data[i]);
    take(s, s->going_on.data, first);
}

static void free_all(struct sums *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        VEC_FREE(&all[i].list);
        map_free(&all[i].at);
        buckets_free(&all[i].buckets);
    }
}

void sums_free(struct gotrace_spans *s)
{
    free_all(s->sums.data, s->sums.len);
    free_all(s->going_on.data, s->going_on.len);
    VEC_FREE(&s->sums);
    VEC_FREE(&s->going_on);
}

/* gotrace.h */

/* What of a state's span is filled for sums_count_brief. */
enum { BRIEF_FIELDS = 1 << GOTRACE_BY_REASON | 1 << GOTRACE_BY_FUNC | 1 << GOTRACE_BY_STACK };

static bool is_narrow(const struct sums *sums)
{
    for (uint32_t i = 0; i < sums->keys; i++)
        if (fields[sums->by[i]].size != sizeof(uint32_t))
            return false;
    return true;
}

/* Whether spans of states may count for these sums as they are made, where no others take
 * such, too. */
static bool is_brief(const gotrace_spans *s, const gotrace_sum_spec *spec)
{
    for (uint32_t state = 0; state < SPAN_STATES; state++)
        if (spec->states >> state & 1 && s->sums_of[GOTRACE_SPAN_STATE][state])
            return false;
    return spec->kind == GOTRACE_SPAN_STATE && !spec->stats &&
           !(spec->by & ~(uint32_t)BRIEF_FIELDS);
}

/* By what sums of any kind may be if they are tallied: what is known of their spans without
 * knowing what else their goroutines did, or who these were. */
static bool can_tally(const gotrace_sum_spec *spec)
{
    enum { BY_NAME = 1 << GOTRACE_BY_NAME | 1 << GOTRACE_BY_STATE };
    uint32_t allowed = spec->kind == GOTRACE_SPAN_STATE       ? BRIEF_FIELDS
                       : spec->kind == GOTRACE_SPAN_GOROUTINE ? 1 << GOTRACE_BY_FUNC
                                                              : BY_NAME;
    return !spec->stats && !(spec->by & ~allowed);
}

bool sums_can_tally(const struct gotrace_spans *s)
{
    bool can = s->sums.len > 0;
    for (size_t i = 0; i < s->sums.len; i++)
        can = can && s->sums.data[i].can_tally;
    return can;
}

void gotrace_spans_spare_longest(gotrace_spans *s)
{
    s->spares_longest = true;
}

static struct sum_key mask_of(const gotrace_sum_spec *spec)
{
    return (struct sum_key){
        .reason = spec->by >> GOTRACE_BY_REASON & 1 ? UINT32_MAX : 0,
        .func = spec->by >> GOTRACE_BY_FUNC & 1 ? UINT32_MAX : 0,
        .stack = spec->by >> GOTRACE_BY_STACK & 1 ? UINT32_MAX : 0,
    };
}

/* Of one kind and state the last sums come first, and lead to those before
 * (`also`). What is open is summed without buckets and stats. */
bool gotrace_spans_sum(gotrace_spans *s, const gotrace_sum_spec *spec)
{
    struct sums sums = {.spec = *spec, .secret = hash_secret()};
    for (unsigned field = 0; field < GOTRACE_SUM_FIELDS; field++)
        if (spec->by >> field & 1)
            sums.by[sums.keys++] = (uint8_t)field;
    sums.by_func = spec->by >> GOTRACE_BY_FUNC & 1;
    sums.is_narrow = is_narrow(&sums);
    sums.is_brief = is_brief(s, spec);
    sums.can_tally = can_tally(spec);
    sums.mask = mask_of(spec);
    for (uint32_t state = 0; state < SPAN_STATES; state++)
        sums.also[state] = s->sums_of[spec->kind][state];
    if (!VEC_PUSH(&s->sums, sums))
        return false;
    sums.spec.bucket = sums.spec.stats = 0;
    if (!VEC_PUSH(&s->going_on, sums))
        return false;
    for (uint32_t state = 0; state < SPAN_STATES; state++)
        if (spec->states >> state & 1)
            s->sums_of[spec->kind][state] = (uint32_t)s->sums.len;
    s->kinds |= UINT32_C(1) << spec->kind;
    return true;
}

/* `at` and `stats` of the longest span are of a step that is gone. */
static bool sum_at(const struct sums *sums, uint32_t i, gotrace_sum *out)
{
    if (i >= sums->list.len)
        return false;
    const struct sum *sum = &sums->list.data[i];
    *out = (gotrace_sum){
        .count = sum->count,
        .order = sum->order,
        .from = sum->from,
        .to = sum->to,
        .shortest = sum->least,
        .total = sum_total(sum->total),
        .blocked = sum_total(sum->blocked),
        .unaccounted = sum_total(sum->unaccounted),
        .longest = sum->longest,
    };
    memcpy(&out->stats, sum->stats, sizeof out->stats);
    out->longest.at = out->longest.stats = 0;
    return true;
}

bool gotrace_spans_sum_at(const gotrace_spans *s, uint32_t number, uint32_t i, gotrace_sum *out)
{
    return sum_at(&s->sums.data[number], i, out);
}

bool gotrace_spans_sum_open_at(const gotrace_spans *s, uint32_t number, uint32_t i,
                               gotrace_sum *out)
{
    return sum_at(&s->going_on.data[number], i, out);
}

void gotrace_spans_sum_clear(gotrace_spans *s, uint32_t number)
{
    empty(&s->sums.data[number]);
}

bool gotrace_spans_sum_bucket(const gotrace_spans *s, uint32_t number, gotrace_sum_place *at,
                              gotrace_sum_bucket *out)
{
    return buckets_next(&s->sums.data[number].buckets, at, out);
}
