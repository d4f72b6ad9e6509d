/* intern.h: strings, frames and stacks of a run, interned.
 *
 * Equal ones have equal ids, over generations and over traces, so that an id
 * can be compared and kept. Id 0 is the empty string and the empty stack.
 * Ids are dense; nothing is ever taken out. The readers of gotrace.h
 * (gotrace_string ...) are implemented here. */
#ifndef GOTRACE_EVENT_INTERN_H
#define GOTRACE_EVENT_INTERN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gotrace.h"

/* Nothing here is safe for two threads at once. One that works beside the
 * names' owner gives itself a guard: who interns there calls it first, and
 * gives up, as for want of memory, if it yields false. For the calling thread. */
void names_on_thread(bool (*guard)(void *), void *arg);

/* Another trace begins: it has no strings yet. */
void names_begin(gotrace_names *n);

/* All three yield false when memory runs out. `data` and `frames` are copied. */
bool names_string(gotrace_names *n, const void *data, size_t len, uint32_t *id);
/* The same for one that the trace at hand has in its tables: gotrace_has_string. */
bool names_defined(gotrace_names *n, const void *data, size_t len, uint32_t *id);
bool names_stack(gotrace_names *n, const gotrace_frame *frames, uint32_t len, uint32_t *id);
/* The string that stands for an id which the trace uses but does not define:
 * "?12". Readable, and distinct from every other such id. */
bool names_unknown(gotrace_names *n, uint64_t wire_id, uint32_t *id);

/* idtab: wire ids of one generation -> interned ids.
 *
 * Dense ids live in an array, outliers in a map, so that no id sizes an
 * allocation: memory is linear in the number of entries. */
struct idtab;
struct idtab *idtab_new(void);
void idtab_free(struct idtab *t);
void idtab_clear(struct idtab *t);
/* 1: added; 0: wire_id was there, and still is what it was; -1: no memory. */
int idtab_add(struct idtab *t, uint64_t wire_id, uint32_t id);
/* Adds or replaces; false when memory runs out. */
bool idtab_set(struct idtab *t, uint64_t wire_id, uint32_t id);
/* True, and *id, if wire_id is defined. */
bool idtab_get(const struct idtab *t, uint64_t wire_id, uint32_t *id);
/* Ids from 1 to below this are all defined. */
uint64_t idtab_complete(const struct idtab *t);
/* The array, *len of it: interned ids plus one by wire id, 0: not defined here.
 * Borrowed until the next change. */
const uint32_t *idtab_dense(const struct idtab *t, size_t *len);
#endif
