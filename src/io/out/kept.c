/* kept.c: the last of what was read, on disk: a file without a name (temporary.h), at whose end
 * is added and whose begin is given back.
 *
 * What was dropped is a hole in the file at once, where its file system can do that. Once it is
 * more than what is kept, that moves down, so that the file grows no further: each byte moves
 * once at most for each time that as many are added. */
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "gotrace_lua.h"
#include "io/mapping.h"
#include "io/out/temporary.h"
#include "io/out/write_all.h"

enum { LEAST_MOVED = 1 << 20 };

struct gotrace_kept {
    struct temporary file;
    struct mapping mapping; /* what gotrace_kept_bytes lends */
    uint64_t from, to;      /* what is kept; GOTRACE_KEPT_HEAD bytes before it are free */
};

gotrace_status gotrace_kept_open(gotrace_kept **out, const char *path, gotrace_diag *diag)
{
    struct gotrace_kept *k = mem_zeroed(1, sizeof *k);
    *out = NULL;
    if (!k)
        return diag_no_memory(diag);
    k->from = k->to = GOTRACE_KEPT_HEAD;
    if (temporary_open(&k->file, path, 0600)) {
        *out = k;
        return GOTRACE_OK;
    }
    mem_free(k);
    return diag_system(diag, "cannot write beside %s", path);
}

void gotrace_kept_free(gotrace_kept *k)
{
    if (!k)
        return;
    mapping_close(&k->mapping);
    temporary_close(&k->file);
    mem_free(k);
}

/* Writes at an offset of the file; false with errno. */
static bool put(const struct gotrace_kept *k, uint64_t at, const void *data, size_t n)
{
    return lseek(k->file.fd, (off_t)at, SEEK_SET) >= 0 && write_all(k->file.fd, data, n);
}

static gotrace_status cannot_keep(gotrace_diag *diag)
{
    return diag_system(diag, "cannot keep what is read on disk");
}

gotrace_status gotrace_kept_add(gotrace_kept *k, const void *data, size_t n, gotrace_diag *diag)
{
    mapping_close(&k->mapping);
    if (!put(k, k->to, data, n))
        return cannot_keep(diag);
    k->to += n;
    return GOTRACE_OK;
}

/* A file system that has no holes keeps the bytes until they are moved over. */
static void give_back(const struct gotrace_kept *k)
{
    (void)fallocate(k->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    (off_t)(k->from - GOTRACE_KEPT_HEAD));
}

static gotrace_status move_down(struct gotrace_kept *k, gotrace_diag *diag)
{
    size_t n = (size_t)(k->to - k->from);
    if (!mapping_open(&k->mapping, k->file.fd, (size_t)k->to))
        return cannot_keep(diag);
    bool moved = put(k, GOTRACE_KEPT_HEAD, k->mapping.data + k->from, n);
    mapping_close(&k->mapping);
    k->from = GOTRACE_KEPT_HEAD;
    k->to = k->from + n;
    if (!moved || ftruncate(k->file.fd, (off_t)k->to) != 0)
        return cannot_keep(diag);
    return GOTRACE_OK;
}

gotrace_status gotrace_kept_drop(gotrace_kept *k, uint64_t n, gotrace_diag *diag)
{
    assert(n <= k->to - k->from);
    mapping_close(&k->mapping);
    k->from += n;
    if (k->from == k->to) {
        k->from = k->to = GOTRACE_KEPT_HEAD;
        return ftruncate(k->file.fd, 0) == 0 ? GOTRACE_OK : cannot_keep(diag);
    }
    uint64_t dropped = k->from - GOTRACE_KEPT_HEAD;
    if (dropped >= LEAST_MOVED && dropped > k->to - k->from)
        return move_down(k, diag);
    give_back(k);
    return GOTRACE_OK;
}

/* The head goes right before what is kept, over bytes that were dropped: so the
 * two lie in one row without a copy. */
gotrace_status gotrace_kept_bytes(gotrace_kept *k, const void *head, const uint8_t **data,
                                  size_t *len, gotrace_diag *diag)
{
    uint64_t from = k->from - GOTRACE_KEPT_HEAD;
    mapping_close(&k->mapping);
    if (!put(k, from, head, GOTRACE_KEPT_HEAD) ||
        !mapping_open(&k->mapping, k->file.fd, (size_t)k->to))
        return cannot_keep(diag);
    *data = k->mapping.data + from;
    *len = (size_t)(k->to - from);
    return GOTRACE_OK;
}
