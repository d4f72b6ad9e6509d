/* stray.h: batches whose generation is not the one that comes there. The runtime counts
 * generations up by one and mixes them nowhere, so that one alone among those of another
 * has a broken number, or a broken header, or is not where it was written; which of these
 * is told by the batches around it.
 *
 * Only of traces that the runtime wrote, whose batches none is like by accident. */
#ifndef GOTRACE_V2_DAMAGE_STRAY_H
#define GOTRACE_V2_DAMAGE_STRAY_H
#include "v2/damage/resync.h"

/* What stands before the batch. */
struct stray_place {
    const struct v2_habits *habits;
    uint64_t gen;       /* being read, 0: its first batch comes */
    uint8_t last_kind;  /* of the batch before, enum v2_kind */
    uint64_t low, high; /* times of the generation's batches of events; low > high: none */
    uint64_t before;    /* time of the last one of the same thread, or 0 */
};

struct stray {
    uint64_t gen; /* that the batch is of, as far as can be told */
    bool broken;  /* it says another one ... */
    bool usable;  /* ... and is a batch of this one all the same */
};

/* Whether b, which stands at g, may be one: then it is to be judged. */
bool stray_may_be(const struct stray_place *g, uint32_t version, const struct v2_batch *b);
/* Judges it by what comes behind it, and its time. GOTRACE_OK, or GOTRACE_INTERRUPTED. */
gotrace_status stray_judge(const struct stray_place *g, uint32_t version, source *src,
                           const struct v2_batch *b, struct stray *out, gotrace_diag *diag);
/* The damage that b is. */
void stray_diag(const struct stray *stray, const struct v2_batch *b, gotrace_diag *d);
#endif
