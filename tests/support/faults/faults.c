/* faults.c: a library to be loaded first (LD_PRELOAD), that makes system calls
 * fail as the environment says: FAULTS="tmpfile=95 fsync=5" gives them those
 * errors. raise=N has the process get signal N where it renames a file. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int openat(int folder, const char *path, int flags, ...);
int renameat(int from, const char *old, int to, const char *new);

/* The number that FAULTS has for name, 0: none. */
static int fault(const char *name)
{
    const char *at = getenv("FAULTS");
    char text[32];
    (void)snprintf(text, sizeof text, "%s=", name);
    at = at ? strstr(at, text) : NULL;
    return at ? atoi(at + strlen(text)) : 0;
}

/* Whether that call is to fail now; errno is set. */
static int fails(const char *name)
{
    int error = fault(name);
    if (error)
        errno = error;
    return error;
}

int openat(int folder, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    va_list args;
    va_start(args, flags);
    unsigned mode = va_arg(args, unsigned);
    va_end(args);
    if ((flags & O_TMPFILE) == O_TMPFILE && fails("tmpfile"))
        return -1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "openat");
    return real(folder, path, flags, mode);
}

int fsync(int fd)
{
    return fails("fsync") ? -1 : fdatasync(fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
    static int (*real)(int, const char *, int, const char *);
    if (fault("raise"))
        (void)raise(fault("raise"));
    if (fails("rename"))
        return -1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "renameat");
    return real(from, old, to, new);
}

/* Of large files only: what a program says goes out. */
ssize_t write(int fd, const void *data, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (n > 1000 && fd > 2 && fails("write"))
        return -1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    return real(fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (fails("pwrite"))
        return -1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    return real(fd, data, n, at);
}
