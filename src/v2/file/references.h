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
enum { MARKS_MOST_KINDS = 64 };

/* By id on the wire: 1 if it is referred to. */
typedef VEC(uint8_t) mark_table;
/* An event that is left out. */
struct mark_cut {
    uint32_t batch; /* index in the generation */
    uint32_t at;    /* offset in the batch's data */
};
typedef VEC(uint64_t) mark_kinds;
struct marks {
    mark_table strings, stacks;
    /* Strings that are kinds of stops of the world, each once: of STWBegins, of
     * stops that end, and of those that go on behind the generation. */
    mark_kinds kinds, ended, open;
    VEC(struct mark_cut) cuts;
    uint64_t events;  /* that are not left out, as of the generation's end */
    uint64_t forever; /* the string of the reason "forever", all ones: none */
    bool odd;         /* not to go out as it is: a status is none, an id is too
                       large, or there are too many kinds */
};

/* Forgets everything, and makes room for the ids of k; false: no memory. */
bool marks_begin(struct marks *m, const struct id_tables *k);
void marks_free(struct marks *m);
/* The cuts in the order of the generation's batches, and within each; false: no
 * memory. n: batches. */
bool marks_sort(struct marks *m, size_t n);
/* Marks an id, whatever it is; false: it is too large, or memory ran out. */
bool marks_id(mark_table *t, uint64_t id);
/* A kind of a stop, into one of the lists. */
void marks_kind(struct marks *m, mark_kinds *list, uint64_t id);
/* An event that is not left out. */
void marks_event(struct marks *m, uint8_t type, const uint64_t *arg);
/* The same where all ids are known: the tables have room for those. */
static inline void marks_known(struct marks *m, uint8_t type, const uint64_t *arg)
{
    if (type == EvSTWBegin)
        marks_event(m, type, arg);
    for (unsigned ids = event_ids[type]; ids; ids >>= 2, arg++) {
        assert_unchanged(!(ids & 3) || *arg < (ids & EVENT_STR ? m->strings.len : m->stacks.len));
        if (ids & 3)
            (ids & EVENT_STR ? &m->strings : &m->stacks)->data[*arg] = 1;
    }
}
static inline bool marks_has(const mark_table *t, uint64_t id)
{
    return id && id < t->len && t->data[id];
}

static inline void marks_cut(struct marks *m, uint32_t batch, uint64_t at)
{
    assert_unchanged(at <= UINT32_MAX); /* batches are shorter */
    struct mark_cut cut = {batch, (uint32_t)at};
    m->odd |= !VEC_PUSH(&m->cuts, cut);
}
#endif
