#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Cuts what does not fit: a diag has no memory of its own, so that it can be
 * filled when there is none left. */
static void print_into(char *to, size_t size, const char *fmt, va_list ap)
{
    (void)vsnprintf(to, size, fmt, ap);
}

/* A thread of -1 is none, since 0 may be one's number. */
static void clear(gotrace_diag *d, gotrace_status status, uint64_t offset)
{
    memset(d, 0, sizeof *d);
    d->status = (int32_t)status;
    d->offset = offset;
    d->m = -1;
}

/* A NULL diag costs no formatting: readers set many that nobody looks at. */
gotrace_status diag_set(gotrace_diag *d, gotrace_status status, uint64_t offset, const char *fmt,
                        ...)
{
    if (d) {
        va_list ap;
        clear(d, status, offset);
        va_start(ap, fmt);
        print_into(d->what, sizeof d->what, fmt, ap);
        va_end(ap);
    }
    return status;
}

/* errno is taken first, before anything here can change it. */
gotrace_status diag_system(gotrace_diag *d, const char *fmt, ...)
{
    int err = errno;
    if (err == ENOMEM)
        return diag_no_memory(d);
    if (d) {
        va_list ap;
        clear(d, GOTRACE_SYSTEM, DIAG_NO_OFFSET);
        d->sys = err;
        va_start(ap, fmt);
        print_into(d->what, sizeof d->what, fmt, ap);
        va_end(ap);
        (void)snprintf(d->have, sizeof d->have, "%s", strerror(err));
    }
    return GOTRACE_SYSTEM;
}

/* Whether it was the limit or the machine decides what a user can do about it,
 * so the text differs. */
gotrace_status diag_no_memory(gotrace_diag *d)
{
    char text[MEM_TEXT];
    return diag_set(d, GOTRACE_NO_MEMORY, DIAG_NO_OFFSET, "%s",
                    mem_is_met(text) ? text : "out of memory");
}

void diag_have(gotrace_diag *d, const char *fmt, ...)
{
    va_list ap;
    if (!d)
        return;
    va_start(ap, fmt);
    print_into(d->have, sizeof d->have, fmt, ap);
    va_end(ap);
}

void diag_want(gotrace_diag *d, const char *fmt, ...)
{
    va_list ap;
    if (!d)
        return;
    va_start(ap, fmt);
    print_into(d->want, sizeof d->want, fmt, ap);
    va_end(ap);
}

void diag_cut(gotrace_diag *d)
{
    if (d)
        d->cut = 1;
}

void diag_fact(gotrace_diag *d, gotrace_fact fact)
{
    if (d)
        d->fact = (uint32_t)fact;
}
