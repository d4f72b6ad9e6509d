/* library.h: SQLite, loaded when a run writes a database, so that nothing else asks for it.
 *
 * What is declared here is its interface of version 3 (https://sqlite.org/c3ref/intro.html),
 * which does not change: no header of its is needed to build the program. */
#ifndef GOTRACE_EXPORT_SQLITE_LIBRARY_H
#define GOTRACE_EXPORT_SQLITE_LIBRARY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* STRICT tables need 3.37. */
enum { SQLITE_LEAST_VERSION = 3037000 };

enum { /* what functions return */
       SQLITE_OK = 0,
       SQLITE_NOMEM = 7,
       SQLITE_FULL = 13,
       SQLITE_CANTOPEN = 14,
       SQLITE_DONE = 101,
       SQLITE_NOTFOUND = 12,
       SQLITE_IOERR = 10,
       SQLITE_IOERR_READ = SQLITE_IOERR | 1 << 8,
       SQLITE_IOERR_SHORT_READ = SQLITE_IOERR | 2 << 8,
       SQLITE_IOERR_WRITE = SQLITE_IOERR | 3 << 8,
       SQLITE_IOERR_NOMEM = SQLITE_IOERR | 12 << 8
};
enum { /* how it opens databases and files */
       SQLITE_OPEN_READWRITE = 2,
       SQLITE_OPEN_CREATE = 4,
       SQLITE_OPEN_DELETEONCLOSE = 8,
       SQLITE_OPEN_MAIN_DB = 0x100,
       SQLITE_OPEN_NOMUTEX = 0x8000
};
enum { SQLITE_CONFIG_SINGLETHREAD = 1, SQLITE_CONFIG_MALLOC = 4, SQLITE_CONFIG_MEMSTATUS = 9 };

struct sqlite;      /* a database */
struct sqlite_stmt; /* a statement of SQL */

struct sqlite_file {
    const struct sqlite_io *methods;
};
struct sqlite_io {
    int version; /* 1 */
    int (*close)(struct sqlite_file *f);
    int (*read)(struct sqlite_file *f, void *to, int n, int64_t at);
    int (*write)(struct sqlite_file *f, const void *from, int n, int64_t at);
    int (*truncate)(struct sqlite_file *f, int64_t size);
    int (*sync)(struct sqlite_file *f, int flags);
    int (*size)(struct sqlite_file *f, int64_t *size);
    int (*lock)(struct sqlite_file *f, int level);
    int (*unlock)(struct sqlite_file *f, int level);
    int (*is_reserved)(struct sqlite_file *f, int *is);
    int (*control)(struct sqlite_file *f, int what, void *argument);
    int (*sector)(struct sqlite_file *f);
    int (*abilities)(struct sqlite_file *f);
};
struct sqlite_vfs {
    int version; /* 2 */
    int file_size, path_max;
    struct sqlite_vfs *next;
    const char *name;
    void *own;
    int (*open)(struct sqlite_vfs *v, const char *name, struct sqlite_file *f, int flags, int *out);
    int (*unlink)(struct sqlite_vfs *v, const char *name, int sync);
    int (*access)(struct sqlite_vfs *v, const char *name, int flags, int *is);
    int (*full_path)(struct sqlite_vfs *v, const char *name, int n, char *to);
    void *(*dl_open)(struct sqlite_vfs *v, const char *name);
    void (*dl_error)(struct sqlite_vfs *v, int n, char *to);
    void (*(*dl_symbol)(struct sqlite_vfs *v, void *library, const char *name))(void);
    void (*dl_close)(struct sqlite_vfs *v, void *library);
    int (*random)(struct sqlite_vfs *v, int n, char *to);
    int (*sleep)(struct sqlite_vfs *v, int microseconds);
    int (*time)(struct sqlite_vfs *v, double *day);
    int (*last_error)(struct sqlite_vfs *v, int n, char *to);
    int (*time_ms)(struct sqlite_vfs *v, int64_t *ms);
};
struct sqlite_memory {
    void *(*alloc)(int n);
    void (*free)(void *p);
    void *(*resize)(void *p, int n);
    int (*size)(void *p);
    int (*round_up)(int n);
    int (*begin)(void *own);
    void (*end)(void *own);
    void *own;
};

/* Virtual tables. */
struct sqlite_vtab {
    const struct sqlite_module *module;
    int references;
    char *error;
};
struct sqlite_cursor {
    struct sqlite_vtab *table;
};
struct sqlite_context; /* where a value goes */
struct sqlite_module {
    int version; /* 0: nothing behind `rename` */
    int (*create)(struct sqlite *db, void *own, int argc, const char *const *argv,
                  struct sqlite_vtab **out, char **error);
    int (*connect)(struct sqlite *db, void *own, int argc, const char *const *argv,
                   struct sqlite_vtab **out, char **error);
    int (*best_index)(struct sqlite_vtab *t, void *index);
    int (*disconnect)(struct sqlite_vtab *t);
    int (*destroy)(struct sqlite_vtab *t);
    int (*open)(struct sqlite_vtab *t, struct sqlite_cursor **out);
    int (*close)(struct sqlite_cursor *c);
    int (*filter)(struct sqlite_cursor *c, int index, const char *name, int argc, void **argv);
    int (*next)(struct sqlite_cursor *c);
    int (*eof)(struct sqlite_cursor *c);
    int (*column)(struct sqlite_cursor *c, struct sqlite_context *to, int i);
    int (*rowid)(struct sqlite_cursor *c, int64_t *number);
    void (*rest[15])(void); /* to write, transactions, functions, savepoints: none */
};

/* Its functions, sqlite3_... each. */
struct sqlite_library {
    void *handle; /* owned */
    int (*libversion_number)(void);
    int (*config)(int option, ...);
    int (*initialize)(void);
    int (*shutdown)(void);
    int (*vfs_register)(struct sqlite_vfs *v, int is_default);
    int (*vfs_unregister)(struct sqlite_vfs *v);
    int (*open_v2)(const char *name, struct sqlite **out, int flags, const char *vfs);
    int (*close_v2)(struct sqlite *db);
    const char *(*errmsg)(struct sqlite *db);
    int (*exec)(struct sqlite *db, const char *sql, void *, void *, char **);
    int (*prepare_v2)(struct sqlite *db, const char *sql, int n, struct sqlite_stmt **out,
                      const char **tail);
    int (*finalize)(struct sqlite_stmt *s);
    int (*step)(struct sqlite_stmt *s);
    int (*reset)(struct sqlite_stmt *s);
    int (*clear_bindings)(struct sqlite_stmt *s);
    int (*bind_int64)(struct sqlite_stmt *s, int i, int64_t value);
    int (*bind_text64)(struct sqlite_stmt *s, int i, const char *text, uint64_t len,
                       void (*destroy)(void *), unsigned char encoding);
    int (*create_module)(struct sqlite *db, const char *name, const struct sqlite_module *m,
                         void *own);
    int (*declare_vtab)(struct sqlite *db, const char *sql);
    void (*result_int64)(struct sqlite_context *to, int64_t value);
    void (*result_text64)(struct sqlite_context *to, const char *text, uint64_t len,
                          void (*destroy)(void *), unsigned char encoding);
};

/* False: it is not there, or too old; why, of n bytes, says what to do. Its memory comes from
 * base/mem from then on. To be closed either way. */
bool library_load(struct sqlite_library *library, char *why, size_t n);
void library_close(struct sqlite_library *library);
#endif
