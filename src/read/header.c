#include "read/header.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "event/versions.h"
#include "read/container.h"
#include "read/text.h"

/* What headers begin with. */
static const char start[] = "go 1.";
enum { START = sizeof start - 1, LONGEST_LIST = 128 };

/* Three digits at most: no version has more, and the number cannot overflow. */
int header_parse(const uint8_t *at)
{
    static const char tail[HEADER_SIZE] = " trace";
    int version = 0;
    size_t i = START;
    if (memcmp(at, start, START) != 0)
        return -1;
    for (; i < 8 && isdigit(at[i]); i++)
        version = version * 10 + (at[i] - '0');
    return i > START && memcmp(at + i, tail, HEADER_SIZE - i) == 0 ? version : -1;
}

/* Where "go 1." begins in the n bytes at p; n: nowhere. */
static size_t find_start(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n, *at = p;
    while (end - at >= START && (at = memchr(at, start[0], (size_t)(end - at) - START + 1))) {
        if (memcmp(at, start, START) == 0)
            return (size_t)(at - p);
        at++;
    }
    return n;
}

/* Batches begin every trace: 1 in v2 (49 an experimental one), and in v1 as the
 * lower six bits of the type. */
static bool may_begin(int version, const uint8_t *behind, size_t n)
{
    if (n == 0)
        return true;
    return version >= VERSION_V2 ? *behind == 1 || *behind == 49 : (*behind & 63) == 1;
}

size_t header_search(const uint8_t *p, size_t n)
{
    for (size_t i = 0; (i += find_start(p + i, n - i)) + HEADER_SIZE <= n; i++) {
        int version = header_parse(p + i);
        const uint8_t *behind = p + i + HEADER_SIZE;
        if (version >= 0 && version_known((uint32_t)version) &&
            may_begin(version, behind, n - i - HEADER_SIZE))
            return i;
    }
    return n;
}

/* The first header from p[*at] on that has text alone before it; *at is what was
 * looked at. False: none yet. */
static bool behind_text(const uint8_t *p, size_t n, size_t *at)
{
    while ((*at += find_start(p + *at, n - *at)) + HEADER_SIZE <= n) {
        if (header_parse(p + *at) >= 0)
            return text_len(p, *at) == *at;
        ++*at;
    }
    return false;
}

/* Looks for it as the bytes come in, so that a live pipe waits for no more. */
static bool find(source *src, uint64_t from, uint64_t *off)
{
    const uint8_t *p;
    size_t at = 0, have = HEADER_SIZE, seen = 0;
    while (have > seen && seen < HEADER_SEARCHED) {
        seen = have;
        have = source_peek(src, from, seen + 1, &p);
        size_t n = have < HEADER_SEARCHED ? have : HEADER_SEARCHED;
        if (!container_is(p, have) && behind_text(p, n, &at)) {
            *off = from + at;
            return true;
        }
        if (at >= n) /* a start may be cut off here */
            at = n - (START - 1);
    }
    return false;
}

/* "go 1.5, 1.7 to 1.11 or 1.26" */
static void list_versions(char *to, size_t n)
{
#define NUMBER(v) v,
    static const uint8_t all[] = {VERSIONS(NUMBER)};
#undef NUMBER
    enum { LAST = sizeof all - 1 };
    int len = snprintf(to, n, "go 1.%d", all[0]);
    for (size_t i = 1; i <= LAST; i++) {
        size_t from = i;
        while (i < LAST && all[i + 1] == all[i] + 1)
            i++;
        if (i - from < 2)
            i = from;
        const char *comma = from == LAST ? " or " : ", ";
        len += snprintf(to + len, n - (size_t)len, "%s1.%d", comma, all[from]);
        if (i > from)
            len += snprintf(to + len, n - (size_t)len, " to 1.%d", all[i]);
    }
}

/* A trace of a newer Go is the likely case, so it says what is known. */
static gotrace_status unknown_version(uint64_t off, int version, gotrace_diag *diag)
{
    char versions[LONGEST_LIST];
    list_versions(versions, sizeof versions);
    diag_set(diag, GOTRACE_UNSUPPORTED, off,
             "a trace of format version go 1.%d, which is not known here", version);
    diag_want(diag, "%s", versions);
    return GOTRACE_UNSUPPORTED;
}

/* Packed data behind text: what is before them was most likely written to the file too. */
static gotrace_status refuse_packed(const uint8_t *p, size_t n, uint64_t off, gotrace_diag *diag)
{
    diag_set(diag, GOTRACE_UNSUPPORTED, off,
             "text stands before packed data, so that these are not unpacked");
    text_quote(diag, p, n);
    diag_want(diag, "the packed trace alone: tail -c +%" PRIu64 " takes it out", off + n + 1);
    return GOTRACE_UNSUPPORTED;
}

/* No header was found: what is it that was read instead, if it could be read? An
 * interrupt that ended the wait for it is told, not waited over. */
static gotrace_status refuse(source *src, uint64_t from, gotrace_diag *diag)
{
    const uint8_t *at;
    if (source_status(src, diag) == GOTRACE_INTERRUPTED)
        return GOTRACE_INTERRUPTED;
    size_t n = source_peek(src, from, CONTAINER_SHOWN, &at);
    size_t packed = container_behind_text(at, n < HEADER_SEARCHED ? n : HEADER_SEARCHED);
    if (packed)
        return refuse_packed(at, packed, from, diag);
    if (n < CONTAINER_SHOWN) {
        gotrace_status st = source_status(src, diag);
        if (st != GOTRACE_OK && st != GOTRACE_END)
            return st;
    }
    return container_diag(diag, at, n < CONTAINER_SHOWN ? n : CONTAINER_SHOWN, from);
}

/* Right at `from` it costs one peek; text before it is looked through only if
 * not. */
gotrace_status header_read(source *src, uint64_t from, struct header *out, gotrace_diag *diag)
{
    const uint8_t *at;
    size_t have = source_peek(src, from, HEADER_SIZE, &at);
    int version = have < HEADER_SIZE ? -1 : header_parse(at);
    out->off = from;
    if (version < 0) {
        if (have < HEADER_SIZE || !find(src, from, &out->off))
            return refuse(src, from, diag);
        (void)source_peek(src, out->off, HEADER_SIZE, &at);
        version = header_parse(at);
    }
    if (!version_known((uint32_t)version))
        return unknown_version(out->off, version, diag);
    out->version = (uint32_t)version;
    return GOTRACE_OK;
}
