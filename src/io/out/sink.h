/* sink.h: where a trace is written to.
 *
 * A regular file appears whole or not at all, however the process ends: the bytes
 * go to a temporary file (temporary.h), which takes the place of the old one when
 * all is well. A symbolic link stays: what it leads to is replaced, or made if it
 * leads to nothing. Owner, permissions and access list of a file that is replaced
 * are kept (attributes.h).
 *
 * What is no regular file (a pipe, a device), "-", standard output, and the paths
 * of open descriptors (/dev/stdout, /dev/fd/3) cannot be taken back: they get the
 * bytes as they come, also where their other end is slow and they do not wait. */
#ifndef GOTRACE_IO_OUT_SINK_H
#define GOTRACE_IO_OUT_SINK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/thread/interrupter.h"

typedef struct sink sink;

/* On failure *out is NULL. GOTRACE_INTERRUPTED, here and below: an interrupt
 * came while this waited for the reader of a pipe. interrupter is borrowed until the
 * sink is gone, or NULL: there is none. The wait of sink_open is ended only by one that
 * a signal to this thread brings. */
gotrace_status sink_open(sink **out, const char *path, gotrace_interrupter *interrupter,
                         gotrace_diag *diag);
gotrace_status sink_write(sink *s, const void *data, size_t n, gotrace_diag *diag);
/* Hands on what is buffered, for a reader at the other end of a pipe. */
gotrace_status sink_flush(sink *s, gotrace_diag *diag);
/* While a sink is muted, what is written to it is neither kept nor counted. */
void sink_mute(sink *s, bool muted);
/* What is written from now on is kept back until sink_let_go, so that it can be
 * dropped. Does nothing where the file as a whole can be. */
void sink_hold(sink *s);
/* As sink_hold, of all that is written, until sink_release: holds inside of it go on as
 * they do. */
gotrace_status sink_keep(sink *s, gotrace_diag *diag);
gotrace_status sink_release(sink *s, gotrace_diag *diag);
/* All that was written, of a file, or of what is kept by sink_keep; borrowed until more is
 * written, and there has to be some. */
gotrace_status sink_bytes(sink *s, const uint8_t **data, size_t *len, gotrace_diag *diag);
/* Hands on what was kept back, or drops it. */
gotrace_status sink_let_go(sink *s, bool drop, gotrace_diag *diag);
/* Whether what is written can be taken back: it is a regular file. */
bool sink_is_file(const sink *s);
/* The descriptors of the file and of its folder, for who writes all of it himself, in no order,
 * and reads it back: nothing may be written with sink_write then. False: it is no file.
 * Borrowed. */
bool sink_descriptors(const sink *s, int *file, int *folder);
/* Bytes written so far. */
uint64_t sink_size(const sink *s);
/* Puts the file in its place, on the disk. Takes s, also on failure. */
gotrace_status sink_commit(sink *s, gotrace_diag *diag);
/* Takes s and leaves no trace of it; NULL is fine. */
void sink_abandon(sink *s);
#endif
