/* passthrough.h: generations that go out as they came in, batch by batch and with the
 * ids they had, but for types of events that are left out.
 *
 * Nothing here orders anything, or knows what an event does. That the outcome is
 * valid is what the reader finds out: it puts the generation in the order in which
 * a reader of the output will (read/reader.h, skipped), and notes what the events refer
 * to (references.h). A generation that has been read without damage is looked through
 * (passthrough_look) and written (passthrough_write). */
#ifndef GOTRACE_WRITE_PASSTHROUGH_H
#define GOTRACE_WRITE_PASSTHROUGH_H
#include "v2/file/batch_write.h"
#include "v2/generation/generation.h"
#include "write/emit/stw_names.h"

struct passthrough {
    uint8_t dropped[256];
    bool drops;         /* any type */
    stw_name_list open; /* stops of the world that go on behind what was looked through */
    /* Of the generation at hand. */
    uint64_t written, left_out; /* events */
    struct buf bytes;           /* scratch */
};

/* Whether all events of a type can be left out without a word: no other event
 * depends on them, and what they belong to is not written apart. */
bool passthrough_can_drop(uint8_t type);
/* Looks through g, which has been read to its end and has its bytes at base.
 * GOTRACE_OK; GOTRACE_UNSUPPORTED: it cannot go out as it is; GOTRACE_NO_MEMORY. */
gotrace_status passthrough_look(struct passthrough *p, const struct generation *g,
                                const uint8_t *base);
/* Writes what was looked through, between v2_write_begin and v2_write_end. */
gotrace_status passthrough_write(struct passthrough *p, const struct generation *g,
                                 const uint8_t *base, struct v2_writer *file, gotrace_diag *diag);
void passthrough_free(struct passthrough *p);
#endif
