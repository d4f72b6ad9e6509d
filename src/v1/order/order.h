/* order.h: which event of a v1 trace comes after which.
 *
 * 1.7 and later number what happens to each goroutine: an event is ready when
 * its goroutine has come so far, and of the ready ones at the head of each P
 * the earliest is next (Go 1.27 internal/trace/internal/tracev1/parser.go
 * parseEventBatches; the same since 1.7). 1.5 numbers all events.
 *
 * An event that waits for one that is lost (missing.h) does not wait: it comes by
 * its time, and its goroutine is assumed to be what it has to be. Where parts of the
 * trace are missing nothing fits the numbers any more: the order is then that of
 * the time stamps (by_time). To know that before the first event, go through a
 * trace that may be broken once, and start again. */
#ifndef GOTRACE_V1_ORDER_ORDER_H
#define GOTRACE_V1_ORDER_ORDER_H
#include "v1/order/rules.h"

/* A P, or behind all of them what comes out of turn, with its next events: decoded many at a
 * time, and into two blocks in turn, so that those before them stay. */
struct order_stream {
    struct v1_cursor cursor;
    struct v1_event *block[2]; /* in v1_order.events */
    int64_t pid;
    uint64_t key;     /* 1.5: of the next event, whose number is not its time */
    uint32_t room;    /* events of a block */
    uint32_t at, len; /* the next event in the block in use; its end */
    uint8_t use;      /* that block; at == len: there is no event */
    bool parked;      /* it waits */
    bool lacks_start; /* a goroutine runs in the block that was not started */
    uint32_t current; /* goroutine that runs on it, behind the block */
    uint32_t chain;   /* next stream that waits for the same */
};
struct order_entry {
    int64_t key;
    uint32_t stream;
};

/* A goroutine ran on a P, though its start is lost. */
struct v1_run {
    uint32_t stream;
    uint64_t from, to; /* offsets of its first event and its last */
    uint64_t g;
};
struct v1_missing {
    struct map waits; /* offsets of events that wait for one that is lost */
    VEC(struct v1_run) runs;
    bool hopeless; /* there are so many that no number can be trusted */
};
/* How it is found: missing.h. */
typedef bool v1_find_missing(struct v1_missing *m, const struct v1_index *ix);

/* Something that holds for the trace, and the first record that shows it. */
struct order_note {
    bool is;
    uint64_t off;
};

/* An event that waits for one that is lost. */
struct order_missing {
    unsigned n; /* so many so far; this is the last */
    uint64_t off, g;
    uint64_t have_seq, want_seq;
    uint8_t type;
    uint8_t have, want; /* enum v1_status */
};

struct order_notes {
    unsigned count; /* of these: */
    struct order_missing missing;
    struct order_note by_time;      /* the numbers led nowhere */
    struct order_note out_of_order; /* times do not follow the order */
    struct order_note misnumbered;  /* 1.5: two have one number, or fall back */
};

struct v1_order {
    const struct v1_index *index; /* borrowed */
    struct v1_gs *gs;             /* borrowed; filled and advanced */
    VEC(struct order_stream) streams;
    VEC(struct v1_event) events;   /* room for all blocks */
    VEC(struct order_entry) ready; /* min-heap */
    struct map waiting;            /* what is waited for -> first stream of a chain */
    uint32_t parked;               /* streams that wait */
    size_t next_out_of_turn;       /* behind the one at hand, of the index's */
    VEC(uint32_t) next_sample;     /* by sample: the next of the same goroutine */
    uint64_t last;                 /* ticks of the last event */
    int64_t last_key;              /* 1.5: its number */
    bool started;
    bool unnumbered; /* goroutines' numbers are not used: 1.5, or by_time */

    /* What is missing: searched for when the next event is later than search_at. */
    const struct v1_missing *missing; /* borrowed: what is known of it */
    struct v1_missing found;
    v1_find_missing *find;
    int64_t search_at, patience;
    uint64_t looked_at; /* streams, for one that waits */
    bool searched, suspicious;
    bool searches; /* it is a search itself */

    uint64_t passed; /* events */
    struct order_notes notes;
};

/* Numbers the goroutines of ix->exits; nothing else of ix is changed. False: no
 * memory; freed by v1_order_free either way. */
bool v1_order_start(struct v1_order *o, struct v1_index *ix, struct v1_gs *gs,
                    v1_find_missing *find);
/* Back to the first event, by time if the numbers led nowhere. */
void v1_order_restart(struct v1_order *o);
/* The next events, *n of them, all of one stream; the caller's until the next
 * call. Their times do not fall; those with a handling of V1_BLOCK and above come
 * first in their run; and what is noted, is noted of the first. GOTRACE_OK, GOTRACE_END,
 * GOTRACE_NO_MEMORY. */
gotrace_status v1_order_run(struct v1_order *o, struct v1_event **out, size_t *n);
void v1_order_free(struct v1_order *o);

/* For missing.c: an order that does as *missing says, also when that grows. Behind the
 * end v1_order_stuck says who still waits, the earliest, NULL: none. */
void v1_order_start_search(struct v1_order *o, const struct v1_index *ix, struct v1_gs *gs,
                           const struct v1_missing *missing);
const struct v1_event *v1_order_stuck(const struct v1_order *o);
/* Goes on with those that no longer have to wait. False: no memory. */
bool v1_order_release(struct v1_order *o);
#endif
