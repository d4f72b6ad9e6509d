#include "v2/file/batch_write.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/varint.h"
#include "base/vec.h"
#include "event/event.h" /* the event table is everybody's */
#include "event/versions.h"
#include "read/header.h"
#include "v2/file/event_write.h"

/* Bytes that things take at most. */
enum {
    HEAD_MAX = 2 + 4 * LEB128_MAX,
    SYNC_MAX = 3 + 5 * LEB128_MAX,
    STRING_MAX = 1 + 2 * LEB128_MAX + V2_MAX_STRING,
    STACK_MAX = 1 + (2 + 4 * V2_MAX_FRAMES) * LEB128_MAX,
    SAMPLE_MAX = 1 + 5 * LEB128_MAX
};
/* A record is put behind the batch at work before it is known to fit. */
enum { THREAD_MAX = V2_MAX_BATCH + V2_EVENT_MAX, THREAD_MIN = 2 * V2_EVENT_MAX };
enum { NO_PLACE = UINT32_MAX };
/* The batch at work of a table; its first byte is there as soon as a record is. */
struct records {
    struct buf bytes;
    uint8_t kind;
};
enum { STACKS, STRINGS, SAMPLES, TABLES };

struct v2_writer {
    struct v2_open_batches open;       /* of threads */
    sink *out;                         /* borrowed */
    uint64_t gen, ticks;               /* of the generation; gen 0: outside of one */
    uint8_t sync[HEAD_MAX + SYNC_MAX]; /* its first batch, until there is another to write */
    size_t sync_len;
    struct map thread_of; /* m -> index */
    /* The generation's threads as their first batches go, and those of the one before. */
    VEC(uint32_t) order, before;
    size_t placed; /* so many of them have had theirs, or need none */
    struct records tables[TABLES];
};

struct v2_open_batches *v2_open_batches(struct v2_writer *w)
{
    return &w->open;
}

/* There is room: the callers' enums say how much. */
static uint8_t *put_all(uint8_t *p, const uint64_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p = v2_put_number(p, v[i]);
    return p;
}

/* Batches */

/* Behind its type, the rest of a batch's header. */
static uint8_t *put_header(uint8_t *p, const struct v2_writer *w, uint64_t m, uint64_t time,
                           size_t size)
{
    return put_all(p, (uint64_t[]){w->gen, m, time, size}, 4);
}

/* As soon as the generation has something else: one without anything is left out
 * as a whole. */
static gotrace_status write_sync(struct v2_writer *w, gotrace_diag *diag)
{
    size_t n = w->sync_len;
    w->sync_len = 0;
    return sink_write(w->out, w->sync, n, diag);
}

/* `head` is what a batch begins with: its type, and its experiment. */
static gotrace_status write_batch(struct v2_writer *w, const uint8_t *head, size_t head_len,
                                  uint64_t m, uint64_t time, const void *data, size_t size,
                                  gotrace_diag *diag)
{
    uint8_t bytes[HEAD_MAX];
    assert(w->gen && size <= V2_MAX_BATCH);
    memcpy(bytes, head, head_len);
    uint8_t *end = put_header(bytes + head_len, w, m, time, size);
    assert((size_t)(end - bytes) <= sizeof bytes);
    gotrace_status st = w->sync_len ? write_sync(w, diag) : GOTRACE_OK;
    if (st == GOTRACE_OK)
        st = sink_write(w->out, bytes, (size_t)(end - bytes), diag);
    return st == GOTRACE_OK ? sink_write(w->out, data, size, diag) : st;
}

static gotrace_status write_events(struct v2_writer *w, uint64_t m, uint64_t time, const void *data,
                                   size_t size, gotrace_diag *diag)
{
    static const uint8_t head[] = {EvEventBatch};
    return write_batch(w, head, sizeof head, m, time, data, size, diag);
}

gotrace_status v2_write_batch(struct v2_writer *w, uint64_t m, uint64_t ticks, const void *data,
                              size_t size, gotrace_diag *diag)
{
    return write_events(w, m, ticks, data, size, diag);
}

gotrace_status v2_write_experiment(struct v2_writer *w, uint8_t experiment, uint64_t m,
                                   uint64_t ticks, const void *data, size_t size,
                                   gotrace_diag *diag)
{
    const uint8_t head[] = {EvExperimentalBatch, experiment};
    assert(experiment); /* to a reader, 0 is an ordinary batch */
    return write_batch(w, head, sizeof head, m, ticks, data, size, diag);
}

