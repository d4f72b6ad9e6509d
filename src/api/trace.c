/* trace.c: gotrace.h's handle: a source, its header, and the reader of its
 * family. */
#include "api/trace.h"

#include <assert.h>
#include <time.h>

#include "base/mem.h"
#include "event/intern.h"
#include "event/versions.h"
#include "gotrace_lua.h"
#include "read/header.h"
#include "read/read_ahead.h"
#include "read/text.h"
#include "symbols/symbols.h"

/* How much the caller does beside the reader: a thread of the reader's own gains
 * nothing where that is little, and costs. Hooks are compiled first, then looked
 * at, now and then. In ns of the caller's CPU time: another process may have the
 * CPU while the caller has it on its hands. */
enum { WARM = 128, LOOK = 256, STEP = 8 }; /* batches */
struct pace {
    int64_t left; /* when the caller got its last batch, 0: not looked at */
    int64_t reading, outside;
    unsigned batches;
    bool busy; /* the caller is */
};

/* Stacks have names from this version on. */
enum { V1_WITH_NAMES = 7 };

struct gotrace {
    struct builder builder;
    struct reader reader;
    uint8_t wanted[256];      /* as asked: a pass wants less */
    bool watched;             /* the pass is one of trace_watch */
    gotrace_batch left;       /* what trace_unread gave back */
    struct read_ahead *ahead; /* owned */
    bool lent;                /* the reader is, to it: what it did comes in blocks */
    gotrace_info info;        /* as of the batch at hand */
    struct pace pace;
    gotrace_interrupter *interrupter; /* borrowed, or NULL */
    bool guarded;                     /* the file is not to change */
    uint64_t checked;                 /* generations for which that was looked at */
    gotrace_status held;              /* what gotrace_next says when it has no events */
    gotrace_diag why;
};

uint32_t gotrace_abi(void)
{
    return GOTRACE_ABI;
}

const char *gotrace_version(void)
{
    return GOTRACE_VERSION;
}

/* A pass alone is told of the ends of generations. */
static void want(gotrace *t)
{
    plan_wanted(&t->builder.plan, t->builder.wanted, t->wanted);
    t->builder.wanted[GOTRACE_EV_END] = 0;
}

/* What is known of a trace of which only the header has been read. */
static void begin(gotrace *t)
{
    struct builder *f = &t->builder;
    f->info = (gotrace_info){.version = f->info.version, .consumed = HEADER_SIZE};
    f->info.compression = source_packing_of(f->src);
    f->info.file_size = source_file_size(f->src);
    f->info.size = source_size(f->src) ? builder_trace_size(f) : 0;
    f->info.part[GOTRACE_PART_HEADER] = HEADER_SIZE;
    f->info.off = f->start - HEADER_SIZE;
    f->unsaid = f->info.off > f->from;
    f->lossy = false;
    t->info = f->info;
}

static gotrace_status open_reader(gotrace *t, gotrace_diag *diag)
{
    struct builder *f = &t->builder;
    struct header header;
    gotrace_status st = header_read(f->src, f->from, &header, diag);
    if (st != GOTRACE_OK)
        return st;
    f->info.version = header.version;
    f->start = header.off + HEADER_SIZE;
    f->events = batch_events(1);
    t->ahead = read_ahead_new(&t->reader, f);
    bool made = f->info.version >= VERSION_V2 ? v2_reader(&t->reader, f) : v1_reader(&t->reader, f);
    if (!f->events || !t->ahead || !made)
        return diag_no_memory(diag);
    begin(t);
    return GOTRACE_OK;
}

/* What is before `off` is of no use any more: a trace before this one. */
static void set_up(gotrace *t, source *src, const gotrace_options *options, const struct plan *plan,
                   gotrace_names *names)
{
    source_release(src, options->off);
    t->interrupter = options->interrupter;
    t->builder.src = src;
    t->builder.from = options->off;
    t->builder.names = names;
    names_begin(names);
    atomic_init(&t->builder.full, BATCH_FULL);
    t->builder.plan = *plan;
    memset(t->wanted, 1, sizeof t->wanted);
    want(t);
}

/* Takes the source. */
static gotrace_status open_source(gotrace **out, source *src, const gotrace_options *options,
                                  const struct plan *plan, gotrace_names *names, gotrace_diag *diag)
{
    gotrace *t = mem_zeroed(1, sizeof *t);
    *out = NULL;
    if (!t) {
        source_close(src);
        return diag_no_memory(diag);
    }
    set_up(t, src, options, plan, names);
    gotrace_status st = open_reader(t, diag);
    if (st != GOTRACE_OK) {
        gotrace_close(t);
        return st;
    }
    *out = t;
    return GOTRACE_OK;
}

