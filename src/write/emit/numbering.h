/* numbering.h: other numbers for what the input numbers: goroutines' count since its
 * program began, threads' are the system's. While it is off, numbers are written as they are. */
#ifndef GOTRACE_WRITE_EMIT_NUMBERING_H
#define GOTRACE_WRITE_EMIT_NUMBERING_H
#include "base/idmap.h"
#include "gotrace.h"

struct numbering {
    bool on;
    struct idmap goroutines, threads, tasks; /* the input's number -> the output's */
    uint32_t g, m, task;                     /* how many there are */
};

void numbering_free(struct numbering *n);
/* Makes *id, of that kind (GOTRACE_ARG_...), what is written for it: from 1 on as they are met,
 * where it is a goroutine, thread or task and not none. False: no memory. */
bool numbering_of(struct numbering *n, unsigned kind, uint64_t *id);
#endif
