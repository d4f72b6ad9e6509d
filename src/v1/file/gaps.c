#include "v1/file/gaps.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "read/header.h"
#include "read/text.h"

/* Bytes in which a batch is looked for behind a gap, or any record; and broken
 * records without a gap after which no more is looked for. */
enum { SEARCHED = 1 << 20, NEAR = 64 << 10, FAULTS = 1000 };
/* Bytes that are looked back over for a header. */
enum { CUT_RECORD = 128 << 10 };
/* Bytes that are divided anew around a broken record: before it, and from it on; and those
 * at the end that may be divided otherwise once more is known. */
enum { BEFORE = 768, BEHIND = 768, EDGE = 96 };
/* Ticks between the end of a P's batch and the begin of its next, at most. */
#define SOON (UINT64_C(1) << 24)
/* Characters of a line that are quoted though bytes stand before it. */
enum { LINE = 6 };

bool v1_gaps_suspected(const uint8_t *data, size_t len)
{
    return len >= TEXT_SURE && (text_is(data, len) || text_is(data + len - TEXT_SURE, TEXT_SURE));
}

bool v1_gaps_start(struct v1_gaps *g, uint32_t version, const uint8_t *data, size_t len)
{
    struct v1_format format;
    v1_format_init(&format, version);
    const uint8_t *end = v1_find_older(&format, data, len);
    *g = (struct v1_gaps){.data = data, .at = {.p = data}, .trusted = data};
    g->older = end ? (size_t)(data + len - end) : 0;
    len -= g->older;
    g->end = data + len;
    if (!v1_sense_init(&g->sense, version, data, len))
        return false;
    g->likely = v1_likely_new(&g->sense, data);
    v1_repair_start(&g->repair, g->likely, len);
    return g->likely != NULL;
}

void v1_gaps_without_text(struct v1_gaps *g)
{
    g->no_text = true;
}

void v1_gaps_of_text(struct v1_gaps *g)
{
    g->readable = g->likely->readable = true;
}

void v1_gaps_free(struct v1_gaps *g)
{
    map_free(&g->by_pid);
    VEC_FREE(&g->procs);
    v1_repair_free(&g->repair);
    v1_likely_free(g->likely);
    VEC_FREE(&g->list);
}

static size_t left(const struct v1_gaps *g, const uint8_t *p)
{
    assert(g->data <= p && p <= g->end);
    return (size_t)(g->end - p);
}

/* Record i of the last ones, 0 the oldest. */
static const struct v1_step *recent(const struct v1_gaps *g, size_t i)
{
    size_t oldest = g->n > V1_RECENT ? g->n - V1_RECENT : 0;
    assert(i < g->n && i < V1_RECENT);
    return &g->recent[(oldest + i) % V1_RECENT];
}
static size_t recent_len(const struct v1_gaps *g)
{
    return g->n < V1_RECENT ? g->n : V1_RECENT;
}

/* Where records go on */

/* Whether a record at p may come next, by what has been. */
static bool fits(const struct v1_gaps *g, const uint8_t *p)
{
    uint8_t type = *p & 63;
    if (!g->at.batch)
        return type == V1_Batch;
    return !(g->at.frequency && v1_is_footer(g->at.last)) || v1_is_footer(type);
}

/* Whether records go on from p, and beyond the broken one. */
static bool resumes(struct v1_gaps *g, const uint8_t *p)
{
    return p < g->end && fits(g, p) && v1_goes_on(&g->sense, p, V1_AS_BEFORE, 0, g->at.p);
}

/* Whether n bytes of text at p are a trace's last ones, and end as text does. A footer
 * comes before. */
static bool is_last_line(const struct v1_gaps *g, const uint8_t *p, size_t n)
{
    return g->at.frequency && n && n == left(g, p) && g->end[-1] == '\n';
}

/* Where the n bytes of text at p end; NULL: records go on nowhere. A line ends them most
 * likely; in the footer surely, where strings are text too. */
