/* binary_fuzz.c: any bytes as the program of a trace of Go 1.5 (--binary).
 *
 * The input is an address of eight bytes, lowest first, then the file. It and some
 * around it are looked up: texts must lie in the file, and where a function begins
 * there must be one. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ADDRESS = 8, AROUND = 32 };

static uint64_t address(const uint8_t *data)
{
    uint64_t pc = 0;
    for (unsigned i = ADDRESS; i > 0; i--)
        pc = pc << 8 | data[i - 1];
    return pc;
}

/* Each byte is read, for ASan to watch. */
static uint64_t sum(const char *text, size_t len, const uint8_t *file, size_t size)
{
    uint64_t all = 0;
    assert(!len || ((const uint8_t *)text >= file && len <= size &&
                    (const uint8_t *)text - file <= (ptrdiff_t)(size - len)));
    for (size_t i = 0; i < len; i++)
        all = all * 31 + (uint8_t)text[i];
    return all;
}

static uint64_t look_up(struct symbols *s, uint64_t pc, const uint8_t *file, size_t size)
{
    struct symbol symbol;
    bool found = symbols_find(s, pc, &symbol);
    assert(found || !symbols_begin(s, pc));
    if (!found)
        return 0;
    return symbol.line + sum(symbol.func, symbol.func_len, file, size) +
           sum(symbol.file, symbol.file_len, file, size);
}

/* What is said twice must be the same. */
static void look_around(struct symbols *s, uint64_t pc, const uint8_t *file, size_t size)
{
    gotrace_diag diag;
    uint64_t first = 0, again = 0;
    if (!pc)
        (void)symbols_named(s, "runtime.main", &pc);
    for (uint64_t i = 0; i < AROUND; i++)
        first += look_up(s, pc + i * i, file, size);
    bool whole = symbols_check(s, &diag) == GOTRACE_OK;
    for (uint64_t i = 0; i < AROUND; i++)
        again += look_up(s, pc + i * i, file, size);
    assert(!whole || symbols_check(s, &diag) != GOTRACE_OK || first == again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct symbols *s;
    gotrace_diag diag;
    if (size < ADDRESS)
        return 0;
    uint64_t pc = address(data);
    data += ADDRESS;
    size -= ADDRESS;
    if (symbols_open_memory(&s, data, size, &diag) == GOTRACE_OK)
        look_around(s, pc, data, size);
    symbols_close(s);
    return 0;
}