/* The plan says whether a file is mapped. On anything but GOTRACE_OK nothing is open. */
static gotrace_status source_of(source **out, const char *path, const gotrace_options *o,
                                const struct plan *plan, gotrace_diag *diag)
{
    gotrace_status st = o->data ? source_open_memory(out, o->data, o->len, o->step, diag)
                                : source_open(out, path, plan_takes(plan, GOTRACE_PATH_MAP), diag);
    if (st == GOTRACE_OK)
        st = source_heed(*out, o->interrupter, diag);
    if (st != GOTRACE_OK)
        source_close(*out);
    return st;
}

/* As much of the options as the caller's version knows of; the rest are zeros. */
gotrace_status gotrace_open_with(gotrace **out, const char *path, const gotrace_options *options,
                                 gotrace_names *names, gotrace_diag *diag)
{
    gotrace_options known = {0};
    source *src = NULL;
    struct plan plan = plan_made();
    *out = NULL;
    memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    gotrace_status st = source_of(&src, path, &known, &plan, diag);
    return st == GOTRACE_OK ? open_source(out, src, &known, &plan, names, diag) : st;
}

gotrace_status gotrace_open(gotrace **out, const char *path, gotrace_names *names,
                            gotrace_diag *diag)
{
    gotrace_options options = {.size = sizeof options};
    return gotrace_open_with(out, path, &options, names, diag);
}

gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag)
{
    gotrace_options options = {
        .size = sizeof options, .data = data ? data : "", .len = len, .step = step};
    return gotrace_open_with(out, NULL, &options, names, diag);
}

/* The source goes over to the new handle; what was read of it stays read. */
gotrace_status gotrace_follow(gotrace **out, gotrace *t, gotrace_diag *diag)
{
    source *src = t->builder.src;
    gotrace_options options = {.off = t->info.next, .interrupter = t->interrupter};
    gotrace_names *names = t->builder.names;
    struct plan plan = t->builder.plan;
    t->builder.src = NULL;
    gotrace_close(t);
    return open_source(out, src, &options, &plan, names, diag);
}

void gotrace_want(gotrace *t, const uint8_t wanted[256], gotrace_order order)
{
    memcpy(t->wanted, wanted, sizeof t->wanted);
    want(t);
    t->builder.order = order;
}

/* GOTRACE_END: the trace has its names, and needs none. */
gotrace_status gotrace_binary(gotrace *t, const char *path, gotrace_diag *diag)
{
    struct builder *f = &t->builder;
    symbols_close(f->symbols);
    f->symbols = NULL;
    if (f->info.version >= V1_WITH_NAMES)
        return GOTRACE_END;
    return symbols_open(&f->symbols, path, diag);
}

void gotrace_begin_at(gotrace *t, int64_t time)
{
    t->builder.begin = time;
}

bool gotrace_binary_misfit(const gotrace *t, gotrace_diag *diag)
{
    const struct builder *f = &t->builder;
    if (f->symbols && symbols_check(f->symbols, diag) != GOTRACE_OK)
        return true;
    if (f->misfit.status != GOTRACE_OK)
        *diag = f->misfit;
    return f->misfit.status != GOTRACE_OK;
}

/* Passing */

/* A copy is of a whole generation in full order, and it may have to be read a
 * second time. */
static bool can_pass(const gotrace *t)
{
    const struct builder *f = &t->builder;
    return plan_takes(&f->plan, GOTRACE_PATH_COPY) && t->reader.ops->generation &&
           f->order == GOTRACE_ORDER_FULL && source_rewind(f->src);
}

bool trace_pass(gotrace *t, const uint8_t skipped[256])
{
    struct builder *f = &t->builder;
    if (!can_pass(t))
        return false;
    memset(f->wanted, 0, sizeof f->wanted);
    f->wanted[GOTRACE_EV_GENERATION] = f->wanted[GOTRACE_EV_END] = 1;
    memcpy(f->skipped, skipped, sizeof f->skipped);
    f->for_passthrough = true;
    t->pace.busy = true; /* from the first generation on */
    return true;
}

bool trace_watch(gotrace *t)
{
    struct builder *f = &t->builder;
    if (!can_pass(t))
        return false;
    f->wanted[GOTRACE_EV_GENERATION] = f->wanted[GOTRACE_EV_END] = 1;
    f->for_passthrough = t->watched = true;
    return true;
}

void trace_unread(gotrace *t, const gotrace_batch *rest)
{
    assert(t->left.len == 0);
    t->left = *rest;
}

const struct generation *trace_generation(const gotrace *t, const uint8_t **base)
{
    return t->reader.ops->generation(t->reader.self, base);
}

gotrace_interrupter *trace_interrupter(const gotrace *t)
{
    return t->interrupter;
}

/* Guarding */

void gotrace_guard(gotrace *t)
{
    t->guarded = true;
    source_settle(t->builder.src);
}

