/* resync.h: which bytes of a v2 trace are batches, behind damage: there a byte that
 * is missing or too many makes a header of what is none.
 *
 * A batch is told by what all of a trace have in common. The runtime writes the
 * size of each as a number of ten bytes, which none has by accident; where others
 * wrote the trace, several batches have to follow each other. */
#ifndef GOTRACE_V2_DAMAGE_RESYNC_H
#define GOTRACE_V2_DAMAGE_RESYNC_H
#include "v2/file/batch_read.h"

/* What the batches of a trace that have been read have in common. */
struct v2_habits {
    uint64_t gen;       /* of the last one, 0: none was read */
    uint64_t low, high; /* their times, ticks */
    bool padded;        /* see v2_batch */
    uint64_t ended;     /* the last generation whose end was read, 0: none */
    bool at_end;        /* nothing of another one has been read since */
};

/* Adds a batch that is believed. */
void v2_habits_learn(struct v2_habits *h, const struct v2_batch *b);
/* Whether b, of whatever generation, looks like these. */
bool v2_habits_fit(const struct v2_habits *h, const struct v2_batch *b);

/* Whether b, which could be read and is strange, is one all the same: it looks as
 * only batches look, or the trace goes on where it ends, or ends there. The first
 * of all (h->gen 0) is unless there are better ones. */
bool v2_believable(source *src, uint32_t version, const struct v2_habits *h,
                   const struct v2_batch *b);

/* Bytes in which it is looked for the next batch. */
enum { V2_RESYNC = 16 << 20 };
/* How sure it has to be that there is one. */
enum v2_doubt {
    V2_LIKELY,  /* one batch will do if the input ends behind it, else two in a row */
    V2_PAIR,    /* two in a row */
    V2_CERTAIN, /* for bytes that are most likely a batch's data: three in a row */
};
/* Looks for the first place behind `from` where batches can be read again: that fit,
 * of the generation of h or one of the next (h->gen 0: of any). False if there is
 * none within V2_RESYNC bytes. */
bool v2_resync(source *src, uint32_t version, uint64_t from, const struct v2_habits *h,
               enum v2_doubt doubt, uint64_t *at);
#endif
