#include "io/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "io/input.h"
#include "io/mapping.h"
#include "io/packed/transport.h"
#include "io/packed/unpack.h"
#include "io/stamp.h"

/* Bytes of a read, and of unpacked output at a time. */
enum { CHUNK = 64 << 10 };

/* Either everything lies in `view` (mapped, or in memory and plain), or bytes
 * go input -> raw -> unpack or transport -> window, or input -> window if they are
 * plain. The first ones go into raw until they tell which. */
struct source {
    char *name;    /* for messages; owned */
    bool is_file;  /* a regular one */
    bool is_whole; /* a file that is read from its begin */
    uint64_t file_size;
    struct stamp stamp; /* of the file as it was opened */
    source_packing packing;

    const uint8_t *view; /* NULL: none */
    size_t view_len;
    struct mapping map; /* under view, if it is mapped */
    bool short_peek;    /* of the view: its end was seen */

    struct input input;
    bool known;     /* packing is */
    bool ended;     /* input is */
    uint64_t taken; /* bytes of it */
    struct buf raw;
    size_t raw_at; /* bytes before are unpacked, or in the window */
    struct unpack *unpack;
    struct transport_found found;
    struct transport transport;

    struct buf window;
    uint64_t base; /* offset of window.data[0] */
    uint64_t keep; /* bytes before were released */
    bool interrupted;
    gotrace_status status;
    gotrace_diag diag;
};

static uint64_t window_end(const source *s)
{
    return s->base + s->window.len;
}

/* Bytes at the window's front that were released. */
static size_t window_gone(const source *s)
{
    uint64_t n = s->keep > s->base ? s->keep - s->base : 0;
    return n < s->window.len ? (size_t)n : s->window.len;
}

/* Drops them, if that moves no more bytes than it drops: so a byte is moved
 * once on average, however small the steps of the caller are. */
static void window_drop(source *s)
{
    size_t gone = window_gone(s), left = s->window.len - gone;
    if (!gone || gone < left)
        return;
    memmove(s->window.data, s->window.data + gone, left);
    s->window.len = left;
    s->base += gone;
}

/* What has to be in memory at once is more than there may be. */
/* Indexed by source_packing. */
static gotrace_status too_large(source *s)
{
    static const char *const kinds[] = {
        "input that is no file", "gzip data", "zstd data", "text", "text", "an answer of HTTP"};
    char size[MEM_SHOWN], limit[MEM_SHOWN];
    return diag_set(&s->diag, GOTRACE_NO_MEMORY, window_end(s),
                    "%s has at least %s that belong together, too much for the memory limit of "
                    "%s: make a plain file of it, whose bytes do not count",
                    kinds[s->packing], mem_show(size, s->window.len - window_gone(s) + CHUNK),
                    mem_show(limit, mem_limit()));
}

/* The window holding something is what tells a trace that needs much at once
 * from a limit that leaves no room at all. */
static bool room(source *s, struct buf *b)
{
    if (buf_reserve(b, CHUNK))
        return true;
    s->status = mem_is_met(NULL) && s->window.len ? too_large(s) : diag_no_memory(&s->diag);
    return false;
}

/* What is left for others as the window grows: that they want a little more is not to be
 * what there is to say of the limit. */
enum { MARGIN = 1 << 20 };

static bool window_room(source *s)
{
    if (s->window.cap - s->window.len < CHUNK)
        window_drop(s);
    if (s->window.len && s->window.cap - s->window.len < CHUNK && !mem_fits(CHUNK + MARGIN)) {
        mem_meet(CHUNK);
        s->status = too_large(s);
        return false;
    }
    return room(s, &s->window);
}

/* Adds what one read yields to b, which has room. */
static void read_into(source *s, struct buf *b)
{
    size_t got = 0;
    switch (input_read(&s->input, b->data + b->len, CHUNK, &got)) {
    case GOTRACE_OK:
        b->len += got;
        s->taken += got;
        break;
    case GOTRACE_END:
        s->ended = true;
        break;
    case GOTRACE_INTERRUPTED:
        s->interrupted = true;
        break;
    default:
        s->status = diag_system(&s->diag, "cannot read %s", s->name);
        s->diag.offset = window_end(s);
    }
}

