/* output.c: where an export is written to: a sink, with gzip before it if asked for. */
#include <sys/stat.h>

#include "export/output.h"

#include "base/mem.h"
#include "io/out/packer.h"
#include "io/out/sink.h"

struct gotrace_output {
    sink *sink;            /* owned */
    struct packer *packer; /* owned; NULL: as it comes */
};

/* What is left in the packer goes with it: nothing is written any more. The sink
 * is NULL behind a commit, which took it. */
void gotrace_output_abandon(gotrace_output *o)
{
    if (!o)
        return;
    sink_abandon(o->sink);
    packer_free(o->packer);
    mem_free(o);
}

/* The packer first: without memory for it no file is begun. */
gotrace_status gotrace_output_open(gotrace_output **out, const char *path, bool packed,
                                   gotrace_interrupter *interrupter, gotrace_diag *diag)
{
    gotrace_output *o = mem_zeroed(1, sizeof *o);
    *out = NULL;
    if (!o)
        return diag_no_memory(diag);
    o->packer = packed ? packer_new() : NULL;
    gotrace_status st =
        packed && !o->packer ? diag_no_memory(diag) : sink_open(&o->sink, path, interrupter, diag);
    if (st == GOTRACE_OK)
        *out = o;
    else
        gotrace_output_abandon(o);
    return st;
}

gotrace_status gotrace_output_write(gotrace_output *o, const void *data, size_t n,
                                    gotrace_diag *diag)
{
    if (o->packer)
        return packer_write(o->packer, o->sink, data, n, diag);
    return sink_write(o->sink, data, n, diag);
}

/* Packed bytes come from the packer in their order: nobody may write beside it. */
bool output_descriptors(const gotrace_output *o, int *file, int *folder)
{
    return !o->packer && sink_descriptors(o->sink, file, folder);
}

bool gotrace_output_is_file(const gotrace_output *o)
{
    return sink_is_file(o->sink);
}

/* What was written by its descriptor the sink did not see. */
static uint64_t size_of(const sink *s)
{
    int file, folder;
    struct stat st;
    if (!sink_is_file(s))
        return 0;
    if (sink_size(s) > 0 || !sink_descriptors(s, &file, &folder) || fstat(file, &st) != 0)
        return sink_size(s);
    return (uint64_t)st.st_size;
}

/* gzip's end goes out before the file is put in its place; without that the file
 * is abandoned. */
gotrace_status gotrace_output_commit(gotrace_output *o, uint64_t *size, gotrace_diag *diag)
{
    gotrace_status st = o->packer ? packer_end(o->packer, o->sink, diag) : GOTRACE_OK;
    *size = size_of(o->sink);
    if (st == GOTRACE_OK) {
        st = sink_commit(o->sink, diag);
        o->sink = NULL;
    }
    gotrace_output_abandon(o);
    return st;
}