gotrace_status trace_unchanged(const gotrace *t, gotrace_diag *diag)
{
    return source_unchanged(t->builder.src, diag);
}

/* What to say instead of st, which the reader says. */
static gotrace_status guard(gotrace *t, gotrace_status st, gotrace_diag *diag)
{
    bool due = st == GOTRACE_END || t->info.generations != t->checked;
    if (!t->guarded || !due || (st != GOTRACE_OK && st != GOTRACE_END))
        return st;
    t->checked = t->info.generations;
    return trace_unchanged(t, diag) == GOTRACE_OK ? st : GOTRACE_SYSTEM;
}

/* Events that came before the reader stopped go first, its status later. */
static gotrace_status hold(gotrace *t, gotrace_status st, const gotrace_batch *batch,
                           const gotrace_diag *diag)
{
    if (st == GOTRACE_OK || batch->len == 0)
        return st;
    t->held = st;
    t->why = *diag;
    return GOTRACE_OK;
}

static gotrace_status take_held(gotrace *t, gotrace_diag *diag)
{
    gotrace_status st = t->held;
    t->held = GOTRACE_OK;
    if (st != GOTRACE_OK)
        *diag = t->why;
    return st;
}

static int64_t cpu_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* The caller comes for a batch: when, 0: that is not looked at. */
static int64_t come(const struct pace *p)
{
    return p->left ? cpu_ns() : 0;
}

/* It gets one that was read here, for which it came at `came`; lent: the next is
 * not. */
static void leave(struct pace *p, int64_t came, bool lent)
{
    if (came && p->batches >= WARM) {
        p->outside += came - p->left;
        p->reading += cpu_ns() - came;
    }
    if (++p->batches == WARM + LOOK) {
        p->busy = 5 * p->outside > 2 * p->reading;
        p->outside = p->reading = 0;
        p->batches = WARM;
    }
    p->left = p->batches % STEP == 0 && !lent ? cpu_ns() : 0;
}

/* What was taken back of what was done to the file on its way, once it is known; nothing is
 * lost by it. False: nothing to say. */
static bool say_taken_back(struct builder *f)
{
    static const struct {
        const char *what;
        gotrace_fact fact;
    } done[] = {
        {"a carriage return stands before each line feed; they are taken out", GOTRACE_FACT_CRLF},
        {"each byte above 127 stands as two, as UTF-8 has it; they are made one again",
         GOTRACE_FACT_UTF8},
        {"it comes in chunks, as HTTP sends it; their sizes are taken out", GOTRACE_FACT_CHUNKS},
    };
    gotrace_diag d;
    source_packing packing = source_packing_of(f->src);
    if (f->from || f->taken_back || packing < SOURCE_TEXT_MODE)
        return false;
    size_t i = (size_t)packing - SOURCE_TEXT_MODE;
    diag_set(&d, GOTRACE_DAMAGED, f->from, "%s, and do not count in offsets", done[i].what);
    diag_fact(&d, done[i].fact);
    batch_damage(f, &d, 0);
    f->info.compression = packing;
    return f->taken_back = true;
}

/* The text before the header, in front of all else. */
static void say_skipped(struct builder *f)
{
    gotrace_diag d;
    const uint8_t *at;
    size_t n = (size_t)(f->info.off - f->from);
    f->unsaid = false;
    (void)source_peek(f->src, f->from, n, &at);
    text_diag(&d, at, n, f->from);
    batch_damage(f, &d, n);
}

/* What the reader does next on this thread. */
static gotrace_status read_on(gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    struct builder *f = &t->builder;
    f->len = 0;
    (void)say_taken_back(f);
    if (f->unsaid)
        say_skipped(f);
    f->paused = false;
    gotrace_status st = t->reader.ops->next(t->reader.self, f, diag);
    if (st == GOTRACE_INTERRUPTED && f->paused)
        st = GOTRACE_OK;
    if (st == GOTRACE_END && say_taken_back(f))
        st = GOTRACE_OK; /* the end is told when asked for again */
    out->events = f->events;
    out->len = f->len;
    t->info = f->info;
    t->lent = st == GOTRACE_OK && read_ahead_offer(t->ahead, t->pace.busy);
    return st;
}

/* What it has done on its own. */
static gotrace_status take_block(gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    const struct read_ahead_block *s;
    /* Whoever watches may ask which strings there are so far. */
    if (t->builder.for_passthrough && !t->watched)
        t->reader.ops->early(t->reader.self, &t->builder);
    gotrace_status st = read_ahead_take(t->ahead, &s);
    t->lent = st != GOTRACE_END;
    if (st != GOTRACE_OK)
        return st == GOTRACE_END ? GOTRACE_OK : st;
    out->events = s->events;
    out->len = s->len;
    t->info = s->info;
    if (s->status != GOTRACE_OK)
        *diag = s->diag;
    return s->status;
}

