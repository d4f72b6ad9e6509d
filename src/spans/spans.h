/* spans.h: what is known of goroutines, procs, ranges, regions and tasks while
 * spans are made of the events of a trace.
 *
 * Each event goes to one function by its type (the table in spans.c). It changes
 * records, and what ends in one is appended to `made`. Contexts of events are those just before
 * them. A record's state NONE says that nothing is known since its time: an event
 * that says what was going on makes it known from then on. So it is at the begin of
 * a trace, and behind a part that could not be read. */
#ifndef GOTRACE_SPANS_SPANS_H
#define GOTRACE_SPANS_SPANS_H
#include "base/hash.h"
#include "base/idmap.h"
#include "base/map.h"
#include "base/vec.h"
#include "gotrace.h"
#include "sched/sched.h"

#define NO_TASK UINT64_MAX
#define NEVER INT64_MIN /* of times */
enum { NO_ID = -1 };
enum { NO_RECORD = MAP_NONE };

struct blocked_for {
    uint32_t reason;
    int64_t ns;
};
/* Go's GoroutineExecStats; what is going on is not in it yet. */
struct figures {
    gotrace_stats sum; /* block is kept by reason; the total up to `life` */
    VEC(struct blocked_for) block;
};

struct window {
    int64_t from, to;
};

/* Ns in each window in which there are any. */
struct window_ns {
    size_t window;
    int64_t ns;
};
struct inner {
    VEC(struct window_ns) in;
};

struct snapshot; /* accounts.c */

struct open_region {
    int64_t from;
    struct inner inner;      /* regions in it that have ended */
    struct snapshot *before; /* owned; NULL: nobody asks, or it began before what was read */
    uint64_t task, begin_n;
    uint32_t name, stack;
    uint32_t record, place; /* of its task, and its own in the task's book; NO_RECORD */
};

/* A range that is going on. */
struct open_range {
    int64_t from, g, p, m;
    uint64_t begin_n;
    uint32_t name, stack;
    bool on, open; /* open: it began before what was read */
};

/* A goroutine, at the begin of a line of the cache. What each change of its state looks at comes
 * first: three lines of the cache, of which tally.c takes the first alone. */
struct span_g {
    int64_t id;
    /* What it is doing, since when and where. */
    int64_t since, p;
    int64_t proc_lost;           /* when its syscall lost its proc, NEVER */
    uint32_t stack, stack_since; /* its own: the last known, and the one at `since` */
    uint32_t reason, func;
    uint8_t state, prev;
    bool p_unknown;     /* p is not its own, if it has one */
    bool open;          /* the state began before what was read ... */
    bool found;         /* ... and so did the goroutine: nothing said that it was created */
    bool told;          /* some of its life is in a window */
    bool system;        /* the runtime's own, by `func`; without one: g_is_system */
    bool bare;          /* the event that began the state has no stack of its own */
    uint32_t depth;     /* regions that are open and are not kept */
    bool nameless;      /* a span of it was told before it had a name */
    bool lost;          /* nothing was heard of it since the loss at `since` */
    bool carried;       /* it was, and then was heard of again */
    uint64_t mentioned; /* the task that it spoke of last, since the last loss; 0: none */
    int64_t m, waker;
    uint64_t since_n;
    uint64_t task_since;   /* what it worked on then ... */
    uint32_t region_since; /* ... and in which region */
    uint32_t waker_stack;
    /* What it works on. */
    uint32_t begun;     /* record of the task that it began last, NO_RECORD */
    uint64_t inherited; /* its creator's task then */
    VEC(struct open_region) regions;
    /* Figures: since when the state counts (NEVER: it does not), when the Summarizer
     * thinks that the syscall lost its proc and that a sweep began. */
    int64_t counted, counted_lost, counted_sweep;
    int64_t started;
    int64_t heard;   /* where parts are lost: its last event, or 0 */
    uint32_t record; /* its own */
    uint32_t listed; /* in `known`, which has been emptied so many times */
    /* Its life, since `life` behind a part that is lost. */
    int64_t created, ended, creator, life;
    uint64_t created_n;
    uint32_t created_at, label;
    struct inner outer;       /* regions without one around them that have ended */
    struct open_range assist; /* if it is not on, `from` is when the last one was over, or 0 */
    struct snapshot *assist_before; /* owned; as open_region.before */
    /* The record of the task for which its time counts, NO_RECORD, and its figures when it
     * took that up, owned. */
    uint32_t works_on;
    struct snapshot *work_before;
    bool final; /* the total is: it has ended, or waits forever */
    struct figures figures;
};

