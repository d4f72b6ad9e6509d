#include "io/out/packer.h"

#include <assert.h>
#define ZLIB_CONST /* what zlib is given it does not change */
#include <zlib.h>

#include "base/mem.h"

/* Packed bytes that go to the sink together. */
enum { ROOM = 64 << 10 };
enum { MOST = 1 << 20 }; /* bytes that zlib is given at once: it counts in 32 bits */

struct packer {
    z_stream z;
    uint8_t room[ROOM];
};

static void *packer_alloc(void *opaque, uInt items, uInt size)
{
    (void)opaque;
    return mem_zeroed(items, size);
}

static void packer_release(void *opaque, void *p)
{
    (void)opaque;
    mem_free(p);
}

struct packer *packer_new(void)
{
    struct packer *p = mem_zeroed(1, sizeof *p);
    if (!p)
        return NULL;
    p->z.zalloc = packer_alloc;
    p->z.zfree = packer_release;
    /* 15 + 16: the gzip wrapper, with the largest window. */
    if (deflateInit2(&p->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
        Z_OK)
        return p;
    mem_free(p);
    return NULL;
}

void packer_free(struct packer *p)
{
    if (!p)
        return;
    (void)deflateEnd(&p->z);
    mem_free(p);
}

/* One turn of zlib; what it yields goes to the sink. */
static gotrace_status turn(struct packer *p, sink *to, int flush, gotrace_diag *diag)
{
    p->z.next_out = p->room;
    p->z.avail_out = ROOM;
    int result = deflate(&p->z, flush);
    assert(result != Z_STREAM_ERROR);
    (void)result;
    return sink_write(to, p->room, ROOM - p->z.avail_out, diag);
}

/* Until zlib has taken all that it was given, and handed out what it has to. */
static gotrace_status turns(struct packer *p, sink *to, int flush, gotrace_diag *diag)
{
    gotrace_status st;
    do
        st = turn(p, to, flush, diag);
    while (st == GOTRACE_OK && p->z.avail_out == 0);
    return st;
}

gotrace_status packer_write(struct packer *p, sink *to, const void *data, size_t n,
                            gotrace_diag *diag)
{
    const uint8_t *at = data;
    gotrace_status st = GOTRACE_OK;
    while (n && st == GOTRACE_OK) {
        size_t piece = n < MOST ? n : MOST;
        p->z.next_in = at;
        p->z.avail_in = (uInt)piece;
        st = turns(p, to, Z_NO_FLUSH, diag);
        at += piece;
        n -= piece;
    }
    return st;
}

/* zlib hands out what it holds back, and the length and checksum behind it. */
gotrace_status packer_end(struct packer *p, sink *to, gotrace_diag *diag)
{
    return turns(p, to, Z_FINISH, diag);
}
