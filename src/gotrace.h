/* gotrace.h: the library: reads execution traces of every version of Go, says what
 * their events mean, and writes what is left of them as a trace of the latest.
 *
 * docs/library.md shows how; docs/events.md has the events. LuaJIT reads this file
 * too (ffi.cdef), without the lines that begin with '#' and the parts that
 * GOTRACE_FFI leaves out, so that all else here is declarations.
 *
 * The library neither prints nor exits. Handles are opaque; who frees what is said
 * at each declaration: what is *borrowed* stays the other side's, what a function
 * *takes* is its own from then on.
 *
 * Nothing but what handles hold is changed by calls, so that handles which share
 * nothing may be used by as many threads at once. One handle, or two that share
 * names, is for one thread at a time; gotrace_interrupt alone is for any. Two
 * things are the process's: a handler of SIGBUS, put in place when the first file
 * is mapped, hands on what is not about such a file; and a file that is being
 * written has a name beside its own, which nobody removes for a process that is
 * killed, but whoever writes there next. An open trace may have a thread of its
 * own, which blocks all signals and ends in gotrace_close; none of this shows.
 *
 * The sizes of structs, stated behind them, are part of GOTRACE_ABI, which is the
 * number in the shared library's name. One struct may grow within it:
 * gotrace_options, which says its own size. */
#ifndef GOTRACE_H
#define GOTRACE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of this header; gotrace_version has the library's. */
#define GOTRACE_VERSION "0.1.0"

