/* regexp.h: regular expressions, those of PCRE2, for patterns and texts from
 * strangers: no pattern and no text makes it overflow a stack, take memory
 * without bounds or go on for long. What is over a limit is an error, never a
 * wrong answer.
 *
 * Bytes, not characters, as a trace's strings may be any. LuaJIT reads this file
 * too (ffi.cdef). */
#ifndef GOTRACE_SCRIPT_REGEXP_H
#define GOTRACE_SCRIPT_REGEXP_H
#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct gotrace_regexp gotrace_regexp;

enum { GOTRACE_REGEXP_WHY = 200 /* bytes for a message, with the NUL at its end */ };

enum gotrace_regexp_status {
    GOTRACE_REGEXP_MADE,
    GOTRACE_REGEXP_WRONG, /* it is no regular expression */
    GOTRACE_REGEXP_LIMIT  /* it is over a limit */
};

/* The pattern, compiled, in *out: owned by the caller, for gotrace_regexp_free.
 * Returns a gotrace_regexp_status; but for MADE *out is NULL, and why says what is
 * wrong. */
int gotrace_regexp_new(gotrace_regexp **out, const char *pattern, size_t len, bool ignore_case,
                       char *why);

/* 1: it is found somewhere in text; 0: it is not; less: nobody knows, since a
 * limit was met, and why says which. */
int gotrace_regexp_match(const gotrace_regexp *re, const char *text, size_t len, char *why);

/* NULL is fine. */
void gotrace_regexp_free(gotrace_regexp *re);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