static const uint8_t *text_end(struct v1_gaps *g, const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n;
    for (const uint8_t *at = p; (at = memchr(at, '\n', (size_t)(end - at)));) {
        if (resumes(g, ++at))
            return at;
    }
    if (!text_is(p, n) || g->at.frequency)
        return NULL;
    for (p += TEXT_SURE; p <= end; p++) {
        if (resumes(g, p))
            return p;
    }
    return NULL;
}

/* Where the text ends that begins at p; NULL: there is none. */
static const uint8_t *behind_text(struct v1_gaps *g, const uint8_t *p)
{
    size_t most = g->at.frequency || left(g, p) < NEAR ? left(g, p) : NEAR;
    size_t n = g->sense.budget && !g->no_text ? text_len(p, most) : 0, cost = n / 16;
    g->sense.budget -= cost < g->sense.budget ? cost : g->sense.budget;
    if (!n)
        return NULL;
    return is_last_line(g, p, n) ? g->end : text_end(g, p, n);
}

static const uint8_t *find_record(struct v1_gaps *g)
{
    const uint8_t *p = g->at.p + 1, *last = left(g, p) < NEAR ? g->end : p + NEAR;
    for (; p < last; p++) {
        if (resumes(g, p))
            return p;
    }
    return NULL;
}

static const uint8_t *find_batch(struct v1_gaps *g, const uint8_t *p)
{
    const uint8_t first = v1_first_of_batch(&g->sense.format);
    const uint8_t *last = left(g, p) < SEARCHED ? g->end : p + SEARCHED;
    for (; p < last && (p = memchr(p, first, (size_t)(last - p))); p++) {
        if (resumes(g, p))
            return p;
    }
    return NULL;
}

/* Where they go on behind a hole that is long; NULL: nobody knows. */
static const uint8_t *find_next(struct v1_gaps *g, const uint8_t *hole)
{
    const uint8_t *p = behind_text(g, hole);
    if (!p && ++g->faults <= FAULTS && !(p = find_record(g)))
        p = find_batch(g, g->at.p + 1);
    return p;
}

/* Ps */

/* The P whose batch is at hand has come to this. */
static bool note_proc(struct v1_gaps *g)
{
    struct v1_walked w = {g->at.pid, g->at.ticks, g->at.turn};
    uint32_t i = map_get(&g->by_pid, w.pid);
    if (!g->at.batch)
        return true;
    assert(i == MAP_NONE || (i < g->procs.len && g->procs.data[i].pid == w.pid));
    if (i != MAP_NONE) {
        g->procs.data[i] = w;
        return true;
    }
    return map_put(&g->by_pid, w.pid, (uint32_t)g->procs.len) && VEC_PUSH(&g->procs, w);
}

