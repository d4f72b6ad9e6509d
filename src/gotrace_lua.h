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
    GOTRACE_PATH_SUMS = 128,    /* the caller's: spans are summed as they are made */
    GOTRACE_PATH_KEEPER = 256,  /* written one by one: where both models agree, short ways */
    GOTRACE_PATH_LINES = 512,   /* the caller's: the engine makes lines of events */
    GOTRACE_PATH_GENERATIONS = 1024, /* full order, few types: generations side by side */
    GOTRACE_PATH_TALLY = 2048,       /* the caller's: changes of states are counted in place */
    GOTRACE_PATH_JUDGE = 4096        /* the caller's: gotrace_judge */
};

/* The GOTRACE_PATH_... that may be taken: all, or those that GOTRACE_PATHS in the
 * environment names (docs/development.md), which an open trace has heeded. */
uint32_t gotrace_paths(void);
/* Whether an open trace of v2 orders generations side by side when these types are wanted in that
 * order, if they are long and nothing is written. */
bool gotrace_side_by_side(const uint8_t wanted[256], gotrace_order order);
/* What it calls path 1 << i; NULL: there are no more. Static. */
const char *gotrace_path_name(uint32_t i);

/* Whether the trace that was opened last has string id in its tables, as far as it
 * has been read: others are of traces before it, or made by scripts. */
bool gotrace_has_string(const gotrace_names *names, uint32_t id);
/* How many stacks there are, the empty one of id 0 among them. */
uint32_t gotrace_stack_count(const gotrace_names *names);
/* As gotrace_open over bytes in memory, borrowed until gotrace_close; step > 0 hands
 * them out at most step bytes a read, as a slow pipe does. For tests. */
gotrace_status gotrace_open_memory(gotrace **out, const void *data, size_t len, size_t step,
                                   gotrace_names *names, gotrace_diag *diag);

/* How far a trace has been read, in bytes of its file as they lie there, packed ones too. */
typedef struct gotrace_progress {
    uint64_t size; /* of the file, 0: not known (a pipe) */
    uint64_t read; /* so many have been read */
    uint64_t done; /* ... and their events delivered; where it is packed that is about */
} gotrace_progress;

/* For who shows that: gotrace_next returns now and then, however few events are wanted, with a
 * batch of none; and info->consumed goes on inside of generations. To be called before the first
 * gotrace_next. */
void gotrace_report_progress(gotrace *t);
/* As of the last gotrace_next. */
void gotrace_progress_of(const gotrace *t, gotrace_progress *out);

/* All times of a trace are later by that than they are: to be called before the first
 * gotrace_next. Go 1.22 and later. */
void gotrace_begin_at(gotrace *t, int64_t time);

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
/* Puts the file in its place. Takes o, also on failure. *size: bytes in it; what is no file: 0. */
gotrace_status gotrace_output_commit(gotrace_output *o, uint64_t *size, gotrace_diag *diag);
/* Takes o and leaves no trace of it, as far as that can be; NULL is fine. */
void gotrace_output_abandon(gotrace_output *o);

/* The last of what is read, on disk: bytes that are added at its end and dropped at its begin,
 * in a file without a name, which is gone whatever ends the process. */
typedef struct gotrace_kept gotrace_kept;
enum { GOTRACE_KEPT_HEAD = 16 };

/* In the folder of path. On anything but GOTRACE_OK *out is NULL. */
gotrace_status gotrace_kept_open(gotrace_kept **out, const char *path, gotrace_diag *diag);
gotrace_status gotrace_kept_add(gotrace_kept *k, const void *data, size_t n, gotrace_diag *diag);
/* The first n of the bytes that are kept; there are so many. */
gotrace_status gotrace_kept_drop(gotrace_kept *k, uint64_t n, gotrace_diag *diag);
/* All that are kept, behind GOTRACE_KEPT_HEAD further ones, those at head. Borrowed until the
 * next call. */
gotrace_status gotrace_kept_bytes(gotrace_kept *k, const void *head, const uint8_t **data,
                                  size_t *len, gotrace_diag *diag);
void gotrace_kept_free(gotrace_kept *k); /* NULL is fine */
/* From now on a file that changes while it is read ends the trace: gotrace_next looks at it for
 * each generation, and at the end. A writer does so. */
