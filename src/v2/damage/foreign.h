/* foreign.h: bytes in a batch that are no part of it: lines of text, or some of its own a
 * second time. They make it longer than it says, by as much as is known: so where they
 * stand is found by what is left, which are records from the first to the last.
 *
 * Pure: bytes in, places out. */
#ifndef GOTRACE_V2_DAMAGE_FOREIGN_H
#define GOTRACE_V2_DAMAGE_FOREIGN_H
#include "v2/file/batch_read.h"

enum { FOREIGN_MOST = 8 }; /* places in one batch */

/* One of them, as offsets from the batch's data. */
struct foreign_part {
    size_t at, len;      /* the bytes */
    size_t before, next; /* records are whole up to the first, and from the second on */
    uint64_t ticks;      /* of events: from the batch's time to there */
};

struct foreign {
    struct foreign_part part[FOREIGN_MOST]; /* in their order */
    unsigned n;                             /* 0: none was found */
    bool twice; /* they are what stands before them once more, and no text */
    bool whole; /* `before` and `next` are known; else only that they are there */
};

/* Looks for `len` bytes that are too many among the n at p, the data of a batch of that kind
 * (enum v2_kind) and what stands behind it. False: there are none. */
bool foreign_find(struct foreign *out, uint8_t kind, const uint8_t *p, size_t n, size_t len);
#endif
