/* yaml_fuzz.c: traces as text, both ways.
 *
 * The input is read as YAML, which may be refused but must not crash; what it
 * builds, and the input itself, is dumped as a trace, and building that dump
 * must give the same bytes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/yaml_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, const gotrace_diag *diag)
{
    fprintf(stderr, "yaml_fuzz: %s: %s\n", what, diag->what);
    abort();
}

/* The dump of a trace; NULL for a packed one, whose dump is not of its bytes. */
static char *dump(const uint8_t *data, size_t size, size_t *len)
{
    gotrace_diag diag = {0};
    source *src;
    char *text = NULL;
    if (source_open_memory(&src, data, size, 0, &diag) != GOTRACE_OK)
        return NULL;
    if (source_packing_of(src) == SOURCE_PLAIN) {
        FILE *out = open_memstream(&text, len);
        if (yaml_dump_source(src, out, &diag) != GOTRACE_OK)
            fail("a trace that cannot be dumped", &diag);
        (void)fclose(out);
    }
    source_close(src);
    return text;
}

static void round_trip(const uint8_t *data, size_t size)
{
    gotrace_diag diag = {0};
    struct buf again = {0};
    size_t len;
    char *text = dump(data, size, &len);
    if (!text)
        return;
    if (yaml_build_memory(text, len, "dump", &again, &diag) != GOTRACE_OK)
        fail("a dump that cannot be built", &diag);
    if (again.len != size || (size && memcmp(again.data, data, size) != 0))
        fail("other bytes after a round trip", &diag);
    buf_free(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gotrace_diag diag = {0};
    struct buf built = {0};
    if (yaml_build_memory(data, size, "fuzz.yaml", &built, &diag) == GOTRACE_OK)
        round_trip(built.data, built.len);
    buf_free(&built);
    round_trip(data, size);
    return 0;
}
