#include "script/streams.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "script/process/signals.h"

/* What a pipe that has room takes without waiting. */
enum { PIECE = PIPE_BUF };

/* seconds below 0: however long it takes. */
static bool has_room(int fd, int seconds)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int n = poll(&p, 1, seconds < 0 ? -1 : seconds * 1000);
    return n != 0; /* an error is the write's to tell */
}

/* Nobody can be told any more who waits for a reader that does not read. */
static size_t room(int fd, size_t n)
{
    int sig = signals_asked();
    if (!sig)
        return n;
    if (!has_room(fd, SIGNALS_LIMIT))
        signals_end(sig);
    return n < PIECE ? n : PIECE;
}

/* Fewer than n: errno says why. */
static size_t write_all(int fd, const char *data, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t k = write(fd, data + done, room(fd, n - done));
        if (k >= 0)
            done += (size_t)k;
        else if (errno == EAGAIN)
            (void)has_room(fd, -1);
        else if (errno != EINTR)
            break;
    }
    return done;
}

static size_t to_stdout; /* bytes so far */
static size_t to_skip;   /* bytes that are dropped, of those that come next */

/* What is skipped is done with, to C's stream; only what was written counts in
 * streams_written. */
static ssize_t write_stdout(void *cookie, const char *data, size_t n)
{
    (void)cookie;
    size_t skipped = n < to_skip ? n : to_skip;
    to_skip -= skipped;
    size_t done = write_all(STDOUT_FILENO, data + skipped, n - skipped);
    to_stdout += done;
    return (ssize_t)(skipped + done);
}

size_t streams_written(void)
{
    return to_stdout;
}

/* What is buffered was not written by anybody else, so it goes first. */
void streams_skip(size_t n)
{
    (void)fflush(stdout);
    to_skip = n;
}

static ssize_t write_stderr(void *cookie, const char *data, size_t n)
{
    (void)cookie;
    return (ssize_t)write_all(STDERR_FILENO, data, n);
}

/* Without memory the old ones stay. A terminal sees each line at once. */
void streams_install(void)
{
    FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_stdout});
    FILE *err = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_stderr});
    if (out) {
        (void)setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
        stdout = out;
    }
    if (err) {
        (void)setvbuf(err, NULL, _IONBF, 0);
        stderr = err;
    }
}
