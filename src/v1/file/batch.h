/* batch.h: where a batch begins, and what is left of a header that is broken. */
#ifndef GOTRACE_V1_FILE_BATCH_H
#define GOTRACE_V1_FILE_BATCH_H
#include "v1/file/likely.h"

/* Of a batch. */
struct v1_header {
    bool is_known;
    uint64_t pid;
    uint64_t ticks;            /* 0: not known, but for what is left of it: */
    const uint8_t *left, *end; /* borrowed */
};

/* The first byte of a header as the runtime writes it. */
uint8_t v1_first_of_batch(const struct v1_format *f);
/* Whether a batch begins at p, later than `ticks` (0: whenever) and followed by
 * good records. */
bool v1_is_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *end, uint64_t ticks);
/* The first one before `last`; NULL: there is none. */
const uint8_t *v1_find_batch(const struct v1_format *f, const uint8_t *p, const uint8_t *last,
                             const uint8_t *end, uint64_t ticks);
/* Whether a header, or part of one, is among the bytes from p up to `to`, behind which its
 * events come. *out is not known if nothing tells whose batch it is. */
bool v1_header_left(const struct v1_likely *l, const uint8_t *p, const uint8_t *to,
                    struct v1_header *out);
/* Finds the time of a header that lacks a byte of it: the one that is next to `near`, and
 * behind it if none can be before. */
void v1_header_complete(struct v1_header *h, uint64_t near, bool behind);
/* Bytes that the header at p has if it lacks one, 0: it begins like none. */
size_t v1_short_header(const struct v1_likely *l, const uint8_t *p);
#endif
