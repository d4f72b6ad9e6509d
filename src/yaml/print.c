/* print.c: a trace as YAML. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "event/event.h"
#include "read/header.h"
#include "yaml/emitter.h"
#include "yaml/schema.h"
#include "yaml/yaml_trace.h"

enum {
    LONGEST = 1 << 20, /* a record or batch that is longer is kept as bytes */
    RAW_CHUNK = 4096,  /* bytes of one raw item */
    BATCH_HEADER = 2 + 4 * 10
};

struct dump {
    FILE *out;
    source *src;
    struct shapes shapes;
    uint64_t off;         /* where the trace was read to */
    const uint8_t *base;  /* borrowed: the byte at off */
    bool any;             /* an item of the trace was written */
    VEC(struct num) args; /* of one v1 record */
    struct buf again;     /* that record as it would be built */
    gotrace_status status;
};

/* Pieces of a line */

/* NULL: it is shown as a number, so that nothing is lost. */
static const char *word_of(uint64_t v, enum field_kind kind)
{
    if (v == UINT64_MAX)
        return "~";
    if (kind == FIELD_GSTATUS && v && v < GoStatuses)
        return event_gstatus(v);
    if (kind == FIELD_PSTATUS && v && v < ProcStatuses)
        return event_pstatus(v);
    return NULL;
}

/* The value, and /S where it takes more bytes than it needs. */
static void put_num(struct dump *d, struct num n, enum field_kind kind)
{
    const char *word = word_of(n.value, kind);
    if (word)
        fputs(word, d->out);
    else
        fprintf(d->out, kind == FIELD_HEX ? "0x%" PRIx64 : "%" PRIu64, n.value);
    if (n.size)
        fprintf(d->out, "/%u", n.size);
}

/* `a: 1, b: 2` for the first n fields. */
static void put_fields(struct dump *d, const struct shape *s, const struct num *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fprintf(d->out, "%s%s: ", i ? ", " : "", s->field[i].name);
        put_num(d, v[i], s->field[i].kind);
    }
}

static void put_map(struct dump *d, const struct shape *s, const struct num *v)
{
    fputc('{', d->out);
    put_fields(d, s, v, s->len);
    fputs("}\n", d->out);
}

/* The last field, the length of what follows: said only when that does not. */
static void put_length(struct dump *d, const struct shape *s, struct num n, uint64_t real,
                       const char *lead)
{
    if (n.value == real && !n.size)
        return;
    fprintf(d->out, "%s%s: ", lead, s->field[s->len - 1].name);
    if (n.value == real)
        fprintf(d->out, "/%u", n.size);
    else
        put_num(d, n, FIELD_NUM);
}

/* `, data: "..."` with the text's length before it if need be. */
static void put_text(struct dump *d, const struct shape *s, struct num len, const uint8_t *text)
{
    put_length(d, s, len, len.value, ", ");
    fprintf(d->out, ", %s: ", s->body_name);
    yaml_out_text(d->out, text, len.value);
}

/* A padded byte length in front of v1 arguments. */
static void put_prefix(struct dump *d, const struct record *r, const char *lead)
{
    if (r->prefix.size)
        fprintf(d->out, "%s" SHAPE_PREFIX ": /%u", lead, r->prefix.size);
}

static void note(struct dump *d, int indent, uint64_t off, const char *fmt, ...) DIAG_PRINTF(4, 5);
/* A comment in the YAML: whoever builds it again does not see it. */
static void note(struct dump *d, int indent, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(d->out, "%*s# byte %" PRIu64 ": ", indent, "", off);
    vfprintf(d->out, fmt, ap);
    fputc('\n', d->out);
    va_end(ap);
}

/* base is where off is, so all pointers into what was peeked at have an offset. */
static uint64_t offset_of(const struct dump *d, const uint8_t *p)
{
    return d->off + (uint64_t)(p - d->base);
}

static void put_raw(struct dump *d, const uint8_t *p, const uint8_t *end, int indent)
{
    while (p < end) {
        size_t n = end - p < RAW_CHUNK ? (size_t)(end - p) : RAW_CHUNK;
        fprintf(d->out, "%*s- raw: ", indent, "");
        yaml_out_hex(d->out, p, n, indent + 8);
        fputc('\n', d->out);
        p += n;
    }
    d->any = true;
}

/* An empty trace is written as [], so it is noted that there is one. */
static void begin_item(struct dump *d, const char *name)
{
    fprintf(d->out, "  - %s", name);
    d->any = true;
}

