#include "symbols/pclntab.h"

#include "base/varint.h"

enum {
    MAGIC_1_2 = 0xfffffffb,
    MAGIC_1_16 = 0xfffffffa,
    MAGIC_1_18 = 0xfffffff0,
    MAGIC_1_20 = 0xfffffff1
};
/* 100,000 addresses need some 20 million; these take a second at most. */
#define MOST_STEPS ((uint64_t)1 << 26)
/* No name is longer, and no table makes as many copies of its bytes. */
enum { MOST_TEXT = 1 << 14 };
/* The least that a header takes, and how a table is aligned. */
enum { HEADER = 16, ALIGNMENT = 4 };

/* The header: magic, two zeros, quantum, bytes of an address, then words. */

static bool form_of(uint64_t magic, enum pclntab_form *out)
{
    static const uint32_t magics[] = {MAGIC_1_2, MAGIC_1_16, MAGIC_1_18, MAGIC_1_20};
    for (unsigned i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (magic == magics[i]) {
            *out = (enum pclntab_form)i;
            return true;
        }
    }
    return false;
}

/* The byte order is that in which the magic number is one. */
static bool read_magic(struct pclntab *t, struct bytes *b)
{
    if (!bytes_hold(b, 0, HEADER))
        return false;
    for (int big = 0; big <= 1; big++) {
        b->big = big;
        if (form_of(bytes_number(b, 0, 4), &t->form))
            return bytes_number(b, 4, 2) == 0;
    }
    return false;
}

/* Other values are of no machine that Go has been on: then it is no table. */
static bool read_sizes(struct pclntab *t, const struct bytes *b)
{
    t->quantum = b->data[6];
    t->word = b->data[7];
    t->field = t->form >= PCLNTAB_1_18 ? 4 : t->word;
    return (t->quantum == 1 || t->quantum == 2 || t->quantum == 4) &&
           (t->word == 4 || t->word == 8);
}

/* The words of the header, behind its first eight bytes. */
static uint64_t word_at(const struct pclntab *t, const struct bytes *b, unsigned i)
{
    return bytes_number(b, 8 + (uint64_t)i * t->word, t->word);
}

static struct bytes part_at(const struct pclntab *t, const struct bytes *b, unsigned i)
{
    return bytes_from(b, word_at(t, b, i));
}

/* Go 1.2 to 1.15: one table; all offsets are into it. Behind the functions is the
 * place of the files. */
static void read_parts_1_2(struct pclntab *t, const struct bytes *b)
{
    t->index = bytes_from(b, 8 + t->word);
    t->funcs = t->names = t->values = *b;
    t->units = (struct bytes){.big = b->big};
    if (t->count <= b->len)
        t->files = bytes_from(b, bytes_number(&t->index, (2 * t->count + 1) * t->word, 4));
}

/* Since 1.16 a table for each thing; 1.18 put the address of the code before. */
static void read_parts(struct pclntab *t, const struct bytes *b)
{
    unsigned first = t->form >= PCLNTAB_1_18 ? 3 : 2;
    t->names = part_at(t, b, first);
    t->units = part_at(t, b, first + 1);
    t->files = part_at(t, b, first + 2);
    t->values = part_at(t, b, first + 3);
    t->index = t->funcs = part_at(t, b, first + 4);
}

/* Functions */

/* Where function i begins; the last one ends where `count` would. */
static uint64_t begin_of(const struct pclntab *t, uint64_t i)
{
    return t->text + bytes_number(&t->index, 2 * i * t->field, t->field);
}

static struct bytes record_of(const struct pclntab *t, uint64_t i)
{
    return bytes_from(&t->funcs, bytes_number(&t->index, (2 * i + 1) * t->field, t->field));
}

/* Field n of a record, from 1 on; 0 is the function's address. */
static uint64_t field_of(const struct pclntab *t, const struct bytes *record, unsigned n)
{
    return bytes_number(record, t->field + (uint64_t)(n - 1) * 4, 4);
}
enum { FUNC_NAME = 1, FUNC_FILES = 5, FUNC_LINES = 6, FUNC_UNIT = 8 };

/* What the linker made has a name only, and rubbish for the rest. */
static bool has_source(const struct pclntab *t, const struct bytes *record)
{
    return t->form == PCLNTAB_1_2 || field_of(t, record, FUNC_UNIT) != UINT32_MAX;
}

/* The least that look-ups rely on: an index that lies within the table, in
 * which the first function is where its own record says. */
static bool is_sane(const struct pclntab *t)
{
    if (!t->count || t->count > t->index.len / t->field / 2 ||
        !bytes_hold(&t->index, 0, (2 * t->count + 1) * t->field))
        return false;
    struct bytes first = record_of(t, 0);
    return begin_of(t, 0) < begin_of(t, t->count) &&
           t->text + bytes_number(&first, 0, t->field) == begin_of(t, 0);
}

bool pclntab_open(struct pclntab *t, const struct bytes *table, uint64_t text)
{
    struct bytes b = *table;
    *t = (struct pclntab){.steps = MOST_STEPS};
    if (!read_magic(t, &b) || !read_sizes(t, &b))
        return false;
    t->count = word_at(t, &b, 0);
    if (t->form == PCLNTAB_1_2)
        read_parts_1_2(t, &b);
    else
        read_parts(t, &b);
    if (t->form >= PCLNTAB_1_18)
        t->text = text ? text : word_at(t, &b, 2);
    return is_sane(t);
}

