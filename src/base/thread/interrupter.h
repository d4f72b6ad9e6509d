/* interrupter.h: gotrace.h's interrupter, for who reads and writes.
 *
 * It counts. Who is to be interrupted remembers how far it had counted, and looks now
 * and then. Who waits has a waker beside, a pipe that is written to with each count,
 * so that an interrupt just before the wait ends the wait too.
 *
 * An interrupter that is NULL never interrupts. */
#ifndef GOTRACE_BASE_THREAD_INTERRUPTER_H
#define GOTRACE_BASE_THREAD_INTERRUPTER_H
#include <stdbool.h>

#include "gotrace.h"

struct waker;

/* How often gotrace_interrupt was called; it may begin again at 0. */
unsigned interrupter_count(const gotrace_interrupter *i);

/* One for somebody who waits, until waker_give_back. NULL with errno: none is to be had. */
struct waker *waker_take(gotrace_interrupter *i);
void waker_give_back(struct waker *w); /* NULL is fine */
/* The descriptor to poll for POLLIN, and what takes that back; the count comes first:
 * who sees the one sees the other. */
int waker_fd(const struct waker *w);
void waker_drain(struct waker *w);
#endif