/* Numbers and frames */

/* False where the bytes end before, or one is no varint; *p is then anywhere. */
static bool get_nums(const uint8_t **p, const uint8_t *end, struct num *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!num_get(p, end, &out[i]))
            return false;
    }
    return true;
}

/* Behind n frames, or NULL when there are fewer. */
static const uint8_t *skip_frames(const struct dump *d, const uint8_t *p, const uint8_t *end,
                                  uint64_t n)
{
    struct num v[SHAPE_FIELDS];
    for (uint64_t i = 0; i < n; i++) {
        if (!get_nums(&p, end, v, d->shapes.frame.len))
            return NULL;
    }
    return p;
}

/* A stack in several lines, `lead` begins each: v has its id and length, p its
 * frames; a padded byte length before it (v1) is told too. */
static void put_stack(struct dump *d, const struct record *r, const char *lead)
{
    const struct shape *s = r->shape;
    const uint8_t *p = r->body, *end = p + r->body_len;
    struct num frame[SHAPE_FIELDS];
    put_fields(d, s, r->num, 1);
    put_length(d, s, r->num[1], r->num[1].value, lead);
    put_prefix(d, r, lead);
    fprintf(d->out, "%s%s:%s", lead, s->body_name, r->num[1].value ? "" : " []");
    while (p < end && get_nums(&p, end, frame, d->shapes.frame.len)) {
        fprintf(d->out, "%s  - {", lead);
        put_fields(d, &d->shapes.frame, frame, d->shapes.frame.len);
        fputc('}', d->out);
    }
    fputc('\n', d->out);
}

/* The sections of a v2 batch. Each item function writes the record at p and
 * returns what is behind it, or NULL when it cannot be read. */

/* A record of a section in which it may not stand is not taken for one. */
static const uint8_t *event_item(struct dump *d, const uint8_t *p, const uint8_t *end,
                                 enum place place)
{
    const struct shape *s = &d->shapes.by_id[*p++];
    struct num v[SHAPE_FIELDS];
    if (s->place != place || !get_nums(&p, end, v, s->len))
        return NULL;
    fprintf(d->out, "      - %s: ", s->name);
    put_map(d, s, v);
    return p;
}

static const uint8_t *timed_item(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    return event_item(d, p, end, PLACE_EVENTS);
}

static const uint8_t *sync_item(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    return event_item(d, p, end, PLACE_SYNC);
}

/* The length is checked before the text is looked at. */
static const uint8_t *string_item(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    const struct shape *s = &d->shapes.string;
    struct num v[2];
    if (*p++ != s->id || !get_nums(&p, end, v, 2) || v[1].value > (uint64_t)(end - p))
        return NULL;
    fputs("      - {", d->out);
    put_fields(d, s, v, 1);
    put_text(d, s, v[1], p);
    fputs("}\n", d->out);
    return p + v[1].value;
}

/* Frames are gone over first: a stack that is cut off is kept as bytes, all of
 * it. */
static const uint8_t *stack_item(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    const struct shape *s = &d->shapes.stack;
    struct num v[2];
    if (*p++ != s->id || !get_nums(&p, end, v, 2))
        return NULL;
    const uint8_t *behind = skip_frames(d, p, end, v[1].value);
    if (!behind)
        return NULL;
    struct record r = {.shape = s, .num = v, .len = 2, .body = p, .body_len = (size_t)(behind - p)};
    fputs("      - ", d->out);
    put_stack(d, &r, "\n        ");
    return behind;
}

static const uint8_t *sample_item(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    const struct shape *s = &d->shapes.sample;
    struct num v[SHAPE_FIELDS];
    if (*p++ != s->id || !get_nums(&p, end, v, s->len))
        return NULL;
    fputs("      - ", d->out);
    put_map(d, s, v);
    return p;
}

struct section {
    const char *key;
    const char *record; /* what one item is, for notes */
    const uint8_t *(*item)(struct dump *d, const uint8_t *p, const uint8_t *end);
};
static const struct section events = {"events", "event", timed_item};
static const struct section sync_records = {"sync", "sync record", sync_item};
static const struct section tables[] = {
    [EvStacks] = {"stacks", "stack", stack_item},
    [EvStrings] = {"strings", "string", string_item},
    [EvCPUSamples] = {"samples", "CPU sample", sample_item},
};

/* The section that data, which is not empty, holds; *data moves behind a first
 * byte that only says so. */
