/* pe.c: sections and symbols of PE files, Windows' programs, of 32 and 64 bits
 * (Microsoft's PE format; COFF symbols are what Go's linker leaves without -s).
 * The line table has no section of its own there. */
#include "symbols/image.h"

enum { SECTION = 40, SYMBOL = 18, SHORT = 8 }; /* bytes; of a name that is in place */
enum { PE32 = 0x10b, PE32_PLUS = 0x20b };

struct pe {
    const struct bytes *file;
    uint64_t coff; /* offset of the COFF header */
    uint64_t base; /* address of the image */
    uint64_t sections, count;
};

static struct place place_of(const struct pe *pe, uint64_t section)
{
    uint64_t off = pe->sections + section * SECTION;
    return (struct place){pe->base + bytes_number(pe->file, off + 12, 4),
                          bytes_number(pe->file, off + 20, 4), bytes_number(pe->file, off + 16, 4)};
}

static void read_sections(const struct pe *pe, struct image *im)
{
    for (uint64_t i = 0; i < pe->count; i++) {
        struct name name = {pe->sections + i * SECTION, SHORT};
        image_section(im, name, place_of(pe, i));
    }
}

/* A name of more than eight bytes is in the table behind the symbols. */
static struct name name_of(const struct pe *pe, uint64_t symbol, uint64_t names)
{
    if (bytes_number(pe->file, symbol, 4))
        return (struct name){symbol, SHORT};
    return (struct name){names + bytes_number(pe->file, symbol + 4, 4), SIZE_MAX};
}

static void read_symbols(const struct pe *pe, struct image *im)
{
    const struct bytes *f = pe->file;
    uint64_t off = bytes_number(f, pe->coff + 8, 4), left = bytes_number(f, pe->coff + 12, 4);
    uint64_t names = off + left * SYMBOL;
    for (; off && left && bytes_hold(f, off, SYMBOL); left--, off += SYMBOL) {
        uint64_t section = bytes_number(f, off + 12, 2) - 1, value = bytes_number(f, off + 8, 4);
        if (section >= pe->count)
            continue;
        struct place p = place_of(pe, section);
        image_symbol(im, name_of(pe, off, names), p.addr + value, p.off + value);
    }
}

static uint64_t image_base(const struct bytes *f, uint64_t optional)
{
    switch (bytes_number(f, optional, 2)) {
    case PE32:
        return bytes_number(f, optional + 28, 4);
    case PE32_PLUS:
        return bytes_number(f, optional + 24, 8);
    default:
        return 0;
    }
}

bool pe_read(struct image *im)
{
    const struct bytes *f = &im->file;
    uint64_t at = bytes_number(f, 0x3c, 4);
    if (!bytes_say(f, 0, 2, "MZ") || bytes_number(f, at, 4) != 0x4550)
        return false;
    struct pe pe = {.file = f, .coff = at + 4};
    uint64_t optional = pe.coff + 20;
    pe.base = image_base(f, optional);
    pe.sections = optional + bytes_number(f, pe.coff + 16, 2);
    pe.count = bytes_number(f, pe.coff + 2, 2);
    read_sections(&pe, im);
    read_symbols(&pe, im);
    return true;
}