/* An empty range is not known, and allows any. */
static bool begins_in(const struct pclntab *t, uint64_t text, uint64_t text_end)
{
    return text >= text_end || (begin_of(t, 0) >= text && begin_of(t, 0) < text_end);
}

/* The address of the code is not always filled in. */
static bool open_in(struct pclntab *t, const struct bytes *table, uint64_t text, uint64_t text_end)
{
    return pclntab_open(t, table, 0) &&
           (begins_in(t, text, text_end) ||
            (pclntab_open(t, table, text) && begins_in(t, text, text_end)));
}

bool pclntab_search(struct pclntab *t, const struct bytes *file, uint64_t text, uint64_t text_end)
{
    for (uint64_t off = 0; bytes_hold(file, off, HEADER); off += ALIGNMENT) {
        struct bytes at = bytes_from(file, off);
        /* Of all magics two bytes are the same. */
        if ((at.data[1] & at.data[2]) == 0xff && open_in(t, &at, text, text_end))
            return true;
    }
    return false;
}

/* The function at pc, `count` if there is none. */
static uint64_t search(const struct pclntab *t, uint64_t pc)
{
    uint64_t low = 0, high = t->count;
    if (pc < begin_of(t, 0) || pc >= begin_of(t, t->count))
        return t->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (begin_of(t, middle) <= pc)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Values by address: pairs of varints, how the value changes (zigzag, from -1) and
 * for how much code it holds. */

struct values {
    const uint8_t *p, *end;
    uint64_t pc; /* up to which `value` holds */
    int32_t value;
};

/* Only the first change may be 0: later ones end the list. The sum runs over as
 * Go's of 32 bits does. */
static bool step(struct pclntab *t, struct values *v, bool first)
{
    uint64_t change, length;
    if (!t->steps || !leb128_get(&v->p, v->end, &change) || (!change && !first) ||
        !leb128_get(&v->p, v->end, &length))
        return false;
    t->steps--;
    uint32_t zigzag = (uint32_t)change;
    uint32_t delta = zigzag & 1 ? ~(zigzag >> 1) : zigzag >> 1;
    v->value = (int32_t)((uint32_t)v->value + delta);
    v->pc += (uint32_t)((uint32_t)length * t->quantum); /* as Go: of 32 bits */
    return true;
}

/* The value at pc in the code that begins at `begin`, -1: none. Place 0 is nobody's. */
static int32_t value_at(struct pclntab *t, uint64_t off, uint64_t begin, uint64_t pc)
{
    struct bytes b = bytes_from(&t->values, off);
    struct values v = {b.data, b.data + b.len, begin, -1};
    while (off && step(t, &v, v.pc == begin)) {
        if (pc < v.pc)
            return v.value;
    }
    return -1;
}

/* Texts */

/* Names are of the table's own bytes; one that does not end is none. */
static const char *text_at(const struct bytes *b, uint64_t off, size_t *len)
{
    struct bytes rest = bytes_part(b, off, MOST_TEXT);
    const uint8_t *end = rest.len ? memchr(rest.data, 0, rest.len) : NULL;
    *len = end ? (size_t)(end - rest.data) : 0;
    return end ? (const char *)rest.data : "";
}

/* Numbers count from 1; the table's first entry is its length. */
static const char *file_1_2(const struct pclntab *t, int32_t number, size_t *len)
{
    *len = 0;
    if (number <= 0 || (uint64_t)number >= bytes_number(&t->files, 0, 4))
        return "";
    return text_at(&t->names, bytes_number(&t->files, (uint64_t)number * 4, 4), len);
}

/* Numbers count from the function's unit of compilation on. */
static const char *file_of(const struct pclntab *t, const struct bytes *record, int32_t number,
                           size_t *len)
{
    *len = 0;
    if (t->form == PCLNTAB_1_2)
        return file_1_2(t, number, len);
    uint64_t at = (field_of(t, record, FUNC_UNIT) + (uint64_t)number) * 4;
    if (number < 0 || !bytes_hold(&t->units, at, 4))
        return "";
    return text_at(&t->files, bytes_number(&t->units, at, 4), len);
}

bool pclntab_find(struct pclntab *t, uint64_t pc, struct symbol *out)
{
    uint64_t i = search(t, pc);
    if (i == t->count)
        return false;
    struct bytes record = record_of(t, i);
    uint64_t begin = begin_of(t, i);
    *out = (struct symbol){.func = "", .file = ""};
    out->func = text_at(&t->names, field_of(t, &record, FUNC_NAME), &out->func_len);
    if (!has_source(t, &record))
        return true;
    int32_t line = value_at(t, field_of(t, &record, FUNC_LINES), begin, pc);
    int32_t file = value_at(t, field_of(t, &record, FUNC_FILES), begin, pc);
    out->file = file_of(t, &record, file, &out->file_len);
    out->line = line > 0 ? (uint64_t)line : 0;
    return true;
}

/* Not by all records: they are in order of their addresses. */
bool pclntab_begins(const struct pclntab *t, uint64_t pc)
{
    uint64_t i = search(t, pc);
    return i < t->count && begin_of(t, i) == pc;
}

/* One by one, as there is no index of names: it is asked once a trace. */
bool pclntab_named(const struct pclntab *t, const char *name, uint64_t *pc)
{
    for (uint64_t i = 0; i < t->count; i++) {
        struct bytes record = record_of(t, i);
        if (bytes_say(&t->names, field_of(t, &record, FUNC_NAME), SIZE_MAX, name)) {
            *pc = begin_of(t, i);
            return true;
        }
    }
    return false;
}
