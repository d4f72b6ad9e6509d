/* gaps.h: what stands in a v1 trace that is no part of it: text, or another trace
 * behind it.
 *
 * Records of v1 have no framing: text decodes as events, up to one that cannot be.
 * So a trace that is broken somewhere, or seems to end with text, is walked once
 * more, record by record, and where one is broken it is looked back to where the
 * text began. Then it is indexed again without the gaps. */
#ifndef GOTRACE_V1_FILE_GAPS_H
#define GOTRACE_V1_FILE_GAPS_H
#include "base/vec.h"
#include "gotrace.h"
#include "v1/file/record.h"

struct v1_gap {
    const uint8_t *from, *to; /* borrowed: the trace's */
};
/* Records that are looked back over. */
enum { V1_RECENT = 64 };

struct v1_gaps {
    struct v1_format format;
    const uint8_t *data, *end; /* borrowed: the end is moved to where another trace begins */
    bool another;              /* one does */
    VEC(struct v1_gap) list;   /* in order; a batch begins behind each, or the end */

    /* The walk's own. */
    const uint8_t *p;
    const uint8_t *recent[V1_RECENT]; /* the last records, the newest at n - 1 */
    size_t n;                         /* records since the last gap */
    size_t faults;
    uint64_t ticks; /* of the first batch */
    bool frequency; /* one was seen: the footer has begun */
    uint8_t last;   /* type of the record before */
};

/* Whether bytes that were indexed without damage are to be walked all the same. */
bool v1_gaps_suspected(const uint8_t *data, size_t len);
/* Over `len` bytes, the first behind the header. */
void v1_gaps_start(struct v1_gaps *g, uint32_t version, const uint8_t *data, size_t len);
void v1_gaps_free(struct v1_gaps *g);
/* Walks so many records. GOTRACE_OK: call again; GOTRACE_END: all is found;
 * GOTRACE_NO_MEMORY. */
gotrace_status v1_gaps_step(struct v1_gaps *g, size_t records);
/* Whether anything was found. */
static inline bool v1_gaps_any(const struct v1_gaps *g)
{
    return g->list.len || g->another;
}

/* Whether a batch begins at p, later than `ticks` (0: whenever) and followed by
 * good records. */
bool v1_is_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *end, uint64_t ticks);
/* The first one before `last`; NULL: there is none. */
const uint8_t *v1_find_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *last,
                             const uint8_t *end, uint64_t ticks);
#endif
