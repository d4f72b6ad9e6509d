/* spans_fuzz.c: the spans of whatever trace.
 *
 * The first byte chooses the version, the second where the trace is cut into two
 * windows; the rest follows the header. Each span must last, those of a goroutine or proc
 * must follow each other, what is open must come last; the parts in the two windows must
 * add up to the whole; and no goroutine can have done more than there was time for. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 2, HEADER = 16, VERSIONS = 16, IDS = 1 << 12 };

struct seen {
    int64_t ended[2][IDS]; /* by goroutine and proc, as far as ids go */
    uint64_t sum[GOTRACE_SPAN_KINDS], own[GOTRACE_SPAN_KINDS];
};

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
        if (whole)
            check(seen, &made[i]);
        else
            add(seen, &made[i]);
    }
}

static void check_goroutines(const gotrace_spans *spans, int64_t now)
{
    gotrace_goroutine g;
    uint32_t reason;
    int64_t id, ns;
    for (uint32_t i = 0; (id = gotrace_spans_goroutine_at(spans, i)) >= 0; i++) {
        assert(gotrace_spans_goroutine(spans, id, now, &g) && g.id == id);
        for (uint32_t k = 0; k < g.reasons; k++)
            assert(gotrace_spans_block(spans, id, k, now, &reason, &ns));
        assert(!gotrace_spans_block(spans, id, g.reasons, now, &reason, &ns));
    }
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
}

static void finish(struct run *r, int64_t time)
{
    take(r->one, r->whole, gotrace_spans_flush(r->whole, time), true);
    take(r->two, r->halves, gotrace_spans_flush(r->halves, time), false);
    assert(memcmp(r->one->sum, r->two->sum, sizeof r->one->sum) == 0);
    assert(memcmp(r->one->own, r->two->own, sizeof r->one->own) == 0);
    check_goroutines(r->whole, time);
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