/* Moves raw's bytes up to `end` to the window. */
static void give(source *s, size_t end)
{
    if (end <= s->raw_at)
        return;
    if (!buf_add(&s->window, s->raw.data + s->raw_at, end - s->raw_at))
        s->status = diag_no_memory(&s->diag);
    s->raw_at = end;
}

/* What is known to be plain. */
static void begin_plain(source *s)
{
    if (s->raw_at) {
        give(s, s->raw.len);
        buf_free(&s->raw);
    } else {
        s->window = s->raw;
    }
    s->raw = (struct buf){0};
}

/* Not packed: what was done to them on the way? False: not known yet. Who may have to
 * wait for more gets what is as it was, whatever that will be. */
static bool identify_transport(source *s)
{
    bool last = s->ended || s->status != GOTRACE_OK;
    bool sure = transport_detect(s->raw.data, s->raw.len, last, &s->found);
    s->packing = s->found.kind;
    if (!s->is_file && (!sure || s->packing != SOURCE_PLAIN))
        give(s, s->found.safe);
    if (sure)
        transport_begin(&s->transport, &s->found);
    return sure;
}

/* The first bytes: raw becomes the window if they are plain. */
static void identify(source *s)
{
    if (!room(s, &s->raw))
        return;
    read_into(s, &s->raw);
    bool sure = unpack_detect(s->raw.data, s->raw.len, &s->packing);
    if (!sure && !s->ended && s->status == GOTRACE_OK)
        return;
    if (s->packing == SOURCE_PLAIN && !identify_transport(s))
        return;
    s->known = true;
    if (s->packing == SOURCE_PLAIN)
        begin_plain(s);
    else if (s->packing <= SOURCE_ZSTD && !(s->unpack = unpack_new(s->packing)))
        s->status = diag_no_memory(&s->diag);
}

/* An input that has ended needs no room for more. */
static void fill_plain(source *s)
{
    if (!s->ended && window_room(s))
        read_into(s, &s->window);
    if (s->ended)
        s->status = GOTRACE_END;
}

/* What is left of raw moves to its begin: it is less than a codec wants at
 * once, so little. */
static void fill_raw(source *s)
{
    s->raw.len -= s->raw_at;
    memmove(s->raw.data, s->raw.data + s->raw_at, s->raw.len);
    s->raw_at = 0;
    if (room(s, &s->raw))
        read_into(s, &s->raw);
}

/* More input is read only when the codec has made nothing of what it has: it
 * may hold output back. */
static void fill_unpacked(source *s)
{
    if (!window_room(s))
        return;
    const uint8_t *in = s->raw.data + s->raw_at;
    uint8_t *out = s->window.data + s->window.len;
    struct unpack_io io = {in, s->raw.len - s->raw_at, out, CHUNK};
    s->status = s->unpack ? unpack_run(s->unpack, &io, s->ended, &s->diag)
                          : transport_run(&s->transport, &io, s->ended);
    s->raw_at += (size_t)(io.in - in);
    s->window.len += (size_t)(io.out - out);
    if (s->status == GOTRACE_OK && io.out == out)
        fill_raw(s);
}

/* One step: more bytes, a new status, an interrupt, or nearer to one of them. */
static void fill(source *s)
{
    if (!s->known)
        identify(s);
    else if (s->packing != SOURCE_PLAIN)
        fill_unpacked(s);
    else
        fill_plain(s);
}

/* A mapped file may have shrunk meanwhile; memory cannot. */
static size_t view_len(const source *s)
{
    return s->map.data ? mapping_len(&s->map) : s->view_len;
}

/* A peek beyond the end is remembered: source_status says END only after one. */
static size_t view_peek(source *s, uint64_t off, size_t n, const uint8_t **at)
{
    size_t len = view_len(s);
    size_t have = off < len ? len - (size_t)off : 0;
    s->short_peek |= have < n;
    *at = s->view + (off < s->view_len ? (size_t)off : s->view_len);
    return have;
}

