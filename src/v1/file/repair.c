#include "v1/file/repair.h"

#include <assert.h>

#include "base/compiler.h"
#include "read/text.h"
#include "v1/file/batch.h"

/* Bytes that may be looked at for each that there is. */
enum { LOOKS = 256, LOOKS_MORE = 4 << 20 };
/* Bits that a hole costs, one that begins with text, each of its bytes, each of text, and each of a
 * record that is cut off. */
enum { HOLE_BITS = 40, LINE_BITS = 28, END_BITS = 28, BYTE_BITS = 11, TEXT_BITS = 8, CUT_BITS = 8 };
/* Bits that a hole costs less which ends as a line does. */
enum { LINE_END_BITS = 4 };
/* What is left of a batch's header costs. */
enum { HEADER_BITS = 24 };
/* What a record costs more that makes no sense where it is, or nowhere. */
enum { ODD_BITS = 20, IMPOSSIBLE_BITS = 30 };
/* Characters in a row that are text. */
enum { TEXT = 6 };

#define NEVER UINT32_MAX

/* Where a record begins, or a byte of a hole: the cheapest way there. */
struct v1_repair_place {
    uint32_t cost; /* NEVER: there is none */
    uint16_t from; /* the place before */
    uint8_t turn, last;
    bool was_hole; /* the one before */
};
typedef struct v1_repair_place place;

void v1_repair_start(struct v1_repair *r, const struct v1_likely *likely, size_t len)
{
    *r = (struct v1_repair){.likely = likely};
    r->looks = (uint64_t)len * LOOKS + LOOKS_MORE;
}

void v1_repair_free(struct v1_repair *r)
{
    VEC_FREE(&r->holes);
    VEC_FREE(&r->places);
}

/* Two places a byte: a record's, and a hole's behind it. */
static place *record_at(const struct v1_repair *r, size_t i)
{
    assert_unchanged(2 * i < r->places.cap);
    return &r->places.data[2 * i];
}
static place *hole_at(const struct v1_repair *r, size_t i)
{
    assert_unchanged(2 * i + 1 < r->places.cap);
    return &r->places.data[2 * i + 1];
}

static void go_to(place *to, place by)
{
    assert_unchanged(by.cost != NEVER);
    if (by.cost < to->cost)
        *to = by;
}

/* Bytes */

static bool is_line_end(uint8_t c)
{
    return c == '\n' || c == '\r';
}

/* Behind the text that begins at p, p if none does. */
static const uint8_t *text_end(const uint8_t *p, const uint8_t *to)
{
    size_t n = text_len(p, (size_t)(to - p));
    for (size_t i = n; i > 0; i--) {
        if (is_line_end(p[i - 1]))
            return p + i;
    }
    return n >= TEXT ? p + n : p;
}

static uint32_t byte_cost(bool text)
{
    return V1_BITS(text ? TEXT_BITS : BYTE_BITS);
}

uint32_t v1_hole_cost(const uint8_t *p, const uint8_t *to)
{
    return V1_BITS(HOLE_BITS) + (uint32_t)(to - p) * byte_cost(false);
}

/* Ways */

/* Part of the cost of a record that goes on behind the end. */
static uint32_t part_of(uint32_t cost, size_t part, size_t whole)
{
    assert_unchanged(part <= whole && whole);
    return (uint32_t)((uint64_t)cost * part / whole);
}

/* Whether a line of text ends with the hole before p. */
static bool ends_line(const place *hole, const uint8_t *p)
{
    return is_line_end(p[-1]) && hole->was_hole && text_len(p - 2, 1);
}

static void take_record(struct v1_repair *r, size_t i, size_t n, bool hole, size_t len,
                        const uint8_t *p, const struct v1_record *rec)
{
    const place *from = hole ? hole_at(r, i) : record_at(r, i);
    if (from->cost == NEVER)
        return;
    uint8_t turn = from->turn, last = hole ? V1_None : from->last;
    uint32_t cost = v1_likely_cost(r->likely, last, p, rec);
    if (!v1_is_possible(r->likely->sense, p, rec) || (r->footer && !v1_is_footer(rec->type)))
        cost += V1_BITS(IMPOSSIBLE_BITS);
    else if (!v1_makes_sense(r->likely->sense, p, rec, &turn))
        cost += V1_BITS(ODD_BITS);
    size_t left = n - i, part = len < left ? len : left;
    uint32_t before = from->cost - (hole && ends_line(from, p) ? V1_BITS(LINE_END_BITS) : 0);
    place by = {before + part_of(cost, part, len), (uint16_t)i, turn, rec->type, hole};
    go_to(record_at(r, i + part), by);
}

/* The end of the trace is inside of the record at i. */
static void take_cut(struct v1_repair *r, size_t i, size_t n)
{
    const place *from = record_at(r, i);
    if (from->cost == NEVER)
        return;
    uint32_t cost = from->cost + V1_BITS(END_BITS) + V1_BITS(CUT_BITS) * (uint32_t)(n - i);
    go_to(hole_at(r, n), (place){cost, (uint16_t)i, V1_AS_BEFORE, V1_None, false});
}

