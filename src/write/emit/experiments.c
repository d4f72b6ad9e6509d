#include "write/emit/experiments.h"

#include <assert.h>
#include <string.h>

#include "base/varint.h"
#include "event/event.h"
#include "event/intern.h"

/* The only one that is known: Go's reader breaks down at others. Its batches
 * begin with what they hold: types, or where the heap begins and how large its pages and
 * the least objects and stacks are. */
enum { ALLOC_FREE = 1 };
enum { TYPES, INFO, INFO_NUMBERS = 4 };

/* `dropped` stays: it is about all generations of the output. */
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

/* gen's bytes are borrowed, and may be gone when the generation is written. */
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

/* Batches of other experiments are not written. */
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

/* Objects name their type in the second argument. */
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

struct type {
    uint64_t id;
    const uint8_t *begin, *name_len, *name;
    size_t len;
};

/* The record of a type at *p: id, address, size, bytes with pointers, name. */
static bool next_type(const uint8_t **p, const uint8_t *end, struct type *out)
{
    uint64_t v;
    out->begin = *p;
    bool ok = leb128_get(p, end, &out->id);
    for (int i = 0; ok && i < 3; i++)
        ok = leb128_get(p, end, &v);
    out->name_len = *p;
    if (!ok || !leb128_get(p, end, &v) || v > (uint64_t)(end - *p))
        return false;
    assert(out->begin < out->name_len && out->name_len < *p && *p <= end);
    out->name = *p;
    out->len = (size_t)v;
    *p += v;
    return true;
}

/* By its first byte; an empty one holds nothing. */
static bool holds(const struct experiment_batch *b, uint8_t what)
{
    return b->data.len && b->data.data[0] == what;
}

/* Leaves the types that are used, in place, with all that their records say. */
static void strip(const struct experiment *x, struct buf *data)
{
    const uint8_t *p = data->data + 1, *end = data->data + data->len;
    uint8_t *to = data->data + 1;
    struct type t;
    while (next_type(&p, end, &t)) {
        if (map_get(&x->types, t.id) == MAP_NONE)
            continue;
        memmove(to, t.begin, (size_t)(p - t.begin));
        to += p - t.begin;
    }
    assert(to <= end);
    data->len = (size_t)(to - data->data);
}

/* Names */

/* Also those that may turn out unused: which these are is known at the end.
 * False: no memory. */
static bool meet_types(const struct experiment_batch *b, gotrace_names *names, struct dictionary *d)
{
    const uint8_t *p = b->data.data + 1, *end = b->data.data + b->data.len;
    struct type t;
    uint32_t id;
    while (next_type(&p, end, &t)) {
        if (!names_string(names, t.name, t.len, &id) ||
            !dictionary_meet(d, GOTRACE_ROLE_EXPERIMENT, id))
            return false;
    }
    return true;
}

bool experiment_meet(const struct experiment *x, gotrace_names *names, struct dictionary *d)
{
    for (size_t i = 0; d->strings && i < x->batches.len; i++) {
        const struct experiment_batch *b = &x->batches.data[i];
        if (holds(b, TYPES) && !meet_types(b, names, d))
            return false;
    }
    return true;
}

/* All but the name as it is. What nobody has said is empty. */
static bool add_translated(struct buf *to, const struct type *t, gotrace_names *names,
                           const struct dictionary *d)
{
    uint32_t id, len = 0;
    if (!names_string(names, t->name, t->len, &id))
        return false;
    const char *text = gotrace_string(names, dictionary_get(d, GOTRACE_ROLE_EXPERIMENT, id), &len);
    return buf_add(to, t->begin, (size_t)(t->name_len - t->begin)) && buf_add_leb128(to, len) &&
           buf_add(to, text, len);
}

/* What no longer reads as a type is left out with all behind it. */
static bool translate_types(struct buf *to, const struct buf *data, gotrace_names *names,
                            const struct dictionary *d)
{
    const uint8_t *p = data->data + 1, *end = data->data + data->len;
    struct type t;
    bool ok = buf_add_byte(to, TYPES);
    while (ok && next_type(&p, end, &t))
        ok = add_translated(to, &t, names, d);
    return ok;
}

/* The numbers of a batch of INFO and nothing else; nothing at all if it has less. */
static bool copy_info(struct buf *to, const struct buf *data)
{
    const uint8_t *p = data->data + 1, *end = data->data + data->len;
    uint64_t v;
    bool ok = buf_add_byte(to, INFO);
    for (int i = 0; ok && i < INFO_NUMBERS; i++) {
        if (!leb128_get(&p, end, &v)) {
            to->len = 0;
            return true;
        }
        ok = buf_add_leb128(to, v);
    }
    return ok;
}

/* Where strings are asked for none goes out unasked: a batch that may hold anything stays
 * empty. */
static bool translate(struct experiment_batch *b, gotrace_names *names, const struct dictionary *d)
{
    struct buf to = {0};
    bool ok = holds(b, TYPES)  ? translate_types(&to, &b->data, names, d)
              : holds(b, INFO) ? copy_info(&to, &b->data)
                               : true;
    buf_free(&b->data);
    b->data = to;
    return ok;
}

/* Once all events of the experiment are dropped its batches say nothing. */
gotrace_status experiment_write(struct experiment *x, struct v2_writer *file, gotrace_names *names,
                                const struct dictionary *d, struct numbering *numbering,
                                gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    if (x->dropped && !x->left)
        return GOTRACE_OK;
    for (size_t i = 0; st == GOTRACE_OK && i < x->batches.len; i++) {
        struct experiment_batch *b = &x->batches.data[i];
        if (x->dropped && holds(b, TYPES))
            strip(x, &b->data);
        if (d->strings && !translate(b, names, d))
            return diag_no_memory(diag);
        uint64_t ticks = b->ticks > x->from ? b->ticks : x->from, m = b->m;
        if (!numbering_of(numbering, GOTRACE_ARG_M, &m))
            return diag_no_memory(diag);
        st = v2_write_experiment(file, ALLOC_FREE, m, ticks, b->data.data, b->data.len, diag);
    }
    return st;
}
