/* feed.h: rows on their way into a table: several hundred together, as a virtual table that
 * SQLite copies from, which costs it half of what as many statements would. */
#ifndef GOTRACE_EXPORT_SQLITE_FEED_H
#define GOTRACE_EXPORT_SQLITE_FEED_H
#include "base/diag.h"
#include "export/sqlite/library.h"

enum { FEED_ROWS = 256 };

enum cell_kind { CELL_NOTHING, CELL_NUMBER, CELL_TEXT, CELL_STRING };
struct cell {
    union {
        int64_t number;
        const char *text; /* borrowed until the feed is flushed */
    } is;
    uint32_t kind;
    uint32_t len; /* of text; or the string's id */
};

struct feed {
    const char *table;                 /* static */
    int columns;                       /* without those that SQLite makes */
    const struct gotrace_names *names; /* borrowed */
    const struct sqlite_library *lib;  /* borrowed */
    struct cell *cells;                /* owned; NULL: the feed is not open */
    int rows;
    struct sqlite_stmt *statement; /* owned */
};

/* SQLite's code. On anything but SQLITE_OK feed_close is due all the same. */
int feed_open(struct feed *f, struct sqlite *db);
/* Where the next row is to be made, all of it: `columns` cells. There is room. */
static inline struct cell *feed_row(const struct feed *f)
{
    return f->cells + (ptrdiff_t)f->rows * f->columns;
}
/* That row is complete. SQLite's code. */
int feed_add(struct feed *f);
/* All rows go into the table. SQLite's code. */
int feed_flush(struct feed *f);
void feed_close(struct feed *f);
#endif
