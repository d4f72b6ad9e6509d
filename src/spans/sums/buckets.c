/* buckets.c: how many values fell in each bucket, for many counts at once: what quantiles
 * are made of (lua/gotrace/measures/sketch.lua). */
#include <math.h>
#include <string.h>

#include "base/compiler.h"
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

/* False: no memory. */
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

static uint32_t exact_bucket(double width, int64_t ns)
{
    return (uint32_t)(log((double)ns) / width);
}

/* How many from `low` on are in its bucket, of those up to `high`. */
static uint32_t edge_of(double width, int64_t low, int64_t high)
{
    uint32_t bucket = exact_bucket(width, low);
    int64_t from = low, to = high + 1;
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (exact_bucket(width, middle) > bucket)
            to = middle;
        else
            from = middle;
    }
    return (uint32_t)(to - low);
}

/* False: there are more buckets in it. */
static COLD bool fill_cell(struct bucket_cell *cell, double width, int64_t low, int64_t high)
{
    uint32_t first = exact_bucket(width, low), last = exact_bucket(width, high);
    if (last - first > 1 || last >= UINT16_MAX)
        return false;
    *cell = (struct bucket_cell){edge_of(width, low, high), (uint16_t)(first + 1)};
    return true;
}

static bool have_cells(struct buckets *b)
{
    if (!b->cells)
        b->cells = mem_zeroed((size_t)(BUCKET_MOST_BIT - BUCKET_BITS + 2) * BUCKET_CELLS,
                              sizeof *b->cells);
    return b->cells;
}

/* As exact_bucket; the cells are of one width, as all are that one asks for. */
static uint32_t bucket_of(struct buckets *b, double width, int64_t ns)
{
    int bit = 63 - __builtin_clzll((uint64_t)ns), shift = bit > BUCKET_BITS ? bit - BUCKET_BITS : 0;
    if (bit > BUCKET_MOST_BIT || !have_cells(b))
        return exact_bucket(width, ns);
    int64_t first = ns >> shift, low = first << shift;
    struct bucket_cell *cell = &b->cells[(int64_t)shift * BUCKET_CELLS + first];
    if (cell->bucket == 0 && !fill_cell(cell, width, low, low + (INT64_C(1) << shift) - 1))
        return exact_bucket(width, ns);
    return cell->bucket - 1u + (ns - low >= cell->edge);
}

/* Buckets are equally wide in the logarithm of ns: a quantile is off by the same
 * part at any size. */
bool buckets_add(struct buckets *b, uint32_t number, uint64_t seen, double width, int64_t ns)
{
    uint32_t bucket = bucket_of(b, width, ns);
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
    mem_free(b->cells);
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

/* In the order of the map, which means nothing; *at counts its slots. */
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