/* One of the two; neither: it is unused. */
struct span_record {
    struct span_g *g;       /* owned */
    struct span_past *past; /* owned: it has ended; records.c */
    uint32_t uses;          /* how many goroutines had it before */
};
/* A goroutine in `known`, a task in `going`, if its record has been used by as many as then. */
struct span_known {
    uint32_t record, uses;
};
/* What is left of one that has ended, where it is tallied: records.c. */
struct span_gone {
    int64_t id; /* NO_ID: it is there again */
    uint32_t func;
};
/* Values of g_of from here on, but for NO_RECORD, are of those that are gone: their places. */
enum { FIRST_GONE = INT32_MAX };
/* So many are remembered, the last ones: 8 MiB. */
enum { MOST_GONE = 1 << 19 };

/* What an event makes of a goroutine. */
struct span_change {
    uint8_t state;
    int64_t now, m, p, waker;
    uint64_t n;                          /* the event's number */
    uint32_t stack, waker_stack, reason; /* stack: the goroutine's own, 0: not said */
};

struct span_p {
    int64_t id, since, m;
    uint64_t since_n;
    uint8_t state, prev;
    bool open;
    int64_t heard;           /* as a goroutine's */
    int64_t sweep_ended;     /* the last one */
    int64_t in_syscall;      /* goroutine that is in a syscall with it, NO_ID */
    int64_t counted_syscall; /* the same as the Summarizer has it */
    struct open_range sweep;
    int64_t counted_sweep; /* the goroutine for which the sweep counts, NO_ID */
    int64_t g;             /* that is on it, NO_ID; as threads.c */
    int64_t ns[2];         /* running and idle, before the state at hand */
};

struct span_task {
    uint64_t id, parent, begin_n;
    int64_t from, to, creator; /* to: NEVER, it has not ended */
    uint32_t name, stack;
    uint32_t begun_before;  /* record of the task that its creator began before */
    bool open, ended;       /* open: it began before what was read */
    bool known;             /* something was heard of it since the last loss; in `going` */
    bool closed;            /* its book has no logs and regions any more */
    struct task_book *book; /* owned; NULL: nothing is in it */
    uint32_t uses;          /* how many tasks had the record before */
};

/* buckets.c: how many values of each of many counts are in which bucket. */
struct bucket_row {
    VEC(uint32_t) of;
};
struct buckets {
    struct map few;              /* number of a count and of a bucket -> values: the first ones */
    VEC(struct bucket_row) rows; /* by number: those behind them */
    struct bucket_cell *cells;   /* owned; NULL: none so far */
};

/* What a span of a state or of a life is summed by, in tally.c; 0: not by that. */
struct sum_key {
    uint32_t reason, func, stack;
};
/* sums.c: spans that are alike in some fields. What each span changes comes first. */
struct sum {
    __int128 total; /* ns */
    uint64_t count;
    int64_t from, to;    /* the first begin and the last end */
    int64_t least, most; /* ns of the shortest and the longest */
    struct sum_key key;
    uint32_t next;                 /* of those whose fields have the same hash, NO_RECORD */
    uint64_t order;                /* which of all spans that were summed is the longest */
    __int128 blocked;              /* ns */
    __int128 unaccounted;          /* ns of those that have no stats ... */
    uint64_t stats[GOTRACE_STATS]; /* ... and of those that have, as in gotrace_stats */
    gotrace_span longest;
};
enum { SPAN_STATES = GOTRACE_STATE_NOT_EXIST + 1 };
enum { RECENT_SUMS = 64, TALLIED_BITS = 8, TALLIED = 1 << TALLIED_BITS };
struct sums {
    gotrace_sum_spec spec;
    struct hash_secret secret;
    uint64_t seen; /* spans so far */
    uint32_t keys; /* of `by` */
    uint8_t by[GOTRACE_SUM_FIELDS];
    bool by_func;
    bool is_narrow;               /* all of `by` have 4 bytes */
    bool is_brief;                /* spans of states count by sums_count_brief */
    bool can_tally;               /* tally.c can, if nobody asks for the longest span */
    struct sum_key mask;          /* all ones where it is by that */
    uint32_t also[SPAN_STATES];   /* further ones for spans of this kind and state, as sums_of */
    uint32_t recent[RECENT_SUMS]; /* numbers of sums, if there are such, that were asked for */
    uint32_t tallied[TALLIED];    /* the same of tally.c */
    VEC(struct sum) list;
    struct map at;          /* hash of fields -> the last of them in `list` */
    struct buckets buckets; /* of durations, by number of the sum */
};

