/* sink.c: what a file is and becomes is in temporary.h; here is which one.
 *
 * System calls beyond those listed in temporary.c and attributes.c: stat, lstat
 * and readlink, of what is no file open for writing, fcntl (F_DUPFD_CLOEXEC,
 * F_GETPIPE_SZ), ioctl(FIONREAD), write and poll; sync_file_range, fsync. */
#include "io/out/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "io/mapping.h"
#include "io/out/attributes.h"
#include "io/out/temporary.h"

enum { BUFFER = 256 << 10 };
enum { AHEAD = 4 << 20 }; /* bytes that go to the disk together */
enum { MOST_LINKS = 40 }; /* one behind the other, as Linux has it */

struct sink {
    int fd;                           /* owned unless it is standard output or file's */
    struct temporary file;            /* folder -1: written to directly */
    char *path;                       /* owned; of the file */
    const char *name;                 /* for errors: as it was given, or what that means */
    char *given;                      /* owned */
    struct stat old;                  /* of the file that is replaced */
    bool replaces;                    /* there is one */
    gotrace_interrupter *interrupter; /* borrowed, or NULL */
    unsigned interrupts;              /* before this sink */
    struct waker *waker;              /* taken, where writes may wait */
    uint64_t size;                    /* with what is buffered */
    uint64_t written, started;        /* bytes: to the file, and on their way to the disk */
    size_t len;
    bool muted, holds, keeps;
    struct buf held;          /* what is kept back */
    size_t mark;              /* how much of it was before the hold */
    struct mapping read_back; /* of the file */
    uint8_t buffer[BUFFER];
};

static bool is_file(const sink *s)
{
    return s->file.folder >= 0;
}

static gotrace_status cannot_write(const sink *s, gotrace_diag *diag)
{
    return diag_system(diag, "cannot write %s", s->name);
}

/* Which file */

/* Where the link at `path` leads, from the folder that it is in. NULL with errno. */
static char *follow(const char *path)
{
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len < 0)
        return NULL;
    target[len] = '\0';
    const char *slash = *target == '/' ? NULL : strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *to = mem_alloc(folder + (size_t)len + 1);
    if (!to)
        return NULL;
    memcpy(to, path, folder);
    memcpy(to + folder, target, (size_t)len + 1);
    return to;
}

/* Makes s->path what the last of a chain of links names: the file that is
 * replaced, or is to be. False with errno. */
static bool resolve(sink *s)
{
    struct stat st;
    s->path = mem_string(s->given);
    for (int i = 0; s->path && i < MOST_LINKS; i++) {
        if (lstat(s->path, &st) != 0 || !S_ISLNK(st.st_mode))
            return true;
        char *next = follow(s->path);
        mem_free(s->path);
        s->path = next;
    }
    if (s->path)
        errno = ELOOP;
    return false;
}

/* A name that cannot be a file's. */
static bool ends_in_slash(const char *path)
{
    size_t len = strlen(path);
    return len && path[len - 1] == '/';
}

/* New files begin with no more rights than the one they replace has. */
static gotrace_status open_file(sink *s, gotrace_diag *diag)
{
    if (!resolve(s))
        return cannot_write(s, diag);
    if (ends_in_slash(s->path)) {
        errno = EISDIR;
        return cannot_write(s, diag);
    }
    if (!temporary_open(&s->file, s->path, s->replaces ? 0600 : 0666))
        return diag_system(diag, "cannot create a file beside %s", s->name);
    s->fd = s->file.fd;
    return GOTRACE_OK;
}

static bool is_interrupted(const sink *s)
{
    return interrupter_count(s->interrupter) != s->interrupts;
}

static gotrace_status interrupted(const sink *s, gotrace_diag *diag)
{
    return diag_set(diag, GOTRACE_INTERRUPTED, DIAG_NO_OFFSET, "interrupted while writing %s",
                    s->name);
}

