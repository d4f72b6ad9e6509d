#include "read/container.h"

#include <ctype.h>
#include <string.h>

#include "read/text.h"

enum { HEADER = 16 /* bytes of a trace's */ };

/* The table */

/* A row of the table: so many bytes at off say what it is. The first row that
 * fits is taken. */
struct kind {
    uint16_t off;
    uint8_t len;
    char bytes[10];
    const char *name, *advice;
};
static const char no_text[] = "the bytes as they were recorded, which PowerShell's > and its like "
                              "do not keep";
static const char program[] = "what the program records: runtime/trace, or go test -trace FILE";

/* Bytes are in pieces where a hexadecimal escape would swallow the letter
 * behind it. */
static const struct kind kinds[] = {
    {0, 4, "PK\3\4", "a zip archive", "the trace in it: unzip it first"},
    {0, 4, "PK\5\6", "an empty zip archive", "a trace"},
    {257, 5, "ustar", "a tar archive", "the trace in it: tar -xf takes it out"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "xz data", "the trace in it: xz -d unpacks it"},
    {0, 3, "BZh", "bzip2 data", "the trace in it: bzip2 -d unpacks it"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "the trace in it: 7z x takes it out"},
    {0, 4, "Rar!", "a RAR archive", "the trace in it: unrar x takes it out"},
    {0, 4, "\x04\x22\x4d\x18", "lz4 data", "the trace in it: lz4 -d unpacks it"},
    {0, 4, "\xff\x06\0\0", "snappy data", "the trace in it, unpacked"},
    {0, 2, "\x1f\x9d", "compress data", "the trace in it: uncompress unpacks it"},
    {0, 2, "\x1f\x8b", "gzip data", "the trace in it: it is packed twice"},
    {0, 4, "\x28\xb5\x2f\xfd", "zstd data", "the trace in it: it is packed twice"},
    {0, 4,
     "\x7f"
     "ELF",
     "a program or core file (ELF)", program},
    {0, 4, "\xcf\xfa\xed\xfe", "a program (Mach-O)", program},
    {0, 2, "MZ", "a program (PE)", program},
    {0, 8, "\x89PNG\r\n\x1a\n", "a picture (PNG)", program},
    {0, 5, "%PDF-", "a PDF document", program},
    {0, 8, "PERFILE2", "a recording of perf", program},
    {0, 7, "SQLite ", "a database of SQLite", program},
    {0, 7, "go1.7 h", "a heap dump of debug.WriteHeapDump", program},
    {0, 7, "Z28gMS4", "text in base64", "the trace in it: base64 -d unpacks it"},
    {0, 4, "H4sI", "packed data in base64", "what is in it: base64 -d unpacks it"},
    {0, 8, "676f2031", "numbers in hexadecimal", "the trace in it: xxd -r -p makes it again"},
    {10, 8, "676f 203", "a dump of xxd", "the trace in it: xxd -r makes it again"},
    {10, 8, "67 6f 20", "a dump of hexdump", "the trace that was dumped"},
    {0, 9, "version h", "a pointer of Git LFS", "the file itself: git lfs pull fetches it"},
    {0, 2, "\xff\xfe", "text in UTF-16, as PowerShell writes it", no_text},
    {0, 2, "\xfe\xff", "text in UTF-16", no_text},
};

static bool is_kind(const struct kind *k, const uint8_t *p, size_t n)
{
    return n >= k->off + (size_t)k->len && memcmp(p + k->off, k->bytes, k->len) == 0;
}

static const struct kind *find_kind(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (is_kind(&kinds[i], p, n))
            return &kinds[i];
    }
    return NULL;
}

/* Documents */

/* Without a mark of UTF-8 and white space in front. */
static const uint8_t *skip_space(const uint8_t *p, const uint8_t *end)
{
    if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < end && isspace(*p))
        p++;
    return p;
}

/* Whether it begins with a word in lower case, written in any. */
static bool begins(const uint8_t *p, const uint8_t *end, const char *word)
{
    for (; *word && p < end; word++, p++) {
        if (tolower(*p) != *word)
            return false;
    }
    return !*word;
}

static bool is_page(const uint8_t *p, size_t n)
{
    static const char *const words[] = {"<!doctype", "<html", "<head", "<body", "<?xml"};
    const uint8_t *end = p + n, *at = skip_space(p, end);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (begins(at, end, words[i]))
            return true;
    }
    return false;
}

/* The first two signs of it: an object or array, and what may stand first in
 * one. */
static bool is_json(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n, *at = skip_space(p, end);
    if (at == end || (*at != '{' && *at != '['))
        return false;
    at = skip_space(at + 1, end);
    return at == end || strchr("\"{[]}", *at);
}

/* A trace, or other text, each of whose bytes is followed or led by a 0. */
static bool is_utf16(const uint8_t *p, size_t n)
{
    /* Little-endian has the zeros behind, big-endian before. */
    size_t zero = p[0] ? 1 : 0;
    for (size_t i = 0; i < 16 && i < n; i++) {
        if (!p[i] != (i % 2 == zero))
            return false;
    }
    return n >= 16;
}

/* A profile is a message of protocol buffers whose first field (10) is a short
 * message, twice. */
