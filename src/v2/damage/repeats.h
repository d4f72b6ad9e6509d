/* repeats.h: which batches of a generation stand there a second time, with the same
 * bytes, or in the next: a program wrote its buffer again, or a copy is bad. The runtime never
 * begins two batches of a thread at one time. What experiments say is their own. */
#ifndef GOTRACE_V2_DAMAGE_REPEATS_H
#define GOTRACE_V2_DAMAGE_REPEATS_H
#include "base/map.h"
#include "base/vec.h"
#include "v2/file/batch_read.h"

struct repeats {
    VEC(struct v2_batch) all; /* that may be repeated */
    size_t old;               /* of these are of the generation before */
    struct map begun;         /* thread and time -> the first batch of these */
};

/* A generation begins: forgets all batches but those of the one before. False: no memory. */
bool repeats_begin(struct repeats *r);
/* Makes r what `from` is. False: no memory. */
bool repeats_copy(struct repeats *r, const struct repeats *from);
void repeats_free(struct repeats *r);
/* What a batch is to one before it. */
struct repeat {
    const struct v2_batch *first; /* begins with the same header, NULL: none does; good until
                                     the next call */
    bool same;                    /* and all its bytes are the same */
};
/* Adds b, which lies in src with all batches before it, if it repeats none. False: no
 * memory. */
bool repeats_add(struct repeats *r, source *src, const struct v2_batch *b, struct repeat *out);
/* The batch of the generation before that b repeats, by its header, as the bytes may be
 * gone; NULL: none. */
const struct v2_batch *repeats_find_old(const struct repeats *r, const struct v2_batch *b);
#endif
