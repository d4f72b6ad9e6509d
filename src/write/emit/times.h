/* times.h: when a written event comes: behind all that it waits for. Inline, for
 * emitter.c, which says why, and for the fast path of write/fast/fast_path.c. */
#ifndef GOTRACE_WRITE_EMIT_TIMES_H
#define GOTRACE_WRITE_EMIT_TIMES_H
#include <assert.h>

#include "base/compiler.h"
#include "write/emit/emitter_state.h"

static HOT uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Keys of `gone`: tasks are even, goroutines odd. */
static HOT uint64_t task_key(uint64_t task)
{
    return task << 1;
}

static HOT uint64_t goroutine_key(uint64_t g)
{
    return g << 1 | 1;
}

static HOT uint64_t behind_gone(const struct emitter *o, uint64_t key)
{
    uint32_t at = idmap_get(&o->gone, key);
    assert(at == MAP_NONE || (at < o->horizons.len && o->horizons.data[at] <= o->horizon));
    return at == MAP_NONE ? 0 : o->horizons.data[at] + o->step;
}

/* Stamps of other generations mean nothing in this one. */
static HOT uint32_t now_of(const struct emitter *o)
{
    return (uint32_t)o->counts.generations;
}

static HOT uint64_t after(const struct emitter *o, const struct stamp *s, uint32_t thread)
{
    bool other = s && s->generation == now_of(o) && s->ticks && s->thread != thread;
    return other ? s->ticks + o->step : 0;
}

static HOT void stamp(const struct emitter *o, struct stamp *at, uint32_t thread, uint64_t ticks)
{
    if (at)
        *at = (struct stamp){ticks, thread, now_of(o)};
}

#endif
