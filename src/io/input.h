/* input.h: the bytes as they lie in a descriptor or in memory, read in order.
 *
 * A read of something that is not a regular file may wait for its producer.
 * An interrupt ends that. */
#ifndef GOTRACE_IO_INPUT_H
#define GOTRACE_IO_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/thread/interrupter.h"

struct input {
    int fd;              /* owned, unless it is standard input; -1: memory */
    const uint8_t *data; /* memory: borrowed, what is left of it */
    size_t len;
    size_t step;                      /* memory: bytes of a read at most; 0: no limit */
    bool waits;                       /* reads may */
    gotrace_interrupter *interrupter; /* borrowed, or NULL */
    struct waker *waker;     /* taken from it; NULL: reads do not wait, or nobody interrupts them */
    unsigned interrupts;     /* of which this input has told */
    void (*on_wait)(void *); /* before a wait; NULL: none */
    void *on_wait_arg;
};

void input_memory(struct input *in, const void *data, size_t len, size_t step);
/* Takes fd. `waits`: it is not a regular file. */
void input_descriptor(struct input *in, int fd, bool waits);
/* What is to end reads from now on, borrowed until input_close; NULL, as at first:
 * nothing. To be called once. False with errno when that fails. */
bool input_heed(struct input *in, gotrace_interrupter *interrupter);
/* Reads up to n bytes, at least one with GOTRACE_OK; else GOTRACE_END,
 * GOTRACE_INTERRUPTED, or GOTRACE_SYSTEM with errno. */
gotrace_status input_read(struct input *in, void *to, size_t n, size_t *got);
/* True once for all interrupts since the last time, or since in began. */
bool input_take_interrupt(struct input *in);
void input_close(struct input *in);
#endif
