/* generation.h: one generation of a v2 trace: its batches by thread, its
 * tables, its samples. Pure data: nothing here knows about order.
 *
 * What is broken in it is reported to the builder and left out; what is whole is
 * used. Rules: Go 1.27 internal/trace/generation.go. */
#ifndef GOTRACE_V2_GENERATION_GENERATION_H
#define GOTRACE_V2_GENERATION_GENERATION_H
#include "base/map.h"
#include "event/intern.h"
#include "read/go_sort.h"
#include "read/reader.h"
#include "v2/damage/repeats.h"
#include "v2/damage/resync.h"
#include "v2/file/batch_read.h"
#include "v2/file/id_table.h"
#include "v2/file/references.h"

/* A batch of events; those of a thread form a list in file order. */
struct event_batch {
    struct v2_batch at;
    uint32_t next; /* index, MAP_NONE: the thread's last */
};
struct event_thread {
    int64_t m;
    uint32_t first, last; /* batches */
};
struct sample {
    int64_t m, p, g;
    uint64_t ticks;
    uint64_t off;
    uint32_t stack; /* interned */
};

struct generation {
    uint64_t gen, off, end; /* bytes off to end; the next begins at end */
    uint64_t min_time;      /* smallest batch time, ticks; 0: none yet */
    uint64_t low, high;     /* times of batches of events, if there are some */
    uint64_t event_bytes;   /* of all these, about: some may be made shorter */
    double ns_per_tick;
    uint64_t clock_of; /* generation whose Frequency says that, 0: none is known */
    uint64_t looked;   /* up to here there is none ahead */
    VEC(struct event_batch) batches;
    uint64_t empty;                   /* batches that are not among them */
    VEC(struct event_thread) threads; /* in order of their first batch */
    VEC(struct v2_batch) tables;      /* strings, stacks, samples */
    VEC(gotrace_experiment) experiments;
    VEC(uint64_t) experiment_at; /* offsets of their data */
    VEC(int64_t) order;          /* the threads' ids */
    VEC(struct sample) samples;
    VEC(struct go_sort_entry) by_time; /* the samples, ns on the trace's clock */
    struct v2_sync sync;
    struct idtab *strings, *stacks; /* wire ids -> interned ids */
    struct id_tables ids;           /* most of these */
    struct references *references;  /* borrowed: of a pass, what its events refer to */
    bool reading;                   /* interrupted before its end; the next read goes on */
    bool hits;                      /* some of its batches of events are hit ... */
    bool table_hit;                 /* ... or of its tables */
    bool partial;                   /* parts of it are lost: unknown ids are no further damage */
    bool closed;                    /* nothing can be read behind it */
    uint8_t last_kind;              /* enum v2_kind of the batch read last ... */
    uint64_t last;                  /* ... and its offset; off: none */
    uint64_t sync_at;               /* offset of a sync batch, 0: none ... */
    uint64_t sync_time;             /* ... and its time, ticks */
    bool doubtful;                  /* what it says may be wrong: the batch is damaged */
    struct v2_habits habits;        /* of the batches of the trace so far */
    struct repeats repeats;
    /* Scratch, kept for its memory. */
    struct map thread_of; /* m -> index */
    struct map frame_of;  /* pc -> index */
    VEC(gotrace_frame) frames;
    VEC(struct v2_frame) wire_frames; /* the same, with the wire's ids */
    uint64_t unnamed;                 /* strings that they name and that are not there */
};

/* Bytes of it that so many bytes of its events stand for: its tables with them. */
static inline uint64_t generation_share(const struct generation *g, uint64_t done)
{
    double part = g->event_bytes > done ? (double)done / (double)g->event_bytes : 1;
    return (uint64_t)(part * (double)(g->end - g->off));
}

/* Memory for an empty one; false: none. Freed by generation_free either way. */
bool generation_init(struct generation *g);
void generation_free(struct generation *g);
/* Makes g, whatever it was, the one to read what comes behind `before`. False: no memory. */
bool generation_follow(struct generation *g, const struct generation *before);

/* Reads where the batches of the generation at `off` of builder->src lie.
 * GOTRACE_OK: there is something to deliver, all its bytes are addressable, and
 * g->end is behind it; GOTRACE_END: nothing more; else as reader_methods.next. */
gotrace_status generation_read_batches(struct generation *g, uint32_t version, uint64_t off,
                                       struct builder *builder, gotrace_diag *diag);
/* Then reads its tables, and fills builder->gen but for its times. GOTRACE_OK, or
 * GOTRACE_NO_MEMORY. */
gotrace_status generation_read_tables(struct generation *g, struct builder *builder,
                                      gotrace_diag *diag);

/* Mends the time of a batch of g that cannot be, where one bit of it is wrong; and gives those
 * that say they are of a thread which does something else at that time a thread of their own.
 * Reports each. False: no memory. */
bool generation_mend(struct generation *g, struct builder *builder);
/* Finds out how long a tick of g is, by its own Frequency or, where that is lost, by that of
 * one before or behind it; where none is known, ticks are shown as they are. */
void generation_set_clock(struct generation *g, uint32_t version, struct builder *builder);

#ifndef NDEBUG
/* Each batch is in the list of one thread, which ends with its last; what is said of threads,
 * experiments, samples and frames in several places is said in all. Takes as long as there are
 * batches: for a generation that has been read. */
bool generation_is_sound(const struct generation *g);
#endif

/* Whether it has a table of this kind (enum v2_kind). */
bool generation_has(const struct generation *g, uint8_t kind);

/* Tells builder->gen where the bytes of experimental batches are, now that `base`
 * is the memory of g's. */
void generation_locate(struct generation *g, const uint8_t *base, struct builder *builder);

/* Between generation.c and tables.c. */

/* Reads the tables, whose batches have been found: strings and stacks are interned. GOTRACE_OK,
 * or GOTRACE_NO_MEMORY. */
gotrace_status generation_tables_read(struct generation *g, struct builder *builder,
                                      gotrace_diag *diag);
/* Reports, as *d says it, that a batch breaks where c stands: what is left of it is lost. */
void generation_lose_rest(struct generation *g, struct builder *builder, const struct v2_batch *b,
                          const struct v2_cursor *c, gotrace_diag *d);

/* Ticks as ns, rounded as Go rounds (internal/trace/base.go). */
static inline int64_t generation_ns(const struct generation *g, uint64_t ticks)
{
    double ns = (double)ticks * g->ns_per_tick;
    /* What a conversion of the machine Go's reader runs on makes of the rest. */
    return ns < 9223372036854775808.0 ? (int64_t)ns : INT64_MIN;
}

/* to - from; hostile times wrap instead of overflowing. */
static inline int64_t ns_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/* a + b, likewise. */
static inline int64_t ns_sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
#endif
