/* trace.c: gotrace.h's handle: a source, its header, and the reader of its
 * family. */
#include "model/trace.h"

#include <stdlib.h>

#include "model/feed.h"
#include "wire/header.h"

struct gotrace {
    struct feed feed;
    struct reader reader;
    uint8_t wanted[256]; /* as asked: a pass wants less */
    gotrace_status held; /* what gotrace_next says when it has no events */
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

void gotrace_interrupt(void)
{
    source_interrupt();
}

/* A pass alone is told of the ends of generations. */
static void want(gotrace *t)
{
    memcpy(t->feed.wanted, t->wanted, sizeof t->feed.wanted);
    memset(t->feed.skipped, 0, sizeof t->feed.skipped);
    t->feed.wanted[GOTRACE_EV_END] = 0;
}

/* What is known of a trace of which only the header has been read. */
static void begin(gotrace *t)
{
    struct feed *f = &t->feed;
    f->info = (gotrace_info){.version = f->info.version, .consumed = HEADER_SIZE};
    f->info.compression = source_packing_of(f->src);
    f->info.file_size = source_file_size(f->src);
    f->info.size = source_size(f->src);
    f->info.part[GOTRACE_PART_HEADER] = HEADER_SIZE;
}

static gotrace_status open_reader(gotrace *t, gotrace_diag *diag)
{
    struct feed *f = &t->feed;
    gotrace_status st = header_read(f->src, &f->info.version, diag);
    if (st != GOTRACE_OK)
        return st;
    f->events = calloc(GOTRACE_BATCH + FEED_SPARE, sizeof *f->events);
    bool made = f->info.version >= HEADER_V2 ? v2_reader(&t->reader, f->info.version)
                                             : v1_reader(&t->reader, f->info.version);
    if (!f->events || !made)
        return diag_no_memory(diag);
    begin(t);
    return GOTRACE_OK;
}

/* Takes the source. */
static gotrace_status open_source(gotrace **out, source *src, gotrace_names *names,
                                  gotrace_diag *diag)
{
    gotrace *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t) {
        source_close(src);
        return diag_no_memory(diag);
    }
    t->feed.src = src;
    t->feed.names = names;
    memset(t->wanted, 1, sizeof t->wanted);
    want(t);
    gotrace_status st = open_reader(t, diag);
    if (st != GOTRACE_OK) {
        gotrace_close(t);
        return st;
    }
    *out = t;
    return GOTRACE_OK;
}

gotrace_status gotrace_open(gotrace **out, const char *path, gotrace_names *names,
                            gotrace_diag *diag)
{
    source *src;
    gotrace_status st = source_open(&src, path, diag);
    *out = NULL;
    return st == GOTRACE_OK ? open_source(out, src, names, diag) : st;
}

gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag)
{
    source *src;
    gotrace_status st = source_open_memory(&src, data, len, step, diag);
    *out = NULL;
    return st == GOTRACE_OK ? open_source(out, src, names, diag) : st;
}

void gotrace_want(gotrace *t, const uint8_t wanted[256], gotrace_order order)
{
    memcpy(t->wanted, wanted, sizeof t->wanted);
    want(t);
    t->feed.order = order;
}

/* Passing */

bool trace_pass(gotrace *t, const uint8_t skipped[256])
{
    struct feed *f = &t->feed;
    if (!t->reader.ops->generation || f->order != GOTRACE_ORDER_FULL || !source_rewind(f->src))
        return false;
    memset(f->wanted, 0, sizeof f->wanted);
    f->wanted[GOTRACE_EV_GENERATION] = f->wanted[GOTRACE_EV_END] = 1;
    memcpy(f->skipped, skipped, sizeof f->skipped);
    return true;
}

const struct generation *trace_generation(const gotrace *t, const uint8_t **base)
{
    return t->reader.ops->generation(t->reader.self, base);
}

bool trace_again(gotrace *t)
{
    struct feed *f = &t->feed;
    t->reader.ops->close(t->reader.self);
    t->reader.self = NULL;
    f->damages.len = 0;
    f->len = 0;
    begin(t);
    want(t);
    (void)source_rewind(f->src);
    return v2_reader(&t->reader, f->info.version);
}

/* Events that came before the reader stopped go first, its status later. */
static gotrace_status hold(gotrace *t, gotrace_status st, const gotrace_diag *diag)
{
    if (st == GOTRACE_OK || t->feed.len == 0)
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

gotrace_status gotrace_next(gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    struct feed *f = &t->feed;
    gotrace_status st = take_held(t, diag);
    f->len = 0;
    while (st == GOTRACE_OK && f->len == 0) {
        /* A mapped source never waits, so nothing else would notice. */
        st = source_take_interrupt(f->src) ? GOTRACE_INTERRUPTED
                                           : t->reader.ops->next(t->reader.self, f, diag);
    }
    st = hold(t, st, diag);
    *out = (gotrace_batch){f->events, f->len, 0, &f->gen};
    return st;
}

const gotrace_info *gotrace_info_of(const gotrace *t)
{
    return &t->feed.info;
}

const gotrace_diag *gotrace_damage(const gotrace *t, uint64_t i, uint64_t *lost)
{
    if (i >= t->feed.damages.len)
        return NULL;
    *lost = t->feed.damages.data[i].lost;
    return &t->feed.damages.data[i].diag;
}

void gotrace_close(gotrace *t)
{
    if (!t)
        return;
    if (t->reader.ops)
        t->reader.ops->close(t->reader.self);
    source_close(t->feed.src);
    VEC_FREE(&t->feed.damages);
    free(t->feed.events);
    free(t);
}
