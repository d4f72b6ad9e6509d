#include "v2/file/repeats.h"

#include <string.h>

void repeats_clear(struct repeats *r)
{
    r->all.len = 0;
    map_clear(&r->begun);
}

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

static bool is_same(source *src, const struct v2_batch *a, const struct v2_batch *b)
{
    const uint8_t *p;
    if (a->m != b->m || a->time != b->time || a->exp != b->exp || a->size != b->size)
        return false;
    size_t apart = (size_t)(b->data - a->data), n = apart + b->size;
    return source_peek(src, a->data, n, &p) >= n && memcmp(p, p + apart, b->size) == 0;
}

bool repeats_add(struct repeats *r, source *src, const struct v2_batch *b,
                 const struct v2_batch **first)
{
    uint64_t key = key_of(b);
    *first = NULL;
    if (!b->size || b->kind == V2_EXPERIMENT)
        return true;
    uint32_t i = map_get(&r->begun, key);
    if (i != MAP_NONE) {
        const struct v2_batch *before = &r->all.data[i];
        *first = is_same(src, before, b) ? before : NULL;
        return true;
    }
    return VEC_PUSH(&r->all, *b) && map_put(&r->begun, key, (uint32_t)r->all.len - 1);
}
