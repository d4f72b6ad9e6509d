#include "write/models/threads.h"

#include <assert.h>

#include "write/models/truth.h"

/* Threads that v1 does not name: of a P before its first start, and of what was
 * on none; of a goroutine in a syscall since before the trace; others. No system
 * has such ids. */
#define THREAD_OF_P (INT64_C(1) << 40)
#define THREAD_OF_G (INT64_C(1) << 41)
#define OTHER_THREADS (INT64_C(3) << 40)

/* A thread that is new to the output is new to truth, too. */
bool out_thread_of(struct keeper *k, int64_t m, uint32_t *at)
{
    size_t known = k->out.threads.len;
    if (!emitter_thread(&k->out, m, at))
        return false;
    assert(*at < k->out.threads.len && k->out.threads.data[*at].m == m);
    if (k->out.threads.len == known || !k->truth)
        return true;
    return sched_thread(k->truth, m, &k->out.threads.data[*at].truth) || keeper_no_memory(k);
}

/* Ids of hostile traces may wrap around. */
static int64_t made_up(int64_t base, uint64_t id)
{
    return (int64_t)((uint64_t)base + id);
}

/* Of a v1 event: the P in whose batch it was. */
static uint64_t proc_of(const gotrace_event *ev)
{
    bool names = ev->type == EvProcStart || ev->type == EvProcStatus;
    return names ? ev->arg[0] : (uint64_t)ev->p;
}

/* Where the P went since (move_p), else the thread that the trace tells of, else
 * one of its own. */
static int64_t thread_of_p(const struct keeper *k, const gotrace_event *ev)
{
    uint64_t p = proc_of(ev);
    uint32_t moved = k->thread_of_p.len ? map_get(&k->thread_of_p, p) : MAP_NONE;
    assert(moved == MAP_NONE || moved < k->threads.len);
    if (moved != MAP_NONE)
        return k->threads.data[moved];
    return ev->home != -1 ? ev->home : made_up(THREAD_OF_P, p);
}

/* Each such goroutine has a made-up thread, which it has alone. */
int64_t thread_of_g(const struct keeper *k, const struct sched_g *g)
{
    bool untold = k->v1 && g->m == -1 && g->status == GoSyscall;
    return untold ? made_up(THREAD_OF_G, (uint64_t)g->id) : g->m;
}

/* In v1 a goroutine that comes back blocked is on its own thread, which is not
 * that of the P in whose batch this stands. */
static int64_t thread_of(const struct keeper *k, const gotrace_event *ev)
{
    struct sched_g g;
    if (!k->v1)
        return ev->home;
    if (ev->type == EvGoSyscallEndBlocked)
        return sched_find_g(truth_of(k), ev->g, &g) && g.m != -1
                   ? g.m
                   : made_up(THREAD_OF_G, (uint64_t)ev->g);
    if (ev->type == EvGoStatus && ev->arg[2] == GoSyscall)
        return made_up(THREAD_OF_G, ev->arg[0]);
    return thread_of_p(k, ev);
}

/* Nothing runs on the thread, which is k->thread then. */
static bool is_idle(struct keeper *k, int64_t m)
{
    struct run run;
    if (m == -1 || !out_thread_of(k, m, &k->thread))
        return false;
    truth_run(k, &run);
    return run.p == -1 && run.g == -1;
}

/* The P goes on on thread m, or where nothing runs, until it is started again. */
static bool move_p(struct keeper *k, const gotrace_event *ev, int64_t m)
{
    uint64_t p = proc_of(ev);
    assert(k->v1); /* v2 says where */
    if (!is_idle(k, m))
        m = made_up(THREAD_OF_P, p);
    if (!is_idle(k, m))
        m = OTHER_THREADS + k->invented++;
    return (VEC_PUSH(&k->threads, m) &&
            map_put(&k->thread_of_p, p, (uint32_t)k->threads.len - 1)) ||
           keeper_no_memory(k);
}

/* A P that starts a goroutine on a thread on which another one is in a syscall:
 * one of the two is elsewhere. */
static bool finds_syscall(struct keeper *k, const gotrace_event *ev)
{
    struct run run;
    if (ev->type != EvGoStart)
        return false;
    truth_run(k, &run);
    return run.g != -1 && run.g != (int64_t)ev->arg[0] && run.status == GoSyscall;
}

/* By clocks that disagree a P may start on a thread before that has left another, or
 * has come back from a syscall. */
static bool finds_proc(struct keeper *k, const gotrace_event *ev)
{
    struct run run;
    bool starts =
        ev->type == EvProcStart || (ev->type == EvProcStatus && ev->arg[1] == ProcRunning);
    if (!starts)
        return false;
    truth_run(k, &run);
    if (run.p == -1)
        return run.g != -1 && k->late;
    return run.p != (int64_t)ev->arg[0];
}

bool out_thread_of_event(struct keeper *k, const gotrace_event *ev)
{
    if (!k->v1 && k->thread < k->out.threads.len && k->out.threads.data[k->thread].m == ev->home)
        return true; /* as the event before */
    if (!k->v1)
        return out_thread_of(k, ev->home, &k->thread);
    k->late |= (ev->flags & GOTRACE_TIME_LATE) != 0;
    if (ev->type == EvProcStart)
        (void)map_delete(&k->thread_of_p, proc_of(ev));
    if (!out_thread_of(k, thread_of(k, ev), &k->thread))
        return false;
    int64_t m = -1;
    /* A goroutine that comes back from a syscall may find its old P in another's
     * syscall and take it, which v1 does not say (Go 1.15 runtime/proc.go
     * exitsyscallfast_reacquired): it goes on on its own thread. */
    if (finds_syscall(k, ev))
        m = sched_last_thread(truth_of(k), (int64_t)ev->arg[0]);
    else if (!finds_proc(k, ev))
        return true;
    return move_p(k, ev, m) && out_thread_of(k, thread_of(k, ev), &k->thread);
}

/* By its number, or as the P was moved. */
bool out_thread_is_invented(const struct keeper *k)
{
    return k->v1 && (k->out.threads.data[k->thread].m >= THREAD_OF_P ||
                     map_get(&k->thread_of_p, proc_of(k->ev)) != MAP_NONE);
}

/* On the thread that it names, else on its goroutine's. */
bool out_thread_of_added(struct keeper *k, const gotrace_event *ev)
{
    struct sched_g g;
    struct run run;
    int64_t m = thread_of(k, ev);
    assert(k->truth);
    if (m == -1 && k->out.threads.len == 0)
        return false;
    if (m == -1) /* behind a CPU sample */
        m = k->out.threads.data[k->thread].m;
    if (!out_thread_of(k, m, &k->thread))
        return false;
    truth_run(k, &run);
    bool given = ev->home != -1 && !k->v1;
    if (!given && ev->g != -1 && run.g != ev->g && sched_find_g(k->truth, ev->g, &g) && g.m != -1)
        return out_thread_of(k, g.m, &k->thread);
    return true;
}
