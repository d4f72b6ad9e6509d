/* image.h: what a program's file says of itself that leads to its line table.
 *
 * One reader for each kind of file walks its sections and symbols once, so that
 * the time is linear in the file's size, and tells of them here. */
#ifndef GOTRACE_SYMBOLS_IMAGE_H
#define GOTRACE_SYMBOLS_IMAGE_H
#include "symbols/bytes.h"

/* Part of a file and the address that it is loaded at. */
struct place {
    uint64_t addr, off, size; /* size 0: there is none */
};

struct image {
    struct bytes file;
    struct place text;   /* where the code is */
    struct place table;  /* the section of the line table */
    uint64_t start, end; /* offsets of runtime.pclntab and runtime.epclntab, 0: not known */
    uint64_t text_start; /* address of runtime.text ... */
    bool has_text_start; /* ... if there is that symbol */
};

/* A name in the file: at off, ended by a NUL or after `most` bytes. */
struct name {
    uint64_t off;
    size_t most;
};

/* Readers call these. The first section of a name counts, as it does for Go. */
void image_section(struct image *im, struct name name, struct place place);
/* off: of what the symbol stands for in the file, 0: not known. */
void image_symbol(struct image *im, struct name name, uint64_t addr, uint64_t off);

/* The readers: im->file is the file. False: it is not one of that kind. */
bool elf_read(struct image *im);
bool macho_read(struct image *im);
bool pe_read(struct image *im);

/* Fills *im from a file's bytes; false: no program that is known here. */
bool image_read(struct image *im, const void *data, size_t len);
/* The line table as the file names it; len 0: it does not. */
struct bytes image_table(const struct image *im);
#endif
