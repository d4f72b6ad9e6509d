#include "symbols/image.h"

static bool is_one_of(const struct image *im, struct name name, const char *const *names)
{
    for (; *names; names++) {
        if (bytes_say(&im->file, name.off, name.most, *names))
            return true;
    }
    return false;
}

/* An empty one does not count. */
static void set_first(struct place *to, struct place place)
{
    if (!to->size)
        *to = place;
}

/* In a PIE the table lies among what is relocated. */
void image_section(struct image *im, struct name name, struct place place)
{
    static const char *const text[] = {".text", "__text", NULL};
    static const char *const table[] = {".gopclntab", "__gopclntab", ".data.rel.ro.gopclntab",
                                        NULL};
    if (is_one_of(im, name, text))
        set_first(&im->text, place);
    else if (is_one_of(im, name, table))
        set_first(&im->table, place);
}

/* Mach-O puts a `_` before the names of Go. */
static bool is_symbol(const struct image *im, struct name name, const char *wanted)
{
    if (name.most && bytes_number(&im->file, name.off, 1) == '_')
        name = (struct name){name.off + 1, name.most - 1};
    return bytes_say(&im->file, name.off, name.most, wanted);
}

void image_symbol(struct image *im, struct name name, uint64_t addr, uint64_t off)
{
    if (!im->has_text_start && is_symbol(im, name, "runtime.text")) {
        im->text_start = addr;
        im->has_text_start = true;
    } else if (is_symbol(im, name, "runtime.pclntab")) {
        im->start = off;
    } else if (is_symbol(im, name, "runtime.epclntab")) {
        im->end = off;
    }
}

/* Each looks at the magic number, so the order of the three does not matter. */
bool image_read(struct image *im, const void *data, size_t len)
{
    *im = (struct image){.file = {data, len, false}};
    return elf_read(im) || macho_read(im) || pe_read(im);
}

/* The section, or what lies between the two symbols, as in PE. */
struct bytes image_table(const struct image *im)
{
    if (im->table.size)
        return bytes_part(&im->file, im->table.off, im->table.size);
    if (im->start && im->start < im->end)
        return bytes_part(&im->file, im->start, im->end - im->start);
    return (struct bytes){0};
}