/* What is known of a task beyond its span: what goroutines have done for it, as far as
 * they do so no more, and which these are (records); its logs and regions, until its span
 * has been told. */
struct task_book {
    struct figures figures;
    VEC(uint32_t) workers;
    VEC(gotrace_task_log) logs;
    VEC(gotrace_task_region) regions;
};

/* What was heard of in a generation of which parts are lost. */
struct heard {
    struct map threads;          /* id -> its place in ... */
    VEC(int64_t) times;          /* ... these, of the last events */
    int64_t here;                /* the last one of the thread of the event at hand ... */
    int64_t m, others;           /* ... and of all others, before those of this one at hand */
    int64_t gc_ended, stw_ended; /* the last ones; these are noted always */
};

struct gotrace_spans {
    gotrace_names *names;                   /* borrowed */
    const gotrace_known_names *known_names; /* borrowed; NULL: none are known ahead */
    uint32_t kinds;                         /* that are made ... */
    uint32_t told;                          /* ... and that somebody gets, span by span */
    bool failed;                            /* no memory */
    bool spares_figures;                    /* nobody asks for what goroutines did ... */
    bool spares_longest;                    /* ... nor, of a sum, for its longest span */
    bool tallies;                           /* what tally.c says of it holds */
    bool sums_at_once; /* what nobody gets may be summed without a span of it */
    bool objects;      /* threads, collections, and what tasks have are kept */
    uint32_t accounts; /* kinds of which figures are kept of what lies in spans */
    /* Now: the generation's first time, and since when anything can be known: the
     * trace's begin, or the end of the last part that is lost. */
    int64_t generation, known_from;
    int64_t last; /* time of the last step; of a GoSwitch its last part's */
    bool is_v1;
    uint64_t lost, generations;
    bool partial;               /* parts of the generation at hand are lost: heard.c */
    struct heard heard;         /* in it */
    bool gap;                   /* known_from is the time of the next event that is needed */
    VEC(struct window) windows; /* in order */
    uint32_t at;                /* of the batch: the event at hand */
    struct idmap g_of, p_of;    /* id -> record */
    struct map task_of;
    VEC(struct span_record) gs;
    VEC(struct span_g *) spare; /* memory for further ones, in ... */
    VEC(void *) blocks;         /* ... these; owned */
    VEC(uint32_t) over;         /* records of those that ended in the last steps */
    VEC(uint32_t) unused;       /* records */
    VEC(struct span_gone) gone; /* a ring ... */
    size_t next_gone;           /* ... in which this is the next place */
    uint32_t losses;            /* how often `known` has been emptied, and 1 */
    VEC(struct span_p) ps;
    VEC(struct span_task) tasks;
    VEC(uint32_t) unused_tasks; /* records */
    VEC(uint64_t) over_tasks; /* a bit for each id: it has ended, and its record is forgotten ... */
    uint64_t over_base;       /* ... from 64 times this on */
    /* Records of what was heard since the last loss, which a loss goes through. */
    VEC(struct span_known) known; /* of goroutines */
    size_t much_known;            /* from so many on those are looked for that have ended */
    VEC(struct span_known) going; /* of tasks: first old ones ... */
    size_t old_tasks;             /* ... so many; of the others each ... */
    size_t much_going;            /* from so many on those are looked for that have ended */
    int64_t young_from;           /* ... began then, or later */
    int64_t begun_by;             /* what is open, and began later, is not asked for */
    VEC(struct open_range) stops; /* of the world */
    struct open_range gc;
    uint32_t names_of[GOTRACE_SPAN_KINDS], forever; /* strings */
    VEC(gotrace_span) made;
    gotrace_span brief; /* for sums_count_brief: no more than that asks for is ever filled */
    struct span_g *tallied_last;              /* by tally.c, in the run at hand; NULL */
    struct window tallied;                    /* what is whole in it may be tallied ... */
    struct sums *tallied_states[SPAN_STATES]; /* ... and of states what is summed here, or NULL */
    VEC(struct sums) sums;
    VEC(struct sums) going_on; /* the same of what had not ended when it was asked for last */
    uint32_t sums_of[GOTRACE_SPAN_KINDS][SPAN_STATES]; /* the last of a kind and state, and 1; 0 */
    VEC(struct figures) stats; /* of spans of the step, the first stats_len */
    size_t stats_len;
    VEC(uint32_t) ended_tasks; /* of the step, records */
    VEC(gotrace_gc) collections;
    struct window stopped; /* when the collector stopped the world last */
    int64_t heap, goal;    /* bytes, as last told; -1 */
    VEC(gotrace_thread) ms;
    struct idmap m_of;
    struct map workers; /* record of a task, and of a goroutine that has worked on it */
};

