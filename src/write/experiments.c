#include "write/experiments.h"

#include <string.h>

#include "base/varint.h"
#include "event/event.h"

/* The only one that is known: Go's reader breaks down at others. Its batches
 * begin with what they hold. */
enum { ALLOC_FREE = 1 };
enum { TYPES };

static void clear(struct experiment *x)
{
    for (size_t i = 0; i < x->batches.len; i++)
        buf_free(&x->batches.data[i].data);
    x->batches.len = 0;
    map_clear(&x->types);
    x->left = false;
}

void experiment_free(struct experiment *x)
{
    clear(x);
    VEC_FREE(&x->batches);
    map_free(&x->types);
}

static bool copy(struct experiment *x, const gotrace_experiment *from)
{
    struct experiment_batch b = {.m = from->m, .ticks = from->ticks};
    if (!buf_add(&b.data, from->data, from->size))
        return false;
    if (VEC_PUSH(&x->batches, b))
        return true;
    buf_free(&b.data);
    return false;
}

bool experiment_begin(struct experiment *x, const gotrace_generation *gen)
{
    clear(x);
    for (uint64_t i = 0; i < gen->experiments_len; i++) {
        const gotrace_experiment *from = &gen->experiments[i];
        if (from->experiment == ALLOC_FREE && !copy(x, from))
            return false;
    }
    return true;
}

bool experiment_note(struct experiment *x, const gotrace_event *ev)
{
    if (ev->type < EvSpan)
        return true;
    if (ev->verdict != GOTRACE_KEEP) {
        x->dropped = true;
        return true;
    }
    x->left = true;
    return (ev->type != EvHeapObject && ev->type != EvHeapObjectAlloc) ||
           map_put(&x->types, ev->arg[1], 0);
}

/* The record of a type at *p: id, address, size, bytes with pointers, name. */
static bool next_type(const uint8_t **p, const uint8_t *end, uint64_t *id)
{
    uint64_t v[4];
    bool ok = leb128_get(p, end, id);
    for (int i = 0; ok && i < 4; i++)
        ok = leb128_get(p, end, &v[i]);
    if (!ok || v[3] > (uint64_t)(end - *p))
        return false;
    *p += v[3];
    return true;
}

/* Leaves the types that are used. */
static void strip(const struct experiment *x, struct buf *data)
{
    const uint8_t *p = data->data + 1, *end = data->data + data->len;
    uint8_t *to = data->data + 1;
    uint64_t id;
    for (const uint8_t *from = p; next_type(&p, end, &id); from = p) {
        if (map_get(&x->types, id) == MAP_NONE)
            continue;
        memmove(to, from, (size_t)(p - from));
        to += p - from;
    }
    data->len = (size_t)(to - data->data);
}

gotrace_status experiment_write(struct experiment *x, struct v2_writer *file, uint64_t from,
                                gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    if (x->dropped && !x->left)
        return GOTRACE_OK;
    for (size_t i = 0; st == GOTRACE_OK && i < x->batches.len; i++) {
        struct experiment_batch *b = &x->batches.data[i];
        if (x->dropped && b->data.len && b->data.data[0] == TYPES)
            strip(x, &b->data);
        uint64_t ticks = b->ticks > from ? b->ticks : from;
        st = v2_write_experiment(file, ALLOC_FREE, b->m, ticks, b->data.data, b->data.len, diag);
    }
    return st;
}
