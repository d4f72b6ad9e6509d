/* reader.c: the reader of v1 traces: index, order, deliver. Nothing is delivered
 * before all is read, since order, times and names need the whole file. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/thread/worker.h"
#include "read/header.h"
#include "read/symptom.h"
#include "v1/convert.h"
#include "v1/index/c_threads.h"
#include "v1/index/index_parallel.h"
#include "v1/order/missing.h"

/* Records that a call of next looks at before it looks for an interrupt. */
enum { SLICE = 1 << 16 };
/* Bytes on either side of a damage that are looked at for what they have in common. */
enum { AROUND = 64 << 10 };
/* Records that are looked at behind a string that holds a header. */
enum { QUOTED = 1 << 10 };

struct v1 {
    uint32_t version;
    struct workers workers; /* of the next three, one after the other */
    struct v1_index_parallel parallel;
    struct v1_index index;
    struct v1_gaps gaps;
    size_t len;       /* of all bytes that there are; the index ends where another trace begins */
    bool ends_before; /* one does, or seems to */
    bool walked;      /* for gaps */
    bool converted;   /* all bytes were, as the symptom says */
    gotrace_fact symptom;
    bool packing_broken; /* why is in packing_diag */
    gotrace_diag packing_diag;
    struct v1_order order;
    struct v1_order_ahead order_ahead; /* of the order, from when it need not be rehearsed */
    struct v1_names names;
    struct v1_gs gs;
    struct v1_convert convert;
    struct map c_threads; /* goroutines of C threads, as soon as anything is wrong */
    bool knows_c_threads;
    /* What has been told of. */
    bool reported_wrong, reported_by_time, reported_times, reported_numbers,
        reported_impossible_exit;
    unsigned reported_missing;
    /* Why the source ended early, told when all that it gave is delivered. */
    gotrace_status source_status;
    gotrace_diag source_diag;
    /* What is done next. */
    gotrace_status (*phase)(struct v1 *v, struct builder *f, gotrace_diag *diag);
};

/* So much of the trace, for a part of all events or bytes. */
static uint64_t share(const struct builder *f, uint64_t part, uint64_t whole)
{
    double done = part < whole ? (double)part / (double)whole : 1;
    return (uint64_t)(done * (double)f->info.size);
}

/* As for v2: what is counted of a generation is known behind its last event. */
static void count(const struct v1 *v, struct builder *f)
{
    const struct v1_index *ix = &v->index;
    assert(v->convert.lives.all.len >= V1_G_FIRST || v->convert.failed);
    f->info.threads = v->convert.threads.len;
    f->info.goroutines = v->convert.lives.all.len - V1_G_FIRST;
    f->info.procs = 0;
    for (size_t i = 0; i < ix->procs.len; i++)
        f->info.procs += ix->procs.data[i].pid >= 0;
}

/* The last phase: says the same however often it is asked. */
static gotrace_status end(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    count(v, f);
    if (v->source_status == GOTRACE_SYSTEM || v->source_status == GOTRACE_UNSUPPORTED) {
        *diag = v->source_diag;
        return v->source_status;
    }
    return GOTRACE_END;
}

/* Delivering */

/* Once for each kind, where it shows first. */
static void report(struct builder *f, bool *reported, const struct order_note *n, gotrace_fact fact,
                   const char *what)
{
    gotrace_diag d;
    if (*reported || !n->is)
        return;
    *reported = true;
    diag_set(&d, GOTRACE_DAMAGED, n->off, "%s", what);
    diag_fact(&d, fact);
    d.gen = 1;
    batch_damage(f, &d, 0);
}

/* What makes times contradict the order. Where bytes or events are lost, times were lost with
 * them. */
static gotrace_fact fact_of_times(const struct v1 *v)
{
    const struct order_notes *o = &v->order_ahead.notes;
    bool lost = v->index.damages.list.len || o->missing.n || o->by_time.is;
    return lost ? GOTRACE_FACT_NONE : GOTRACE_FACT_CLOCKS;
}

/* What makes a syscall end that none can have begun. */
static gotrace_fact fact_of_impossible_exit(const struct v1 *v)
{
    if (v->c_threads.len)
        return GOTRACE_FACT_C_THREAD;
    return v->order_ahead.notes.out_of_order.is ? fact_of_times(v) : GOTRACE_FACT_NONE;
}

