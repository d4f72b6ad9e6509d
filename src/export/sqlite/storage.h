/* storage.h: where SQLite has its files: the output's own file, and scratch files beside it,
 * without a name; or all in memory, where the output is no file. It opens none by itself. */
#ifndef GOTRACE_EXPORT_SQLITE_STORAGE_H
#define GOTRACE_EXPORT_SQLITE_STORAGE_H
#include "base/vec.h"
#include "export/sqlite/library.h"
#include "gotrace_lua.h"

/* Bytes by offset. */
struct storage_bytes {
    int fd;            /* owned; -1: in memory */
    VEC(uint8_t *) at; /* owned pieces; NULL: zeros */
    uint64_t size;
};

struct storage {
    struct sqlite_vfs vfs;
    char name[48]; /* of the vfs */
    int folder;    /* owned, of the output; -1: it is no file */
    int error;     /* errno of the first call that failed; 0: none did */
    bool in_use;   /* of the database */
    struct storage_bytes database;
};

/* What can be freed. */
void storage_clear(struct storage *s);
/* to is not borrowed beyond this call. False with errno. To be freed either way. */
bool storage_open(struct storage *s, const gotrace_output *to);
/* What is in memory goes to the output. */
gotrace_status storage_write(struct storage *s, gotrace_output *to, gotrace_diag *diag);
void storage_free(struct storage *s);
#endif