/* The reader comes back soon, wherever it is; what it has done is not looked at. An
 * interrupt is for later. */
static void call_back(gotrace *t)
{
    gotrace_status held = GOTRACE_OK;
    gotrace_batch batch;
    batch_stop(&t->builder);
    while (t->lent) {
        if (take_block(t, &batch, &t->why) == GOTRACE_INTERRUPTED)
            held = GOTRACE_INTERRUPTED;
    }
    t->held = held;
    atomic_store(&t->builder.full, BATCH_FULL);
}

bool trace_again(gotrace *t)
{
    struct builder *f = &t->builder;
    call_back(t);
    t->left.len = 0;
    t->reader.ops->close(t->reader.self);
    t->reader.self = NULL;
    mem_free(f->damages);
    f->damages = NULL;
    begin(t);
    want(t);
    memset(f->skipped, 0, sizeof f->skipped);
    f->for_passthrough = t->watched = false;
    (void)source_rewind(f->src);
    return v2_reader(&t->reader, f);
}

/* Adds to the diag how far the trace was read, if there is no better place. */
static gotrace_status locate(const gotrace *t, gotrace_status st, gotrace_diag *diag)
{
    if (st == GOTRACE_NO_MEMORY && diag && diag->offset == DIAG_NO_OFFSET) {
        diag->offset = t->info.consumed;
        diag->gen = t->builder.gen.gen;
    }
    return st;
}

gotrace_status gotrace_next(gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    if (t->left.len > 0) {
        *out = t->left;
        t->left.len = 0;
        return GOTRACE_OK;
    }
    gotrace_status st = take_held(t, diag);
    bool lent = t->lent;
    int64_t came = lent ? 0 : come(&t->pace);
    *out = (gotrace_batch){.gen = &t->builder.gen};
    for (bool more = true; st == GOTRACE_OK && more; more = !out->len && !t->builder.reports) {
        /* A mapped source never waits, so nothing else would notice. */
        if (source_take_interrupt(t->builder.src))
            st = GOTRACE_INTERRUPTED;
        else
            st = t->lent ? take_block(t, out, diag) : read_on(t, out, diag);
    }
    if (!lent)
        leave(&t->pace, came, t->lent);
    st = guard(t, locate(t, st, diag), diag);
    return hold(t, st, out, diag);
}

const gotrace_info *gotrace_info_of(const gotrace *t)
{
    return &t->info;
}

/* Looks at each page, so that it shows now what of a file that is mapped is not there any more;
 * write(2) would blame the disk for it. */
static void touch(const uint8_t *at, size_t n)
{
    enum { PAGE = 4096 };
    for (size_t i = 0; i < n; i += PAGE)
        (void)*(const volatile uint8_t *)(at + i);
    if (n > 0)
        (void)*(const volatile uint8_t *)(at + n - 1);
}

void gotrace_report_progress(gotrace *t)
{
    t->builder.reports = true;
}

/* Of what is packed, as many bytes as hold that much of what has come out of it. */
void gotrace_progress_of(const gotrace *t, gotrace_progress *out)
{
    const source *src = t->builder.src;
    uint64_t taken = source_taken(src), seen = source_seen(src);
    uint64_t done = t->builder.from + t->info.consumed + t->builder.beside;
    double part = done < seen ? (double)done / (double)seen : 1;
    uint64_t indexed = t->builder.from + t->builder.indexed;
    bool stays = source_stays(src);
    out->size = source_file_size(src);
    out->read = !stays ? taken : indexed > done ? indexed : done;
    out->done = stays ? done : (uint64_t)(part * (double)taken);
}

const void *gotrace_generation_bytes(gotrace *t, uint64_t off, uint64_t end, size_t *len)
{
    const uint8_t *at = NULL;
    size_t n = (size_t)(end - off), there = source_peek(t->builder.src, off, n, &at);
    touch(at, there < n ? there : n);
    there = source_peek(t->builder.src, off, n, &at);
    *len = there < n ? there : n;
    return at;
}

const gotrace_diag *gotrace_damage(const gotrace *t, uint64_t i, uint64_t *lost)
{
    if (i >= t->info.damages || i >= BATCH_DAMAGES || !t->builder.damages)
        return NULL;
    *lost = t->builder.damages[i].lost;
    return &t->builder.damages[i].diag;
}

void gotrace_close(gotrace *t)
{
    if (!t)
        return;
    read_ahead_free(t->ahead);
    if (t->reader.ops)
        t->reader.ops->close(t->reader.self);
    source_close(t->builder.src);
    symbols_close(t->builder.symbols);
    mem_free(t->builder.damages);
    mem_free(t->builder.events);
    mem_free(t);
}
