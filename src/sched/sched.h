/* sched.h: the scheduler model: what Go's reader knows of goroutines, procs
 * and threads while it reads a v2 trace.
 *
 * One model for all uses: it orders the input (an event that cannot happen yet
 * is one to wait with), and it verifies (an event that can never happen). Its
 * rules, their order, and the context each event gets are those of Go 1.27
 * internal/trace/order.go; the table event.def says which rule is whose. */
#ifndef GOTRACE_SCHED_SCHED_H
#define GOTRACE_SCHED_SCHED_H
#include "gotrace.h"

struct sched;

enum sched_result {
    SCHED_ADVANCED, /* it happened; the model has moved */
    SCHED_NOT_YET,  /* other threads must come first; the model is as before */
    SCHED_BROKEN,   /* it breaks a rule; diag says which; the model is as before */
    SCHED_NO_MEMORY
};

/* What an event asks the model, and what it answers. */
struct sched_event {
    uint32_t thread; /* handle from sched_thread */
    uint8_t type;
    uint64_t gen;
    const uint64_t *arg; /* as on the wire */
    uint32_t name;       /* interned name of task and region events */
    /* Answers. */
    int64_t m, p, g;   /* context just before, -1: none */
    uint64_t promoted; /* ProcStatus: the status it amounts to */
    uint64_t kind;     /* STWEnd: the kind of the stop that it ends */
    uint8_t before;    /* events that Go's reader adds before this one ... */
    uint8_t after;     /* ... and behind it; each takes a nanosecond */
    bool restates;     /* statuses: what they are about was known before */
};

struct sched *sched_new(void); /* NULL: no memory */
void sched_free(struct sched *s);
/* Forgets everything but the totals: after damage nothing known is certain. */
void sched_reset(struct sched *s);

/* Handle of thread m for sched_event.thread; stable until sched_reset. False:
 * no memory. It makes no thread known to the model. */
bool sched_thread(struct sched *s, int64_t m, uint32_t *handle);
/* Makes the event happen, if it can: the model is as it was if not. diag says why
 * it is broken (it may be NULL: saying costs more than finding out). */
enum sched_result sched_advance(struct sched *s, struct sched_event *ev, gotrace_diag *diag);

/* Sets the sequence numbers among an event's arguments to those that the model
 * waits for; 0 where the resource has not been stated in generation gen. */
void sched_number(const struct sched *s, uint32_t thread, uint8_t type, uint64_t gen,
                  uint64_t *arg);

/* A model of its own that holds the same; NULL: no memory. */
struct sched *sched_copy(const struct sched *from);

/* Asking. `thread` is a handle, MAP_NONE when nothing runs it; m its id, -1. */

struct sched_g {
    size_t slot;
    int64_t id, m;
    uint64_t gen, seq;
    uint32_t thread;
    uint32_t stw, regions; /* in flight; of regions those that were not dropped */
    uint8_t status;
    bool assist, created_in_trace;
};
struct sched_p {
    size_t slot;
    int64_t id, m;
    uint64_t gen, seq;
    uint32_t thread;
    uint8_t status;
    bool sweep;
};
struct sched_region {
    uint64_t task;
    uint32_t name;
    bool dropped;
};
/* False: there is none. */
bool sched_find_g(const struct sched *s, int64_t id, struct sched_g *out);
bool sched_find_p(const struct sched *s, int64_t id, struct sched_p *out);
/* The same of what is most asked for: its slot, and its status, GoNone where there is none. */
bool sched_slot_of_g(const struct sched *s, int64_t id, size_t *slot);
bool sched_slot_of_p(const struct sched *s, int64_t id, size_t *slot);
uint8_t sched_status_of_g(const struct sched *s, int64_t id);
/* The thread that last ran a goroutine, whether or not it still does; -1. */
int64_t sched_last_thread(const struct sched *s, int64_t id);
/* All of them: slots from 0, some empty. */
size_t sched_g_slots(const struct sched *s);
bool sched_g_at(const struct sched *s, size_t i, struct sched_g *out);
size_t sched_p_slots(const struct sched *s);
bool sched_p_at(const struct sched *s, size_t i, struct sched_p *out);
/* What runs on a thread, -1: none. */
void sched_context(const struct sched *s, uint32_t thread, int64_t *p, int64_t *g);
/* Whether a mark phase is in flight; *seq is the last of its events' numbers. */
bool sched_gc(const struct sched *s, uint64_t *seq);
uint64_t sched_first_gen(const struct sched *s); /* 0: none yet */
/* Kind number i of the goroutine's stops of the world in flight. */
bool sched_stw(const struct sched *s, int64_t g, uint32_t i, uint64_t *kind);
/* Whether the thread's goroutine *g, -1 for none, is in a range. */
bool sched_in_range(const struct sched *s, uint32_t thread, int64_t *g);
size_t sched_stops(const struct sched *s); /* of the world in flight */
/* The goroutine's regions, the innermost at depth 0. */
bool sched_region(const struct sched *s, int64_t g, uint32_t depth, struct sched_region *out);
/* Whether one of that task and name is open, at whatever depth. */
bool sched_region_open(struct sched *s, int64_t g, uint64_t task, uint32_t name);
/* Finds the innermost of that task and name, if it is among the innermost
 * SCHED_NEAR_REGIONS: enough for those of a program, too few for an attack. */
enum { SCHED_NEAR_REGIONS = 512 };
struct sched_depth {
    uint32_t all, kept; /* regions inside it, and those that were not dropped */
};
bool sched_region_depth(struct sched *s, int64_t g, uint64_t task, uint32_t name,
                        struct sched_depth *depth);
/* Marks the n innermost ones as left out of the output, or over in it. */
void sched_drop_regions(struct sched *s, int64_t g, uint32_t n);
/* As if the trace began here: goroutines are older than it, and no region is open. */
void sched_begin_here(struct sched *s);

/* Totals since sched_new: what ever appeared. */
struct sched_totals {
    uint64_t threads, procs, goroutines;
};
struct sched_totals sched_totals(const struct sched *s);
#endif
