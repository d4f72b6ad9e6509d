/* unpack.h: gzip and zstd, a piece at a time.
 *
 * Several gzip members or zstd frames in turn are one stream, as their own
 * tools have it; skippable zstd frames yield nothing; zero bytes between or
 * behind them are padding. Memory is bounded: 32 KiB for gzip; for zstd the
 * frame's window, at most UNPACK_ZSTD_WINDOW. All of it is base/mem's. */
#ifndef GOTRACE_IO_PACKED_UNPACK_H
#define GOTRACE_IO_PACKED_UNPACK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "io/packed/packing.h"

/* Log2 of the largest zstd window: all that zstd writes, and what its own tool
 * reads, unless told --long=28 or more. A 100-byte frame could ask for 2 GiB. */
#define UNPACK_ZSTD_WINDOW 27

/* What unpack_run takes bytes from and where it puts them; it moves both. */
struct unpack_io {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
};

struct unpack;

/* What the first n bytes of a file say of its packing. False: too few. */
bool unpack_detect(const uint8_t *p, size_t n, source_packing *out);

struct unpack *unpack_new(source_packing packing); /* NULL: no memory */
/* Unpacks some. GOTRACE_OK without output: it needs more input, and has left
 * at most a few bytes of this one. `last`: there is none behind this one.
 * GOTRACE_END: all is done; else GOTRACE_DAMAGED, GOTRACE_UNSUPPORTED or
 * GOTRACE_NO_MEMORY, for good, and the output so far is good. (What gzip's
 * checksum finds broken came before the checksum.) */
gotrace_status unpack_run(struct unpack *u, struct unpack_io *io, bool last, gotrace_diag *diag);
void unpack_free(struct unpack *u); /* NULL is fine */
#endif
