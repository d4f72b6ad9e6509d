#include "yaml/value.h"

#include <string.h>

#include "base/varint.h"
#include "event/event.h"

/* Numbers */

/* 16 for what is no digit of either base. */
static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Reads digits up to a character that is none; false when there are none or
 * the value has more than 64 bits. */
static bool read_digits(const char **s, uint64_t *out)
{
    unsigned base = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X') ? 16 : 10;
    const char *p = *s + (base == 16 ? 2 : 0), *first = p;
    uint64_t v = 0;
    for (unsigned d; (d = (unsigned)digit_of(*p)) < base; p++) {
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *s = p;
    *out = v;
    return p > first;
}

/* The first status, "Bad", has no word here: it is written as 0. */
static bool read_status(const char **s, enum field_kind kind, uint64_t *out)
{
    uint64_t n = kind == FIELD_GSTATUS ? GoStatuses : kind == FIELD_PSTATUS ? ProcStatuses : 0;
    size_t len = strcspn(*s, "/");
    for (uint64_t i = 1; i < n; i++) {
        const char *word = kind == FIELD_GSTATUS ? event_gstatus(i) : event_pstatus(i);
        if (strlen(word) == len && strncmp(*s, word, len) == 0) {
            *s += len;
            *out = i;
            return true;
        }
    }
    return false;
}

/* All ones, which stand for none in a trace, are written as a tilde. *s moves
 * behind what was read. */
static bool read_value(const char **s, enum field_kind kind, uint64_t *out)
{
    if (**s == '~') {
        ++*s;
        *out = UINT64_MAX;
        return true;
    }
    return read_status(s, kind, out) || read_digits(s, out);
}

/* Says what is wrong first, and then what is wanted of that kind of field. */
static bool want_number(yaml_in *in, const struct yaml_node *node, enum field_kind kind)
{
    if (node->kind != YAML_SCALAR)
        (void)yaml_in_fail(in, node, "a number is wanted here, not a list or a map");
    else if (node->quoted)
        (void)yaml_in_fail(in, node, "\"%.30s\" is text; a number has no quotes", node->text);
    else if (node->text[0] == '-')
        (void)yaml_in_fail(in, node, "%.30s is negative; none (all ones) is written ~", node->text);
    else
        (void)yaml_in_fail(in, node, "\"%.30s\" is no number of 64 bits", node->text);
    if (kind == FIELD_GSTATUS)
        yaml_in_want(in, "it may be Runnable, Running, Syscall, Waiting or a number");
    else if (kind == FIELD_PSTATUS)
        yaml_in_want(in, "it may be Running, Idle, Syscall, SyscallAbandoned or a number");
    else
        yaml_in_want(in, "it may be 12, 0x0c, ~ for none, and 12/3 for 12 in 3 bytes");
    return false;
}

/* The size must hold the value: a number is never cut. */
bool yaml_value_num(yaml_in *in, const struct yaml_node *node, enum field_kind kind,
                    struct num *out, bool *given)
{
    const char *s = node->text;
    uint64_t size;
    if (node->kind != YAML_SCALAR || node->quoted)
        return want_number(in, node, kind);
    *given = *s != '/';
    *out = (struct num){0, 0};
    if (*given && !read_value(&s, kind, &out->value))
        return want_number(in, node, kind);
    if (*s == '/') {
        s++;
        if (!read_digits(&s, &size) || size < leb128_size(out->value) || size > LEB128_MAX)
            return yaml_in_fail(in, node, "%.30s: the number of bytes after / must be %zu to %d",
                                node->text, leb128_size(out->value), LEB128_MAX);
        out->size = (uint8_t)size;
    }
    return s == node->text + node->len || want_number(in, node, kind);
}

/* Bytes */

static bool put_byte(yaml_in *in, struct buf *to, uint8_t byte)
{
    return buf_add_byte(to, byte) || yaml_in_no_memory(in);
}

/* A character of !bytes text stands for one byte; libyaml gives UTF-8. */
static bool read_bytes(yaml_in *in, const struct yaml_node *node, struct buf *to)
{
    const uint8_t *p = (const uint8_t *)node->text, *end = p + node->len;
    while (p < end) {
        uint8_t byte = *p++;
        if (byte >= 0x80) {
            if (byte > 0xc3)
                return yaml_in_fail(in, node, "!bytes text has characters up to \\xFF only");
            byte = (uint8_t)(byte << 6 | (*p++ & 0x3f));
        }
        if (!put_byte(in, to, byte))
            return false;
    }
    return true;
}

bool yaml_value_text(yaml_in *in, const struct yaml_node *node, struct buf *to)
{
    if (node->kind != YAML_SCALAR)
        return yaml_in_fail(in, node, "text is wanted here, not a list or a map");
    if (node->bytes)
        return read_bytes(in, node, to);
    return buf_add(to, node->text, node->len) || yaml_in_no_memory(in);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* White space may stand between bytes, not inside of one. */
bool yaml_value_hex(yaml_in *in, const struct yaml_node *node, struct buf *to)
{
    if (node->kind != YAML_SCALAR || node->bytes)
        return yaml_in_fail(in, node, "bytes are wanted here, as hexadecimal digits");
    for (size_t i = 0; i < node->len; i++) {
        if (is_space(node->text[i]))
            continue;
        int high = digit_of(node->text[i]),
            low = i + 1 < node->len ? digit_of(node->text[i + 1]) : 16;
        if (high > 15 || low > 15)
            return yaml_in_fail(in, node, "byte %zu is not two hexadecimal digits", i / 2);
        uint8_t byte = (uint8_t)(high << 4 | low);
        if (!put_byte(in, to, byte))
            return false;
        i++;
    }
    return true;
}
