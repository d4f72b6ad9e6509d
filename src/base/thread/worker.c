#include "base/thread/worker.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

/* By the affinity, which containers and taskset set; where the kernel has more
 * CPUs than the set holds, 1. */
unsigned worker_cpus(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 1 ? (unsigned)n : 1;
}

bool worker_pays(enum worker_use use, uint64_t bytes, uint64_t least)
{
    if (use != WORKER_WHERE_IT_PAYS)
        return use == WORKER_ALWAYS;
    return bytes >= least && worker_cpus() > 1;
}

/* The threads */

/* Under the lock, and there is one. */
static struct worker_task *take_up(struct workers *w)
{
    struct worker_task *task = w->first;
    w->first = task->next;
    if (!w->first)
        w->last = NULL;
    return task;
}

/* The lock is let go for the work alone. The task may be gone as soon as the
 * lock is: whoever waits for it owns it. */
static void run(struct workers *w, struct worker_task *task)
{
    (void)pthread_mutex_unlock(&w->lock);
    task->work(task->arg);
    (void)pthread_mutex_lock(&w->lock);
    task->done = true;
    (void)pthread_cond_signal(&w->to_caller);
}

/* A thread's whole life. Tasks that are called are run even when the workers
 * are dismissed. */
static void *serve(void *arg)
{
    struct workers *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->first)
            run(w, take_up(w));
        if (w->dismissed)
            break;
        w->idle++;
        (void)pthread_cond_wait(&w->to_worker, &w->lock);
        w->idle--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Starts a thread that gets no signals, but those that say what it has done
 * itself: the end of a file that shrinks under its mapping is one. */
static bool start(pthread_t *thread, struct workers *w)
{
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t others, before;
    (void)sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)sigdelset(&others, own[i]);
    if (pthread_sigmask(SIG_SETMASK, &others, &before) != 0)
        return false;
    bool started = pthread_create(thread, NULL, serve, w) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* The caller */

/* All three or none, so that free_lock needs no memory of how far it came. */
static bool make_lock(struct workers *w)
{
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&w->to_worker, NULL) == 0) {
        if (pthread_cond_init(&w->to_caller, NULL) == 0)
            return true;
        (void)pthread_cond_destroy(&w->to_worker);
    }
    (void)pthread_mutex_destroy(&w->lock);
    return false;
}

static void free_lock(struct workers *w)
{
    (void)pthread_cond_destroy(&w->to_caller);
    (void)pthread_cond_destroy(&w->to_worker);
    (void)pthread_mutex_destroy(&w->lock);
}

/* The lock is made with the first thread: workers that run nothing need none. */
static bool hire_first(struct workers *w)
{
    if (!make_lock(w))
        return false;
    if (start(&w->threads[0], w))
        return true;
    free_lock(w);
    return false;
}

/* One thread more. Where there is none to be had it is not tried again. */
static void hire(struct workers *w)
{
    bool ok = w->started ? start(&w->threads[w->started], w) : hire_first(w);
    w->started += ok;
    w->refused = !ok;
}

/* At least the thread of a caller that has said nothing. */
static unsigned most(const struct workers *w)
{
    unsigned n = w->most ? w->most : 1;
    return n < WORKERS_MOST ? n : WORKERS_MOST;
}

/* Under the lock, at the end: tasks are taken up in the order of their calls. */
static void add(struct workers *w, struct worker_task *task)
{
    if (w->last)
        w->last->next = task;
    else
        w->first = task;
    w->last = task;
}

/* Whether a thread is there for one more task. */
static bool has_idle(struct workers *w)
{
    unsigned waiting = 0;
    (void)pthread_mutex_lock(&w->lock);
    for (const struct worker_task *t = w->first; t; t = t->next)
        waiting++;
    bool yes = w->idle > waiting;
    (void)pthread_mutex_unlock(&w->lock);
    return yes;
}

/* Another thread only if all are busy: threads that have nothing to do cost a
 * start each. */
bool workers_call(struct workers *w, struct worker_task *task, void (*work)(void *), void *arg)
{
    assert(!task->called);
    if (!w->refused && w->started < most(w) && (w->started == 0 || !has_idle(w)))
        hire(w);
    if (w->started == 0)
        return false;
    *task = (struct worker_task){.work = work, .arg = arg, .called = true};
    (void)pthread_mutex_lock(&w->lock);
    add(w, task);
    (void)pthread_cond_signal(&w->to_worker);
    (void)pthread_mutex_unlock(&w->lock);
    return true;
}

/* There is one caller, so a signal is enough for it; but it may be that of
 * another task's end. */
void workers_wait(struct workers *w, struct worker_task *task)
{
    if (!task->called)
        return;
    (void)pthread_mutex_lock(&w->lock);
    while (!task->done)
        (void)pthread_cond_wait(&w->to_caller, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
    task->called = false;
}

/* The clock that a condition has without a word. If it is set meanwhile, the
 * wait is shorter or longer once; the caller looks again anyway. */
static struct timespec in_ms(unsigned ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += (long)ms * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

/* One wait, no loop: to return early, woken by another task's end, is allowed. */
bool workers_wait_for(struct workers *w, struct worker_task *task, unsigned ms)
{
    struct timespec at = in_ms(ms);
    if (!task->called)
        return true;
    (void)pthread_mutex_lock(&w->lock);
    if (!task->done)
        (void)pthread_cond_timedwait(&w->to_caller, &w->lock, &at);
    bool done = task->done;
    (void)pthread_mutex_unlock(&w->lock);
    return done;
}

void workers_free(struct workers *w)
{
    if (w->started == 0)
        return;
    (void)pthread_mutex_lock(&w->lock);
    assert(!w->first);
    w->dismissed = true;
    (void)pthread_cond_broadcast(&w->to_worker);
    (void)pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->started; i++)
        (void)pthread_join(w->threads[i], NULL);
    free_lock(w);
    *w = (struct workers){0};
}
