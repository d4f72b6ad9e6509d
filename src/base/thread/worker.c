#include "base/thread/worker.h"

#include <sched.h>
#include <signal.h>

static bool is_cpu_to_spare(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

bool worker_pays(enum worker_use use, uint64_t bytes, uint64_t least)
{
    if (use != WORKER_WHERE_IT_PAYS)
        return use == WORKER_ALWAYS;
    return bytes >= least && is_cpu_to_spare();
}

static void *serve(void *arg)
{
    struct worker *h = arg;
    (void)pthread_mutex_lock(&h->lock);
    while (!h->dismissed) {
        if (h->busy) {
            (void)pthread_mutex_unlock(&h->lock);
            h->work(h->arg);
            (void)pthread_mutex_lock(&h->lock);
            h->busy = false;
            (void)pthread_cond_broadcast(&h->change);
        } else {
            (void)pthread_cond_wait(&h->change, &h->lock);
        }
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

bool worker_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t others, before;
    (void)sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)sigdelset(&others, own[i]);
    if (pthread_sigmask(SIG_SETMASK, &others, &before) != 0)
        return false;
    bool started = pthread_create(thread, NULL, run, arg) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static bool hire(struct worker *h)
{
    if (h->hired || h->refused)
        return h->hired;
    h->refused = true;
    if (pthread_mutex_init(&h->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&h->change, NULL) == 0) {
        h->hired = worker_start(&h->thread, serve, h);
        if (h->hired)
            return true;
        (void)pthread_cond_destroy(&h->change);
    }
    (void)pthread_mutex_destroy(&h->lock);
    return false;
}

bool worker_call(struct worker *h, void (*work)(void *), void *arg)
{
    if (!hire(h))
        return false;
    worker_wait(h);
    (void)pthread_mutex_lock(&h->lock);
    h->work = work;
    h->arg = arg;
    h->busy = true;
    (void)pthread_cond_broadcast(&h->change);
    (void)pthread_mutex_unlock(&h->lock);
    return true;
}

void worker_wait(struct worker *h)
{
    if (!h->hired)
        return;
    (void)pthread_mutex_lock(&h->lock);
    while (h->busy)
        (void)pthread_cond_wait(&h->change, &h->lock);
    (void)pthread_mutex_unlock(&h->lock);
}

void worker_free(struct worker *h)
{
    if (!h->hired)
        return;
    worker_wait(h);
    (void)pthread_mutex_lock(&h->lock);
    h->dismissed = true;
    (void)pthread_cond_broadcast(&h->change);
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_join(h->thread, NULL);
    (void)pthread_cond_destroy(&h->change);
    (void)pthread_mutex_destroy(&h->lock);
    *h = (struct worker){0};
}
