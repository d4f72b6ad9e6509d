#include "io/packed/unpack.h"

/* For ZSTD_createDCtx_advanced, which every libzstd.so has since 1.3. */
#define ZSTD_STATIC_LINKING_ONLY
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"

enum step {
    STEP_ON,      /* call again, unless there is output to hand over */
    STEP_INPUT,   /* needs more input */
    STEP_END,     /* no more input, and none is missing */
    STEP_BROKEN,  /* u->why */
    STEP_GARBAGE, /* what follows is something else */
    STEP_REFUSED, /* u->why */
    STEP_NO_MEMORY
};

/* What differs between the kinds of packing; the loop over members or frames is
 * common to both. */
struct codec {
    const char *name;
    bool (*open)(struct unpack *u);
    void (*begin)(struct unpack *u); /* a member */
    enum step (*run)(struct unpack *u, struct unpack_io *io);
    void (*close)(struct unpack *u);
};

struct unpack {
    const struct codec *codec;
    source_packing packing;
    bool inside; /* of a member (gzip) or frame (zstd) */
    bool first;  /* no member has begun */
    uint64_t in, out;
    const char *why; /* static, or the codec's */
    z_stream z;
    ZSTD_DStream *zstd;
    size_t hint;  /* bytes that zstd wants next */
    bool pending; /* zstd has more output than there was room for */
};

/* Through mem.h, so that what zlib needs counts within the memory limit. */
static void *gzip_alloc(void *opaque, uInt items, uInt size)
{
    (void)opaque;
    return mem_zeroed(items, size);
}

static void gzip_free(void *opaque, void *p)
{
    (void)opaque;
    mem_free(p);
}

static bool gzip_open(struct unpack *u)
{
    u->z.zalloc = gzip_alloc;
    u->z.zfree = gzip_free;
    return inflateInit2(&u->z, 15 + 16) == Z_OK; /* the gzip wrapper only */
}

/* Keeps the window's memory for the next member. */
static void gzip_begin(struct unpack *u)
{
    (void)inflateReset(&u->z);
}

/* Output that has no more room is not an end: called again, zlib goes on
 * without new input. */
static enum step gzip_result(struct unpack *u, int r)
{
    switch (r) {
    case Z_STREAM_END:
        u->inside = false;
        return STEP_ON;
    case Z_OK:
    case Z_BUF_ERROR: /* no input, or no room: no harm */
        return u->z.avail_out ? STEP_INPUT : STEP_ON;
    case Z_MEM_ERROR:
        return STEP_NO_MEMORY;
    default:
        u->why = u->z.msg ? u->z.msg : "data error";
        return STEP_BROKEN;
    }
}

static enum step gzip_run(struct unpack *u, struct unpack_io *io)
{
    u->z.next_in = (Bytef *)(uintptr_t)io->in;
    /* zlib counts in 32 bits. */
    u->z.avail_in = (uInt)(io->in_len < UINT32_MAX ? io->in_len : UINT32_MAX);
    u->z.next_out = io->out;
    u->z.avail_out = (uInt)(io->out_len < UINT32_MAX ? io->out_len : UINT32_MAX);
    int r = inflate(&u->z, Z_NO_FLUSH);
    io->in_len -= (size_t)(u->z.next_in - io->in);
    io->in = u->z.next_in;
    io->out_len -= (size_t)(u->z.next_out - io->out);
    io->out = u->z.next_out;
    return gzip_result(u, r);
}

static void gzip_close(struct unpack *u)
{
    (void)inflateEnd(&u->z);
}

/* As for zlib: a frame's window counts within the memory limit. */
static void *zstd_alloc(void *opaque, size_t size)
{
    (void)opaque;
    return mem_alloc(size);
}

static void zstd_free(void *opaque, void *p)
{
    (void)opaque;
    mem_free(p);
}

static bool zstd_open(struct unpack *u)
{
    ZSTD_customMem ours = {zstd_alloc, zstd_free, NULL};
    u->zstd = ZSTD_createDStream_advanced(ours);
    return u->zstd &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, UNPACK_ZSTD_WINDOW));
}

static void zstd_begin(struct unpack *u)
{
    u->hint = ZSTD_initDStream(u->zstd);
    u->pending = false;
}

/* What zstd refuses by its parameters is told with the command that unpacks it
 * all the same. */
static enum step zstd_failed(struct unpack *u, size_t r)
{
    u->why = ZSTD_getErrorName(r);
    switch (ZSTD_getErrorCode(r)) {
    case ZSTD_error_memory_allocation:
        return STEP_NO_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge:
        u->why = "a window of more than 128 MiB; unpack it with zstd -d --long=31";
        return STEP_REFUSED;
    case ZSTD_error_dictionary_wrong:
        u->why = "a dictionary; unpack it with zstd -d -D DICTIONARY";
        return STEP_REFUSED;
    default:
        return STEP_BROKEN;
    }
}

/* zstd forgets to count the output of a call that fails. So a call gets either
 * no input, to put out what is pending, or no more than the rest of a block:
 * the hint includes the three bytes of the next block's header. */