static void report_order(struct v1 *v, struct builder *f)
{
    const struct order_notes *o = &v->order_ahead.notes;
    report(f, &v->reported_by_time, &o->by_time, GOTRACE_FACT_MISSING,
           "no consistent ordering of events possible, something that they follow is missing: they "
           "are put together by their time stamps");
    report(f, &v->reported_numbers, &o->misnumbered, GOTRACE_FACT_NONE,
           "sequence numbers out of order: the order of events is not to be trusted from here on");
    report(
        f, &v->reported_impossible_exit, &v->convert.impossible_exit, fact_of_impossible_exit(v),
        "a syscall exit that no syscall can have: from here on they keep the time of their record");
}

/* At the end: where more is wrong, that is why. */
static void report_times(struct v1 *v, struct builder *f)
{
    report(f, &v->reported_times, &v->order_ahead.notes.out_of_order, fact_of_times(v),
           "time stamps out of order: the order of events is right, their times are not");
}

static const char *status_name(uint8_t status)
{
    static const char *const names[] = {"unknown or dead", "runnable", "running", "waiting"};
    assert(status <= V1_WAITING);
    return names[status];
}

static void describe_missing(gotrace_diag *d, const struct order_missing *m)
{
    if (m->type == V1_GCStart) {
        diag_set(d, GOTRACE_DAMAGED, m->off, "an event of the garbage collector is missing");
        diag_have(d, "number %" PRIu64, m->want_seq);
        diag_want(d, "number %" PRIu64, m->have_seq);
        return;
    }
    if (m->g == 0) { /* nobody: see missing.h */
        diag_set(d, GOTRACE_DAMAGED, m->off,
                 "the start of the goroutine that stops here is missing");
        return;
    }
    diag_set(d, GOTRACE_DAMAGED, m->off, "an event of goroutine %" PRIu64 " is missing", m->g);
    diag_have(d, "%s, number %" PRIu64, status_name(m->have), m->have_seq);
    diag_want(d, "%s, number %" PRIu64, status_name(m->want), m->want_seq);
}

/* An event that waits for one that is lost. */
static void report_missing(struct v1 *v, struct builder *f)
{
    const struct order_missing *m = &v->order_ahead.notes.missing;
    gotrace_diag d;
    if (m->n == v->reported_missing)
        return;
    assert(m->n > v->reported_missing && v1_name(m->type));
    v->reported_missing = m->n;
    describe_missing(&d, m);
    d.gen = 1;
    if (map_get(&v->c_threads, m->g) != MAP_NONE)
        diag_fact(&d, GOTRACE_FACT_C_THREAD);
    (void)snprintf(d.event, sizeof d.event, "%s", v1_name(m->type));
    batch_damage(f, &d, 0);
}

/* A region ends that is not the innermost: which. */
static void name_regions(struct v1 *v, const struct builder *f)
{
    gotrace_diag *d = &v->convert.check.first;
    const struct check_region *r = v->convert.check.broken;
    uint32_t id[2], len[2];
    const char *name[2];
    if (d->fact != GOTRACE_FACT_REGION)
        return;
    for (int i = 0; i < 2; i++)
        id[i] = v1_names_string(&v->names, r[i].name);
    for (int i = 0; i < 2; i++)
        name[i] = gotrace_string(f->names, id[i], &len[i]);
    diag_have(d, "region \"%.*s\" of task %" PRIu64, (int)len[0], name[0], r[0].task);
    diag_want(d, "region \"%.*s\" of task %" PRIu64, (int)len[1], name[1], r[1].task);
}

/* What is missing breaks rules; that it is missing has been said. */
static void report_wrong(struct v1 *v, struct builder *f)
{
    if (v->reported_wrong || !v->convert.check.wrong || v->order_ahead.notes.by_time.is ||
        v->reported_missing || v->index.damages.list.len)
        return;
    v->reported_wrong = true;
    name_regions(v, f);
    batch_damage(f, &v->convert.check.first, 0);
}

/* Not known for want of memory: then no cause is told. */
static void find_c_threads(struct v1 *v)
{
    if (!v->knows_c_threads)
        (void)v1_c_threads_find(&v->c_threads, &v->index);
    v->knows_c_threads = true;
}

