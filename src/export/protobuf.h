/* protobuf.h: messages in protobuf's wire format, appended field by field.
 *
 * A message within another is made first, and then appended as its bytes. Running out of
 * memory is remembered: whoever writes looks once, at the end, at `failed`. */
#ifndef GOTRACE_EXPORT_PROTOBUF_H
#define GOTRACE_EXPORT_PROTOBUF_H
#include "base/vec.h"

struct protobuf {
    struct buf bytes;
    bool failed;
};

/* A field of type int64, uint64, bool: 0, the default, is not written. */
void protobuf_number(struct protobuf *p, uint32_t field, uint64_t value);
/* A string, bytes, or a message: written even where n is 0. */
void protobuf_bytes(struct protobuf *p, uint32_t field, const void *data, size_t n);
void protobuf_message(struct protobuf *p, uint32_t field, const struct protobuf *inner);
/* A repeated number, packed; none for n 0. */
void protobuf_packed(struct protobuf *p, uint32_t field, const uint64_t *values, size_t n);
/* Empty again, with the memory it has. */
void protobuf_clear(struct protobuf *p);
void protobuf_free(struct protobuf *p);
#endif
