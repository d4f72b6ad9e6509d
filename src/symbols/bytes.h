/* bytes.h: bytes of a file that somebody made, and numbers in them.
 *
 * Nothing is read outside: what is asked there is 0, and who has to tell asks
 * bytes_hold first. Offsets may be any number. */
#ifndef GOTRACE_SYMBOLS_BYTES_H
#define GOTRACE_SYMBOLS_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data; /* borrowed */
    size_t len;
    bool big; /* numbers have their highest byte first */
};

/* Whether n bytes from off on are there. */
static inline bool bytes_hold(const struct bytes *b, uint64_t off, uint64_t n)
{
    return off <= b->len && n <= b->len - off;
}

/* The number of `size` bytes (8 at most) at off. */
static inline uint64_t bytes_number(const struct bytes *b, uint64_t off, unsigned size)
{
    uint64_t v = 0;
    if (!bytes_hold(b, off, size))
        return 0;
    for (unsigned i = 0; i < size; i++)
        v = v << 8 | b->data[off + (b->big ? i : size - 1 - i)];
    return v;
}

/* Those from off on, n of them or as many as there are. */
static inline struct bytes bytes_part(const struct bytes *b, uint64_t off, uint64_t n)
{
    struct bytes part = {b->data, 0, b->big};
    if (off > b->len)
        return part;
    part.data += off;
    part.len = n < b->len - off ? (size_t)n : b->len - (size_t)off;
    return part;
}

static inline struct bytes bytes_from(const struct bytes *b, uint64_t off)
{
    return bytes_part(b, off, UINT64_MAX);
}

/* Whether the text at off, that ends with a NUL or after `most` bytes, is `name`. */
static inline bool bytes_say(const struct bytes *b, uint64_t off, size_t most, const char *name)
{
    size_t len = strlen(name);
    return len <= most && bytes_hold(b, off, len) && memcmp(b->data + off, name, len) == 0 &&
           (len == most || (bytes_hold(b, off, len + 1) && b->data[off + len] == 0));
}
#endif
