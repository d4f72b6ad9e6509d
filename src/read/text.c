#include "read/text.h"

#include <stdio.h>
#include <string.h>

/* ESC begins the colours of terminals, which logs have. */
enum { ESC = 27, DELETE = 127 };

/* Not all control characters: those few that text has. */
static bool is_ascii_text(uint8_t c)
{
    return (c >= ' ' && c < DELETE) || c == '\t' || c == '\n' || c == '\r' || c == ESC;
}

/* Bytes of the character of UTF-8 at p, 0: there is none. */
static size_t utf8_len(const uint8_t *p, size_t n)
{
    size_t len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    /* Bytes within a character, 0xc0, 0xc1 and those above 0xf4 begin none. */
    if (*p < 0xc2 || *p > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

size_t text_len(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        size_t len = is_ascii_text(p[i]) ? 1 : utf8_len(p + i, n - i);
        if (!len)
            break;
        i += len;
    }
    return i;
}

/* Twice TEXT_SURE bytes at most are looked at, so that many empty lines are no
 * text. */
bool text_is(const uint8_t *p, size_t n)
{
    size_t seen = 0;
    for (size_t i = 0;
         i < n && i < (size_t)2 * TEXT_SURE && seen < TEXT_SURE && is_ascii_text(p[i]); i++)
        seen += p[i] >= ' ';
    return seen == TEXT_SURE;
}

size_t text_line(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] != '\n' && p[i] != '\r')
        i++;
    return i;
}

/* c as it is shown; returns its length. */
static size_t escape(char to[5], uint8_t c)
{
    const char *fmt = "\\x%02x";
    if (c == '\n' || c == '\r' || c == '\t')
        return (size_t)snprintf(to, 5, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    if (c == '"' || c == '\\')
        fmt = "\\%c";
    else if (c >= ' ' && c < DELETE)
        fmt = "%c";
    return (size_t)snprintf(to, 5, fmt, c);
}

/* Room is kept for the dots and the closing quote, so that a cut one is still
 * quoted. */
void text_quote(gotrace_diag *diag, const uint8_t *p, size_t n)
{
    enum { END = sizeof "\"..." };
    char one[5];
    if (!diag)
        return;
    size_t at = 0, i = 0;
    diag->have[at++] = '"';
    for (; i < n; i++) {
        size_t len = escape(one, p[i]);
        if (at + len + END > sizeof diag->have)
            break;
        memcpy(diag->have + at, one, len);
        at += len;
    }
    memcpy(diag->have + at, i < n ? "\"..." : "\"", i < n ? END : 2);
}

void text_diag(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    const char *what = text_len(p, n) == n ? "text that is no part of the trace"
                                           : "bytes that are no part of the trace";
    diag_set(diag, GOTRACE_DAMAGED, off, "%s; %zu bytes are skipped", what, n);
    diag_fact(diag, GOTRACE_FACT_TEXT);
    text_quote(diag, p, n);
}
