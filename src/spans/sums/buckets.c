/* buckets.c: how many values fell in each bucket, for many counts at once: what quantiles
 * are made of (lua/gotrace/measures/sketch.lua). */
#include <math.h>
#include <string.h>

#include "spans/spans.h"

static uint64_t key_of(uint32_t number, uint32_t bucket)
{
    return (uint64_t)number << 32 | bucket;
}

/* From so many values on a count has buckets of its own in a row, which are at most
 * log(INT64_MAX) / width: memory stays in line with values, and near at hand. */
enum { MANY = 64 };

/* Room for `number`, and the last value in place of the rest: none. */
static struct bucket_row *row_of(struct buckets *b, uint32_t number)
{
    size_t n = b->rows.len;
    if (number < n)
        return &b->rows.data[number];
    if (!VEC_RESERVE(&b->rows, number + 1 - n))
        return NULL;
    memset(b->rows.data + n, 0, (number + 1 - n) * sizeof *b->rows.data);
    b->rows.len = (size_t)number + 1;
    return &b->rows.data[number];
}

static bool add_dense(struct buckets *b, uint32_t number, uint32_t bucket)
{
    struct bucket_row *row = row_of(b, number);
    if (!row)
        return false;
    size_t n = row->of.len;
    if (bucket >= n) {
        if (!VEC_RESERVE(&row->of, bucket + 1 - n))
            return false;
        memset(row->of.data + n, 0, (bucket + 1 - n) * sizeof *row->of.data);
        row->of.len = (size_t)bucket + 1;
    }
    row->of.data[bucket]++;
    return true;
}

bool buckets_add(struct buckets *b, uint32_t number, uint64_t seen, double width, int64_t ns)
{
    uint32_t bucket = (uint32_t)(log((double)ns) / width);
    if (seen > MANY)
        return add_dense(b, number, bucket);
    uint64_t key = key_of(number, bucket);
    uint32_t n = map_get(&b->few, key);
    return map_put(&b->few, key, n == MAP_NONE ? 1 : n + 1);
}

void buckets_clear(struct buckets *b)
{
    for (size_t i = 0; i < b->rows.len; i++)
        b->rows.data[i].of.len = 0;
    map_clear(&b->few);
}

void buckets_free(struct buckets *b)
{
    for (size_t i = 0; i < b->rows.len; i++)
        VEC_FREE(&b->rows.data[i].of);
    VEC_FREE(&b->rows);
    map_free(&b->few);
}

/* One of those in a row, by number of the count in the high half and of the bucket in the low. */
static bool next_dense(const struct buckets *b, uint64_t *at, gotrace_sum_bucket *out)
{
    while (*at >> 32 < b->rows.len) {
        const struct bucket_row *row = &b->rows.data[*at >> 32];
        for (uint32_t i = (uint32_t)*at; i < row->of.len; i++) {
            if (row->of.data[i] == 0)
                continue;
            *out = (gotrace_sum_bucket){(uint32_t)(*at >> 32), i, row->of.data[i]};
            *at = key_of(out->sum, i + 1);
            return true;
        }
        *at = key_of((uint32_t)(*at >> 32) + 1, 0);
    }
    return false;
}

static bool next_sparse(const struct map *few, uint64_t *at, gotrace_sum_bucket *out)
{
    size_t n = few->slots ? few->mask + 1 : 0;
    while (*at < n) {
        const struct map_slot *slot = &few->slots[(*at)++];
        if (slot->value == MAP_NONE)
            continue;
        *out = (gotrace_sum_bucket){(uint32_t)(slot->key >> 32), (uint32_t)slot->key, slot->value};
        return true;
    }
    return false;
}

bool buckets_next(const struct buckets *b, gotrace_sum_place *at, gotrace_sum_bucket *out)
{
    return next_sparse(&b->few, &at->sparse, out) || next_dense(b, &at->dense, out);
}
