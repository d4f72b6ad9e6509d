/* unknown_ids.h: events that refer to strings or stacks which their generation does
 * not define. The first is told, of the others how many they are: where tables are
 * missing it is most events. */
#ifndef GOTRACE_V2_UNKNOWN_IDS_H
#define GOTRACE_V2_UNKNOWN_IDS_H
#include "v2/cursor.h"

struct unknown_ids {
    uint64_t events; /* of the generation at hand */
};

/* The cursor's event has that id, which is not defined. */
void unknown_id(struct unknown_ids *u, const struct cursor *c, const struct generation *g,
                struct feed *feed, uint64_t id);
/* The generation is at its end: tells the rest, and begins anew. */
void unknown_ids_end(struct unknown_ids *u, const struct generation *g, struct feed *feed);
#endif
