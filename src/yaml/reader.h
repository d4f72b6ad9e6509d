/* reader.h: reading YAML node by node, with the place of every error.
 *
 * For files that people write by hand and strangers send: no anchors, no
 * second document, no deep nesting, and no key that is not a plain scalar. The
 * first error is kept in diag as file:line:column, and everything after it
 * reads as the end, so that callers need to look only once. */
#ifndef GOTRACE_YAML_READER_H
#define GOTRACE_YAML_READER_H
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

typedef struct yaml_in yaml_in;

enum yaml_kind {
    YAML_END, /* of the map, the list or the document; after an error too */
    YAML_SCALAR,
    YAML_MAP,
    YAML_LIST
};
struct yaml_node {
    enum yaml_kind kind;
    const char *text; /* of a scalar: NUL-terminated, but may hold NULs; borrowed
                         until the next node is read */
    size_t len;
    bool quoted;
    bool bytes;          /* it has the tag !bytes */
    size_t line, column; /* from 1 */
};

/* path "-" is standard input. On failure *out is NULL. diag is filled by all
 * later calls: borrowed until yaml_in_close. */
gotrace_status yaml_in_open(yaml_in **out, const char *path, gotrace_diag *diag);
/* The same for text in memory, borrowed until yaml_in_close. */
gotrace_status yaml_in_open_memory(yaml_in **out, const void *text, size_t len, const char *name,
                                   gotrace_diag *diag);
/* The next node: first the document's, then what is in it; keys and values of a
 * map come in turn. A map or list ends with YAML_END. */
void yaml_in_next(yaml_in *in, struct yaml_node *node);
/* Reads the next key of a map; false at the map's end. */
bool yaml_in_key(yaml_in *in, struct yaml_node *key);
/* Passes over a node that yaml_in_next has returned. */
void yaml_in_skip(yaml_in *in, const struct yaml_node *node);
/* True for a plain ~, null or nothing at all. */
bool yaml_node_is_null(const struct yaml_node *node);

/* Notes an error at node, the first one counts; always returns false. */
bool yaml_in_fail(yaml_in *in, const struct yaml_node *node, const char *fmt, ...)
    DIAG_PRINTF(3, 4);
/* Adds what is wanted instead to the error that was just noted. */
void yaml_in_want(yaml_in *in, const char *fmt, ...) DIAG_PRINTF(2, 3);
bool yaml_in_no_memory(yaml_in *in);
/* GOTRACE_OK as long as nothing went wrong. */
gotrace_status yaml_in_status(const yaml_in *in);
void yaml_in_close(yaml_in *in);
#endif
