/* v2_fuzz.c: bytes to events, v2 family.
 *
 * The first byte chooses version, order, how the bytes arrive and by which fast
 * paths they are read; the rest follows the header. Times must strictly increase;
 * whole input and input in pieces must give the same events, and so must those
 * paths and the slow one (src/read/plan.h). Thread after thread, those of one type
 * must be the same when no other is wanted. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    uint64_t events, damages, lost, hash;
    int64_t last_time;
};

/* How to read: what is wanted (0: everything), and what is looked at. */
struct way {
    const char *paths; /* GOTRACE_PATHS */
    size_t step;
    gotrace_order order;
    uint8_t wanted, seen;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * 0x9e3779b97f4a7c15u;
}

/* By its bytes: ids of strings that the trace does not define depend on what is
 * read before. */
static uint64_t touch_string(const gotrace_names *names, uint64_t id, uint64_t h)
{
    uint32_t len;
    const char *text = gotrace_string(names, (uint32_t)id, &len);
    while (len--)
        h = mix(h, (uint8_t)*text++);
    return h;
}

static uint64_t touch(const gotrace_names *names, const gotrace_event *e, uint64_t h)
{
    const gotrace_spec *s = gotrace_spec_of(e->type);
    h = mix(mix(h, e->type), (uint64_t)e->time);
    h = mix(mix(h, e->n), e->off);
    for (unsigned i = 0; s && i < s->nargs; i++) {
        if (s->arg_type[i] == GOTRACE_ARG_STR) {
            h = touch_string(names, e->arg[i], h);
            continue;
        }
        if (s->arg_type[i] == GOTRACE_ARG_STACK && gotrace_stack_len(names, (uint32_t)e->arg[i]))
            h = mix(h, gotrace_stack_frame(names, (uint32_t)e->arg[i], 0)->line);
        h = mix(h, e->arg[i]);
    }
    return h;
}

static struct outcome read_all(const uint8_t *data, size_t size, struct way way)
{
    struct outcome o = {0};
    gotrace_names *names = gotrace_names_new();
    gotrace *t;
    gotrace_diag diag;
    gotrace_batch batch;
    int64_t last = INT64_MIN;
    uint8_t wanted[256];
    (void)setenv("GOTRACE_PATHS", way.paths, 1);
    memset(wanted, !way.wanted, sizeof wanted);
    wanted[way.wanted] = 1;
    if (gotrace_open_memory(&t, data, size, way.step, names, &diag) == GOTRACE_OK) {
        gotrace_want(t, wanted, way.order);
        while (gotrace_next(t, &batch, &diag) == GOTRACE_OK) {
            assert(batch.len > 0);
            for (uint32_t i = 0; i < batch.len; i++) {
                const gotrace_event *e = &batch.events[i];
                if (!gotrace_spec_of(e->type) || (way.seen && e->type != way.seen))
                    continue;
                /* Unless the times of the file wrap around. */
                assert(way.order != GOTRACE_ORDER_FULL || e->time > last || last > INT64_MAX / 2 ||
                       last < 0);
                last = e->time;
                o.hash = touch(names, e, o.hash);
            }
        }
        o.events = gotrace_info_of(t)->events;
        o.damages = gotrace_info_of(t)->damages;
        o.lost = gotrace_info_of(t)->lost;
        o.last_time = gotrace_info_of(t)->last_time;
        gotrace_close(t);
    }
    gotrace_names_free(names);
    return o;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->events == b->events && a->damages == b->damages && a->lost == b->lost &&
           a->last_time == b->last_time && a->hash == b->hash;
}

static void compare_one_type(const uint8_t *data, size_t size, const char *paths, uint8_t type)
{
    struct way way = {.paths = paths, .order = GOTRACE_ORDER_THREAD, .seen = type};
    struct outcome all = read_all(data, size, way);
    way.wanted = type;
    struct outcome one = read_all(data, size, way);
    assert(is_same(&all, &one));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int versions[] = {22, 23, 25, 26};
    static const char *const paths[] = {
        "", "threads", "in-place", "threads,in-place", "summaries", "threads,summaries"};
    if (size < 1)
        return 0;
    uint8_t choice = data[0];
    size_t len = 16 + size - 1;
    uint8_t *trace = calloc(1, len + 1);
    gotrace_order order = choice & 4 ? GOTRACE_ORDER_THREAD : GOTRACE_ORDER_FULL;
    (void)snprintf((char *)trace, 17, "go 1.%d trace", versions[choice & 3]);
    memcpy(trace + 16, data + 1, size - 1);
    struct way way = {.order = order, .paths = "slow"};
    struct outcome slow = read_all(trace, len, way);
    way.paths = paths[(choice >> 4) % (sizeof paths / sizeof *paths)];
    struct outcome whole = read_all(trace, len, way);
    assert(is_same(&slow, &whole));
    if (choice & 8) {
        way.step = 1 + (choice >> 4);
        struct outcome pieces = read_all(trace, len, way);
        assert(whole.events == pieces.events && whole.hash == pieces.hash);
    }
    if (order == GOTRACE_ORDER_THREAD)
        compare_one_type(trace, len, way.paths, 1 + data[size / 2] % 48);
    free(trace);
    return 0;
}
