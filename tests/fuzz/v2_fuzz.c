/* v2_fuzz.c: bytes to events, v2 family.
 *
 * The first byte chooses version, order and how the bytes arrive; the rest
 * follows the header. Times must strictly increase, and whole input and input
 * in pieces must give the same events. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gotrace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    uint64_t events, damages, hash;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * 0x9e3779b97f4a7c15u;
}

static uint64_t touch(const gotrace_names *names, const gotrace_event *e, uint64_t h)
{
    const gotrace_spec *s = gotrace_spec_of(e->type);
    h = mix(mix(h, e->type), (uint64_t)e->time);
    for (unsigned i = 0; s && i < s->nargs; i++) {
        uint32_t len;
        if (s->arg_type[i] == GOTRACE_ARG_STR)
            (void)gotrace_string(names, (uint32_t)e->arg[i], &len);
        else if (s->arg_type[i] == GOTRACE_ARG_STACK &&
                 gotrace_stack_len(names, (uint32_t)e->arg[i]))
            h = mix(h, gotrace_stack_frame(names, (uint32_t)e->arg[i], 0)->line);
        h = mix(h, e->arg[i]);
    }
    return h;
}

static struct outcome read_all(const uint8_t *data, size_t size, size_t step, gotrace_order order)
{
    struct outcome o = {0};
    gotrace_names *names = gotrace_names_new();
    gotrace *t;
    gotrace_diag diag;
    gotrace_batch batch;
    int64_t last = INT64_MIN;
    uint8_t wanted[256];
    memset(wanted, 1, sizeof wanted);
    if (gotrace_open_memory(&t, data, size, step, names, &diag) == GOTRACE_OK) {
        gotrace_want(t, wanted, order);
        while (gotrace_next(t, &batch, &diag) == GOTRACE_OK) {
            assert(batch.len > 0);
            for (uint32_t i = 0; i < batch.len; i++) {
                const gotrace_event *e = &batch.events[i];
                if (!gotrace_spec_of(e->type))
                    continue;
                /* Unless the times of the file wrap around. */
                assert(order != GOTRACE_ORDER_FULL || e->time > last || last > INT64_MAX / 2 ||
                       last < 0);
                last = e->time;
                o.hash = touch(names, e, o.hash);
            }
        }
        o.events = gotrace_info_of(t)->events;
        o.damages = gotrace_info_of(t)->damages;
        gotrace_close(t);
    }
    gotrace_names_free(names);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int versions[] = {22, 23, 25, 26};
    if (size < 1)
        return 0;
    uint8_t choice = data[0];
    size_t len = 16 + size - 1;
    uint8_t *trace = calloc(1, len + 1);
    gotrace_order order = choice & 4 ? GOTRACE_ORDER_THREAD : GOTRACE_ORDER_FULL;
    (void)snprintf((char *)trace, 17, "go 1.%d trace", versions[choice & 3]);
    memcpy(trace + 16, data + 1, size - 1);
    struct outcome whole = read_all(trace, len, 0, order);
    if (choice & 8) {
        struct outcome pieces = read_all(trace, len, 1 + (choice >> 4), order);
        assert(whole.events == pieces.events && whole.hash == pieces.hash);
    }
    free(trace);
    return 0;
}
