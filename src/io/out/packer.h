/* packer.h: what is written to a sink, packed with gzip on its way. The same data give
 * the same bytes: no time and no name are in them. */
#ifndef GOTRACE_IO_OUT_PACKER_H
#define GOTRACE_IO_OUT_PACKER_H
#include "io/out/sink.h"

struct packer;

struct packer *packer_new(void); /* NULL: no memory */
gotrace_status packer_write(struct packer *p, sink *to, const void *data, size_t n,
                            gotrace_diag *diag);
/* Writes what is left, and gzip's checksum: nothing may come behind it. */
gotrace_status packer_end(struct packer *p, sink *to, gotrace_diag *diag);
void packer_free(struct packer *p); /* NULL is fine */
#endif
