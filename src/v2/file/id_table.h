/* id_table.h: the short way from ids on the wire to interned ones, for those that
 * lie in an array: nearly all there are. cursor_resolve has an answer to others. */
#ifndef GOTRACE_V2_FILE_ID_TABLE_H
#define GOTRACE_V2_FILE_ID_TABLE_H
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "event/event.h"

struct known_ids {
    const uint32_t *ids; /* borrowed; interned ones plus one, 0: not known here */
    size_t len;
    uint64_t all; /* from 1 to below this there are no gaps */
};
/* A generation's. */
struct known {
    struct known_ids strings, stacks;
};

static HOT bool known_id(const struct known_ids *k, uint64_t id)
{
    return id < k->all || (id < k->len && k->ids[id]);
}

/* The interned id of one that is known. */
static HOT uint32_t known_interned(const struct known_ids *k, uint64_t id)
{
    assert(id == 0 || (id < k->len && k->ids[id]));
    return id ? k->ids[id] - 1 : 0;
}

/* Whether all ids among the arguments of such an event are. */
static inline bool known_all(const struct known *k, uint8_t type, const uint64_t *arg)
{
    for (unsigned ids = event_ids[type]; ids; ids >>= 2, arg++) {
        if ((ids & 3) && !known_id(ids & EVENT_STR ? &k->strings : &k->stacks, *arg))
            return false;
    }
    return true;
}

#define KNOWN_NONE(x) 0
#define KNOWN_NUM(x) (x)
#define KNOWN_G(x) (x)
#define KNOWN_P(x) (x)
#define KNOWN_M(x) (x)
#define KNOWN_TASK(x) (x)
#define KNOWN_SEQ(x) (x)
#define KNOWN_GSTATUS(x) (uint8_t)(x)
#define KNOWN_PSTATUS(x) (uint8_t)(x)
#define KNOWN_STR(x) known_interned(&k->strings, x)
#define KNOWN_STACK(x) known_interned(&k->stacks, x)
#define ARG(name, type) KNOWN_##type
#define NOARG KNOWN_NONE
/* What cursor_resolve makes of arguments whose ids are all known, by the rows of
 * the table. */
static HOT void known_resolve(uint64_t *to, const struct known *k, uint8_t type,
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
