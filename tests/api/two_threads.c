/* two_threads.c: several traces at once in one process, a thread each: every file given is
 * read twice over by two threads that share nothing, and by one after the other; both
 * have to see the same. Each thread reads, makes spans and rewrites, and reads few events. Then
 * threads wait for FIFOs, for who writes and for who reads, until another interrupts them.
 *
 *   two_threads FOLDER TRACE...     temporary files go into the folder
 *
 * Linked with the library under ThreadSanitizer it also says what was raced for;
 * library_spec.lua does both. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <fcntl.h>
#include <gotrace.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096 };

/* What a thread does, and what it has seen. */
struct job {
    const char *from, *to;
    gotrace_interrupter *stop; /* NULL: nobody ends it */
    uint64_t sum, events, spans, written;
    gotrace_status status;
    gotrace_diag diag;
};

static void mix(struct job *j, uint64_t value)
{
    j->sum = (j->sum ^ value) * UINT64_C(0x100000001b3);
}

static void mix_text(struct job *j, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        mix(j, (unsigned char)text[i]);
}

static void look_at_spans(struct job *j, gotrace_spans *spans, const gotrace_event *e,
                          const gotrace_generation *gen)
{
    int32_t n = gotrace_spans_step(spans, e, gen);
    const gotrace_span *made = gotrace_spans_made(spans);
    for (int32_t i = 0; i < n; i++) {
        mix(j, (uint64_t)made[i].from ^ (uint64_t)made[i].to ^ made[i].kind);
        j->spans++;
    }
}

static void look_at_event(struct job *j, const gotrace_names *names, gotrace_event *e)
{
    const gotrace_spec *spec = gotrace_spec_of(e->type);
    j->events++;
    mix(j, (uint64_t)e->time ^ (uint64_t)e->g ^ e->type);
    for (uint8_t i = 0; spec && i < spec->nargs; i++) {
        uint32_t len = 0;
        const char *text = NULL;
        if (spec->arg_type[i] == GOTRACE_ARG_STR && e->arg[i] < gotrace_string_count(names))
            text = gotrace_string(names, (uint32_t)e->arg[i], &len);
        mix_text(j, text, len);
    }
    e->verdict = e->n % 5 == 0 ? GOTRACE_DROP : GOTRACE_KEEP;
}

static void look(struct job *j, const gotrace_names *names, gotrace_spans *spans,
                 const gotrace_batch *batch)
{
    for (uint32_t i = 0; i < batch->len; i++) {
        look_at_spans(j, spans, &batch->events[i], batch->gen);
        if (batch->events[i].n)
            look_at_event(j, names, &batch->events[i]);
    }
}

static void rewrite(struct job *j, gotrace *trace, gotrace_names *names, gotrace_writer *writer)
{
    gotrace_batch batch;
    gotrace_spans *spans =
        gotrace_spans_new(names, (1u << GOTRACE_SPAN_KINDS) - 1, gotrace_info_of(trace)->version);
    bool told = spans && gotrace_spans_window(spans, 0, INT64_MAX);
    while (told && (j->status = gotrace_next(trace, &batch, &j->diag)) == GOTRACE_OK) {
        look(j, names, spans, &batch);
        j->status = gotrace_write(writer, &batch, NULL, 0, &j->diag);
        if (j->status != GOTRACE_OK)
            break;
    }
    gotrace_spans_free(spans);
}

/* What few events are asked for is read on as many threads as there may be. */
static void read_few(struct job *j)
{
    uint8_t wanted[256] = {0};
    gotrace_batch batch;
    gotrace_names *names = gotrace_names_new();
    gotrace *trace = NULL;
    for (unsigned type = 0; type < 256; type++) {
        const gotrace_spec *spec = gotrace_spec_of((uint8_t)type);
        wanted[type] =
            spec && (strncmp(spec->name, "GCBegin", 7) == 0 || strcmp(spec->name, "GoCreate") == 0);
    }
    j->status = gotrace_open(&trace, j->from, names, &j->diag);
    if (j->status == GOTRACE_OK)
        gotrace_want(trace, wanted, GOTRACE_ORDER_FULL);
    while (j->status == GOTRACE_OK &&
           (j->status = gotrace_next(trace, &batch, &j->diag)) == GOTRACE_OK) {
        for (uint32_t i = 0; i < batch.len; i++)
            mix(j, (uint64_t)batch.events[i].time ^ batch.events[i].n);
    }
    j->status = j->status == GOTRACE_END ? GOTRACE_OK : j->status;
    gotrace_close(trace);
    gotrace_names_free(names);
}

