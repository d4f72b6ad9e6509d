#include "v2/file/batch_read.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/varint.h"
#include "event/event.h" /* the event table is everybody's */

/* The batch header */

enum { GO125 = 25, GO126 = 26 };

struct header {
    uint8_t type, exp;
    uint64_t field[4]; /* gen, m, time, size */
    size_t len;        /* bytes it takes, and of these the size's number */
    size_t size_len;
};
enum parsed { PARSED, CUT, BROKEN };

/* A varint that the bytes at hand do not finish is CUT; one that no bytes
 * could finish is BROKEN. */
static enum parsed get(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
    if (leb128_get(p, end, out))
        return PARSED;
    return end - *p < LEB128_MAX ? CUT : BROKEN;
}

/* CUT: with more bytes it may be one. An end of generation is one byte, and has
 * no fields. */
static enum parsed parse_header(const uint8_t *at, size_t len, struct header *h)
{
    const uint8_t *p = at, *end = at + len;
    assert(len > 0);
    *h = (struct header){.type = *p++};
    if (h->type == EvEndOfGeneration) {
        h->len = 1;
        return PARSED;
    }
    if (h->type != EvEventBatch && h->type != EvExperimentalBatch)
        return BROKEN;
    if (h->type == EvExperimentalBatch) {
        if (p == end)
            return CUT;
        h->exp = *p++;
    }
    for (int i = 0; i < 4; i++) {
        const uint8_t *from = p;
        enum parsed r = get(&p, end, &h->field[i]);
        if (r != PARSED)
            return r;
        h->size_len = (size_t)(p - from);
    }
    h->len = (size_t)(p - at);
    assert(h->len <= len && h->size_len >= 1 && h->size_len <= LEB128_MAX);
    return PARSED;
}

/* By the first byte of its data. Before 1.25 a batch with the Frequency is the
 * sync batch; from then on one that begins with Sync. */
static uint8_t kind_of(uint32_t version, uint8_t exp, uint8_t first)
{
    if (exp)
        return V2_EXPERIMENT;
    switch (first) {
    case EvStrings:
        return V2_STRINGS;
    case EvStacks:
        return V2_STACKS;
    case EvCPUSamples:
        return V2_SAMPLES;
    case EvFrequency:
        return version < GO125 ? V2_SYNC : V2_EVENTS;
    case EvSync:
        return version >= GO125 ? V2_SYNC : V2_EVENTS;
    case EvEndOfGeneration:
        return V2_END_OF_GENERATION;
    default:
        return V2_EVENTS;
    }
}

/* Why there are fewer bytes than a batch needs. */
static gotrace_status cut_off(source *src, uint64_t off, size_t have, gotrace_diag *diag)
{
    gotrace_status st = source_status(src, diag);
    if (st != GOTRACE_OK && st != GOTRACE_END)
        return st;
    diag_set(diag, GOTRACE_DAMAGED, off,
             "the trace ends inside a batch; was its recording cut off?");
    diag_cut(diag);
    diag_have(diag, "%zu bytes of it", have);
    return GOTRACE_DAMAGED;
}

/* Looks no further than the header goes, so that a live pipe is not made to
 * wait for bytes of the next batch. */
static gotrace_status read_header(source *src, uint64_t off, struct header *h, gotrace_diag *diag)
{
    const uint8_t *at;
    for (size_t want = 1;;) {
        size_t have = source_peek(src, off, want, &at);
        if (have < want) {
            gotrace_status st = source_status(src, diag);
            return have == 0 && st == GOTRACE_END ? GOTRACE_END : cut_off(src, off, have, diag);
        }
        switch (parse_header(at, have, h)) {
        case PARSED:
            return GOTRACE_OK;
        case CUT:
            want = have + 1;
            break;
        case BROKEN:
            diag_set(diag, GOTRACE_DAMAGED, off, "no batch begins here");
            diag_have(diag, "byte %u", at[0]);
            diag_want(diag, "a batch (1), an experimental batch (49) or an end of generation (52)");
            return GOTRACE_DAMAGED;
        }
    }
}

/* The batch that header h stands for; `at` is its first byte, with `have` behind
 * it. */
