/* macho.c: sections and symbols of Mach-O files, of 32 and 64 bits and both byte
 * orders (Apple's mach-o/loader.h and nlist.h). */
#include "symbols/image.h"

enum { MAGIC_32 = 0xfeedface, MAGIC_64 = 0xfeedfacf };
enum { LC_SEGMENT = 1, LC_SYMTAB = 2, LC_SEGMENT_64 = 0x19 };
enum { NAME = 16 }; /* bytes of a section's name */

struct layout {
    unsigned word;
    unsigned header;                 /* bytes of the file's */
    unsigned segment, segment_bytes; /* the command, and its bytes before the sections */
    unsigned nsects;                 /* in it */
    unsigned section, size, off;     /* bytes of a section, and in it behind addr, at 32 */
    unsigned symbol;                 /* bytes of one; its value is at 8 */
};
static const struct layout layout_32 = {4, 28, LC_SEGMENT, 56, 48, 68, 36, 40, 12};
static const struct layout layout_64 = {8, 32, LC_SEGMENT_64, 72, 64, 80, 40, 48, 16};

/* Sections follow their segment's command; those that do not fit in it are not
 * looked at. */
static void read_segment(struct image *im, const struct layout *at, uint64_t off, uint64_t size)
{
    const struct bytes *f = &im->file;
    uint64_t left = bytes_number(f, off + at->nsects, 4), end = off + size;
    for (off += at->segment_bytes; left && end - off >= at->section; left--, off += at->section) {
        struct place p = {bytes_number(f, off + 32, at->word), bytes_number(f, off + at->off, 4),
                          bytes_number(f, off + at->size, at->word)};
        image_section(im, (struct name){off, NAME}, p);
    }
}

static void read_symbols(struct image *im, const struct layout *at, uint64_t off)
{
    const struct bytes *f = &im->file;
    uint64_t symbol = bytes_number(f, off + 8, 4), left = bytes_number(f, off + 12, 4);
    uint64_t names = bytes_number(f, off + 16, 4);
    for (; left && bytes_hold(f, symbol, at->symbol); left--, symbol += at->symbol) {
        struct name name = {names + bytes_number(f, symbol, 4), SIZE_MAX};
        image_symbol(im, name, bytes_number(f, symbol + 8, at->word), 0);
    }
}

static void read_commands(struct image *im, const struct layout *at)
{
    const struct bytes *f = &im->file;
    uint64_t off = at->header, size;
    bool symbols = false;
    for (uint64_t left = bytes_number(f, 16, 4); left; left--, off += size) {
        uint64_t command = bytes_number(f, off, 4);
        size = bytes_number(f, off + 4, 4);
        if (size < 8 || !bytes_hold(f, off, size))
            return;
        if (command == at->segment && size >= at->segment_bytes)
            read_segment(im, at, off, size);
        if (command == LC_SYMTAB && size >= 24 && !symbols) {
            read_symbols(im, at, off);
            symbols = true;
        }
    }
}

bool macho_read(struct image *im)
{
    struct bytes *f = &im->file;
    for (int big = 0; big <= 1; big++) {
        f->big = big;
        uint64_t magic = bytes_number(f, 0, 4);
        if (magic == MAGIC_32 || magic == MAGIC_64) {
            read_commands(im, magic == MAGIC_64 ? &layout_64 : &layout_32);
            return true;
        }
    }
    f->big = false;
    return false;
}