/* A batch of P pid begins. */
static bool begin_batch(struct v1_gaps *g, uint64_t pid, uint64_t ticks)
{
    struct v1_step *s = &g->at;
    if (!note_proc(g))
        return false;
    uint32_t i = map_get(&g->by_pid, pid);
    bool first = !s->batch || pid == UINT64_MAX;
    s->turn = i != MAP_NONE ? g->procs.data[i].turn : first ? V1_FIRST : V1_FRESH;
    if (!s->batch)
        g->sense.ticks = ticks;
    s->pid = pid;
    s->ticks = ticks;
    s->batch = true;
    return true;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Whose batch it is that begins at that time: a P's begins where the one before it ends. */
static void find_owner(struct v1_gaps *g, struct v1_header *h)
{
    uint64_t best = SOON;
    if (!h->ticks || !note_proc(g))
        return;
    for (size_t i = 0; i < g->procs.len; i++) {
        const struct v1_walked *w = &g->procs.data[i];
        if (apart(w->ticks, h->ticks) >= best)
            continue;
        best = apart(w->ticks, h->ticks);
        h->is_known = true;
        h->pid = w->pid;
    }
}

/* Finds the time of a header that lacks a byte of it: behind the batch that its P had, or where
 * it has had none, next to the first one of all. False: no memory. */
static bool complete(struct v1_gaps *g, struct v1_header *h)
{
    if (!note_proc(g))
        return false;
    uint32_t i = map_get(&g->by_pid, h->pid);
    if (i != MAP_NONE)
        v1_header_complete(h, g->procs.data[i].ticks, true);
    else
        v1_header_complete(h, g->likely->start, false);
    return true;
}

/* Gaps */

/* Another trace begins at p: what the walk goes over ends there. */
static void end_at(struct v1_gaps *g, const uint8_t *p)
{
    assert(g->data <= p && p < g->end);
    g->end = g->sense.end = p;
    g->another = true;
}

/* Whether all the bytes up to `to` are text that something else wrote. What is left of a
 * string is text too, but has no end of a line. */
static bool is_foreign(const struct v1_gaps *g, const uint8_t *p, const uint8_t *to)
{
    size_t n = (size_t)(to - p);
    bool string = *p == V1_String || g->at.frequency;
    return n && text_len(p, n) == n && (to[-1] == '\n' || *p == '\n' || (text_is(p, n) && !string));
}

/* Where a whole line begins in what is skipped; NULL: nowhere. */
static const uint8_t *line_in(const struct v1_gaps *g, const uint8_t *p, const uint8_t *to)
{
    if (is_foreign(g, p, to))
        return p;
    for (; p < to; p++) {
        size_t n = (size_t)(to - p);
        size_t line = text_is(p, n) ? text_line(p, text_len(p, n)) : 0;
        if (line >= LINE && p + line < to && (p[line] == '\n' || p[line] == '\r'))
            return p;
    }
    return NULL;
}

/* Whether the bytes up to `to` are records all the same. Where all can be read, as Go
 * does, only lines of text are none, and long ones where little is known of what is
 * likely: what is unlikely may be so. */
static bool is_read(const struct v1_gaps *g, const uint8_t *from, const uint8_t *to)
{
    if (!v1_likely_knows(g->likely))
        return g->readable && !text_is(from, (size_t)(to - from));
    return g->readable && !line_in(g, from, to);
}

/* Back to the record that the hole begins at. */
static void step_back(struct v1_gaps *g, const uint8_t *p)
{
    for (size_t i = recent_len(g); i-- > 0;) {
        if (recent(g, i)->p > p)
            continue;
        g->at = *recent(g, i);
        return;
    }
}

static enum v1_fault fault_at(const struct v1_gaps *g, const uint8_t *p)
{
    struct v1_record r;
    return v1_decode(&g->sense.format, &p, g->end, &r);
}

#ifndef NDEBUG
/* Gaps are in order, and apart. */
static bool may_be_gap(const struct v1_gaps *g, const uint8_t *from, const uint8_t *to)
{
    const uint8_t *last = g->list.len ? g->list.data[g->list.len - 1].to : g->data;
    return last <= from && from < to && to <= g->end;
}
#endif

/* The walk goes on behind the gap from `from` up to `to`, or at another trace. */
static bool add_gap(struct v1_gaps *g, const uint8_t *from, const uint8_t *to,
                    struct v1_header header)
{
    assert_unchanged(may_be_gap(g, from, to));
    size_t n = (size_t)(to - from), other = header_search(from, n);
    if (other < n)
        end_at(g, to = from + other);
    step_back(g, from);
    struct v1_gap gap = {
        .from = from,
        .to = to,
        .text = g->no_text ? NULL : line_in(g, from, to),
        .fault = fault_at(g, from),
        .in_batch = to < g->end && (g->at.batch || header.is_known) && (*to & 63) != V1_Batch,
        .header = header,
    };
    if (header.is_known && !begin_batch(g, header.pid, header.ticks))
        return false;
    g->at.p = to;
    g->at.turn = V1_AS_BEFORE;
    g->at.last = V1_None;
    g->n = 0;
    return VEC_PUSH(&g->list, gap);
}

void v1_gap_diag(gotrace_diag *diag, const struct v1_format *f, const struct v1_gap *gap,
                 uint64_t off)
{
    assert_unchanged(gap->from <= gap->to &&
                     (!gap->text || (gap->from <= gap->text && gap->text < gap->to)));
    size_t n = (size_t)(gap->to - gap->from);
    if (gap->text) {
        text_diag(diag, gap->from, n, off);
        text_quote(diag, gap->text, (size_t)(gap->to - gap->text));
    } else {
        v1_fault_diag(diag, f, gap->fault, gap->from, off, n);
    }
    diag->gen = 1;
}

/* Broken records */

/* The header of another trace, which begins at the broken record, or in one not
 * far before it that was cut off: what follows may be read as records for a while. */
static const uint8_t *header_near(const struct v1_gaps *g)
{
    const uint8_t *from = recent(g, 0)->p;
    if (g->at.p - from > CUT_RECORD)
        from = g->at.p - CUT_RECORD;
    size_t want = (size_t)(g->at.p - from) + HEADER_SIZE + 1;
    size_t n = left(g, from) < want ? left(g, from) : want;
    size_t i = header_search(from, n);
    return i < n ? from + i : NULL;
}

/* Nothing can be read from here on: another trace may stand behind it. */
static void give_up(struct v1_gaps *g)
{
    size_t n = left(g, g->at.p), i = header_search(g->at.p, n);
    if (i < n)
        end_at(g, g->at.p + i);
    g->at.p = g->end;
}

/* The oldest record that is divided anew. Where little is known of what is likely, those before
 * the broken one are what they seem to be. */
static const struct v1_step *first_divided(const struct v1_gaps *g)
{
    size_t i = recent_len(g) - 1;
    while (v1_likely_knows(g->likely) && i > 0 && g->at.p - recent(g, i - 1)->p <= BEFORE)
        i--;
    return recent(g, i);
}

static bool divide(struct v1_gaps *g)
{
    const struct v1_step *first = first_divided(g);
    const uint8_t *to = left(g, g->at.p) < BEHIND ? g->end : g->at.p + BEHIND;
    assert(first->p <= g->at.p && g->at.p < to);
    g->trusted = to < g->end ? to - EDGE : to;
    return v1_repair_find(&g->repair, first->p, to,
                          (struct v1_before){first->turn, first->last, first->frequency});
}

/* Whether the record at hand goes on behind the end, and all up to there is its. */
static bool is_cut(const struct v1_gaps *g, const uint8_t *from, const uint8_t *to)
{
    return to == g->end && from == g->at.p && fault_at(g, from) == V1_CUT && to[-1] != '\n';
}

/* The hole from `from` on, up to `to` or, if it is open, beyond. */
static bool fill(struct v1_gaps *g, const uint8_t *from, const uint8_t *to, bool open)
{
    if (is_cut(g, from, to)) {
        g->at.p = g->end; /* the index says so */
        return true;
    }
    if (open && to < g->end)
        to = find_next(g, from);
    if (!to) {
        give_up(g);
        return true;
    }
    struct v1_header header = {0};
    bool goes_on = to < g->end && (*to & 63) != V1_Batch && !g->at.frequency;
    bool begins = goes_on && v1_header_left(g->likely, from, to, &header);
    if (begins && !header.is_known)
        find_owner(g, &header);
    if (begins && header.is_known && !complete(g, &header))
        return false;
    if (begins && !header.is_known && from == g->at.p && fault_at(g, from) == V1_GOOD) {
        g->at.p = to; /* the index says so */
        g->at.turn = V1_AS_BEFORE;
        return true;
    }
    if (begins && !header.is_known)
        to = find_batch(g, to); /* nobody knows whose it is */
    return to ? add_gap(g, from, to, header) : add_gap(g, from, g->end, header);
}

static bool is_exactly(const struct v1_hole *hole, const uint8_t *from, const uint8_t *to)
{
    return hole->from == from && hole->to == to;
}

/* The record at hand is broken, or none. `next`: behind it, if that is known. True in
 * *good: it is one all the same. */
static bool look_around(struct v1_gaps *g, enum v1_fault fault, const uint8_t *next, bool *good)
{
    const uint8_t *header = header_near(g);
    if (!divide(g))
        return false;
    const struct v1_hole *hole = g->repair.holes.len ? g->repair.holes.data : NULL;
    bool open = g->repair.open && g->repair.holes.len == 1;
    if (header && (!hole || header <= hole->from)) {
        end_at(g, header);
        g->at.p = g->end;
        return true;
    }
    *good = fault == V1_GOOD && (!hole || hole->from > g->at.p || is_read(g, hole->from, hole->to));
    if (*good) {
        g->trusted = hole ? hole->from : g->trusted;
        return true;
    }
    if (!v1_fault_is_final(fault) && fault != V1_GOOD &&
        (!hole || (is_exactly(hole, g->at.p, next) && !open && !line_in(g, hole->from, hole->to) &&
                   (*g->at.p & 63) != V1_Batch))) {
        g->at.p = next; /* the index says so */
        g->at.last = V1_None;
        return true;
    }
    return hole ? fill(g, hole->from, hole->to, open) : fill(g, g->at.p, g->at.p, true);
}

/* The walk */

/* Whether the record at p is none, though it can be read: a line of text behind
 * the footer. */
static bool is_behind_footer(const struct v1_gaps *g, const uint8_t *p)
{
    bool surely = !v1_is_footer(*p & 63) || text_is(p, left(g, p));
    return surely && g->at.frequency && v1_is_footer(g->at.last) && g->end[-1] == '\n' &&
           is_last_line(g, p, text_len(p, left(g, p)));
}

/* Where the first batch is that text stands before; NULL: no text does. */
static const uint8_t *behind_first_text(struct v1_gaps *g)
{
    const uint8_t *p = g->at.p;
    return g->at.batch || !text_is(p, left(g, p)) ? NULL : behind_text(g, p);
}

static bool take(struct v1_gaps *g, const struct v1_record *r, uint8_t turn, const uint8_t *next)
{
    assert(g->at.p < next && next <= g->end);
    g->at.p = next;
    g->at.last = r->type;
    g->at.frequency |= r->type == V1_Frequency;
    if (r->type == V1_Batch)
        return begin_batch(g, r->v[V1_ARG], r->v[V1_DT]);
    if (g->sense.format.layout[r->type].timed && r->type != V1_CPUSample)
        g->at.ticks += r->v[V1_DT];
    g->at.turn = turn;
    return true;
}

/* Whether r, a good record at hand, is one without a doubt. One that would cost less as a
 * hole is doubted. */
static bool is_sound(const struct v1_gaps *g, const struct v1_record *r, const uint8_t *next,
                     uint8_t *turn)
{
    const struct v1_step *s = &g->at;
    bool sense = v1_makes_sense(&g->sense, s->p, r, turn);
    if (!v1_may_be(r->type, *s->p) || !(s->batch || r->type == V1_Batch || r->type == V1_String))
        return false;
    if (s->p < g->trusted)
        return true;
    if (r->type == V1_String && v1_likely_foreign(g->likely, r))
        return false;
    return sense && v1_likely_cost(g->likely, s->last, s->p, r) <= v1_hole_cost(s->p, next);
}

static bool step(struct v1_gaps *g)
{
    struct v1_record r;
    const uint8_t *next = g->at.p;
    uint8_t turn = g->at.turn;
    bool good = false;
    assert(g->at.p < g->end && g->end == g->sense.end);
    g->recent[g->n++ % V1_RECENT] = g->at;
    if (is_behind_footer(g, g->at.p))
        return add_gap(g, g->at.p, g->end, (struct v1_header){0});
    const uint8_t *first = behind_first_text(g);
    if (first)
        return add_gap(g, g->at.p, first, (struct v1_header){0});
    enum v1_fault fault = v1_decode(&g->sense.format, &next, g->end, &r);
    if (fault == V1_GOOD && is_sound(g, &r, next, &turn))
        return take(g, &r, turn, next);
    if (!look_around(g, fault, next, &good))
        return false;
    return !good || take(g, &r, turn, next);
}

gotrace_status v1_gaps_step(struct v1_gaps *g, size_t records)
{
    for (; records && g->at.p < g->end; records--) {
        if (!step(g))
            return GOTRACE_NO_MEMORY;
    }
    return g->at.p < g->end ? GOTRACE_OK : GOTRACE_END;
}