/* A long record that lacks a byte: what it says of its length tells what is its. */
static void take_short(struct v1_repair *r, size_t i, size_t n, size_t len, const uint8_t *p,
                       const struct v1_record *rec)
{
    const place *from = record_at(r, i);
    bool is_long = rec->type == V1_String || rec->type == V1_UserLog || rec->type == V1_Stack;
    if (!is_long || from->cost == NEVER || len < 3 || len - 1 > n - i)
        return;
    uint32_t cost = V1_BITS(HOLE_BITS) + v1_likely_cost(r->likely, from->last, p, rec);
    go_to(hole_at(r, i + len - 1),
          (place){from->cost + cost, (uint16_t)i, V1_AS_BEFORE, V1_None, false});
}

/* A batch's header that lacks a byte. */
static void take_header(struct v1_repair *r, size_t i, size_t n, const uint8_t *p)
{
    const place *from = record_at(r, i);
    size_t len = from->cost == NEVER ? 0 : v1_short_header(r->likely, p);
    if (!len || len > n - i)
        return;
    uint32_t cost = V1_BITS(HOLE_BITS + HEADER_BITS) + v1_likely_first(r->likely, from->last, *p);
    go_to(hole_at(r, i + len),
          (place){from->cost + cost, (uint16_t)i, V1_AS_BEFORE, V1_None, false});
}

static void take_records(struct v1_repair *r, const uint8_t *start, size_t i, size_t n)
{
    const struct v1_sense *sense = r->likely->sense;
    const uint8_t *p = start + i, *next = p;
    struct v1_record rec;
    r->looks -= r->looks < 64 ? r->looks : 64;
    take_header(r, i, n, p);
    enum v1_fault fault = v1_decode(&sense->format, &next, sense->end, &rec);
    if (fault == V1_CUT && start + n == sense->end)
        take_cut(r, i, n);
    if (fault != V1_GOOD || !v1_may_be(rec.type, *p))
        return;
    size_t len = (size_t)(next - p);
    assert(len > 0 && next <= sense->end);
    r->looks -= r->looks < len ? r->looks : len;
    take_short(r, i, n, len, p, &rec);
    take_record(r, i, n, false, len, p, &rec);
    take_record(r, i, n, true, len, p, &rec);
}

/* Byte i is in a hole, which it may begin. */
static void take_byte(struct v1_repair *r, const uint8_t *p, size_t i, bool text)
{
    const place *record = record_at(r, i), *hole = hole_at(r, i);
    uint32_t byte = byte_cost(text);
    if (record->cost != NEVER) {
        uint32_t first = v1_likely_first(r->likely, record->last, p[i]);
        uint32_t begin = text ? V1_BITS(LINE_BITS) + byte : V1_BITS(HOLE_BITS) + first;
        place by = {record->cost + begin, (uint16_t)i, V1_AS_BEFORE, V1_None, false};
        go_to(hole_at(r, i + 1), by);
    }
    if (hole->cost != NEVER) {
        place by = {hole->cost + byte, (uint16_t)i, V1_AS_BEFORE, V1_None, true};
        go_to(hole_at(r, i + 1), by);
    }
}

static void find_ways(struct v1_repair *r, const uint8_t *p, size_t n)
{
    const uint8_t *text = p;
    for (size_t i = 0; i < n; i++) {
        if (p + i >= text) {
            text = text_end(p + i, p + n);
            text = text > p + i ? text : p + i;
        }
        take_byte(r, p, i, p + i < text);
        if (record_at(r, i)->cost != NEVER || hole_at(r, i)->cost != NEVER)
            take_records(r, p, i, n);
    }
}

/* The cheapest way to the end, from there on. */
static bool note_holes(struct v1_repair *r, const uint8_t *p, size_t n)
{
    bool hole = hole_at(r, n)->cost < record_at(r, n)->cost;
    assert_unchanged(hole || record_at(r, n)->cost != NEVER); /* a hole leads everywhere */
    r->open = hole;
    for (size_t i = n; i;) {
        const place *at = hole ? hole_at(r, i) : record_at(r, i);
        assert_unchanged(at->cost != NEVER && at->from < i); /* ways go forwards */
        struct v1_hole one = {p + at->from, p + i};
        bool more = r->holes.len && r->holes.data[r->holes.len - 1].from == one.to;
        if (hole && more)
            r->holes.data[r->holes.len - 1].from = one.from;
        else if (hole && !VEC_PUSH(&r->holes, one))
            return false;
        hole = at->was_hole;
        i = at->from;
    }
    return true;
}

static void reverse(struct v1_repair *r)
{
    for (size_t i = 0, j = r->holes.len; i + 1 < j--; i++) {
        struct v1_hole x = r->holes.data[i];
        r->holes.data[i] = r->holes.data[j];
        r->holes.data[j] = x;
    }
    assert_unchanged(r->holes.len < 2 || r->holes.data[0].to <= r->holes.data[1].from);
}

bool v1_repair_find(struct v1_repair *r, const uint8_t *p, const uint8_t *to,
                    struct v1_before before)
{
    assert(p < to && to <= r->likely->sense->end);
    size_t n = (size_t)(to - p);
    r->holes.len = r->places.len = 0;
    r->open = false;
    r->footer = before.footer;
    if (!r->looks)
        return true;
    if (!VEC_RESERVE(&r->places, 2 * (n + 1)))
        return false;
    for (size_t i = 0; i < 2 * (n + 1); i++)
        r->places.data[i] = (place){.cost = NEVER};
    *record_at(r, 0) = (place){0, 0, before.turn, before.last, false};
    find_ways(r, p, n);
    bool ok = note_holes(r, p, n);
    reverse(r);
    return ok;
}