static enum step zstd_run(struct unpack *u, struct unpack_io *io)
{
    size_t builder = u->hint > 3 ? u->hint - 3 : u->hint;
    if (builder > io->in_len)
        builder = io->in_len;
    ZSTD_inBuffer in = {io->in, u->pending ? 0 : builder, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    if (!in.size && !u->pending)
        return STEP_INPUT;
    size_t r = ZSTD_decompressStream(u->zstd, &out, &in);
    if (ZSTD_isError(r))
        return zstd_failed(u, r);
    io->in += in.pos;
    io->in_len -= in.pos;
    io->out += out.pos;
    io->out_len -= out.pos;
    u->hint = r;
    u->pending = out.pos == out.size;
    u->inside = r != 0;
    return STEP_ON;
}

static void zstd_close(struct unpack *u)
{
    (void)ZSTD_freeDStream(u->zstd);
}

static const struct codec codecs[] = {
    [SOURCE_GZIP] = {"gzip", gzip_open, gzip_begin, gzip_run, gzip_close},
    [SOURCE_ZSTD] = {"zstd", zstd_open, zstd_begin, zstd_run, zstd_close},
};

static const struct magic {
    source_packing packing;
    size_t len;
    uint8_t bytes[4];
    uint8_t mask; /* of the first byte */
} magics[] = {
    {SOURCE_GZIP, 2, {0x1f, 0x8b}, 0xff},
    {SOURCE_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}, 0xff},
    {SOURCE_ZSTD, 4, {0x50, 0x2a, 0x4d, 0x18}, 0xf0}, /* a skippable frame */
};

/* The first byte by a mask: skippable frames of zstd have 16 magic numbers.
 * Bytes that only begin like a magic number are not enough to say: false. */
bool unpack_detect(const uint8_t *p, size_t n, source_packing *out)
{
    *out = SOURCE_PLAIN;
    if (!n)
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *m = &magics[i];
        size_t len = n < m->len ? n : m->len;
        if ((p[0] & m->mask) != m->bytes[0] || memcmp(p + 1, m->bytes + 1, len - 1) != 0)
            continue;
        *out = len == m->len ? m->packing : SOURCE_PLAIN;
        return len == m->len;
    }
    return true;
}

struct unpack *unpack_new(source_packing packing)
{
    struct unpack *u = mem_zeroed(1, sizeof *u);
    if (!u)
        return NULL;
    u->codec = &codecs[packing];
    u->packing = packing;
    u->first = true;
    if (u->codec->open(u))
        return u;
    unpack_free(u);
    return NULL;
}

static enum step begin(struct unpack *u)
{
    u->codec->begin(u);
    u->inside = true;
    u->first = false;
    return STEP_ON;
}

/* Between members. */
static enum step next_member(struct unpack *u, struct unpack_io *io, bool last)
{
    source_packing packing;
    for (; !u->first && io->in_len && !*io->in; io->in++)
        io->in_len--;
    if (!io->in_len)
        return last ? STEP_END : STEP_INPUT;
    if (!unpack_detect(io->in, io->in_len, &packing) && !last)
        return STEP_INPUT;
    return packing == u->packing ? begin(u) : STEP_GARBAGE;
}

/* Says what to do: nothing is read past damage of packed data, on which all
 * that follows depends. */
static gotrace_status damaged(const struct unpack *u, enum step step, gotrace_diag *d)
{
    const char *name = u->codec->name;
    unsigned long long at = u->in;
    switch (step) {
    case STEP_INPUT:
        diag_set(d, GOTRACE_DAMAGED, u->out,
                 "%s data is cut off at packed byte %llu: fetch the file again, "
                 "only what came before could be read",
                 name, at);
        diag_cut(d);
        return GOTRACE_DAMAGED;
    case STEP_GARBAGE:
        return diag_set(d, GOTRACE_DAMAGED, u->out,
                        "something else follows the %s data at packed byte %llu: "
                        "cut it off (head -c %llu), everything before was read",
                        name, at, at);
    default:
        return diag_set(d, GOTRACE_DAMAGED, u->out,
                        "%s data is broken near packed byte %llu (%s): fetch the file again, "
                        "only what came before could be read",
                        name, at, u->why);
    }
}

/* Of what it takes to unpack anything: for zstd a window. */
static gotrace_status no_memory(const struct unpack *u, gotrace_diag *d)
{
    char text[MEM_TEXT];
    if (!mem_is_met(text))
        return diag_no_memory(d);
    return diag_set(d, GOTRACE_NO_MEMORY, u->out, "%s data cannot be unpacked: %s", u->codec->name,
                    text);
}

/* cut: the input has ended, and there was no output to hand over first. */
static gotrace_status status_of(const struct unpack *u, enum step step, bool cut, gotrace_diag *d)
{
    switch (step) {
    case STEP_END:
        return GOTRACE_END;
    case STEP_NO_MEMORY:
        return no_memory(u, d);
    case STEP_REFUSED:
        return diag_set(d, GOTRACE_UNSUPPORTED, u->out, "%s data needs %s", u->codec->name, u->why);
    case STEP_BROKEN:
    case STEP_GARBAGE:
        return damaged(u, step, d);
    case STEP_INPUT:
        return cut ? damaged(u, step, d) : GOTRACE_OK;
    default:
        return GOTRACE_OK;
    }
}

/* Until there is output or a reason to stop: one call may go over many empty
 * members. */
gotrace_status unpack_run(struct unpack *u, struct unpack_io *io, bool last, gotrace_diag *diag)
{
    struct unpack_io from = *io;
    enum step step;
    do
        step = u->inside ? u->codec->run(u, io) : next_member(u, io, last);
    while (step == STEP_ON && io->out == from.out);
    bool made = io->out != from.out;
    u->in += (uint64_t)(io->in - from.in);
    u->out += (uint64_t)(io->out - from.out);
    return status_of(u, step, last && !made, diag);
}

void unpack_free(struct unpack *u)
{
    if (!u)
        return;
    u->codec->close(u);
    mem_free(u);
}