/* Of what is open, so many are looked through for the one that an event ends, from the
 * innermost on, as the model does: however many a file may open, an end costs no more. */
enum { MOST_NESTED = SCHED_NEAR_REGIONS };

/* Since when what is stated now has been so: the generation's begin, if that is known. */
static inline int64_t spans_stated_since(const struct gotrace_spans *s)
{
    return s->generation > s->known_from ? s->generation : s->known_from;
}

/* made.c: the spans of a step */

struct made {
    gotrace_span *span; /* but for from, to, clipped and what is below */
    int64_t no_proc;    /* since when a syscall has been without a proc, NEVER; for blocked */
    const struct open_region *region; /* for self; NULL: it is none */
    int64_t inner_from;               /* of a region in it that is open, NEVER */
};

static inline bool spans_wanted(const struct gotrace_spans *s, gotrace_span_kind kind)
{
    return s->kinds >> kind & 1;
}
/* Where the next span is made; NULL: no memory. */
static inline gotrace_span *made_next(struct gotrace_spans *s)
{
    if (VEC_RESERVE(&s->made, 1))
        return &s->made.data[s->made.len];
    s->failed = true;
    return NULL;
}
static inline int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whether there is one window, and it has all of a span. */
static inline bool made_is_whole(const struct gotrace_spans *s, int64_t from, int64_t to)
{
    const struct window *w = s->windows.data;
    return s->windows.len == 1 && from >= w->from && to <= w->to && from < to;
}
/* A span in which nothing is said yet, to be filled before anything else is made; false: nobody
 * wants any of its kind, or no memory. */
bool made_begin(struct gotrace_spans *s, struct made *m, gotrace_span_kind kind);
/* What of it, from `from` to `to`, is in windows, a part for each, is made. */
void made_end(struct gotrace_spans *s, const struct made *m, int64_t from, int64_t to);
/* Counts a region for the one around it. */
void made_count(struct gotrace_spans *s, struct inner *inner, int64_t from, int64_t to);
/* Whether any of it is in a window. */
bool made_is_any(const struct gotrace_spans *s, int64_t from, int64_t to);
/* Sorts them by `from` and g. */
void made_sort(struct gotrace_spans *s);

/* sums.c */

/* Sums a state as its span would be, of which from, to, g, func, reason, stack and state are
 * there; false: it is to be made, and taken. */
bool sums_count_brief(struct gotrace_spans *s, const gotrace_span *span);
/* The number of a sum of spans that are alike in what sums_count_brief takes; NO_RECORD: there is
 * none so far. */
