/* ring.h: numbered places that one thread fills and another empties, each in
 * turn. What lies in them is the owner's: place i is i modulo `places`.
 *
 * Who finds nothing to do sleeps, and is woken when there is enough of it: to
 * wake a thread takes as long as a place or two. Whatever was written before
 * ring_fill may be read behind ring_wait_filled, and the other way round. */
#ifndef GOTRACE_BASE_THREAD_RING_H
#define GOTRACE_BASE_THREAD_RING_H
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { RING_LINE = 64 };

struct ring {
    unsigned places; /* a power of two */
    unsigned enough;
    pthread_mutex_t lock;
    pthread_cond_t to_filler, to_taker;
    /* So many so far; each in the line of who writes it. */
    alignas(RING_LINE) atomic_uint filled;
    unsigned last_emptied; /* as the filler saw it last */
    alignas(RING_LINE) atomic_uint emptied;
    unsigned last_filled; /* as the taker saw it last */
    alignas(RING_LINE) atomic_bool filler_sleeps;
    atomic_bool taker_sleeps;
    atomic_bool ended;   /* nothing more is filled */
    atomic_bool stopped; /* nothing more is wanted */
};

/* False: no such thing to be had, and there is nothing to free. */
bool ring_init(struct ring *r, unsigned places);
void ring_free(struct ring *r);

/* The filler's: the place to fill, waited for; false: nothing more is wanted. */
bool ring_wait_empty(struct ring *r, unsigned *place);
/* It is filled. */
void ring_fill(struct ring *r);
void ring_end(struct ring *r);

/* The taker's: the place to empty, waited for; false: there will be none. */
bool ring_wait_filled(struct ring *r, unsigned *place);
/* It is empty. */
void ring_empty(struct ring *r);
void ring_stop(struct ring *r);
#endif
