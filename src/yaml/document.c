#include "yaml/document.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/vec.h"
#include "yaml/reader.h"

struct gotrace_yaml {
    yaml_in *in;
    struct buf own; /* the text, if it was read from a file */
};

/* The text has to stay as long as the document: libyaml reads it as it goes. */
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

/* Appends a file to b, but for what is beyond `most` bytes and one. */
static gotrace_status read_all(struct buf *b, FILE *f, size_t most, gotrace_diag *diag)
{
    enum { PART = 1 << 16 };
    size_t n;
    do {
        if (!VEC_RESERVE(b, b->len + PART))
            return diag_no_memory(diag);
        n = fread(b->data + b->len, 1, PART, f);
        b->len += n;
    } while (n > 0 && b->len <= most);
    return GOTRACE_OK;
}

/* All of a file; on failure b is empty. */
static gotrace_status read_file(struct buf *b, const char *path, size_t most, gotrace_diag *diag)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return diag_system(diag, "cannot open %s", path);
    errno = 0;
    gotrace_status st = read_all(b, f, most, diag);
    if (ferror(f))
        st = diag_system(diag, "cannot read %s", path);
    else if (st == GOTRACE_OK && b->len > most)
        st = diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "%s has more than %zu bytes", path,
                      most);
    (void)fclose(f);
    if (st != GOTRACE_OK)
        buf_free(b);
    return st;
}

/* The text belongs to the document once that is open. */
gotrace_status gotrace_yaml_open(gotrace_yaml **out, const char *path, size_t most,
                                 gotrace_diag *diag)
{
    struct buf text = {0};
    *out = NULL;
    gotrace_status st = read_file(&text, path, most, diag);
    if (st == GOTRACE_OK)
        st = gotrace_yaml_open_text(out, (const char *)text.data, text.len, path, diag);
    if (st == GOTRACE_OK)
        (*out)->own = text;
    else
        buf_free(&text);
    return st;
}

/* The two enums of kinds are the same, row by row. */
void gotrace_yaml_next(gotrace_yaml *y, gotrace_yaml_node *node)
{
    struct yaml_node n;
    yaml_in_next(y->in, &n);
    *node = (gotrace_yaml_node){.text = n.text,
                                .len = n.len,
                                .line = n.line,
                                .column = n.column,
                                .kind = (uint8_t)n.kind,
                                .null = yaml_node_is_null(&n),
                                .bytes = n.bytes};
}

gotrace_status gotrace_yaml_status(const gotrace_yaml *y)
{
    return yaml_in_status(y->in);
}

/* The reader first, which borrows the text. */
void gotrace_yaml_close(gotrace_yaml *y)
{
    if (!y)
        return;
    yaml_in_close(y->in);
    buf_free(&y->own);
    mem_free(y);
}