static void *work(void *arg)
{
    struct job *j = arg;
    gotrace_names *names = gotrace_names_new();
    gotrace *trace = NULL;
    gotrace_writer *writer = NULL;
    gotrace_options options = {.size = sizeof options, .interrupter = j->stop};
    j->status = gotrace_open_with(&trace, j->from, &options, names, &j->diag);
    if (j->status == GOTRACE_OK)
        j->status = gotrace_writer_open(&writer, j->to, trace, names, false, &j->diag);
    if (j->status == GOTRACE_OK)
        rewrite(j, trace, names, writer);
    if (j->status == GOTRACE_END)
        j->status = gotrace_writer_end(writer, &j->diag);
    if (j->status == GOTRACE_OK) {
        j->written = gotrace_writer_written(writer)->bytes;
        j->status = gotrace_writer_commit(writer, &j->diag);
    } else {
        gotrace_writer_abandon(writer);
    }
    gotrace_close(trace);
    gotrace_names_free(names);
    if (j->status == GOTRACE_OK)
        read_few(j);
    return NULL;
}

static void start(pthread_t *thread, void *(*function)(void *), void *arg)
{
    if (pthread_create(thread, NULL, function, arg) != 0) {
        perror("two_threads");
        exit(2);
    }
}

static bool same(const struct job *a, const struct job *b)
{
    return a->status == GOTRACE_OK && b->status == GOTRACE_OK && a->sum == b->sum &&
           a->events == b->events && a->spans == b->spans && a->written == b->written;
}

/* A trace on two threads, beside the same on this one. */
static bool check(const char *path, const char *to_first, const char *to_second)
{
    struct job first = {.from = path, .to = to_first}, second = {.from = path, .to = to_second};
    struct job alone = first;
    pthread_t threads[2];
    start(&threads[0], work, &first);
    start(&threads[1], work, &second);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    work(&alone);
    if (same(&first, &alone) && same(&second, &alone)) {
        printf("%" PRIu64 " events, %" PRIu64 " spans, %" PRIu64 " bytes\n", alone.events,
               alone.spans, alone.written);
        return true;
    }
    printf("%s: not the same: %s\n", path, alone.diag.what);
    return false;
}

/* Lets it wait, and ends that. */
static bool interrupt(struct job *j)
{
    pthread_t thread;
    j->stop = gotrace_interrupter_new();
    start(&thread, work, j);
    usleep(100000);
    gotrace_interrupt(j->stop);
    pthread_join(thread, NULL);
    gotrace_interrupter_free(j->stop);
    return j->status == GOTRACE_INTERRUPTED;
}

/* One that nobody writes to, then one that somebody has opened and does not read, with
 * less room than the trace needs. */
static bool check_interrupts(const char *trace, const char *fifo)
{
    struct job reads = {.from = fifo, .to = "/dev/null"}, writes = {.from = trace, .to = fifo};
    if (mkfifo(fifo, 0600) != 0) {
        perror(fifo);
        return false;
    }
    bool ok = interrupt(&reads);
    int fd = open(fifo, O_RDONLY | O_NONBLOCK);
    (void)fcntl(fd, F_SETPIPE_SZ, 4096);
    ok = interrupt(&writes) && ok;
    (void)close(fd);
    puts(ok ? "interrupted" : "not interrupted");
    return ok;
}

int main(int argc, char **argv)
{
    char path[3][PATH];
    static const char *const names[] = {"first", "second", "fifo"};
    bool ok = argc > 2;
    for (int i = 0; ok && i < 3; i++)
        (void)snprintf(path[i], PATH, "%s/%s", argv[1], names[i]);
    for (int i = 2; i < argc; i++)
        ok = check(argv[i], path[0], path[1]) && ok;
    return ok && check_interrupts(argv[2], path[2]) ? 0 : 1;
}
