#include "io/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void input_memory(struct input *in, const void *data, size_t len, size_t step)
{
    /* A descriptor of -1 says that it is memory, and poll passes over it. */
    *in = (struct input){.fd = -1, .data = data, .len = len, .step = step};
}

void input_descriptor(struct input *in, int fd, bool waits)
{
    *in = (struct input){.fd = fd, .waits = waits};
}

/* Interrupts from before this count as told of. A waker is taken only where a
 * read may wait. */
bool input_heed(struct input *in, gotrace_interrupter *interrupter)
{
    in->interrupter = interrupter;
    in->interrupts = interrupter_count(interrupter);
    return !in->waits || !interrupter || (in->waker = waker_take(interrupter));
}

/* By the count alone, without a system call: it is asked before every read. */
bool input_take_interrupt(struct input *in)
{
    unsigned now = interrupter_count(in->interrupter);
    bool news = now != in->interrupts;
    in->interrupts = now;
    return news;
}

/* True when a read will not block; false: look for an interrupt and try again. A
 * descriptor of -1 is one that poll passes over. */
static bool input_wait(struct input *in)
{
    struct pollfd fds[2] = {{.fd = in->fd, .events = POLLIN},
                            {.fd = in->waker ? waker_fd(in->waker) : -1, .events = POLLIN}};
    /* First without a wait: on_wait flushes output, which is not worth it when
     * bytes are there. */
    int n = poll(fds, 2, 0);
    if (n == 0) {
        if (in->on_wait)
            in->on_wait(in->on_wait_arg);
        n = poll(fds, 2, -1);
    }
    if (n < 0)
        return errno != EINTR && errno != EAGAIN; /* then read says what is wrong */
    if (fds[1].revents)
        waker_drain(in->waker);
    return fds[0].revents != 0;
}

static gotrace_status read_memory(struct input *in, void *to, size_t n, size_t *got)
{
    if (n > in->len)
        n = in->len;
    if (in->step && n > in->step)
        n = in->step;
    if (!n)
        return GOTRACE_END;
    memcpy(to, in->data, n);
    in->data += n;
    in->len -= n;
    *got = n;
    return GOTRACE_OK;
}

/* The interrupt is looked at before each attempt, so one that comes while poll
 * sleeps is told as soon as the waker has ended that. EAGAIN is another
 * reader's doing, who took the bytes first. */
gotrace_status input_read(struct input *in, void *to, size_t n, size_t *got)
{
    for (;;) {
        if (input_take_interrupt(in))
            return GOTRACE_INTERRUPTED;
        if (in->fd < 0)
            return read_memory(in, to, n, got);
        if (in->waits && !input_wait(in))
            continue;
        ssize_t r = read(in->fd, to, n);
        if (r >= 0) {
            *got = (size_t)r;
            return r ? GOTRACE_OK : GOTRACE_END;
        }
        if (errno != EINTR && errno != EAGAIN)
            return GOTRACE_SYSTEM;
    }
}

/* Standard input is not ours to close. */
void input_close(struct input *in)
{
    waker_give_back(in->waker);
    if (in->fd > STDIN_FILENO)
        (void)close(in->fd);
    in->waker = NULL;
    in->fd = -1;
}
