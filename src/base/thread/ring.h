/* ring.h: numbered places that one thread fills and another empties, each in
 * turn: the one protocol by which results go from thread to thread. What lies in
 * the places is the owner's: place i is i modulo `places`.
 *
 * Who finds nothing to do sleeps, and is woken when there is enough of it: to
 * wake a thread takes as long as a place or two. Whatever was written before
 * ring_fill may be read behind ring_take, and whatever was written before
 * ring_empty behind ring_wait_empty. */
#ifndef GOTRACE_BASE_THREAD_RING_H
#define GOTRACE_BASE_THREAD_RING_H
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { RING_LINE = 64 };

/* To be aligned by RING_LINE. */
struct ring {
    unsigned places; /* a power of two */
    unsigned enough; /* filled ones for which the taker is woken, empty ones for the filler */
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
    /* Under the lock: the filler wants, and has, the taker waiting for it. */
    bool wants_alone, alone;
};

/* False: no such thing to be had, and there is nothing to free. */
bool ring_init(struct ring *r, unsigned places, unsigned enough);
void ring_free(struct ring *r);
/* Empty again, while nobody else has it, unless it was stopped. */
void ring_begin(struct ring *r);

/* The filler's: the place to fill, waited for; false: nothing more is wanted. */
bool ring_wait_empty(struct ring *r, unsigned *place);
/* It is filled. */
void ring_fill(struct ring *r);
void ring_end(struct ring *r);
/* Returns when the taker has emptied all places and waits, which it does until
 * one is filled or the end: what is the taker's may be changed meanwhile. False:
 * nothing more is wanted. */
bool ring_wait_alone(struct ring *r);

/* The taker's: the place to empty, waited for. RING_LATE: there is none after so
 * many ms; 0 is without limit. RING_END: there will be none. */
enum ring_taken { RING_PLACE, RING_LATE, RING_END };
enum ring_taken ring_take(struct ring *r, unsigned ms, unsigned *place);
/* It is empty. */
void ring_empty(struct ring *r);
void ring_stop(struct ring *r);
#endif
