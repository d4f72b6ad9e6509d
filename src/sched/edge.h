/* edge.h: what the model notes of the edges of a generation (edges.h). */
#ifndef GOTRACE_SCHED_EDGE_H
#define GOTRACE_SCHED_EDGE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

enum edge_kind {
    EDGE_G,          /* goroutine id has status a; GoSyscall: on thread b */
    EDGE_P,          /* proc id has status a, said on thread b */
    EDGE_STEAL,      /* proc id, which is abandoned, is stolen from thread a by thread b */
    EDGE_CREATED,    /* goroutine id is created */
    EDGE_ASSIST,     /* goroutine id is in one */
    EDGE_SWEEP,      /* proc id is in one */
    EDGE_GC,         /* first number: id, of type a; b: whether in a goroutine on a proc */
    EDGE_TASK,       /* task id begins, named a */
    EDGE_TASK_END,   /* task id ends */
    EDGE_REGION_END, /* of goroutine id, of task b, named a: not begun here */
    EDGE_THREAD,     /* thread id acts, with proc a and goroutine b */
    /* In a pass (strict.h): */
    EDGE_RUNS_G, /* thread a says of goroutine id that it runs there */
    EDGE_RUNS_P  /* thread a says of proc id that it has it, with status b */
};
struct edge {
    enum edge_kind kind;
    uint64_t id;
    int64_t a, b;
};
/* A zeroed one is empty. */
struct edges {
    VEC(struct edge) list;
    bool failed; /* no memory, or something that cannot be told: no join */
};
#endif
