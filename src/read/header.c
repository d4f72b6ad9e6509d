#include "read/header.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Go 1.27 internal/trace/version/version.go and Go 1.15 internal/trace/parser.go. */
static const uint8_t known[] = {5, 7, 8, 9, 10, 11, 19, 21, 22, 23, 25, 26};

bool header_known(uint32_t version)
{
    for (size_t i = 0; i < sizeof known; i++) {
        if (known[i] == version)
            return true;
    }
    return false;
}

/* The version number, or -1 when these 16 bytes are no header. */
static int parse(const uint8_t *at)
{
    static const char tail[HEADER_SIZE] = " trace";
    int version = 0;
    size_t i = 5;
    if (memcmp(at, "go 1.", 5) != 0)
        return -1;
    for (; i < 8 && isdigit(at[i]); i++)
        version = version * 10 + (at[i] - '0');
    return i > 5 && memcmp(at + i, tail, HEADER_SIZE - i) == 0 ? version : -1;
}

static gotrace_status refuse(const uint8_t *at, size_t len, gotrace_diag *diag)
{
    char start[4 * HEADER_SIZE + 1] = "";
    for (size_t i = 0, n = 0; i < len; i++) {
        const char *fmt = isprint(at[i]) ? "%c" : "\\x%02x";
        n += (size_t)snprintf(start + n, sizeof start - n, fmt, at[i]);
    }
    diag_set(diag, GOTRACE_UNSUPPORTED, 0, "not a Go execution trace");
    if (len)
        diag_have(diag, "\"%s\"", start);
    else
        diag_have(diag, "an empty file");
    diag_want(diag, "\"go 1.N trace\", as runtime/trace or go test -trace writes it");
    return GOTRACE_UNSUPPORTED;
}

gotrace_status header_read(source *src, uint32_t *version, gotrace_diag *diag)
{
    const uint8_t *at;
    size_t len = source_peek(src, 0, HEADER_SIZE, &at);
    int v = len < HEADER_SIZE ? -1 : parse(at);
    if (len < HEADER_SIZE) {
        gotrace_status st = source_status(src, diag);
        if (st != GOTRACE_OK && st != GOTRACE_END)
            return st;
    }
    if (v < 0)
        return refuse(at, len < HEADER_SIZE ? len : HEADER_SIZE, diag);
    if (!header_known((uint32_t)v)) {
        diag_set(diag, GOTRACE_UNSUPPORTED, 0,
                 "a trace of format version go 1.%d, which is not known here", v);
        diag_want(diag, "go 1.5, 1.7 to 1.11, 1.19, 1.21, 1.22, 1.23, 1.25 or 1.26");
        return GOTRACE_UNSUPPORTED;
    }
    *version = (uint32_t)v;
    return GOTRACE_OK;
}