static const struct section *section_of(const struct dump *d, const uint8_t **data)
{
    uint8_t first = **data, sync = shapes_sync_byte(&d->shapes);
    const struct section *s = &events;
    if (first < sizeof tables / sizeof *tables && tables[first].key)
        s = &tables[first];
    if (sync && first == sync)
        s = &sync_records;
    if (!sync && first == EvFrequency)
        return &sync_records;
    *data += s != &events;
    return s;
}

/* Behind a record that cannot be read the rest of the section is bytes: framing
 * is lost. */
static void put_section(struct dump *d, const uint8_t *p, const uint8_t *end)
{
    const struct section *s = section_of(d, &p);
    fprintf(d->out, "    %s:%s\n", s->key, p < end ? "" : " []");
    while (p < end) {
        const uint8_t *behind = s->item(d, p, end);
        if (!behind) {
            note(d, 6, offset_of(d, p), "no %s that can be read (type %u)", s->record, *p);
            put_raw(d, p, end, 6);
            return;
        }
        p = behind;
    }
}

/* Batches of v2 */

struct batch {
    const struct shape *shape;
    struct num num[SHAPE_FIELDS];
    size_t header; /* bytes */
    uint64_t size; /* of the data, as the header says */
};

/* The header alone; its size may say anything. */
static bool get_batch(const struct dump *d, const uint8_t *p, const uint8_t *end, struct batch *b)
{
    const uint8_t *start = p;
    b->shape = &d->shapes.by_id[*p];
    unsigned exp = *p++ == EvExperimentalBatch;
    if (b->shape->place != PLACE_TRACE || (exp && p == end))
        return false;
    if (exp)
        b->num[0] = (struct num){*p++, 0};
    if (!get_nums(&p, end, b->num + exp, b->shape->len - exp))
        return false;
    b->header = (size_t)(p - start);
    b->size = b->shape->body == BODY_BATCH ? b->num[b->shape->len - 1].value : 0;
    return true;
}

/* The place in the file is a comment: for who looks for it with another tool. */
static void put_batch_header(struct dump *d, const struct batch *b, uint64_t len)
{
    const struct shape *s = b->shape;
    if (len < b->size)
        note(d, 2, d->off, "a batch of %" PRIu64 " bytes, of which %" PRIu64 " are here", b->size,
             len);
    begin_item(d, s->name);
    if (s->body == BODY_BATCH) {
        fputs(": {", d->out);
        put_fields(d, s, b->num, s->len - 1u);
        put_length(d, s, b->num[s->len - 1], len, ", ");
        fprintf(d->out, "} # byte %" PRIu64, d->off);
    }
    fputc('\n', d->out);
}

/* What an experiment's batch holds is known to nobody but that experiment. */
static void put_batch_data(struct dump *d, const struct batch *b, uint64_t len)
{
    const uint8_t *p = d->base + b->header;
    if (b->shape->id == EvExperimentalBatch) {
        fputs("    raw: ", d->out);
        yaml_out_hex(d->out, p, len, 10);
        fputc('\n', d->out);
    } else {
        put_section(d, p, p + len);
    }
}

/* Moves on by n bytes. */
static bool advance(struct dump *d, uint64_t n)
{
    d->off += n;
    source_release(d->src, d->off);
    return !ferror(d->out);
}

/* One of more than LONGEST bytes is taken for broken: its header stands alone,
 * and what follows it is looked at anew. */
static bool dump_batch(struct dump *d)
{
    struct batch b;
    size_t n = source_peek(d->src, d->off, BATCH_HEADER, &d->base);
    if (!n || !get_batch(d, d->base, d->base + n, &b))
        return false;
    uint64_t len = b.size <= LONGEST ? b.size : 0;
    n = source_peek(d->src, d->off, b.header + len, &d->base) - b.header;
    len = len < n ? len : n;
    put_batch_header(d, &b, len);
    if (len)
        put_batch_data(d, &b, len);
    return advance(d, b.header + len);
}

/* All that is left, of whatever length. */
static void dump_rest(struct dump *d, const char *why)
{
    for (bool first = true;; first = false) {
        size_t n = source_peek(d->src, d->off, RAW_CHUNK, &d->base);
        n = n < RAW_CHUNK ? n : RAW_CHUNK;
        if (!n)
            return;
        if (first)
            note(d, 2, d->off, "%s", why);
        put_raw(d, d->base, d->base + n, 2);
        if (!advance(d, n))
            return;
    }
}

