#include "yaml/emitter.h"

#include <stdbool.h>

enum { HEX_LINE = 32 /* bytes of a line */ };

/* Bytes of the UTF-8 sequence that `first` begins, 0: it begins none. */
static size_t utf8_len(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Length of the sequence at p and its code point; 0 when there is none. */
static size_t utf8_get(const uint8_t *p, size_t n, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = utf8_len(*p);
    if (len > n)
        return 0;
    *cp = len < 2 ? *p : *p & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *cp = *cp << 6 | (p[i] & 0x3fu);
    }
    bool surrogate = *cp >= 0xd800 && *cp < 0xe000;
    return *cp < least[len] || *cp > 0x10ffff || surrogate ? 0 : len;
}

static bool is_utf8(const uint8_t *p, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, len; i < n; i += len) {
        if (!(len = utf8_get(p + i, n - i, &cp)))
            return false;
    }
    return true;
}

/* True for what can be seen and may stand in YAML as it is: no controls, no
 * line or direction marks, nothing private or unassigned at a plane's end. */
static bool is_visible(uint32_t cp)
{
    static const uint32_t hidden[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xe000, 0xf8ff},
        {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (cp >= hidden[i][0] && cp <= hidden[i][1])
            return false;
    }
    return cp != '"' && cp != '\\';
}

/* The escapes of YAML: a letter where there is one, else the shortest form of
 * hexadecimal digits. */
static void put_escape(FILE *out, uint32_t cp)
{
    static const struct {
        uint8_t cp;
        char letter;
    } short_form[] = {{0, '0'}, {'\t', 't'}, {'\n', 'n'}, {'\r', 'r'}, {'"', '"'}, {'\\', '\\'}};
    for (size_t i = 0; i < sizeof short_form / sizeof *short_form; i++) {
        if (cp == short_form[i].cp) {
            fprintf(out, "\\%c", short_form[i].letter);
            return;
        }
    }
    fprintf(out, cp < 0x100 ? "\\x%02X" : cp < 0x10000 ? "\\u%04X" : "\\U%08X", cp);
}

/* With !bytes nothing above 0x7f stands as it is, since a character means a
 * byte there. */
void yaml_out_text(FILE *out, const uint8_t *p, size_t n)
{
    bool bytes = !is_utf8(p, n);
    fputs(bytes ? "!bytes \"" : "\"", out);
    for (size_t i = 0, len = 1; i < n; i += len) {
        uint32_t cp = p[i];
        if (!bytes)
            len = utf8_get(p + i, n - i, &cp);
        if (is_visible(cp) && (cp < 0x80 || !bytes))
            fwrite(p + i, 1, len, out);
        else
            put_escape(out, cp);
    }
    fputc('"', out);
}

/* The lines are one text to YAML, with a blank for each end of a line, which
 * yaml_value_hex skips. */
void yaml_out_hex(FILE *out, const uint8_t *p, size_t n, int indent)
{
    static const char digit[] = "0123456789abcdef";
    fputc('"', out);
    for (size_t i = 0; i < n; i++) {
        if (i && i % HEX_LINE == 0)
            fprintf(out, "\n%*s", indent, "");
        fputc(digit[p[i] >> 4], out);
        fputc(digit[p[i] & 15], out);
    }
    fputc('"', out);
}
