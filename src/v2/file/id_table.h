/* id_table.h: the short way from ids on the wire to interned ones, for those that
 * lie in an array: nearly all there are. cursor_resolve has an answer to others. */
#ifndef GOTRACE_V2_FILE_ID_TABLE_H
#define GOTRACE_V2_FILE_ID_TABLE_H
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "event/event.h"
#include "event/intern.h"

struct id_table {
    const uint32_t *ids; /* borrowed; interned ones plus one, 0: not known here */
    size_t len;
    uint64_t all; /* from 1 to below this there are no gaps */
};
/* A generation's. */
struct id_tables {
    struct id_table strings, stacks;
};

static inline struct id_table id_table_of(const struct idtab *t)
{
    struct id_table k = {.all = idtab_complete(t)};
    k.ids = idtab_dense(t, &k.len);
    assert_unchanged(k.all >= 1 && (k.all == 1 || k.all <= k.len));
    return k;
}

static HOT bool id_table_has(const struct id_table *k, uint64_t id)
{
    return id < k->all || (id < k->len && k->ids[id]);
}

/* The interned id of one that is known. */
static HOT uint32_t id_table_get(const struct id_table *k, uint64_t id)
{
    assert_unchanged(id == 0 || (id < k->len && k->ids[id]));
    return id ? k->ids[id] - 1 : 0;
}

/* Whether all ids among the arguments of such an event are. */
static inline bool id_tables_have(const struct id_tables *k, uint8_t type, const uint64_t *arg)
{
    for (unsigned ids = event_ids[type]; ids; ids >>= 2, arg++) {
        if ((ids & 3) && !id_table_has(ids & EVENT_STR ? &k->strings : &k->stacks, *arg))
            return false;
    }
    return true;
}

#define RESOLVE_NONE(x) 0
#define RESOLVE_NUM(x) (x)
#define RESOLVE_G(x) (x)
#define RESOLVE_P(x) (x)
#define RESOLVE_M(x) (x)
#define RESOLVE_TASK(x) (x)
#define RESOLVE_SEQ(x) (x)
#define RESOLVE_GSTATUS(x) (uint8_t)(x)
#define RESOLVE_PSTATUS(x) (uint8_t)(x)
#define RESOLVE_STR(x) id_table_get(&k->strings, x)
#define RESOLVE_STACK(x) id_table_get(&k->stacks, x)
#define ARG(name, type) RESOLVE_##type
#define NOARG RESOLVE_NONE
/* What cursor_resolve makes of arguments whose ids are all known, by the rows of
 * the table. */
static HOT void id_tables_resolve(uint64_t *to, const struct id_tables *k, uint8_t type,
                                  const uint64_t *arg)
{
    switch (type) {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    case id:                                                                                   \
        to[0] = a0(arg[0]);                                                                    \
        to[1] = a1(arg[1]);                                                                    \
        to[2] = a2(arg[2]);                                                                    \
        to[3] = a3(arg[3]);                                                                    \
        break;
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
    default:
        break;
    }
}
#undef ARG
#undef NOARG
#endif