uint32_t sums_find(const struct sums *sums, const gotrace_span *span);
/* Whether all sums can be tallied. */
bool sums_can_tally(const struct gotrace_spans *s);
/* Sums what was made from number `first` on; what nobody gets is made no more. */
void sums_take(struct gotrace_spans *s, size_t first);
/* The same of what has not ended, in place of what was said of that before. */
void sums_take_open(struct gotrace_spans *s, size_t first);
void sums_free(struct gotrace_spans *s);

/* A sum in two halves that doubles hold, as Lua adds them up. */
static inline gotrace_sum_total sum_total(__int128 ns)
{
    return (gotrace_sum_total){(double)(int64_t)(ns >> GOTRACE_SUM_BITS),
                               (double)(uint64_t)(ns & ((INT64_C(1) << GOTRACE_SUM_BITS) - 1))};
}

/* buckets.c */

/* Durations are told apart by their first bits, BUCKET_BITS behind the highest, and those below
 * 2^(BUCKET_BITS + 1) by all. Where such a cell has two buckets at most, the edge between them is
 * looked for once, and a comparison takes the place of a logarithm. Beyond BUCKET_MOST_BIT, where
 * edges would not fit, are durations of minutes. */
enum { BUCKET_BITS = 7, BUCKET_CELLS = 1 << BUCKET_BITS, BUCKET_MOST_BIT = 37 };
struct bucket_cell {
    uint32_t edge;   /* ns behind the cell's first, of the first in the next bucket, and 1 ... */
    uint16_t bucket; /* ... and of this, 1: 0, not known */
};

/* buckets_add where the bucket is known and has a place in a row; else false, and nothing is
 * done. A count has a row when it has had so many values that all of them go there. */
static inline bool buckets_add_known(struct buckets *b, uint32_t number, int64_t ns)
{
    int bit = 63 - __builtin_clzll((uint64_t)ns), shift = bit > BUCKET_BITS ? bit - BUCKET_BITS : 0;
    if (bit > BUCKET_MOST_BIT || !b->cells || number >= b->rows.len)
        return false;
    const struct bucket_cell *cell = &b->cells[(int64_t)shift * BUCKET_CELLS + (ns >> shift)];
    struct bucket_row *row = &b->rows.data[number];
    uint32_t behind = (uint32_t)(ns & ((INT64_C(1) << shift) - 1)) >= cell->edge;
    uint32_t bucket = cell->bucket - 1u + behind;
    if (cell->bucket == 0 || bucket >= row->of.len)
        return false;
    row->of.data[bucket]++;
    return true;
}

/* One more value, above 0, for count `number`, of which it is the seen-th; width: as
 * gotrace_sum_spec.bucket. False: no memory. */
bool buckets_add(struct buckets *b, uint32_t number, uint64_t seen, double width, int64_t ns);
/* As gotrace_spans_sum_bucket. */
bool buckets_next(const struct buckets *b, gotrace_sum_place *at, gotrace_sum_bucket *out);
/* None are in any; the memory stays for the next ones. */
void buckets_clear(struct buckets *b);
void buckets_free(struct buckets *b);

/* tally.c: what only counts */

/* Says whether it may take events, before any of a run. */
void tally_prepare(struct gotrace_spans *s);
/* Takes events from `first` to before `last` as long as each is of the plain kind, and none of
 * those types that `ends` ends a run by. Returns the number of the event that it leaves. */
uint32_t tally_run(struct gotrace_spans *s, const gotrace_batch *batch, uint32_t first,
                   uint32_t last, const uint8_t ends[256]);

/* records.c */

/* One of which nothing is known. */
struct span_g g_unknown(int64_t id);
/* Makes *g what *fresh is, without its regions and reasons; its number and its memory stay. */
void g_put(struct span_g *g, const struct span_g *fresh);
/* NULL: there is none, or no memory; of g_make: no memory. A new one is in no state that is
 * known. Good until g_pack_ended if it has ended. */
