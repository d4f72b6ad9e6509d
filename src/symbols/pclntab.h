/* pclntab.h: Go's line table: which function, file and line an address is of.
 *
 * All forms since Go 1.2 are known (golang.org/s/go12symtab; Go 1.27
 * debug/gosym/pclntab.go). Answers are those of `go tool addr2line`: the function
 * that the code is in, and of a call that was inlined into it file and line.
 *
 * A table may say anything: nothing outside it is read, nothing is allocated, and
 * what all look-ups together cost has a limit, beyond which files and lines are no
 * longer known. */
#ifndef GOTRACE_SYMBOLS_PCLNTAB_H
#define GOTRACE_SYMBOLS_PCLNTAB_H
#include "symbols/bytes.h"

enum pclntab_form { PCLNTAB_1_2, PCLNTAB_1_16, PCLNTAB_1_18, PCLNTAB_1_20 };

struct pclntab {
    enum pclntab_form form;
    unsigned quantum; /* bytes that code addresses are multiples of */
    unsigned word;    /* bytes of an address */
    unsigned field;   /* bytes of a field of `index` */
    uint64_t text;    /* what addresses in it are relative to */
    uint64_t count;   /* functions */
    /* Borrowed, each to the table's end: */
    struct bytes index; /* address and place of each function, and the end of the last */
    struct bytes funcs; /* their records */
    struct bytes names, units, files, values;
    uint64_t steps; /* that look-ups may still take */
};

/* What an address is of. A text that is not known is empty; texts are borrowed. */
struct symbol {
    const char *func, *file;
    size_t func_len, file_len;
    uint64_t line; /* 0: not known */
};

/* text: address of runtime.text, for the forms since Go 1.18; 0: as the table says.
 * False: it is no line table. */
bool pclntab_open(struct pclntab *t, const struct bytes *table, uint64_t text);
/* Looks for one in `file` whose first function is in the code [text, text_end), or
 * anywhere if there is none. */
bool pclntab_search(struct pclntab *t, const struct bytes *file, uint64_t text, uint64_t text_end);
/* False: no function is there. */
bool pclntab_find(struct pclntab *t, uint64_t pc, struct symbol *out);
/* Where the first function of that name begins; false: there is none. */
bool pclntab_named(const struct pclntab *t, const char *name, uint64_t *pc);
/* Whether a function begins there. */
bool pclntab_begins(const struct pclntab *t, uint64_t pc);
#endif
