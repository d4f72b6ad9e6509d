/* reader.h: what a reader of either family (v1, v2) works with: the source it
 * takes bytes from, the names it interns into, and the batch it fills.
 *
 * A reader is driven by trace.c through struct reader: `next` appends events
 * with batch_append until the batch is full or its generation ends. */
#ifndef GOTRACE_READ_READER_H
#define GOTRACE_READ_READER_H
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/vec.h"
#include "gotrace.h"
#include "io/source.h"
#include "read/plan.h"

/* Events that are gone through at a time, wanted or not, before a call of `next` returns. */
enum { READER_SLICE = 1 << 16 };
/* Bytes that are read at a time, as they come, where builder->reports. */
enum { READER_READ = 1 << 20 };
/* Places of a batch behind what fills it: for the events that one brings about, and for
 * marks that must not be missed. */
enum { BATCH_SPARE = 4, BATCH_MARKS = 2, BATCH_FULL = GOTRACE_BATCH - BATCH_SPARE - BATCH_MARKS };
enum { BATCH_DAMAGES = 1000 };

struct damage {
    gotrace_diag diag;
    uint64_t lost;
};

struct builder {
    source *src;             /* borrowed */
    uint64_t from, start;    /* offsets: where the trace's share of the input begins, and what is
                                behind its header */
    bool unsaid;             /* what is between them has not been told of */
    bool taken_back;         /* it was told of what was done to the file on its way */
    gotrace_names *names;    /* borrowed */
    struct symbols *symbols; /* owned; the program that was traced, NULL: not known */
    gotrace_diag misfit;     /* what is wrong with it; status GOTRACE_OK: nothing */
    struct plan plan;        /* what may be done to read faster */
    gotrace_info info;
    gotrace_generation gen; /* of the events being delivered */
    uint8_t wanted[256];
    /* Types that full order of v2 passes over as if the trace did not have them
     * (see full_order.h), for what Go's reader will make of it without: only such as
     * change nothing in the model. None by default. */
    uint8_t skipped[256];
    /* The caller is a pass (trace.h): no event is wanted, and a generation and its
     * bytes stay until the next but one is opened. */
    bool for_passthrough;
    bool reports; /* the caller shows how far it is: it wants to be back now and then */
    bool paused;  /* `next` said GOTRACE_INTERRUPTED for that, and goes on when called again */
    atomic_uint_least64_t beside; /* bytes of generations ahead that are being ordered elsewhere */
    uint64_t indexed;  /* bytes of the trace that a reader has looked at before it delivers */
    uint64_t pause_at; /* bytes that the source has taken by then */
    gotrace_order order;
    int64_t begin; /* time of its first event's generation, 0 but for gotrace_begin_at; v2 only */
    gotrace_event *events; /* owned; GOTRACE_BATCH of them */
    uint32_t len;
    atomic_uint full;       /* events that fill it: BATCH_FULL, or 0 to stop */
    struct damage *damages; /* owned; room for BATCH_DAMAGES, NULL: none yet */
    bool lossy;             /* one of them may have taken events with it */
};

struct reader {
    const struct reader_methods *ops;
    void *self; /* owned; freed by ops->close */
};
struct reader_methods {
    /* Appends to builder->events until batch_is_full or the generation ends.
     * GOTRACE_OK: call again (builder->len may be 0); GOTRACE_END: that was all;
     * GOTRACE_INTERRUPTED, _SYSTEM, _NO_MEMORY as in gotrace_next. Events that
     * were appended before any of these are delivered. Damage goes to
     * batch_damage. */
    gotrace_status (*next)(void *self, struct builder *builder, gotrace_diag *diag);
    /* Bytes that the next call goes through at most if it may be made on
     * another thread (read_ahead.h): it does nothing but order what is in memory,
     * leaves the source alone, its interrupts too, and builder->gen with all that
     * is borrowed from it. It may intern, but that is dear. Else 0. */
    uint64_t (*ahead)(const void *self, const struct builder *builder);
    void (*close)(void *self);
    /* The generation of the last event delivered, borrowed until `next` takes up
     * another, and its bytes. NULL: the reader has none. */
    const struct generation *(*generation)(void *self, const uint8_t **base);
    /* In a pass, while `next` runs on another thread: reads the generation that is
     * next, if that has not been done. Of the builder it uses what never changes. */
    void (*early)(void *self, const struct builder *builder);
};

/* Room for so many batches, GOTRACE_BATCH events each; NULL: no memory. */
gotrace_event *batch_events(size_t batches);

static inline bool batch_is_full(const struct builder *f)
{
    return f->len >= atomic_load_explicit(&f->full, memory_order_relaxed);
}

/* Makes the reader return soon, from another thread too: for good. */
static inline void batch_stop(struct builder *f)
{
    atomic_store(&f->full, 0);
}
static inline bool batch_is_stopped(const struct builder *f)
{
    return atomic_load(&f->full) == 0;
}

/* Counts an event and, if its type is wanted, adds it. The caller fills what
 * is not filled here; NULL: nobody wants that. There is always room for
 * BATCH_SPARE events beyond batch_is_full. */
static inline gotrace_event *batch_append(struct builder *f, uint8_t type, int64_t time,
                                          uint64_t off)
{
    uint8_t wanted = f->wanted[type];
    f->info.events++;
    f->info.last_time = time;
    if (!wanted)
        return NULL;
    gotrace_event *e = &f->events[f->len++];
    e->n = f->info.events;
    e->type = type;
    e->verdict = GOTRACE_KEEP;
    e->flags = wanted & GOTRACE_COUNT_ONLY;
    e->time = time;
    e->off = off;
    return wanted == GOTRACE_COUNT_ONLY ? NULL : e;
}

/* Whether a reader that waits for bytes is to say GOTRACE_INTERRUPTED, between two of them. */
static inline bool builder_pauses(struct builder *f)
{
    uint64_t taken = f->reports ? source_taken(f->src) : 0;
    if (!f->reports || taken < f->pause_at)
        return false;
    f->pause_at = taken + READER_READ;
    return f->paused = true;
}

/* Appends a mark (GOTRACE_EV_...) if it is wanted. There is room for those of a
 * generation, however many damages its tables have. */
void batch_mark(struct builder *f, uint8_t type, uint64_t arg, uint64_t off);
/* Records damage, adds `lost` bytes to info.lost and appends its mark. What is
 * recorded stays where it is: others may read it once info has come to them. */
void batch_damage(struct builder *f, const gotrace_diag *diag, uint64_t lost);

/* Ends the trace at offset `at`, where there is the header of another one. */
void builder_end_trace_at(struct builder *f, uint64_t at);
/* Bytes of the trace's share of the input, as far as they are known. */
uint64_t builder_trace_size(const struct builder *f);

/* The two families, for the version and the start that the builder has. False: no
 * memory. */
bool v1_reader(struct reader *out, const struct builder *builder);
bool v2_reader(struct reader *out, const struct builder *builder);
#endif
