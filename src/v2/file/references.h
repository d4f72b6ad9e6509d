/* references.h: what the order notes of a generation's events for a pass (passthrough.h):
 * which strings and stacks they refer to, what stops of the world are called,
 * and where events lie that are skipped. */
#ifndef GOTRACE_V2_FILE_REFERENCES_H
#define GOTRACE_V2_FILE_REFERENCES_H
#include <assert.h>

#include "base/compiler.h"
#include "base/vec.h"
#include "v2/file/id_table.h"

/* Go has some twenty reasons to stop the world. */
enum { REFERENCES_MOST_KINDS = 64 };

/* By id on the wire: 1 if it is referred to. */
typedef VEC(uint8_t) reference_table;
/* An event that is left out. */
struct left_out_event {
    uint32_t batch; /* index in the generation */
    uint32_t at;    /* offset in the batch's data */
};
typedef VEC(uint64_t) stw_kind_list;
struct references {
    reference_table strings, stacks;
    /* Strings that are kinds of stops of the world, each once: of STWBegins, of
     * stops that end, and of those that go on behind the generation. */
    stw_kind_list kinds, ended, open;
    VEC(struct left_out_event) cuts;
    uint64_t events;   /* that are not left out, as of the generation's end */
    uint64_t forever;  /* the string of the reason "forever", all ones: none */
    bool not_copyable; /* not to go out as it is: a status is none, an id is too
               large, or there are too many kinds */
};

/* Forgets everything, and makes room for the ids of k; false: no memory. */
bool references_begin(struct references *m, const struct id_tables *k);
void references_free(struct references *m);
/* The cuts in the order of the generation's batches, and within each; false: no
 * memory. n: batches. */
bool references_sort(struct references *m, size_t n);
/* Marks an id, whatever it is; false: it is too large, or memory ran out. */
bool references_id(reference_table *t, uint64_t id);
/* A kind of a stop, into one of the lists. */
void references_kind(struct references *m, stw_kind_list *list, uint64_t id);
/* An event that is not left out. */
void references_event(struct references *m, uint8_t type, const uint64_t *arg);
/* The same where all ids are known: the tables have room for those. */
static inline void references_known(struct references *m, uint8_t type, const uint64_t *arg)
{
    if (type == EvSTWBegin)
        references_event(m, type, arg);
    for (unsigned ids = event_ids[type]; ids; ids >>= 2, arg++) {
        assert_unchanged(!(ids & 3) || *arg < (ids & EVENT_STR ? m->strings.len : m->stacks.len));
        if (ids & 3)
            (ids & EVENT_STR ? &m->strings : &m->stacks)->data[*arg] = 1;
    }
}
static inline bool references_has(const reference_table *t, uint64_t id)
{
    return id && id < t->len && t->data[id];
}

static inline void references_cut(struct references *m, uint32_t batch, uint64_t at)
{
    assert_unchanged(at <= UINT32_MAX); /* batches are shorter */
    struct left_out_event cut = {batch, (uint32_t)at};
    m->not_copyable |= !VEC_PUSH(&m->cuts, cut);
}
#endif
