#include "base/thread/ring.h"

#include <string.h>

bool ring_init(struct ring *r, unsigned places)
{
    memset(r, 0, sizeof *r);
    r->places = places;
    r->enough = places / 2;
    if (pthread_mutex_init(&r->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&r->to_filler, NULL) == 0) {
        if (pthread_cond_init(&r->to_taker, NULL) == 0)
            return true;
        (void)pthread_cond_destroy(&r->to_filler);
    }
    (void)pthread_mutex_destroy(&r->lock);
    return false;
}

void ring_free(struct ring *r)
{
    (void)pthread_cond_destroy(&r->to_taker);
    (void)pthread_cond_destroy(&r->to_filler);
    (void)pthread_mutex_destroy(&r->lock);
}

/* Who is about to sleep says so, and then looks again; the other looks for
 * sleepers behind each step: in one order for all, so that one of them sees the
 * other. */

static unsigned waiting(const struct ring *r)
{
    return atomic_load(&r->filled) - atomic_load(&r->emptied);
}

static void wake(struct ring *r, pthread_cond_t *cond)
{
    (void)pthread_mutex_lock(&r->lock);
    (void)pthread_cond_signal(cond);
    (void)pthread_mutex_unlock(&r->lock);
}

static void set(struct ring *r, atomic_bool *what, pthread_cond_t *cond)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(what, true);
    (void)pthread_cond_signal(cond);
    (void)pthread_mutex_unlock(&r->lock);
}

/* The filler */

static void sleep_until_empty(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(&r->filler_sleeps, true);
    while (r->places - waiting(r) < r->enough && !atomic_load(&r->stopped))
        (void)pthread_cond_wait(&r->to_filler, &r->lock);
    atomic_store(&r->filler_sleeps, false);
    (void)pthread_mutex_unlock(&r->lock);
}

bool ring_wait_empty(struct ring *r, unsigned *place)
{
    unsigned filled = atomic_load_explicit(&r->filled, memory_order_relaxed);
    if (filled - r->last_emptied == r->places) {
        if (waiting(r) == r->places)
            sleep_until_empty(r);
        r->last_emptied = atomic_load(&r->emptied);
    }
    *place = filled % r->places;
    return !atomic_load_explicit(&r->stopped, memory_order_relaxed);
}

void ring_fill(struct ring *r)
{
    atomic_fetch_add(&r->filled, 1);
    if (atomic_load(&r->taker_sleeps) && waiting(r) >= r->enough)
        wake(r, &r->to_taker);
}

void ring_end(struct ring *r)
{
    set(r, &r->ended, &r->to_taker);
}

/* The taker */

static void sleep_until_filled(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(&r->taker_sleeps, true);
    while (waiting(r) < r->enough && !atomic_load(&r->ended))
        (void)pthread_cond_wait(&r->to_taker, &r->lock);
    atomic_store(&r->taker_sleeps, false);
    (void)pthread_mutex_unlock(&r->lock);
}

bool ring_wait_filled(struct ring *r, unsigned *place)
{
    unsigned emptied = atomic_load_explicit(&r->emptied, memory_order_relaxed);
    if (emptied == r->last_filled) {
        if (waiting(r) == 0)
            sleep_until_filled(r);
        r->last_filled = atomic_load(&r->filled);
    }
    *place = emptied % r->places;
    return emptied != r->last_filled;
}

void ring_empty(struct ring *r)
{
    atomic_fetch_add(&r->emptied, 1);
    if (atomic_load(&r->filler_sleeps) && r->places - waiting(r) >= r->enough)
        wake(r, &r->to_filler);
}

void ring_stop(struct ring *r)
{
    set(r, &r->stopped, &r->to_filler);
}
