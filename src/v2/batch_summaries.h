/* batch_summaries.h: what the batches of a generation hold, found out ahead of the scan
 * that delivers it.
 *
 * The batches are run over (batch_summary.h) from both ends: by the thread that asks,
 * from the first one on, some at a time; and, if there is a CPU to spare, by
 * another from the last one on, until the two meet. What is said of a batch is
 * the same whoever found it out. */
#ifndef GOTRACE_V2_BATCH_SUMMARIES_H
#define GOTRACE_V2_BATCH_SUMMARIES_H
#include <stdatomic.h>

#include "base/thread/worker.h"
#include "v2/batch_summary.h"
#include "v2/generation/generation.h"

struct batch_summaries {
    struct summary_rule rule;
    VEC(struct batch_summary) batches; /* in thread order */
    VEC(uint32_t) place;               /* in it, by the index in the generation */
    VEC(struct summary_hit) hits;      /* their memory; len is 0 */
    atomic_size_t taken;               /* of the batches, in all */
    size_t front, back;                /* batches before front and from back on are taken */
    size_t share;                      /* what the asking thread takes before it goes on */
    uint64_t done, wasted;             /* batches it ran over; those to be decoded even so */
    struct workers workers;
    struct worker_task task; /* theirs: the back */
};

/* Begins with the batches of g, of which `base` is the memory, for wanted
 * types; all of that must stay until summaries_recall. False when that would be
 * to no avail. */
bool summaries_send(struct batch_summaries *s, const struct generation *g, const uint8_t *base,
                    const uint8_t wanted[256]);
/* What the batch with that index in g holds, NULL if it has to be decoded. The
 * ticks of a whole batch, or of the first part of it, are ns by generation_ns. */
const struct batch_summary *summaries_report(struct batch_summaries *s, uint32_t batch);
/* Ends what it is doing. */
void summaries_recall(struct batch_summaries *s);
void summaries_free(struct batch_summaries *s);
#endif
