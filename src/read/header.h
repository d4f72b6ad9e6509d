/* header.h: the first 16 bytes of a trace, `go 1.N trace` padded with NUL, and
 * where in a file they are: text may come before them, and another trace behind
 * one. */
#ifndef GOTRACE_READ_HEADER_H
#define GOTRACE_READ_HEADER_H
#include <stdbool.h>

#include "io/source.h"

enum {
    HEADER_SIZE = 16,
    HEADER_SEARCHED = 64 << 10 /* bytes in which the first header is looked for */
};

struct header {
    uint64_t off;     /* of its first byte */
    uint32_t version; /* N of `go 1.N` */
};

/* Finds the header at `from`, or behind text within HEADER_SEARCHED bytes; no
 * more is waited for than tells. GOTRACE_UNSUPPORTED for what is no trace, and
 * then diag names what it is, or of an unknown version; otherwise source_status's. */
gotrace_status header_read(source *src, uint64_t from, struct header *out, gotrace_diag *diag);
/* The version that these HEADER_SIZE bytes name, known or not; -1: they are no
 * header. */
int header_parse(const uint8_t *at);
/* The first header in the n bytes at p that may begin a trace: its version is
 * known, and such a byte follows as a trace begins with, or none. n: nowhere. */
size_t header_search(const uint8_t *p, size_t n);
#endif