struct span_g *g_find(struct gotrace_spans *s, int64_t id);
struct span_g *g_make(struct gotrace_spans *s, int64_t id);
/* The same to look at, which needs no memory: *unpacked if it has ended. NULL: there is none. */
struct span_g *g_look(const struct gotrace_spans *s, int64_t id, struct span_g *unpacked);
struct span_g *g_look_at(const struct gotrace_spans *s, uint32_t record, struct span_g *unpacked);
/* It has ended: the next g_pack_ended makes it as small as can be. */
void g_is_over(struct gotrace_spans *s, const struct span_g *g);
void g_pack_ended(struct gotrace_spans *s);
/* The same of one that is tallied, at once: nothing but its name is left, and that not for ever. */
void g_forget(struct gotrace_spans *s, struct span_g *g);
/* One that nothing was known of, or is any more; NULL: no memory. */
struct span_g *g_new(struct gotrace_spans *s, int64_t id);
/* The goroutine of an entry of `known`; NULL: it has ended. */
static inline struct span_g *g_known(const struct gotrace_spans *s, const struct span_known *k)
{
    const struct span_record *r = &s->gs.data[k->record];
    return r->uses == k->uses ? r->g : NULL;
}
/* A loss is to find it. */
void g_list(struct gotrace_spans *s, struct span_g *g);
/* Takes those that have ended out of `known`. */
void g_unlist_ended(struct gotrace_spans *s);
void gs_free(struct gotrace_spans *s);

/* goroutine.c */

/* The function it started with; 0: that is not known. */
void g_name(const struct gotrace_spans *s, struct span_g *g, uint32_t func);
bool g_has_state(const struct span_g *g);
/* When its life began, as far as is known. */
static inline int64_t g_born(const struct span_g *g)
{
    return g->carried ? g->created : g->life;
}
/* The proc that it has, NO_ID. */
static inline int64_t g_proc(const struct span_g *g)
{
    return g->p_unknown ? NO_ID : g->p;
}
/* The goroutine, which an event says was in that state up to now; NULL: no memory. */
struct span_g *g_was(struct gotrace_spans *s, int64_t id, uint8_t state, int64_t now);
/* It is in `state`, and has been since `since`, though nothing was known of it. */
void g_discover(struct gotrace_spans *s, struct span_g *g, uint8_t state, int64_t since);
void g_become(struct gotrace_spans *s, struct span_g *g, const struct span_change *c);
/* The first that is heard of its own stack says where it started. */
void g_stack(struct gotrace_spans *s, struct span_g *g, uint32_t stack);
/* Its life begins, in a state that its creator (c->waker) has given it and with a task of
 * his; or ends. */
void g_begin(struct gotrace_spans *s, struct span_g *g, const struct span_change *c,
             uint64_t inherited);
void g_end(struct gotrace_spans *s, struct span_g *g, const struct span_change *c);
/* Adds what is open of it, up to `at`; open: what to say of its end. */
void g_flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint8_t open);
/* What is known is as of the last step, whose own times may be behind its event's
 * (GoSwitch): no state has lasted less than nothing. */
static inline int64_t spans_now(const struct gotrace_spans *s, int64_t now)
{
    return now > s->last ? now : s->last;
}

/* The same of all of which something is known; nothing is any more. */
void g_lose(struct gotrace_spans *s, int64_t at);
/* What is going on of all of them, as if it ended at that time. */
void g_peek(struct gotrace_spans *s, int64_t at);
/* Fills what a span says of its goroutine: g, func, system. */
void g_describe(const struct gotrace_spans *s, const struct span_g *g, gotrace_span *span);

/* figures.c: Go's Summarizer */

/* The state, which counted, counts no more. */
void figures_left(struct gotrace_spans *s, struct span_g *g, int64_t now);
static inline void figures_leave(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    if (g->counted != NEVER)
        figures_left(s, g, now);
}
/* Nothing was known of it before `since`. */
void figures_begin(const struct gotrace_spans *s, struct span_g *g);
/* A status is the first that is heard of the goroutine: its state counts from `since` on. */
void figures_status(struct span_g *g, int64_t now);
/* It is in a syscall from now on; it is in none any more. */
void figures_syscall(struct gotrace_spans *s, struct span_g *g);
void figures_end_syscall(struct gotrace_spans *s, struct span_g *g);
/* It has ended, or waits forever: no more will count. */
void figures_finish(struct gotrace_spans *s, struct span_g *g, int64_t now);