/* Kept in memory, as whether the generation will have anything is not known yet. */
static void hold_sync(struct v2_writer *w, const struct v2_sync *s)
{
    uint8_t data[SYNC_MAX], *p = data;
    *p++ = EvSync;
    *p++ = EvFrequency;
    p = v2_put_number(p, s->freq);
    *p++ = EvClockSnapshot;
    assert(s->clock_time >= w->ticks);
    p = put_all(p, (uint64_t[]){s->clock_time - w->ticks, s->mono, s->sec, s->nsec}, 4);
    size_t size = (size_t)(p - data);
    w->sync[0] = EvEventBatch;
    p = put_header(w->sync + 1, w, UINT64_MAX, w->ticks, size);
    memcpy(p, data, size);
    w->sync_len = (size_t)(p - w->sync) + size;
    assert(size <= sizeof data && w->sync_len <= sizeof w->sync);
}

/* Threads */

/* Room is made first, so that the map never has a thread that the list has not. */
bool v2_write_thread(struct v2_writer *w, int64_t m, uint32_t *thread)
{
    *thread = map_get(&w->thread_of, (uint64_t)m);
    assert(*thread == MAP_NONE || w->open.threads.data[*thread].m == m);
    if (*thread != MAP_NONE)
        return true;
    *thread = (uint32_t)w->open.threads.len;
    return VEC_RESERVE(&w->open.threads, 1) && map_put(&w->thread_of, (uint64_t)m, *thread) &&
           VEC_PUSH(&w->open.threads, ((struct v2_open_batch){.m = m, .place = NO_PLACE}));
}

uint64_t v2_write_last(const struct v2_writer *w, uint32_t thread)
{
    assert(thread < w->open.threads.len);
    return w->open.threads.data[thread].last;
}

/* Gives the thread the next place in the order, unless it has one. */
static bool line_up(struct v2_writer *w, uint32_t thread)
{
    struct v2_open_batch *t = &w->open.threads.data[thread];
    assert(t->place == NO_PLACE || w->order.data[t->place] == thread);
    if (t->place != NO_PLACE)
        return true;
    if (!VEC_PUSH(&w->order, thread))
        return false;
    t->place = (uint32_t)w->order.len - 1;
    return true;
}

/* Go's reader lines threads up as their first batches come, and takes a batch
 * without data for one: that is how those before t keep their places while
 * their events are still being gathered. */
static gotrace_status hold_places(struct v2_writer *w, const struct v2_open_batch *t,
                                  gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    assert(t->place < w->order.len && w->placed <= w->order.len);
    for (; st == GOTRACE_OK && w->placed < t->place; w->placed++) {
        const struct v2_open_batch *other = &w->open.threads.data[w->order.data[w->placed]];
        st = write_events(w, (uint64_t)other->m, w->ticks, NULL, 0, diag);
    }
    if (w->placed == t->place)
        w->placed++;
    return st;
}

/* Behind the batches that keep places before it. It is empty then, also behind a failure. */
static gotrace_status flush_thread(struct v2_writer *w, struct v2_open_batch *t, gotrace_diag *diag)
{
    gotrace_status st = hold_places(w, t, diag);
    if (st == GOTRACE_OK)
        st = write_events(w, (uint64_t)t->m, t->time, t->data, t->len, diag);
    assert(w->open.held >= t->len && t->len > 0);
    w->open.held -= t->len;
    t->len = 0;
    return st;
}

/* Not by doubling alone: the largest is a little more than a power of two. */
static bool grow(struct v2_open_batch *t)
{
    size_t cap = t->cap ? t->cap * 2 : THREAD_MIN;
    if (cap > THREAD_MAX)
        cap = THREAD_MAX;
    assert(cap > t->cap); /* a batch that is full is not filled further */
    uint8_t *data = mem_resize(t->data, cap);
    if (!data)
        return false;
    t->data = data;
    t->cap = cap;
    return true;
}

/* The header's time is that of the first event. But Go's reader looks for the
 * earliest batch and takes 0 for none (Go 1.27 internal/trace/generation.go), so
 * that a generation that begins at 0 has no later ones. */
static void begin_batch(const struct v2_writer *w, struct v2_open_batch *t, uint64_t ticks)
{
    assert(t->len == 0 && ticks >= t->last);
    t->time = t->last = w->ticks ? ticks : 0;
}

/* Room for any event, in a batch that has begun. */
static bool make_room(struct v2_writer *w, uint32_t thread, uint64_t ticks)
{
    struct v2_open_batch *t = &w->open.threads.data[thread];
    if (t->len == 0)
        begin_batch(w, t, ticks);
    return line_up(w, thread) && (t->cap - t->len >= V2_EVENT_MAX || grow(t));
}

static gotrace_status next_batch(struct v2_writer *w, struct v2_open_batch *t, uint64_t ticks,
                                 gotrace_diag *diag)
{
    gotrace_status st = flush_thread(w, t, diag);
    begin_batch(w, t, ticks);
    return st;
}

