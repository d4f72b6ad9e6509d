/* worker.h: a second thread: it runs one function at a time,
 * when called, and sleeps between.
 *
 * A zeroed one is valid; it has no thread until the first call. Whatever the
 * function wrote may be read behind worker_wait. */
#ifndef GOTRACE_BASE_THREAD_WORKER_H
#define GOTRACE_BASE_THREAD_WORKER_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* When there is to be one. */
enum worker_use { WORKER_WHERE_IT_PAYS, WORKER_NEVER, WORKER_ALWAYS };

struct worker {
    enum worker_use use;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool hired, refused; /* refused: there is none to be had */
    bool busy, dismissed;
    void (*work)(void *);
    void *arg;
};

/* Whether a second thread is to help with so many bytes. It pays with `least` of
 * them or more, if there is a CPU to spare. */
bool worker_pays(enum worker_use use, uint64_t bytes, uint64_t least);
/* Starts a thread that gets no signals, but those that say what it has done
 * itself: the end of a file that shrinks under its mapping is one. */
bool worker_start(pthread_t *thread, void *(*run)(void *), void *arg);
/* Lets it run work(arg), behind worker_wait; false if there is no thread to be
 * had. Then nothing was done. */
bool worker_call(struct worker *h, void (*work)(void *), void *arg);
/* Returns when it has nothing to do. */
void worker_wait(struct worker *h);
/* worker_wait, and the end of the thread. */
void worker_free(struct worker *h);
#endif
