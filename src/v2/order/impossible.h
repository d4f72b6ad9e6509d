/* impossible.h: what there is to say of an event that cannot be, by names; and
 * whether that has been said, since one that is lost makes several impossible. */
#ifndef GOTRACE_V2_ORDER_IMPOSSIBLE_H
#define GOTRACE_V2_ORDER_IMPOSSIBLE_H
#include "base/map.h"
#include "read/reader.h"
#include "v2/cursor/cursor_slot.h"

/* What has been told of in a generation: goroutines, procs, with when that was. */
struct impossible {
    struct map told;
};

/* Forgets what has been told: a generation begins. */
void impossible_start(struct impossible *i);
void impossible_free(struct impossible *i);
/* Says in d why the slot's event, of which the model says SCHED_NOT_YET, waits in
 * vain. */
void impossible_wait(gotrace_diag *d, const struct sched *s, const struct cursor_slot *slot);
/* Says in d that the slot is the first of threads that wait for each other. */
void impossible_circle(gotrace_diag *d);
/* Says in d, which has the model's words, what rule the slot's event breaks. */
void impossible_step(gotrace_diag *d, const struct sched *s, const struct cursor_slot *slot,
                     const struct builder *builder);
/* Whether the event has nothing to do with one that has just been told of. From
 * now on it has been. Each region is told of by its name, once a goroutine. */
bool impossible_is_new(struct impossible *i, const struct cursor_slot *slot,
                       const struct builder *builder);

/* Events that refer to strings or stacks which their generation does not define. The
 * first is told, of the others how many they are: where tables are missing it is most
 * events. */
struct unknown_ids {
    uint64_t events; /* of the generation at hand */
};

/* The cursor's event has that id, which is not defined. */
void unknown_id(struct unknown_ids *u, const struct cursor *c, const struct generation *g,
                struct builder *builder, uint64_t id);
/* The generation is at its end: tells the rest, and begins anew. */
void unknown_ids_end(struct unknown_ids *u, const struct generation *g, struct builder *builder);
#endif
