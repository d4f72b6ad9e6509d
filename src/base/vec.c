#include "base/vec.h"

#include <string.h>

#include "base/mem.h"
#include "base/varint.h"

/* Doubles, so that adding is cheap on average. size is never 0; sums cannot
 * overflow, since n stays below SIZE_MAX / size. */
static bool grow(void **data, size_t *cap, size_t need, size_t size, size_t first)
{
    size_t n = *cap ? *cap : first;
    while (n < need) {
        if (n > SIZE_MAX / 2 / size)
            return false;
        n *= 2;
    }
    /* Near the limit no more than has to be. */
    if (!mem_fits((n - *cap) * size))
        n = need;
    void *p = mem_resize(*data, n * size);
    if (!p)
        return false;
    *data = p;
    *cap = n;
    return true;
}

bool vec_grow(void **data, size_t *cap, size_t need, size_t size)
{
    return grow(data, cap, need, size, 16);
}

bool vec_grow_few(void **data, size_t *cap, size_t need, size_t size)
{
    return grow(data, cap, need, size, 2);
}

/* A quarter of all sizes leaves room for doubling without an overflow. */
bool buf_reserve(struct buf *b, size_t more)
{
    if (more > SIZE_MAX / 4 - b->len)
        return false;
    return b->len + more <= b->cap || vec_grow((void **)&b->data, &b->cap, b->len + more, 1);
}

/* data may be NULL if n is 0, which memcpy does not take. */
bool buf_add(struct buf *b, const void *data, size_t n)
{
    if (!buf_reserve(b, n))
        return false;
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    return true;
}

bool buf_add_byte(struct buf *b, uint8_t byte)
{
    return buf_add(b, &byte, 1);
}

bool buf_add_leb128(struct buf *b, uint64_t v)
{
    if (!buf_reserve(b, LEB128_MAX))
        return false;
    b->len += leb128_put(b->data + b->len, v);
    return true;
}

void buf_free(struct buf *b)
{
    mem_free(b->data);
    *b = (struct buf){0};
}
