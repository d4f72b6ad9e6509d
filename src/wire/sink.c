#include "wire/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { BUFFER = 256 << 10, TRIES = 100 };
enum { AHEAD = 4 << 20 }; /* bytes that go to the disk together */

struct sink {
    int fd;                    /* owned unless it is standard output */
    char *path;                /* owned; the target, NULL: written to directly */
    char *temp;                /* owned; NULL with path */
    const char *name;          /* for errors: path, or what the caller called it */
    char *given;               /* owned */
    uint64_t size;             /* with what is buffered */
    uint64_t written, started; /* bytes: to the file, and on their way to the disk */
    size_t len;
    bool muted;
    uint8_t buffer[BUFFER];
};

static void sink_free(sink *s)
{
    if (s->fd > STDOUT_FILENO)
        (void)close(s->fd);
    mem_free(s->path);
    mem_free(s->temp);
    mem_free(s->given);
    mem_free(s);
}

/* A temporary name in the folder of s->path; NULL: no memory. */
static char *temp_name(const char *path, unsigned try)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    size_t size = strlen(path) + 40;
    char *name = mem_alloc(size);
    if (name)
        (void)snprintf(name, size, "%.*s.%s.%ld-%u.tmp", folder, path, path + folder,
                       (long)getpid(), try);
    return name;
}

/* Not mkstemp: the file's permissions are to follow the umask. */
static gotrace_status open_temp(sink *s, gotrace_diag *diag)
{
    for (unsigned try = 0; try < TRIES; try++) {
        mem_free(s->temp);
        s->temp = temp_name(s->path, try);
        if (!s->temp)
            return diag_no_memory(diag);
        s->fd = open(s->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (s->fd >= 0)
            return GOTRACE_OK;
        if (errno != EEXIST)
            break;
    }
    gotrace_status st = diag_system(diag, "cannot create a file beside %s", s->name);
    mem_free(s->temp);
    s->temp = NULL;
    return st;
}

/* Where a link leads, so that its target is what is replaced. */
static gotrace_status set_path(sink *s, bool exists, gotrace_diag *diag)
{
    char target[PATH_MAX];
    const char *path = exists ? realpath(s->given, target) : s->given;
    if (!path)
        return diag_system(diag, "cannot write %s", s->name);
    s->path = mem_string(path);
    return s->path ? GOTRACE_OK : diag_no_memory(diag);
}

static gotrace_status open_target(sink *s, gotrace_diag *diag)
{
    struct stat old;
    bool exists = stat(s->given, &old) == 0;
    if (!*s->given) /* errno says so: ENOENT */
        return diag_system(diag, "cannot write to a file without a name");
    if (exists && !S_ISREG(old.st_mode)) {
        s->fd = open(s->given, O_WRONLY | O_CLOEXEC);
        return s->fd >= 0 ? GOTRACE_OK : diag_system(diag, "cannot write %s", s->name);
    }
    gotrace_status st = set_path(s, exists, diag);
    if (st == GOTRACE_OK)
        st = open_temp(s, diag);
    if (st == GOTRACE_OK && exists && fchmod(s->fd, old.st_mode & 0777) != 0)
        st = diag_system(diag, "cannot set the permissions of %s", s->temp);
    return st;
}

gotrace_status sink_open(sink **out, const char *path, gotrace_diag *diag)
{
    bool standard = strcmp(path, "-") == 0;
    sink *s = mem_alloc(sizeof *s);
    *out = NULL;
    if (!s)
        return diag_no_memory(diag);
    memset(s, 0, offsetof(sink, buffer));
    s->fd = standard ? STDOUT_FILENO : -1;
    s->given = mem_string(path);
    s->name = standard ? "standard output" : s->given;
    gotrace_status st = !s->given  ? diag_no_memory(diag)
                        : standard ? GOTRACE_OK
                                   : open_target(s, diag);
    if (st == GOTRACE_OK)
        *out = s;
    else
        sink_abandon(s);
    return st;
}

/* The file is on the disk when it gets its name. That takes as long as all the
 * rest, so it begins while there is still something to write; where it cannot,
 * the wait is at the end. */
static void start_sync(sink *s)
{
#ifdef SYNC_FILE_RANGE_WRITE
    uint64_t n = s->written - s->started;
    if (!s->temp || n < AHEAD)
        return;
    (void)sync_file_range(s->fd, (off_t)s->started, (off_t)n, SYNC_FILE_RANGE_WRITE);
    s->started = s->written;
#endif
}

static gotrace_status write_all(sink *s, const uint8_t *p, size_t n, gotrace_diag *diag)
{
    while (n) {
        ssize_t k = write(s->fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return diag_system(diag, "cannot write %s", s->name);
        p += k;
        n -= (size_t)k;
        s->written += (uint64_t)k;
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

uint64_t sink_size(const sink *s)
{
    return s->size;
}

/* The rename is on the disk only when the folder is; not every file system
 * can do that, and the file is complete either way. */
static void sync_folder(const char *path)
{
    char *folder = mem_string(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    int fd;
    if (slash)
        slash[slash == folder] = '\0';
    fd = folder ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    mem_free(folder);
}

static gotrace_status replace(sink *s, gotrace_diag *diag)
{
    int fd = s->fd;
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return diag_system(diag, "cannot write %s", s->name);
    s->fd = -1;
    if (close(fd) != 0)
        return diag_system(diag, "cannot write %s", s->name);
    if (rename(s->temp, s->path) != 0)
        return diag_system(diag, "cannot put %s in its place", s->name);
    mem_free(s->temp);
    s->temp = NULL;
    sync_folder(s->path);
    return GOTRACE_OK;
}

gotrace_status sink_commit(sink *s, gotrace_diag *diag)
{
    gotrace_status st = sink_flush(s, diag);
    if (st == GOTRACE_OK && s->temp)
        st = replace(s, diag);
    sink_abandon(s);
    return st;
}

void sink_abandon(sink *s)
{
    if (!s)
        return;
    if (s->temp)
        (void)unlink(s->temp);
    sink_free(s);
}
