/* elf.c: sections and symbols of ELF files, of 32 and 64 bits and both byte
 * orders (System V ABI, chapter 4). */
#include "symbols/image.h"

enum { SYMTAB = 2, MANY_SECTIONS = 0xffff };

/* Where fields lie, by class. */
struct layout {
    unsigned word;                              /* bytes of an address */
    unsigned shoff, shentsize, shnum, shstrndx; /* in the file's header */
    unsigned shsize;                            /* bytes of a section header */
    unsigned addr, off, size, link;             /* in it */
    unsigned symsize, value, shndx;             /* of and in a symbol */
};
static const struct layout layout_32 = {4, 32, 46, 48, 50, 40, 12, 16, 20, 24, 16, 4, 14};
static const struct layout layout_64 = {8, 40, 58, 60, 62, 64, 16, 24, 32, 40, 24, 8, 6};

struct elf {
    const struct bytes *file;
    const struct layout *at;
    uint64_t sections, count; /* offset and number of the section headers */
    uint64_t names;           /* offset of the sections' names */
};

static uint64_t header(const struct elf *e, uint64_t section)
{
    return e->sections + section * e->at->shsize;
}

static bool has(const struct elf *e, uint64_t section)
{
    return section < e->count && bytes_hold(e->file, header(e, section), e->at->shsize);
}

static struct place place_of(const struct elf *e, uint64_t section)
{
    uint64_t h = header(e, section);
    const struct layout *at = e->at;
    return (struct place){bytes_number(e->file, h + at->addr, at->word),
                          bytes_number(e->file, h + at->off, at->word),
                          bytes_number(e->file, h + at->size, at->word)};
}

static uint64_t link_of(const struct elf *e, uint64_t section)
{
    return bytes_number(e->file, header(e, section) + e->at->link, 4);
}

/* Numbers that do not fit into the file's header are in the first section's. */
static bool find_sections(struct elf *e)
{
    const struct layout *at = e->at;
    e->sections = bytes_number(e->file, at->shoff, at->word);
    e->count = bytes_number(e->file, at->shnum, 2);
    uint64_t names = bytes_number(e->file, at->shstrndx, 2);
    if (!e->sections || e->sections > e->file->len ||
        bytes_number(e->file, at->shentsize, 2) != at->shsize)
        return false;
    if (!e->count)
        e->count = place_of(e, 0).size;
    if (names == MANY_SECTIONS)
        names = link_of(e, 0);
    if (e->count > e->file->len / at->shsize)
        e->count = e->file->len / at->shsize;
    e->names = has(e, names) ? place_of(e, names).off : 0;
    return e->names != 0;
}

/* An offset beyond all files stays beyond: bytes.h yields nothing there. */
static struct name name_at(uint64_t base, uint64_t off)
{
    return (struct name){base <= UINT64_MAX - off ? base + off : UINT64_MAX, SIZE_MAX};
}

/* The offset in the file follows from the section that the symbol is in. */
static void read_symbol(const struct elf *e, struct image *im, uint64_t names, uint64_t off)
{
    const struct layout *at = e->at;
    uint64_t value = bytes_number(e->file, off + at->value, at->word);
    uint64_t section = bytes_number(e->file, off + at->shndx, 2);
    uint64_t in_file = 0;
    if (has(e, section)) {
        struct place p = place_of(e, section);
        in_file = value - p.addr + p.off;
    }
    image_symbol(im, name_at(names, bytes_number(e->file, off, 4)), value, in_file);
}

static void read_symbols(const struct elf *e, struct image *im, uint64_t section)
{
    struct place p = place_of(e, section);
    uint64_t names = link_of(e, section);
    if (!has(e, names))
        return;
    names = place_of(e, names).off;
    for (uint64_t i = 0; (i + 1) * e->at->symsize <= p.size; i++) {
        uint64_t off = p.off + i * e->at->symsize;
        if (p.off > e->file->len || !bytes_hold(e->file, off, e->at->symsize))
            return;
        read_symbol(e, im, names, off);
    }
}

static void read_sections(const struct elf *e, struct image *im)
{
    bool symbols = false;
    for (uint64_t i = 0; i < e->count && has(e, i); i++) {
        uint64_t h = header(e, i);
        image_section(im, name_at(e->names, bytes_number(e->file, h, 4)), place_of(e, i));
        if (bytes_number(e->file, h + 4, 4) == SYMTAB && !symbols) {
            read_symbols(e, im, i);
            symbols = true; /* a file with two is none that a linker made */
        }
    }
}

bool elf_read(struct image *im)
{
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
    struct bytes *f = &im->file;
    if (!bytes_hold(f, 0, 52) || memcmp(f->data, magic, sizeof magic) != 0)
        return false;
    f->big = f->data[5] == 2;
    struct elf e = {.file = f, .at = f->data[4] == 2 ? &layout_64 : &layout_32};
    if (find_sections(&e))
        read_sections(&e, im);
    return true;
}
