/* worker.h: threads beside the caller's, which run its tasks: the one protocol by
 * which one thread has another do something.
 *
 * Tasks are taken up in the order in which they were called, as many at a time as
 * there are threads, and waited for one by one: so their results come in the order
 * that the caller likes, whichever ended first. Whatever a task wrote may be read
 * behind workers_wait, and whatever was written before workers_call by the task.
 * What a task yields before its end goes through a ring (ring.h).
 *
 * All calls are the caller's: a task calls nothing here. */
#ifndef GOTRACE_BASE_THREAD_WORKER_H
#define GOTRACE_BASE_THREAD_WORKER_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/thread/tunings.h"

/* When there are to be some. */
enum worker_use { WORKER_WHERE_IT_PAYS, WORKER_NEVER, WORKER_ALWAYS };

/* A zeroed one is done with. */
struct worker_task {
    void (*work)(void *);
    void *arg;
    struct worker_task *next; /* borrowed: the one to take up behind it */
    bool called;              /* and not waited for yet */
    bool done;                /* under the lock of the workers */
};

/* A zeroed one is valid; it has no threads until tasks are called. */
struct workers {
    enum worker_use use;
    unsigned most; /* threads at a time; 0: one */
    unsigned started, idle;
    bool refused; /* there is no further thread to be had */
    bool dismissed;
    pthread_t threads[WORKERS_MOST];
    pthread_mutex_t lock; /* of all that follows, `idle`, `dismissed` and tasks */
    pthread_cond_t to_worker, to_caller;
    struct worker_task *first, *last; /* borrowed: those that nobody has taken up; NULL: none */
};

/* CPUs that the process may use, 1 at least. */
unsigned worker_cpus(void);
/* Whether another thread is to help with so many bytes. It pays with `least` of
 * them or more, if there is a CPU to spare. */
bool worker_pays(enum worker_use use, uint64_t bytes, uint64_t least);
/* Has a thread run work(arg), as soon as there is one without a task; *task is
 * borrowed until workers_wait. False if there is no thread to be had: then
 * nothing was done, and there is nothing to wait for. */
bool workers_call(struct workers *w, struct worker_task *task, void (*work)(void *), void *arg);
/* Returns when the task is done, at once if there was none. */
void workers_wait(struct workers *w, struct worker_task *task);
/* The same, but waits for so many ms at most; false: the task goes on, and is waited for later. */
bool workers_wait_for(struct workers *w, struct worker_task *task, unsigned ms);
/* The end of the threads. All tasks have been waited for. */
void workers_free(struct workers *w);
#endif
