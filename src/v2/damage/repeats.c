#include "v2/damage/repeats.h"

#include <assert.h>
#include <string.h>

void repeats_free(struct repeats *r)
{
    VEC_FREE(&r->all);
    map_free(&r->begun);
}

/* One that has the key of another repeats nothing: what others do not begin alike is
 * not looked for among all. */
static uint64_t key_of(const struct v2_batch *b)
{
    return b->time * 0x9e3779b97f4a7c15u + b->m;
}

static bool add(struct repeats *r, const struct v2_batch *b)
{
    return VEC_PUSH(&r->all, *b) && map_put(&r->begun, key_of(b), (uint32_t)r->all.len - 1);
}

/* In place: what is added takes a place that has been looked at. */
bool repeats_begin(struct repeats *r)
{
    size_t from = r->old, n = r->all.len;
    assert(from <= n);
    bool ok = true;
    map_clear(&r->begun);
    r->all.len = 0;
    for (size_t i = from; ok && i < n; i++)
        ok = add(r, &r->all.data[i]);
    r->old = r->all.len;
    return ok;
}

bool repeats_copy(struct repeats *r, const struct repeats *from)
{
    bool ok = true;
    map_clear(&r->begun);
    r->all.len = 0;
    for (size_t i = 0; ok && i < from->all.len; i++)
        ok = add(r, &from->all.data[i]);
    r->old = from->old;
    assert(!ok || (r->old <= r->all.len && r->begun.len <= r->all.len));
    return ok;
}

/* Also of the same length, so that comparing bytes makes sense. */
static bool has_same_header(const struct v2_batch *a, const struct v2_batch *b)
{
    return a->m == b->m && a->time == b->time && a->exp == b->exp && a->size == b->size;
}

const struct v2_batch *repeats_find_old(const struct repeats *r, const struct v2_batch *b)
{
    uint32_t i = r->old && b->size ? map_get(&r->begun, key_of(b)) : MAP_NONE;
    if (i == MAP_NONE || i >= r->old)
        return NULL;
    const struct v2_batch *a = &r->all.data[i];
    return a->gen == b->gen && a->kind == b->kind && has_same_header(a, b) ? a : NULL;
}

/* Only where both and all between can be had at once: false is no more than "not
 * shown to be". */
static bool has_same_bytes(source *src, const struct v2_batch *a, const struct v2_batch *b)
{
    const uint8_t *p;
    assert(b->data > a->data && a->size == b->size);
    size_t apart = (size_t)(b->data - a->data), n = apart + b->size;
    return source_peek(src, a->data, n, &p) >= n && memcmp(p, p + apart, b->size) == 0;
}

/* One of the generation before (i < old) is left to repeats_find_old; of empty
 * batches there may be many that are alike. */
bool repeats_add(struct repeats *r, source *src, const struct v2_batch *b, struct repeat *out)
{
    *out = (struct repeat){.first = NULL};
    if (!b->size || b->kind == V2_EXPERIMENT)
        return true;
    uint32_t i = map_get(&r->begun, key_of(b));
    if (i == MAP_NONE)
        return add(r, b);
    assert(i < r->all.len && key_of(&r->all.data[i]) == key_of(b));
    const struct v2_batch *before = &r->all.data[i];
    if (i >= r->old && has_same_header(before, b))
        *out = (struct repeat){before, has_same_bytes(src, before, b)};
    return true;
}
