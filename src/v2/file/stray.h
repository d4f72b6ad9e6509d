/* stray.h: batches whose generation is not the one that comes there. The runtime counts
 * generations up by one and mixes them nowhere, so that one alone among those of another
 * has a broken number, or a broken header, or is not where it was written; which of these
 * is told by the batches around it.
 *
 * Only of traces that the runtime wrote, whose batches none is like by accident. */
#ifndef GOTRACE_V2_FILE_STRAY_H
#define GOTRACE_V2_FILE_STRAY_H
#include "v2/file/generation.h"

struct stray {
    uint64_t gen; /* that the batch is of, as far as can be told */
    bool broken;  /* it says another one ... */
    bool usable;  /* ... and is a batch of this one all the same */
};

/* Judges the batch b behind those of g (or the first of a generation, behind those of
 * g->habits) by what comes behind it. GOTRACE_OK, or GOTRACE_INTERRUPTED. */
gotrace_status stray_judge(const struct generation *g, uint32_t version, source *src,
                           const struct v2_batch *b, struct stray *out, gotrace_diag *diag);
#endif
