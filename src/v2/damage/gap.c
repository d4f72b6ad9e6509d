#include "v2/damage/gap.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "event/event.h"
#include "event/versions.h"
#include "read/header.h"
#include "read/symptom.h"
#include "read/text.h"

/* Bytes behind a gap's begin that are looked at for what they have in common. */
enum { AROUND = 64 << 10 };
enum { GO126 = 26 };

/* Whether a header at off may be believed, though it may as well be part of a
 * batch: a batch must follow, or nothing. */
static bool is_followed(source *src, uint64_t off)
{
    const uint8_t *at;
    struct v2_batch b;
    if (source_peek(src, off, HEADER_SIZE + 1, &at) <= HEADER_SIZE)
        return true;
    int version = header_parse(at);
    if (version < VERSION_V2)
        return true;
    gotrace_status st = v2_batch_read(src, (uint32_t)version, off + HEADER_SIZE, &b, NULL);
    return (st == GOTRACE_OK || b.cut) && b.gen != 0;
}

/* Bytes from low on in which a header before high may lie: none is waited for that
 * is behind high. */
static size_t searched(const source *src, uint64_t low, uint64_t high)
{
    uint64_t end = high + HEADER_SIZE + 1, seen = source_seen(src);
    end = seen < end ? seen : end;
    assert(low < high);
    return (size_t)((end > high ? end : high) - low);
}

/* The first header from low on that is before high. */
static bool find_header(source *src, uint64_t low, uint64_t high, uint64_t *out)
{
    while (low < high) {
        const uint8_t *p;
        size_t want = searched(src, low, high);
        size_t have = source_peek(src, low, want, &p), n = have < want ? have : want;
        size_t i = header_search(p, n);
        if (i == n)
            return false;
        *out = low + i;
        if (is_followed(src, *out))
            return true;
        low += i + 1;
    }
    return false;
}

/* A header of any version, v1's as well. */
static bool is_header(source *src, uint64_t off)
{
    const uint8_t *at;
    return source_peek(src, off, HEADER_SIZE, &at) >= HEADER_SIZE && header_parse(at) >= 0;
}

/* A live source has no size: then as far as has been seen. */
static uint64_t end_of(const source *src)
{
    return source_size(src) ? source_size(src) : source_seen(src);
}

/* A character or two may as well be what is left of a batch, unless a line ends. */
static bool is_all_text(source *src, uint64_t from, uint64_t next)
{
    const uint8_t *p;
    size_t n = (size_t)(next - from), have = source_peek(src, from, n, &p);
    return n && have >= n && text_len(p, n) == n && (text_is(p, n) || p[n - 1] == '\n');
}

/* Text */

/* A stretch of text, as offsets from where it was looked for. */
struct run {
    size_t begin, end;
};

/* The next one behind `at` in the n bytes at p; false: there is none. */
static bool next_run(const uint8_t *p, size_t n, size_t at, struct run *run)
{
    size_t len = 0;
    while (at < n && !(len = text_len(p + at, n - at)))
        at++;
    *run = (struct run){at, at + len};
    return len > 0;
}

/* So much text is no accident among events, though no line ends in it. */
enum { TEXT_LONG = 16 };

/* Bytes that are too many in the batch before make that longer by as much as is
 * between `from` and `next`. `ends`: bytes before `next` that are no part of it. */
static bool find_inside(struct gap *gap, source *src, uint32_t version, size_t ends)
{
    const uint8_t *p;
    struct v2_batch b;
    assert(gap->next >= gap->from + ends);
    size_t len = (size_t)(gap->next - gap->from) - ends;
    if (gap->last >= gap->from || v2_batch_read(src, version, gap->last, &b, NULL) != GOTRACE_OK)
        return false;
    size_t n = (size_t)(gap->next - ends - b.data);
    if (len > V2_MAX_BATCH || source_peek(src, b.data, n, &p) < n)
        return false;
    gap->inside = foreign_find(&gap->foreign, b.kind, p, n, len);
    if (gap->inside) {
        gap->found = b.data + gap->foreign.part[0].at;
        gap->found_len = gap->foreign.part[0].len;
    }
    return gap->inside;
}

/* Before `next` there may be the byte that ends a generation, which is behind the batch too. */
static bool find_before_end(struct gap *gap, source *src, uint32_t version)
{
    const uint8_t *p;
    uint64_t end = gap->next - 1;
    if (version < GO126 || gap->another || end <= gap->from || source_peek(src, end, 1, &p) == 0 ||
        *p != EvEndOfGeneration || !find_inside(gap, src, version, 1))
        return false;
    if (gap->resumed && !gap->foreign.whole)
        return false;
    gap->next = end;
    return gap->resumed = true;
}