/* The sum for a reason; NULL: no memory. */
int64_t *figures_blocked_for(struct figures *f, uint32_t reason);
/* All up to now, what is going on included. */
void figures_now(const struct span_g *g, int64_t now, gotrace_stats *sum);
/* The same without the Summarizer's way with syscalls that are going on. */
void figures_exact(const struct span_g *g, int64_t now, gotrace_stats *sum);
/* As gotrace_spans_block. */
bool figures_block(const struct span_g *g, uint32_t i, int64_t now, uint32_t *reason, int64_t *ns);

/* accounts.c. Nothing is done there for kinds that are not in `accounts`. */

/* The goroutine's figures, for mem_free; NULL: nobody asks, or no memory. */
struct snapshot *snapshot_take(struct gotrace_spans *s, gotrace_span_kind kind,
                               const struct span_g *g, int64_t now);
/* gotrace_span.stats of what the goroutine has done since; before: NULL, since its begin. */
uint32_t account_since(struct gotrace_spans *s, gotrace_span_kind kind, const struct span_g *g,
                       int64_t now, const struct snapshot *before);
/* Of what was done for a task (a record). */
uint32_t account_task(struct gotrace_spans *s, uint32_t task, int64_t now);
/* The goroutine may work on another task from now on; it works on none. */
void work_resume(struct gotrace_spans *s, struct span_g *g, int64_t now);
void work_stop(struct gotrace_spans *s, struct span_g *g, int64_t now);
/* That task (a record), which has ended, is no more worked on. */
void work_end(struct gotrace_spans *s, uint32_t task, int64_t now);
void accounts_free(struct gotrace_spans *s);

/* books.c */

/* The goroutine has worked on the task (a record); false: no memory. */
bool book_worker(struct gotrace_spans *s, uint32_t task, const struct span_g *g);
/* Only if `objects` is set: a goroutine has to do with the task, a log, a region
 * that begins and ends. A log or region of one that is closed is not noted. */
void book_goroutine(struct gotrace_spans *s, uint64_t task, int64_t g);
void book_log(struct gotrace_spans *s, const gotrace_event *e);
void book_region(struct gotrace_spans *s, const struct span_g *g, struct open_region *r);
void book_region_end(struct gotrace_spans *s, const struct open_region *r, int64_t to);
/* What the tasks that ended in the last step had is forgotten. */
void books_close(struct gotrace_spans *s);
void books_free(struct gotrace_spans *s);

/* heard.c: generations of which parts are lost, where an end or a begin may be missing. */

/* A generation begins. */
void heard_begin(struct gotrace_spans *s);
/* Around the step of an event. */
void heard_before(struct gotrace_spans *s, const gotrace_event *e);
void heard_after(struct gotrace_spans *s, const gotrace_event *e);
void heard_free(struct gotrace_spans *s);
/* Until when at most what is known of the goroutine, the proc lasts, if nothing has ended it
 * up to `now`. */
int64_t heard_until(const struct gotrace_spans *s, const struct span_g *g, int64_t now);
int64_t heard_proc_until(const struct gotrace_spans *s, const struct span_p *p, int64_t now);
/* Since when it has been in a state at the earliest of which an event at `now` tells. */
int64_t heard_since(const struct gotrace_spans *s, uint8_t state, int64_t now);
/* The same of a stop of the world, an assist, that end now. */
int64_t heard_stw_since(const struct gotrace_spans *s);
int64_t heard_assist_since(const struct gotrace_spans *s, const struct span_g *g);

/* collections.c */

void collection_begin(struct gotrace_spans *s, const struct open_range *r);
void collection_end(struct gotrace_spans *s, int64_t to);
/* A stop of the world, an assist has ended. */
void collection_stop(struct gotrace_spans *s, const struct open_range *r, int64_t to);
void collection_assist(struct gotrace_spans *s, const struct open_range *r, int64_t to);

