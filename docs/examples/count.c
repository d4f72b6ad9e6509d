/* count.c: how many events of each type a trace has. Ctrl-C ends a trace that is still
 * being written, and shows what has come.
 *
 *   cc count.c -o count $(pkg-config --cflags --libs gotrace) && ./count TRACE */
#include <gotrace.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static gotrace_interrupter *stop;

static void on_signal(int sig)
{
    (void)sig;
    gotrace_interrupt(stop);
}

static void print(const uint64_t count[256])
{
    for (uint32_t type = 0; type < 256; type++) {
        const gotrace_spec *spec = gotrace_spec_of(type);
        if (spec && count[type])
            printf("%s %" PRIu64 "\n", spec->name, count[type]);
    }
}

int main(int argc, char **argv)
{
    gotrace_names *names = gotrace_names_new();
    gotrace_options options = {.size = sizeof options};
    gotrace_diag diag = {.what = "not enough memory"};
    gotrace *trace = NULL;
    gotrace_batch batch;
    uint64_t count[256] = {0};
    uint8_t wanted[256]; /* nobody looks at the events, and their order is no matter */
    memset(wanted, GOTRACE_COUNT_ONLY, sizeof wanted);

    options.interrupter = stop = gotrace_interrupter_new();
    if (!names || !stop ||
        gotrace_open_with(&trace, argc > 1 ? argv[1] : "-", &options, names, &diag) != GOTRACE_OK) {
        fprintf(stderr, "count: %s\n", diag.what);
        return 2;
    }
    signal(SIGINT, on_signal);
    gotrace_want(trace, wanted, GOTRACE_ORDER_THREAD);
    gotrace_status status;
    while ((status = gotrace_next(trace, &batch, &diag)) == GOTRACE_OK)
        for (uint32_t i = 0; i < batch.len; i++)
            count[batch.events[i].type]++;
    print(count);
    if (status != GOTRACE_END)
        fprintf(stderr, "count: %s\n", diag.what);
    gotrace_close(trace);
    gotrace_interrupter_free(stop);
    gotrace_names_free(names);
    return status == GOTRACE_END ? 0 : 1;
}
