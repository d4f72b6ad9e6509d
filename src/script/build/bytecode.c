#include "script/build/bytecode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* From LuaJIT's lj_bcdump.h. */
enum { FORM = 2, STRIPPED = 2 };
enum {
    CONSTANT_CHILD,
    CONSTANT_TABLE,
    CONSTANT_I64,
    CONSTANT_U64,
    CONSTANT_COMPLEX,
    CONSTANT_STRING
};
enum { IN_TABLE_INT = 3, IN_TABLE_NUMBER, IN_TABLE_STRING };

/* Where to read on; NULL: the code is not what was expected. */
struct code {
    unsigned char *at;
    const unsigned char *end;
};

/* A key and its value, as they are written. */
struct entry {
    const unsigned char *at;
    size_t len;
};

/* Once something is missing `at` is NULL, and all that is read from then on is
 * 0: so callers look once, at the end. */
static bool skip(struct code *c, size_t n)
{
    bool there = c->at && n <= (size_t)(c->end - c->at);
    c->at = there ? c->at + n : NULL;
    return there;
}

static unsigned read_byte(struct code *c)
{
    return skip(c, 1) ? c->at[-1] : 0;
}

/* A ULEB128 of up to 33 bits: of a number the lowest bit tells its kind. */
static uint64_t read_number(struct code *c)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        unsigned byte = read_byte(c);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    c->at = NULL;
    return 0;
}

static void skip_numbers(struct code *c, int n)
{
    while (n-- > 0)
        (void)read_number(c);
}

/* A key or a value of a table. */
static void skip_item(struct code *c)
{
    uint64_t kind = read_number(c);
    if (kind >= IN_TABLE_STRING)
        (void)skip(c, kind - IN_TABLE_STRING);
    else if (kind >= IN_TABLE_INT)
        skip_numbers(c, kind == IN_TABLE_NUMBER ? 2 : 1);
}

/* Any order does, as long as it follows from the bytes. */
static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    size_t shorter = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->at, y->at, shorter);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Puts n entries that lie from first on in order. copy has room for them. */
static void put_sorted(unsigned char *first, struct entry *entries, size_t n, unsigned char *copy)
{
    size_t len = 0;
    qsort(entries, n, sizeof *entries, compare);
    for (size_t i = 0; i < n; i++) {
        memcpy(copy + len, entries[i].at, entries[i].len);
        len += entries[i].len;
    }
    memcpy(first, copy, len);
}

/* n comes from the code: an entry takes a byte at least, so more than are left
 * is a mistake. */
static void sort_hash(struct code *c, size_t n)
{
    unsigned char *first = c->at;
    size_t left = c->at ? (size_t)(c->end - c->at) : 0;
    struct entry *entries = n <= left ? calloc(n + 1, sizeof *entries) : NULL;
    unsigned char *copy = malloc(left + 1);
    for (size_t i = 0; entries && i < n && c->at; i++) {
        entries[i].at = c->at;
        skip_item(c);
        skip_item(c);
        entries[i].len = c->at ? (size_t)(c->at - entries[i].at) : 0;
    }
    if (!entries || !copy)
        c->at = NULL;
    if (c->at)
        put_sorted(first, entries, n, copy);
    free(entries);
    free(copy);
}

/* The part that is a list stays: it has its order. */
static void sort_table(struct code *c)
{
    uint64_t list = read_number(c), hash = read_number(c);
    while (list-- > 0 && c->at)
        skip_item(c);
    sort_hash(c, hash);
}

/* Only tables differ from process to process; all else is stepped over. */
static void sort_constant(struct code *c)
{
    uint64_t kind = read_number(c);
    if (kind == CONSTANT_TABLE)
        sort_table(c);
    else if (kind >= CONSTANT_STRING)
        (void)skip(c, kind - CONSTANT_STRING);
    else if (kind != CONSTANT_CHILD)
        skip_numbers(c, kind == CONSTANT_COMPLEX ? 4 : 2);
}

/* A function: all but its table constants stays as it is. */
static void sort_function(struct code *c, bool stripped)
{
    (void)skip(c, 3); /* flags, parameters, frame */
    size_t upvalues = read_byte(c);
    uint64_t constants = read_number(c);
    (void)read_number(c);
    uint64_t instructions = read_number(c);
    if (!stripped && read_number(c) > 0)
        skip_numbers(c, 2); /* first line, lines */
    (void)skip(c, 4 * instructions + 2 * upvalues);
    while (constants-- > 0 && c->at)
        sort_constant(c);
}

/* ESC L J, form, flags; the chunk's name */
static bool read_head(struct code *c, bool *stripped)
{
    const unsigned char *head = c->at;
    if (!skip(c, 4) || memcmp(head, "\033LJ", 3) != 0 || head[3] != FORM)
        return false;
    *stripped = read_number(c) & STRIPPED;
    return *stripped || skip(c, read_number(c));
}

/* Functions lie one after the other, inner ones first; a size of 0 ends them. */
bool bytecode_sort(unsigned char *code, size_t len)
{
    struct code c = {.end = code + len};
    c.at = code;
    bool stripped = false;
    if (!read_head(&c, &stripped))
        return false;
    uint64_t size;
    while ((size = read_number(&c)) > 0) {
        struct code function = {c.at, c.at + size};
        if (!skip(&c, size))
            return false;
        sort_function(&function, stripped);
        if (!function.at)
            return false;
    }
    return c.at == c.end;
}
