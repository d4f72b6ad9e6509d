#include "base/text/printable.h"

#include <stdint.h>
#include <string.h>

/* A byte in each of the eight of a word. */
static uint64_t each(uint8_t byte)
{
    return UINT64_MAX / 0xff * byte;
}

/* Eight bytes at once: one below 0x20 borrows, 0x7f carries into its highest bit,
 * and one from 0x80 on has it. */
static bool is_seen_word(const char *s)
{
    uint64_t w;
    memcpy(&w, s, sizeof w);
    return (((w - each(0x20)) | (w + each(1)) | w) & each(0x80)) == 0;
}

/* Whether one byte can be shown as it is: asked of words that hold a newline,
 * and of what is left behind the last word. */
static bool stands(char c, bool lines)
{
    return (c >= 0x20 && c < 0x7f) || (lines && (c == '\n' || c == '\t'));
}

/* With `lines` a word that holds a newline is gone through byte by byte, and
 * then words again. */
bool gotrace_is_plain(const char *s, size_t len, bool lines)
{
    size_t i = 0;
    while (i < len) {
        if (len - i >= 8 && is_seen_word(s + i))
            i += 8;
        else if (stands(s[i], lines))
            i++;
        else
            return false;
    }
    return true;
}

bool gotrace_is_unquoted(const char *s, size_t len)
{
    return len == 0 ||
           (!memchr(s, '"', len) && !memchr(s, '\\', len) && gotrace_is_plain(s, len, false));
}
