/* sched.h: the scheduler model: what Go's reader believes of goroutines, procs
 * and threads while it reads a v2 trace.
 *
 * One model for all uses: it orders the input (an event that cannot happen yet
 * is one to wait with), and it verifies (an event that can never happen). Its
 * rules, their order, and the context each event gets are those of Go 1.27
 * internal/trace/order.go; the table event.def says which rule is whose. */
#ifndef GOTRACE_SCHED_H
#define GOTRACE_SCHED_H
#include "gotrace.h"

struct sched;

enum sched_result {
    SCHED_ADVANCED, /* it happened; the model has moved */
    SCHED_NOT_YET,  /* other threads must come first; the model is as before */
    SCHED_BROKEN,   /* it breaks a rule; diag says which */
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
    uint8_t before;    /* events that Go's reader adds before this one ... */
    uint8_t after;     /* ... and behind it; each takes a nanosecond */
};

struct sched *sched_new(void); /* NULL: no memory */
void sched_free(struct sched *s);
/* Forgets everything but the totals: after damage nothing known is certain. */
void sched_reset(struct sched *s);

/* Handle of thread m for sched_event.thread; stable until sched_reset. False:
 * no memory. It makes no thread known to the model. */
bool sched_thread(struct sched *s, int64_t m, uint32_t *handle);
enum sched_result sched_advance(struct sched *s, struct sched_event *ev, gotrace_diag *diag);

/* Makes ev happen though the model says that it cannot, because what led to it
 * is lost: believes what it needs, where that is known, and answers like
 * sched_advance. For generations with a gap only. */
void sched_force(struct sched *s, struct sched_event *ev);

/* Totals since sched_new: what ever appeared. */
struct sched_totals {
    uint64_t threads, procs, goroutines;
};
struct sched_totals sched_totals(const struct sched *s);
#endif