static void dump_v2(struct dump *d)
{
    while (dump_batch(d))
        ;
    if (!ferror(d->out))
        dump_rest(d, "no batch begins here; the rest of the file");
}

/* Records of v1 */

/* The numbers from *p up to `stop`, n of them at most. */
static bool get_args(struct dump *d, const uint8_t **p, const uint8_t *stop, size_t n)
{
    struct num v;
    d->args.len = 0;
    while (*p < stop && d->args.len < n) {
        if (!num_get(p, stop, &v))
            return false;
        if (!VEC_PUSH(&d->args, v)) {
            d->status = GOTRACE_NO_MEMORY;
            return false;
        }
    }
    return true;
}

/* The arguments of the record at *p: the high bits of its type byte say how
 * many, so that a record of an unknown type can be passed over. *args is set to
 * the first. False when they go beyond the end. */
static bool get_v1_args(struct dump *d, const uint8_t **p, const uint8_t *end, bool string,
                        const uint8_t **args, struct num *prefix)
{
    unsigned form = *(*p)++ >> 6;
    size_t n = string ? 1 : form + shapes_v1_base(&d->shapes);
    *args = *p;
    if (string || form != V1_LENGTH_PREFIX)
        return get_args(d, p, end, n) && d->args.len == n;
    if (!num_get(p, end, prefix) || prefix->value > (uint64_t)(end - *p))
        return false;
    *args = *p;
    end = *p + prefix->value;
    if (!get_args(d, p, end, SIZE_MAX))
        d->args.len = 0; /* they end elsewhere than the length says */
    *p = end;
    return d->status == GOTRACE_OK;
}

/* The text behind the arguments, and its length as a further number. */
static bool get_v1_text(struct dump *d, const uint8_t **p, const uint8_t *end, struct record *r)
{
    struct num len;
    if (!num_get(p, end, &len) || len.value > (uint64_t)(end - *p))
        return false;
    if (!VEC_PUSH(&d->args, len)) {
        d->status = GOTRACE_NO_MEMORY;
        return false;
    }
    r->body = *p;
    r->body_len = len.value;
    *p += len.value;
    return true;
}

/* A stack whose frames are as many as it says: they become its body. */
static void get_v1_frames(struct dump *d, const uint8_t *args, const uint8_t *end, struct record *r)
{
    struct num head[2];
    size_t n = d->args.len, len = d->shapes.frame.len;
    r->list = n < 2 || (n - 2) % len || d->args.data[1].value != (n - 2) / len;
    if (!r->list && get_nums(&args, end, head, 2)) {
        r->body = args;
        r->body_len = (size_t)(end - args);
        d->args.len = 2;
    }
}

/* The record at *p, false when it is cut off; *p moves behind it. */
static bool get_v1(struct dump *d, const uint8_t **p, const uint8_t *end, struct record *r)
{
    const struct shape *s = &d->shapes.by_id[**p & 63];
    const uint8_t *args;
    *r = (struct record){.shape = s};
    if (!get_v1_args(d, p, end, s->body == BODY_TEXT && s->len == 2, &args, &r->prefix))
        return false;
    if (s->body == BODY_TEXT && !get_v1_text(d, p, end, r))
        return false;
    if (s->body == BODY_FRAMES)
        get_v1_frames(d, args, *p, r);
    r->num = d->args.data;
    r->len = d->args.len;
    r->list = r->list || r->len != s->len;
    return true;
}

/* Whether building the text of r would give these bytes again. */
static bool is_faithful(struct dump *d, const struct record *r, const uint8_t *p,
                        const uint8_t *end)
{
    size_t n = (size_t)(end - p);
    if (!r->shape->name || (r->list && r->shape->body == BODY_TEXT))
        return false;
    if (r->list && r->prefix.size)
        return false; /* a list has no place for it */
    d->again.len = 0;
    if (!record_put(&d->again, &d->shapes, r)) {
        d->status = GOTRACE_NO_MEMORY;
        return false;
    }
    return d->again.len == n && memcmp(d->again.data, p, n) == 0;
}

/* Arguments in the order of the wire, when they are not as many as the table's. */
static void put_list(struct dump *d, const struct record *r)
{
    fputc('[', d->out);
    for (size_t i = 0; i < r->len; i++) {
        fputs(i ? ", " : "", d->out);
        put_num(d, r->num[i], FIELD_NUM);
    }
    fputs("]\n", d->out);
}

