/* intern.h: strings and stacks of a v1 trace, interned.
 *
 * Strings all at once; stacks when an event that is delivered has one, since
 * most of the work is theirs. */
#ifndef GOTRACE_V1_INTERN_H
#define GOTRACE_V1_INTERN_H
#include "event/intern.h"
#include "v1/index/index.h"
#include "v1/symbols.h"

struct v1_names {
    const struct v1_index *index; /* borrowed */
    gotrace_names *names;         /* borrowed */
    struct idtab *strings;        /* wire id -> interned; owned */
    struct idtab *stacks;         /* wire id -> place in index->stacks; owned */
    bool has_empty;               /* a stack without frames */
    uint64_t last_stack;          /* the highest id of one */
    VEC(uint32_t) interned;       /* by place: interned stack + 1, 0: not yet */
    VEC(uint32_t) known;          /* the same by small wire id */
    VEC(gotrace_frame) frames;    /* scratch */
    /* By PC the first frame that the file has, from 1.11 on. */
    struct map frame_of;
    VEC(gotrace_frame) first;
    bool framed;               /* the two are filled */
    struct v1_symbols symbols; /* of 1.5's addresses; none by default */
    bool failed;               /* memory ran out in one of the getters */
};

/* Reads all strings and the ids of all stacks. Strings whose id was taken, and what is
 * referred to and missing, become damage. GOTRACE_OK or GOTRACE_NO_MEMORY; freed by v1_names_free
 * either way. */
gotrace_status v1_names_read(struct v1_names *n, const struct v1_index *ix, gotrace_names *names,
                             struct v1_damages *damages);
/* From now on addresses of 1.5 have the names that the program gives them. False: no
 * memory. */
bool v1_names_symbols(struct v1_names *n, struct symbols *program);
void v1_names_free(struct v1_names *n);

/* The interned string of a wire id; "?7" stands for one that is missing. */
uint32_t v1_names_string(struct v1_names *n, uint64_t id);
/* The interned stack of a wire id, 0 for one that is missing. */
uint32_t v1_names_find_stack(struct v1_names *n, uint64_t id);
static inline uint32_t v1_names_stack(struct v1_names *n, uint64_t id)
{
    if (id < n->known.len && n->known.data[id])
        return n->known.data[id] - 1;
    return v1_names_find_stack(n, id);
}
/* The stack of the one frame pc: where a goroutine of 1.5 starts. */
uint32_t v1_names_pc(struct v1_names *n, uint64_t pc);
uint32_t v1_names_text(struct v1_names *n, const void *text, size_t len);
#endif