static void report_troubles(struct v1 *v, struct builder *f)
{
    find_c_threads(v);
    report_order(v, f);
    report_missing(v, f);
    report_wrong(v, f);
}

/* The first has been described; this counts the others. */
static void report_rest(struct v1 *v, struct builder *f)
{
    uint64_t more = v->convert.check.wrong - 1;
    gotrace_diag d;
    if (!v->reported_wrong || !more)
        return;
    diag_set(&d, GOTRACE_DAMAGED, DIAG_NO_OFFSET,
             "%llu more events do not fit the ones before them", (unsigned long long)more);
    d.gen = 1;
    batch_damage(f, &d, 0);
}

/* A mapped file may have shrunk since it was opened. */
static gotrace_status finish(struct v1 *v, struct builder *f)
{
    assert(!v->convert.order_ahead || !v->convert.next); /* all has come */
    v->phase = end;
    v->source_status = source_status(f->src, &v->source_diag);
    f->info.consumed = f->info.size;
    report_times(v, f);
    report_rest(v, f);
    return GOTRACE_OK;
}

static gotrace_status deliver(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    for (unsigned n = SLICE; n && !batch_is_full(f) && st == GOTRACE_OK;) {
        st = v1_convert_run(&v->convert, f, &n);
        if (v1_convert_is_bad(&v->convert))
            report_troubles(v, f);
    }
    f->info.consumed = share(f, f->info.events, v->index.events);
    if (st == GOTRACE_NO_MEMORY || v1_convert_failed(&v->convert))
        return diag_no_memory(diag);
    return st == GOTRACE_END ? finish(v, f) : GOTRACE_OK;
}

/* The whole trace is one generation, whose clock counts nanoseconds. */
static void fill_generation(const struct v1 *v, struct builder *f)
{
    const struct v1_index *ix = &v->index;
    f->info.generations = 1;
    f->gen = (gotrace_generation){.gen = 1, .off = ix->base, .end = ix->end};
    f->gen.ns_per_tick = v->convert.ns_per_tick;
    f->gen.freq = 1000000000; /* of gotrace_event.ticks */
    f->gen.ticks = 1;
    f->gen.batches = ix->batch_count;
    f->gen.strings = ix->strings.len;
    f->gen.stacks = ix->stacks.len;
    f->gen.samples = ix->sample_count;
}

/* Records that were made longer do not end early. */
static void explain_by_conversion(struct v1 *v)
{
    struct v1_damages *ds = &v->index.damages;
    for (size_t i = 0; i < ds->list.len; i++)
        ds->list.data[i].diag.cut = 0;
    if (ds->list.len)
        diag_fact(&ds->list.data[0].diag, v->symptom);
}

/* What the bytes around the first broken record look like. */
static void see_symptom(struct v1 *v)
{
    const struct v1_index *ix = &v->index;
    gotrace_diag *d = ix->damages.list.len ? &ix->damages.list.data[0].diag : NULL;
    if (!d || d->fact || d->cut || d->offset < ix->base || d->offset > ix->end)
        return;
    assert(ix->base <= d->offset && d->offset <= ix->end);
    uint64_t from = d->offset - ix->base > AROUND ? d->offset - AROUND : ix->base;
    uint64_t to = ix->end - d->offset > AROUND ? d->offset + AROUND : ix->end;
    diag_fact(d, symptom_of(ix->data + (from - ix->base), (size_t)(to - from)));
}

static void report_damages(struct v1 *v, struct builder *f)
{
    struct v1_damages *ds = &v->index.damages;
    gotrace_diag d;
    if (v->converted)
        explain_by_conversion(v);
    else
        see_symptom(v);
    for (size_t i = 0; i < ds->list.len; i++)
        batch_damage(f, &ds->list.data[i].diag, ds->list.data[i].lost);
    if (!ds->more)
        return;
    diag_set(&d, GOTRACE_DAMAGED, DIAG_NO_OFFSET, "%llu more records are broken",
             (unsigned long long)ds->more);
    d.gen = 1;
    batch_damage(f, &d, ds->more_lost);
}

