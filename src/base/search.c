#include "base/search.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"

/* Most places begin no string: a bit for what the first SEARCH_LEAST bytes hash to
 * says so, from a table that fits the second cache. */
enum { FILTER_BITS = 21 };

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
    uint64_t filter[(1 << FILTER_BITS) / 64];
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

uint32_t gotrace_search_next(gotrace_search *s, const void *data, size_t len, size_t *at,
                             uint32_t after)
{
    const uint8_t *bytes = data;
    for (; len >= SEARCH_LEAST && *at <= len - SEARCH_LEAST; ++*at, after = 0) {
        unsigned bit;
        const uint64_t *word = filter_at(s, beginning_of(bytes + *at), &bit);
        if (!(*word >> bit & 1))
            continue;
        uint32_t i = entry_at(s, bytes + *at, len - *at, after);
        if (i != MAP_NONE)
            return i;
    }
    return UINT32_MAX;
}

uint32_t gotrace_search_id(const gotrace_search *s, uint32_t entry, uint32_t *len)
{
    assert(entry < s->entries.len);
    *len = s->entries.data[entry].len;
    return s->entries.data[entry].id;
}
