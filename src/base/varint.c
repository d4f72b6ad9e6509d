#include "base/varint.h"

/* For the last bytes of the input, where a whole word cannot be read, and for
 * varints of nine or ten bytes. What is cut off and what is too large both
 * yield false. */
static bool get_bytewise(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
    const uint8_t *s = *p;
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && s < end; shift += 7) {
        uint8_t b = *s++;
        if (shift == 63 && b > 1)
            return false; /* a 65th bit, or an 11th byte */
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = v;
            *p = s;
            return true;
        }
    }
    return false;
}

/* A word holds varints of up to eight bytes; without an end in it there are
 * more. */
bool leb128_get_slow(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
    if (end - *p < (ptrdiff_t)sizeof(uint64_t))
        return get_bytewise(p, end, out);
    uint64_t word = leb128_word(*p), ends = leb128_ends(word);
    if (ends == 0)
        return get_bytewise(p, end, out);
    *out = leb128_gather(word, ends);
    *p += __builtin_ctzll(ends) / 8 + 1;
    return true;
}

size_t leb128_put(uint8_t *to, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

void leb128_put_padded(uint8_t *to, uint64_t v, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++, v >>= 7)
        to[i] = (uint8_t)(v | 0x80);
    to[n - 1] = (uint8_t)(v & 0x7f);
}

size_t leb128_size(uint64_t v)
{
    size_t n = 1;
    while (v >>= 7)
        n++;
    return n;
}
