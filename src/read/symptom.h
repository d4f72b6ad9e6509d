/* symptom.h: what damaged bytes look like: what they went through can be seen. */
#ifndef GOTRACE_READ_SYMPTOM_H
#define GOTRACE_READ_SYMPTOM_H
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/* What the n bytes at p have in common. To be asked of many: the bytes of a trace
 * have none of it by accident. */
gotrace_fact symptom_of(const uint8_t *p, size_t n);
/* The same of bytes some of which are missing. */
gotrace_fact symptom_of_lost(const uint8_t *p, size_t n);
/* Of n bytes at p where a record breaks: GOTRACE_FACT_ZEROS if there are more zeros in a row
 * than records have, else GOTRACE_FACT_NONE. */
gotrace_fact symptom_of_broken(const uint8_t *p, size_t n);
#endif
