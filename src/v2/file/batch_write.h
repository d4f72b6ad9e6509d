/* batch_write.h: the framing of the latest trace version, going out: generations
 * of batches, each thread's events in its own.
 *
 * It knows limits, not meaning: the caller sees to it that events are legal and
 * that ids are defined. A batch is written when it is full (V2_MAX_BATCH), all
 * others at the end of their generation; which thread's first batch comes first
 * decides between equal times in Go's reader, so that order can be given. After
 * any failure a writer is good for v2_writer_free alone. */
#ifndef GOTRACE_V2_FILE_BATCH_WRITE_H
#define GOTRACE_V2_FILE_BATCH_WRITE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/out/sink.h"
#include "v2/file/batch_read.h"

struct v2_writer;

/* What a generation begins with. */
struct v2_generation {
    uint64_t gen;         /* number, not 0 */
    uint64_t ticks;       /* of its sync batch: its begin */
    struct v2_sync sync;  /* has_freq and has_clock are taken for granted;
                             clock_time >= ticks */
    const int64_t *order; /* threads in the order of their first batches;
                             copied; others follow as they come */
    size_t order_len;
};

/* Writes the header. Borrows out. NULL with diag set: no memory, or the header
 * could not be written. */
struct v2_writer *v2_writer_new(sink *out, gotrace_diag *diag);
void v2_writer_free(struct v2_writer *w); /* NULL is fine */
struct v2_open_batches;
/* Its batches at work, for event_write.h; as long as it lives. */
struct v2_open_batches *v2_open_batches(struct v2_writer *w);

gotrace_status v2_write_begin(struct v2_writer *w, const struct v2_generation *g,
                              gotrace_diag *diag);

/* Number of thread m for v2_write_event, from 0, dense, stable for the whole
 * trace. False: no memory. */
bool v2_write_thread(struct v2_writer *w, int64_t m, uint32_t *thread);
/* The last event's ticks in this generation; 0: none. */
uint64_t v2_write_last(const struct v2_writer *w, uint32_t thread);
/* Appends an event: `ticks` not 0 and not before v2_write_last; as many
 * arguments as the event table says. */
gotrace_status v2_write_event(struct v2_writer *w, uint32_t thread, uint8_t type, uint64_t ticks,
                              const uint64_t *arg, unsigned nargs, gotrace_diag *diag);
/* Records of the tables, into batches of their own. A string of at most
 * V2_MAX_STRING bytes, a stack of at most V2_MAX_FRAMES frames, ids not 0. */
gotrace_status v2_write_string(struct v2_writer *w, uint64_t id, const void *data, size_t len,
                               gotrace_diag *diag);
gotrace_status v2_write_stack(struct v2_writer *w, const struct v2_stack *s, gotrace_diag *diag);
gotrace_status v2_write_sample(struct v2_writer *w, const struct v2_sample *s, gotrace_diag *diag);
/* An experimental batch, as it is; size at most V2_MAX_BATCH. */
gotrace_status v2_write_experiment(struct v2_writer *w, uint8_t experiment, uint64_t m,
                                   uint64_t ticks, const void *data, size_t size,
                                   gotrace_diag *diag);
/* A batch of events or CPU samples, as it is; not for threads that
 * v2_write_event writes to in the same generation. */
gotrace_status v2_write_batch(struct v2_writer *w, uint64_t m, uint64_t ticks, const void *data,
                              size_t size, gotrace_diag *diag);
/* Writes what is still in memory, threads in order, then stacks, strings and
 * samples, and ends the generation. may_be_none: if it has nothing it is left out, and
 * GOTRACE_END says so. */
gotrace_status v2_write_end(struct v2_writer *w, bool may_be_none, gotrace_diag *diag);
/* Bytes handed to the sink and still in memory, of the whole trace. */
uint64_t v2_write_size(const struct v2_writer *w);
#endif
