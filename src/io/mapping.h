/* mapping.h: a file in memory that survives being cut short.
 *
 * Touching a page that the file no longer has raises SIGBUS. A handler puts
 * zeros under the rest of the mapping, so that the reader can run on to its
 * next look at mapping_len; other SIGBUS go to the handler that was there
 * before. Safe with many mappings in many threads. */
#ifndef GOTRACE_IO_MAPPING_H
#define GOTRACE_IO_MAPPING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

struct mapping {
    const uint8_t *data; /* owned; NULL: none */
    size_t len;
    size_t dropped; /* pages before are not resident */
    int fd;         /* borrowed until mapping_close */
    struct guard *guard;
};

/* Maps the first len (> 0) bytes of fd. False when that cannot be done, with
 * errno; the file may still be readable. */
bool mapping_open(struct mapping *m, int fd, size_t len);
/* Bytes from the front that are the file's: len, or fewer after a fault. */
size_t mapping_len(const struct mapping *m);
/* GOTRACE_OK, or GOTRACE_SYSTEM if the file called `name` has become shorter
 * than the mapping or could not be read at a place that was looked at. */
gotrace_status mapping_check(const struct mapping *m, const char *name, gotrace_diag *diag);
/* Bytes before off need not stay in memory. */
void mapping_release(struct mapping *m, size_t off);
void mapping_close(struct mapping *m);
#endif
