#include "base/thread/ring.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* Waits may be until a time. */
static bool make_conds(struct ring *r)
{
    pthread_condattr_t clock;
    if (pthread_condattr_init(&clock) != 0)
        return false;
    bool ok = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(&r->to_filler, NULL) == 0;
    if (ok && pthread_cond_init(&r->to_taker, &clock) != 0) {
        (void)pthread_cond_destroy(&r->to_filler);
        ok = false;
    }
    (void)pthread_condattr_destroy(&clock);
    return ok;
}

/* A power of two, so that a count's place stays in step when the count runs
 * over. */
bool ring_init(struct ring *r, unsigned places, unsigned enough)
{
    memset(r, 0, sizeof *r);
    assert(enough > 0 && enough <= places && (places & (places - 1)) == 0);
    r->places = places;
    r->enough = enough;
    if (pthread_mutex_init(&r->lock, NULL) != 0)
        return false;
    if (make_conds(r))
        return true;
    (void)pthread_mutex_destroy(&r->lock);
    return false;
}

void ring_free(struct ring *r)
{
    (void)pthread_cond_destroy(&r->to_taker);
    (void)pthread_cond_destroy(&r->to_filler);
    (void)pthread_mutex_destroy(&r->lock);
}

/* `stopped` stays: a ring that nobody wants more from stays so. */
void ring_begin(struct ring *r)
{
    assert(!r->wants_alone);
    atomic_store(&r->filled, 0);
    atomic_store(&r->emptied, 0);
    r->last_filled = r->last_emptied = 0;
    atomic_store(&r->ended, false);
    r->alone = false;
}

/* Who is about to sleep says so, and then looks again; the other looks for
 * sleepers behind each step: in one order for all, so that one of them sees the
 * other. */

/* Places that are filled and not emptied. Both counts run over at 2^32, and
 * their difference is right all the same. */
static unsigned waiting(const struct ring *r)
{
    return atomic_load(&r->filled) - atomic_load(&r->emptied);
}

/* The lock is taken for this only: between a sleeper's last look and its wait
 * nobody signals. */
static void wake(struct ring *r, pthread_cond_t *cond)
{
    (void)pthread_mutex_lock(&r->lock);
    (void)pthread_cond_signal(cond);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Whoever is signalled sees the flag, which is set under the lock. */
static void set(struct ring *r, atomic_bool *what, pthread_cond_t *cond)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(what, true);
    (void)pthread_cond_signal(cond);
    (void)pthread_mutex_unlock(&r->lock);
}

/* The filler */

/* Called when all places are full; sleeps until `enough` of them are empty, so
 * that it is not woken for each. */
static void sleep_until_empty(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(&r->filler_sleeps, true);
    while (r->places - waiting(r) < r->enough && !atomic_load(&r->stopped))
        (void)pthread_cond_wait(&r->to_filler, &r->lock);
    atomic_store(&r->filler_sleeps, false);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Looks at the taker's count only when, by what was seen last, all places are
 * full: else the two threads would pull its cache line back and forth for each
 * place. */
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

/* The taker may go on. */
static void leave_alone(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->alone = false;
    (void)pthread_cond_signal(&r->to_taker);
    (void)pthread_mutex_unlock(&r->lock);
}

/* A taker that waits for this filler alone is woken by this one place, however
 * few are filled. */
void ring_fill(struct ring *r)
{
    bool alone = r->alone; /* set by the taker before this thread went on */
    atomic_fetch_add(&r->filled, 1);
    if (alone)
        leave_alone(r);
    else if (atomic_load(&r->taker_sleeps) && waiting(r) >= r->enough)
        wake(r, &r->to_taker);
}

void ring_end(struct ring *r)
{
    set(r, &r->ended, &r->to_taker);
}

/* The second call in a row returns at once: whoever is alone stays so until
 * ring_fill. */
bool ring_wait_alone(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->wants_alone = !r->alone;
    (void)pthread_cond_signal(&r->to_taker);
    while (!r->alone && !atomic_load(&r->stopped))
        (void)pthread_cond_wait(&r->to_filler, &r->lock);
    r->wants_alone = false;
    (void)pthread_mutex_unlock(&r->lock);
    return !atomic_load(&r->stopped);
}

/* The taker */

/* On the monotonic clock, which is the condition's (make_conds): nobody can set
 * it back. */
static struct timespec after_ms(unsigned ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

/* Who wants to be alone is, once all places are empty. */
static void let_alone(struct ring *r)
{
    if (!r->wants_alone || waiting(r) != 0)
        return;
    r->wants_alone = false;
    r->alone = true;
    (void)pthread_cond_signal(&r->to_filler);
}

/* Under the lock. While the filler is alone the taker waits for it, whatever
 * the places hold. */
static bool is_to_wait(const struct ring *r)
{
    if (r->alone)
        return !atomic_load(&r->ended);
    return waiting(r) < r->enough && !r->wants_alone && !atomic_load(&r->ended);
}

/* Waits for a signal, no longer than until *at; NULL is for ever. False: it is later. */
static bool wait_for_signal(struct ring *r, const struct timespec *at)
{
    if (at)
        return pthread_cond_timedwait(&r->to_taker, &r->lock, at) == 0;
    (void)pthread_cond_wait(&r->to_taker, &r->lock);
    return true;
}

/* No time limit while the filler is alone: it uses what is the taker's, which
 * must not go on. */
static void sleep_until_filled(struct ring *r, unsigned ms)
{
    struct timespec at = after_ms(ms);
    bool in_time = true;
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(&r->taker_sleeps, true);
    for (let_alone(r); is_to_wait(r) && (in_time || r->alone); let_alone(r))
        in_time = wait_for_signal(r, ms && !r->alone ? &at : NULL);
    atomic_store(&r->taker_sleeps, false);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Looks at the filler's count only when what was seen of it is used up, as
 * ring_wait_empty does. A wait that lasts too long is for more than there is: a
 * place is taken all the same. */
enum ring_taken ring_take(struct ring *r, unsigned ms, unsigned *place)
{
    unsigned emptied = atomic_load_explicit(&r->emptied, memory_order_relaxed);
    bool ended = false;
    if (emptied == r->last_filled) {
        if (waiting(r) == 0)
            sleep_until_filled(r, ms);
        ended = atomic_load(&r->ended); /* first: what was filled before it is seen */
        r->last_filled = atomic_load(&r->filled);
    }
    *place = emptied % r->places;
    if (emptied != r->last_filled)
        return RING_PLACE;
    return ended ? RING_END : RING_LATE;
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
