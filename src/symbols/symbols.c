#include "symbols/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/mapping.h"
#include "symbols/image.h"

struct symbols {
    char *path;         /* owned; NULL: bytes in memory */
    int fd;             /* owned; -1: none */
    struct mapping map; /* data NULL: none */
    struct pclntab table;
};

/* What the file is instead, as far as its first bytes tell. */
static const char *other_kind(const uint8_t *data, size_t len)
{
    static const struct {
        const char *magic, *is;
    } kinds[] = {
        {"go 1.", "a trace: the program is wanted that was traced"},
        {"\xca\xfe\xba\xbe", "a program for several processors: take one out of it (lipo -thin)"},
        {"\x1f\x8b", "packed with gzip: unpack it"},
        {"!<arch>\n", "an archive: the program is wanted that was linked of it"},
        {"#!", "a script: the program is wanted that it starts"},
    };
    struct bytes b = {data, len, false};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (bytes_say(&b, 0, strlen(kinds[i].magic), kinds[i].magic))
            return kinds[i].is;
    }
    return len ? "no program: ELF, Mach-O or PE are known" : "empty";
}

static gotrace_status no_program(const char *is, gotrace_diag *diag)
{
    return diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "it is %s", is);
}

static gotrace_status no_table(gotrace_diag *diag)
{
    return diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET,
                    "it has no line table (.gopclntab): it is no Go program, or packed (upx -d "
                    "unpacks it); what go build -ldflags=-s and strip make does have one");
}

/* Where code begins that 1.18's addresses count from: what is linked before it, of
 * C, has its place in the section too. 0: the table says it. */
static uint64_t text_start(const struct image *im, const struct bytes *table)
{
    struct pclntab t;
    if (im->has_text_start)
        return im->text_start;
    /* In a PIE it is not filled in, or not yet. */
    if (pclntab_open(&t, table, 0) && t.text - im->text.addr < im->text.size)
        return 0;
    return im->text.addr;
}

/* The place that the file names first; else, as of a stripped PE, all of the
 * file is looked through. */
static bool find_table(struct symbols *s, const struct image *im)
{
    struct bytes table = image_table(im);
    if (table.len && pclntab_open(&s->table, &table, text_start(im, &table)))
        return true;
    uint64_t text = im->text.addr, size = im->text.size;
    return pclntab_search(&s->table, &im->file, text,
                          size > UINT64_MAX - text ? UINT64_MAX : text + size);
}

/* The image is needed only to find the table: what stays is the table. */
static gotrace_status read_image(struct symbols *s, const uint8_t *data, size_t len,
                                 gotrace_diag *diag)
{
    struct image im;
    if (!image_read(&im, data, len))
        return no_program(other_kind(data, len), diag);
    return find_table(s, &im) ? GOTRACE_OK : no_table(diag);
}

/* A FIFO is not waited for. */
static gotrace_status open_file(struct symbols *s, gotrace_diag *diag)
{
    struct stat st;
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return diag_system(diag, "cannot open %s", s->path);
    if (!S_ISREG(st.st_mode))
        return no_program(S_ISDIR(st.st_mode) ? "a folder" : "no regular file", diag);
    if (st.st_size == 0)
        return no_program(other_kind(NULL, 0), diag);
    if (!mapping_open(&s->map, s->fd, (size_t)st.st_size))
        return errno == ENOMEM ? diag_no_memory(diag)
                               : diag_system(diag, "cannot read %s", s->path);
    return read_image(s, s->map.data, s->map.len, diag);
}

/* The path is copied for messages; "it" in those about bytes in memory. */
static struct symbols *symbols_new(const char *path)
{
    struct symbols *s = mem_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->fd = -1;
    s->path = mem_string(path);
    if (s->path)
        return s;
    mem_free(s);
    return NULL;
}

/* Either way s is taken. */
static gotrace_status keep(struct symbols **out, struct symbols *s, gotrace_status st)
{
    *out = st == GOTRACE_OK ? s : NULL;
    if (st != GOTRACE_OK)
        symbols_close(s);
    return st;
}

gotrace_status symbols_open(struct symbols **out, const char *path, gotrace_diag *diag)
{
    struct symbols *s = *out = symbols_new(path);
    return s ? keep(out, s, open_file(s, diag)) : diag_no_memory(diag);
}

gotrace_status symbols_open_memory(struct symbols **out, const void *data, size_t len,
                                   gotrace_diag *diag)
{
    struct symbols *s = *out = symbols_new("it");
    return s ? keep(out, s, read_image(s, data, len, diag)) : diag_no_memory(diag);
}

void symbols_close(struct symbols *s)
{
    if (!s)
        return;
    mapping_close(&s->map);
    if (s->fd >= 0)
        (void)close(s->fd);
    mem_free(s->path);
    mem_free(s);
}

bool symbols_find(struct symbols *s, uint64_t pc, struct symbol *out)
{
    return pclntab_find(&s->table, pc, out);
}

bool symbols_named(const struct symbols *s, const char *name, uint64_t *pc)
{
    return pclntab_named(&s->table, name, pc);
}

bool symbols_begin(const struct symbols *s, uint64_t pc)
{
    return pclntab_begins(&s->table, pc);
}

const char *symbols_path(const struct symbols *s)
{
    return s->path;
}

/* To be asked behind look-ups: a file that shrinks reads as zeros, which look
 * like no function. */
gotrace_status symbols_check(const struct symbols *s, gotrace_diag *diag)
{
    if (!s->table.steps)
        return diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET,
                        "its line table takes too long to read: not all files and lines are known");
    return s->map.data ? mapping_check(&s->map, s->path, diag) : GOTRACE_OK;
}
