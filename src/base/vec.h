/* vec.h: growing arrays.
 *
 * `struct buf` is bytes. VEC(T) is an array of T with the same three fields;
 * VEC_RESERVE, VEC_PUSH and VEC_PUSH_FEW yield false when memory runs out and change nothing
 * then. A zeroed one is empty and valid; free with buf_free / VEC_FREE. */
#ifndef GOTRACE_BASE_VEC_H
#define GOTRACE_BASE_VEC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct buf {
    uint8_t *data; /* owned */
    size_t len, cap;
};

/* Room for `more` bytes behind len. */
bool buf_reserve(struct buf *b, size_t more);
bool buf_add(struct buf *b, const void *data, size_t n);
bool buf_add_byte(struct buf *b, uint8_t byte);
bool buf_add_leb128(struct buf *b, uint64_t v);
void buf_free(struct buf *b);

/* Grows *data (cap elements of `size` bytes) to hold at least `need`. */
bool vec_grow(void **data, size_t *cap, size_t need, size_t size);
/* The same, from an empty array on to twice as many as before, and 2 at first: where there are
 * many arrays, of few elements each. */
bool vec_grow_few(void **data, size_t *cap, size_t need, size_t size);

#define VEC(T)               \
    struct {                 \
        T *data; /* owned */ \
        size_t len, cap;     \
    }
#define VEC_RESERVE(v, n)          \
    ((v)->len + (n) <= (v)->cap || \
     vec_grow((void **)&(v)->data, &(v)->cap, (v)->len + (n), sizeof *(v)->data))
#define VEC_PUSH(v, x) (VEC_RESERVE(v, 1) ? ((v)->data[(v)->len++] = (x), true) : false)
#define VEC_PUSH_FEW(v, x)                                                                 \
    ((v)->len < (v)->cap ||                                                                \
             vec_grow_few((void **)&(v)->data, &(v)->cap, (v)->len + 1, sizeof *(v)->data) \
         ? ((v)->data[(v)->len++] = (x), true)                                             \
         : false)
#define VEC_FREE(v) (mem_free((v)->data), (v)->data = NULL, (v)->len = (v)->cap = 0)
#endif
