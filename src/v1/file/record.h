/* record.h: the records of v1 traces (Go 1.5 to 1.21), one at a time.
 *
 * It knows framing and the number of arguments, not meaning. Rules: Go 1.15
 * internal/trace/parser.go (readTrace, argNum), and Go 1.27
 * internal/trace/internal/tracev1/parser.go for what came after 1.11.
 *
 * A record is a byte (type, and number of arguments), then varints. A number
 * that says 3 stands for a length in bytes before the arguments. String and
 * UserLog carry text behind them. */
#ifndef GOTRACE_V1_FILE_RECORD_H
#define GOTRACE_V1_FILE_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/diag.h"
#include "base/varint.h"

enum v1_type {
    V1_None = 0,
#define V1(id, name, since, stack, a0, a1, a2) V1_##name = id,
#include "v1/file/record.def"
#undef V1
    V1_TYPES = 64 /* that six bits can name */
};

enum {
    V1_MAX_TEXT = 1000000, /* bytes of a string, Go 1.15 readTrace */
    V1_MAX_FRAMES = 1000,
    /* Bytes of length-prefixed arguments: what such a stack may need. Go 1.27
     * stops at 2048, which deep stacks with long PCs can reach. */
    V1_MAX_ARGS = (2 + 4 * V1_MAX_FRAMES) * 10
};

/* How a type looks in one version. */
struct v1_layout {
    uint8_t known;
    uint8_t timed; /* has a tick delta */
    uint8_t head;  /* upper two bits of its first byte, or V1_ODD: only
                      v1_decode reads it, since it is rare or odd */
    uint8_t wire;  /* varints on the wire, stack and deltas included */
    uint8_t args;  /* arguments in it, without stack and deltas */
    uint8_t full;  /* arguments in the newest version */
    uint8_t stack; /* 1: a stack id follows the arguments */
};
enum { V1_ODD = 255 };

struct v1_format {
    uint32_t version;
    uint8_t seq; /* 1 in 1.5: a sequence delta before each tick delta */
    struct v1_layout layout[V1_TYPES];
};

void v1_format_init(struct v1_format *f, uint32_t version);
/* Varints that a record of this type has in that version, all included; 0 for
 * String and Stack, which have a form of their own, and for unknown types. */
unsigned v1_nargs(uint32_t type, uint32_t version);
/* NULL when no version has it. */
const char *v1_name(uint32_t type);

/* Places in v1_record.v. Batch has its ticks at V1_DT, and in 1.5 its sequence
 * number at V1_SEQ. */
enum { V1_SEQ, V1_DT, V1_ARG };

struct v1_record {
    /* Arguments as the newest version has them, 0 those that this version lacks;
     * behind them the stack id, of types that have one. Stack has id and size
     * here. */
    uint64_t v[6];
    const uint8_t *text; /* borrowed: text of String and UserLog; Stack's frames */
    uint32_t text_len;
    uint8_t type;
};

/* What is wrong with a record. */
enum v1_fault {
    V1_GOOD,
    /* Nobody knows where the next record begins. */
    V1_CUT,      /* the bytes end inside it */
    V1_VARINT,   /* more than 64 bits */
    V1_UNKNOWN,  /* no type of this version */
    V1_TOO_LONG, /* longer than any real one */
    /* The next record is behind it all the same. */
    V1_COUNT, /* wrong number of arguments */
    V1_BAD_STRING,
    V1_BAD_STACK
};
static inline bool v1_fault_is_final(enum v1_fault f)
{
    return f >= V1_CUT && f <= V1_TOO_LONG;
}

/* Reads the record at *p, which is before end, and moves *p behind it; for a
 * final fault *p stays. *out is only good with V1_GOOD, but its type always. */
enum v1_fault v1_decode(const struct v1_format *f, const uint8_t **p, const uint8_t *end,
                        struct v1_record *out);
