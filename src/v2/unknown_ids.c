#include "v2/unknown_ids.h"

#include <inttypes.h>

/* That a generation is cut off or has a gap says it for its tables. */
void unknown_id(struct unknown_ids *u, const struct cursor *c, const struct generation *g,
                struct feed *feed, uint64_t id)
{
    gotrace_diag d;
    if (g->partial || u->events++)
        return;
    diag_set(&d, GOTRACE_DAMAGED, 0, "an event refers to an unknown string or stack");
    diag_have(&d, "id %" PRIu64, id);
    cursor_blame(c, g, &d);
    feed_damage(feed, &d, 0);
}

void unknown_ids_end(struct unknown_ids *u, const struct generation *g, struct feed *feed)
{
    gotrace_diag d;
    uint64_t more = u->events ? u->events - 1 : 0;
    u->events = 0;
    if (!more)
        return;
    diag_set(&d, GOTRACE_DAMAGED, DIAG_NO_OFFSET,
             "%" PRIu64 " more events refer to unknown strings or stacks", more);
    d.gen = g->gen;
    feed_damage(feed, &d, 0);
}
