/* rest.h: what the rest of a generation can still bring.
 *
 * An event may wait for one that is lost, and others would be put before it for
 * as long as any can. So when somebody waits for long, the rest is asked whether
 * what is waited for is still to come. The answer is from an index of all that
 * events wait for, by number, made when it is first asked for by a pass over the
 * generation. "No" is certain in a trace that is whole; there it comes never.
 *
 * Without memory for the index everything may still come. */
#ifndef GOTRACE_V2_ORDER_REST_H
#define GOTRACE_V2_ORDER_REST_H
#include "base/map.h"
#include "base/vec.h"
#include "sched/waiting/assume.h"
#include "v2/cursor/cursor_slot.h"

struct rest_entry {
    uint64_t id, seq;
    uint64_t off;  /* of the event */
    int64_t time;  /* likewise */
    uint32_t slot; /* that has it */
    uint32_t next; /* of the same hash, MAP_NONE: last */
    uint8_t way;   /* enum sched_way: what it brings */
    uint8_t type;
};

struct rest {
    const struct generation *g; /* borrowed, with all up to `sched` */
    const uint8_t *base;
    struct cursor_slot *slots;
    size_t slots_len;
    const struct sched *sched;
    int64_t time; /* of the event that is asked about */
    bool made, failed;
    VEC(struct rest_entry) all;
    VEC(uint64_t) orphan_gs, orphan_ps; /* that are numbered and that nothing states */
    struct map first;                   /* hash -> first of a chain */
    struct hash_secret secret;
    struct sched_ahead ahead; /* the same, as those ask who mend the model */
};

/* Forgets what it knew; from now on it is about the generation of these slots. */
void rest_start(struct rest *r, const struct generation *g, const uint8_t *base,
                struct cursor_slot *slots, size_t len, const struct sched *s);
void rest_free(struct rest *r);
/* Whether what the slot's event waits for, which the model has just told to, may
 * still come. If not, *what is that. */
bool rest_may_bring(struct rest *r, struct cursor_slot *slot, struct sched_awaited *what);
/* Which slot waits in vain: the one given, or one that it waits for by others, of those that
 * were asked in this round; of some that wait in a circle, which *circle says, the earliest.
 * NULL: none. Adds how many were looked at to *asked. */
const struct cursor_slot *rest_hopeless(struct rest *r, struct cursor_slot *slot, uint64_t round,
                                        uint64_t *asked, bool *circle);
/* The index for sched_mend at the slot's event, made if it was not there; NULL: no
 * memory. */
struct sched_ahead *rest_ahead(struct rest *r, const struct cursor_slot *slot);
#endif
