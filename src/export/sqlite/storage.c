/* storage.c: the file system that SQLite sees. Nobody else has these files, so there is nothing
 * to lock, and nothing to bring to the disk before the output is put in its place. */
#include "export/sqlite/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "export/output.h"
#include "io/out/temporary.h"

enum { PIECE = 256 << 10 }; /* bytes in memory that are taken together */

/* A file that is open. */
struct open_file {
    struct sqlite_file base;
    struct storage *of;          /* borrowed */
    struct storage_bytes *bytes; /* the database's, or own */
    struct storage_bytes own;
    struct temporary scratch;
};

/* Bytes */

static const struct storage_bytes no_bytes = {.fd = -1};

/* Of what is in memory; the descriptor belongs to whoever opened it. */
static void free_bytes(struct storage_bytes *b)
{
    for (size_t i = 0; i < b->at.len; i++)
        mem_free(b->at.data[i]);
    VEC_FREE(&b->at);
    b->size = 0;
}

/* Piece number i, made if it is not there; NULL: no memory. */
static uint8_t *piece_of(struct storage_bytes *b, size_t i)
{
    while (b->at.len <= i)
        if (!VEC_PUSH(&b->at, NULL))
            return NULL;
    if (!b->at.data[i])
        b->at.data[i] = mem_zeroed(1, PIECE);
    return b->at.data[i];
}

/* How many of n bytes from an offset on are in its piece. */
static size_t in_piece(uint64_t at, size_t n)
{
    size_t left = PIECE - at % PIECE;
    return n < left ? n : left;
}

/* The size grows with what is written, also where there is no memory for the rest. */
static bool write_memory(struct storage_bytes *b, const uint8_t *from, size_t n, uint64_t at)
{
    while (n) {
        size_t k = in_piece(at, n);
        uint8_t *piece = piece_of(b, at / PIECE);
        if (!piece)
            return false;
        memcpy(piece + at % PIECE, from, k);
        from += k;
        at += k;
        n -= k;
        b->size = at > b->size ? at : b->size;
    }
    return true;
}

/* n bytes that are there. */
static void read_memory(const struct storage_bytes *b, uint8_t *to, size_t n, uint64_t at)
{
    while (n) {
        size_t k = in_piece(at, n), i = at / PIECE;
        const uint8_t *piece = i < b->at.len ? b->at.data[i] : NULL;
        if (piece)
            memcpy(to, piece + at % PIECE, k);
        else
            memset(to, 0, k);
        to += k;
        at += k;
        n -= k;
    }
}

/* How many bytes were read; -1 with errno. */
static ssize_t read_file(int fd, uint8_t *to, size_t n, int64_t at)
{
    size_t done = 0;
    while (done < n) {
        ssize_t k = pread(fd, to + done, n - done, (off_t)at + (off_t)done);
        if (k == 0 || (k < 0 && errno != EINTR))
            return k < 0 ? -1 : (ssize_t)done;
        done += k > 0 ? (size_t)k : 0;
    }
    return (ssize_t)done;
}

/* False with errno; what was written until then stays. */
static bool write_file(int fd, const uint8_t *from, size_t n, int64_t at)
{
    while (n) {
        ssize_t k = pwrite(fd, from, n, (off_t)at);
        if (k < 0 && errno != EINTR)
            return false;
        from += k > 0 ? k : 0;
        at += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
    }
    return true;
}

/* A file that SQLite has open */

/* SQLite's part comes first in it, and SQLite makes room for all of it (file_size). */
static struct open_file *file_of(struct sqlite_file *f)
{
    return (struct open_file *)(void *)f;
}

/* Remembers errno, the first one, and yields code; of a full disk SQLite has a
 * code of its own. */
static int failed(struct storage *s, int code)
{
    s->error = s->error ? s->error : errno;
    return errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : code;
}