/* Everything is known: the generation, then what is wrong with it. */
static gotrace_status begin(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    bool full = f->order == GOTRACE_ORDER_FULL;
    if (!v1_convert_start(&v->convert, &v->index, full ? &v->order_ahead : NULL, &v->names, &v->gs))
        return diag_no_memory(diag);
    fill_generation(v, f);
    batch_mark(f, GOTRACE_EV_GENERATION, 0, v->index.base);
    report_damages(v, f);
    report_order(v, f);
    v->phase = deliver;
    return GOTRACE_OK;
}

static void start_order_ahead(struct v1 *v)
{
    v1_order_ahead_start(&v->order_ahead, &v->order, &v->convert.lives, &v->workers,
                         v->index.end - v->index.base);
}

/* Rehearsing: a trace that is broken somewhere is ordered once without looking
 * at the result, to know beforehand whether it can be. */

static gotrace_status rehearse(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    struct v1_event *run;
    size_t len;
    gotrace_status st = GOTRACE_OK;
    (void)f;
    for (unsigned n = SLICE; n && st == GOTRACE_OK && !v->order.notes.by_time.is; n--)
        st = v1_order_run(&v->order, &run, &len);
    if (st == GOTRACE_NO_MEMORY)
        return diag_no_memory(diag);
    if (st == GOTRACE_OK && !v->order.notes.by_time.is)
        return GOTRACE_OK;
    v1_order_restart(&v->order);
    start_order_ahead(v);
    v->phase = begin;
    return GOTRACE_OK;
}

/* Indexing */

/* What is missing when the whole file has been seen; ends: as it ends too early. */
static bool damage(struct v1 *v, bool ends, const char *what)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, v->index.end, "%s", what);
    d.gen = 1;
    if (ends)
        diag_cut(&d);
    return v1_damages_add(&v->index.damages, &d, 0);
}

/* Stacks stand behind the frequency. */
static bool say_frequency(struct v1 *v)
{
    if (v->index.stacks.len)
        return damage(v, false, "the frequency is missing: times are in ticks instead of ns");
    return damage(v, true,
                  "the frequency is missing, which stands at a trace's end: times are in "
                  "ticks instead of ns; was its recording cut off?");
}

static bool judge_index(struct v1 *v)
{
    const struct v1_index *ix = &v->index;
    bool ok = true;
    if (!ix->events)
        ok = damage(v, true, "there are no events in the trace");
    if (!ix->saw_frequency)
        ok &= say_frequency(v);
    return ok;
}

/* That bytes of an older trace stand behind this one. */
static bool say_older(struct v1 *v)
{
    gotrace_diag d;
    if (!v->gaps.older)
        return true;
    diag_set(&d, GOTRACE_DAMAGED, v->index.end,
             "the end of an older trace follows, which was longer; it is skipped");
    d.gen = 1;
    return v1_damages_add(&v->index.damages, &d, v->gaps.older);
}

/* Of the index that holds, which is the last where there were several. */
static void count_parts(const struct v1_index *ix, struct builder *f)
{
    for (size_t i = 0; i < GOTRACE_PARTS; i++)
        f->info.part[i] += ix->part[i];
}

/* A program that does not fit is no error: it is told of, and names nothing. */
static bool read_symbols(struct v1 *v, struct builder *f)
{
    if (!f->symbols)
        return true;
    if (!v1_names_symbols(&v->names, f->symbols))
        return false;
    (void)v1_symbols_misfit(&v->names.symbols, &f->misfit);
    return true;
}

/* The names are read while the order begins, on two threads. If they are what is
 * broken, it begins anew. */
static bool read_names(struct v1 *v, struct builder *f)
{
    struct v1_index *ix = &v->index;
    if (v1_names_read(&v->names, ix, f->names, &ix->damages) != GOTRACE_OK || !read_symbols(v, f))
        return false;
    if (!v->order_ahead.order || !ix->damages.list.len)
        return true;
    v1_order_ahead_free(&v->order_ahead);
    v1_order_free(&v->order);
    v1_gs_free(&v->gs);
    return v1_gs_init(&v->gs) && v1_order_start(&v->order, ix, &v->gs, v1_missing_find);
}

