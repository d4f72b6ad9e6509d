#include "export/protobuf.h"

#include "base/varint.h"

/* The kinds of fields that are written here; perfetto.c has those of 8 bytes. */
enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

/* What comes before each field: its number, and how its length is told. */
static void key(struct protobuf *p, uint32_t field, uint32_t wire)
{
    p->failed |= !buf_add_leb128(&p->bytes, (uint64_t)field << 3 | wire);
}

void protobuf_number(struct protobuf *p, uint32_t field, uint64_t value)
{
    if (!value)
        return;
    key(p, field, WIRE_VARINT);
    p->failed |= !buf_add_leb128(&p->bytes, value);
}

void protobuf_bytes(struct protobuf *p, uint32_t field, const void *data, size_t n)
{
    key(p, field, WIRE_BYTES);
    p->failed |= !buf_add_leb128(&p->bytes, n) || !buf_add(&p->bytes, data, n);
}

/* The inner message is copied: its length, which comes first, is not known earlier. */
void protobuf_message(struct protobuf *p, uint32_t field, const struct protobuf *inner)
{
    p->failed |= inner->failed;
    protobuf_bytes(p, field, inner->bytes.data, inner->bytes.len);
}

/* Twice over the values, as their length in bytes comes before them. */
void protobuf_packed(struct protobuf *p, uint32_t field, const uint64_t *values, size_t n)
{
    size_t size = 0;
    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        size += leb128_size(values[i]);
    key(p, field, WIRE_BYTES);
    p->failed |= !buf_add_leb128(&p->bytes, size);
    for (size_t i = 0; i < n; i++)
        p->failed |= !buf_add_leb128(&p->bytes, values[i]);
}

void protobuf_clear(struct protobuf *p)
{
    p->bytes.len = 0;
}

void protobuf_free(struct protobuf *p)
{
    buf_free(&p->bytes);
}