void gotrace_guard(gotrace *t);
/* Bytes of the generation of the last batch as they stand in the trace, from gen->off up to
 * gen->end: *len of them. Borrowed until the batch is. */
const void *gotrace_generation_bytes(gotrace *t, uint64_t off, uint64_t end, size_t *len);
/* As gotrace_spans_flush, of what is open at that time, behind the last step, and has lasted for
 * `least` ns (up to 2^62); but it goes on. */
int32_t gotrace_spans_open(gotrace_spans *s, int64_t time, int64_t least);

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
enum {
    GOTRACE_STACK_OWN,
    GOTRACE_STACK_WAKER,
    GOTRACE_STACK_EVENT /* of the event that began a state: the waker's or its own */
};
typedef struct gotrace_sample_rule {
    uint32_t states; /* 1 << GOTRACE_STATE_... of those that are added; of other kinds all */
    uint32_t labels; /* GOTRACE_LABEL_... */
    uint8_t skips_open;
    uint8_t stack;  /* GOTRACE_STACK_... */
    uint8_t counts; /* the sums are 1 and ns, else ns alone */
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

/* What `go tool trace -pprof` counts, of states of goroutines in their order: how many, and ns,
 * by the stack of the event that they begin with. */
enum { GOTRACE_GO_NET, GOTRACE_GO_SYNC, GOTRACE_GO_SYSCALL, GOTRACE_GO_SCHED };
typedef struct gotrace_go_waits gotrace_go_waits;

/* Those of a kind go to `to`, without labels; to and names are borrowed. NULL: no memory. */
gotrace_go_waits *gotrace_go_waits_new(gotrace_samples *to, const gotrace_names *names,
                                       uint32_t kind);
void gotrace_go_waits_free(gotrace_go_waits *w); /* NULL is fine */
/* Spans of other kinds than states count for nothing. False: no memory. */
bool gotrace_go_waits_add(gotrace_go_waits *w, const gotrace_span *span);
/* All is added; of another trace the goroutines are others. False: no memory. */
bool gotrace_go_waits_end_trace(gotrace_go_waits *w);

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
gotrace_status gotrace_pprof_write(gotrace_pprof *w, const gotrace_samples *samples,
                                   const gotrace_profile *about, gotrace_diag *diag);
/* The id of string i, from 0; false: there are no more. */
bool gotrace_pprof_text_at(const gotrace_pprof *w, uint32_t i, uint32_t *id);
gotrace_status gotrace_pprof_text(gotrace_pprof *w, const void *data, size_t n, gotrace_diag *diag);
gotrace_status gotrace_pprof_end(gotrace_pprof *w, gotrace_diag *diag);
void gotrace_pprof_free(gotrace_pprof *w); /* NULL is fine */

/* What a trace is written without, that tells where and when it was made; to be called before
 * the first gotrace_write of a trace that is not passed. */
enum {
    GOTRACE_WITHOUT_WALL = 1, /* the wall clock: it begins when the epoch did */
    GOTRACE_WITHOUT_BOOT = 2, /* the time since boot: the trace begins in its first second */
    GOTRACE_WITHOUT_IDS = 4   /* numbers of goroutines, threads and tasks are given anew */
};
void gotrace_writer_leave_out(gotrace_writer *w, uint32_t what);
/* Before the first gotrace_write: nothing goes to who reads at the other end until
 * gotrace_writer_commit. */
gotrace_status gotrace_writer_hold(gotrace_writer *w, gotrace_diag *diag);
/* Behind gotrace_writer_end, of one that is held or is a file: all that was written; borrowed
 * until w is gone. GOTRACE_SYSTEM: it cannot be read back. */
gotrace_status gotrace_writer_bytes(gotrace_writer *w, const uint8_t **data, size_t *len,
                                    gotrace_diag *diag);

/* Many strings looked for in many bytes at once. */
typedef struct gotrace_search gotrace_search;
enum { GOTRACE_SEARCH_LEAST = 6, GOTRACE_SEARCH_MOST = 1024 }; /* bytes of a string */

gotrace_search *gotrace_search_new(void); /* NULL: no memory */
void gotrace_search_free(gotrace_search *s);
/* Looks for a string of at least GOTRACE_SEARCH_LEAST bytes, borrowed until
 * gotrace_search_free; of a longer one for its first GOTRACE_SEARCH_MOST bytes, as no table of
 * a trace has more. False: no memory. */
bool gotrace_search_add(gotrace_search *s, const char *text, size_t len, uint32_t id);
/* The first string that stands in data at *at or behind, which becomes its place, of those at
 * *at only longer ones than `after` bytes; of several the shortest. UINT32_MAX: none does. */
uint32_t gotrace_search_next(gotrace_search *s, const void *data, size_t len, size_t *at,
                             uint32_t after);
/* The id that it was added with, and its bytes. */
uint32_t gotrace_search_id(const gotrace_search *s, uint32_t entry, uint32_t *len);

/* A database of SQLite as it is written, in one transaction. Any status but GOTRACE_OK and
 * GOTRACE_NAMES is final. */
typedef struct gotrace_sqlite gotrace_sqlite;

/* Loads SQLite, and begins with what is in `schema`, SQL. Where `to` is a file that is not packed
 * its bytes go there at once, in no order; else they are in memory until the end. names is
 * borrowed. GOTRACE_UNSUPPORTED: there is no SQLite, diag says which package has it. On anything
 * but GOTRACE_OK *out is NULL. */
gotrace_status gotrace_sqlite_open(gotrace_sqlite **out, const gotrace_output *to,
                                   const gotrace_names *names, const char *schema,
                                   gotrace_diag *diag);
/* Runs statements of SQL that have no result. */
gotrace_status gotrace_sqlite_run(gotrace_sqlite *db, const char *sql, gotrace_diag *diag);
/* A statement with parameters, and its number, from 0 on in their order: parameters are set,
 * from 1 on, then it runs, and all are NULL again. Texts are UTF-8 and copied. */
gotrace_status gotrace_sqlite_prepare(gotrace_sqlite *db, const char *sql, uint32_t *number,
                                      gotrace_diag *diag);
void gotrace_sqlite_set_number(gotrace_sqlite *db, uint32_t number, int parameter, int64_t value);
void gotrace_sqlite_set_text(gotrace_sqlite *db, uint32_t number, int parameter, const char *text,
                             size_t len);
gotrace_status gotrace_sqlite_step(gotrace_sqlite *db, uint32_t number, gotrace_diag *diag);
/* Spans are of this file from now on. */
void gotrace_sqlite_set_file(gotrace_sqlite *db, int64_t file);
/* The row of a span; e: the event that ended it, NULL: none did. GOTRACE_NAMES: *unknown, a
 * string, is no plain text (gotrace_is_plain): gotrace_sqlite_name says what is shown for it, and
 * this is to be called again. */
gotrace_status gotrace_sqlite_span(gotrace_sqlite *db, const gotrace_span *s,
                                   const gotrace_event *e, uint32_t *unknown, gotrace_diag *diag);
/* Likewise the row of an event: of metrics, logs and labels of goroutines; others have none. */
gotrace_status gotrace_sqlite_event(gotrace_sqlite *db, const gotrace_event *e, uint32_t *unknown,
                                    gotrace_diag *diag);
/* Likewise that of a goroutine. */
gotrace_status gotrace_sqlite_goroutine(gotrace_sqlite *db, const gotrace_goroutine *g,
                                        uint32_t *unknown, gotrace_diag *diag);
/* False: no memory. */
bool gotrace_sqlite_name(gotrace_sqlite *db, uint32_t id, const char *text, size_t len);
/* Notes that a row refers to a stack, as gotrace_sqlite_span does. False: no memory. */
bool gotrace_sqlite_use_stack(gotrace_sqlite *db, uint32_t id);
/* The first stack from *id on that is referred to; false: there is none. */
bool gotrace_sqlite_next_stack(const gotrace_sqlite *db, uint32_t *id);
/* Rows of spans, events and goroutines wait until then. */
gotrace_status gotrace_sqlite_flush(gotrace_sqlite *db, gotrace_diag *diag);
/* Ends the transaction; what is in memory goes to the output. */
gotrace_status gotrace_sqlite_end(gotrace_sqlite *db, gotrace_output *to, gotrace_diag *diag);
void gotrace_sqlite_free(gotrace_sqlite *db); /* NULL is fine */

/* Events for the trace viewer of Chrome as they are written, a line each: what is put there
 * waits until it is taken. Functions that put something return how many bytes wait, or
 * GOTRACE_CHROME_FAILED: no memory. Texts are as they stand in JSON. */
typedef struct gotrace_chrome gotrace_chrome;
enum {
    GOTRACE_CHROME_FAILED = 0x7fffffff,
    GOTRACE_CHROME_VALUES = 3, /* of a counter, at most */
    GOTRACE_CHROME_NO_ROW = -2
};
typedef struct gotrace_chrome_event {
    int64_t time, dur;         /* ns; dur 0: none */
    int64_t pid, tid, id;      /* tid -1: that of no P, -2: none at all; id 0: none */
    uint32_t stack, end_stack; /* numbers in the file's tree of frames, 0: none */
    char phase;                /* X, I, s, t ... */
    char pad[7];
} gotrace_chrome_event;
/* Numbers that change together: the texts before the time, and before each of them. */
typedef struct gotrace_chrome_counter {
    const char *text[1 + GOTRACE_CHROME_VALUES]; /* borrowed */
    uint32_t text_len[1 + GOTRACE_CHROME_VALUES];
    int64_t value[GOTRACE_CHROME_VALUES];
    uint32_t values; /* how many there are */
    uint32_t pad;
} gotrace_chrome_counter;

gotrace_chrome *gotrace_chrome_new(void);    /* NULL: no memory */
void gotrace_chrome_free(gotrace_chrome *w); /* NULL is fine */
/* What waits, n bytes, borrowed until the next call. */
const void *gotrace_chrome_take(gotrace_chrome *w, size_t *n);
/* An event whose fields are a text; one with a name, and a text behind its other fields; and
 * one of a counter. */
uint32_t gotrace_chrome_text(gotrace_chrome *w, const char *fields, size_t n);
uint32_t gotrace_chrome_put(gotrace_chrome *w, const gotrace_chrome_event *e, const char *name,
                            size_t name_len, const char *rest, size_t rest_len);
uint32_t gotrace_chrome_count(gotrace_chrome *w, const gotrace_chrome_counter *c, int64_t time);

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
    uint32_t process;       /* it stands for a process of that number; 0: it does not */
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

/* to is borrowed. flows: what numbers of arrows are later by than those of the events that they
 * begin at, as traces in one file have events of equal numbers. NULL: no memory. */
gotrace_perfetto_states *gotrace_perfetto_states_new(gotrace_perfetto *to, uint64_t flows);
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

/* Verdicts by an event's context alone. */
enum { GOTRACE_FIELD_G, GOTRACE_FIELD_P, GOTRACE_FIELD_M };
enum {
    GOTRACE_EQUALS,
    GOTRACE_DIFFERS,
    GOTRACE_LESS,
    GOTRACE_AT_MOST,
    GOTRACE_MORE,
    GOTRACE_AT_LEAST
};
enum { GOTRACE_MOST_COMPARISONS = 8 };
typedef struct gotrace_comparison {
    uint32_t field, sign;
    double number;
} gotrace_comparison;
typedef struct gotrace_comparisons {
    gotrace_comparison list[GOTRACE_MOST_COMPARISONS];
    uint32_t len; /* 0, without any: each event holds */
    bool any;     /* one of them has to hold, else all */
} gotrace_comparisons;

/* Sets the verdict GOTRACE_DROP for events from number i on for which they do not hold, up to
 * number `end` or a mark before it; returns where that is. A field that is none is nil, as
 * in an expression of Lua. */
uint32_t gotrace_judge(gotrace_event *events, uint32_t i, uint32_t end,
                       const gotrace_comparisons *c);

/* Events as lines of text, each made of steps that the caller has said for its type once. */
typedef struct gotrace_lines gotrace_lines;
/* What comes behind a step's text. */
enum {
    GOTRACE_LINES_LITERAL, /* nothing */
    GOTRACE_LINES_SECONDS, /* the time, in seconds with nine digits behind the point */
    GOTRACE_LINES_TIME,    /* the same in ns */
    GOTRACE_LINES_M,
    GOTRACE_LINES_P,
    GOTRACE_LINES_G,
    GOTRACE_LINES_N,
    GOTRACE_LINES_OFF,
    GOTRACE_LINES_GEN,
    GOTRACE_LINES_KNOWN,  /* whether a status is known: the text of flag 0 or 1 */
    GOTRACE_LINES_NUMBER, /* an argument, as all that follow */
    GOTRACE_LINES_ID,
    GOTRACE_LINES_STRING_ARG, /* its text, of kind column - GOTRACE_LINES_STRING_ARG */
    GOTRACE_LINES_STACK_ARG,
    GOTRACE_LINES_GSTATUS_ARG,
    GOTRACE_LINES_PSTATUS_ARG
};
/* What texts are of. */
enum {
    GOTRACE_LINES_STRING,
    GOTRACE_LINES_STACK,
    GOTRACE_LINES_GSTATUS,
    GOTRACE_LINES_PSTATUS,
    GOTRACE_LINES_FLAG,
    GOTRACE_LINES_KINDS
};
/* Strings that are put there without asking. */
enum {
    GOTRACE_LINES_ASKED,  /* none */
    GOTRACE_LINES_BARE,   /* plain ones (gotrace_is_plain) */
    GOTRACE_LINES_QUOTED, /* gotrace_is_unquoted, in double quotes */
    GOTRACE_LINES_CELLS   /* such, without a comma */
};
enum { GOTRACE_LINES_NONE = 8 };
typedef struct gotrace_lines_form {
    uint64_t most;                 /* a larger number makes an event odd */
    char none[GOTRACE_LINES_NONE]; /* what an id of none is */
    uint8_t none_len;
    uint8_t strings;
    uint8_t fills_empty; /* an empty line is two double quotes */
    uint8_t pad[5];
} gotrace_lines_form;
/* What is done with events of a type; all else makes them odd. */
enum { GOTRACE_LINES_PRINTED = 1, GOTRACE_LINES_SKIPPED = 2 };
typedef struct gotrace_lines_batch {
    const gotrace_event *events; /* borrowed, as all here */
    const gotrace_generation *gen;
    const uint8_t *modes; /* by type; NULL: all are printed */
    uint32_t len, done;   /* events, and how many of them need nothing any more */
    uint32_t printed;     /* whether there were lines */
    uint32_t pad;
} gotrace_lines_batch;
/* What events[done] needs, if not all are done; then nothing was put there of it. */
typedef enum gotrace_lines_status {
    GOTRACE_LINES_DONE,
    GOTRACE_LINES_NEEDS_TYPE, /* gotrace_lines_begin and its steps */
    GOTRACE_LINES_NEEDS_TEXT, /* gotrace_lines_text for the id that gotrace_lines_wanted has */
    GOTRACE_LINES_ODD,        /* the caller has to make its line */
    GOTRACE_LINES_FAILED,     /* it could not be written: errno says why */
    GOTRACE_LINES_NO_MEMORY
} gotrace_lines_status;

/* names is borrowed. NULL: no memory. */
gotrace_lines *gotrace_lines_new(const gotrace_names *names, const gotrace_lines_form *form);
void gotrace_lines_free(gotrace_lines *w); /* NULL is fine */
/* Begins the steps of a type, which have to follow before those of another one. */
void gotrace_lines_begin(gotrace_lines *w, uint8_t type);
/* False: no memory. arg: which argument, where the column is one. */
bool gotrace_lines_step(gotrace_lines *w, uint8_t type, const char *before, size_t len,
                        uint32_t column, uint32_t arg);
/* The text of an id, copied; false: no memory. */
bool gotrace_lines_text(gotrace_lines *w, uint32_t of, uint32_t id, const char *text, size_t len);
/* Whose text GOTRACE_LINES_NEEDS_TEXT was about: what it is of; *id. */
uint32_t gotrace_lines_wanted(const gotrace_lines *w, uint32_t *id);
/* Writes the lines of events from events[done] on to file, a FILE of stdio, in their order. */
gotrace_lines_status gotrace_lines_put(gotrace_lines *w, gotrace_lines_batch *b, void *file);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