/* P after P nothing is ordered, and goroutines are numbered on the way. */
static bool begin_order(struct v1 *v, const struct builder *f)
{
    if (!v1_gs_init(&v->gs))
        return false;
    if (f->order != GOTRACE_ORDER_FULL)
        return true;
    if (!v1_order_start(&v->order, &v->index, &v->gs, v1_missing_find))
        return false;
    if (!v->index.damages.list.len)
        start_order_ahead(v);
    return true;
}

/* Whether there may be gaps: the index cannot tell them from events. */
static bool is_suspected(const struct v1_index *ix)
{
    return ix->damages.list.len || v1_index_is_odd(ix) ||
           v1_gaps_suspected(ix->data, (size_t)(ix->end - ix->base));
}

static gotrace_status index_all(struct v1 *v, struct builder *f, gotrace_diag *diag);

/* Begins the index, up to where another trace does. */
static bool start_index(struct v1 *v, struct builder *f, const uint8_t *at, size_t len)
{
    v1_index_start(&v->index, v->version, at, f->start, len);
    v->phase = index_all;
    return !v->packing_broken || v1_damages_add(&v->index.damages, &v->packing_diag, 0);
}

/* What is made of the whole file makes text and ends of records anywhere. */
static void see_conversion(struct v1 *v)
{
    v->symptom = symptom_of_lost(v->index.data, (size_t)(v->index.end - v->index.base));
    v->converted = v->symptom != GOTRACE_FACT_NONE && v->symptom != GOTRACE_FACT_ZEROS;
}

static bool start_walk(struct v1 *v)
{
    const struct v1_index *ix = &v->index;
    see_conversion(v);
    if (!v1_gaps_start(&v->gaps, v->version, ix->data, (size_t)(ix->end - ix->base)))
        return false;
    if (v->converted)
        v1_gaps_without_text(&v->gaps);
    if (!ix->damages.list.len)
        v1_gaps_of_text(&v->gaps);
    return true;
}

/* Looks for gaps; if there are, all is indexed again without. */
static gotrace_status walk(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    struct v1_gaps *g = &v->gaps;
    gotrace_status st = v1_gaps_step(g, SLICE);
    if (st == GOTRACE_NO_MEMORY)
        return diag_no_memory(diag);
    if (st == GOTRACE_OK)
        return GOTRACE_OK;
    assert(!v->walked); /* once */
    v->walked = true;
    v->phase = index_all;
    if (!v1_gaps_any(g))
        return GOTRACE_OK;
    if (g->another)
        builder_end_trace_at(f, f->start + (uint64_t)(g->end - g->data));
    f->info.size = builder_trace_size(f);
    v1_index_free(&v->index);
    if (!start_index(v, f, g->data, (size_t)(g->end - g->data)))
        return diag_no_memory(diag);
    v1_index_leave_out(&v->index, g);
    return GOTRACE_OK;
}

/* Another trace behind this one */

/* Where one begins at `from` or behind it, or where all ends. */
static size_t find_another(const struct v1 *v, const uint8_t *data, size_t from)
{
    return from < v->len ? from + header_search(data + from, v->len - from) : v->len;
}

/* Whether the header that the index ends at is part of what was logged, or of a name. Names
 * make up so much of a trace that one which is cut off often ends in one. */
static bool is_quoted(const struct v1 *v)
{
    const struct v1_index *ix = &v->index;
    if (!ix->cut)
        return false;
    assert(ix->base <= ix->cut && ix->cut < ix->end && ix->end - ix->base <= v->len);
    const uint8_t *p = ix->data + (ix->cut - ix->base), *at = p, *end = ix->data + v->len;
    const uint8_t *behind = ix->data + (ix->end - ix->base) + HEADER_SIZE;
    struct v1_sense sense = {.format = ix->format, .end = end, .budget = QUOTED};
    struct v1_record r;
    if (v1_decode(&ix->format, &p, end, &r) != V1_GOOD || p < behind || !v1_may_be(r.type, *at) ||
        (r.type != V1_String && r.type != V1_UserLog))
        return false;
    if (r.type == V1_String && v1_is_batch(&ix->format, behind, end, 0))
        return false;
    return p == end || v1_goes_on(&sense, p, V1_AS_BEFORE, 0, p);
}

/* The index has come to a header: there the trace ends, or it goes on. From a string that
 * holds one on the next is looked for so far away that all work is linear. */
