/* temporary.c: for Linux; of what newer and other systems lack (O_TMPFILE, /proc)
 * nothing is needed.
 *
 * System calls, for who fences this program in (seccomp, Landlock): openat with
 * O_PATH, O_TMPFILE and O_CREAT | O_EXCL, and of the folder for reading;
 * getdents64, flock, fstat and fstatat, faccessat of /proc/self/fd, linkat from
 * there, renameat and unlinkat within the folder; getrandom, fsync, close. */
#include "io/out/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 16, TRIES = 100 };

/* Names of files that are to go. A handler may look at any time: what is LIVE is
 * complete, and is so before the file is there and until it is gone. A name is
 * never another's: 64 bits of it are random. */
enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LIVE };
static struct slot {
    atomic_int state;
    int folder; /* borrowed */
    char name[TEMPORARY_NAME];
} slots[SLOTS];

static const char head[] = ".gotrace-lua-", tail[] = ".tmp";
enum { DIGITS = 16, HEAD = sizeof head - 1, TAIL = sizeof tail - 1 };
_Static_assert(HEAD + DIGITS + TAIL < TEMPORARY_NAME, "a name has room");

void temporary_unlink_all(void)
{
    int saved = errno;
    for (int i = 0; i < SLOTS; i++) {
        if (atomic_load(&slots[i].state) == SLOT_LIVE)
            (void)unlinkat(slots[i].folder, slots[i].name, 0);
    }
    errno = saved;
}

static bool is_temporary(const char *name)
{
    return strlen(name) == HEAD + DIGITS + TAIL && memcmp(name, head, HEAD) == 0 &&
           strspn(name + HEAD, "0123456789abcdef") == DIGITS &&
           strcmp(name + HEAD + DIGITS, tail) == 0;
}

static uint64_t random_bits(void)
{
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = (uint64_t)getpid() << 32 | (uint32_t)(uintptr_t)&bits;
    return bits;
}

/* A slot with a new name that is LIVE; -1 with errno: there is none. */
static int slot_take(int folder)
{
    for (int i = 0; i < SLOTS; i++) {
        struct slot *s = &slots[i];
        int was = SLOT_FREE;
        if (!atomic_compare_exchange_strong(&s->state, &was, SLOT_TAKEN))
            continue;
        s->folder = folder;
        (void)snprintf(s->name, sizeof s->name, "%s%016llx%s", head,
                       (unsigned long long)random_bits(), tail);
        atomic_store(&s->state, SLOT_LIVE);
        return i;
    }
    errno = EMFILE;
    return -1;
}

static void slot_free(int *slot)
{
    if (*slot >= 0)
        atomic_store(&slots[*slot].state, SLOT_FREE);
    *slot = -1;
}

/* The last part of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder of path; -1 with errno. It need not be readable. */
static int open_folder(const char *path)
{
    size_t len = (size_t)(name_of(path) - path);
    char folder[PATH_MAX];
    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return open(len ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Stale files */

static bool is_name_of(int folder, const char *name, int fd)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && S_ISREG(a.st_mode) &&
           fstatat(folder, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static void remove_if_stale(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_name_of(folder, name, fd))
        (void)unlinkat(folder, name, 0);
    (void)close(fd);
}

/* Without the right to read the folder they stay. */
static void remove_stale(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (is_temporary(e->d_name))
            remove_if_stale(folder, e->d_name);
    }
    (void)closedir(dir);
}

/* Opening */

/* False: it is being removed as stale, since it was not yet locked. A file system
 * without locks has no stale files either. */
static bool lock(int fd, nlink_t names)
{
    struct stat st;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(fd, &st) != 0 || st.st_nlink >= names;
}

enum { FD_PATH = 32 };
static void fd_path(char path[FD_PATH], int fd)
{
    (void)snprintf(path, FD_PATH, "/proc/self/fd/%d", fd);
}

/* A file without a name that can get one; -1: there is no such thing here. */
static int open_unnamed(int folder, mode_t mode)
{
#ifdef O_TMPFILE
    char path[FD_PATH];
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    fd_path(path, fd);
    if (faccessat(AT_FDCWD, path, F_OK, 0) == 0 && lock(fd, 0))
        return fd;
    (void)close(fd);
#else
    (void)folder;
    (void)mode;
#endif
    return -1;
}

/* Not mkstemp: the file's permissions are to follow the umask. -1 with errno. */
static int open_named(int folder, mode_t mode, int *slot)
{
    int fd = -1;
    for (int try = 0; try < TRIES; try++) {
        *slot = slot_take(folder);
        if (*slot < 0)
            return -1;
        fd = openat(folder, slots[*slot].name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 && lock(fd, 1))
            return fd;
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        slot_free(slot);
        if (fd < 0 && why != EEXIST) {
            errno = why;
            return -1;
        }
    }
    errno = EEXIST;
    return -1;
}

/* In t's folder, which is there. */
static bool open_there(struct temporary *t, mode_t mode)
{
    t->fd = open_unnamed(t->folder, mode);
    if (t->fd < 0)
        t->fd = open_named(t->folder, mode, &t->slot);
    if (t->fd >= 0)
        return true;
    int why = errno;
    temporary_close(t);
    errno = why;
    return false;
}

bool temporary_open(struct temporary *t, const char *path, mode_t mode)
{
    *t = (struct temporary){open_folder(path), -1, -1};
    if (t->folder < 0)
        return false;
    remove_stale(t->folder);
    return open_there(t, mode);
}

bool temporary_open_beside(struct temporary *t, int folder)
{
    *t = (struct temporary){fcntl(folder, F_DUPFD_CLOEXEC, 0), -1, -1};
    return t->folder >= 0 && open_there(t, 0600);
}

/* Publishing */

/* A link cannot take the place of a file, so it has to be made beside it. */
static bool give_name(struct temporary *t)
{
    char path[FD_PATH];
    t->slot = slot_take(t->folder);
    if (t->slot < 0)
        return false;
    fd_path(path, t->fd);
    return linkat(AT_FDCWD, path, t->folder, slots[t->slot].name, AT_SYMLINK_FOLLOW) == 0;
}

/* The lock is held until the name is gone: so nobody takes it for stale. What a
 * file system reports no sooner than at close is asked of a copy. */
bool temporary_publish(struct temporary *t, const char *path)
{
    int copy = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0 || close(copy) != 0)
        return false;
    if (t->slot < 0 && !give_name(t))
        return false;
    if (renameat(t->folder, slots[t->slot].name, t->folder, name_of(path)) != 0)
        return false;
    slot_free(&t->slot);
    return true;
}

void temporary_sync_folder(const struct temporary *t)
{
    int fd = openat(t->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

void temporary_close(struct temporary *t)
{
    if (t->slot >= 0)
        (void)unlinkat(t->folder, slots[t->slot].name, 0);
    slot_free(&t->slot);
    if (t->fd >= 0)
        (void)close(t->fd);
    if (t->folder >= 0)
        (void)close(t->folder);
    t->fd = t->folder = -1;
}