/* v2_put_event does the usual. Here it is the first of a batch, or there may be
 * no room, or it makes the batch too long: then it is put again, as the first
 * event of the next one. */
gotrace_status v2_write_event(struct v2_writer *w, uint32_t thread, uint8_t type, uint64_t ticks,
                              const uint64_t *arg, unsigned nargs, gotrace_diag *diag)
{
    struct v2_open_batch *t = &w->open.threads.data[thread];
    assert(w->gen && ticks >= t->last && event_varints[type] == 1 + nargs);
    gotrace_status st = GOTRACE_OK;
    if (v2_put_event(&w->open, thread, type, ticks, arg, nargs))
        return st;
    if (!make_room(w, thread, ticks))
        return diag_no_memory(diag);
    uint8_t *end = v2_put_numbers(t->data + t->len, type, ticks - t->last, arg, nargs);
    if (end - t->data > V2_MAX_BATCH) {
        st = next_batch(w, t, ticks, diag);
        end = v2_put_numbers(t->data, type, ticks - t->last, arg, nargs);
    }
    v2_add_event(&w->open, t, end, ticks);
    return st;
}

/* Threads that have no batch by now need none: nothing of theirs is to come. */
static gotrace_status flush_threads(struct v2_writer *w, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    for (size_t i = 0; st == GOTRACE_OK && i < w->order.len; i++) {
        struct v2_open_batch *t = &w->open.threads.data[w->order.data[i]];
        if (w->placed < i)
            w->placed = i;
        if (t->len)
            st = flush_thread(w, t, diag);
    }
    return st;
}

/* Tables */

/* Tables are of no thread, and of the time at which the generation begins. */
static gotrace_status flush_records(struct v2_writer *w, struct records *r, gotrace_diag *diag)
{
    size_t len = r->bytes.len;
    r->bytes.len = 0;
    return len ? write_events(w, UINT64_MAX, w->ticks, r->bytes.data, len, diag) : GOTRACE_OK;
}

/* Where a record of at most `max` bytes is to be put, NULL: no memory. */
static uint8_t *record_begin(struct records *r, size_t max)
{
    assert(r->bytes.len <= V2_MAX_BATCH);
    if (!buf_reserve(&r->bytes, 1 + max))
        return NULL;
    if (r->bytes.len == 0)
        r->bytes.data[r->bytes.len++] = r->kind;
    return r->bytes.data + r->bytes.len;
}

/* Takes the record that ends at `end`; if it is too much for the batch, it is
 * the first of the next. */
static gotrace_status record_end(struct v2_writer *w, struct records *r, const uint8_t *end,
                                 gotrace_diag *diag)
{
    uint8_t *at = r->bytes.data + r->bytes.len;
    size_t size = (size_t)(end - at);
    gotrace_status st = GOTRACE_OK;
    assert(w->gen);
    if (r->bytes.len + size > V2_MAX_BATCH) {
        st = flush_records(w, r, diag);
        r->bytes.len = 1; /* the kind stays */
        memmove(r->bytes.data + 1, at, size);
    }
    r->bytes.len += size;
    assert(r->bytes.len <= V2_MAX_BATCH && r->bytes.data[0] == r->kind);
    return st;
}

/* Written straight into the batch: record_end moves it if it does not fit. */
gotrace_status v2_write_string(struct v2_writer *w, uint64_t id, const void *data, size_t len,
                               gotrace_diag *diag)
{
    struct records *r = &w->tables[STRINGS];
    assert(id && len <= V2_MAX_STRING);
    uint8_t *p = record_begin(r, STRING_MAX);
    if (!p)
        return diag_no_memory(diag);
    *p++ = EvString;
    p = v2_put_number(v2_put_number(p, id), len);
    if (len)
        memcpy(p, data, len);
    return record_end(w, r, p + len, diag);
}

gotrace_status v2_write_stack(struct v2_writer *w, const struct v2_stack *s, gotrace_diag *diag)
{
    struct records *r = &w->tables[STACKS];
    assert(s->id && s->len <= V2_MAX_FRAMES);
    uint8_t *p = record_begin(r, STACK_MAX);
    if (!p)
        return diag_no_memory(diag);
    *p++ = EvStack;
    p = v2_put_number(v2_put_number(p, s->id), s->len);
    for (uint32_t i = 0; i < s->len; i++) {
        const struct v2_frame *f = &s->frames[i];
        p = put_all(p, (uint64_t[]){f->pc, f->func, f->file, f->line}, 4);
    }
    return record_end(w, r, p, diag);
}

