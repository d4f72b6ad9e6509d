/* transport.h: takes back what was done to the bytes of a trace on their way, where
 * nothing is lost by it.
 *
 * Text mode, as of a terminal (`kubectl exec -t`) or of Windows, puts a carriage return
 * before each line feed. Who takes the bytes for Latin-1 and writes UTF-8 makes two of
 * each above 127. An HTTP server sends chunks, each with its size before it, which stay
 * where the answer is saved as it comes (`nc`, `curl --raw`). */
#ifndef GOTRACE_IO_PACKED_TRANSPORT_H
#define GOTRACE_IO_PACKED_TRANSPORT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/packed/packing.h"
#include "io/packed/unpack.h"

enum { TRANSPORT_LOOKED_AT = 64 << 10 /* bytes that tell */ };

/* What is told of the first bytes of a file; zeroed at first. */
struct transport_found {
    source_packing kind; /* SOURCE_PLAIN: nothing was done */
    size_t head;         /* SOURCE_CHUNKED: bytes before the first chunk */
    size_t safe;         /* so many bytes are as they were, whatever comes */

    /* Its own: what was seen in the first `at` bytes. */
    size_t at, feeds, pairs; /* changed ones */
    bool bare, wide;         /* a line feed, or a byte above 127, as it was */
    bool zero;               /* texts have none */
    bool held;               /* the first that may be a changed one was seen */
};

/* Looks at the first n bytes of a file, up to TRANSPORT_LOOKED_AT, those of the last call
 * among them. False: more are needed; never if it has no more (`last`). */
bool transport_detect(const uint8_t *p, size_t n, bool last, struct transport_found *out);

struct transport {
    source_packing kind;
    uint8_t state;
    uint64_t left; /* of SOURCE_CHUNKED: bytes that go on as they are */
};

void transport_begin(struct transport *t, const struct transport_found *found);
/* Like unpack_run, from the first byte on that is not safe; nothing is refused: what does
 * not look as it should goes on as it is. */
gotrace_status transport_run(struct transport *t, struct unpack_io *io, bool last);
#endif
