/* clock.h: what clock snapshots of the output have in place of the input's. */
#ifndef GOTRACE_API_CLOCK_H
#define GOTRACE_API_CLOCK_H
#include "v2/file/batch_write.h"

/* ns later by the wall clock. */
static inline void add_ns(struct v2_sync *s, uint64_t ns)
{
    s->mono += ns;
    s->sec += (s->nsec + ns) / 1000000000;
    s->nsec = (s->nsec + ns) % 1000000000;
}

static inline uint64_t ns_of(uint64_t ticks, uint64_t freq)
{
    double ns = (double)ticks / (double)freq * 1e9;
    return ns < 9e18 ? (uint64_t)ns : (uint64_t)9e18;
}

static inline bool is_later(const struct v2_sync *a, const struct v2_sync *b)
{
    bool wall = a->sec > b->sec || (a->sec == b->sec && a->nsec > b->nsec);
    return wall && a->mono > b->mono;
}

/* As if both clocks had begun with the trace. */
static inline void begin_clocks(struct v2_sync *s, int64_t time, uint64_t behind)
{
    s->mono = s->sec = s->nsec = 0;
    add_ns(s, (time > 0 ? (uint64_t)time : 0) + 1 + behind);
}
#endif