#ifndef GOTRACE_FFI
#ifdef __cplusplus
#define GOTRACE_SIZE(type, size) static_assert(sizeof(type) == (size), #type)
extern "C" {
#else
#define GOTRACE_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#endif
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

enum {
    GOTRACE_ABI = 14,     /* changes with any declaration below */
    GOTRACE_ARGS = 4,     /* arguments of an event at most */
    GOTRACE_BATCH = 1024, /* events of a batch at most */
    /* Types that no wire format has: marks in the stream of events. time and arg[1]
     * are the last event's before it: its time and its number. */
    GOTRACE_EV_GENERATION = 250, /* a generation begins; off is its offset */
    GOTRACE_EV_DAMAGE = 251,     /* arg[0] is the number of the damage, from 0; arg[2] and
                                    arg[3] are info's lost and damages from here on */
    GOTRACE_EV_END = 252         /* for gotrace_writer_pass and _watch: a generation has ended */
};

typedef enum gotrace_status {
    GOTRACE_OK,
    GOTRACE_END,         /* no more input; not an error */
    GOTRACE_DAMAGED,     /* the input breaks the format */
    GOTRACE_UNSUPPORTED, /* not a trace, or of a version nobody here knows */
    GOTRACE_SYSTEM,      /* the operating system said no; diag.sys is errno */
    GOTRACE_NO_MEMORY,
    GOTRACE_INTERRUPTED, /* gotrace_interrupt was called; the input goes on */
    GOTRACE_NAMES        /* names are asked for: gotrace_writer_unknown */
} gotrace_status;

/* What was seen of a damage, from which its cause may be told. */
typedef enum gotrace_fact {
    GOTRACE_FACT_NONE,
    GOTRACE_FACT_TEXT,     /* text stands in the trace that is no part of it */
    GOTRACE_FACT_CRLF,     /* of many line feeds each has a carriage return before it */
    GOTRACE_FACT_UTF8,     /* all bytes above 127 are characters of UTF-8 */
    GOTRACE_FACT_ASCII,    /* of many bytes none is above 127 */
    GOTRACE_FACT_ZEROS,    /* many bytes in a row are 0 */
    GOTRACE_FACT_BIT,      /* with one bit changed there would be none */
    GOTRACE_FACT_CLOCKS,   /* times contradict the order in which things happened */
    GOTRACE_FACT_C_THREAD, /* of a goroutine that C has called, before 1.21 */
    GOTRACE_FACT_REGION,   /* a region ends while one inside it is open */
    GOTRACE_FACT_MISSING,  /* whole events are not there */
    GOTRACE_FACT_BATCHES,  /* whole batches are not there */
    GOTRACE_FACT_LF,       /* bytes are missing, and of many that are there none is a line feed */
    GOTRACE_FACT_CR,       /* likewise a carriage return */
    GOTRACE_FACT_TWICE,    /* the same bytes stand there twice */
    GOTRACE_FACT_CHUNKS    /* the chunks of an answer of HTTP, with their sizes */
} gotrace_fact;

/* What went wrong, where, and what was expected. Owned by whoever declares it;
 * holds no pointers, so it can be copied. */
typedef struct gotrace_diag {
    int32_t status;  /* gotrace_status */
    int32_t sys;     /* errno for GOTRACE_SYSTEM, else 0 */
    uint64_t offset; /* byte offset in the unpacked trace; all ones: none */
    uint64_t gen;    /* generation, 0: none */
    int64_t m;       /* thread, -1: none */
    uint32_t cut;    /* 1: the input ends where it should not */
    uint32_t fact;   /* gotrace_fact */
    char event[32];  /* event type, "": none */
    char what[200];  /* one sentence without a full stop */
    char have[200];  /* what was found, or "" */
    char want[100];  /* what the format asks for, or "" */
} gotrace_diag;

/* How an argument is to be read. STR and STACK are ids for gotrace_string and
 * gotrace_stack; SEQ is the engine's own and not shown to scripts. */
typedef enum gotrace_arg_type {
    GOTRACE_ARG_NONE,
    GOTRACE_ARG_NUM,
    GOTRACE_ARG_G,
    GOTRACE_ARG_P,
    GOTRACE_ARG_M,
    GOTRACE_ARG_TASK,
    GOTRACE_ARG_STR,
    GOTRACE_ARG_STACK,
    GOTRACE_ARG_SEQ,
    GOTRACE_ARG_GSTATUS, /* 1 Runnable, 2 Running, 3 Syscall, 4 Waiting */
    GOTRACE_ARG_PSTATUS  /* 1 Running, 2 Idle, 3 Syscall, 4 SyscallAbandoned */
} gotrace_arg_type;

/* A row of the event table. Static; never freed. */
typedef struct gotrace_spec {
    const char *name;
    const char *about;       /* what the event says, in a line; NULL for framing */
    const char *arg_name[4]; /* NULL behind the last */
    uint8_t arg_type[4];     /* gotrace_arg_type */
    uint8_t nargs;
    uint8_t since; /* first header version, 22 is go 1.22 */
    uint8_t begin; /* event that opens its range, 0: none */
    uint8_t timed; /* 1: reaches scripts; 0: framing only */
} gotrace_spec;

/* What becomes of an event when a trace is written. */
enum {
    GOTRACE_KEEP,
    GOTRACE_DROP, /* a script said so */
    GOTRACE_CUT   /* it is outside the time window */
};
/* gotrace_event.flags: what a script did to it. Times are kept in the input's
 * ticks, so one that is set has to be known as such. */
enum {
    GOTRACE_EDITED = 1,
    GOTRACE_TIME_SET = 2,
    GOTRACE_ADDED = 4,       /* in gotrace_write's extra: a new event */
    GOTRACE_ORIGINAL = 8,    /* there: what an edited event was before */
    GOTRACE_COUNT_ONLY = 16, /* nothing but type, time, off and n are filled in: gotrace_want */
    GOTRACE_PLACED = 16,     /* in gotrace_write's extra, of GOTRACE_ADDED: it comes before the
                                event that it belongs to; an end only if its begin is there */
    GOTRACE_KNOWN = 32,      /* not by a script: a status that only restates what is known, as those
                                of later generations do; full order only */
    GOTRACE_HIDES = 64,      /* in gotrace_write's extra: goroutine arg[0] is hidden from now on,
                                or if arg[1] is 1 no more */
    GOTRACE_TIME_LATE = 128  /* not by a script, of v1: its own clock says that it was earlier,
                                though  it follows from what comes before it */
};
/* STWEnd's string where there is none. */
enum { GOTRACE_NO_KIND = 0x7fffffff };

/* One event, in the latest version's terms whatever the input. */
typedef struct gotrace_event {
    int64_t time;    /* ns since the trace began; strictly increasing */
    int64_t m, p, g; /* context just before the event, -1: none */
    uint64_t arg[4]; /* in the table's order; ids of none are all ones. In full order
                        STWEnd has the string that its generation has for the kind's id,
                        GOTRACE_NO_KIND if it has none: what Go's tools will see */
    uint64_t off;    /* byte offset of its first byte in the unpacked trace */
    uint64_t n;      /* number in the trace, from 1; 0 for marks */
    uint64_t ticks;  /* of its generation's clock, as recorded */
    int64_t home;    /* thread in whose stream it was recorded, -1: none */
    uint8_t type;    /* row of the event table, or a mark */
    uint8_t verdict; /* GOTRACE_KEEP ... */
    uint8_t flags;   /* GOTRACE_EDITED ... */
    uint8_t pad;
    uint32_t at; /* in gotrace_write's extra: index of the event it belongs to */
} gotrace_event;

/* An experimental batch: opaque bytes, borrowed like their generation. */
typedef struct gotrace_experiment {
    uint64_t m, ticks;
    const uint8_t *data;
    uint32_t size;
    uint32_t experiment;
} gotrace_experiment;

/* What holds for all events of a generation. v1 traces have one, number 1. */
typedef struct gotrace_generation {
    uint64_t gen;      /* as the trace numbers it */
    uint64_t off, end; /* byte offsets: first byte, first behind */
    int64_t time;      /* ns since the trace began of its first batch */
    double ns_per_tick;
    uint64_t batches, strings, stacks, samples;
    int64_t clock_time; /* ns since the trace began of the snapshot */
    uint64_t clock_mono, clock_sec, clock_nsec;
    uint64_t freq;                         /* ticks a second, 0: not known */
    uint64_t ticks, clock_ticks;           /* of its first batch, of the snapshot */
    const int64_t *order;                  /* threads as their batches come in the file ... */
    uint64_t order_len;                    /* ... borrowed as long as the generation's events */
    const gotrace_experiment *experiments; /* likewise */
    uint64_t experiments_len;
    uint8_t has_clock;
    uint8_t partial; /* 1: parts of it are lost, which ones is not known */
    uint8_t pad[6];
} gotrace_generation;

/* Events in order, all of one generation. Borrowed until the next call of
 * gotrace_next or gotrace_close on the handle. */
typedef struct gotrace_batch {
    gotrace_event *events;
    uint32_t len;
    uint32_t pad;
    const gotrace_generation *gen;
} gotrace_batch;

/* Parts of a file, for gotrace_info.part. */
enum {
    GOTRACE_PART_HEADER,
    GOTRACE_PART_FRAMING, /* batch headers, ends of generations */
    GOTRACE_PART_EVENTS,
    GOTRACE_PART_STRINGS,
    GOTRACE_PART_STACKS,
    GOTRACE_PART_SAMPLES,
    GOTRACE_PART_SYNC,
    GOTRACE_PART_EXPERIMENT,
    GOTRACE_PARTS
};

/* What is known of the trace so far. Borrowed until gotrace_close; changes as
 * gotrace_next goes on: how far ahead of the events of a batch lost, damages, events
 * and last_time are depends on how fast they are read. */
typedef struct gotrace_info {
    uint32_t version;                    /* of the header: 5 ... 26 */
    uint32_t compression;                /* 0 none, 1 gzip, 2 zstd; taken back too:
                                            3 text mode, 4 Latin-1 as UTF-8, 5 HTTP's chunks */
    uint64_t size;                       /* unpacked bytes read; the file's when mapped */
    uint64_t consumed;                   /* unpacked bytes done with, for progress */
    uint64_t file_size;                  /* bytes on disk, 0 when not known (a pipe) */
    uint64_t lost;                       /* unpacked bytes that could not be delivered */
    uint64_t damages;                    /* number of damages so far */
    uint64_t events;                     /* timed events and CPU samples seen */
    uint64_t generations;                /* begun */
    uint64_t threads, procs, goroutines; /* of the generations that have ended */
    int64_t last_time;                   /* of the last event seen, ns since the trace began */
    uint64_t part[8];                    /* bytes by GOTRACE_PART_* */
    uint64_t off;                        /* of the header in the unpacked input */
    uint64_t next; /* of the header of another trace that follows this one in its input,
                      known at GOTRACE_END; 0: none */
} gotrace_info;

/* A frame of a stack. */
typedef struct gotrace_frame {
    uint64_t pc;
    uint64_t line;
    uint32_t func; /* string id */
    uint32_t file; /* string id */
} gotrace_frame;

/* How the events of different threads are put together. */
typedef enum gotrace_order {
    GOTRACE_ORDER_FULL,  /* one sequence, as it happened */
    GOTRACE_ORDER_THREAD /* thread after thread (v1: P after P): cheap; the
                            context's p and g are not known (-1) */
} gotrace_order;

/* Strings, frames and stacks of a run, interned: equal ones have equal ids in
 * every generation and every trace of the run. */
typedef struct gotrace_names gotrace_names;
/* One open trace. */
typedef struct gotrace gotrace;

uint32_t gotrace_abi(void);
const char *gotrace_version(void);
/* Row of the table, NULL for a type that has none. */
const gotrace_spec *gotrace_spec_of(uint32_t type);

gotrace_names *gotrace_names_new(void); /* NULL: no memory */
void gotrace_names_free(gotrace_names *names);
uint32_t gotrace_string_count(const gotrace_names *names);
/* Bytes of string id, *len of them, not NUL-terminated; id 0 is "". Borrowed
 * until the next gotrace_next on a trace that shares names. */
const char *gotrace_string(const gotrace_names *names, uint32_t id, uint32_t *len);
/* Number of frames of stack id; 0 for id 0, the empty stack. */
uint32_t gotrace_stack_len(const gotrace_names *names, uint32_t id);
/* Frame i of stack id, 0 the leaf. Borrowed like a string. */
const gotrace_frame *gotrace_stack_frame(const gotrace_names *names, uint32_t id, uint32_t i);

/* Opens path ("-": standard input) and reads the header, before which there may
 * be text. names is borrowed until gotrace_close. On anything but GOTRACE_OK *out
 * is NULL. */
gotrace_status gotrace_open(gotrace **out, const char *path, gotrace_names *names,
                            gotrace_diag *diag);

/* Ends waits and long work from elsewhere: of all handles that were opened with it. */
typedef struct gotrace_interrupter gotrace_interrupter;

gotrace_interrupter *gotrace_interrupter_new(void); /* NULL: no memory */
/* Behind the gotrace_close of the last trace that was opened with it. */
void gotrace_interrupter_free(gotrace_interrupter *i);
/* Makes gotrace_next return GOTRACE_INTERRUPTED soon, and so what writes to a pipe and
 * waits: for traces that were opened with i, and their writers. For any thread, and
 * for handlers of signals (async-signal-safe). */
void gotrace_interrupt(gotrace_interrupter *i);

/* More about a trace that is opened. What is 0 is as in gotrace_open. */
typedef struct gotrace_options {
    size_t size;      /* sizeof(gotrace_options): what the caller does not know is 0 */
    uint64_t off;     /* where to look for the header, as info->next of the trace before it
                         says; what precedes it is passed over */
    const void *data; /* not NULL: the trace is these bytes, borrowed until gotrace_close, ... */
    size_t len;       /* ... so many; path is not looked at */
    size_t step;      /* > 0: they are handed out at most so many a read, as a slow pipe does */
    gotrace_interrupter *interrupter; /* borrowed until gotrace_close; NULL: none */
} gotrace_options;

gotrace_status gotrace_open_with(gotrace **out, const char *path, const gotrace_options *options,
                                 gotrace_names *names, gotrace_diag *diag);
/* Opens the trace that follows t in its input, which need not be a file: t has come
 * to GOTRACE_END with info->next. It has t's names and interrupter. Closes t whatever
 * is returned. */
gotrace_status gotrace_follow(gotrace **out, gotrace *t, gotrace_diag *diag);
/* Names for the stacks of a trace of Go 1.5, which has addresses only: from the line
 * table of the program that was traced, at path. To be called before the first
 * gotrace_next; the file is used until gotrace_close. GOTRACE_END: it is of no use,
 * the trace has names. GOTRACE_UNSUPPORTED: it is no program, or has no line table. */
gotrace_status gotrace_binary(gotrace *t, const char *path, gotrace_diag *diag);
/* After the first gotrace_next: true, and *diag, if that is not the program that was
 * traced, or some addresses are not in it: they are their own names as without it.
 * Also if the file became shorter meanwhile. */
bool gotrace_binary_misfit(const gotrace *t, gotrace_diag *diag);
/* Which types gotrace_next delivers, and in which order: wanted[type] is 0, 1 or,
 * for who counts events and does not look at them, GOTRACE_COUNT_ONLY. To be called
 * before the first gotrace_next; by default all, GOTRACE_ORDER_FULL.
 * Marks are delivered as wanted too. */
void gotrace_want(gotrace *t, const uint8_t wanted[256], gotrace_order order);
/* The next events. GOTRACE_OK with at least one event; GOTRACE_END after the
 * last. Damage in the input is not an error here: what is readable goes on, and
 * info->damages counts. GOTRACE_INTERRUPTED comes once for each interrupt and
 * everything can go on. Anything else is final, and diag says why. */
gotrace_status gotrace_next(gotrace *t, gotrace_batch *out, gotrace_diag *diag);
const gotrace_info *gotrace_info_of(const gotrace *t);
/* Damage number i, from 0, *lost the bytes it cost; the first thousand are
 * kept, NULL behind them. Borrowed until gotrace_close. */
const gotrace_diag *gotrace_damage(const gotrace *t, uint64_t i, uint64_t *lost);
void gotrace_close(gotrace *t);

/* Spans: what something did from one moment to another. */

/* What a span is about; 1 << kind asks for it. */
typedef enum gotrace_span_kind {
    GOTRACE_SPAN_STATE, /* a goroutine was Runnable, Running, in a Syscall, Waiting */
    GOTRACE_SPAN_PROC,  /* a proc was Running or Idle */
    GOTRACE_SPAN_STW,
    GOTRACE_SPAN_GC,
    GOTRACE_SPAN_SWEEP,
    GOTRACE_SPAN_ASSIST,
    GOTRACE_SPAN_REGION,
    GOTRACE_SPAN_TASK,
    GOTRACE_SPAN_GOROUTINE, /* a goroutine's life */
    GOTRACE_SPAN_KINDS
} gotrace_span_kind;

/* States of goroutines (as GOTRACE_ARG_GSTATUS has them) and procs. */
enum {
    GOTRACE_STATE_NONE, /* not known */
    GOTRACE_STATE_RUNNABLE,
    GOTRACE_STATE_RUNNING,
    GOTRACE_STATE_SYSCALL,
    GOTRACE_STATE_WAITING,
    GOTRACE_STATE_IDLE,
    GOTRACE_STATE_NOT_EXIST
};
/* Sides of a span that it goes beyond, for gotrace_span.open and clipped. */
enum { GOTRACE_SIDE_BEGIN = 1, GOTRACE_SIDE_END = 2 };
/* What has no reason. */
enum { GOTRACE_NO_REASON = 0x7fffffff };

typedef struct gotrace_span {
    int64_t from, to;        /* ns since the trace began: the part that is seen */
    int64_t g, p, m;         /* -1: none */
    int64_t waker;           /* goroutine that ended the wait or made it runnable, -1: none */
    int64_t blocked;         /* ns of a Syscall without a proc; -1: not known */
    int64_t self;            /* ns of a region without the regions in it */
    uint64_t task;           /* all ones: none */
    uint64_t parent;         /* of a task, likewise */
    uint64_t begin_n, end_n; /* numbers of the events that begin and end it, 0: none */
    uint32_t name;           /* string: of a range, region or task, a goroutine's function */
    uint32_t reason;         /* string, GOTRACE_NO_REASON */
    uint32_t stack, end_stack, waker_stack;
    uint32_t func;             /* string: g's start function, 0: not known yet */
    uint32_t region;           /* string: the innermost one that was open, 0: none */
    uint32_t depth;            /* of a region: how many were open around it */
    uint32_t at;               /* of gotrace_spans_run: index of the event it comes behind */
    uint32_t stats;            /* for gotrace_spans_stats; 0: none are kept */
    uint8_t kind;              /* gotrace_span_kind */
    uint8_t state, prev, next; /* GOTRACE_STATE_... */
    uint8_t open, clipped;     /* GOTRACE_SIDE_... */
    uint8_t system;            /* g is the runtime's own */
    uint8_t bare;              /* of a state: the event that began it has no stack of g's */
} gotrace_span;

/* How a goroutine spent its time, in ns, as Go's Summarizer counts it (Go 1.27
 * internal/trace/summary.go). */
typedef struct gotrace_stats {
    int64_t exec, sched_wait, syscall, syscall_block, block, gc_assist, sweep, total;
} gotrace_stats;
enum { GOTRACE_STATS = sizeof(gotrace_stats) / sizeof(int64_t) };

/* A goroutine as of the last event. Times and ids are -1 (all ones), names and stacks 0
 * where there are none. */
typedef struct gotrace_goroutine {
    int64_t id, created, started, ended, creator, since, m, p;
    uint64_t task;
    gotrace_stats stats;
    uint32_t name, label, created_at, reason, reasons; /* reasons it was blocked for */
    uint8_t state, system;
    uint8_t pad[2];
} gotrace_goroutine;

/* A user task; from: or since when it is known. */
typedef struct gotrace_task {
    uint64_t id, parent;
    int64_t from, to;
    uint32_t name, goroutines, logs,
        regions;  /* how many; logs and regions until its span is told */
    uint8_t gone; /* they are not there any more */
    uint8_t pad[7];
} gotrace_task;
typedef struct gotrace_task_log {
    int64_t time, g;
    uint32_t key, value, stack, pad;
} gotrace_task_log;
typedef struct gotrace_task_region {
    int64_t from, to, g;
    uint32_t name, pad;
} gotrace_task_region;

/* A cycle of the collector: its mark phase; ns that it stopped the world and that goroutines
 * assisted, as far as these have ended; bytes, -1: not known. */
typedef struct gotrace_gc {
    int64_t from, to, stw, assist, heap_before, heap_after, goal;
} gotrace_gc;

/* A proc: the thread that has it, the goroutine on it, ns up to now. */
typedef struct gotrace_proc {
    int64_t id, m, g, running, idle;
    uint8_t state;
    uint8_t pad[7];
} gotrace_proc;
typedef struct gotrace_thread {
    int64_t id, p, g;
} gotrace_thread;

/* What makes spans of the events of one trace, in full order. */
typedef struct gotrace_spans gotrace_spans;

/* kinds: 1 << gotrace_span_kind of those that are made. names is borrowed. version: of
 * the trace's header. NULL: no memory. */
gotrace_spans *gotrace_spans_new(gotrace_names *names, uint32_t kinds, uint32_t version);
void gotrace_spans_free(gotrace_spans *s);
/* Whether spans are made of events (or marks) of this type; objects: or what
 * gotrace_spans_keep is for. */
bool gotrace_spans_needs(uint32_t type, bool objects);
/* Takes the next event (others than those needed are passed over) and says how many spans
 * it ends; -1: no memory, which is final. */
int32_t gotrace_spans_step(gotrace_spans *s, const gotrace_event *e, const gotrace_generation *gen);
/* Steps through events from `first` to before `last` of a batch, up to and with the first
 * of a type for which stop is not 0 or, if `each`, that ends spans; but to no mark, which
 * is for gotrace_spans_step. Returns the number of the event behind. What `made` of them
 * says which event of the batch a span comes behind. *count is how many spans they end; -1:
 * no memory. */
uint32_t gotrace_spans_run(gotrace_spans *s, const gotrace_batch *batch, uint32_t first,
                           uint32_t last, const uint8_t stop[256], bool each, int32_t *count);
/* The spans of the last step, run or flush, inner ones first. Borrowed until the next. */
const gotrace_span *gotrace_spans_made(const gotrace_spans *s);
/* Before the first step: spans of regions, assists and tasks have stats, of what lies in
 * them. */
void gotrace_spans_account(gotrace_spans *s);
/* The same for kinds alone, 1 << gotrace_span_kind. */
void gotrace_spans_account_for(gotrace_spans *s, uint32_t kinds);
/* Before the first step, where nobody will ask for the stats of goroutines, by
 * gotrace_spans_goroutine, gotrace_spans_block or gotrace_spans_groups, nor for those of spans:
 * they are not kept. */
void gotrace_spans_spare_figures(gotrace_spans *s);
/* Before the first step, where nobody will ask for more of gotrace_sum.longest than from, to and
 * the fields that the sum is by. */
void gotrace_spans_spare_longest(gotrace_spans *s);
/* What goroutines (by the roots of their own stacks) and tasks are called, to be known from
 * the first event on: learned in a pass of its own over the same trace in full order, for which
 * these types are wanted. */
typedef struct gotrace_known_names gotrace_known_names;
gotrace_known_names *gotrace_known_names_new(void); /* NULL: no memory */
void gotrace_known_names_free(gotrace_known_names *k);
bool gotrace_known_names_needs(uint32_t type);
/* False: no memory. */
bool gotrace_known_names_learn(gotrace_known_names *k, const gotrace_names *names,
                               const gotrace_batch *batch);
/* Before the first step. names is borrowed until the end. */
void gotrace_spans_know(gotrace_spans *s, const gotrace_known_names *names);

/* The stats of a span of the last step, run or flush, by gotrace_span.stats; and reason
 * number i of those in it, and for how long. False: there are none. */
bool gotrace_spans_stats(const gotrace_spans *s, uint32_t number, gotrace_stats *out);
bool gotrace_spans_stats_block(const gotrace_spans *s, uint32_t number, uint32_t i,
                               uint32_t *reason, int64_t *ns);
/* Before the first step, in their order: what of a span is in a window is a span, the rest
 * is not told. Without windows nothing is. False: no memory. */
bool gotrace_spans_window(gotrace_spans *s, int64_t from, int64_t to);
/* Fields of a span that sums can be by: 1 << field. */
typedef enum gotrace_sum_field {
    GOTRACE_BY_STATE,
    GOTRACE_BY_PREV,
    GOTRACE_BY_NEXT,
    GOTRACE_BY_OPEN,
    GOTRACE_BY_CLIPPED,
    GOTRACE_BY_NAME,
    GOTRACE_BY_REASON,
    GOTRACE_BY_FUNC, /* while that is not known by g as well */
    GOTRACE_BY_STACK,
    GOTRACE_BY_END_STACK,
    GOTRACE_BY_WAKER_STACK,
    GOTRACE_BY_REGION,
    GOTRACE_BY_DEPTH,
    GOTRACE_BY_G,
    GOTRACE_BY_P,
    GOTRACE_BY_M,
    GOTRACE_BY_WAKER,
    GOTRACE_BY_TASK,
    GOTRACE_BY_PARENT,
    GOTRACE_SUM_FIELDS
} gotrace_sum_field;

/* Which spans are summed, and by what. */
typedef struct gotrace_sum_spec {
    double bucket;   /* how wide, as a natural logarithm, a bucket of durations is; 0: none */
    uint32_t kind;   /* gotrace_span_kind */
    uint32_t states; /* 1 << GOTRACE_STATE_...; all ones for kinds that have none */
    uint32_t by;     /* 1 << gotrace_sum_field */
    uint32_t stats;  /* whether stats of spans, of which there is an account, are summed */
} gotrace_sum_spec;

/* high * 2^GOTRACE_SUM_BITS + low. */
enum { GOTRACE_SUM_BITS = 52 };
typedef struct gotrace_sum_total {
    double high, low;
} gotrace_sum_total;

typedef struct gotrace_sum {
    uint64_t count;
    uint64_t order;                   /* which span of the spec the longest is, from 1 on */
    int64_t from, to;                 /* the first begin and the last end */
    int64_t shortest;                 /* ns */
    gotrace_sum_total total, blocked; /* ns */
    gotrace_stats stats;              /* of those that have any ... */
    gotrace_sum_total unaccounted;    /* ... and ns of the others */
    gotrace_span longest;             /* the first of them; without `at` and `stats` */
} gotrace_sum;

typedef struct gotrace_sum_bucket {
    uint32_t sum;    /* its number */
    uint32_t bucket; /* ln(ns) / width, rounded down */
    uint32_t count;  /* spans in it */
} gotrace_sum_bucket;

/* Before the first step: spans are summed in the order in which they are told, and made for that
 * if nobody else wants them. Specs have numbers, from 0 on. False: no memory. */
bool gotrace_spans_sum(gotrace_spans *s, const gotrace_sum_spec *spec);
/* Sum number i of a spec, in the order in which they came up. False: behind the last. */
bool gotrace_spans_sum_at(const gotrace_spans *s, uint32_t spec, uint32_t i, gotrace_sum *out);
/* How far buckets have been read, zeroed at first. */
typedef struct gotrace_sum_place {
    uint64_t sparse, dense;
} gotrace_sum_place;
/* The buckets of all sums of a spec, in no order and some in two parts: the next one. False:
 * there are no more. */
bool gotrace_spans_sum_bucket(const gotrace_spans *s, uint32_t spec, gotrace_sum_place *at,
                              gotrace_sum_bucket *out);
/* All sums of spec `number` are as they were before the first span. */
void gotrace_spans_sum_clear(gotrace_spans *s, uint32_t number);
/* What is going on behind the last step or run: its spans as gotrace_spans_flush would tell them,
 * in no order, and how many that are; -1: no memory. It is summed by itself, and goes on. */
int32_t gotrace_spans_sum_open(gotrace_spans *s);
/* As gotrace_spans_sum_at, of what gotrace_spans_sum_open has said last. */
bool gotrace_spans_sum_open_at(const gotrace_spans *s, uint32_t spec, uint32_t i, gotrace_sum *out);
/* Bytes in the heap and its goal, as last told; -1: nothing was. Steps of HeapAlloc and HeapGoal
 * say it. */
void gotrace_spans_heap(const gotrace_spans *s, int64_t *now, int64_t *goal);
/* Goroutines that are alike, any of whose life is in a window: what they did with their time up
 * to `now`, summed. Their figures are those of gotrace_stats, by number, and behind them
 * what of the total none accounts for. */
enum { GOTRACE_FIGURES = GOTRACE_STATS + 1 };
typedef struct gotrace_group_spec {
    double bucket;      /* as gotrace_sum_spec.bucket ... */
    uint32_t quantiles; /* ... of these figures, 1 << number */
    uint8_t by_func;    /* whether they are told apart by their functions */
    uint8_t pad[3];
} gotrace_group_spec;
typedef struct gotrace_group_figure {
    gotrace_sum_total total; /* ns */
    int64_t least, most;     /* ns of a goroutine */
} gotrace_group_figure;
typedef struct gotrace_group {
    uint64_t count; /* goroutines */
    gotrace_group_figure figures[GOTRACE_FIGURES];
    uint32_t func;  /* string; 0: not known, or not asked for */
    uint8_t system; /* as gotrace_spans_system */
    uint8_t pad[3];
} gotrace_group;
typedef struct gotrace_group_block {
    gotrace_group_figure figure; /* of those of a group that were blocked for a reason */
    uint64_t count;              /* how many these are */
    uint32_t group, reason;
} gotrace_group_block;
typedef struct gotrace_groups gotrace_groups;
/* Behind gotrace_spans_flush; the caller's, for gotrace_groups_free. NULL: no memory. */
gotrace_groups *gotrace_spans_groups(const gotrace_spans *s, const gotrace_group_spec *spec,
                                     int64_t now);
void gotrace_groups_free(gotrace_groups *all); /* NULL is fine */
/* Group number i, in the order in which their first goroutines came up. False, here and below:
 * behind the last. */
bool gotrace_groups_at(const gotrace_groups *all, uint32_t i, gotrace_group *out);
/* Number i of what all groups were blocked for. */
bool gotrace_groups_block(const gotrace_groups *all, uint32_t i, gotrace_group_block *out);
/* As gotrace_spans_sum_bucket: of values above 0; `sum` is the number of a group times
 * GOTRACE_FIGURES and that of a figure. */
bool gotrace_groups_bucket(const gotrace_groups *all, gotrace_sum_place *at,
                           gotrace_sum_bucket *out);
/* The trace ends at that time: what is open, by `from` and g, and how many spans that are;
 * -1: no memory. */
int32_t gotrace_spans_flush(gotrace_spans *s, int64_t time);
/* False: there is none of that id. */
bool gotrace_spans_goroutine(const gotrace_spans *s, int64_t id, int64_t now,
                             gotrace_goroutine *out);
/* Reason number i of those that goroutine id was blocked for, and for how long. */
bool gotrace_spans_block(const gotrace_spans *s, int64_t id, uint32_t i, int64_t now,
                         uint32_t *reason, int64_t *ns);
/* Goroutine number i, in the order in which they came up; -1 behind the last. */
int64_t gotrace_spans_goroutine_at(const gotrace_spans *s, uint32_t i);
/* The function that a goroutine started with, the innermost region that it is in (strings; 0:
 * not known, none), whether it is the runtime's own (or has no name yet, and none can be
 * lost), and the task that it works on, 0: the background. */
uint32_t gotrace_spans_func(const gotrace_spans *s, int64_t id);
uint32_t gotrace_spans_region(const gotrace_spans *s, int64_t id);
bool gotrace_spans_system(const gotrace_spans *s, int64_t id);
uint64_t gotrace_spans_task_of(const gotrace_spans *s, int64_t id);

/* Before the first step: what is asked for below, but for names of tasks, is kept; which
 * goroutines have worked on tasks, and their stats, with gotrace_spans_account. */
void gotrace_spans_keep(gotrace_spans *s);
/* The name of a task, as a string's id; 0: not known. */
uint32_t gotrace_spans_task_name(const gotrace_spans *s, uint64_t task);
/* Task number i, in the order in which they came up; id: all ones if another has its number
 * by now. False: behind the last. */
bool gotrace_spans_task_at(const gotrace_spans *s, uint32_t i, uint64_t *id);
/* False: there is none of that id, as of the background, 0. */
bool gotrace_spans_task(const gotrace_spans *s, uint64_t id, gotrace_task *out);
/* Number i of its goroutines, -1 behind the last; of its logs and regions. */
int64_t gotrace_spans_task_goroutine(const gotrace_spans *s, uint64_t id, uint32_t i);
bool gotrace_spans_task_log(const gotrace_spans *s, uint64_t id, uint32_t i, gotrace_task_log *out);
bool gotrace_spans_task_region(const gotrace_spans *s, uint64_t id, uint32_t i,
                               gotrace_task_region *out);
/* What was done for it up to now, for gotrace_spans_stats until the next call of any kind; 0:
 * no memory, or no such task. */
uint32_t gotrace_spans_task_stats(gotrace_spans *s, uint64_t id, int64_t now);
/* The collector's cycle number n of the trace, from 1. False, here and below: there is none. */
bool gotrace_spans_gc(const gotrace_spans *s, uint32_t n, gotrace_gc *out);
bool gotrace_spans_proc(const gotrace_spans *s, int64_t id, int64_t now, gotrace_proc *out);
bool gotrace_spans_thread(const gotrace_spans *s, int64_t id, gotrace_thread *out);

/* Writing. */

/* A trace that is being written: always of the latest version, always valid. */
typedef struct gotrace_writer gotrace_writer;

/* What a string, or a stack, is in the output. */
typedef enum gotrace_role {
    GOTRACE_ROLE_FUNC, /* of a frame, as is the next */
    GOTRACE_ROLE_FILE,
    GOTRACE_ROLE_REASON,     /* of a wait or a stop */
    GOTRACE_ROLE_STW,        /* why the world is stopped */
    GOTRACE_ROLE_LABEL,      /* of a goroutine */
    GOTRACE_ROLE_TASK,       /* a task's type */
    GOTRACE_ROLE_REGION,     /* a region's type */
    GOTRACE_ROLE_LOG_KEY,    /* a log's category */
    GOTRACE_ROLE_LOG_VALUE,  /* a log's message */
    GOTRACE_ROLE_EXPERIMENT, /* a type of the alloc/free experiment */
    GOTRACE_ROLE_STACK,
    GOTRACE_ROLES
} gotrace_role;

/* An interned string or stack in one role. */
typedef struct gotrace_name {
    uint32_t role, id;
} gotrace_name;

/* What has become of the events that were to be written. */
typedef struct gotrace_written {
    uint64_t events;   /* in the output, all kinds */
    uint64_t dropped;  /* by scripts */
    uint64_t cut;      /* outside the time window */
    uint64_t edited;   /* changed by scripts and written so */
    uint64_t added;    /* by scripts and written */
    uint64_t absorbed; /* left out: what they do had already happened */
    uint64_t bridged;  /* written in addition, to make others legal */
    uint64_t withheld; /* left out: nothing could make them legal */
    uint64_t moved;    /* written later than they say, behind their thread's last */
    uint64_t bytes;    /* of the output */
    uint64_t generations;
    uint64_t touched; /* 1: a script has changed something, or a repair was needed */
} gotrace_written;

/* Opens path ("-": standard output) for the rewrite of t, an open trace; both
 * are borrowed until the writer is gone. Without `strict`, what a script makes
 * illegal is repaired; with it, it ends the writing. On anything but GOTRACE_OK
 * *out is NULL. A regular file appears whole, at gotrace_writer_commit. It may
 * be the file that t reads. From now on gotrace_next ends with GOTRACE_SYSTEM
 * (diag.sys is 0) if the file that t reads changes under it.
 * GOTRACE_INTERRUPTED, here and below: an interrupt came while this waited for
 * who reads the output; it is final. */
gotrace_status gotrace_writer_open(gotrace_writer **out, const char *path, gotrace *t,
                                   gotrace_names *names, bool strict, gotrace_diag *diag);
/* Says, between gotrace_want and the first gotrace_next, that nothing becomes of
 * the trace but that all events of some types (dropped[type] not 0) are left out.
 * True: the writer lets generations go through as they are, and gotrace_next has
 * marks for it only, which gotrace_write takes as usual; but from where that
 * proves impossible the trace comes as it was wanted, from its begin again, and
 * verdicts have to be set. False: nothing is different. */
bool gotrace_writer_pass(gotrace_writer *w, const uint8_t dropped[256]);
/* Says, at the same time, that verdicts will be set, and maybe none that changes anything.
 * True: the writer lets generations through as they are until a batch comes with a
 * verdict or an `extra`; what had gone by by then it reads again by itself, with t, and writes the
 * usual way behind what is out, and all that gotrace_next yields besides is
 * GOTRACE_EV_END. False: nothing is different. */
bool gotrace_writer_watch(gotrace_writer *w);
/* Whether gotrace_writer_pass may be told to leave out that type: no other event
 * depends on it. */
bool gotrace_can_leave_out(uint32_t type);
/* Before the first gotrace_write: from now on whatever string (stack) is to be written is
 * asked for, once in each role, before it is: gotrace_write and gotrace_writer_end yield
 * GOTRACE_NAMES, and are to be called with the same arguments again when all of
 * gotrace_writer_unknown was told to gotrace_writer_name. Events stay as they are. */
void gotrace_writer_translate(gotrace_writer *w, bool strings, bool stacks);
/* What is asked for, *n of them, to be told before gotrace_write is called again; borrowed
 * until then. */
const gotrace_name *gotrace_writer_unknown(gotrace_writer *w, size_t *n);
/* The interned string or stack `becomes` is written for `name`; 0: an empty one. The names
 * in a stack are asked for in turn. False: no memory. */
bool gotrace_writer_name(gotrace_writer *w, gotrace_name name, uint32_t becomes);
/* Takes a batch of gotrace_next, for which all types but marks of damage must be wanted
 * in full order, with the verdicts set, and `extra`: events that scripts added
 * (GOTRACE_ADDED; `at` is the index in the batch of the event which they come
 * behind, in this order), what edited events were before (GOTRACE_ORIGINAL; `at` is
 * theirs) and goroutines that are hidden (GOTRACE_HIDES; from that event or mark on,
 * as by gotrace_writer_hide), sorted by `at`. GOTRACE_OK; GOTRACE_DAMAGED: refused for
 * `strict`, diag says which event; GOTRACE_SYSTEM: it cannot be written;
 * GOTRACE_NO_MEMORY. All but the first are final. */
gotrace_status gotrace_write(gotrace_writer *w, const gotrace_batch *batch,
                             const gotrace_event *extra, size_t extra_len, gotrace_diag *diag);
/* From the event that gotrace_write takes next on, nothing is written that
 * goroutine g does to itself. */
gotrace_status gotrace_writer_hide(gotrace_writer *w, int64_t g, gotrace_diag *diag);
/* The opposite. */
gotrace_status gotrace_writer_show(gotrace_writer *w, int64_t g, gotrace_diag *diag);
/* Before the first event: all goroutines are hidden, but those that gotrace_writer_show
 * is called with later. */
gotrace_status gotrace_writer_hide_all(gotrace_writer *w, gotrace_diag *diag);
/* Whether goroutine g, which is shown of all that are hidden, has come up so far. */
bool gotrace_writer_has_met(const gotrace_writer *w, int64_t g);
const gotrace_written *gotrace_writer_written(const gotrace_writer *w);
/* Ends the trace: now gotrace_writer_written is final. */
gotrace_status gotrace_writer_end(gotrace_writer *w, gotrace_diag *diag);
/* Whether what is written goes out at once: it is no regular file. */
bool gotrace_writer_streams(const gotrace_writer *w);
/* Ends the trace, if that was not done, and puts it in its place. Takes w, also
 * on failure. Of a file that has changed while it was read none is made:
 * GOTRACE_SYSTEM, with diag.sys 0; what streams is valid even so. GOTRACE_NAMES: names are
 * asked for that gotrace_writer_end, called before, would have asked for. */
gotrace_status gotrace_writer_commit(gotrace_writer *w, gotrace_diag *diag);
/* Takes w and leaves nothing of what it wrote; NULL is fine. */
void gotrace_writer_abandon(gotrace_writer *w);

/* Interns len bytes; false: no memory. For the strings that scripts set. */
bool gotrace_intern(gotrace_names *names, const char *data, size_t len, uint32_t *id);
/* The same for a stack of n frames, leaf first, that are copied. */
bool gotrace_intern_stack(gotrace_names *names, const gotrace_frame *frames, uint32_t n,
                          uint32_t *id);

#ifndef GOTRACE_FFI
GOTRACE_SIZE(gotrace_diag, 576);
GOTRACE_SIZE(gotrace_spec, 56);
GOTRACE_SIZE(gotrace_event, 104);
GOTRACE_SIZE(gotrace_experiment, 32);
GOTRACE_SIZE(gotrace_generation, 168);
GOTRACE_SIZE(gotrace_batch, 24);
GOTRACE_SIZE(gotrace_info, 176);
GOTRACE_SIZE(gotrace_frame, 24);
GOTRACE_SIZE(gotrace_span, 144);
GOTRACE_SIZE(gotrace_sum_spec, 24);
GOTRACE_SIZE(gotrace_sum, 296);
GOTRACE_SIZE(gotrace_sum_bucket, 12);
GOTRACE_SIZE(gotrace_stats, 64);
GOTRACE_SIZE(gotrace_group_spec, 16);
GOTRACE_SIZE(gotrace_group, 304);
GOTRACE_SIZE(gotrace_group_block, 48);
GOTRACE_SIZE(gotrace_goroutine, 160);
GOTRACE_SIZE(gotrace_task, 56);
GOTRACE_SIZE(gotrace_task_log, 32);
GOTRACE_SIZE(gotrace_task_region, 32);
GOTRACE_SIZE(gotrace_gc, 56);
GOTRACE_SIZE(gotrace_proc, 48);
GOTRACE_SIZE(gotrace_thread, 24);
GOTRACE_SIZE(gotrace_written, 96);
#ifdef __cplusplus
}
#endif
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