static void describe(const struct header *h, uint32_t version, uint64_t off, const uint8_t *at,
                     size_t have, struct v2_batch *out)
{
    assert(have >= h->len && h->field[3] <= V2_MAX_BATCH);
    size_t size = (size_t)h->field[3], there = have - h->len;
    *out = (struct v2_batch){.off = off,
                             .data = off + h->len,
                             .size = (uint32_t)(there < size ? there : size),
                             .kind = h->exp ? V2_EXPERIMENT : V2_EVENTS,
                             .exp = h->exp,
                             .cut = there < size,
                             .lacks = (uint32_t)(there < size ? size - there : 0),
                             .padded = h->size_len == LEB128_MAX,
                             .gen = h->field[0],
                             .m = h->field[1],
                             .time = h->field[2]};
    if (h->type == EvEndOfGeneration)
        out->kind = V2_END_OF_GENERATION;
    else if (out->size)
        out->kind = kind_of(version, h->exp, at[h->len]);
    assert(out->cut == (out->lacks > 0) && out->size <= V2_MAX_BATCH);
    assert(out->kind != V2_END_OF_GENERATION || out->exp == 0);
}

gotrace_status v2_batch_read(source *src, uint32_t version, uint64_t off, struct v2_batch *out,
                             gotrace_diag *diag)
{
    struct header h;
    out->cut = false;
    gotrace_status st = read_header(src, off, &h, diag);
    if (st != GOTRACE_OK)
        return st;
    uint64_t size = h.field[3];
    if (size > V2_MAX_BATCH) {
        diag_set(diag, GOTRACE_DAMAGED, off, "a batch larger than the format allows");
        diag_have(diag, "%llu bytes", (unsigned long long)size);
        diag_want(diag, "%d at most", V2_MAX_BATCH);
        return GOTRACE_DAMAGED;
    }
    const uint8_t *at;
    size_t need = h.len + (size_t)size, have = source_peek(src, off, need, &at);
    if (have < h.len)
        return cut_off(src, off, have, diag); /* a file that shrinks under us */
    describe(&h, version, off, at, have, out);
    return out->cut ? cut_off(src, off, have, diag) : GOTRACE_OK;
}

/* Records */

struct v2_cursor v2_cursor_at(source *src, const struct v2_batch *b)
{
    const uint8_t *at;
    size_t have = source_peek(src, b->data, b->size, &at), n = have < b->size ? have : b->size;
    return (struct v2_cursor){at, at, at + n, b->data};
}

static gotrace_status bad(const struct v2_cursor *c, const uint8_t *p, gotrace_diag *diag,
                          const char *fmt, ...) DIAG_PRINTF(4, 5);

static gotrace_status bad(const struct v2_cursor *c, const uint8_t *p, gotrace_diag *diag,
                          const char *fmt, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return diag_set(diag, GOTRACE_DAMAGED, v2_offset(c, p), "%s", text);
}

/* Steps over the batch's first byte once, then checks each record's. */
static gotrace_status record(struct v2_cursor *c, const uint8_t **p, uint8_t type,
                             gotrace_diag *diag)
{
    char other[EVENT_OTHER];
    assert(c->p <= c->end && (!c->start || c->start <= c->p));
    if (c->p == c->start && c->p < c->end)
        c->p++;
    *p = c->p;
    if (c->p == c->end)
        return GOTRACE_END;
    if (*(*p)++ == type)
        return GOTRACE_OK;
    bad(c, c->p, diag, "a record of another kind in this batch");
    diag_have(diag, "byte %u", *c->p);
    diag_want(diag, "%s (%u)", event_name(type, other), type);
    return GOTRACE_DAMAGED;
}

/* False leaves *p anywhere: the callers keep a copy. */
static bool get_all(const uint8_t **p, const uint8_t *end, uint64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!leb128_get(p, end, &out[i]))
            return false;
    }
    return true;
}

/* The cursor moves only over records that are whole and legal. */
gotrace_status v2_string_next(struct v2_cursor *c, struct v2_string *out, gotrace_diag *diag)
{
    const uint8_t *p;
    uint64_t head[2]; /* id, length */
    gotrace_status st = record(c, &p, EvString, diag);
    if (st != GOTRACE_OK)
        return st;
    if (!get_all(&p, c->end, head, 2))
        return bad(c, c->p, diag, "a string's id or length is broken");
    if (head[1] > V2_MAX_STRING) {
        bad(c, c->p, diag, "string %llu is longer than the format allows",
            (unsigned long long)head[0]);
        diag_have(diag, "%llu bytes", (unsigned long long)head[1]);
        diag_want(diag, "%d at most", V2_MAX_STRING);
        return GOTRACE_DAMAGED;
    }
    if (head[1] > (uint64_t)(c->end - p))
        return bad(c, c->p, diag, "string %llu goes beyond its batch", (unsigned long long)head[0]);
    *out = (struct v2_string){head[0], p, (uint32_t)head[1]};
    c->p = p + head[1];
    assert(c->p <= c->end && out->len <= V2_MAX_STRING);
    return GOTRACE_OK;
}

