/* varint.h: unsigned varints, as Go's encoding/binary reads and writes them.
 *
 * Padded (non-minimal) forms are legal, Go's runtime writes them; a value of
 * more than 64 bits or more than 10 bytes is not. */
#ifndef GOTRACE_BASE_VARINT_H
#define GOTRACE_BASE_VARINT_H
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LEB128_MAX 10 /* bytes of the longest varint */

/* Eight bytes at once: as a word, the first byte lowest. */
static inline uint64_t leb128_word(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

/* The high bits of those bytes of a word that are the last of a varint. */
static inline uint64_t leb128_ends(uint64_t word)
{
    return ~word & 0x8080808080808080u;
}

/* The varint in the first bytes of a word, given its ends, of which there is
 * one. Groups of 7 bits move together: two, four, eight of them. */
static inline uint64_t leb128_gather(uint64_t word, uint64_t ends)
{
    uint64_t v = word & (ends ^ (ends - 1)) & 0x7f7f7f7f7f7f7f7fu;
    v = (v & 0x007f007f007f007fu) | (v >> 1 & 0x3f803f803f803f80u);
    v = (v & 0x00003fff00003fffu) | (v >> 2 & 0x0fffc0000fffc000u);
    return (v & 0x0fffffffu) | (v >> 4 & 0x00fffffff0000000u);
}

/* Out of line: two bytes or more, or near the end. */
bool leb128_get_slow(const uint8_t **p, const uint8_t *end, uint64_t *out);

/* Reads one varint at *p, never at or past end, and moves *p behind it.
 * False, with *p unmoved, when the varint is cut off or too large. */
static inline bool leb128_get(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
    if (__builtin_expect(*p < end && **p < 0x80, 1)) {
        *out = *(*p)++;
        return true;
    }
    return leb128_get_slow(p, end, out);
}

/* Writes v at `to` (room for LEB128_MAX bytes) and returns the bytes used. */
size_t leb128_put(uint8_t *to, uint64_t v);
/* Writes v in exactly n bytes, padded; n must be from leb128_size(v) to 10. */
void leb128_put_padded(uint8_t *to, uint64_t v, size_t n);
size_t leb128_size(uint64_t v);
#endif
