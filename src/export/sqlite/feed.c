#include "export/sqlite/feed.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { UTF8 = 1 };

/* The virtual table, and where a statement is in it. SQLite wants both to begin with what is
 * its own. */
struct table {
    struct sqlite_vtab base;
    struct feed *feed; /* borrowed */
};
struct place {
    struct sqlite_cursor base;
    int row;
};

static struct feed *feed_of(const struct sqlite_cursor *c)
{
    return ((struct table *)(void *)c->table)->feed;
}

static struct place *place_of(struct sqlite_cursor *c)
{
    return (struct place *)(void *)c;
}

/* Its columns are of any type and have no names of interest: c0, c1, ... */
static void declaration(char *to, size_t n, int columns)
{
    size_t len = (size_t)snprintf(to, n, "CREATE TABLE x (");
    for (int i = 0; i < columns; i++)
        len += (size_t)snprintf(to + len, n - len, "c%d%s", i, i + 1 < columns ? "," : ")");
}

/* Called when the statement is prepared; own is what create_module was given. */
static int connect(struct sqlite *db, void *own, int argc, const char *const *argv,
                   struct sqlite_vtab **out, char **error)
{
    struct feed *f = own;
    char sql[256];
    (void)argc;
    (void)argv;
    (void)error;
    declaration(sql, sizeof sql, f->columns);
    int code = f->lib->declare_vtab(db, sql);
    struct table *t = code == SQLITE_OK ? mem_zeroed(1, sizeof *t) : NULL;
    if (!t)
        return code == SQLITE_OK ? SQLITE_NOMEM : code;
    t->feed = f;
    *out = &t->base;
    return SQLITE_OK;
}

static int disconnect(struct sqlite_vtab *t)
{
    mem_free(t);
    return SQLITE_OK;
}

/* There is one way to read it. */
static int best_index(struct sqlite_vtab *t, void *index)
{
    (void)t;
    (void)index;
    return SQLITE_OK;
}

static int open_cursor(struct sqlite_vtab *t, struct sqlite_cursor **out)
{
    struct place *p = mem_zeroed(1, sizeof *p);
    (void)t;
    if (!p)
        return SQLITE_NOMEM;
    *out = &p->base;
    return SQLITE_OK;
}

static int close_cursor(struct sqlite_cursor *c)
{
    mem_free(c);
    return SQLITE_OK;
}

/* The begin of each run of the statement: the rows are others by now. */
static int rewind_cursor(struct sqlite_cursor *c, int index, const char *name, int argc,
                         void **argv)
{
    (void)index;
    (void)name;
    (void)argc;
    (void)argv;
    place_of(c)->row = 0;
    return SQLITE_OK;
}

static int next_row(struct sqlite_cursor *c)
{
    place_of(c)->row++;
    return SQLITE_OK;
}

static int is_at_end(struct sqlite_cursor *c)
{
    return place_of(c)->row >= feed_of(c)->rows;
}

/* Strings of the trace stay where they are: SQLite copies what goes into the table. */
static void yield_string(const struct feed *f, struct sqlite_context *to, uint32_t id)
{
    uint32_t len;
    const char *text = gotrace_string(f->names, id, &len);
    f->lib->result_text64(to, text, len, NULL, UTF8);
}

/* Without a destructor (NULL) a text is SQLite's to read, not to keep or free. */
static int column(struct sqlite_cursor *c, struct sqlite_context *to, int i)
{
    const struct feed *f = feed_of(c);
    const struct cell *cell = f->cells + (ptrdiff_t)place_of(c)->row * f->columns + i;
    switch (cell->kind) {
    case CELL_NUMBER:
        f->lib->result_int64(to, cell->is.number);
        break;
    case CELL_TEXT:
        f->lib->result_text64(to, cell->is.text, cell->len, NULL, UTF8);
        break;
    case CELL_STRING:
        yield_string(f, to, cell->len);
        break;
    default: /* NULL, as it is */
        break;
    }
    return SQLITE_OK;
}

/* SQLite wants a number of a row; nobody asks for it. */
static int row_number(struct sqlite_cursor *c, int64_t *number)
{
    *number = place_of(c)->row;
    return SQLITE_OK;
}

/* Without a way to make such a table there is one, under the module's name. */
static const struct sqlite_module module = {
    .connect = connect,
    .best_index = best_index,
    .disconnect = disconnect,
    .open = open_cursor,
    .close = close_cursor,
    .filter = rewind_cursor,
    .next = next_row,
    .eof = is_at_end,
    .column = column,
    .rowid = row_number,
};

/* The module has the feed's address from now on: it may not move until feed_close. */
int feed_open(struct feed *f, struct sqlite *db)
{
    char name[40], sql[120];
    f->cells = mem_alloc(sizeof *f->cells * FEED_ROWS * (size_t)f->columns);
    if (!f->cells)
        return SQLITE_NOMEM;
    (void)snprintf(name, sizeof name, "feed_%s", f->table);
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s SELECT * FROM %s", f->table, name);
    int code = f->lib->create_module(db, name, &module, f);
    if (code == SQLITE_OK)
        code = f->lib->prepare_v2(db, sql, -1, &f->statement, NULL);
    return code;
}

/* One run of the statement for all rows. They are given up also where it fails,
 * which is final. */
int feed_flush(struct feed *f)
{
    int code = f->rows ? f->lib->step(f->statement) : SQLITE_DONE;
    f->rows = 0;
    if (code != SQLITE_DONE)
        return code;
    return f->statement ? f->lib->reset(f->statement) : SQLITE_OK;
}

int feed_add(struct feed *f)
{
    f->rows++;
    return f->rows == FEED_ROWS ? feed_flush(f) : SQLITE_OK;
}

void feed_close(struct feed *f)
{
    if (f->statement)
        (void)f->lib->finalize(f->statement);
    f->statement = NULL;
    mem_free(f->cells);
    f->cells = NULL;
}
