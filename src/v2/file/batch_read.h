/* batch_read.h: the framing of v2 traces (Go 1.22 and later): batches, and the
 * records in those that are not events.
 *
 * It knows lengths and limits, not meaning. Rules: Go 1.27
 * internal/trace/batch.go and generation.go. Offsets are into the source. */
#ifndef GOTRACE_V2_FILE_BATCH_READ_H
#define GOTRACE_V2_FILE_BATCH_READ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/source.h"

enum {
    V2_MAX_BATCH = 64 << 10, /* bytes of data */
    V2_MAX_STRING = 1 << 10, /* bytes */
    V2_MAX_FRAMES = 128
};

enum v2_kind {
    V2_EVENTS,
    V2_STRINGS,
    V2_STACKS,
    V2_SAMPLES,
    V2_SYNC,
    V2_EXPERIMENT,
    V2_END_OF_GENERATION
};

struct v2_batch {
    uint64_t off;   /* of its first byte */
    uint64_t data;  /* of its data, behind the header */
    uint32_t size;  /* bytes of data */
    uint8_t kind;   /* enum v2_kind */
    uint8_t exp;    /* experiment, 0: none */
    bool cut;       /* the input ends inside the data; size is what there is */
    uint32_t lacks; /* of these, what there is not */
    bool hit;       /* bytes of it are known to be missing, or too many */
    bool padded;    /* its size is a number of ten bytes, as the runtime writes it */
    uint64_t gen, m, time;
};

/* Reads the batch at off, waiting for all of it. GOTRACE_OK; GOTRACE_END when
 * there are no bytes at off; GOTRACE_DAMAGED for a broken or cut-off batch (out
 * is filled if out->cut); else source_status's. */
gotrace_status v2_batch_read(source *src, uint32_t version, uint64_t off, struct v2_batch *out,
                             gotrace_diag *diag);

/* How far the data of a batch are records. */
enum v2_extent {
    V2_WHOLE, /* to their end */
    V2_SHORT, /* to one that the end cuts off */
    V2_BROKEN /* to what is none */
};
/* Of b, which can be read, or is cut off. *sure: bytes before the record that comes before
 * what breaks, all if nothing does; of a table, else 0. May be NULL. */
enum v2_extent v2_extent(source *src, uint32_t version, const struct v2_batch *b, uint32_t *sure);

/* Records of one batch, one after the other. */
struct v2_cursor {
    const uint8_t *start, *p, *end;
    uint64_t off; /* of start */
};
#ifndef GOTRACE_FFI
/* At the first of b's bytes that there are. */
struct v2_cursor v2_cursor_at(source *src, const struct v2_batch *b);

static inline uint64_t v2_offset(const struct v2_cursor *c, const uint8_t *p)
{
    return c->off + (uint64_t)(p - c->start);
}
#endif

struct v2_string {
    uint64_t id;
    const uint8_t *data; /* borrowed from the batch */
    uint32_t len;
};
struct v2_frame {
    uint64_t pc, func, file, line; /* func and file are string ids */
};
struct v2_stack {
    uint64_t id;
    uint32_t len;
    struct v2_frame frames[V2_MAX_FRAMES];
};
struct v2_sample {
    uint64_t time, m, p, g, stack;
};
struct v2_sync {
    uint64_t freq; /* ticks a second */
    uint64_t clock_time, mono, sec, nsec;
    bool has_freq, has_clock;
};

/* The cursor is at the batch's data. GOTRACE_OK, GOTRACE_END behind the last
 * record, GOTRACE_DAMAGED with the cursor unmoved. */
gotrace_status v2_string_next(struct v2_cursor *c, struct v2_string *out, gotrace_diag *diag);
gotrace_status v2_stack_next(struct v2_cursor *c, struct v2_stack *out, gotrace_diag *diag);
gotrace_status v2_sample_next(struct v2_cursor *c, struct v2_sample *out, gotrace_diag *diag);
/* All of a sync batch, added to *out, which earlier batches of the generation
 * may have filled: a second Frequency or ClockSnapshot is damage. */
gotrace_status v2_sync_read(struct v2_cursor *c, uint32_t version, uint64_t batch_time,
                            struct v2_sync *out, gotrace_diag *diag);
#endif
