/* diag.h: the one error value. A status for the branch, a diag for the human.
 *
 * LuaJIT reads this file too (ffi.cdef), so outside the lines that begin with
 * '#' it holds declarations only. */
#ifndef GOTRACE_BASE_DIAG_H
#define GOTRACE_BASE_DIAG_H
#include <stdint.h>

typedef enum gotrace_status {
    GOTRACE_OK,
    GOTRACE_END,         /* no more input; not an error */
    GOTRACE_DAMAGED,     /* the input breaks the format */
    GOTRACE_UNSUPPORTED, /* not a trace, or of a version nobody here knows */
    GOTRACE_SYSTEM,      /* the operating system said no; diag.sys is errno */
    GOTRACE_NO_MEMORY,
    GOTRACE_INTERRUPTED /* gotrace_interrupt was called; the input goes on */
} gotrace_status;

/* What was seen of a damage, from which its cause may be told. */
typedef enum gotrace_fact {
    GOTRACE_FACT_NONE,
    GOTRACE_FACT_TEXT,     /* text stands in the trace that is no part of it */
    GOTRACE_FACT_CRLF,     /* of many line feeds each has a carriage return before it */
    GOTRACE_FACT_UTF8,     /* all bytes above 127 are characters of UTF-8 */
    GOTRACE_FACT_ASCII,    /* of many bytes none is above 127 */
    GOTRACE_FACT_ZEROS,    /* many bytes in a row are 0 */
    GOTRACE_FACT_BIT,      /* with one bit changed there would be none */
    GOTRACE_FACT_CLOCKS,   /* times contradict the order in which things happened */
    GOTRACE_FACT_C_THREAD, /* of a goroutine that C has called, before 1.21 */
    GOTRACE_FACT_REGION,   /* a region ends while one inside it is open */
    GOTRACE_FACT_MISSING,  /* whole events are not there */
    GOTRACE_FACT_BATCHES,  /* whole batches are not there */
    GOTRACE_FACT_LF,       /* bytes are missing, and of many that are there none is a line feed */
    GOTRACE_FACT_CR,       /* likewise a carriage return */
    GOTRACE_FACT_TWICE     /* the same bytes stand there twice */
} gotrace_fact;

/* What went wrong, where, and what was expected. Owned by whoever declares it;
 * holds no pointers, so it can be copied. */
typedef struct gotrace_diag {
    int32_t status;  /* gotrace_status */
    int32_t sys;     /* errno for GOTRACE_SYSTEM, else 0 */
    uint64_t offset; /* byte offset in the unpacked trace; all ones: none */
    uint64_t gen;    /* generation, 0: none */
    int64_t m;       /* thread, -1: none */
    uint32_t cut;    /* 1: the input ends where it should not */
    uint32_t fact;   /* gotrace_fact */
    char event[32];  /* event type, "": none */
    char what[200];  /* one sentence without a full stop */
    char have[200];  /* what was found, or "" */
    char want[100];  /* what the format asks for, or "" */
} gotrace_diag;

#ifndef GOTRACE_FFI
#define DIAG_NO_OFFSET UINT64_MAX
#define DIAG_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fills d (which may be NULL) and returns status, so that a caller can write
 * `return diag_set(...)`. The optional parts are cleared. */
gotrace_status diag_set(gotrace_diag *d, gotrace_status status, uint64_t offset, const char *fmt,
                        ...) DIAG_PRINTF(4, 5);
/* The same with errno kept in d->sys; of ENOMEM it says what diag_no_memory does. */
gotrace_status diag_system(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
/* There is none, or the limit of mem.h was met: then with its figures. */
gotrace_status diag_no_memory(gotrace_diag *d);
/* Adds "have" or "want" to a diag that diag_set has filled. */
void diag_have(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
void diag_want(gotrace_diag *d, const char *fmt, ...) DIAG_PRINTF(2, 3);
/* Says of a diag that diag_set has filled that the input ends too early. */
void diag_cut(gotrace_diag *d);
/* Adds what was seen to a diag that diag_set has filled. */
void diag_fact(gotrace_diag *d, gotrace_fact fact);
#endif
#endif
