/* gap.h: what stands in a v2 trace where a batch should begin: text, another
 * trace, or damaged bytes, and where the trace goes on behind it. */
#ifndef GOTRACE_V2_DAMAGE_GAP_H
#define GOTRACE_V2_DAMAGE_GAP_H
#include "v2/damage/foreign.h"
#include "v2/damage/resync.h"

struct gap {
    uint64_t last;       /* offset of the batch before */
    uint64_t from, next; /* offsets: no batch is at the first; where it is known again what is.
                            That is before `from` if the batch before is shorter than it says */
    bool resumed;        /* at next a batch of this trace begins */
    bool another;        /* at next another trace begins; it may lie in the batch before `from` */
    bool older;          /* the trace does not go on, but batches of an older one come */
    bool text;           /* all between is text; there is some */
    /* Else text that is among these bytes, or bytes that are too many in a batch: in the one
     * before `from`, which with them is longer than it says, or behind what there is of one
     * that is cut off. */
    uint64_t found, found_len; /* its offset and bytes, 0: none */
    bool inside;               /* it is in a batch ... */
    struct foreign foreign;    /* ... and all that is in the one before `from` */
};

/* Fills *gap for the offset `from`, where no batch can be read; the batch before
 * it begins at `last` (from: none). h: of the batches before. doubt: V2_CERTAIN if
 * a batch that is cut off begins at `from`. */
void gap_find(struct gap *gap, source *src, uint32_t version, const struct v2_habits *h,
              uint64_t from, uint64_t last, enum v2_doubt doubt);
/* Makes d, which says why no batch can be read in generation gen, tell of text
 * instead if there is some, or else of what its bytes look like. */
void gap_diag(const struct gap *gap, source *src, uint64_t gen, gotrace_diag *d);

/* What is behind the i-th of gap->foreign, up to the one behind it or gap->next, as a batch
 * of its own. False: it cannot be told. */
bool gap_piece(const struct gap *gap, source *src, uint32_t version, unsigned i,
               struct v2_batch *piece);
/* Makes d tell of the i-th itself. */
void gap_part_diag(const struct gap *gap, source *src, unsigned i, gotrace_diag *d);

/* That bytes are lost in b, which ends with the input: what there is of it breaks before. */
void gap_say_lacking(const struct v2_batch *b, gotrace_diag *d);

/* What is seen of a batch that is `gap->from - gap->next` bytes shorter than it says. */
gotrace_fact gap_fact_of_short(const struct gap *gap, source *src);

/* What is seen of a batch that breaks at c->p, of the generation that begins at `from`. */
gotrace_fact gap_fact_of_broken(source *src, uint64_t from, const struct v2_cursor *c);

/* Whether another trace begins before `end`, in one of the batches from `last` on,
 * which was cut off, so that the one that ends there is none. */
bool gap_hides_trace(source *src, uint64_t last, uint64_t end);

/* Whether the batch b, which could be read, is text: one that begins with '1' is
 * taken for an experimental batch, one with '4' for an end of generation.
 * `table`: strings, stacks or samples came just before it, as before every end of
 * generation. */
bool gap_is_text(source *src, const struct v2_batch *b, bool table);
#endif
