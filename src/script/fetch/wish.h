/* wish.h: what is asked of a server, and what came of it. LuaJIT reads this header too
 * (ffi.cdef). */
#ifndef GOTRACE_SCRIPT_FETCH_WISH_H
#define GOTRACE_SCRIPT_FETCH_WISH_H
#include <stdint.h>

/* What is asked for, and how. Strings are borrowed until gotrace_fetcher_start returns. */
typedef struct gotrace_wish {
    const char *url;
    const char *method;         /* NULL: GET */
    const char *const *headers; /* "Name: value", up to a NULL; NULL: none */
    const char *ca_file;        /* certificates to trust; NULL: the system's */
    const char *unix_socket;    /* in place of a host and a port; NULL: none */
    const char *save;           /* a file that keeps what comes, %d in it the number; NULL: none */
    uint32_t netrc;             /* 1: names and passwords of ~/.netrc */
    uint32_t insecure;          /* 1: any certificate will do */
} gotrace_wish;

typedef enum gotrace_fetched {
    GOTRACE_FETCH_OPEN,        /* the answer begins */
    GOTRACE_FETCH_WHOLE,       /* it has ended */
    GOTRACE_FETCH_CUT,         /* it has ended too early: text says why */
    GOTRACE_FETCH_LEFT,        /* the descriptor was closed before its end */
    GOTRACE_FETCH_REFUSED,     /* no answer, or one that is no success: text says what came */
    GOTRACE_FETCH_UNSAVED,     /* what comes cannot be kept: text says why */
    GOTRACE_FETCH_INTERRUPTED, /* a signal asked the run to end */
    GOTRACE_FETCH_LOST         /* the other process is gone */
} gotrace_fetched;

typedef struct gotrace_fetch_answer {
    uint32_t kind;   /* gotrace_fetched */
    uint32_t status; /* the server's, such as 404; 0: none came */
    uint64_t bytes;  /* of the answer, so far */
    char text[800];  /* a sentence, of which parts are the server's words; "": nothing to say */
} gotrace_fetch_answer;
#endif