/* Text with records around it, or else the most that looks like some. */
static bool find_inside_any(struct gap *gap, source *src, uint32_t version)
{
    bool found = find_inside(gap, src, version, 0);
    struct gap first = *gap;
    if (gap->foreign.whole || find_before_end(gap, src, version))
        return true;
    *gap = first;
    return found;
}

bool gap_piece(const struct gap *gap, source *src, uint32_t version, unsigned i,
               struct v2_batch *piece)
{
    const struct foreign *f = &gap->foreign;
    if (i >= f->n || !f->whole || v2_batch_read(src, version, gap->last, piece, NULL) != GOTRACE_OK)
        return false;
    const struct foreign_part *part = &f->part[i];
    size_t end = i + 1 < f->n ? part[1].before : (size_t)(gap->next - piece->data);
    assert_unchanged(part->next <= end);
    piece->off = piece->data += part->next;
    piece->size = (uint32_t)(end - part->next);
    piece->time += part->ticks;
    return true;
}

/* Lines at the very end, behind what there is of a batch. */
static void find_behind(struct gap *gap, source *src)
{
    const uint8_t *p;
    struct run run = {0, 0}, last = {0, 0};
    size_t n = (size_t)(gap->next - gap->from);
    if (n > V2_MAX_BATCH + HEADER_SIZE || source_peek(src, gap->from, n, &p) < n)
        return;
    while (next_run(p, n, run.end, &run))
        last = run;
    if (!last.begin || last.end != n || p[n - 1] != '\n' || n - last.begin < TEXT_LONG)
        return;
    gap->inside = true;
    gap->found = gap->from + last.begin;
    gap->found_len = n - last.begin;
    assert(gap->found + gap->found_len == gap->next);
}

/* Where a line begins that ends in the run, but for a byte or two before it that
 * may be text as well; its end: nowhere. */
static size_t find_some_line(const uint8_t *p, const struct run *run)
{
    for (size_t at = run->begin; at + TEXT_SURE < run->end; at++) {
        size_t n = run->end - at;
        if (text_is(p + at, n))
            return memchr(p + at + TEXT_SURE, '\n', n - TEXT_SURE) ? at : run->end;
    }
    return run->end;
}

/* A line among bytes that are lost, which may be what broke a batch's header. */
static void find_between(struct gap *gap, source *src)
{
    const uint8_t *p;
    struct run run = {0, 0};
    size_t n = (size_t)(gap->next - gap->from);
    if (n > V2_MAX_BATCH || source_peek(src, gap->from, n, &p) < n)
        return;
    while (next_run(p, n, run.end, &run)) {
        size_t at = find_some_line(p, &run);
        if (at == run.end)
            continue;
        gap->found = gap->from + at;
        gap->found_len = run.end - at;
        assert(gap->found + gap->found_len <= gap->next);
        return;
    }
}

/* Whether the last byte that is text ends a line. */
static bool ends_line(source *src, uint64_t next)
{
    const uint8_t *p;
    return source_peek(src, next - 1, 1, &p) && *p == '\n';
}

/* Whether the batch before is whole: then what is behind it is not its end. */
static bool is_behind_whole(const struct gap *gap, source *src, uint32_t version)
{
    struct v2_batch b;
    return gap->last < gap->from &&
           v2_batch_read(src, version, gap->last, &b, NULL) == GOTRACE_OK &&
           v2_extent(src, version, &b, NULL) == V2_WHOLE;
}

/* Text may stand before an end of generation that is the last byte of all, which by itself
 * is a character. */
static void find_before_last(struct gap *gap, source *src, uint32_t version)
{
    const uint8_t *p;
    uint64_t end = gap->next - 1;
    if (version < GO126 || gap->resumed || gap->another || end <= gap->from ||
        source_peek(src, end, 1, &p) == 0 || *p != EvEndOfGeneration ||
        !is_all_text(src, gap->from, end))
        return;
    if (ends_line(src, end) || is_behind_whole(gap, src, version)) {
        gap->next = end;
        gap->text = gap->resumed = true;
    }
}