/* names.c: strings that are known ahead, 0 for none. */

uint32_t known_func(const struct gotrace_spans *s, int64_t g);
uint32_t known_task(const struct gotrace_spans *s, uint64_t task);
/* Whether a goroutine without a name is the runtime's own, as Go has it (Go 1.27
 * internal/trace/summary.go, IsSystemGoroutine): not where names may be what is lost. */
bool is_nameless_system(const struct gotrace_spans *s);
static inline bool g_is_system(const struct gotrace_spans *s, const struct span_g *g)
{
    return g && g->func ? g->system : is_nameless_system(s);
}

/* threads.c */

const gotrace_thread *thread_find(const struct gotrace_spans *s, int64_t id);
/* A goroutine is about to leave g->m and g->p; is there now. */
void thread_leave(struct gotrace_spans *s, const struct span_g *g);
void thread_take(struct gotrace_spans *s, const struct span_g *g);
/* The same of a proc and p->m. */
void thread_leave_proc(struct gotrace_spans *s, struct span_p *p);
void thread_take_proc(struct gotrace_spans *s, const struct span_p *p);
void threads_forget(struct gotrace_spans *s);

/* ranges.c */

/* An assist is over, or not known of any more. */
void assist_forget(struct span_g *g);
/* Adds one that ends, or is going on still. */
void assist_add(struct gotrace_spans *s, const struct span_g *g, int64_t to, uint64_t end_n,
                uint8_t open);
/* What ends, or is going on still at `to`. end_n: 0, nothing ends it; open: what to say of
 * its end. */
void range_add(struct gotrace_spans *s, gotrace_span_kind kind, const struct open_range *r,
               int64_t to, uint64_t end_n, uint8_t open);
void ranges_flush(struct gotrace_spans *s, int64_t at, uint8_t open);
void ranges_forget(struct gotrace_spans *s);

/* tasks.c: tasks and regions */

/* What a goroutine works on (design.md, "Whose task?"), 0: the background. */
uint64_t task_of(const struct gotrace_spans *s, struct span_g *g);
void regions_flush(struct gotrace_spans *s, struct span_g *g, int64_t at, uint64_t end_n,
                   uint8_t open);
void regions_forget(struct span_g *g);
/* A task that is spoken of and was not begun before has been going on all along; g: by it, or
 * NULL. */
void task_mention(struct gotrace_spans *s, struct span_g *g, uint64_t task);
void tasks_flush(struct gotrace_spans *s, int64_t at, uint8_t open);
/* Nothing is known of them until they are spoken of again. */
void tasks_forget(struct gotrace_spans *s);

/* procs.c */

struct span_p *p_find(const struct gotrace_spans *s, int64_t id); /* NULL: there is none */
struct span_p *p_make(struct gotrace_spans *s, int64_t id);       /* NULL: no memory */
/* The thread lets go of the event's proc at `now`. */
void p_lose(struct gotrace_spans *s, const gotrace_event *e, int64_t now);
void procs_flush(struct gotrace_spans *s, int64_t at, uint8_t open);
void procs_forget(struct gotrace_spans *s, int64_t at);

/* What an event is to spans. */
typedef void span_step(struct gotrace_spans *s, const gotrace_event *e);
span_step p_step_status, p_step_start, p_step_stop, p_step_steal;
span_step g_step_create, g_step_create_blocked, g_step_create_syscall, g_step_start, g_step_stop;
span_step g_step_block, g_step_unblock, g_step_destroy, g_step_destroy_syscall, g_step_status;
span_step g_step_syscall, g_step_syscall_end, g_step_syscall_end_blocked, g_step_switch,
    g_step_label;
span_step range_step_stw, range_step_stw_end, range_step_gc, range_step_gc_active,
    range_step_gc_end;
span_step range_step_sweep, range_step_sweep_active, range_step_sweep_end;
span_step range_step_assist, range_step_assist_active, range_step_assist_end;
span_step task_step_begin, task_step_end, task_step_log, region_step_begin, region_step_end;
span_step collection_step_heap, collection_step_goal;
#endif
