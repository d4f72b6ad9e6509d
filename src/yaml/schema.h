/* schema.h: the records of a trace as lists of named numbers.
 *
 * A shape is one record type of one version. Names, numbers and arguments come
 * from event.def and record.def; what the tables leave to their readers (the
 * tick delta, the fields of frames and samples) is added here. */
#ifndef GOTRACE_YAML_SCHEMA_H
#define GOTRACE_YAML_SCHEMA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* A varint as the wire has it. */
struct num {
    uint64_t value;
    uint8_t size; /* bytes it takes; 0: as few as it can */
};
/* False, with *p unmoved, when there is no varint at *p. */
bool num_get(const uint8_t **p, const uint8_t *end, struct num *out);
bool num_put(struct buf *out, struct num n);

enum field_kind { FIELD_NUM, FIELD_HEX, FIELD_GSTATUS, FIELD_PSTATUS };
struct field {
    const char *name;
    uint8_t kind;    /* enum field_kind: how it is best written */
    uint8_t missing; /* its value when the text does not give it */
};

/* Where a record may stand. */
enum place {
    PLACE_NONE,
    PLACE_TRACE,  /* in the trace itself; all of v1 */
    PLACE_EVENTS, /* in a batch of events */
    PLACE_SYNC    /* in a sync batch */
};
/* What follows the numbers. The last number then is its length. */
enum body { BODY_NONE, BODY_TEXT, BODY_FRAMES, BODY_BATCH };

enum { SHAPE_FIELDS = 6 };
struct shape {
    const char *name; /* NULL: no such record */
    const char *body_name;
    uint8_t id;
    uint8_t len; /* fields */
    uint8_t place, body;
    struct field field[SHAPE_FIELDS];
};

/* The high bits of a v1 type byte: arguments, or that their length in bytes
 * comes first. */
enum { V1_LENGTH_PREFIX = 3 };
#define SHAPE_PREFIX "bytes" /* the name of that length */

/* The shapes of one version: 5 to 21 is v1, from 22 on v2. Versions that nobody
 * knows are taken for the nearest older one. */
struct shapes {
    uint32_t version; /* 0: none known, only bytes */
    bool v2;
    struct shape by_id[256];
    struct shape string, stack, frame, sample;
};
void shapes_init(struct shapes *s, uint32_t version);
const struct shape *shapes_find(const struct shapes *s, const char *name, enum place place);
/* The name of that place nearest to `name`, NULL when none is near. */
const char *shapes_suggest(const struct shapes *s, const char *name, enum place place);
/* Index of the field, or -1. */
int shape_field(const struct shape *shape, const char *name);
/* Arguments of a v1 record whose type byte has its two high bits clear. */
unsigned shapes_v1_base(const struct shapes *s);
/* First byte of a sync batch that is not a record of it; 0: none. */
uint8_t shapes_sync_byte(const struct shapes *s);

/* One record with its values. */
struct record {
    const struct shape *shape;
    const struct num *num;
    size_t len;          /* numbers; shape->len of them unless `list` */
    const uint8_t *body; /* as on the wire; not for BODY_BATCH */
    size_t body_len;
    bool list; /* v1: the arguments are num, whatever the table says */
    /* v1: the byte length in front of the arguments, if there is one. */
    struct num prefix;
    bool prefix_given; /* prefix.value too, which then may be wrong */
};
/* True when the record has a byte length in front of its arguments. */
bool record_prefixed(const struct shapes *s, const struct record *r);
/* Adds the record's bytes to *out; false when memory runs out, or when
 * prefix.size is too small for the length. */
bool record_put(struct buf *out, const struct shapes *s, const struct record *r);

uint32_t header_version(const uint8_t header[16]);
#endif
