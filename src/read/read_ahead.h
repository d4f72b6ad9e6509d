/* read_ahead.h: a reader's own thread, which runs ahead of those who take its events.
 *
 * The reader is lent to it where it does nothing but order events that are in
 * memory (reader_methods.ahead), and comes back before anything else: bytes are
 * asked for and let go, generations opened, on the caller's thread only. So the
 * source and interrupts know nothing of threads, and what is borrowed from a
 * generation stays as long as without one.
 *
 * While the reader is lent, it and the builder are the thread's, but for what the
 * builder says of the generation and damages that were told of already. Names are
 * the caller's: who interns on the thread waits until the caller has come for
 * more and finds nothing (see names_on_thread).
 *
 * The thread is started for generations that are worth it and where there is a
 * second CPU, or as the plan says (plan.h). */
#ifndef GOTRACE_READ_READ_AHEAD_H
#define GOTRACE_READ_READ_AHEAD_H
#include "read/reader.h"

/* A batch, and all that goes with it. */
struct read_ahead_block {
    gotrace_event *events; /* borrowed */
    uint32_t len;
    gotrace_status status; /* of the reader, after these */
    gotrace_info info;     /* likewise */
    gotrace_diag diag;
    bool alone; /* names were needed for it: the reader comes back behind it */
};

struct read_ahead;
/* Both are borrowed until read_ahead_free. NULL: no memory. */
struct read_ahead *read_ahead_new(struct reader *reader, struct builder *builder);
/* Lends the reader if that is worth it; true: it is lent. busy: the caller has
 * enough to do meanwhile. */
bool read_ahead_offer(struct read_ahead *p, bool busy);
/* GOTRACE_OK: what the reader did next, of which the events may be none;
 * borrowed until the next call. GOTRACE_END: it did nothing more and is the
 * caller's again. GOTRACE_INTERRUPTED: everything can go on. */
gotrace_status read_ahead_take(struct read_ahead *p, const struct read_ahead_block **out);
/* Soon, wherever the reader is; it is the caller's then. NULL is fine. */
void read_ahead_free(struct read_ahead *p);
#endif
