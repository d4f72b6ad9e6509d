#include "base/thread/interrupter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/mem.h"

/* The list only grows and pipes stay open as long as the interrupter is there, so that
 * a handler can walk it and write at any time; one that is given back is taken again. */
struct waker {
    struct waker *next; /* owned */
    atomic_bool taken;
    int pipe[2]; /* neither end blocks */
};

struct gotrace_interrupter {
    _Atomic(struct waker *) wakers; /* owned */
    atomic_uint count;
};

gotrace_interrupter *gotrace_interrupter_new(void)
{
    return mem_zeroed(1, sizeof(gotrace_interrupter));
}

static void waker_free(struct waker *w)
{
    (void)close(w->pipe[0]);
    (void)close(w->pipe[1]);
    mem_free(w);
}

/* Nobody waits any more, and no handler can come: only now may pipes be closed. */
void gotrace_interrupter_free(gotrace_interrupter *i)
{
    if (!i)
        return;
    for (struct waker *w = atomic_load(&i->wakers), *next; w; w = next) {
        next = w->next;
        waker_free(w);
    }
    mem_free(i);
}

/* Runs in a signal handler, so nothing but atomics and write(2); errno is the
 * interrupted code's. */
void gotrace_interrupt(gotrace_interrupter *i)
{
    int saved = errno;
    atomic_fetch_add(&i->count, 1);
    for (struct waker *w = atomic_load(&i->wakers); w; w = w->next) {
        /* A full pipe wakes as well. */
        ssize_t n = write(w->pipe[1], "", 1);
        (void)n;
    }
    errno = saved;
}

unsigned interrupter_count(const gotrace_interrupter *i)
{
    return i ? atomic_load(&i->count) : 0;
}

/* Neither end blocks: a handler must not wait for a reader, nor waker_drain for
 * a byte. */
static bool waker_pipe(struct waker *w)
{
    if (pipe(w->pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        (void)fcntl(w->pipe[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(w->pipe[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

/* Taken before anybody can see it: no other thread can take it in between. */
static struct waker *waker_new(gotrace_interrupter *i)
{
    struct waker *w = mem_zeroed(1, sizeof *w);
    if (!w || !waker_pipe(w)) {
        mem_free(w);
        return NULL;
    }
    atomic_store(&w->taken, true);
    w->next = atomic_load(&i->wakers);
    while (!atomic_compare_exchange_weak(&i->wakers, &w->next, w))
        ;
    return w;
}

struct waker *waker_take(gotrace_interrupter *i)
{
    struct waker *w = atomic_load(&i->wakers);
    while (w && atomic_exchange(&w->taken, true))
        w = w->next;
    return w ? w : waker_new(i);
}

void waker_give_back(struct waker *w)
{
    if (w)
        atomic_store(&w->taken, false);
}

int waker_fd(const struct waker *w)
{
    return w->pipe[0];
}

/* As many bytes as there are: many interrupts before a look are one. */
void waker_drain(struct waker *w)
{
    char bytes[64];
    while (read(w->pipe[0], bytes, sizeof bytes) > 0)
        ;
}