/* To step over events of some types, without looking into them: much faster. */
struct v1_strides {
    uint8_t by_byte[256]; /* varints behind a record's first byte; 0: look at it */
};
/* looked_into: types, a bit each, that are not to be stepped over. */
void v1_strides_init(struct v1_strides *s, const struct v1_format *f, uint64_t looked_into);
/* Behind the records from p on that are good, look as usual and are of the
 * other types; *n is increased by their number. */
const uint8_t *v1_step_over(const struct v1_strides *s, const uint8_t *p, const uint8_t *end,
                            uint64_t *n);
/* Behind n varints at p; NULL when they do not fit. */
const uint8_t *v1_skip(const uint8_t *p, const uint8_t *end, unsigned n);
/* Reads a Stack that v1_decode has found to be good before. */
bool v1_stack_at(const struct v1_format *f, const uint8_t *p, const uint8_t *end,
                 struct v1_record *out);
/* The diag of a fault, for the record at `at`; V1_GOOD: it looks good and is none.
 * skipped: bytes behind which the trace goes on, 0: nobody knows. */
void v1_fault_diag(gotrace_diag *diag, const struct v1_format *f, enum v1_fault fault,
                   const uint8_t *at, uint64_t off, size_t skipped);

/* The fast way to read the usual: events of 1.7 and later that look as Go writes
 * them, with V1_FAST bytes before the end: no more than six varints of ten
 * bytes, or as many bytes as one byte can count. */
enum { V1_FAST = 2 + 127 };

/* NULL: more than 64 bits. */
static inline const uint8_t *v1_varint_long(const uint8_t *p, uint64_t *out)
{
    return leb128_get_slow(&p, p + LEB128_MAX, out) ? p : NULL;
}

/* For what has one byte nearly always, as tick deltas have. */
static HOT const uint8_t *v1_varint(const uint8_t *p, uint64_t *out)
{
    if (p[0] >= 0x80)
        return v1_varint_long(p, out);
    *out = p[0];
    return p + 1;
}

/* For what has one byte or two: which of them cannot be foreseen, so it does
 * not branch. */
static HOT const uint8_t *v1_varint_short(const uint8_t *p, uint64_t *out)
{
    uint64_t low = p[0], high = p[1], two = low >> 7;
    if (low & high & 0x80)
        return v1_varint_long(p, out);
    *out = (low & 0x7f) | ((high << 7) & (0 - two));
    return p + 1 + two;
}

/* n varints, of which only the first is a tick delta. */
static HOT const uint8_t *v1_varints(const uint8_t *p, unsigned n, uint64_t *out)
{
    p = v1_varint(p, out);
    for (unsigned i = 1; p && i < n; i++)
        p = v1_varint_short(p, &out[i]);
    return p;
}

/* Returns what is behind the record at p, of which `first` is the first byte, or
 * NULL: ask v1_decode. Fills v1_record.v from V1_DT on. No byte is read twice. */
static HOT const uint8_t *v1_decode_fast(const struct v1_format *f, const uint8_t *p, uint8_t first,
                                         uint64_t out[6])
{
    const struct v1_layout *l = &f->layout[first & 63];
    unsigned head = first >> 6;
    uint64_t *v = &out[V1_DT];
    const uint8_t *at;
    if (head != l->head)
        return NULL;
    /* Loops of known length. */
    if (head == 1)
        at = v1_varints(p + 1, 2, v);
    else if (head == 2)
        at = v1_varints(p + 1, 3, v);
    else if (head == 0)
        at = v1_varints(p + 1, 1, v);
    else {
        const uint8_t *behind = p + 2 + p[1]; /* a longer length has more than a byte */
        at = v1_varints(p + 2, 4, v);
        if (at && l->wire > 4)
            at = v1_varint_short(at, &v[4]);
        if (at != behind)
            return NULL;
        at = behind; /* known sooner */
    }
    return at;
}
#endif
