/* scan.h: the events of a generation thread after thread: the cheap way for
 * scripts that need no order. The context's proc and goroutine are not known,
 * and nothing is verified that the framing does not show. */
#ifndef GOTRACE_SCAN_H
#define GOTRACE_SCAN_H
#include "model/cursor.h"

struct scan {
    size_t thread, sample; /* next of the generation's */
    struct cursor cursor;
    const uint8_t *base;
    int64_t zero;
    bool begun, inside; /* inside: the cursor is on thread - 1 */
    struct map threads; /* those met so far, for the totals */
};

void scan_start(struct scan *s, const struct generation *g, const uint8_t *base, struct feed *feed);
/* As order_run. */
gotrace_status scan_run(struct scan *s, const struct generation *g, struct feed *feed,
                        gotrace_diag *diag);
void scan_free(struct scan *s);
#endif
