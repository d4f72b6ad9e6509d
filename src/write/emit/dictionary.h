/* dictionary.h: what the output has in place of the input's strings and stacks, as
 * somebody says who is asked once for each: gotrace.h, gotrace_writer_translate. */
#ifndef GOTRACE_WRITE_EMIT_DICTIONARY_H
#define GOTRACE_WRITE_EMIT_DICTIONARY_H
#include "base/vec.h"
#include "gotrace.h"

struct dictionary {
    bool strings, stacks;                 /* which are asked for */
    VEC(uint32_t) entries[GOTRACE_ROLES]; /* by interned id, as dictionary.c has them */
    VEC(gotrace_name) unknown, told;      /* to be asked for; those that are being told */
};

void dictionary_free(struct dictionary *d);
static inline bool dictionary_is_on(const struct dictionary *d)
{
    return d->strings || d->stacks;
}
/* The output is going to have that name: it is asked for unless it has been. False: no
 * memory. */
bool dictionary_meet(struct dictionary *d, uint32_t role, uint32_t id);
/* What stands for a name that was met; 0, nothing, if nobody has said. */
uint32_t dictionary_get(const struct dictionary *d, uint32_t role, uint32_t id);
/* Says it. False: no memory. */
bool dictionary_set(struct dictionary *d, uint32_t role, uint32_t id, uint32_t becomes);
/* What has to be said, each once; borrowed until the next call. */
const gotrace_name *dictionary_unknown(struct dictionary *d, size_t *n);
#endif
