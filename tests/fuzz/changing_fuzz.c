/* changing_fuzz.c: a file that is written to, cut and lengthened while it is read
 * and rewritten.
 *
 * The first byte chooses the trace's version, whether generations may go through
 * as they are, and whether the output is a file or streams; the second how many
 * changes follow, each of CHANGE bytes: before which batch, what, where. The rest
 * follows the header. Of a file that changed no file may be made, and what
 * streamed must read back without damage, as must a file that was made. */
#define _GNU_SOURCE
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotrace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For base/compiler.h: what holds of files that stay is not asserted. */
extern const char fuzzed_input_changes[];
const char fuzzed_input_changes[] = "they do";

enum { HEADER = 16, VERSIONS = 8, PASS = 64, STREAM = 128 };
enum { CHANGES = 8, CHANGE = 5, MOST_BATCHES = 1 << 12 };
enum { OVERWRITE, CUT, APPEND, ZERO, KINDS };
enum { PATH = 64 };

/* The input: a file in memory. Its times count its changes, so that they show at
 * once; the kernel's clock would have to be waited for. */
static int input = -1;
static time_t changed;

int fstat(int fd, struct stat *st)
{
    struct stat own;
    int ok = fstatat(fd, "", st, AT_EMPTY_PATH);
    if (ok == 0 && input >= 0 && fstatat(input, "", &own, AT_EMPTY_PATH) == 0 &&
        own.st_ino == st->st_ino && own.st_dev == st->st_dev)
        st->st_mtim = st->st_ctim = (struct timespec){changed, 0};
    return ok;
}

static void change(const uint8_t *how)
{
    struct stat st;
    uint8_t bytes[256];
    (void)fstatat(input, "", &st, AT_EMPTY_PATH);
    off_t at = HEADER + (how[2] << 8 | how[3]) % (st.st_size > HEADER ? st.st_size - HEADER : 1);
    memset(bytes, how[1] % KINDS == ZERO ? 0 : how[4], sizeof bytes);
    size_t n = how[1] % KINDS == OVERWRITE ? 1u + how[1] / KINDS % 4 : sizeof bytes;
    if (how[1] % KINDS == CUT)
        assert(ftruncate(input, at) == 0);
    else
        assert(pwrite(input, bytes, n, how[1] % KINDS == APPEND ? st.st_size : at) == (ssize_t)n);
    changed++;
}

/* Makes the changes that are due before that batch. */
static void change_before(const uint8_t *changes, unsigned n, unsigned batch)
{
    for (unsigned i = 0; i < n; i++) {
        if (changes[i * CHANGE] == batch)
            change(changes + i * CHANGE);
    }
}

static void fail(const char *what, const gotrace_diag *diag)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, diag->what, diag->have);
    abort();
}

/* The events of a trace without damage. */
static uint64_t read_back(const char *path, gotrace_names *names)
{
    gotrace *t;
    gotrace_diag diag;
    gotrace_batch batch;
    uint64_t lost;
    gotrace_status st = gotrace_open(&t, path, names, &diag);
    if (st != GOTRACE_OK)
        fail("the output is no trace", &diag);
    while (gotrace_next(t, &batch, &diag) == GOTRACE_OK)
        ;
    if (gotrace_info_of(t)->damages)
        fail("the output is damaged", gotrace_damage(t, 0, &lost));
    uint64_t events = gotrace_info_of(t)->events;
    gotrace_close(t);
    return events;
}

static void rewrite(gotrace *t, const char *to, gotrace_names *names, bool pass,
                    const uint8_t *changes, unsigned n)
{
    static const uint8_t nothing[256];
    gotrace_writer *w;
    gotrace_diag diag;
    gotrace_batch batch;
    gotrace_status st = GOTRACE_OK;
    time_t before = changed;
    uint8_t all[256];
    memset(all, 1, sizeof all);
    gotrace_want(t, all, GOTRACE_ORDER_FULL);
    if (gotrace_writer_open(&w, to, t, names, false, &diag) != GOTRACE_OK)
        fail("there is no place for the output", &diag);
    if (pass)
        (void)gotrace_writer_pass(w, nothing);
    for (unsigned i = 0; i < MOST_BATCHES && st == GOTRACE_OK; i++) {
        change_before(changes, n, i);
        st = gotrace_next(t, &batch, &diag);
        if (st == GOTRACE_OK && gotrace_write(w, &batch, NULL, 0, &diag) != GOTRACE_OK)
            fail("it cannot be written", &diag);
    }
    bool streams = gotrace_writer_streams(w);
    if (st != GOTRACE_END && !streams) {
        gotrace_writer_abandon(w);
        return;
    }
    uint64_t events = 0;
    if (gotrace_writer_end(w, &diag) == GOTRACE_OK)
        events = gotrace_writer_written(w)->events;
    st = gotrace_writer_commit(w, &diag);
    assert((st == GOTRACE_OK) == (changed == before));
    if (st == GOTRACE_OK || streams) {
        uint64_t found = read_back(to, names);
        assert(found == events);
    }
}

static int memory_file(const char *name, char path[PATH])
{
    int fd = memfd_create(name, 0);
    if (fd < 0)
        abort();
    (void)snprintf(path, PATH, "/proc/self/fd/%d", fd);
    return fd;
}

static void fill(const uint8_t *data, size_t size, uint8_t choice)
{
    static const int versions[VERSIONS] = {11, 19, 21, 22, 23, 25, 26, 26};
    char header[HEADER + 1] = {0};
    (void)snprintf(header, sizeof header, "go 1.%d trace", versions[choice % VERSIONS]);
    assert(ftruncate(input, 0) == 0);
    assert(pwrite(input, header, HEADER, 0) == HEADER);
    assert(pwrite(input, data, size, HEADER) == (ssize_t)size);
    changed++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char from[PATH], stream[PATH], file[PATH];
    static int output;
    if (input < 0) {
        input = memory_file("input", from);
        output = memory_file("output", stream);
        (void)snprintf(file, sizeof file, "%s/gotrace-changing-%ld",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    }
    unsigned n = size > 1 ? data[1] % (CHANGES + 1) : 0;
    if (size < 2 + n * CHANGE)
        return 0;
    const char *to = data[0] & STREAM ? stream : file;
    gotrace *t;
    gotrace_diag diag;
    gotrace_names *names = gotrace_names_new();
    fill(data + 2 + n * CHANGE, size - 2 - n * CHANGE, data[0]);
    assert(ftruncate(output, 0) == 0 && lseek(output, 0, SEEK_SET) == 0);
    if (gotrace_open(&t, from, names, &diag) == GOTRACE_OK) {
        rewrite(t, to, names, data[0] & PASS, data + 2, n);
        gotrace_close(t);
    }
    (void)unlink(file);
    gotrace_names_free(names);
    return 0;
}