gotrace_status v2_write_sample(struct v2_writer *w, const struct v2_sample *s, gotrace_diag *diag)
{
    struct records *r = &w->tables[SAMPLES];
    uint8_t *p = record_begin(r, SAMPLE_MAX);
    if (!p)
        return diag_no_memory(diag);
    *p++ = EvCPUSample;
    p = put_all(p, (uint64_t[]){s->time, s->m, s->p, s->g, s->stack}, 5);
    return record_end(w, r, p, diag);
}

/* Generations */

/* Threads without an event in this generation have a place all the same. False:
 * no memory. */
static bool take_order(struct v2_writer *w, const struct v2_generation *g)
{
    uint32_t thread;
    for (size_t i = 0; i < g->order_len; i++) {
        if (!v2_write_thread(w, g->order[i], &thread) || !line_up(w, thread))
            return false;
    }
    return true;
}

/* Nothing is written yet: the sync batch waits for another (write_sync). */
gotrace_status v2_write_begin(struct v2_writer *w, const struct v2_generation *g,
                              gotrace_diag *diag)
{
    assert(w->gen == 0 && g->gen && w->open.held == 0 && w->order.len == 0);
    if (!take_order(w, g))
        return diag_no_memory(diag);
    w->gen = g->gen;
    w->ticks = g->ticks;
    hold_sync(w, &g->sync);
    return GOTRACE_OK;
}

/* Threads come and go: the memory of those that have become idle is given back.
 * Only those of the last two generations are looked at, for there may be many
 * generations, and many threads that are gone. */
static void forget_generation(struct v2_writer *w)
{
    __typeof__(w->order) free_order = w->before;
    for (size_t i = 0; i < w->before.len; i++) {
        struct v2_open_batch *t = &w->open.threads.data[w->before.data[i]];
        if (t->last == 0) {
            mem_free(t->data);
            t->data = NULL;
            t->cap = 0;
        }
    }
    for (size_t i = 0; i < w->order.len; i++) {
        struct v2_open_batch *t = &w->open.threads.data[w->order.data[i]];
        assert(t->place == i);
        t->last = 0;
        t->place = NO_PLACE;
    }
    w->before = w->order;
    w->order = free_order;
    w->order.len = w->placed = 0;
    w->gen = w->ticks = 0;
}

/* One that is left out (GOTRACE_END) has no end either. */
gotrace_status v2_write_end(struct v2_writer *w, bool may_be_none, gotrace_diag *diag)
{
    static const uint8_t end[] = {EvEndOfGeneration};
    assert(w->gen);
    gotrace_status st = flush_threads(w, diag);
    for (int i = 0; st == GOTRACE_OK && i < TABLES; i++)
        st = flush_records(w, &w->tables[i], diag);
    assert(st != GOTRACE_OK || w->open.held == 0); /* nothing is left behind */
    if (st == GOTRACE_OK && w->sync_len)
        st = may_be_none ? GOTRACE_END : write_sync(w, diag);
    w->sync_len = 0;
    forget_generation(w);
    return st == GOTRACE_OK ? sink_write(w->out, end, sizeof end, diag) : st;
}

/* The trace */

/* Batch headers of what is in memory are not in it. */
uint64_t v2_write_size(const struct v2_writer *w)
{
    uint64_t n = sink_size(w->out) + w->sync_len + w->open.held;
    for (int i = 0; i < TABLES; i++)
        n += w->tables[i].bytes.len;
    return n;
}

/* Zeros fill it up to HEADER_SIZE. */
static gotrace_status write_header(sink *out, gotrace_diag *diag)
{
    char text[HEADER_SIZE + 1] = {0};
    (void)snprintf(text, sizeof text, "go 1.%d trace", VERSION_LATEST);
    return sink_write(out, text, HEADER_SIZE, diag);
}

struct v2_writer *v2_writer_new(sink *out, gotrace_diag *diag)
{
    struct v2_writer *w = mem_zeroed(1, sizeof *w);
    if (!w) {
        diag_no_memory(diag);
        return NULL;
    }
    w->out = out;
    w->tables[STACKS].kind = EvStacks;
    w->tables[STRINGS].kind = EvStrings;
    w->tables[SAMPLES].kind = EvCPUSamples;
    if (write_header(out, diag) != GOTRACE_OK) {
        v2_writer_free(w);
        return NULL;
    }
    return w;
}

void v2_writer_free(struct v2_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->open.threads.len; i++)
        mem_free(w->open.threads.data[i].data);
    for (int i = 0; i < TABLES; i++)
        buf_free(&w->tables[i].bytes);
    VEC_FREE(&w->open.threads);
    VEC_FREE(&w->order);
    VEC_FREE(&w->before);
    map_free(&w->thread_of);
    mem_free(w);
}
