/* source.h: the bytes of a trace, whatever they come from.
 *
 * A regular file is mapped; standard input, a FIFO and anything packed (gzip,
 * zstd, by content) is read into a window that grows as far as the caller
 * looks ahead and is used again for what comes after it lets go. Offsets count
 * unpacked bytes.
 *
 * Bounds: no read allocates by a number found in the input, except zstd's own
 * window (128 MiB at most). A file that shrinks while it is mapped ends at its
 * new end for the next source_peek; until then its missing bytes read as 0. */
#ifndef GOTRACE_IO_SOURCE_H
#define GOTRACE_IO_SOURCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/thread/interrupter.h"
#include "io/packed/packing.h"

typedef struct source source;

/* path "-" is standard input. Not `map`: a file is read into a window too. On failure *out is NULL
 * and diag says why. Does not wait: a FIFO's first writer is waited for by the first source_peek.
 */
gotrace_status source_open(source **out, const char *path, bool map, gotrace_diag *diag);
/* A source over bytes in memory, borrowed until source_close; `step` > 0 hands
 * them out at most step bytes a read, as a slow pipe does. Packed content is
 * unpacked as from a file. For tests and fuzzing. */
gotrace_status source_open_memory(source **out, const void *data, size_t len, size_t step,
                                  gotrace_diag *diag);

/* Makes the bytes from off addressable, at least n of them if there are so
 * many, waiting for them if need be. Returns how many there are (fewer than n
 * only at the end of input, after an error, or when interrupted: see
 * source_status) and points *at at them: valid until source_release, or a
 * source_peek at more than there is. off must not be before what was released. What is mapped
 * never waits and is never interrupted. */
size_t source_peek(source *s, uint64_t off, size_t n, const uint8_t **at);
/* Bytes before off will not be asked for again. off may be ahead of what was
 * read: bytes up to it are skipped without being kept. */
void source_release(source *s, uint64_t off);

/* Takes everything back that was released: all can be peeked at again. False
 * where bytes cannot be had twice. */
bool source_rewind(source *s);

/* Whether bytes stay where they are until they are released, whatever is peeked at. */
bool source_stays(const source *s);

/* Asked after source_peek yielded fewer bytes than wanted. GOTRACE_OK while
 * there is more or may be more; GOTRACE_END when all was read without an error.
 * With diag: GOTRACE_DAMAGED (the packing is broken or cut off, or something
 * else follows it), GOTRACE_UNSUPPORTED (zstd with a dictionary or too large a
 * window), GOTRACE_SYSTEM (diag.sys is 0 if the file shrank), GOTRACE_NO_MEMORY:
 * what came before it is still readable. GOTRACE_INTERRUPTED: see
 * source_heed; the next source_peek goes on. */
gotrace_status source_status(const source *s, gotrace_diag *diag);
/* GOTRACE_OK while the file that s reads is as it was when it was opened (stamp.h),
 * or cannot be looked at so, as a pipe. Else GOTRACE_SYSTEM, with diag.sys 0 if it
 * could be read: bytes that are looked at twice need not be the same. */
gotrace_status source_unchanged(const source *s, gotrace_diag *diag);
/* Waits, some ms at most, until a change of the file would show. */
void source_settle(const source *s);

/* The whole unpacked size if it is known (a plain file, from its begin), else 0. */
uint64_t source_size(const source *s);
/* Unpacked bytes that have been read so far (all of them when mapped). */
uint64_t source_seen(const source *s);
/* Bytes that have been read so far as they come, packed ones too (all of them when mapped). */
uint64_t source_taken(const source *s);
/* Bytes on disk, 0 when it is not a regular file. */
uint64_t source_file_size(const source *s);
/* Known once a source_peek has yielded a byte; SOURCE_PLAIN before. */
source_packing source_packing_of(const source *s);
void source_close(source *s); /* NULL is fine */

/* Called just before a read waits for a live producer, so that output can be
 * flushed; NULL: none. It must not use s. */
void source_on_wait(source *s, void (*fn)(void *), void *arg);
/* From now on each gotrace_interrupt ends the next read, or the one that is waiting,
 * with GOTRACE_INTERRUPTED, once. Before the first source_peek; interrupter is borrowed
 * until source_close, NULL: as at first. */
gotrace_status source_heed(source *s, gotrace_interrupter *interrupter, gotrace_diag *diag);
/* True once after gotrace_interrupt (however often it was called since), false
 * if a read of s has ended with GOTRACE_INTERRUPTED for it already. For callers
 * that stop between reads: they and source_peek tell of an interrupt once. */
bool source_take_interrupt(source *s);
#endif
