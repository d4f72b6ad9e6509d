/* gotrace_lua.h: what the program's own Lua and the specs ask of the engine beyond
 * gotrace.h. Not installed: it may change with any commit. LuaJIT reads it as it reads
 * gotrace.h. */
#ifndef GOTRACE_LUA_H
#define GOTRACE_LUA_H
#include "gotrace.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Fast paths: what a run says and writes does not depend on which it takes. */
enum {
    GOTRACE_PATH_MAP = 1,       /* a file's bytes are mapped, not read into a window */
    GOTRACE_PATH_THREADS = 2,   /* a second thread runs ahead */
    GOTRACE_PATH_IN_PLACE = 4,  /* full order: events of the earliest thread as they lie */
    GOTRACE_PATH_SUMMARIES = 8, /* thread order: batches are stepped over */
    GOTRACE_PATH_COPY = 16,     /* generations are written as they are */
    GOTRACE_PATH_COUNT = 32,    /* GOTRACE_COUNT_ONLY is heeded */
    GOTRACE_PATH_TYPES = 64,    /* the caller's: what asks for types alone is asked once a type */
    GOTRACE_PATH_SUMS = 128     /* the caller's: spans are summed as they are made */
};

/* The GOTRACE_PATH_... that may be taken: all, or those that GOTRACE_PATHS in the
 * environment names (docs/development.md), which an open trace has heeded. */
uint32_t gotrace_paths(void);
/* What it calls path 1 << i; NULL: there are no more. Static. */
const char *gotrace_path_name(uint32_t i);

/* Whether the trace that was opened last has string id in its tables, as far as it
 * has been read: others are of traces before it, or made by scripts. */
bool gotrace_has_string(const gotrace_names *names, uint32_t id);
/* As gotrace_open over bytes in memory, borrowed until gotrace_close; step > 0 hands
 * them out at most step bytes a read, as a slow pipe does. For tests. */
gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag);

/* What a run writes that is no trace: a profile, a table. */
typedef struct gotrace_output gotrace_output;

/* Begins the file at path, which is there whole or not at all, or what cannot be taken
 * back ("-": standard output; a pipe); packed: with gzip. interrupter is borrowed until the
 * output is gone, or NULL: it ends waits for a pipe's reader. On anything but GOTRACE_OK
 * *out is NULL. */
gotrace_status gotrace_output_open(gotrace_output **out, const char *path, bool packed,
                                   gotrace_interrupter *interrupter, gotrace_diag *diag);
gotrace_status gotrace_output_write(gotrace_output *o, const void *data, size_t n,
                                    gotrace_diag *diag);
/* Whether it can be taken back. */
bool gotrace_output_is_file(const gotrace_output *o);
/* Puts the file in its place. Takes o, also on failure. */
gotrace_status gotrace_output_commit(gotrace_output *o, gotrace_diag *diag);
/* Takes o and leaves no trace of it, as far as that can be; NULL is fine. */
void gotrace_output_abandon(gotrace_output *o);

/* One or two sums for each stack and set of labels. Sets have numbers: 0 is the one without
 * any, from GOTRACE_OWN_SETS on they are the caller's, between these those of spans. */
typedef struct gotrace_samples gotrace_samples;
typedef struct gotrace_sample {
    uint32_t stack, labels;
    int64_t value[2];
} gotrace_sample;

gotrace_samples *gotrace_samples_new(void); /* NULL: no memory */
void gotrace_samples_free(gotrace_samples *s);
/* Adds to its sums, which stop at what 64 bits hold; false: no memory. */
bool gotrace_samples_add(gotrace_samples *s, uint32_t stack, uint32_t labels, int64_t first,
                         int64_t second);
/* Which spans are added, how, and what of them tells samples apart. */
enum {
    GOTRACE_LABEL_STATE = 1,
    GOTRACE_LABEL_REASON = 2,
    GOTRACE_LABEL_FUNC = 4,
    GOTRACE_LABEL_TASK = 8, /* its name */
    GOTRACE_LABEL_REGION = 16,
    GOTRACE_LABEL_G = 32
};
typedef struct gotrace_sample_rule {
    uint32_t states; /* 1 << GOTRACE_STATE_... of those that are added; of other kinds all */
    uint32_t labels; /* GOTRACE_LABEL_... */
    uint8_t skips_open, by_waker; /* whose stack */
    uint8_t counts;               /* the sums are 1 and ns, else ns alone */
    uint8_t pad;
} gotrace_sample_rule;
/* The labels of spans, 0 and -1 for those that are not asked for or that it has not. A
 * goroutine without a name has its number in g until the trace has told that. */
