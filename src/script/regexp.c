#include "script/regexp.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* None is met by a pattern that somebody meant. The steps of a match grow with its
 * text, so that a trace's time is in line with its size whatever the pattern: one
 * that backtracks without end, (a+)+$, meets the limit within milliseconds. */
enum {
    MOST_BYTES = 64 << 10,        /* of a pattern */
    MOST_NESTED = 250,            /* parentheses: each is a call of the compiler */
    MOST_STEPS = 200000,          /* of a match, */
    STEPS_OF_BYTE = 1000,         /* and more for each byte of the text, */
    MOST_STEPS_IN_ALL = 10000000, /* up to a quarter of a second */
    MOST_WAITING = 250000,        /* choices of it that are not decided yet */
    MOST_KIB = 32 << 10           /* of memory for these */
};

/* A byte is a character: \C and UTF are not to be had. As in POSIX a dot is any
 * byte, and $ the end of the text only. */
static const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                                PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;

struct gotrace_regexp {
    pcre2_code *code;             /* owned */
    pcre2_match_context *limits;  /* owned */
    pcre2_match_data *match_data; /* owned; PCRE2 keeps its memory here */
};

static void *take(size_t size, void *unused)
{
    (void)unused;
    return mem_alloc(size);
}

static void give(void *p, void *unused)
{
    (void)unused;
    mem_free(p);
}

static void say(char *why, const char *what)
{
    (void)snprintf(why, GOTRACE_REGEXP_WHY, "%s", what);
}

static void say_code(char *why, int code)
{
    char text[GOTRACE_REGEXP_WHY];
    if (pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text) < 0)
        (void)snprintf(text, sizeof text, "error %d of PCRE2", code);
    say(why, text);
}

static int no_memory(char *why)
{
    say(why, "out of memory");
    return GOTRACE_REGEXP_LIMIT;
}

/* Whether PCRE2 means by it that there is too much of something. */
static bool is_limit(int code)
{
    switch (code) {
    case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
    case PCRE2_ERROR_PATTERN_TOO_LARGE:
    case PCRE2_ERROR_HEAP_FAILED:
    case PCRE2_ERROR_PATTERN_TOO_COMPLICATED:
    case PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED:
    case PCRE2_ERROR_PATTERN_STRING_TOO_LONG:
        return true;
    default:
        return false;
    }
}

static int refuse(char *why, int code, size_t at)
{
    say_code(why, code);
    size_t n = strlen(why);
    (void)snprintf(why + n, GOTRACE_REGEXP_WHY - n, ", at byte %zu", at);
    return is_limit(code) ? GOTRACE_REGEXP_LIMIT : GOTRACE_REGEXP_WRONG;
}

static int compile(gotrace_regexp *re, pcre2_compile_context *limits, const char *pattern,
                   size_t len, uint32_t more, char *why)
{
    int code = 0;
    size_t at = 0;
    if (!limits)
        return no_memory(why);
    (void)pcre2_set_max_pattern_length(limits, MOST_BYTES);
    (void)pcre2_set_parens_nest_limit(limits, MOST_NESTED);
    (void)pcre2_set_newline(limits, PCRE2_NEWLINE_LF);
    re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options | more, &code, &at, limits);
    return re->code ? GOTRACE_REGEXP_MADE : refuse(why, code, at);
}

/* What a match needs. */
static int prepare(gotrace_regexp *re, pcre2_general_context *memory, char *why)
{
    re->limits = pcre2_match_context_create(memory);
    re->match_data = pcre2_match_data_create(1, memory); /* where it is, nobody asks */
    if (!re->limits || !re->match_data)
        return no_memory(why);
    (void)pcre2_set_depth_limit(re->limits, MOST_WAITING);
    (void)pcre2_set_heap_limit(re->limits, MOST_KIB);
    return GOTRACE_REGEXP_MADE;
}

/* The parts of re keep what they need of the contexts. */
static int make(gotrace_regexp *re, const char *pattern, size_t len, uint32_t more, char *why)
{
    pcre2_general_context *memory = pcre2_general_context_create(take, give, NULL);
    if (!memory)
        return no_memory(why);
    pcre2_compile_context *limits = pcre2_compile_context_create(memory);
    int status = compile(re, limits, pattern, len, more, why);
    if (status == GOTRACE_REGEXP_MADE)
        status = prepare(re, memory, why);
    pcre2_compile_context_free(limits);
    pcre2_general_context_free(memory);
    return status;
}

int gotrace_regexp_new(gotrace_regexp **out, const char *pattern, size_t len, bool ignore_case,
                       char *why)
{
    gotrace_regexp *re = mem_zeroed(1, sizeof *re);
    *out = NULL;
    if (!re)
        return no_memory(why);
    int status = make(re, pattern, len, ignore_case ? PCRE2_CASELESS : 0, why);
    if (status == GOTRACE_REGEXP_MADE)
        *out = re;
    else
        gotrace_regexp_free(re);
    return status;
}

static void say_limit(char *why, int code)
{
    switch (code) {
    case PCRE2_ERROR_MATCHLIMIT:
        say(why, "it takes too long: too many ways to match");
        break;
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_NOMEMORY:
        say(why, "it takes too much memory: too many choices at once");
        break;
    default:
        say_code(why, code);
    }
}

static uint32_t steps_for(size_t len)
{
    size_t most = (MOST_STEPS_IN_ALL - MOST_STEPS) / STEPS_OF_BYTE;
    return MOST_STEPS + STEPS_OF_BYTE * (uint32_t)(len < most ? len : most);
}

int gotrace_regexp_match(const gotrace_regexp *re, const char *text, size_t len, char *why)
{
    (void)pcre2_set_match_limit(re->limits, steps_for(len));
    int n = pcre2_match(re->code, (PCRE2_SPTR)text, len, 0, 0, re->match_data, re->limits);
    if (n >= 0)
        return 1;
    if (n == PCRE2_ERROR_NOMATCH)
        return 0;
    say_limit(why, n);
    return -1;
}

void gotrace_regexp_free(gotrace_regexp *re)
{
    if (!re)
        return;
    pcre2_match_data_free(re->match_data);
    pcre2_match_context_free(re->limits);
    pcre2_code_free(re->code);
    mem_free(re);
}