static bool judge_end(struct v1 *v, struct builder *f)
{
    const struct v1_index *ix = &v->index;
    size_t len = (size_t)(ix->end - ix->base);
    assert(v->ends_before && len < v->len);
    v->ends_before = false;
    if (!is_quoted(v)) {
        builder_end_trace_at(f, f->start + len);
        f->info.size = builder_trace_size(f);
        return true;
    }
    const uint8_t *data = ix->data;
    v1_index_free(&v->index);
    len = find_another(v, data, 2 * len + HEADER_SIZE);
    v->ends_before = len < v->len;
    return start_index(v, f, data, len);
}

static gotrace_status index_all(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    struct v1_index *ix = &v->index;
    gotrace_status st = v1_index_parallel_step(&v->parallel, ix, SLICE);
    f->indexed = share(f, ix->pos - ix->base, ix->end - ix->base);
    if (st == GOTRACE_OK)
        return GOTRACE_OK;
    if (st == GOTRACE_END && v->ends_before)
        return judge_end(v, f) ? GOTRACE_OK : diag_no_memory(diag);
    if (st == GOTRACE_END && !v->walked && is_suspected(ix)) {
        v->phase = walk;
        return start_walk(v) ? GOTRACE_OK : diag_no_memory(diag);
    }
    if (st != GOTRACE_END || !say_older(v) || !judge_index(v) || !begin_order(v, f) ||
        !read_names(v, f))
        return diag_no_memory(diag);
    count_parts(ix, f);
    v->phase = f->order == GOTRACE_ORDER_FULL && ix->damages.list.len ? rehearse : begin;
    return GOTRACE_OK;
}

/* Loading */

/* All bytes, addressable in one piece until the trace is closed. */
static gotrace_status load(struct v1 *v, struct builder *f, gotrace_diag *diag)
{
    const uint8_t *at;
    gotrace_diag d;
    size_t want = f->reports && !source_stays(f->src) ? v->len + READER_READ : SIZE_MAX / 2;
    size_t len = source_peek(f->src, f->start, want, &at);
    gotrace_status st = source_status(f->src, &d);
    v->len = len;
    if (st == GOTRACE_OK && len >= want)
        return GOTRACE_OK; /* there may be more */
    if (st == GOTRACE_INTERRUPTED || st == GOTRACE_NO_MEMORY) {
        *diag = d;
        return st;
    }
    v->packing_broken = st == GOTRACE_DAMAGED;
    v->packing_diag = d;
    v->workers.use = f->plan.threads;
    v->len = len;
    len = find_another(v, at, 0);
    v->ends_before = len < v->len;
    if (!start_index(v, f, at, len))
        return diag_no_memory(diag);
    v1_index_parallel_start(&v->parallel, &v->workers, &v->index, v->version);
    f->info.size = builder_trace_size(f);
    return GOTRACE_OK;
}

static gotrace_status next(void *self, struct builder *f, gotrace_diag *diag)
{
    struct v1 *v = self;
    if (source_take_interrupt(f->src))
        return diag_set(diag, GOTRACE_INTERRUPTED, DIAG_NO_OFFSET, "interrupted");
    return v->phase(v, f, diag);
}

/* Names are interned as they are met. */
static uint64_t ahead(const void *self, const struct builder *f)
{
    (void)self;
    (void)f;
    return 0;
}

static void close_v1(void *self)
{
    struct v1 *v = self;
    if (!v)
        return;
    v1_index_parallel_free(&v->parallel);
    v1_order_ahead_free(&v->order_ahead);
    workers_free(&v->workers);
    v1_convert_free(&v->convert);
    v1_names_free(&v->names);
    v1_order_free(&v->order);
    v1_gs_free(&v->gs);
    v1_index_free(&v->index);
    v1_gaps_free(&v->gaps);
    map_free(&v->c_threads);
    mem_free(v);
}

bool v1_reader(struct reader *out, const struct builder *builder)
{
    static const struct reader_methods ops = {next, ahead, close_v1, NULL, NULL};
    struct v1 *v = mem_zeroed(1, sizeof *v);
    out->ops = &ops;
    out->self = v;
    if (!v)
        return false;
    v->version = builder->info.version;
    v->phase = load;
    return true;
}
