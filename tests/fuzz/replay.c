/* replay.c: runs files through a fuzz target, without a fuzzer:
 *
 *     replay_NAME FILE...
 *
 * Each file's name is printed before its turn, so that the last line names the
 * one that ended the process. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of a file; owned by the caller. They fill their memory to the end,
 * where ASan is watching. */
static uint8_t *slurp(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        goto fail;
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*size ? *size : 1);
    if (!data || fread(data, 1, *size, f) != *size)
        goto fail;
    (void)fclose(f);
    return data;
fail:
    perror(path);
    exit(2);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size;
        (void)printf("%s\n", argv[i]);
        (void)fflush(stdout);
        uint8_t *data = slurp(argv[i], &size);
        (void)LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return 0;
}