/* Goes on until there is enough, or a reason why not. Where there is nothing
 * *at points to an empty string, not to NULL. */
static size_t window_peek(source *s, uint64_t off, size_t n, const uint8_t **at)
{
    uint64_t want = n < UINT64_MAX - off ? off + n : UINT64_MAX;
    s->interrupted = false;
    while (window_end(s) < want && s->status == GOTRACE_OK && !s->interrupted)
        fill(s);
    size_t have = off < window_end(s) ? (size_t)(window_end(s) - off) : 0;
    *at = have ? s->window.data + (s->window.len - have) : (const uint8_t *)"";
    return have;
}

size_t source_peek(source *s, uint64_t off, size_t n, const uint8_t **at)
{
    assert(off >= s->keep);
    return s->view ? view_peek(s, off, n, at) : window_peek(s, off, n, at);
}

void source_release(source *s, uint64_t off)
{
    if (off > s->keep)
        s->keep = off;
    if (s->map.data)
        mapping_release(&s->map, off < s->view_len ? (size_t)off : s->view_len);
    else if (window_gone(s) >= CHUNK)
        window_drop(s);
}

/* What is mapped or in memory is all there still: pages that were dropped come
 * from the file again. */
bool source_rewind(source *s)
{
    if (!s->view)
        return false;
    s->keep = 0;
    s->map.dropped = 0;
    return true;
}

/* A window moves as it grows; a view never does. */
bool source_stays(const source *s)
{
    return s->view;
}

/* The file is looked at only where something points to an end: a call each time
 * would be dear. */
static gotrace_status view_status(const source *s, gotrace_diag *diag)
{
    bool suspect = s->short_peek || view_len(s) < s->view_len;
    if (suspect && s->map.data && mapping_check(&s->map, s->name, diag) != GOTRACE_OK)
        return GOTRACE_SYSTEM;
    return suspect ? GOTRACE_END : GOTRACE_OK;
}

gotrace_status source_status(const source *s, gotrace_diag *diag)
{
    if (s->view)
        return view_status(s, diag);
    if (s->interrupted)
        return diag_set(diag, GOTRACE_INTERRUPTED, window_end(s), "interrupted while reading %s",
                        s->name);
    if (diag && s->status != GOTRACE_OK && s->status != GOTRACE_END)
        *diag = s->diag;
    return s->status;
}

/* Same size, other times: it was written to in place. */
static gotrace_status changed(const source *s, const struct stamp *now, gotrace_diag *diag)
{
    (void)diag_set(diag, GOTRACE_SYSTEM, DIAG_NO_OFFSET, "file changed while it was read: %s",
                   s->name);
    if (now->size == s->stamp.size)
        diag_have(diag, "it was written to");
    else
        diag_have(diag, "it had %jd bytes, and has %jd", (intmax_t)s->stamp.size,
                  (intmax_t)now->size);
    return GOTRACE_SYSTEM;
}

gotrace_status source_unchanged(const source *s, gotrace_diag *diag)
{
    struct stamp now = s->stamp;
    if (!s->is_file)
        return GOTRACE_OK;
    if (s->map.data && mapping_check(&s->map, s->name, diag) != GOTRACE_OK)
        return GOTRACE_SYSTEM;
    return stamp_holds(&s->stamp, s->input.fd, &now) ? GOTRACE_OK : changed(s, &now, diag);
}

void source_settle(const source *s)
{
    if (s->is_file)
        stamp_settle(&s->stamp);
}

uint64_t source_size(const source *s)
{
    if (s->view)
        return s->view_len;
    return s->is_whole && s->packing == SOURCE_PLAIN ? s->file_size : 0;
}

uint64_t source_seen(const source *s)
{
    return s->view ? s->view_len : window_end(s);
}

uint64_t source_file_size(const source *s)
{
    return s->file_size;
}

uint64_t source_taken(const source *s)
{
    return s->view ? s->view_len : s->taken;
}