typedef struct gotrace_label_set {
    int64_t g;
    uint32_t reason, func, task, region; /* strings */
    uint8_t kind, state;
    uint8_t pad[6];
} gotrace_label_set;
enum { GOTRACE_OWN_SETS = 0x40000000 };

/* made_by knows the names of tasks. False: no memory. */
bool gotrace_samples_add_span(gotrace_samples *s, const gotrace_spans *made_by,
                              const gotrace_span *span, const gotrace_sample_rule *rule);
/* The set of spans with that number; false: there are no more. */
bool gotrace_samples_set_at(const gotrace_samples *s, uint32_t number, gotrace_label_set *out);
/* Another trace begins: its goroutines are others. */
void gotrace_samples_end_trace(gotrace_samples *s);
/* Number i, from 0, in the order in which they came up; false: there is none. */
bool gotrace_samples_at(const gotrace_samples *s, uint32_t i, gotrace_sample *out);

/* A label of samples: strings, and with a unit a number in place of a text. */
typedef struct gotrace_label {
    int64_t number;
    uint32_t key, text, unit, pad;
} gotrace_label;
/* What a profile says of itself: strings, and ns. */
typedef struct gotrace_profile {
    const gotrace_label *labels; /* of all sets, one behind the other, borrowed ... */
    const uint32_t *label_ends;  /* ... by set: the index behind its last */
    int64_t time, duration;      /* since 1970, 0: not known; of what it is about */
    uint32_t types;              /* of its samples: how many of the two sums there are */
    uint32_t type[2], unit[2];
    uint32_t period_type, period_unit, default_type, comment;
    uint32_t pad;
} gotrace_profile;

/* A profile of pprof as it is written, not packed. All ids are of names, which is borrowed, as
 * `to` is. First what is in it, then the texts of all strings that it refers to, in their
 * order: how they are shown is the caller's business. Any status but GOTRACE_OK is final. */
typedef struct gotrace_pprof gotrace_pprof;

gotrace_pprof *gotrace_pprof_new(gotrace_output *to, const gotrace_names *names);
gotrace_status gotrace_pprof_write(gotrace_pprof *p, const gotrace_samples *samples,
                                   const gotrace_profile *about, gotrace_diag *diag);
/* The id of string i, from 0; false: there are no more. */
bool gotrace_pprof_text_at(const gotrace_pprof *p, uint32_t i, uint32_t *id);
gotrace_status gotrace_pprof_text(gotrace_pprof *p, const void *data, size_t n, gotrace_diag *diag);
gotrace_status gotrace_pprof_end(gotrace_pprof *p, gotrace_diag *diag);
void gotrace_pprof_free(gotrace_pprof *p); /* NULL is fine */

/* A trace for Perfetto as it is written: what is put there waits until it is taken. Functions
 * that put something return how many bytes wait, or GOTRACE_PERFETTO_FAILED: no memory. */
typedef struct gotrace_perfetto gotrace_perfetto;
enum { GOTRACE_PERFETTO_FAILED = 0x7fffffff };
/* Fields of what is interned, for gotrace_perfetto_text. */
enum { GOTRACE_PERFETTO_NAME = 2, GOTRACE_PERFETTO_FUNCTION = 5, GOTRACE_PERFETTO_FILE = 18 };
/* A row of the picture: events refer to its number, from 1 on. */
typedef struct gotrace_perfetto_about {
    uint32_t track, parent; /* parent: 0 for none */
    int32_t rank;           /* among its siblings, unless these are by name */
    uint32_t unit;          /* of a counter: 1 ns, 2 a count, 3 bytes */
    bool is_counter;
    bool by_name; /* those in it are in the order of their names, not of their ranks */
    uint8_t pad[2];
} gotrace_perfetto_about;
/* A slice of a track, or an instant at `from`; numbers that were given out before. */
typedef struct gotrace_perfetto_event {
    int64_t from, to; /* ns since the trace began */
    uint64_t flow;    /* an arrow that begins at an instant, ends at a slice; 0: none */
    uint32_t track, name;
    uint32_t stack; /* 0: none */
    uint32_t pad;
} gotrace_perfetto_event;

