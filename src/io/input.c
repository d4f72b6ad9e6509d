#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* What input_interrupt knows of a waiting input. The list only grows and pipes
 * stay open, so that a handler can walk it and write at any time; a closed
 * input's waker is taken again by a later one. */
struct waker {
    struct waker *next;
    atomic_bool taken;
    int pipe[2]; /* neither end blocks */
};

static _Atomic(struct waker *) wakers;
static atomic_uint interrupts;

/* The count goes first: who finds a byte in its pipe finds the count too. */
void input_interrupt(void)
{
    int saved = errno;
    atomic_fetch_add(&interrupts, 1);
    for (struct waker *w = atomic_load(&wakers); w; w = w->next) {
        /* A full pipe wakes as well. */
        ssize_t n = write(w->pipe[1], "", 1);
        (void)n;
    }
    errno = saved;
}

unsigned input_interrupts(void)
{
    return atomic_load(&interrupts);
}

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

static struct waker *waker_new(void)
{
    struct waker *w = mem_zeroed(1, sizeof *w);
    if (!w || !waker_pipe(w)) {
        mem_free(w);
        return NULL;
    }
    atomic_store(&w->taken, true);
    w->next = atomic_load(&wakers);
    while (!atomic_compare_exchange_weak(&wakers, &w->next, w))
        ;
    return w;
}

static struct waker *waker_take(void)
{
    struct waker *w = atomic_load(&wakers);
    while (w && atomic_exchange(&w->taken, true))
        w = w->next;
    return w ? w : waker_new();
}

static void waker_drain(struct waker *w)
{
    char bytes[64];
    while (read(w->pipe[0], bytes, sizeof bytes) > 0)
        ;
}

void input_memory(struct input *in, const void *data, size_t len, size_t step)
{
    *in = (struct input){.fd = -1, .data = data, .len = len, .step = step};
    in->interrupts = atomic_load(&interrupts);
}

bool input_descriptor(struct input *in, int fd, bool waits)
{
    *in = (struct input){.fd = fd, .interrupts = atomic_load(&interrupts)};
    return !waits || (in->waker = waker_take());
}

bool input_take_interrupt(struct input *in)
{
    unsigned now = atomic_load(&interrupts);
    bool news = now != in->interrupts;
    in->interrupts = now;
    return news;
}

/* True when a read will not block; false: look for an interrupt and try again. */
static bool input_wait(struct input *in)
{
    struct pollfd fds[2] = {{.fd = in->fd, .events = POLLIN},
                            {.fd = in->waker->pipe[0], .events = POLLIN}};
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

gotrace_status input_read(struct input *in, void *to, size_t n, size_t *got)
{
    for (;;) {
        if (input_take_interrupt(in))
            return GOTRACE_INTERRUPTED;
        if (in->fd < 0)
            return read_memory(in, to, n, got);
        if (in->waker && !input_wait(in))
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

void input_close(struct input *in)
{
    if (in->waker)
        atomic_store(&in->waker->taken, false);
    if (in->fd > STDIN_FILENO)
        (void)close(in->fd);
    in->waker = NULL;
    in->fd = -1;
}
