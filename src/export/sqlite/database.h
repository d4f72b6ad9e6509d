/* database.h: a database that is being written, for those who make its rows. */
#ifndef GOTRACE_EXPORT_SQLITE_DATABASE_H
#define GOTRACE_EXPORT_SQLITE_DATABASE_H
#include "base/map.h"
#include "base/vec.h"
#include "export/sqlite/feed.h"
#include "export/sqlite/library.h"
#include "export/sqlite/storage.h"
#include "gotrace_lua.h"

/* What a string is shown as. */
struct shown_name {
    char *text; /* owned */
    size_t len;
};

enum {
    FEED_G,
    FEED_P,
    FEED_RANGES,
    FEED_REGIONS,
    FEED_TASKS,
    FEED_LOGS,
    FEED_LABELS,
    FEED_METRICS,
    FEED_GOROUTINES,
    FEEDS
};

struct gotrace_sqlite {
    struct sqlite_library lib;
    struct storage storage;
    struct sqlite *handle;             /* owned */
    const struct gotrace_names *names; /* borrowed */
    VEC(struct sqlite_stmt *) made;    /* owned, by number */
    struct feed feeds[FEEDS];          /* of the tables that have many rows */
    struct map shown;                  /* string -> index of its name */
    VEC(struct shown_name) names_shown;
    VEC(uint64_t) stacks; /* a bit for each that is referred to */
    int64_t file;
};

/* The status for a code of SQLite's, with diag filled in. */
gotrace_status database_failed(struct gotrace_sqlite *db, int code, gotrace_diag *diag);
#endif
