/* repair.h: which of the bytes around a broken record are records.
 *
 * The broken one may stand behind others that are none either but can be read, and real
 * ones may stand among what they cover. So the bytes around are divided into
 * records and holes in the way that costs least (likely.h), where bytes in a hole
 * cost what they are. */
#ifndef GOTRACE_V1_FILE_REPAIR_H
#define GOTRACE_V1_FILE_REPAIR_H
#include "base/vec.h"
#include "v1/file/likely.h"

/* Bytes that no record has. */
struct v1_hole {
    const uint8_t *from, *to;
};
struct v1_repair_place;

struct v1_repair {
    const struct v1_likely *likely; /* borrowed */
    VEC(struct v1_hole) holes;      /* those found, in order */
    bool open;                      /* the last goes on behind the bytes that were divided */
    uint64_t looks;                 /* bytes that may still be looked at */

    /* Its own. */
    bool footer;
    VEC(struct v1_repair_place) places;
};

/* What comes before the bytes. */
struct v1_before {
    uint8_t turn; /* enum v1_turn */
    uint8_t last; /* type of the record, V1_None: not known */
    bool footer;  /* a frequency: no more events come */
};

/* What the bytes from p up to `to` cost as a hole. */
uint32_t v1_hole_cost(const uint8_t *p, const uint8_t *to);
/* `len` bytes in all will be divided, more than once. */
void v1_repair_start(struct v1_repair *r, const struct v1_likely *likely, size_t len);
void v1_repair_free(struct v1_repair *r);
/* Divides those from p, where a record would begin, up to `to`; of the last record the end
 * may be behind it. False: no memory. Finds no hole when too much has been looked at. */
bool v1_repair_find(struct v1_repair *r, const uint8_t *p, const uint8_t *to,
                    struct v1_before before);
#endif
