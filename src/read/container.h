/* container.h: names what is given for a trace and is none: packed files, profiles,
 * pages of errors, text. */
#ifndef GOTRACE_READ_CONTAINER_H
#define GOTRACE_READ_CONTAINER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum { CONTAINER_SHOWN = 512 /* bytes that tell what a file is */ };

/* Whether the n bytes at p, the first of a file, are those of one that holds
 * others, or a document: a trace in it is not at hand. */
bool container_is(const uint8_t *p, size_t n);
/* Offset among the n bytes at p at which packed data begin, behind text alone; 0: none do. */
size_t container_behind_text(const uint8_t *p, size_t n);
/* Fills diag with what it is, or how it begins, and what to do about it.
 * GOTRACE_UNSUPPORTED. */
gotrace_status container_diag(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off);
#endif
