#include "v1/file/batch.h"

#include <assert.h>
#include <string.h>

/* Good records from a batch on that make it one. */
enum { SURE = 32 };
/* Ticks that batches are apart at most, some minutes: what is none will hardly
 * have a time. */
#define APART (UINT64_C(1) << 40)
/* Bytes of a time, at least, and of what is left of one. */
enum { TIME = 5, LEFT = 3 };
/* Bytes of the P that is none, at least; and Ps that a machine has at most, where a number
 * that was read wrongly names one. */
enum { NOBODY = 8, PIDS = 1 << 14 };

/* The upper bits say how many arguments it has, as of every record with fewer
 * than four. */
uint8_t v1_first_of_batch(const struct v1_format *f)
{
    return (uint8_t)((f->layout[V1_Batch].wire - 1 - f->seq) << 6 | V1_Batch);
}

/* A first byte alone is common: the records behind it, and a time that is not
 * too far, make it sure. */
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
    const uint8_t first = v1_first_of_batch(f);
    assert(last <= end);
    while (p < last && (p = memchr(p, first, (size_t)(last - p)))) {
        if (v1_is_batch(f, p, end, ticks))
            return p;
        p++;
    }
    return NULL;
}

/* What is left */

/* The time at p, *out is 0 if it is broken; false: none is there. */
static bool time_at(const struct v1_likely *l, const uint8_t *p, const uint8_t *to, uint64_t *out)
{
    const struct v1_sense *s = l->sense;
    const uint8_t *next = p, *at = p;
    uint64_t seq;
    *out = 0;
    if (s->format.seq && !leb128_get(&next, to, &seq))
        return false;
    p = next;
    if (!leb128_get(&next, to, out)) { /* its last byte is missing */
        *out = 0;
        return to - p >= LEFT;
    }
    if (v1_likely_time(l, at, *out))
        return next - p >= TIME;
    *out = 0;
    return next - p >= LEFT && next == to;
}

/* Whether a P is named at *p; moves it behind. The one that stands for none has ten bytes. */
static bool take_pid(const struct v1_likely *l, const uint8_t **p, const uint8_t *to, uint64_t *pid)
{
    if (to - *p > NOBODY && (*p)[0] == 0xff && (*p)[1] == 0xff) {
        *pid = UINT64_MAX;
        while (*p < to && **p == 0xff)
            ++*p;
        *p += *p < to;
        assert(*p <= to);
        return true;
    }
    return leb128_get(p, to, pid) && *pid < PIDS && v1_likely_count(l, V1_NAMES_P, V1_Batch, *pid);
}

/* The header at p, of which a byte may be missing. */
static bool header_at(const struct v1_likely *l, const uint8_t *p, const uint8_t *to,
                      struct v1_header *out)
{
    const uint8_t *pid = p + (*p == v1_first_of_batch(&l->sense->format)), *next = pid;
    *out = (struct v1_header){0};
    if (take_pid(l, &next, to, &out->pid) && time_at(l, next, to, &out->ticks)) {
        out->left = next;
        out->end = to;
        assert(next <= to);
        out->is_known = pid > p || out->ticks;
        return out->is_known;
    }
    *out = (struct v1_header){0};
    return pid > p && time_at(l, pid, to, &out->ticks);
}

bool v1_header_left(const struct v1_likely *l, const uint8_t *p, const uint8_t *to,
                    struct v1_header *out)
{
    const uint8_t first = v1_first_of_batch(&l->sense->format);
    struct v1_header h;
    bool is = false;
    for (const uint8_t *at = p; at < to; at++) {
        if ((at == p || *at == first) && header_at(l, at, to, &h)) {
            *out = h;
            is = true;
        }
    }
    if (!is)
        *out = (struct v1_header){0};
    return is;
}

/* The number of those bytes, with `digit` put in at place i. */
static uint64_t with_digit(const uint8_t *p, size_t n, size_t i, uint64_t digit)
{
    uint64_t v = digit << 7 * i;
    for (size_t j = 0; j < n; j++)
        v |= (uint64_t)(p[j] & 127) << 7 * (j < i ? j : j + 1);
    return v;
}

/* All that the lost byte may have been are tried, at each place: there are 128
 * for each. */
void v1_header_complete(struct v1_header *h, uint64_t near, bool behind)
{
    assert(h->left <= h->end);
    size_t n = (size_t)(h->end - h->left);
    uint64_t best = V1_FAR;
    if (h->ticks || n + 1 != leb128_size(near))
        return;
    for (size_t i = 0; i <= n; i++) {
        for (uint64_t digit = 0; digit < 128; digit++) {
            uint64_t v = with_digit(h->left, n, i, digit);
            uint64_t apart = v > near ? v - near : near - v;
            if (apart >= best || (behind && v < near))
                continue;
            assert(apart < V1_FAR && (!behind || v >= near));
            best = apart;
            h->ticks = v;
        }
    }
}

/* As long as it would be with the time in the middle of the trace, less the
 * byte that is missing. */
size_t v1_short_header(const struct v1_likely *l, const uint8_t *p)
{
    const struct v1_sense *s = l->sense;
    const uint8_t *next = p + 1;
    uint64_t pid;
    if (*p != v1_first_of_batch(&s->format) || s->format.seq || !l->times.len ||
        !take_pid(l, &next, s->end, &pid))
        return 0;
    return (size_t)(next - p) + leb128_size(l->times.data[l->times.len / 2].ticks) - 1;
}
