#include "base/text/search.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"

/* Most places begin no string: a bit for what the first SEARCH_LEAST bytes hash to
 * says so, from a table that fits the second cache. Whichever of STRIDE places in a row
 * a string begins at, it has the GRAM bytes from the last of them on: a table of those, which
 * fits the first cache, is asked once for all. */
enum { FILTER_BITS = 21, GRAM_BITS = 18, GRAM = 3, STRIDE = SEARCH_LEAST - GRAM + 1 };

struct entry {
    const uint8_t *text; /* borrowed */
    uint32_t len, id;
    uint32_t next; /* another with the same hash, MAP_NONE: none */
};

/* A length that strings of one beginning have; ascending. */
struct length {
    uint32_t len, next;
};

struct gotrace_search {
    struct hash_secret secret;
    VEC(struct entry) entries;
    VEC(struct length) lengths;
    struct map heads;   /* beginning -> first of its lengths */
    struct map by_hash; /* of the whole string -> entry */
    uint64_t filter[(1 << FILTER_BITS) / 64], grams[(1 << GRAM_BITS) / 64];
};

gotrace_search *gotrace_search_new(void)
{
    gotrace_search *s = mem_zeroed(1, sizeof *s);
    if (s)
        s->secret = hash_secret();
    return s;
}

void gotrace_search_free(gotrace_search *s)
{
    if (!s)
        return;
    VEC_FREE(&s->entries);
    VEC_FREE(&s->lengths);
    map_free(&s->heads);
    map_free(&s->by_hash);
    mem_free(s);
}

/* The first SEARCH_LEAST bytes as a number. */
static uint64_t beginning_of(const uint8_t *p)
{
    uint64_t n = 0;
    memcpy(&n, p, SEARCH_LEAST);
    return n;
}

static uint64_t *filter_at(gotrace_search *s, uint64_t beginning, unsigned *bit)
{
    uint64_t h = hash_number(&s->secret, beginning) >> (64 - FILTER_BITS);
    *bit = h % 64;
    return &s->filter[h / 64];
}

/* The bit for the GRAM bytes at p. */
static inline uint32_t gram_at(const gotrace_search *s, const uint8_t *p)
{
    uint32_t n = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return (n * (uint32_t)s->secret.times) >> (32 - GRAM_BITS);
}

static void add_grams(gotrace_search *s, const uint8_t *p)
{
    for (int i = 0; i < STRIDE; i++) {
        uint32_t bit = gram_at(s, p + i);
        s->grams[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

/* Whether no string begins at p or the STRIDE - 1 places behind, for which there are
 * SEARCH_LEAST bytes at p. */
static inline bool is_quiet(const gotrace_search *s, const uint8_t *p)
{
    uint32_t bit = gram_at(s, p + STRIDE - 1);
    return !(s->grams[bit / 64] >> bit % 64 & 1);
}

/* The hash of a string, from that of what is before its last n bytes. */
static uint64_t hash_on(const gotrace_search *s, uint64_t h, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = hash_mix(h ^ p[i], s->secret.times);
    return h;
}

/* False: no memory. */
static bool add_length(gotrace_search *s, uint64_t beginning, uint32_t len)
{
    uint32_t at = map_get(&s->heads, beginning), before = MAP_NONE;
    while (at != MAP_NONE && s->lengths.data[at].len < len) {
        before = at;
        at = s->lengths.data[at].next;
    }
    if (at != MAP_NONE && s->lengths.data[at].len == len)
        return true;
    struct length l = {len, at};
    uint32_t own = (uint32_t)s->lengths.len;
    if (!VEC_PUSH(&s->lengths, l))
        return false;
    if (before == MAP_NONE)
        return map_put(&s->heads, beginning, own);
    s->lengths.data[before].next = own;
    return true;
}

bool gotrace_search_add(gotrace_search *s, const char *text, size_t len, uint32_t id)
{
    assert(len >= SEARCH_LEAST);
    uint32_t n = (uint32_t)(len < SEARCH_MOST ? len : SEARCH_MOST);
    const uint8_t *p = (const uint8_t *)text;
    uint64_t beginning = beginning_of(p), hash = hash_on(s, s->secret.add, p, n);
    struct entry e = {p, n, id, map_get(&s->by_hash, hash)};
    unsigned bit;
    uint64_t *word = filter_at(s, beginning, &bit);
    *word |= UINT64_C(1) << bit;
    add_grams(s, p);
    return add_length(s, beginning, n) && VEC_PUSH(&s->entries, e) &&
           map_put(&s->by_hash, hash, (uint32_t)s->entries.len - 1);
}

/* An entry of that hash that is the n bytes at p, or MAP_NONE. */
static uint32_t entry_of(const gotrace_search *s, uint64_t hash, const uint8_t *p, uint32_t n)
{
    uint32_t i = map_get(&s->by_hash, hash);
    while (i != MAP_NONE &&
           (s->entries.data[i].len != n || memcmp(s->entries.data[i].text, p, n) != 0))
        i = s->entries.data[i].next;
    return i;
}

/* The first entry longer than `after` that stands at p, where `room` bytes are, of those that
 * begin as it does; or MAP_NONE. */
static uint32_t entry_at(const gotrace_search *s, const uint8_t *p, size_t room, uint32_t after)
{
    uint64_t hash = s->secret.add;
    uint32_t done = 0, at = map_get(&s->heads, beginning_of(p));
    while (at != MAP_NONE && s->lengths.data[at].len <= room) {
        struct length l = s->lengths.data[at];
        hash = hash_on(s, hash, p + done, l.len - done);
        done = l.len;
        uint32_t i = l.len > after ? entry_of(s, hash, p, l.len) : MAP_NONE;
        if (i != MAP_NONE)
            return i;
        at = l.next;
    }
    return MAP_NONE;
}

/* As entry_at, of a place of which nothing is known. */
static uint32_t look_at(gotrace_search *s, const uint8_t *p, size_t room, uint32_t after)
{
    unsigned bit;
    const uint64_t *word = filter_at(s, beginning_of(p), &bit);
    return *word >> bit & 1 ? entry_at(s, p, room, after) : MAP_NONE;
}

uint32_t gotrace_search_next(gotrace_search *s, const void *data, size_t len, size_t *at,
                             uint32_t after)
{
    const uint8_t *bytes = data;
    while (*at < len && len - *at >= SEARCH_LEAST) {
        bool quiet = !after && is_quiet(s, bytes + *at);
        uint32_t i = quiet ? MAP_NONE : look_at(s, bytes + *at, len - *at, after);
        if (i != MAP_NONE)
            return i;
        *at += quiet ? STRIDE : 1;
        after = 0;
    }
    return UINT32_MAX;
}

uint32_t gotrace_search_id(const gotrace_search *s, uint32_t entry, uint32_t *len)
{
    assert(entry < s->entries.len);
    *len = s->entries.data[entry].len;
    return s->entries.data[entry].id;
}