source_packing source_packing_of(const source *s)
{
    return s->packing;
}

void source_on_wait(source *s, void (*fn)(void *), void *arg)
{
    s->input.on_wait = fn;
    s->input.on_wait_arg = arg;
}

static gotrace_status cannot_open(const source *s, gotrace_diag *diag)
{
    return diag_system(diag, "cannot open %s", s->name);
}

gotrace_status source_heed(source *s, gotrace_interrupter *interrupter, gotrace_diag *diag)
{
    return input_heed(&s->input, interrupter) ? GOTRACE_OK : cannot_open(s, diag);
}

bool source_take_interrupt(source *s)
{
    return input_take_interrupt(&s->input);
}

/* Lets callers point right at data, unless it is packed or was changed on the way. */
static bool view_plain(source *s, const uint8_t *data, size_t len)
{
    struct transport_found found = {.kind = SOURCE_PLAIN};
    (void)unpack_detect(data, len, &s->packing);
    if (s->packing == SOURCE_PLAIN)
        (void)transport_detect(data, len, true, &found);
    if (s->packing != SOURCE_PLAIN || found.kind != SOURCE_PLAIN)
        return false;
    s->view = data;
    s->view_len = len;
    return true;
}

/* Failing is no error: the file is read into a window then. A size that size_t
 * cannot hold too. */
static void open_mapping(source *s)
{
    size_t len = (size_t)s->file_size;
    if (!len || len != s->file_size)
        return;
    if (!mapping_open(&s->map, s->input.fd, len))
        return;
    if (!view_plain(s, s->map.data, len))
        mapping_close(&s->map);
}

/* A FIFO opened so does not wait for its writer here, but in the first read,
 * where an interrupt ends the wait. */
static int open_path(const char *path)
{
    if (strcmp(path, "-") == 0)
        return STDIN_FILENO;
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static gotrace_status open_file(source *s, const char *path, bool map, gotrace_diag *diag)
{
    struct stat st;
    int fd = open_path(path);
    if (fd < 0)
        return cannot_open(s, diag);
    s->input.fd = fd; /* for source_close */
    if (fstat(fd, &st) != 0)
        return cannot_open(s, diag);
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return cannot_open(s, diag);
    }
    input_descriptor(&s->input, fd, !S_ISREG(st.st_mode));
    if (S_ISREG(st.st_mode)) {
        s->is_file = true;
        s->file_size = (uint64_t)st.st_size;
        s->stamp = stamp_of(&st);
        s->is_whole = lseek(s->input.fd, 0, SEEK_CUR) == 0;
        if (map && s->is_whole)
            open_mapping(s);
    }
    return GOTRACE_OK;
}

static source *source_new(const char *name)
{
    source *s = mem_zeroed(1, sizeof *s);
    if (s && !(s->name = mem_string(name))) {
        mem_free(s);
        return NULL;
    }
    return s;
}

gotrace_status source_open(source **out, const char *path, bool map, gotrace_diag *diag)
{
    source *s = source_new(strcmp(path, "-") == 0 ? "standard input" : path);
    *out = NULL;
    if (!s)
        return diag_no_memory(diag);
    gotrace_status status = open_file(s, path, map, diag);
    if (status == GOTRACE_OK)
        *out = s;
    else
        source_close(s);
    return status;
}

/* With `step` even plain bytes go through the window, for specs that want that. */
gotrace_status source_open_memory(source **out, const void *data, size_t len, size_t step,
                                  gotrace_diag *diag)
{
    source *s = *out = source_new("memory");
    if (!s)
        return diag_no_memory(diag);
    input_memory(&s->input, data, len, step);
    if (!step && len)
        (void)view_plain(s, data, len);
    return GOTRACE_OK;
}

void source_close(source *s)
{
    if (!s)
        return;
    mapping_close(&s->map);
    input_close(&s->input);
    unpack_free(s->unpack);
    buf_free(&s->raw);
    buf_free(&s->window);
    mem_free(s->name);
    mem_free(s);
}
