#include "read/symptom.h"

#include <stdbool.h>

#include "read/text.h"

/* How many of a kind there must be before it says something, and bytes that are
 * looked at. */
enum {
    LINES = 8,
    WIDE = 32,
    NARROW = 512,
    ZEROS = 512,
    HOLE = 64,
    ALL = 2048,
    LOOKED_AT = 1 << 20
};

struct counts {
    size_t lf, crlf; /* line feeds, those with a carriage return before them */
    size_t cr;
    size_t wide;  /* bytes above 127 */
    size_t zeros; /* in a row, at most */
};

/* One pass for all questions. */
static struct counts count(const uint8_t *p, size_t n)
{
    struct counts c = {0};
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++) {
        c.lf += p[i] == '\n';
        c.cr += p[i] == '\r';
        c.crlf += p[i] == '\n' && i && p[i - 1] == '\r';
        c.wide += p[i] > 127;
        zeros = p[i] ? 0 : zeros + 1;
        c.zeros = zeros > c.zeros ? zeros : c.zeros;
    }
    return c;
}

/* Whether all bytes above 127 are part of whole characters, but for one that the
 * edges cut. */
static bool is_utf8(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && i < 4 && (p[i] & 0xc0) == 0x80)
        i++;
    while (i + 4 < n) {
        size_t len = p[i] < 128 ? 1 : text_len(p + i, 4);
        if (!len)
            return false;
        i += len;
    }
    return true;
}

/* From the surest to the least: zeros in such a row, line ends that were all
 * changed, bytes that are all UTF-8, none above 127. */
gotrace_fact symptom_of(const uint8_t *p, size_t n)
{
    if (n > LOOKED_AT)
        n = LOOKED_AT;
    struct counts c = count(p, n);
    if (c.zeros >= ZEROS)
        return GOTRACE_FACT_ZEROS;
    if (c.lf >= LINES && c.crlf == c.lf)
        return GOTRACE_FACT_CRLF;
    if (c.wide >= WIDE && is_utf8(p, n))
        return GOTRACE_FACT_UTF8;
    if (!c.wide && n >= NARROW)
        return GOTRACE_FACT_ASCII;
    return GOTRACE_FACT_NONE;
}

/* Which of the two bytes is missing everywhere: a trace of that length has
 * both. */
gotrace_fact symptom_of_lost(const uint8_t *p, size_t n)
{
    gotrace_fact fact = symptom_of(p, n);
    if (n > LOOKED_AT)
        n = LOOKED_AT;
    struct counts c = count(p, n);
    if (fact != GOTRACE_FACT_NONE || n < ALL)
        return fact;
    return !c.lf ? GOTRACE_FACT_LF : !c.cr ? GOTRACE_FACT_CR : GOTRACE_FACT_NONE;
}

gotrace_fact symptom_of_broken(const uint8_t *p, size_t n)
{
    size_t zeros = 0;
    for (size_t i = 0; i < n && i < LOOKED_AT && zeros < HOLE; i++)
        zeros = p[i] ? 0 : zeros + 1;
    return zeros == HOLE ? GOTRACE_FACT_ZEROS : GOTRACE_FACT_NONE;
}