/* A FIFO waits here for its reader. */
static gotrace_status open_other(sink *s, gotrace_diag *diag)
{
    do
        s->fd = open(s->given, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (s->fd < 0 && errno == EINTR && !is_interrupted(s));
    if (s->fd < 0 && errno == EINTR)
        return interrupted(s, diag);
    return s->fd >= 0 ? GOTRACE_OK : cannot_write(s, diag);
}

/* What comes behind head in path; NULL: it does not begin so. */
static const char *behind(const char *path, const char *head)
{
    size_t len = strlen(head);
    return strncmp(path, head, len) == 0 ? path + len : NULL;
}

/* The open descriptor that a path stands for; -1: none. Opened by that path a
 * file would be written from its begin. */
static int descriptor_of(const char *path)
{
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    const char *digits = behind(path, "/dev/fd/");
    if (!digits)
        digits = behind(path, "/proc/self/fd/");
    size_t len = digits ? strspn(digits, "0123456789") : 0;
    return len && len < 6 && !digits[len] ? atoi(digits) : -1;
}

static gotrace_status open_target(sink *s, gotrace_diag *diag)
{
    int fd = descriptor_of(s->given);
    if (fd >= 0) {
        s->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        return s->fd >= 0 ? GOTRACE_OK : cannot_write(s, diag);
    }
    if (!*s->given) {
        errno = ENOENT;
        return diag_system(diag, "cannot write to a file without a name");
    }
    s->replaces = stat(s->given, &s->old) == 0;
    if (s->replaces && !S_ISREG(s->old.st_mode))
        return open_other(s, diag);
    /* Nothing is there, or a link that leads to nothing; a loop is no such link. */
    if (!s->replaces && errno != ENOENT)
        return cannot_write(s, diag);
    return open_file(s, diag);
}

/* Whether a write may wait for who reads. */
static bool waits(const sink *s)
{
    struct stat st;
    return !is_file(s) && fstat(s->fd, &st) == 0 && !S_ISREG(st.st_mode);
}

gotrace_status sink_open(sink **out, const char *path, gotrace_interrupter *interrupter,
                         gotrace_diag *diag)
{
    bool standard = strcmp(path, "-") == 0;
    sink *s = mem_alloc(sizeof *s);
    *out = NULL;
    if (!s)
        return diag_no_memory(diag);
    memset(s, 0, offsetof(sink, buffer));
    s->file = (struct temporary){-1, -1, -1};
    s->fd = standard ? STDOUT_FILENO : -1;
    s->interrupter = interrupter;
    s->interrupts = interrupter_count(interrupter);
    s->given = mem_string(path);
    s->name = standard ? "standard output" : s->given;
    gotrace_status st = !s->given  ? diag_no_memory(diag)
                        : standard ? GOTRACE_OK
                                   : open_target(s, diag);
    if (st == GOTRACE_OK && waits(s) && interrupter && !(s->waker = waker_take(interrupter)))
        st = cannot_write(s, diag);
    if (st == GOTRACE_OK)
        *out = s;
    else
        sink_abandon(s);
    return st;
}

/* Writing */

/* The file is on the disk when it gets its name. That takes as long as all the
 * rest, so it begins while there is still something to write; where it cannot,
 * the wait is at the end. */
static void start_sync(sink *s)
{
#ifdef SYNC_FILE_RANGE_WRITE
    uint64_t n = s->written - s->started;
    if (!is_file(s) || n < AHEAD)
        return;
    (void)sync_file_range(s->fd, (off_t)s->started, (off_t)n, SYNC_FILE_RANGE_WRITE);
    s->started = s->written;
#endif
}

/* Waits until the descriptor can take more; false: an interrupt came meanwhile. */
static bool wait_for_room(const sink *s)
{
    struct pollfd fds[2] = {{.fd = s->fd, .events = POLLOUT},
                            {.fd = s->waker ? waker_fd(s->waker) : -1, .events = POLLIN}};
    for (;;) {
        int n = poll(fds, 2, -1);
        if (n > 0 && fds[0].revents)
            return true;
        if (is_interrupted(s))
            return false;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return true; /* then write says what is wrong */
        if (s->waker)
            waker_drain(s->waker);
    }
}

/* What a descriptor that can take some takes without a wait: PIPE_BUF at least, says
 * poll. A pipe of Linux has a place for each PIPE_BUF bytes; those before the last two
 * that are taken are full where nobody else writes there. */
static size_t free_now(const sink *s)
{
#ifdef F_GETPIPE_SZ
    int used = 0, size = fcntl(s->fd, F_GETPIPE_SZ);
    if (size > 0 && ioctl(s->fd, FIONREAD, &used) == 0) {
        int places = (size - used) / PIPE_BUF - 2;
        return places > 1 ? (size_t)places * PIPE_BUF : PIPE_BUF;
    }
#endif
    return PIPE_BUF;
}

/* How much of n bytes can be written without a wait that only a signal would end. 0: an
 * interrupt came first. */
static size_t room(const sink *s, size_t n)
{
    if (!s->waker)
        return n;
    if (!wait_for_room(s))
        return 0;
    size_t most = n <= PIPE_BUF ? n : free_now(s);
    return n < most ? n : most;
}

/* One that came before does not matter: who was told of it ends the trace, for a reader
 * that may be slow. */
static void forget_interrupts(sink *s)
{
    if (s->waker)
        waker_drain(s->waker);
    s->interrupts = interrupter_count(s->interrupter);
}

/* Only who waits can be interrupted: what goes into a file is soon done. */
static gotrace_status write_all(sink *s, const uint8_t *p, size_t n, gotrace_diag *diag)
{
    forget_interrupts(s);
    while (n) {
        size_t most = room(s, n);
        if (!most)
            return interrupted(s, diag);
        ssize_t k = write(s->fd, p, most);
        if (k < 0 && errno != EINTR && errno != EAGAIN)
            return cannot_write(s, diag);
        if (k < 0 && errno == EAGAIN && !wait_for_room(s))
            return interrupted(s, diag);
        if (k > 0) {
            p += k;
            n -= (size_t)k;
            s->written += (uint64_t)k;
        }
    }
    start_sync(s);
    return GOTRACE_OK;
}

gotrace_status sink_flush(sink *s, gotrace_diag *diag)
{
    size_t n = s->len;
    s->len = 0;
    return write_all(s, s->buffer, n, diag);
}

gotrace_status sink_write(sink *s, const void *data, size_t n, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    if (s->muted)
        return GOTRACE_OK;
    s->size += n;
    if (s->holds || s->keeps)
        return buf_add(&s->held, data, n) ? GOTRACE_OK : diag_no_memory(diag);
    if (n > BUFFER - s->len)
        st = sink_flush(s, diag);
    if (st != GOTRACE_OK)
        return st;
    if (n > BUFFER)
        return write_all(s, data, n, diag);
    if (n)
        memcpy(s->buffer + s->len, data, n);
    s->len += n;
    return GOTRACE_OK;
}

void sink_mute(sink *s, bool muted)
{
    s->muted = muted;
}

void sink_hold(sink *s)
{
    s->holds = !is_file(s) && !s->muted;
    s->mark = s->held.len;
}

/* Right from where it lies: what is before it goes first. */
static gotrace_status write_held(sink *s, gotrace_diag *diag)
{
    size_t n = s->held.len;
    s->held.len = 0;
    gotrace_status st = sink_flush(s, diag);
    return st == GOTRACE_OK ? write_all(s, s->held.data, n, diag) : st;
}

gotrace_status sink_let_go(sink *s, bool drop, gotrace_diag *diag)
{
    bool held = s->holds && s->held.len > s->mark;
    s->holds = false;
    if (held && drop) {
        s->size -= s->held.len - s->mark;
        s->held.len = s->mark;
    }
    return held && !drop && !s->keeps ? write_held(s, diag) : GOTRACE_OK;
}

gotrace_status sink_keep(sink *s, gotrace_diag *diag)
{
    if (is_file(s))
        return GOTRACE_OK;
    s->keeps = true;
    if (!buf_add(&s->held, s->buffer, s->len))
        return diag_no_memory(diag);
    s->len = 0;
    return GOTRACE_OK;
}

gotrace_status sink_release(sink *s, gotrace_diag *diag)
{
    if (!s->keeps)
        return GOTRACE_OK;
    s->keeps = false;
    return write_held(s, diag);
}

gotrace_status sink_bytes(sink *s, const uint8_t **data, size_t *len, gotrace_diag *diag)
{
    *data = s->held.data;
    *len = s->held.len;
    if (!is_file(s))
        return GOTRACE_OK;
    gotrace_status st = sink_flush(s, diag);
    if (st != GOTRACE_OK)
        return st;
    mapping_close(&s->read_back);
    if (!mapping_open(&s->read_back, s->fd, s->written))
        return diag_system(diag, "cannot read back what was written to %s", s->name);
    *data = s->read_back.data;
    *len = s->written;
    return GOTRACE_OK;
}

bool sink_is_file(const sink *s)
{
    return is_file(s);
}

bool sink_descriptors(const sink *s, int *file, int *folder)
{
    *file = s->file.fd;
    *folder = s->file.folder;
    return is_file(s);
}

uint64_t sink_size(const sink *s)
{
    return s->size;
}

/* In its place */

static gotrace_status replace(sink *s, gotrace_diag *diag)
{
    if (fsync(s->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return cannot_write(s, diag);
    if (s->replaces && !attributes_copy(s->fd, s->path, &s->old))
        return diag_system(diag, "cannot set the permissions of %s", s->name);
    if (!temporary_publish(&s->file, s->path))
        return diag_system(diag, "cannot put %s in its place", s->name);
    temporary_sync_folder(&s->file);
    return GOTRACE_OK;
}

/* Some file systems say only now that a device is full. */
static gotrace_status close_other(sink *s, gotrace_diag *diag)
{
    int fd = s->fd;
    if (fd <= STDOUT_FILENO)
        return GOTRACE_OK;
    s->fd = -1;
    return close(fd) == 0 ? GOTRACE_OK : cannot_write(s, diag);
}

gotrace_status sink_commit(sink *s, gotrace_diag *diag)
{
    gotrace_status st = sink_flush(s, diag);
    if (st == GOTRACE_OK)
        st = is_file(s) ? replace(s, diag) : close_other(s, diag);
    sink_abandon(s);
    return st;
}

void sink_abandon(sink *s)
{
    if (!s)
        return;
    if (is_file(s))
        temporary_close(&s->file);
    else if (s->fd > STDOUT_FILENO)
        (void)close(s->fd);
    mapping_close(&s->read_back);
    waker_give_back(s->waker);
    buf_free(&s->held);
    mem_free(s->path);
    mem_free(s->given);
    mem_free(s);
}
