/* printable.h: text that can be shown as it is. Nearly all text can, and this says
 * so in a few instructions; lua/gotrace/base/printable.lua does the rest. */
#ifndef GOTRACE_BASE_TEXT_PRINTABLE_H
#define GOTRACE_BASE_TEXT_PRINTABLE_H
#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Whether s holds nothing but ASCII that is seen, and with `lines` newlines and
 * tabs too. */
bool gotrace_is_plain(const char *s, size_t len, bool lines);
/* Whether s holds nothing but ASCII that is seen and stands as it is between double quotes:
 * none of these, and no backslash. */
bool gotrace_is_unquoted(const char *s, size_t len);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
