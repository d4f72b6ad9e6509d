/* header.h: the first 16 bytes, `go 1.N trace` padded with NUL. */
#ifndef GOTRACE_READ_HEADER_H
#define GOTRACE_READ_HEADER_H
#include <stdbool.h>

#include "io/source.h"

enum { HEADER_SIZE = 16, HEADER_V2 = 22 /* first version of the v2 family */ };

/* *version is N of `go 1.N`. GOTRACE_UNSUPPORTED for what is no trace or of an
 * unknown version; otherwise source_status's. */
gotrace_status header_read(source *src, uint32_t *version, gotrace_diag *diag);
/* True for the versions that name a format. */
bool header_known(uint32_t version);
#endif
