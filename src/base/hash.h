/* hash.h: hashes that no file can foresee.
 *
 * What is hashed here comes from the input: ids, names, frames. Whoever knew
 * the function could write a file all of whose keys fall on one place, and each
 * look-up would go through all of them. So it has a secret, another one in each
 * process. Nothing that a user sees may follow the order of hashes. */
#ifndef GOTRACE_BASE_HASH_H
#define GOTRACE_BASE_HASH_H
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

struct hash_secret {
    uint64_t add, times; /* times is odd, and never 0 */
};

/* Reads the 16 random bytes that the kernel gives each process. */
static inline struct hash_secret hash_secret(void)
{
    struct hash_secret s = {0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu};
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random)
        memcpy(&s, random, sizeof s);
    s.times |= 1;
    return s;
}

/* Multiplies to twice the width and folds: every bit counts in every other. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_number(const struct hash_secret *s, uint64_t number)
{
    return hash_mix(number ^ s->add, s->times);
}

static inline uint64_t hash_bytes(const struct hash_secret *s, const void *data, size_t len)
{
    const uint8_t *p = (const uint8_t *)data;
    uint64_t h = s->add ^ len, word;
    for (; len >= sizeof word; p += sizeof word, len -= sizeof word) {
        memcpy(&word, p, sizeof word);
        h = hash_mix(h ^ word, s->times);
    }
    word = 0;
    if (len)
        memcpy(&word, p, len);
    return hash_mix(h ^ word, s->times);
}
#endif
