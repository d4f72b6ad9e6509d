/* experiments.h: the experimental batches of a generation that is written.
 *
 * They are opaque to Go's reader, and are handed on as they are; but they name
 * types of objects, and what only dropped events referred to is not in the
 * output. So once a script drops events of the experiment, only the types of
 * those that are left stay (Go 1.27 runtime/tracetype.go, traceallocfree.go). */
#ifndef GOTRACE_WRITE_EMIT_EXPERIMENTS_H
#define GOTRACE_WRITE_EMIT_EXPERIMENTS_H
#include "base/map.h"
#include "base/vec.h"
#include "gotrace.h"
#include "v2/file/batch_write.h"
#include "write/emit/dictionary.h"
#include "write/emit/numbering.h"

struct experiment_batch {
    struct buf data;
    uint64_t m, ticks;
};
struct experiment {
    VEC(struct experiment_batch) batches; /* owned, with their data */
    struct map types;                     /* ids that written objects have */
    uint64_t from;                        /* ticks: no batch is earlier, see experiment_write */
    bool left;                            /* an event of this generation was written */
    bool dropped;                         /* one of any was not */
};

void experiment_free(struct experiment *x);
/* Forgets the generation before and copies gen's batches. False: no memory. */
bool experiment_begin(struct experiment *x, const gotrace_generation *gen);
/* What becomes of an event, of any type. */
bool experiment_note(struct experiment *x, const gotrace_event *ev);
/* The names of types are going to be asked for. False: no memory. */
bool experiment_meet(const struct experiment *x, gotrace_names *names, struct dictionary *d);
/* Types are called what the dictionary says; if it has strings, what is neither types nor the
 * numbers that Go writes beside them is left out. Where a trace is cut its time begins there, and
 * what is alive is known from then on: x->from. */
gotrace_status experiment_write(struct experiment *x, struct v2_writer *file, gotrace_names *names,
                                const struct dictionary *d, struct numbering *numbering,
                                gotrace_diag *diag);
#endif