gotrace_perfetto *gotrace_perfetto_new(void);    /* NULL: no memory */
void gotrace_perfetto_free(gotrace_perfetto *w); /* NULL is fine */
/* What waits, *n bytes: borrowed until the next call. */
const void *gotrace_perfetto_take(gotrace_perfetto *w, size_t *n);
/* Numbers are the caller's, from 1 on and by kind. */
uint32_t gotrace_perfetto_text(gotrace_perfetto *w, uint32_t field, uint32_t number,
                               const void *data, size_t n);
uint32_t gotrace_perfetto_frame(gotrace_perfetto *w, uint32_t number, uint32_t function,
                                uint32_t file, uint32_t line);
/* The stack of the frames that were pushed since the last one, the innermost first. */
void gotrace_perfetto_push(gotrace_perfetto *w, uint32_t frame);
uint32_t gotrace_perfetto_stack(gotrace_perfetto *w, uint32_t number);
/* Whether that one was put there; 0, the empty one, need not be. */
bool gotrace_perfetto_has_stack(const gotrace_perfetto *w, uint32_t number);
uint32_t gotrace_perfetto_track(gotrace_perfetto *w, const gotrace_perfetto_about *t,
                                const void *name, size_t n);
/* wall: ns since 1970 at that time. */
uint32_t gotrace_perfetto_clock(gotrace_perfetto *w, int64_t time, int64_t wall);
uint32_t gotrace_perfetto_slice(gotrace_perfetto *w, const gotrace_perfetto_event *e);
uint32_t gotrace_perfetto_instant(gotrace_perfetto *w, const gotrace_perfetto_event *e);
/* An instant whose name is what ("unblock": at most 8 bytes) is done to goroutine g. */
uint32_t gotrace_perfetto_wake(gotrace_perfetto *w, const gotrace_perfetto_event *e,
                               const char *what, int64_t g);
uint32_t gotrace_perfetto_count(gotrace_perfetto *w, uint32_t track, int64_t time, int64_t value);
uint32_t gotrace_perfetto_waiting(const gotrace_perfetto *w);

/* States of goroutines as slices of a picture. */
typedef struct gotrace_perfetto_states gotrace_perfetto_states;
typedef enum gotrace_perfetto_need {
    GOTRACE_PERFETTO_DONE,
    GOTRACE_PERFETTO_NEEDS_NAME,     /* gotrace_perfetto_state_name of its state and reason */
    GOTRACE_PERFETTO_NEEDS_PROC,     /* gotrace_perfetto_proc */
    GOTRACE_PERFETTO_NEEDS_STACK,    /* gotrace_perfetto_stack */
    GOTRACE_PERFETTO_NEEDS_GOROUTINE /* gotrace_perfetto_goroutine */
} gotrace_perfetto_need;

/* to is borrowed. NULL: no memory. */
gotrace_perfetto_states *gotrace_perfetto_states_new(gotrace_perfetto *to);
void gotrace_perfetto_states_free(gotrace_perfetto_states *w); /* NULL is fine */
/* Puts a span of kind state there, or says what it needs before; then nothing was done. A
 * goroutine is forgotten with its last one. */
gotrace_perfetto_need gotrace_perfetto_state(gotrace_perfetto_states *w, const gotrace_span *s);
/* What it needs; false: no memory. reason: a span's; label: the name of what a P runs; track:
 * 0 for a goroutine or a P that has none. */
bool gotrace_perfetto_state_name(gotrace_perfetto_states *w, uint32_t state, uint32_t reason,
                                 uint32_t name);
bool gotrace_perfetto_proc(gotrace_perfetto_states *w, int64_t p, uint32_t track);
bool gotrace_perfetto_goroutine(gotrace_perfetto_states *w, int64_t g, uint32_t label,
                                uint32_t track);
/* The track of a goroutine that is known, 0: none. */
uint32_t gotrace_perfetto_track_of(const gotrace_perfetto_states *w, int64_t g);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
