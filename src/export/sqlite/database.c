/* database.c: the database as a whole: how it begins and ends, and statements of the caller's. */
#include "export/sqlite/database.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"

enum { UTF8 = 1 };

/* Nobody reads it before it is whole, so nothing has to be taken back. What is not in the cache is
 * in the file; sorting, too, has its files. */
static const char beginning[] = "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF;"
                                "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
                                "PRAGMA cache_size = -16000; PRAGMA temp_store = FILE; BEGIN";

/* Errors */

/* What base/mem refuses comes back as one of these, from SQLite's own memory or
 * from storage.c. */
static bool is_memory(int code)
{
    return code == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM;
}

/* What the system said of a file comes first: SQLite's own text may be as vague
 * as "disk I/O error". */
gotrace_status database_failed(struct gotrace_sqlite *db, int code, gotrace_diag *diag)
{
    if (is_memory(code))
        return diag_no_memory(diag);
    errno = db->storage.error;
    if (errno)
        return diag_system(diag, "cannot write the database");
    return diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "cannot write the database: %s",
                    db->handle ? db->lib.errmsg(db->handle) : "SQLite refuses");
}

/* Statements */

gotrace_status gotrace_sqlite_run(gotrace_sqlite *db, const char *sql, gotrace_diag *diag)
{
    int code = db->lib.exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

/* The place in `made` comes first, so that a statement that is there is always owned. */
gotrace_status gotrace_sqlite_prepare(gotrace_sqlite *db, const char *sql, uint32_t *number,
                                      gotrace_diag *diag)
{
    *number = (uint32_t)db->made.len;
    if (!VEC_PUSH(&db->made, NULL))
        return diag_no_memory(diag);
    int code = db->lib.prepare_v2(db->handle, sql, -1, &db->made.data[*number], NULL);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

void gotrace_sqlite_set_number(gotrace_sqlite *db, uint32_t number, int parameter, int64_t value)
{
    (void)db->lib.bind_int64(db->made.data[number], parameter, value);
}

/* Without memory for the copy the statement fails when it runs. */
void gotrace_sqlite_set_text(gotrace_sqlite *db, uint32_t number, int parameter, const char *text,
                             size_t len)
{
    void (*copy)(void *) = NULL;
    intptr_t transient = -1; /* SQLITE_TRANSIENT */
    memcpy(&copy, &transient, sizeof copy);
    (void)db->lib.bind_text64(db->made.data[number], parameter, text, len, copy, UTF8);
}

/* Parameters are NULL again, so a row need not set those that it has not. */
gotrace_status gotrace_sqlite_step(gotrace_sqlite *db, uint32_t number, gotrace_diag *diag)
{
    struct sqlite_stmt *s = db->made.data[number];
    int code = db->lib.step(s);
    if (code != SQLITE_DONE)
        return database_failed(db, code, diag);
    (void)db->lib.reset(s);
    (void)db->lib.clear_bindings(s);
    return GOTRACE_OK;
}

/* What rows refer to */

/* A bit each, as stacks are numbered without gaps. */
bool gotrace_sqlite_use_stack(gotrace_sqlite *db, uint32_t id)
{
    while (db->stacks.len <= id / 64)
        if (!VEC_PUSH(&db->stacks, 0))
            return false;
    db->stacks.data[id / 64] |= (uint64_t)1 << id % 64;
    return true;
}

bool gotrace_sqlite_next_stack(const gotrace_sqlite *db, uint32_t *id)
{
    for (; *id / 64 < db->stacks.len; ++*id)
        if (db->stacks.data[*id / 64] >> *id % 64 & 1)
            return true;
    return false;
}

/* Where the map has no memory the text stays owned all the same, by names_shown. */
bool gotrace_sqlite_name(gotrace_sqlite *db, uint32_t id, const char *text, size_t len)
{
    struct shown_name name = {mem_alloc(len), len};
    if (!name.text)
        return false;
    memcpy(name.text, text, len);
    if (!VEC_PUSH(&db->names_shown, name)) {
        mem_free(name.text);
        return false;
    }
    return map_put(&db->shown, id, (uint32_t)db->names_shown.len - 1);
}

void gotrace_sqlite_set_file(gotrace_sqlite *db, int64_t file)
{
    db->file = file;
}

/* Begin and end */

/* The name is of no interest: the file is the storage's. One thread uses it, so
 * it needs no locks. */
static gotrace_status open_handle(gotrace_sqlite *db, gotrace_diag *diag)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = db->lib.vfs_register(&db->storage.vfs, 0);
    if (code == SQLITE_OK)
        code = db->lib.open_v2("trace", &db->handle, flags, db->storage.name);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

/* Without SQLite a run cannot do this, which is no failure of the system. */
static gotrace_status load(gotrace_sqlite *db, gotrace_diag *diag)
{
    char why[80];
    int code = library_load(&db->lib, why, sizeof why);
    if (code == SQLITE_CANTOPEN)
        return diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "%s", why);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

static gotrace_status begin(gotrace_sqlite *db, const gotrace_output *to, const char *schema,
                            gotrace_diag *diag)
{
    gotrace_status st = load(db, diag);
    if (st == GOTRACE_OK && !storage_open(&db->storage, to))
        st = diag_system(diag, "cannot write the database");
    if (st == GOTRACE_OK)
        st = open_handle(db, diag);
    if (st == GOTRACE_OK)
        st = gotrace_sqlite_run(db, beginning, diag);
    return st == GOTRACE_OK ? gotrace_sqlite_run(db, schema, diag) : st;
}

gotrace_status gotrace_sqlite_open(gotrace_sqlite **out, const gotrace_output *to,
                                   const gotrace_names *names, const char *schema,
                                   gotrace_diag *diag)
{
    gotrace_sqlite *db = mem_zeroed(1, sizeof *db);
    *out = NULL;
    if (!db)
        return diag_no_memory(diag);
    db->names = names;
    storage_clear(&db->storage);
    gotrace_status st = begin(db, to, schema, diag);
    if (st == GOTRACE_OK)
        *out = db;
    else
        gotrace_sqlite_free(db);
    return st;
}

/* All statements: else close_v2 would leave the database open. Also called
 * behind a failure, and twice. */
static void finalize(gotrace_sqlite *db)
{
    for (size_t i = 0; i < db->made.len; i++)
        (void)db->lib.finalize(db->made.data[i]);
    for (size_t i = 0; i < FEEDS; i++)
        feed_close(&db->feeds[i]);
    db->made.len = 0;
}

gotrace_status gotrace_sqlite_flush(gotrace_sqlite *db, gotrace_diag *diag)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < FEEDS && code == SQLITE_OK; i++)
        code = feed_flush(&db->feeds[i]);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

/* Closed before its bytes are handed on: only then all of them are in the
 * storage. What fails is left to gotrace_sqlite_free. */
gotrace_status gotrace_sqlite_end(gotrace_sqlite *db, gotrace_output *to, gotrace_diag *diag)
{
    gotrace_status st = gotrace_sqlite_flush(db, diag);
    finalize(db);
    if (st == GOTRACE_OK)
        st = gotrace_sqlite_run(db, "COMMIT", diag);
    if (st != GOTRACE_OK)
        return st;
    int code = db->lib.close_v2(db->handle);
    db->handle = NULL;
    return code == SQLITE_OK ? storage_write(&db->storage, to, diag)
                             : database_failed(db, code, diag);
}

/* Also of what has come no further than loading: functions that were not found
 * are NULL, as the name of a file system that was never made. */
static void close_library(gotrace_sqlite *db)
{
    finalize(db);
    if (db->handle)
        (void)db->lib.close_v2(db->handle);
    if (db->storage.vfs.name && db->lib.vfs_unregister)
        (void)db->lib.vfs_unregister(&db->storage.vfs);
    library_close(&db->lib);
}

void gotrace_sqlite_free(gotrace_sqlite *db)
{
    if (!db)
        return;
    close_library(db);
    storage_free(&db->storage);
    for (size_t i = 0; i < db->names_shown.len; i++)
        mem_free(db->names_shown.data[i].text);
    VEC_FREE(&db->names_shown);
    VEC_FREE(&db->made);
    VEC_FREE(&db->stacks);
    map_free(&db->shown);
    mem_free(db);
}
