/* write_all.h: bytes to a descriptor, all of them. */
#ifndef GOTRACE_IO_OUT_WRITE_ALL_H
#define GOTRACE_IO_OUT_WRITE_ALL_H
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Goes on where a signal came between. False with errno: not all of them were written. */
static inline bool write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}
#endif