static bool is_profile(const uint8_t *p, size_t n)
{
    return n > 2 && p[0] == 10 && p[1] >= 2 && p[1] < 16 && 2u + p[1] < n && p[2] == 8 &&
           (p[2 + p[1]] == 10 || p[2 + p[1]] == 18);
}

/* Each byte is compared with the next, so all are equal to the first. */
static bool is_zeros(const uint8_t *p, size_t n)
{
    return n && !*p && memcmp(p, p + 1, n - 1) == 0;
}

/* Whether the n bytes at p may come behind a header: a batch begins, that of v1 with an A in
 * most traces. */
static bool may_follow(const uint8_t *p, size_t n)
{
    return *p == 1 || *p == 49 || ((*p & 63) == 1 && text_len(p, n) < n);
}

/* How a header begins; whether the n bytes at p are that much of one. */
static bool is_start_of_header(const uint8_t *p, size_t n)
{
    static const char start[] = "go 1.", tail[] = " trace";
    enum { START = sizeof start - 1, TAIL = sizeof tail - 1 };
    size_t i = START;
    if (memcmp(p, start, n < START ? n : START) != 0)
        return false;
    while (i < n && i < START + 3 && isdigit(p[i]))
        i++;
    if (i == START && i < n)
        return false;
    for (size_t k = 0; k < TAIL && i < n; k++, i++) {
        if (p[i] != (uint8_t)tail[k])
            return false;
    }
    return i >= n || may_follow(p + i, n - i) || (n < HEADER && is_zeros(p + i, n - i));
}

/* Not for JSON and other text: a trace may stand behind those. */
bool container_is(const uint8_t *p, size_t n)
{
    return find_kind(p, n) || is_page(p, n);
}

/* gzip is looked for with its method byte, since two bytes alone may come by
 * accident. */
size_t container_behind_text(const uint8_t *p, size_t n)
{
    static const uint8_t gzip[] = {0x1f, 0x8b, 8}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    size_t at = text_len(p, n);
    if (at && n - at >= sizeof gzip && memcmp(p + at, gzip, sizeof gzip) == 0)
        return at;
    at -= at > 1; /* the first byte of zstd's is text */
    return at && n - at >= sizeof zstd && memcmp(p + at, zstd, sizeof zstd) == 0 ? at : 0;
}

/* Words */

/* The sentence that all answers share. */
static gotrace_status name(gotrace_diag *diag, uint64_t off, const char *what, const char *want)
{
    diag_set(diag, GOTRACE_UNSUPPORTED, off, "not a Go execution trace but %s", what);
    diag_want(diag, "%s", want);
    return GOTRACE_UNSUPPORTED;
}

/* There is a header, but for its end, or but for its zeros. */
static gotrace_status name_start(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    if (n >= HEADER)
        (void)name(diag, off, "one without its zero bytes, as a shell's $(...) leaves it", no_text);
    else
        (void)name(diag, off, "the begin of one: the file ends inside the header",
                   "a copy that is whole, of a trace that was written to its end");
    text_quote(diag, p, n < HEADER ? n : HEADER);
    return GOTRACE_UNSUPPORTED;
}

/* It has no name: how it begins. */
static gotrace_status show(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    size_t line = text_line(p, n);
    diag_set(diag, GOTRACE_UNSUPPORTED, off, "not a Go execution trace");
    if (text_len(p, line) != line || line == n)
        text_quote(diag, p, n < 16 ? n : text_len(p, n) == n ? n : 16);
    else
        text_quote(diag, p, line);
    if (!n)
        diag_have(diag, "an empty file");
    diag_want(diag, "\"go 1.N trace\", as runtime/trace or go test -trace writes it");
    return GOTRACE_UNSUPPORTED;
}

static gotrace_status name_json(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    (void)name(diag, off, "JSON, which may say what went wrong", program);
    text_quote(diag, p, text_line(p, n));
    return GOTRACE_UNSUPPORTED;
}

static gotrace_status name_page(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    const uint8_t *at = skip_space(p, p + n);
    (void)name(diag, off, "a page of HTML, which may say what went wrong",
               "the trace itself: fetch it again, as with curl --fail");
    text_quote(diag, at, text_line(at, n - (size_t)(at - p)));
    return GOTRACE_UNSUPPORTED;
}

/* From what is certain to what is likely: magic numbers first, whose files may
 * look like text too. */
gotrace_status container_diag(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off)
{
    const struct kind *k = find_kind(p, n);
    if (k)
        return name(diag, off, k->name, k->advice);
    if (is_page(p, n))
        return name_page(diag, p, n, off);
    if (is_json(p, n))
        return name_json(diag, p, n, off);
    if (is_profile(p, n))
        return name(diag, off, "a profile", "a trace; go tool pprof shows profiles");
    if (n >= CONTAINER_SHOWN && is_zeros(p, n))
        return name(diag, off, "zeros", "a copy that is whole");
    if (is_utf16(p, n))
        return name(diag, off, "text in UTF-16, as PowerShell writes it", no_text);
    if (n >= 5 && is_start_of_header(p, n))
        return name_start(diag, p, n, off);
    if (begins(p, p + n, "header:"))
        return name(diag, off, "a trace as YAML", "gotrace-lua build FILE.yaml -o TRACE");
    return show(diag, p, n, off);
}
