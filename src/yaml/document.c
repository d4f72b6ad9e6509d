#include "yaml/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "yaml/reader.h"

struct gotrace_yaml {
    yaml_in *in;
    char *own; /* the text, if it was read from a file */
};

gotrace_status gotrace_yaml_open_text(gotrace_yaml **out, const char *text, size_t len,
                                      const char *name, gotrace_diag *diag)
{
    gotrace_yaml *y = *out = mem_zeroed(1, sizeof *y);
    if (!y)
        return diag_no_memory(diag);
    gotrace_status st = yaml_in_open_memory(&y->in, text, len, name, diag);
    if (st == GOTRACE_OK)
        return st;
    mem_free(y);
    *out = NULL;
    return st;
}

/* All of a file, of at most so many bytes, and how many: the caller's. NULL: not to be had. */
static char *read_all(const char *path, size_t *len, gotrace_diag *diag)
{
    char *text = mem_alloc(GOTRACE_YAML_BYTES + 1);
    FILE *f = text ? fopen(path, "rb") : NULL;
    errno = f ? 0 : errno;
    *len = f ? fread(text, 1, GOTRACE_YAML_BYTES + 1, f) : 0;
    if (!text)
        (void)diag_no_memory(diag);
    else if (!f || ferror(f))
        (void)diag_system(diag, f ? "cannot read %s" : "cannot open %s", path);
    else if (*len > GOTRACE_YAML_BYTES)
        (void)diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "%s has more than %d bytes", path,
                       GOTRACE_YAML_BYTES);
    bool whole = f && !ferror(f) && *len <= GOTRACE_YAML_BYTES;
    if (f)
        (void)fclose(f);
    if (whole)
        return text;
    mem_free(text);
    return NULL;
}

gotrace_status gotrace_yaml_open(gotrace_yaml **out, const char *path, gotrace_diag *diag)
{
    gotrace_diag d = {0};
    size_t len;
    *out = NULL;
    char *text = read_all(path, &len, &d);
    if (!text) {
        *diag = d;
        return d.status;
    }
    gotrace_status st = gotrace_yaml_open_text(out, text, len, path, diag);
    if (st == GOTRACE_OK)
        (*out)->own = text;
    else
        mem_free(text);
    return st;
}

void gotrace_yaml_next(gotrace_yaml *y, gotrace_yaml_node *node)
{
    struct yaml_node n;
    yaml_in_next(y->in, &n);
    *node = (gotrace_yaml_node){.text = n.text,
                                .len = n.len,
                                .line = n.line,
                                .column = n.column,
                                .kind = (uint8_t)n.kind,
                                .null = yaml_node_is_null(&n)};
}

gotrace_status gotrace_yaml_status(const gotrace_yaml *y)
{
    return yaml_in_status(y->in);
}

void gotrace_yaml_close(gotrace_yaml *y)
{
    if (!y)
        return;
    yaml_in_close(y->in);
    mem_free(y->own);
    mem_free(y);
}
