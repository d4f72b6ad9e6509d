/* emitter_state.h: what is known of the trace that is written. emitter.h says what for. */
#ifndef GOTRACE_WRITE_EMIT_EMITTER_STATE_H
#define GOTRACE_WRITE_EMIT_EMITTER_STATE_H
#include <assert.h>

#include "base/idmap.h"
#include "event/event.h"
#include "sched/sched.h"
#include "sched/strict.h"
#include "v2/file/event_write.h"
#include "write/emit/numbering.h"
#include "write/emit/tables.h"

/* When and where something last changed. */
struct stamp {
    uint64_t ticks;
    uint32_t thread;
    uint32_t generation; /* counted */
};

typedef VEC(struct stamp) stamps;

/* A thread of the output. */
struct out_thread {
    int64_t m;
    uint32_t belief, truth; /* its handles in belief, and (keeper.c) in truth */
    uint32_t file;          /* in the encoder */
    uint64_t gen;           /* in which what runs here was last stated */
    struct stamp lost;      /* when another took its proc */
    uint64_t ns;            /* at which a reader sees its last event: see emitter.tick */
};

struct emitter {
    struct sched *belief;         /* owned */
    sink *sink;                   /* owned */
    struct v2_writer *file;       /* owned */
    struct v2_open_batches *open; /* its */
    struct tables tables;
    struct numbering numbering; /* of what is written; belief has the input's numbers */
    VEC(struct out_thread) threads;
    struct map index_of; /* m -> index */

    uint64_t gen;              /* of the output; 0: none yet */
    bool inside;               /* it has begun and not ended */
    uint64_t now;              /* ticks that an event is to have */
    uint64_t step;             /* ticks by which one event is later than another to a reader */
    double tick;               /* ns that a tick takes, 0: a whole number of them */
    uint64_t floor;            /* no event of this generation is before it */
    uint64_t horizon;          /* the latest ticks in it */
    uint64_t gc_horizon;       /* horizon at the first of all GC events, in its generation */
    struct strict strict;      /* what is written by more than belief's rules */
    uint32_t forever;          /* interned: the reason that is like an end */
    bool careful;              /* the event is to come after all that is written */
    bool exact;                /* see above */
    uint64_t since;            /* horizon when that ended */
    stamps g_stamps, p_stamps; /* by belief's slots */
    struct stamp gc_stamp;
    struct idmap gone;      /* ended goroutines, begun and ended tasks -> index ... */
    VEC(uint64_t) horizons; /* ... of the horizon then */

    gotrace_written counts;
    uint64_t samples;      /* of the events in counts */
    gotrace_status status; /* of the first failure: nothing is written any more */
    gotrace_diag diag;     /* of it */
    gotrace_diag *why;     /* of an event that belief refuses, &diag; NULL: nobody asks */
};

/* Ticks of a thread's last event in this generation, 0: none. */
static inline uint64_t emitter_last(const struct emitter *o, uint32_t thread)
{
    assert(thread < o->threads.len && o->threads.data[thread].file < o->open->threads.len);
    return o->open->threads.data[o->threads.data[thread].file].last;
}
#endif
