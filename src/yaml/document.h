/* document.h: any YAML, node by node, for Lua: what is read there is a recipe. The
 * same refusals as reader.h: no anchors, no second document, no deep nesting. LuaJIT
 * reads this file too (ffi.cdef). */
#ifndef GOTRACE_YAML_DOCUMENT_H
#define GOTRACE_YAML_DOCUMENT_H
#include "gotrace.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct gotrace_yaml gotrace_yaml;

enum gotrace_yaml_kind {
    GOTRACE_YAML_END, /* of the map, the list or the document; after an error too */
    GOTRACE_YAML_SCALAR,
    GOTRACE_YAML_MAP,
    GOTRACE_YAML_LIST
};

typedef struct gotrace_yaml_node {
    const char *text; /* of a scalar, not NUL-terminated; borrowed until the next node is read */
    size_t len;
    size_t line, column; /* from 1 */
    uint8_t kind;        /* a gotrace_yaml_kind */
    bool null;           /* a plain ~, null or nothing at all */
    bool bytes;          /* it has the tag !bytes: each character of text is a byte */
} gotrace_yaml_node;

/* A file of at most so many bytes, or text of that name. *out is the caller's, for
 * gotrace_yaml_close; on failure it is NULL. diag is filled by all later calls: borrowed until
 * then. */
gotrace_status gotrace_yaml_open(gotrace_yaml **out, const char *path, size_t most,
                                 gotrace_diag *diag);
gotrace_status gotrace_yaml_open_text(gotrace_yaml **out, const char *text, size_t len,
                                      const char *name, gotrace_diag *diag);
/* The next node: first the document's, then what is in it; keys and values of a map come in
 * turn. A map or a list ends with GOTRACE_YAML_END. */
void gotrace_yaml_next(gotrace_yaml *y, gotrace_yaml_node *node);
/* GOTRACE_OK as long as nothing went wrong. */
gotrace_status gotrace_yaml_status(const gotrace_yaml *y);
void gotrace_yaml_close(gotrace_yaml *y); /* NULL is fine */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