/* Frames go into `out` as they are read: behind a failure it is worth nothing. */
gotrace_status v2_stack_next(struct v2_cursor *c, struct v2_stack *out, gotrace_diag *diag)
{
    const uint8_t *p;
    uint64_t head[2]; /* id, frames */
    gotrace_status st = record(c, &p, EvStack, diag);
    if (st != GOTRACE_OK)
        return st;
    if (!get_all(&p, c->end, head, 2))
        return bad(c, c->p, diag, "a stack's id or length is broken");
    if (head[1] > V2_MAX_FRAMES) {
        bad(c, c->p, diag, "stack %llu is deeper than the format allows",
            (unsigned long long)head[0]);
        diag_have(diag, "%llu frames", (unsigned long long)head[1]);
        diag_want(diag, "%d at most", V2_MAX_FRAMES);
        return GOTRACE_DAMAGED;
    }
    out->id = head[0];
    out->len = (uint32_t)head[1];
    for (uint32_t i = 0; i < out->len; i++) {
        uint64_t f[4];
        if (!get_all(&p, c->end, f, 4))
            return bad(c, c->p, diag, "stack %llu is cut off at frame %u",
                       (unsigned long long)head[0], i + 1);
        out->frames[i] = (struct v2_frame){f[0], f[1], f[2], f[3]};
    }
    assert(c->p < p && p <= c->end);
    c->p = p;
    return GOTRACE_OK;
}

gotrace_status v2_sample_next(struct v2_cursor *c, struct v2_sample *out, gotrace_diag *diag)
{
    const uint8_t *p;
    uint64_t f[5];
    gotrace_status st = record(c, &p, EvCPUSample, diag);
    if (st != GOTRACE_OK)
        return st;
    if (!get_all(&p, c->end, f, 5))
        return bad(c, c->p, diag, "a CPU sample is broken");
    *out = (struct v2_sample){f[0], f[1], f[2], f[3], f[4]};
    assert(c->p < p && p <= c->end);
    c->p = p;
    return GOTRACE_OK;
}

static gotrace_status read_frequency(struct v2_cursor *c, struct v2_sync *out, gotrace_diag *diag)
{
    const uint8_t *p = c->p + 1;
    if (out->has_freq)
        return bad(c, c->p, diag, "a second Frequency in one generation");
    if (!leb128_get(&p, c->end, &out->freq))
        return bad(c, c->p, diag, "the Frequency is broken");
    out->has_freq = true;
    c->p = p;
    return GOTRACE_OK;
}

/* *time is the batch's, from which the snapshot's own dt counts. */
static gotrace_status read_clock(struct v2_cursor *c, uint64_t *time, struct v2_sync *out,
                                 gotrace_diag *diag)
{
    const uint8_t *p = c->p + 1;
    uint64_t f[4]; /* dt, mono, sec, nsec */
    if (out->has_clock)
        return bad(c, c->p, diag, "a second ClockSnapshot in one generation");
    if (!get_all(&p, c->end, f, 4))
        return bad(c, c->p, diag, "the ClockSnapshot is broken");
    *time += f[0];
    out->clock_time = *time;
    out->mono = f[1];
    out->sec = f[2];
    out->nsec = f[3];
    out->has_clock = true;
    c->p = p;
    return GOTRACE_OK;
}

gotrace_status v2_sync_read(struct v2_cursor *c, uint32_t version, uint64_t batch_time,
                            struct v2_sync *out, gotrace_diag *diag)
{
    assert(c->p == c->start);
    if (version >= GO125 && c->p < c->end)
        c->p++; /* the Sync byte; before, the batch is the Frequency itself */
    while (c->p < c->end) {
        gotrace_status st;
        if (*c->p == EvFrequency) {
            st = read_frequency(c, out, diag);
        } else if (*c->p == EvClockSnapshot && version >= GO125) {
            st = read_clock(c, &batch_time, out, diag);
        } else {
            st = bad(c, c->p, diag, "a record of another kind in a sync batch");
            diag_have(diag, "byte %u", *c->p);
            diag_want(diag, "Frequency (8) or ClockSnapshot (51)");
        }
        if (st != GOTRACE_OK)
            return st;
    }
    return GOTRACE_OK;
}