/* The database's bytes stay, for storage_write or the file: only what is scratch goes. */
static int close_file(struct sqlite_file *base)
{
    struct open_file *f = file_of(base);
    if (f->bytes == &f->own)
        free_bytes(&f->own);
    else
        f->of->in_use = false;
    temporary_close(&f->scratch);
    return SQLITE_OK;
}

/* How many bytes there were, up to the end of what was written. */
static ssize_t read_some(const struct storage_bytes *b, void *to, size_t n, int64_t at)
{
    if (b->fd >= 0)
        return read_file(b->fd, to, n, at);
    uint64_t left = (uint64_t)at < b->size ? b->size - (uint64_t)at : 0;
    size_t there = n < left ? n : (size_t)left;
    read_memory(b, to, there, (uint64_t)at);
    return (ssize_t)there;
}

/* What is behind the end has to be zeros, and to be said: SQLite begins a new
 * database by reading it. */
static int read_at(struct sqlite_file *base, void *to, int n, int64_t at)
{
    struct open_file *f = file_of(base);
    ssize_t there = read_some(f->bytes, to, (size_t)n, at);
    if (there < 0)
        return failed(f->of, SQLITE_IOERR_READ);
    if (there == n)
        return SQLITE_OK;
    memset((char *)to + there, 0, (size_t)(n - there));
    return SQLITE_IOERR_SHORT_READ;
}

static int write_at(struct sqlite_file *base, const void *from, int n, int64_t at)
{
    struct open_file *f = file_of(base);
    struct storage_bytes *b = f->bytes;
    if (b->fd < 0)
        return write_memory(b, from, (size_t)n, (uint64_t)at) ? SQLITE_OK : SQLITE_IOERR_NOMEM;
    if (!write_file(b->fd, from, (size_t)n, at))
        return failed(f->of, SQLITE_IOERR_WRITE);
    uint64_t end = (uint64_t)at + (uint64_t)n;
    b->size = end > b->size ? end : b->size;
    return SQLITE_OK;
}

/* In memory the pieces stay, for what is written there next. */
static int truncate_at(struct sqlite_file *base, int64_t size)
{
    struct open_file *f = file_of(base);
    if (f->bytes->fd >= 0 && ftruncate(f->bytes->fd, (off_t)size) != 0)
        return failed(f->of, SQLITE_IOERR_WRITE);
    f->bytes->size = (uint64_t)size;
    return SQLITE_OK;
}

static int size_of(struct sqlite_file *base, int64_t *size)
{
    *size = (int64_t)file_of(base)->bytes->size;
    return SQLITE_OK;
}

/* Locks and syncs: none is needed, and all succeed. */
static int nothing(struct sqlite_file *base, int what)
{
    (void)base;
    (void)what;
    return SQLITE_OK;
}

static int is_reserved(struct sqlite_file *base, int *is)
{
    (void)base;
    *is = 0;
    return SQLITE_OK;
}

