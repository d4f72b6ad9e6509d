/* hidden.h: the goroutines that are left out of what is written. */
#ifndef GOTRACE_WRITE_MODELS_HIDDEN_H
#define GOTRACE_WRITE_MODELS_HIDDEN_H
#include "base/compiler.h"
#include "base/map.h"

struct hidden {
    struct map named; /* goroutines that are hidden, or ... */
    bool others;      /* ... those that are not, all others are; 1: it has come up */
    uint64_t bits;    /* keys in `named`, modulo 64: most are none of them */
};

/* How a goroutine is known here. Ids beyond 2^53 are what scripts have of them:
 * Lua takes some of those for the same. */
static HOT uint64_t hidden_key(int64_t g)
{
    return g <= INT64_C(1) << 53 ? (uint64_t)g : (uint64_t)(double)g;
}

static HOT bool hidden_any(const struct hidden *h)
{
    return h->others || h->named.len;
}

/* To scripts what is below 0 is none. */
static HOT bool hidden_has(const struct hidden *h, int64_t g)
{
    uint64_t key = hidden_key(g);
    bool named = h->bits >> key % 64 & 1 && map_get(&h->named, key) != MAP_NONE;
    return h->others ? !named && g >= 0 : named;
}
#endif
