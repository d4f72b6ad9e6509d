/* index.h: where everything lies in a v1 trace, and cursors over it.
 *
 * One pass over the bytes finds the batches of each P, strings, stacks, CPU
 * samples and what holds for the whole file. No event is kept: a cursor decodes
 * a P's events again, in place. What is broken is found here once: cursors
 * step over records that are, and never go beyond the last good byte.
 *
 * Memory: 40 bytes a batch that has events, 8 a string or stack, 24 a sample.
 * All is linear in the bytes that were read, whatever these say. */
#ifndef GOTRACE_V1_INDEX_INDEX_H
#define GOTRACE_V1_INDEX_INDEX_H
#include <assert.h>

#include "base/map.h"
#include "base/vec.h"
#include "gotrace.h"
#include "v1/file/gaps.h"
#include "v1/file/record.h"

enum { V1_DAMAGES = 100 }; /* listed one by one; more are only counted */
#define V1_NONE UINT32_MAX

struct v1_damage {
    gotrace_diag diag;
    uint64_t lost;
};
struct v1_damages {
    VEC(struct v1_damage) list;
    uint64_t more, more_lost; /* beyond V1_DAMAGES */
};
/* False: no memory. */
bool v1_damages_add(struct v1_damages *d, const gotrace_diag *diag, uint64_t lost);

/* Events of one P, from the first to behind the last. */
struct v1_batch {
    uint64_t off, end;
    uint64_t ticks, seq; /* of its header */
    uint32_t next;       /* of the same P, V1_NONE: last */
    /* Of 1.5: */
    uint8_t turn;    /* enum v1_turn at its end */
    bool needs_turn; /* a goroutine that was started before it runs in it */
    bool lacks_turn; /* one that was not started does */
};
struct v1_proc {
    int64_t pid;          /* -1: written by threads without a P */
    uint32_t first, last; /* batches */
    uint8_t world[2];     /* types of its first STWStart or STWDone and of its last */
};
/* A record that does not come in its turn. */
struct v1_out_of_turn {
    int64_t key;
    int64_t second; /* of 1.5's GoSysExits; of other exits the model's: their goroutine */
    uint64_t off;
};
typedef VEC(struct v1_out_of_turn) v1_out_of_turns;

struct v1_index {
    struct v1_format format;
    const uint8_t *data; /* borrowed: byte `base` of the trace and on */
    uint64_t base, end;  /* offsets: first byte, first behind */

    VEC(struct v1_batch) batches;
    VEC(struct v1_proc) procs;
    VEC(uint64_t) strings, stacks; /* offsets of their records */
    uint64_t last_stack;           /* the highest id: they are numbered from 1 on */
    /* CPU samples by their own time, in ticks; in 1.5 GoSysExits by their real
     * sequence number, with their real time in `second`. */
    v1_out_of_turns out_of_turn;
    v1_out_of_turns exits; /* other GoSysExits that say when they happened, by that */
    uint64_t freq;         /* ticks a second, 0: not known */
    uint64_t min_ticks;    /* of the first event; valid if events > 0 */
    uint64_t events;       /* timed ones and samples */
    uint64_t batch_count, sample_count;
    uint64_t part[GOTRACE_PARTS];
    bool has_gomaxprocs, saw_frequency;
    uint64_t gomaxprocs;      /* the last; valid if there is one */
    bool resized;             /* they differ: another P may go on with what one has begun */
    bool odd, odd_world;      /* see v1_index_is_odd */
    uint64_t header_ticks[2]; /* of the first batch and of the last; valid if there is one */
    struct v1_damages damages;

    /* The pass's own. */
    const struct v1_gaps *gaps; /* borrowed, NULL: none */
    size_t next_gap;            /* of those that lie behind pos, or at it */
    uint64_t limit;             /* where it begins; the end if there is none */
    struct v1_strides strides;
    uint64_t pos;
    uint64_t cut;   /* of a record that the end is inside of, 0: there is none */
    uint32_t proc;  /* of the current batch, V1_NONE: none that is readable */
    bool in_batch;  /* it has been listed: it has an event */
    bool saw_batch; /* one has been seen, or missed */
    size_t losing;  /* without a P: the damage that its events add to */
    struct v1_batch batch;
    uint64_t ticks; /* of the last event; after 1.5 of the batch's first, or later */
    struct map by_pid;
};

/* Whether something can be read that is likely none of the trace, or follows from what
 * has been lost. To be asked at the end. */
bool v1_index_is_odd(const struct v1_index *ix);
/* data stays the caller's. */
void v1_index_start(struct v1_index *ix, uint32_t version, const uint8_t *data, uint64_t base,
                    uint64_t len);
/* Before the first step: leaves these gaps out, which lie in the same bytes, and
 * records each as a damage. */
void v1_index_leave_out(struct v1_index *ix, const struct v1_gaps *gaps);
/* Looks at `records` more. GOTRACE_OK: not done yet; GOTRACE_END: done;
 * GOTRACE_NO_MEMORY. */
gotrace_status v1_index_step(struct v1_index *ix, size_t records);
/* The same up to an offset; GOTRACE_END: there, or beyond it if no record begins
 * there. Behind the end itself it is v1_index_step's turn. */
gotrace_status v1_index_step_to(struct v1_index *ix, uint64_t to, size_t records);
/* Adds all of `more`, an index without damages that began, at a batch, where ix
 * has come to. False: no memory. */
bool v1_index_append(struct v1_index *ix, const struct v1_index *more);
void v1_index_free(struct v1_index *ix);

/* By key, then offset: a total order, so that it is stable. */
static inline bool v1_out_of_turn_before(const struct v1_out_of_turn *a,
                                         const struct v1_out_of_turn *b)
{
    return a->key != b->key ? a->key < b->key : a->off < b->off;
}
void v1_out_of_turn_sort(v1_out_of_turns *v);
/* Reads the record at off; false if it is no good one of that type, as it was
 * when it was listed: files change while they are read. */
bool v1_record_at(const struct v1_index *ix, uint64_t off, uint8_t type, struct v1_record *out);

/* The same for a Stack, quickly. */
bool v1_index_stack(const struct v1_index *ix, uint64_t off, struct v1_record *out);

/* The timed events of one P, in the order in which they were written. */
struct v1_cursor {
    const uint8_t *at, *end; /* of the batch being read */
    const uint8_t *fast_end; /* records before it may be read the fast way */
    uint32_t next;           /* batch behind it */
    uint64_t ticks, seq;     /* of the last event */
    uint64_t off;            /* of the last event's record */
    bool all;                /* with 1.5's GoSysExits */
};
/* all: with 1.5's GoSysExits in their places, else without: see out_of_turn. */
void v1_cursor_start(struct v1_cursor *c, const struct v1_index *ix, uint32_t proc, bool all);
/* The next record that is not read the fast way. */
bool v1_cursor_next_slow(struct v1_cursor *c, const struct v1_index *ix, struct v1_record *out);
/* False behind the last. */
static inline bool v1_cursor_next(struct v1_cursor *c, const struct v1_index *ix,
                                  struct v1_record *out)
{
    const uint8_t *start = c->at, *behind = NULL;
    uint8_t first = 0;
    if (start < c->fast_end) {
        first = *start;
        behind = v1_decode_fast(&ix->format, start, first, out->v);
    }
    if (!behind)
        return v1_cursor_next_slow(c, ix, out);
    assert(start < behind && behind <= ix->data + (ix->end - ix->base));
    out->type = first & 63;
    c->at = behind;
    c->off = ix->base + (uint64_t)(start - ix->data);
    c->ticks += out->v[V1_DT];
    return true;
}
#endif
