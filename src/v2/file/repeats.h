/* repeats.h: which batches of a generation stand there a second time, with the same
 * bytes: a program wrote its buffer again, or a copy is bad. The runtime never begins two
 * batches of a thread at one time. What experiments say is their own. */
#ifndef GOTRACE_V2_FILE_REPEATS_H
#define GOTRACE_V2_FILE_REPEATS_H
#include "base/map.h"
#include "base/vec.h"
#include "v2/file/batch_read.h"

struct repeats {
    VEC(struct v2_batch) all; /* that may be repeated */
    struct map begun;         /* thread and time -> the first batch of these */
};

/* Forgets all batches: a generation begins. */
void repeats_clear(struct repeats *r);
void repeats_free(struct repeats *r);
/* Adds b, which lies in src with all batches before it. *first: the batch that it repeats,
 * NULL: none, good until the next call. False: no memory. */
bool repeats_add(struct repeats *r, source *src, const struct v2_batch *b,
                 const struct v2_batch **first);
#endif
