/* output.h: what is known of the trace that is written. emitter.h says what for. */
#ifndef GOTRACE_WRITE_EMIT_OUTPUT_H
#define GOTRACE_WRITE_EMIT_OUTPUT_H
#include "base/idmap.h"
#include "event/event.h"
#include "sched/sched.h"
#include "sched/strict.h"
#include "write/emit/numbering.h"
#include "write/emit/tables.h"

/* When and where something last changed. */
struct stamp {
    uint64_t ticks;
    uint32_t lane;
    uint32_t generation; /* counted */
};

typedef VEC(struct stamp) stamps;

/* A thread of the output. */
struct lane {
    int64_t m;
    uint32_t w, i;     /* its handles in W, and (keeper.c) in I */
    uint32_t file;     /* in the encoder */
    uint64_t gen;      /* in which what runs here was last stated */
    struct stamp lost; /* when another took its proc */
    uint64_t ns;       /* at which a reader sees its last event: see output.tick */
};

struct output {
    struct sched *w;        /* owned */
    sink *sink;             /* owned */
    struct v2_writer *file; /* owned */
    struct tables tables;
    struct numbering numbering; /* of what is written; W has the input's numbers */
    VEC(struct lane) lanes;
    struct map lane_of; /* m -> index */

    uint64_t gen;              /* of the output; 0: none yet */
    bool inside;               /* it has begun and not ended */
    uint64_t now;              /* ticks that an event is to have */
    uint64_t step;             /* ticks by which one event is later than another to a reader */
    double tick;               /* ns that a tick takes, 0: a whole number of them */
    uint64_t floor;            /* no event of this generation is before it */
    uint64_t horizon;          /* the latest ticks in it */
    uint64_t gc_horizon;       /* horizon at the first of all GC events, in its generation */
    struct strict strict;      /* what is written by more than W's rules */
    uint32_t forever;          /* interned: the reason that is like an end */
    bool careful;              /* the event is to come after all that is written */
    bool exact;                /* see above */
    uint64_t since;            /* horizon when that ended */
    stamps g_stamps, p_stamps; /* by W's slots */
    struct stamp gc_stamp;
    struct idmap gone;      /* ended goroutines, begun and ended tasks -> index ... */
    VEC(uint64_t) horizons; /* ... of the horizon then */

    gotrace_written counts;
    uint64_t samples;      /* of the events in counts */
    gotrace_status status; /* of the first failure: nothing is written any more */
    gotrace_diag diag;     /* of it */
    gotrace_diag *why;     /* of an event that W refuses, &diag; NULL: nobody asks */
};

/* Ticks of a lane's last event in this generation, 0: none. */
static inline uint64_t output_last(const struct output *o, uint32_t lane)
{
    return v2_write_last(o->file, o->lanes.data[lane].file);
}
#endif
