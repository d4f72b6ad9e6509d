/* gaps.h: what stands in a v1 trace that is no part of it: text, bytes that are no
 * record any more, or another trace behind it.
 *
 * Records of v1 have no framing: what is none decodes as some, up to one that cannot
 * be. So a trace that is broken somewhere, or seems to begin or end with text, is
 * walked once more, record by record (sense.h). Where one is broken it is looked back
 * to where text began, and ahead to where records go on. Then it is indexed again
 * without the gaps. */
#ifndef GOTRACE_V1_FILE_GAPS_H
#define GOTRACE_V1_FILE_GAPS_H
#include "base/map.h"
#include "base/vec.h"
#include "gotrace.h"
#include "v1/file/batch.h"
#include "v1/file/repair.h"

struct v1_gap {
    const uint8_t *from, *to; /* borrowed: the trace's */
    const uint8_t *text;      /* where text begins in it; NULL: there is none */
    enum v1_fault fault;      /* of the record at `from`, if it has one */
    bool in_batch;            /* a batch goes on behind it: the one before it, or: */
    struct v1_header header;  /* the one that begins in it */
};
/* Records that are looked back over. */
enum { V1_RECENT = 64 };

/* Where the walk is: before a record. */
struct v1_step {
    const uint8_t *p;
    uint64_t pid;   /* of the P whose batch it is */
    uint64_t ticks; /* of the event before */
    uint8_t turn;   /* enum v1_turn, of that */
    uint8_t last;   /* type of the record before, V1_None: not known */
    bool batch;     /* one was seen */
    bool frequency; /* likewise: the footer has begun */
};

/* A P in the walk, at the end of its last batch. */
struct v1_walked {
    uint64_t pid, ticks;
    uint8_t turn; /* enum v1_turn */
};

struct v1_gaps {
    struct v1_sense sense;
    const uint8_t *data, *end; /* borrowed: the end is moved to where another trace begins */
    bool another;              /* one does */
    size_t older;              /* bytes of an older one behind the end */
    VEC(struct v1_gap) list;   /* in order */

    /* The walk's own. */
    bool no_text;             /* none is looked for */
    bool readable;            /* all bytes are records that can be read */
    struct v1_likely *likely; /* owned */
    struct v1_repair repair;
    struct v1_step at;
    struct map by_pid;
    VEC(struct v1_walked) procs;
    struct v1_step recent[V1_RECENT]; /* the last records, the newest at n - 1 */
    size_t n;                         /* records since the last gap */
    const uint8_t *trusted;           /* records before it were looked at already */
    size_t faults;
};

/* Whether bytes that were indexed without damage are to be walked all the same. */
bool v1_gaps_suspected(const uint8_t *data, size_t len);
/* Over `len` bytes, the first behind the header. False: no memory; freed by
 * v1_gaps_free either way. */
bool v1_gaps_start(struct v1_gaps *g, uint32_t version, const uint8_t *data, size_t len);
/* Before the first step: all bytes were converted, so none is text because it looks so. */
void v1_gaps_without_text(struct v1_gaps *g);
/* Likewise: every record could be read, so only what is text is none. */
void v1_gaps_of_text(struct v1_gaps *g);
void v1_gaps_free(struct v1_gaps *g);
/* Walks so many records. GOTRACE_OK: call again; GOTRACE_END: all is found;
 * GOTRACE_NO_MEMORY. */
gotrace_status v1_gaps_step(struct v1_gaps *g, size_t records);
/* Whether anything was found. */
static inline bool v1_gaps_any(const struct v1_gaps *g)
{
    return g->list.len || g->another || g->older;
}
/* The damage that a gap is, at offset off. */
void v1_gap_diag(gotrace_diag *diag, const struct v1_format *f, const struct v1_gap *gap,
                 uint64_t off);

#endif
