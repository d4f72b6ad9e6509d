/* v1_fuzz.c: bytes to events, v1 family.
 *
 * Input is a trace, or a byte that chooses version and how the bytes arrive,
 * and what follows the header. Times must strictly increase (in thread order:
 * but for a new beginning with each P), ids must exist, and input in pieces
 * must give the same events as whole input. A second thread, and nothing but the
 * slow path (src/read/plan.h), must give the same, too: the input's last byte
 * chooses what is compared with it. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    uint64_t events, damages, hash;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * 0x9e3779b97f4a7c15u;
}

static uint64_t touch_arg(const gotrace_names *names, uint8_t type, uint64_t arg)
{
    uint32_t len, id = (uint32_t)arg;
    if (type == GOTRACE_ARG_STR) {
        assert(arg < gotrace_string_count(names));
        return (uint8_t)*gotrace_string(names, id, &len);
    }
    if (type != GOTRACE_ARG_STACK || arg == 0)
        return arg;
    assert(gotrace_stack_len(names, id) > 0);
    return gotrace_stack_frame(names, id, gotrace_stack_len(names, id) - 1)->func;
}

static uint64_t touch(const gotrace_names *names, const gotrace_event *e)
{
    const gotrace_spec *s = gotrace_spec_of(e->type);
    uint64_t h = mix(e->type, (uint64_t)e->time);
    for (unsigned i = 0; s && i < s->nargs; i++)
        h = mix(h, touch_arg(names, s->arg_type[i], e->arg[i]));
    return mix(mix(h, (uint64_t)e->p), (uint64_t)e->g);
}

static uint64_t read_events(gotrace *t, const gotrace_names *names, gotrace_order order)
{
    gotrace_batch batch;
    gotrace_diag diag;
    int64_t last = -1;
    uint64_t h = 0;
    while (gotrace_next(t, &batch, &diag) == GOTRACE_OK) {
        assert(batch.len > 0 && batch.len <= GOTRACE_BATCH);
        for (uint32_t i = 0; i < batch.len; i++) {
            const gotrace_event *e = &batch.events[i];
            h = mix(h, touch(names, e));
            if (!gotrace_spec_of(e->type))
                continue;
            assert(e->time >= 0 && (order == GOTRACE_ORDER_THREAD || e->time > last));
            last = e->time;
        }
    }
    return h;
}

static struct outcome read_all(const uint8_t *data, size_t size, const char *paths, size_t step,
                               gotrace_order order)
{
    struct outcome o = {0};
    gotrace_names *names = gotrace_names_new();
    gotrace *t;
    gotrace_diag diag;
    uint8_t wanted[256];
    memset(wanted, 1, sizeof wanted);
    (void)setenv("GOTRACE_PATHS", paths, 1);
    if (gotrace_open_memory(&t, data, size, step, names, &diag) == GOTRACE_OK) {
        gotrace_want(t, wanted, order);
        o.hash = read_events(t, names, order);
        o.events = gotrace_info_of(t)->events;
        o.damages = gotrace_info_of(t)->damages;
        gotrace_close(t);
    }
    gotrace_names_free(names);
    return o;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->events == b->events && a->damages == b->damages && a->hash == b->hash;
}

static void try_order(const uint8_t *data, size_t size, size_t step, gotrace_order order)
{
    static const char *const paths[] = {"threads", "", "map,threads"};
    const char *road = paths[size ? data[size - 1] % (sizeof paths / sizeof *paths) : 0];
    struct outcome slow = read_all(data, size, "slow", 0, order);
    struct outcome fast = read_all(data, size, road, 0, order);
    assert(is_same(&slow, &fast));
    if (!step)
        return;
    struct outcome pieces = read_all(data, size, road, step, order);
    assert(is_same(&slow, &pieces));
}

static void try_trace(const uint8_t *data, size_t size, size_t step)
{
    try_order(data, size, step, GOTRACE_ORDER_FULL);
    try_order(data, size, step, GOTRACE_ORDER_THREAD);
}

/* Exactly as long as it is, for ASan to watch its end. */
static void try_body(const uint8_t *body, size_t size, int version, size_t step)
{
    uint8_t *trace = calloc(1, 16 + size);
    if (!trace)
        return;
    (void)snprintf((char *)trace, 16, "go 1.%d trace", version);
    if (size)
        memcpy(trace + 16, body, size);
    try_trace(trace, 16 + size, step);
    free(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int versions[] = {5, 7, 8, 9, 10, 11, 19, 21};
    if (size > 5 && memcmp(data, "go 1.", 5) == 0)
        try_trace(data, size, 0);
    else if (size > 0)
        try_body(data + 1, size - 1, versions[data[0] & 7], data[0] >> 4);
    return 0;
}
