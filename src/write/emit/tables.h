/* tables.h: the string and stack tables of a generation that is written.
 *
 * Interned names get ids of the generation when something written first refers
 * to them, and only then their bytes go out: what nobody refers to any more is
 * not in the output. */
#ifndef GOTRACE_WRITE_EMIT_TABLES_H
#define GOTRACE_WRITE_EMIT_TABLES_H
#include <assert.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/vec.h"
#include "gotrace.h"
#include "v2/file/batch_write.h"
#include "write/emit/dictionary.h"
#include "write/emit/stw_names.h"

/* Ids. The first strings of events have small ones, because there are more events
 * than frames; stw_names says which are not theirs. */
enum { TABLES_EVENT_STRINGS = 1, TABLES_FRAME_STRINGS = 1 << 5 };

/* What gets its text at the generation's end, when the dictionary knows it. */
struct table_entry {
    uint64_t id;       /* on the wire */
    uint32_t interned; /* in the input */
    uint32_t role;
};

struct tables {
    const gotrace_names *names; /* borrowed */
    struct v2_writer *file;     /* borrowed */
    uint32_t generation;        /* counts them */
    /* By interned id: generation, id in it. With a dictionary equal strings have an id in
     * each role; without one those of FUNC are for all. */
    VEC(uint64_t) strings[GOTRACE_ROLES];
    VEC(uint64_t) stacks;
    struct dictionary dictionary;
    VEC(struct table_entry) later; /* with a dictionary: all that this generation has */
    uint32_t next_string, next_stack;
    uint32_t next_frame_string;
    struct stw_names stops;
    /* A reader knows one frame for a PC; a second one gets a PC of its own. */
    VEC(gotrace_frame) frames; /* with the PC that stands for each */
    struct map frame_of;       /* pc -> index */
    struct map moved;          /* hash of one whose own PC was taken -> index */
    struct map taken;          /* pc -> how far behind it there may be a free one */
    struct hash_secret secret;
    uint32_t unknown; /* interned: stands for a frame's missing function or file */
    bool leaves;      /* also where the frame is a stack's first */
};

/* unknown, leaves: see above. */
void tables_init(struct tables *t, const gotrace_names *names, struct v2_writer *file,
                 uint32_t unknown, bool leaves);
void tables_free(struct tables *t);
/* Forgets the ids of the generation before. */
void tables_begin(struct tables *t);
/* Writes what the dictionary has in place of what was asked for: before the generation
 * ends, and when dictionary_unknown has nothing. */
gotrace_status tables_end(struct tables *t, gotrace_diag *diag);
/* Tells it what is written for a name that it asked for. False: no memory. */
bool tables_name(struct tables *t, gotrace_name name, uint32_t becomes);
/* The id of an interned string or stack in this generation, 0 for the empty
 * one; writes it when it is new. */
gotrace_status tables_string(struct tables *t, gotrace_role role, uint32_t interned, uint64_t *id,
                             gotrace_diag *diag);
/* The id of one that has been written in this generation, or is going to be; 0: none. strings:
 * see there. */
static HOT uint64_t tables_known_stack(const struct tables *t, uint64_t interned)
{
    uint64_t at = interned < t->stacks.len ? t->stacks.data[interned] : 0;
    return at >> 32 == t->generation ? at & UINT32_MAX : 0;
}
static HOT uint64_t tables_known_string(const struct tables *t, gotrace_role role,
                                        uint64_t interned)
{
    const __typeof__(t->strings[0]) *v = &t->strings[role];
    assert(dictionary_is_on(&t->dictionary) || role == GOTRACE_ROLE_FUNC);
    uint64_t at = interned < v->len ? v->data[interned] : 0;
    return at >> 32 == t->generation ? at & UINT32_MAX : 0;
}
/* The same for the kind of a stop of the world. */
gotrace_status tables_kind(struct tables *t, uint32_t interned, uint64_t *id, gotrace_diag *diag);
/* Writes the kinds of all stops that go on in w. */
gotrace_status tables_restate_kinds(struct tables *t, const struct sched *w, gotrace_diag *diag);
gotrace_status tables_stack(struct tables *t, uint32_t interned, uint64_t *id, gotrace_diag *diag);
#endif