/* What is text may as well be the end of a batch of strings with a line in it. */
static void find_any(struct gap *gap, source *src, uint32_t version, bool cut)
{
    if (cut && !gap->text) {
        find_behind(gap, src);
        return;
    }
    if (gap->text && (ends_line(src, gap->next) || is_behind_whole(gap, src, version)))
        return;
    if (find_inside_any(gap, src, version))
        gap->text = false;
    else if (!gap->text)
        find_between(gap, src);
}

/* Whether batches come behind `from` though not those of the trace, which has ended. */
static bool is_older(source *src, uint32_t version, const struct v2_habits *h, uint64_t from)
{
    uint64_t at;
    const struct v2_habits any = {.padded = h->padded};
    return h->ended && v2_resync(src, version, from, &any, V2_PAIR, &at);
}

void gap_find(struct gap *gap, source *src, uint32_t version, const struct v2_habits *h,
              uint64_t from, uint64_t last, enum v2_doubt doubt)
{
    bool cut = doubt == V2_CERTAIN;
    *gap = (struct gap){.last = last, .from = from, .next = from};
    gap->another = is_header(src, from);
    if (gap->another)
        return;
    /* The batch before may be shorter than it says. */
    gap->resumed = v2_resync(src, version, cut ? from : last, h, doubt, &gap->next);
    if (gap->resumed && gap->next == from) /* that one is what could not be believed */
        gap->resumed = v2_resync(src, version, from, h, doubt, &gap->next);
    if (!gap->resumed)
        gap->next = end_of(src);
    uint64_t low = last < from ? last + 1 : from, high = gap->next;
    if (high > from + V2_RESYNC)
        high = from + V2_RESYNC;
    gap->another = find_header(src, low, high, &gap->next);
    gap->resumed = gap->resumed && !gap->another;
    gap->older = !gap->resumed && !gap->another && !cut && is_older(src, version, h, from);
    gap->text = gap->next > from && is_all_text(src, from, gap->next);
    if (gap->next > from)
        find_before_last(gap, src, version);
    if (gap->next > from)
        find_any(gap, src, version, cut && !gap->resumed && !gap->another);
}

/* Whether a batch header of generation gen is at p, but for one bit of its first
 * byte; *end is where the batch ends. */
static bool is_header_but_one_bit(const uint8_t *p, size_t n, uint64_t gen, uint64_t *end)
{
    const uint8_t *at = p + 1;
    uint64_t field[4]; /* gen, m, time, size */
    unsigned flipped = n ? *p ^ 1u : 0;
    if (!flipped || (flipped & (flipped - 1)))
        return false;
    for (int i = 0; i < 4; i++) {
        if (!leb128_get(&at, p + n, &field[i]))
            return false;
    }
    *end = (uint64_t)(at - p) + field[3];
    return field[0] - gen <= 1 && field[3] <= V2_MAX_BATCH;
}

/* 1, 49 and 52 begin batches: EvEventBatch, EvExperimentalBatch and EvEndOfGeneration. */
static bool is_flipped(source *src, uint64_t off, uint64_t gen)
{
    const uint8_t *p;
    uint64_t end = 0;
    size_t have = source_peek(src, off, 4 * LEB128_MAX + 1, &p);
    if (!gen || !is_header_but_one_bit(p, have, gen, &end))
        return false;
    have = source_peek(src, off + end, 1, &p);
    return have && (*p == 1 || *p == 49 || *p == 52);
}

/* What can be seen of bytes that are broken: at the gap, and in what is around it. */
static gotrace_fact fact_of(const struct gap *gap, source *src, uint64_t gen)
{
    const uint8_t *p;
    size_t want = (size_t)(gap->from - gap->last) + AROUND;
    if (is_flipped(src, gap->from, gen))
        return GOTRACE_FACT_BIT;
    size_t have = source_peek(src, gap->last, want, &p);
    return symptom_of(p, have < want ? have : want);
}

gotrace_fact gap_fact_of_short(const struct gap *gap, source *src)
{
    const uint8_t *p;
    size_t want = (size_t)(gap->next - gap->last) + AROUND;
    size_t have = source_peek(src, gap->last, want, &p), n = have < want ? have : want;
    /* One byte is lost by itself, those of a kind by the dozen. */
    return gap->from - gap->next > 1 ? symptom_of_lost(p, n) : symptom_of(p, n);
}

