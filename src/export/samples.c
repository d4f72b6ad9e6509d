/* samples.c: what profiles are made of: sums by stack and by a set of labels, which the
 * caller numbers. In the order in which they come up. */
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "gotrace_lua.h"

struct gotrace_samples {
    struct map at; /* stack and labels -> index */
    VEC(gotrace_sample) list;
};

gotrace_samples *gotrace_samples_new(void)
{
    return mem_zeroed(1, sizeof(gotrace_samples));
}

void gotrace_samples_free(gotrace_samples *s)
{
    if (!s)
        return;
    map_free(&s->at);
    VEC_FREE(&s->list);
    mem_free(s);
}

/* What does not fit is as much as fits. */
static int64_t sum_of(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

/* The index of a key's; MAP_NONE: no memory. */
static uint32_t find(gotrace_samples *s, uint32_t stack, uint32_t labels)
{
    uint64_t key = (uint64_t)stack << 32 | labels;
    uint32_t at = map_get(&s->at, key);
    if (at != MAP_NONE)
        return at;
    gotrace_sample sample = {.stack = stack, .labels = labels};
    at = (uint32_t)s->list.len;
    if (at == MAP_NONE || !VEC_PUSH(&s->list, sample))
        return MAP_NONE;
    if (map_put(&s->at, key, at))
        return at;
    s->list.len--;
    return MAP_NONE;
}

bool gotrace_samples_add(gotrace_samples *s, uint32_t stack, uint32_t labels, int64_t first,
                         int64_t second)
{
    uint32_t at = find(s, stack, labels);
    if (at == MAP_NONE)
        return false;
    gotrace_sample *sample = &s->list.data[at];
    sample->value[0] = sum_of(sample->value[0], first);
    sample->value[1] = sum_of(sample->value[1], second);
    return true;
}

bool gotrace_samples_at(const gotrace_samples *s, uint32_t i, gotrace_sample *out)
{
    if (i >= s->list.len)
        return false;
    *out = s->list.data[i];
    return true;
}
