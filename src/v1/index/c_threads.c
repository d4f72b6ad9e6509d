#include "v1/index/c_threads.h"

static bool goes_to_c(const struct v1_index *ix, const struct v1_record *r)
{
    return r->type == V1_GoSysCall && r->v[V1_ARG + ix->format.layout[V1_GoSysCall].full] == 0;
}

/* Without 1.5's GoSysExits: they say nothing of what runs on this P. */
static bool find_on(struct map *out, const struct v1_index *ix, uint32_t proc)
{
    struct v1_cursor c;
    struct v1_record r;
    uint64_t g = 0; /* that runs */
    v1_cursor_start(&c, ix, proc, false);
    while (v1_cursor_next(&c, ix, &r)) {
        uint64_t bit = UINT64_C(1) << r.type;
        if (g && goes_to_c(ix, &r) && !map_put(out, g, 0))
            return false;
        g = bit & V1_STARTING ? r.v[V1_ARG] : bit & V1_CLEARING ? 0 : g;
    }
    return true;
}

/* Without stacks in the trace nothing can be told; 1.21 says it by itself. */
bool v1_c_threads_find(struct map *out, const struct v1_index *ix)
{
    for (uint32_t p = 0; ix->stacks.len && ix->format.version < 21 && p < ix->procs.len; p++) {
        if (!find_on(out, ix, p))
            return false;
    }
    return true;
}
