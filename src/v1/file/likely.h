/* likely.h: how likely a record is in a trace, by what else is in that.
 *
 * Bytes that are none decode as records for a while, but as odd ones: their types do
 * not follow each other, nothing else names their goroutines and stacks, their
 * numbers are too long. So it is counted once what the trace has. A record costs as
 * many bits as a code that was made for the trace would have for it: less than its
 * bytes have if it is one, else more. */
#ifndef GOTRACE_V1_FILE_LIKELY_H
#define GOTRACE_V1_FILE_LIKELY_H
#include "base/map.h"
#include "base/vec.h"
#include "v1/file/sense.h"

/* Costs are in eighths of a bit. */
#define V1_BITS(n) ((uint32_t)(n)*8)

/* What an argument names. */
enum v1_named {
    V1_NUMBER,
    V1_NAMES_G,
    V1_NAMES_M,
    V1_NAMES_P,
    V1_NAMES_STRING,
    V1_NAMES_STACK,
    V1_IS_STRING, /* its record */
    V1_STRING_AT, /* not how often, but where the last one is */
    V1_NAMES
};
enum { V1_PLACES = 6 }; /* of v1_record.v */

/* A batch's time. */
struct v1_time {
    const uint8_t *p; /* of the header */
    uint64_t ticks;
};
/* Ticks that batches which follow each other are apart at most, some ten seconds: the time
 * that a byte is lost of is farther off. */
#define V1_FAR (UINT64_C(1) << 33)
static inline bool v1_is_far(uint64_t a, uint64_t b)
{
    return a - b + V1_FAR > 2 * V1_FAR;
}

struct v1_likely {
    const struct v1_sense *sense;       /* borrowed */
    const uint8_t *data;                /* likewise: the first byte */
    bool readable;                      /* all bytes are records that can be read */
    uint8_t names[V1_TYPES][V1_PLACES]; /* enum v1_named */
    /* How often a type comes behind another; behind V1_None: at all. */
    uint32_t pairs[V1_TYPES][V1_TYPES];
    uint32_t all[V1_TYPES];                  /* each row's sum */
    uint32_t sizes[V1_TYPES][V1_PLACES][65]; /* bits of numbers */
    struct map ids;                          /* how often each is named */
    uint32_t named[V1_NAMES];
    VEC(struct v1_time) times; /* of all batches, in order of the file */
    uint64_t start;            /* the earliest that is not far from those around, 0: none */
};

/* Counts what is in the bytes from p up to the sense's end; what is broken there is
 * stepped over. NULL: no memory. */
struct v1_likely *v1_likely_new(const struct v1_sense *sense, const uint8_t *p);
void v1_likely_free(struct v1_likely *l);
/* Whether so much is there that what else is can be called unlikely. */
bool v1_likely_knows(const struct v1_likely *l);
/* How often a name of that kind is there, of a type's events for stacks. */
uint32_t v1_likely_count(const struct v1_likely *l, enum v1_named names, uint8_t type, uint64_t id);
/* Whether a batch at p may have that time, by those around it. */
bool v1_likely_time(const struct v1_likely *l, const uint8_t *p, uint64_t ticks);
/* The cost of what begins with `first`, as what is left of a record does in most cases. */
uint32_t v1_likely_first(const struct v1_likely *l, uint8_t last, uint8_t first);
/* Whether a String may have been made of text that something else wrote: another has its id,
 * the id is higher than the trace has any, or a line ends in it where something is broken. */
bool v1_likely_foreign(const struct v1_likely *l, const struct v1_record *r);
/* The cost of the good record r, which is at p and behind one of type `last` (V1_None: not
 * known). */
uint32_t v1_likely_cost(const struct v1_likely *l, uint8_t last, const uint8_t *p,
                        const struct v1_record *r);
#endif
