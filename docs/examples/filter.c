/* filter.c: a trace without what one goroutine does.
 *
 *   cc filter.c -o filter $(pkg-config --cflags --libs gotrace) && ./filter TRACE NEW 18 */
#include <gotrace.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void judge(const gotrace_batch *batch, int64_t g)
{
    for (uint32_t i = 0; i < batch->len; i++)
        if (batch->events[i].g == g)
            batch->events[i].verdict = GOTRACE_DROP;
}

/* All of the trace, through the writer. */
static gotrace_status rewrite(gotrace *trace, gotrace_writer *writer, int64_t g, gotrace_diag *diag)
{
    gotrace_batch batch;
    gotrace_status status;
    while ((status = gotrace_next(trace, &batch, diag)) == GOTRACE_OK) {
        judge(&batch, g);
        status = gotrace_write(writer, &batch, NULL, 0, diag);
        if (status != GOTRACE_OK)
            break;
    }
    return status;
}

int main(int argc, char **argv)
{
    gotrace_names *names = gotrace_names_new();
    gotrace_diag diag = {.what = "usage: filter TRACE NEW GOROUTINE"};
    gotrace *trace = NULL;
    gotrace_writer *writer = NULL;
    gotrace_status status = GOTRACE_NO_MEMORY;

    if (names && argc == 4)
        status = gotrace_open(&trace, argv[1], names, &diag);
    if (status == GOTRACE_OK)
        status = gotrace_writer_open(&writer, argv[2], trace, names, false, &diag);
    if (status == GOTRACE_OK)
        status = rewrite(trace, writer, atoll(argv[3]), &diag);
    if (status == GOTRACE_END)
        status = gotrace_writer_commit(writer, &diag); /* only now the file is there */
    else
        gotrace_writer_abandon(writer);
    if (status != GOTRACE_OK)
        fprintf(stderr, "filter: %s\n", diag.what);
    gotrace_close(trace);
    gotrace_names_free(names);
    return status != GOTRACE_OK;
}