/* A question that this file system does not know; SQLite goes on without an answer. */
static int control(struct sqlite_file *base, int what, void *argument)
{
    (void)base;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

/* Size of a sector, and abilities: SQLite's defaults. */
static int none(struct sqlite_file *base)
{
    (void)base;
    return 0;
}

static const struct sqlite_io methods = {1,       close_file, read_at, write_at, truncate_at,
                                         nothing, size_of,    nothing, nothing,  is_reserved,
                                         control, none,       none};

/* The file system */

/* The database is there once; whatever else is wanted is scratch. */
static bool open_bytes(struct storage *s, struct open_file *f, int flags)
{
    f->scratch = (struct temporary){-1, -1, -1};
    f->own = no_bytes;
    if (flags & SQLITE_OPEN_MAIN_DB) {
        f->bytes = &s->database;
        return !s->in_use && (s->in_use = true);
    }
    f->bytes = &f->own;
    if (s->folder < 0)
        return true;
    if (!temporary_open_beside(&f->scratch, s->folder))
        return false;
    f->own.fd = f->scratch.fd;
    return true;
}

/* Without methods SQLite does not close what could not be opened. It gets the
 * flags that it asked for. */
static int open_file(struct sqlite_vfs *v, const char *name, struct sqlite_file *base, int flags,
                     int *out)
{
    struct open_file *f = file_of(base);
    (void)name;
    base->methods = NULL;
    f->of = v->own;
    if (!open_bytes(f->of, f, flags))
        return failed(f->of, SQLITE_CANTOPEN);
    base->methods = &methods;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

/* What is scratch has no name, and goes when it is closed. */
static int unlink_name(struct sqlite_vfs *v, const char *name, int sync)
{
    (void)v;
    (void)name;
    (void)sync;
    return SQLITE_OK;
}

/* No file is there beside the database: none of an earlier run is to be rolled back. */
static int access_name(struct sqlite_vfs *v, const char *name, int flags, int *is)
{
    (void)v;
    (void)name;
    (void)flags;
    *is = 0;
    return SQLITE_OK;
}

static int full_path(struct sqlite_vfs *v, const char *name, int n, char *to)
{
    (void)v;
    return snprintf(to, (size_t)n, "%s", name) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* The same database each time: nothing in it is to be random, or to know the time. */
static int no_random(struct sqlite_vfs *v, int n, char *to)
{
    (void)v;
    memset(to, 0, (size_t)n);
    return n;
}

static int no_sleep(struct sqlite_vfs *v, int microseconds)
{
    (void)v;
    return microseconds;
}

static int no_time(struct sqlite_vfs *v, double *day)
{
    (void)v;
    *day = 0;
    return SQLITE_OK;
}

static int no_time_ms(struct sqlite_vfs *v, int64_t *ms)
{
    (void)v;
    *ms = 0;
    return SQLITE_OK;
}

/* errno says enough: the text stays empty. */
static int last_error(struct sqlite_vfs *v, int n, char *to)
{
    if (n > 0)
        *to = '\0';
    return ((struct storage *)v->own)->error;
}

static const struct sqlite_vfs file_system = {
    .version = 2,
    .file_size = sizeof(struct open_file),
    .path_max = 512,
    .open = open_file,
    .unlink = unlink_name,
    .access = access_name,
    .full_path = full_path,
    .random = no_random,
    .sleep = no_sleep,
    .time = no_time,
    .last_error = last_error,
    .time_ms = no_time_ms,
};

void storage_clear(struct storage *s)
{
    *s = (struct storage){.folder = -1, .database = no_bytes};
}

/* SQLite knows the file system by its name, which no other storage of this
 * process has. Descriptors are copied: the output keeps its own. */
bool storage_open(struct storage *s, const gotrace_output *to)
{
    int file, folder;
    s->vfs = file_system;
    (void)snprintf(s->name, sizeof s->name, "gotrace-%p", (void *)s);
    s->vfs.name = s->name;
    s->vfs.own = s;
    if (!output_descriptors(to, &file, &folder))
        return true;
    s->database.fd = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    s->folder = fcntl(folder, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return s->database.fd >= 0 && s->folder >= 0;
}

/* A piece that was never written is made now, of zeros. A file has its bytes already. */
gotrace_status storage_write(struct storage *s, gotrace_output *to, gotrace_diag *diag)
{
    struct storage_bytes *b = &s->database;
    gotrace_status st = GOTRACE_OK;
    for (uint64_t at = 0; b->fd < 0 && at < b->size && st == GOTRACE_OK; at += PIECE) {
        uint64_t left = b->size - at;
        const uint8_t *piece = piece_of(b, at / PIECE);
        st = piece ? gotrace_output_write(to, piece, left < PIECE ? (size_t)left : PIECE, diag)
                   : diag_no_memory(diag);
    }
    return st;
}

void storage_free(struct storage *s)
{
    free_bytes(&s->database);
    if (s->database.fd >= 0)
        (void)close(s->database.fd);
    if (s->folder >= 0)
        (void)close(s->folder);
}