gotrace_fact gap_fact_of_broken(source *src, uint64_t from, const struct v2_cursor *c)
{
    const uint8_t *p;
    gotrace_fact fact = symptom_of_broken(c->p, (size_t)(c->end - c->p));
    assert(v2_offset(c, c->end) >= from);
    size_t want = (size_t)(v2_offset(c, c->end) - from);
    size_t have = source_peek(src, from, want, &p), n = have < want ? have : want;
    return fact != GOTRACE_FACT_NONE ? fact : symptom_of_lost(p, n < AROUND ? n : AROUND);
}

/* Whether the bytes around are those of a trace without their highest bits: then some are
 * text by that. */
static bool is_ascii(const struct gap *gap, source *src)
{
    const uint8_t *p;
    size_t want = (size_t)(gap->from - gap->last) + AROUND;
    size_t have = source_peek(src, gap->last, want, &p), n = have < want ? have : want;
    return symptom_of(p, n) == GOTRACE_FACT_ASCII && text_len(p, n) < n;
}

/* That text stands in a batch. */
static void inside_diag(const struct gap *gap, source *src, gotrace_diag *d)
{
    const uint8_t *p;
    size_t n = (size_t)gap->found_len;
    (void)source_peek(src, gap->found, n, &p);
    text_diag(d, p, n, gap->found);
}

static void twice_diag(uint64_t off, size_t len, gotrace_diag *d)
{
    diag_set(d, GOTRACE_DAMAGED, off, "%zu bytes are there twice; they are read once", len);
    diag_fact(d, GOTRACE_FACT_TWICE);
}

void gap_part_diag(const struct gap *gap, source *src, unsigned i, gotrace_diag *d)
{
    const uint8_t *p;
    assert(i < gap->foreign.n);
    const struct foreign_part *part = &gap->foreign.part[i];
    uint64_t off = gap->found - gap->foreign.part[0].at + part->at;
    if (gap->foreign.twice) {
        twice_diag(off, part->len, d);
        return;
    }
    (void)source_peek(src, off, part->len, &p);
    text_diag(d, p, part->len, off);
    if (is_ascii(gap, src))
        diag_fact(d, GOTRACE_FACT_ASCII);
}

/* That text stands among bytes that are lost. */
static void between_diag(const struct gap *gap, source *src, gotrace_diag *d)
{
    const uint8_t *p;
    size_t n = (size_t)gap->found_len;
    (void)source_peek(src, gap->found, n, &p);
    diag_fact(d, GOTRACE_FACT_TEXT);
    text_quote(d, p, n);
}

void gap_diag(const struct gap *gap, source *src, uint64_t gen, gotrace_diag *d)
{
    const uint8_t *p;
    size_t n = gap->next > gap->from ? (size_t)(gap->next - gap->from) : 0;
    size_t have = source_peek(src, gap->from, n, &p);
    if (gap->older)
        diag_set(d, GOTRACE_DAMAGED, gap->from,
                 "the end of an older trace follows, which was longer; it is skipped");
    else if (gap->inside)
        inside_diag(gap, src, d);
    else if (n && have >= n && (gap->text || text_is(p, n)))
        text_diag(d, p, n, gap->from);
    else if (gap->found_len)
        between_diag(gap, src, d);
    else if (!d->cut)
        diag_fact(d, fact_of(gap, src, gen));
    if (d->fact == GOTRACE_FACT_TEXT && is_ascii(gap, src))
        diag_fact(d, GOTRACE_FACT_ASCII);
    d->gen = gen;
}

void gap_say_lacking(const struct v2_batch *b, gotrace_diag *d)
{
    diag_set(d, GOTRACE_DAMAGED, b->off, "a batch lacks %" PRIu32 " of its bytes", b->lacks);
    diag_have(d, "the end of the trace at offset %" PRIu64, b->data + b->size);
    diag_want(d, "one at %" PRIu64, b->data + b->size + b->lacks);
}

/* A header somewhere in the bytes of batches that seemed to be whole. */
bool gap_hides_trace(source *src, uint64_t last, uint64_t end)
{
    uint64_t at;
    return find_header(src, last + 1, end, &at);
}

bool gap_is_text(source *src, const struct v2_batch *b, bool table)
{
    const uint8_t *at;
    if (b->kind != V2_EXPERIMENT && (b->kind != V2_END_OF_GENERATION || table))
        return false;
    /* A live pipe's next generation is not waited for. */
    if (source_seen(src) < b->off + TEXT_SURE)
        return false;
    size_t have = source_peek(src, b->off, TEXT_SURE, &at);
    return text_is(at, have);
}
