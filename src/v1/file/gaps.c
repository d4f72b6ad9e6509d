#include "v1/file/gaps.h"

#include <string.h>

#include "read/header.h"
#include "read/text.h"

/* Good records from a batch on that make it one. */
enum { SURE = 32 };
/* Ticks that batches are apart at most, some minutes: what is none will hardly
 * have a time. */
#define APART (UINT64_C(1) << 40)
/* Bytes in which a gap's end is looked for, which a record of text has at most,
 * and broken records without a gap after which no more is looked for. */
enum { SEARCHED = 1 << 20, TEXT_RECORD = 1 << 12, FAULTS = 1000 };
/* Bytes that are looked back over for a header. */
enum { CUT_RECORD = 128 << 10 };

bool v1_is_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *end, uint64_t ticks)
{
    struct v1_record r;
    if (v1_decode(f, &p, end, &r) != V1_GOOD || r.type != V1_Batch ||
        (ticks && r.v[V1_DT] - ticks > APART))
        return false;
    for (unsigned n = 0; n < SURE && p < end; n++) {
        if (v1_decode(f, &p, end, &r) != V1_GOOD)
            return false;
    }
    return true;
}

const uint8_t *v1_find_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *last,
                             const uint8_t *end, uint64_t ticks)
{
    const uint8_t first = (uint8_t)((f->layout[V1_Batch].wire - 1 - f->seq) << 6 | V1_Batch);
    while (p < last && (p = memchr(p, first, (size_t)(last - p)))) {
        if (v1_is_batch(f, p, end, ticks))
            return p;
        p++;
    }
    return NULL;
}

bool v1_gaps_suspected(const uint8_t *data, size_t len)
{
    return len >= TEXT_SURE && (text_is(data, len) || text_is(data + len - TEXT_SURE, TEXT_SURE));
}

void v1_gaps_start(struct v1_gaps *g, uint32_t version, const uint8_t *data, size_t len)
{
    *g = (struct v1_gaps){.data = data, .end = data + len, .p = data};
    v1_format_init(&g->format, version);
}

void v1_gaps_free(struct v1_gaps *g)
{
    VEC_FREE(&g->list);
}

static size_t left(const struct v1_gaps *g, const uint8_t *p)
{
    return (size_t)(g->end - p);
}

/* Where the text begins */

/* Record i of the last ones, 0 the oldest. */
static const uint8_t *recent(const struct v1_gaps *g, size_t i)
{
    size_t oldest = g->n > V1_RECENT ? g->n - V1_RECENT : 0;
    return g->recent[(oldest + i) % V1_RECENT];
}
static size_t recent_len(const struct v1_gaps *g)
{
    return g->n < V1_RECENT ? g->n : V1_RECENT;
}

/* Whether all bytes from p on are text that ends as text does. A footer comes
 * before. */
static bool is_last_line(const struct v1_gaps *g, const uint8_t *p)
{
    size_t n = left(g, p);
    return g->frequency && n && g->end[-1] == '\n' && text_len(p, n) == n;
}

/* Whether text begins at record p that goes on at `fault`, which is broken. */
static bool leads_to(const struct v1_gaps *g, const uint8_t *p, const uint8_t *fault)
{
    size_t n = (size_t)(fault - p) + 1;
    if (n > TEXT_RECORD || text_len(p, n) != n)
        return false;
    return text_is(p, left(g, p)) || is_last_line(g, p);
}

/* The earliest of the last records that is text up to the broken one; NULL: none. */
static const uint8_t *text_before(const struct v1_gaps *g, const uint8_t *fault)
{
    for (size_t i = 0; i < recent_len(g); i++) {
        if (leads_to(g, recent(g, i), fault))
            return recent(g, i);
    }
    return NULL;
}

/* Where it ends */

/* Another trace begins at p: what the walk goes over ends there. */
static void end_at(struct v1_gaps *g, const uint8_t *p)
{
    g->end = p;
    g->another = true;
}

/* Text begins at `from`: goes on at the next batch, another trace or the end. */
static bool add_gap(struct v1_gaps *g, const uint8_t *from)
{
    const uint8_t *last = left(g, from) < SEARCHED ? g->end : from + SEARCHED;
    const uint8_t *to = v1_find_batch(&g->format, from, last, g->end, g->ticks);
    size_t n = (size_t)((to ? to : last) - from), header = header_search(from, n);
    if (header < n)
        end_at(g, to = from + header);
    g->p = to ? to : g->end;
    g->n = 0;
    return VEC_PUSH(&g->list, ((struct v1_gap){from, g->p}));
}

/* The walk */

/* The header of another trace, which begins at the broken record, or in one not
 * far before it that was cut off: what follows may be read as records for a while. */
static const uint8_t *header_near(const struct v1_gaps *g)
{
    const uint8_t *from = recent(g, 0);
    if (g->p - from > CUT_RECORD)
        from = g->p - CUT_RECORD;
    size_t want = (size_t)(g->p - from) + HEADER_SIZE + 1;
    size_t n = left(g, from) < want ? left(g, from) : want;
    size_t i = header_search(from, n);
    return i < n ? from + i : NULL;
}

/* Nothing can be read from here on: another trace may stand behind it. */
static void give_up(struct v1_gaps *g)
{
    size_t n = left(g, g->p), i = header_search(g->p, n);
    if (i < n)
        end_at(g, g->p + i);
    g->p = g->end;
}

/* The record at g->p is broken, and `next` is behind it if that is known. */
static bool look_back(struct v1_gaps *g, enum v1_fault fault, const uint8_t *next)
{
    const uint8_t *header = header_near(g), *text = text_before(g, g->p);
    if (header && (!text || header <= text)) {
        end_at(g, header);
        g->p = g->end;
        return true;
    }
    if (text)
        return add_gap(g, text);
    if (v1_fault_is_final(fault) || ++g->faults > FAULTS)
        give_up(g);
    else
        g->p = next;
    return true;
}

/* What stands in the footer, behind the frequency. */
static bool is_footer(uint8_t type)
{
    return type == V1_Frequency || type == V1_Stack || type == V1_String ||
           type == V1_TimerGoroutine || type == V1_Batch;
}

/* Whether the record at p is none, though it can be read: a line of text behind
 * the footer. */
static bool is_behind_footer(const struct v1_gaps *g, const uint8_t *p)
{
    bool surely = !is_footer(*p & 63) || text_is(p, left(g, p));
    return surely && g->frequency && is_footer(g->last) && is_last_line(g, p);
}

static void take(struct v1_gaps *g, const struct v1_record *r)
{
    if (r->type == V1_Batch && !g->ticks)
        g->ticks = r->v[V1_DT];
    g->frequency |= r->type == V1_Frequency;
    g->last = r->type;
}

static bool step(struct v1_gaps *g)
{
    struct v1_record r;
    const uint8_t *next = g->p;
    g->recent[g->n++ % V1_RECENT] = g->p;
    if ((g->p == g->data && text_is(g->p, left(g, g->p))) || is_behind_footer(g, g->p))
        return add_gap(g, g->p);
    enum v1_fault fault = v1_decode(&g->format, &next, g->end, &r);
    if (fault != V1_GOOD)
        return look_back(g, fault, next);
    take(g, &r);
    g->p = next;
    return true;
}

gotrace_status v1_gaps_step(struct v1_gaps *g, size_t records)
{
    for (; records && g->p < g->end; records--) {
        if (!step(g))
            return GOTRACE_NO_MEMORY;
    }
    return g->p < g->end ? GOTRACE_OK : GOTRACE_END;
}