/* Extents */

/* Moves behind as many as can be read. */
static enum parsed skip_numbers(struct v2_cursor *c, unsigned n)
{
    enum parsed r = PARSED;
    uint64_t number;
    while (r == PARSED && n-- > 0)
        r = get(&c->p, c->end, &number);
    return r;
}

/* By the event table alone: whether arguments make sense is not looked at. */
static enum v2_extent extent_of_events(struct v2_cursor *c)
{
    while (c->p < c->end) {
        unsigned n = event_varints[*c->p++];
        enum parsed r = n ? skip_numbers(c, n) : BROKEN;
        if (r != PARSED)
            return r == CUT ? V2_SHORT : V2_BROKEN;
    }
    return V2_WHOLE;
}

/* A table's next record. */
static gotrace_status next_of(uint8_t kind, struct v2_cursor *c)
{
    struct v2_string string;
    struct v2_stack stack;
    struct v2_sample sample;
    if (kind == V2_STRINGS)
        return v2_string_next(c, &string, NULL);
    return kind == V2_STACKS ? v2_stack_next(c, &stack, NULL) : v2_sample_next(c, &sample, NULL);
}

/* Whether the record at c, which could not be read, begins as one. */
static bool begins_as(uint8_t kind, const struct v2_cursor *c)
{
    static const uint8_t type[] = {
        [V2_STRINGS] = EvString, [V2_STACKS] = EvStack, [V2_SAMPLES] = EvCPUSample};
    static const uint64_t most[] = {
        [V2_STRINGS] = V2_MAX_STRING, [V2_STACKS] = V2_MAX_FRAMES, [V2_SAMPLES] = UINT64_MAX};
    struct v2_cursor rest = *c;
    uint64_t head[2];
    assert(kind == V2_STRINGS || kind == V2_STACKS || kind == V2_SAMPLES);
    if (c->p == c->end || *rest.p++ != type[kind])
        return c->p == c->end;
    for (int i = 0; i < 2; i++) {
        enum parsed r = get(&rest.p, rest.end, &head[i]);
        if (r != PARSED)
            return r == CUT;
    }
    return head[1] <= most[kind];
}

static enum v2_extent extent_of_table(uint8_t kind, struct v2_cursor *c, uint32_t *sure)
{
    const uint8_t *at = c->p, *before = at;
    gotrace_status st;
    while ((st = next_of(kind, c)) == GOTRACE_OK) {
        before = at;
        at = c->p;
    }
    assert(c->start <= before && before <= at && at <= c->end);
    *sure = (uint32_t)((st == GOTRACE_END ? c->end : before) - c->start);
    if (st == GOTRACE_END)
        return V2_WHOLE;
    return begins_as(kind, c) ? V2_SHORT : V2_BROKEN;
}

/* What could not be read is cut off if it begins as a record that may still come once. */
static enum v2_extent extent_of_sync(struct v2_cursor *c, uint32_t version, uint64_t time)
{
    struct v2_sync sync = {0};
    if (v2_sync_read(c, version, time, &sync, NULL) == GOTRACE_OK)
        return V2_WHOLE;
    assert(c->p < c->end); /* what broke is there */
    bool begins =
        *c->p == EvFrequency ? !sync.has_freq : *c->p == EvClockSnapshot && !sync.has_clock;
    unsigned n = *c->p++ == EvFrequency ? 1 : 4;
    return begins && skip_numbers(c, n) == CUT ? V2_SHORT : V2_BROKEN;
}

/* What an experiment's data are nobody knows, so that they are whole. */
enum v2_extent v2_extent(source *src, uint32_t version, const struct v2_batch *b, uint32_t *sure)
{
    uint32_t unused;
    struct v2_cursor c = v2_cursor_at(src, b);
    if (sure)
        *sure = 0;
    switch (b->kind) {
    case V2_EVENTS:
        return extent_of_events(&c);
    case V2_STRINGS:
    case V2_STACKS:
    case V2_SAMPLES:
        return extent_of_table(b->kind, &c, sure ? sure : &unused);
    case V2_SYNC:
        return extent_of_sync(&c, version, b->time);
    default:
        return V2_WHOLE;
    }
}
