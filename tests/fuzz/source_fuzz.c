/* source_fuzz.c: any bytes, as a file is opened: packing, header, events.
 *
 * The first byte says how the bytes arrive. Whole and in pieces must give the
 * same number of events and of damages. */
#include <assert.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a small packed file may unpack to: a bomb would take all the time. */
enum { MOST_EVENTS = 1 << 20 };

struct outcome {
    gotrace_status opened;
    uint64_t events, damages;
};

static struct outcome read_all(const uint8_t *data, size_t size, size_t step)
{
    struct outcome o = {GOTRACE_OK, 0, 0};
    gotrace_names *names = gotrace_names_new();
    gotrace *t;
    gotrace_diag diag;
    gotrace_batch batch;
    o.opened = gotrace_open_memory(&t, data, size, step, names, &diag);
    if (o.opened == GOTRACE_OK) {
        while (o.events < MOST_EVENTS && gotrace_next(t, &batch, &diag) == GOTRACE_OK)
            o.events = gotrace_info_of(t)->events;
        o.damages = gotrace_info_of(t)->damages;
        gotrace_close(t);
    }
    gotrace_names_free(names);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct outcome whole = read_all(data + 1, size - 1, 0);
    if (data[0] & 1) {
        struct outcome pieces = read_all(data + 1, size - 1, 1 + (data[0] >> 4));
        assert(whole.opened == pieces.opened);
        assert(whole.events == pieces.events && whole.damages == pieces.damages);
    }
    return 0;
}