/* By name: there are as many arguments as the table has. */
static void put_v1_map(struct dump *d, const struct record *r)
{
    bool text = r->shape->body == BODY_TEXT;
    fputc('{', d->out);
    put_fields(d, r->shape, r->num, r->shape->len - (unsigned)text);
    put_prefix(d, r, ", ");
    if (text)
        put_text(d, r->shape, r->num[r->len - 1], r->body);
    fputs("}\n", d->out);
}

/* A stack has lines of its own, all else fits in one. */
static void put_v1(struct dump *d, const struct record *r)
{
    bool stack = r->shape->body == BODY_FRAMES && !r->list;
    begin_item(d, r->shape->name);
    fputs(stack ? ":\n      " : ": ", d->out);
    if (stack)
        put_stack(d, r, "\n      ");
    else if (r->list)
        put_list(d, r);
    else
        put_v1_map(d, r);
}

/* Writes the record at *p and moves behind it; false when it is cut off. */
static bool dump_record(struct dump *d, const uint8_t **p, const uint8_t *end)
{
    const uint8_t *start = *p;
    struct record r;
    if (!get_v1(d, p, end, &r)) {
        *p = start;
        return false;
    }
    if (is_faithful(d, &r, start, *p)) {
        put_v1(d, &r);
    } else if (d->status == GOTRACE_OK) {
        note(d, 2, offset_of(d, start), "type %u with other arguments than it has", *start & 63u);
        put_raw(d, start, *p, 2);
    }
    return d->status == GOTRACE_OK;
}

/* In steps of half of what was peeked at: a record that is cut by its end is
 * whole in the next one, unless it is longer than any. */
static void dump_v1(struct dump *d)
{
    for (;;) {
        size_t n = source_peek(d->src, d->off, LONGEST, &d->base);
        const uint8_t *p = d->base, *end = p + n;
        bool more = n >= LONGEST;
        while (p < end && (!more || end - p >= LONGEST / 2) && dump_record(d, &p, end))
            ;
        if (p == d->base)
            break;
        if (!advance(d, (uint64_t)(p - d->base)) || d->status != GOTRACE_OK)
            return;
    }
    if (d->status == GOTRACE_OK)
        dump_rest(d, "no record that can be read; the rest of the file");
}

/* The file */

/* Without its zeros if it is one of Go's, else with every byte. */
static void put_header(struct dump *d, const uint8_t *header)
{
    size_t n = HEADER_SIZE;
    while (n && !header[n - 1])
        n--;
    fputs("header: ", d->out);
    if (header_version(header))
        fwrite(header, 1, n, d->out);
    else
        yaml_out_text(d->out, header, n);
    fputc('\n', d->out);
}

/* Fewer bytes than a header are kept as bytes behind no header. */
static void dump_file(struct dump *d)
{
    uint32_t version = 0;
    if (source_peek(d->src, 0, HEADER_SIZE, &d->base) >= HEADER_SIZE) {
        version = header_version(d->base);
        put_header(d, d->base);
        (void)advance(d, HEADER_SIZE);
    } else {
        fputs("header: ~\n", d->out);
    }
    fputs("trace:\n", d->out);
    shapes_init(&d->shapes, version);
    if (d->shapes.v2)
        dump_v2(d);
    else if (version)
        dump_v1(d);
    else
        dump_rest(d, "no version of Go that is known; the rest of the file");
    if (!d->any)
        fputs("  []\n", d->out);
}

/* What was written stays, whatever is wrong behind it. */
gotrace_status yaml_dump_source(source *src, FILE *out, gotrace_diag *diag)
{
    struct dump d = {.out = out, .src = src};
    dump_file(&d);
    VEC_FREE(&d.args);
    buf_free(&d.again);
    if (ferror(out) || fflush(out) != 0)
        return diag_system(diag, "cannot write the YAML");
    if (d.status != GOTRACE_OK)
        return diag_no_memory(diag);
    gotrace_status st = source_status(src, diag);
    return st == GOTRACE_END ? GOTRACE_OK : st;
}

gotrace_status yaml_dump(const char *trace_path, FILE *out, gotrace_diag *diag)
{
    source *src;
    gotrace_status st = source_open(&src, trace_path, true, diag);
    if (st != GOTRACE_OK)
        return st;
    st = yaml_dump_source(src, out, diag);
    source_close(src);
    return st;
}
