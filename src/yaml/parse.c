/* parse.c: YAML as a trace. */
#include <string.h>

#include "base/varint.h"
#include "event/event.h"
#include "io/out/sink.h"
#include "read/header.h"
#include "yaml/reader.h"
#include "yaml/schema.h"
#include "yaml/value.h"
#include "yaml/yaml_trace.h"

struct build {
    yaml_in *in;
    struct buf *out;
    struct shapes shapes;
    uint64_t gen, time; /* of the batch before */
    bool header;        /* it was read */
    bool trace;
    struct buf data; /* of the batch or the record at work */
};

/* One record while its text is read. */
struct draft {
    const struct shape *shape; /* NULL: none yet */
    struct num num[SHAPE_FIELDS];
    uint32_t given; /* a bit for each field whose value the text has */
    uint32_t seen;  /* a bit for each field, SEEN_BODY for the body */
    struct buf body;
    uint64_t frames;   /* of a body that is frames */
    struct num prefix; /* v1: the byte length in front */
    bool prefix_given;
    struct yaml_node at; /* where its length is given, for errors */
};
enum { SEEN_BODY = 1 << SHAPE_FIELDS, SEEN_PREFIX = SEEN_BODY << 1 };

static bool ok(const struct build *b)
{
    return yaml_in_status(b->in) == GOTRACE_OK;
}

/* False, with the error noted, as all of this file that may fail. */
static bool put(struct build *b, struct buf *to, const void *bytes, size_t n)
{
    return buf_add(to, bytes, n) || yaml_in_no_memory(b->in);
}

/* Records */

/* Fields that the text leaves out have the shape's own values. */
static void draft_begin(struct draft *d, const struct shape *shape)
{
    *d = (struct draft){.shape = shape};
    for (unsigned i = 0; i < shape->len; i++)
        d->num[i].value = shape->field[i].missing;
}

/* The fields by name, for an error. */
static void want_fields(struct build *b, const struct shape *s)
{
    char list[100];
    size_t n = 0;
    list[0] = '\0';
    for (unsigned i = 0; i < s->len && n < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", s->field[i].name);
    if (s->body_name && n < sizeof list)
        (void)snprintf(list + n, sizeof list - n, ", %s", s->body_name);
    if (list[0])
        yaml_in_want(b->in, "it has %s", list);
}

/* A bit of *seen for each key: YAML itself does not refuse a key that comes
 * twice. */
static bool check_once(struct build *b, const struct yaml_node *key, uint32_t *seen, uint32_t bit)
{
    if (*seen & bit)
        return yaml_in_fail(b->in, key, "%.30s is given twice", key->text);
    *seen |= bit;
    return true;
}

/* The last field may be left to be counted when something follows it. */
static bool read_field(struct build *b, struct draft *d, unsigned i)
{
    const struct field *f = &d->shape->field[i];
    struct yaml_node node;
    bool given, counted = d->shape->body != BODY_NONE && i == d->shape->len - 1u;
    yaml_in_next(b->in, &node);
    if (!ok(b) || !yaml_value_num(b->in, &node, f->kind, &d->num[i], &given))
        return false;
    if (!given && !counted)
        return yaml_in_fail(b->in, &node, "%s: a number is wanted before the /", f->name);
    if (strcmp(f->name, "exp") == 0 && (d->num[i].value > UINT8_MAX || d->num[i].size))
        return yaml_in_fail(b->in, &node, "exp is one byte, 0 to 255");
    d->given |= (uint32_t)given << i;
    if (!given)
        d->at = node;
    return true;
}

/* The byte length in front of a v1 record's arguments; those that are few have
 * none. */
static bool read_prefix(struct build *b, struct draft *d)
{
    struct record r = {.shape = d->shape, .num = d->num, .len = d->shape->len};
    struct yaml_node node;
    yaml_in_next(b->in, &node);
    if (!ok(b) || !yaml_value_num(b->in, &node, FIELD_NUM, &d->prefix, &d->prefix_given))
        return false;
    d->at = node;
    return record_prefixed(&b->shapes, &r) ||
           yaml_in_fail(b->in, &node, "%s has no byte length before its arguments", d->shape->name);
}

static bool read_body(struct build *b, struct draft *d);

/* A field, the body, or the length in front; every other name is refused with
 * those that there are. */
static bool read_key(struct build *b, struct draft *d, const struct yaml_node *key)
{
    const struct shape *s = d->shape;
    int i = shape_field(s, key->text);
    if (i >= 0)
        return check_once(b, key, &d->seen, 1u << i) && read_field(b, d, (unsigned)i);
    if (s->body_name && strcmp(key->text, s->body_name) == 0)
        return check_once(b, key, &d->seen, SEEN_BODY) && read_body(b, d);
    if (!b->shapes.v2 && s->id && strcmp(key->text, SHAPE_PREFIX) == 0)
        return check_once(b, key, &d->seen, SEEN_PREFIX) && read_prefix(b, d);
    (void)yaml_in_fail(b->in, key,
                       s->len ? "%s has no field %.30s" : "%s has no fields, not even %.30s",
                       s->name, key->text);
    want_fields(b, s);
    return false;
}

/* A map of fields, which yaml_in_next has just begun. */
static bool read_keys(struct build *b, struct draft *d)
{
    struct yaml_node key;
    while (yaml_in_key(b->in, &key)) {
        if (!read_key(b, d, &key))
            return false;
    }
    return ok(b);
}

/* The length of what follows a record is counted unless the text says it. */
static bool draft_count(struct build *b, struct draft *d, uint64_t n)
{
    const struct shape *s = d->shape;
    if (s->body == BODY_NONE || d->given & 1u << (s->len - 1))
        return true;
    struct num *length = &d->num[s->len - 1];
    length->value = n;
    return !length->size || length->size >= leb128_size(n) ||
           yaml_in_fail(b->in, &d->at, "/%u: the length, %zu, takes more bytes", length->size,
                        (size_t)n);
}

static bool put_record(struct build *b, struct buf *to, const struct record *r)
{
    return record_put(to, &b->shapes, r) || yaml_in_no_memory(b->in);
}

/* The length in front is the only thing of a record that may not fit where the
 * text wants it. */
static bool put_draft(struct build *b, struct draft *d, struct buf *to)
{
    if (!draft_count(b, d, d->shape->body == BODY_FRAMES ? d->frames : d->body.len))
        return false;
    struct record r = {.shape = d->shape, .num = d->num, .len = d->shape->len};
    r.body = d->body.data;
    r.body_len = d->body.len;
    r.prefix = d->prefix;
    r.prefix_given = d->prefix_given;
    if (record_put(to, &b->shapes, &r))
        return true;
    return d->prefix.size
               ? yaml_in_fail(b->in, &d->at, "/%u: the length takes more bytes", d->prefix.size)
               : yaml_in_no_memory(b->in);
}

static bool is_raw(const struct yaml_node *key)
{
    return strcmp(key->text, "raw") == 0;
}

/* The value of a key `raw`. */
static bool read_raw(struct build *b, struct buf *to)
{
    struct yaml_node node;
    yaml_in_next(b->in, &node);
    return ok(b) && yaml_value_hex(b->in, &node, to);
}

/* Behind the only key of a map. */
static bool expect_end(struct build *b)
{
    struct yaml_node key;
    if (!yaml_in_key(b->in, &key))
        return ok(b);
    return yaml_in_fail(b->in, &key, "%.30s: one item holds one record; begin it with - ",
                        key.text);
}

/* An item of a list whose records have no name: a map of fields, or raw. */
static bool read_row(struct build *b, const struct yaml_node *node, const struct shape *s,
                     struct buf *to, uint64_t *n)
{
    struct yaml_node key;
    struct draft d;
    draft_begin(&d, s);
    if (node->kind != YAML_MAP) {
        (void)yaml_in_fail(b->in, node, "%s is a map", s->name);
        want_fields(b, s);
        return false;
    }
    bool good = true, any = yaml_in_key(b->in, &key);
    if (any && is_raw(&key))
        return read_raw(b, to) && expect_end(b);
    if (any)
        good = read_key(b, &d, &key) && read_keys(b, &d);
    good = good && ok(b) && put_draft(b, &d, to);
    buf_free(&d.body);
    *n += 1;
    return good;
}

/* *n counts the items, but for raw ones: a stack's number of frames is taken
 * from it. */
static bool read_rows(struct build *b, const struct shape *s, struct buf *to, uint64_t *n)
{
    struct yaml_node node;
    yaml_in_next(b->in, &node);
    if (!ok(b))
        return false;
    if (node.kind != YAML_LIST)
        return yaml_in_fail(b->in, &node, "a list is wanted here, each item %s", s->name);
    for (yaml_in_next(b->in, &node); node.kind != YAML_END; yaml_in_next(b->in, &node)) {
        if (!read_row(b, &node, s, to, n))
            return false;
    }
    return ok(b);
}

/* Frames are a list of maps, all else is text. */
static bool read_body(struct build *b, struct draft *d)
{
    struct yaml_node node;
    if (d->shape->body == BODY_FRAMES)
        return read_rows(b, &b->shapes.frame, &d->body, &d->frames);
    yaml_in_next(b->in, &node);
    return ok(b) && yaml_value_text(b->in, &node, &d->body);
}

/* Records with a name */

/* What the text calls such a record, for errors. */
static const char *kind_name(const struct build *b, enum place place)
{
    if (place == PLACE_EVENTS)
        return "event";
    if (place == PLACE_SYNC)
        return "record of a sync batch";
    return b->shapes.v2 ? "batch" : "record";
}

/* NULL with the error noted, and the nearest name if one is near. */
static const struct shape *find(struct build *b, const struct yaml_node *key, enum place place)
{
    const struct shape *s = shapes_find(&b->shapes, key->text, place);
    if (s)
        return s;
    const char *near = shapes_suggest(&b->shapes, key->text, place);
    if (!b->shapes.version)
        (void)yaml_in_fail(b->in, key, "behind this header only raw: \"...\" can stand");
    else
        (void)yaml_in_fail(b->in, key, "no %s of this version is called %.40s%s%s%s",
                           kind_name(b, place), key->text, near ? "; do you mean " : "",
                           near ? near : "", near ? "?" : "");
    return NULL;
}

/* A list: the arguments of a v1 record as they are on the wire. */
static bool read_list(struct build *b, const struct yaml_node *at, const struct shape *s,
                      struct buf *to)
{
    VEC(struct num) list = {0};
    struct yaml_node node;
    struct num v;
    bool given, good = true;
    if (b->shapes.v2 || s->body == BODY_TEXT)
        return yaml_in_fail(b->in, at, "the fields of %s are a map", s->name);
    for (yaml_in_next(b->in, &node); good && node.kind != YAML_END; yaml_in_next(b->in, &node)) {
        good = yaml_value_num(b->in, &node, FIELD_NUM, &v, &given);
        if (good && !given)
            good = yaml_in_fail(b->in, &node, "a number is wanted before the /");
        if (good && !VEC_PUSH(&list, v))
            good = yaml_in_no_memory(b->in);
    }
    struct record r = {.shape = s, .num = list.data, .len = list.len, .list = true};
    good = good && ok(b) && put_record(b, to, &r);
    VEC_FREE(&list);
    return good;
}

/* The value of a record's name: a map, nothing, or (v1) a list. */
static bool read_fields(struct build *b, struct draft *d, struct buf *to, bool *listed)
{
    struct yaml_node node;
    yaml_in_next(b->in, &node);
    *listed = node.kind == YAML_LIST;
    if (!ok(b))
        return false;
    if (*listed)
        return read_list(b, &node, d->shape, to);
    if (node.kind == YAML_MAP)
        return read_keys(b, d);
    if (yaml_node_is_null(&node))
        return true;
    (void)yaml_in_fail(b->in, &node, "the fields of %s are a map", d->shape->name);
    want_fields(b, d->shape);
    return false;
}

/* fields: a value follows the name. A list writes its record itself. */
static bool read_named(struct build *b, const struct yaml_node *key, enum place place, bool fields,
                       struct buf *to)
{
    const struct shape *s = find(b, key, place);
    struct draft d;
    bool listed = false;
    if (!s)
        return false;
    draft_begin(&d, s);
    bool good = !fields || read_fields(b, &d, to, &listed);
    good = good && (listed || put_draft(b, &d, to));
    buf_free(&d.body);
    return good;
}

/* `Name`, `Name: {...}` or `raw: "..."`. */
static bool read_record(struct build *b, const struct yaml_node *node, enum place place,
                        struct buf *to)
{
    struct yaml_node key;
    if (node->kind == YAML_SCALAR && !node->bytes)
        return read_named(b, node, place, false, to);
    if (node->kind != YAML_MAP)
        return yaml_in_fail(b->in, node, "an item is Name: {fields} or raw: \"bytes\"");
    if (!yaml_in_key(b->in, &key))
        return ok(b) && yaml_in_fail(b->in, node, "an item is Name: {fields} or raw: \"bytes\"");
    bool good = is_raw(&key) ? read_raw(b, to) : read_named(b, &key, place, true, to);
    return good && expect_end(b);
}

/* The sections of a v2 batch */

/* The items of a section whose records have names. */
static bool read_records(struct build *b, enum place place, struct buf *to)
{
    struct yaml_node node;
    yaml_in_next(b->in, &node);
    if (!ok(b))
        return false;
    if (node.kind != YAML_LIST)
        return yaml_in_fail(b->in, &node, "a list is wanted here, each item Name: {fields}");
    for (yaml_in_next(b->in, &node); node.kind != YAML_END; yaml_in_next(b->in, &node)) {
        if (!read_record(b, &node, place, to))
            return false;
    }
    return ok(b);
}

enum section { SECTION_NONE, EVENTS, SYNC, STRINGS, STACKS, SAMPLES, RAW };
static const struct {
    const char *key;
    uint8_t first; /* byte of the data, 0: none */
} sections[] = {
    [EVENTS] = {"events", 0},
    [SYNC] = {"sync", 0},
    [STRINGS] = {"strings", EvStrings},
    [STACKS] = {"stacks", EvStacks},
    [SAMPLES] = {"samples", EvCPUSamples},
    [RAW] = {"raw", 0},
};

/* By the key; SECTION_NONE: it is the name of a batch. */
static enum section section_of(const char *key)
{
    for (unsigned i = EVENTS; i <= RAW; i++) {
        if (strcmp(sections[i].key, key) == 0)
            return i;
    }
    return SECTION_NONE;
}

/* Those that no thread wrote. */
static bool is_table(enum section s)
{
    return s == STRINGS || s == STACKS || s == SAMPLES || s == SYNC;
}

/* Goes to b->data: the batch's header, which is written before it, has its
 * length. */
static bool read_section(struct build *b, enum section s, struct buf *to)
{
    uint8_t first = s == SYNC ? shapes_sync_byte(&b->shapes) : sections[s].first;
    uint64_t n = 0;
    if (first && !put(b, to, &first, 1))
        return false;
    switch (s) {
    case EVENTS:
        return read_records(b, PLACE_EVENTS, to);
    case SYNC:
        return read_records(b, PLACE_SYNC, to);
    case STRINGS:
        return read_rows(b, &b->shapes.string, to, &n);
    case STACKS:
        return read_rows(b, &b->shapes.stack, to, &n);
    case SAMPLES:
        return read_rows(b, &b->shapes.sample, to, &n);
    default:
        return read_raw(b, to);
    }
}

/* Batches of v2 */

struct item {
    struct draft batch; /* its shape is NULL until a name was read */
    enum section section;
};

/* A batch and its section are two keys of one map, in any order. */
static bool read_batch_name(struct build *b, struct item *item, const struct yaml_node *key)
{
    const struct shape *s = find(b, key, PLACE_TRACE);
    bool listed;
    if (!s)
        return false;
    if (item->batch.shape)
        return yaml_in_fail(b->in, key, "%.30s: one item holds one batch; begin it with - ",
                            key->text);
    draft_begin(&item->batch, s);
    return read_fields(b, &item->batch, b->out, &listed);
}

static bool read_batch_key(struct build *b, struct item *item, const struct yaml_node *key)
{
    enum section s = section_of(key->text);
    if (s == SECTION_NONE)
        return read_batch_name(b, item, key);
    if (item->section != SECTION_NONE)
        return yaml_in_fail(b->in, key, "%s: a batch holds one section, and this one has %s",
                            key->text, sections[item->section].key);
    item->section = s;
    return read_section(b, s, &b->data);
}

/* Fills a field that the text leaves out with *value, or notes what it gives. */
static void inherit(struct draft *d, const char *field, uint64_t *value)
{
    int i = shape_field(d->shape, field);
    if (d->given & 1u << i)
        *value = d->num[i].value;
    else
        d->num[i].value = *value;
}

/* What the text leaves out: gen and time are those of the batch before; tables
 * and sync batches belong to no thread. */
static void batch_defaults(struct build *b, struct draft *d, enum section s)
{
    uint64_t m = is_table(s) ? UINT64_MAX : 0;
    inherit(d, "gen", &b->gen);
    inherit(d, "time", &b->time);
    inherit(d, "m", &m);
}

/* Raw bytes may stand alone, as what is left of a file. */
static bool put_batch(struct build *b, const struct yaml_node *node, struct item *item)
{
    struct draft *d = &item->batch;
    bool batch = d->shape && d->shape->body == BODY_BATCH;
    if (item->section != SECTION_NONE && item->section != RAW && !batch)
        return yaml_in_fail(b->in, node, "%s belongs to a batch: write EventBatch: {...} before it",
                            sections[item->section].key);
    if (!d->shape && item->section != RAW)
        return yaml_in_fail(b->in, node,
                            "an item is EventBatch: {...}, EndOfGeneration or raw: \"bytes\"");
    if (batch)
        batch_defaults(b, d, item->section);
    if (d->shape) {
        struct record r = {.shape = d->shape, .num = d->num, .len = d->shape->len};
        if (!draft_count(b, d, b->data.len) || !put_record(b, b->out, &r))
            return false;
    }
    return put(b, b->out, b->data.data, b->data.len);
}

/* Only the name, as EndOfGeneration has it, or a map. */
static bool read_batch(struct build *b, const struct yaml_node *node)
{
    struct item item = {.section = SECTION_NONE};
    struct yaml_node key;
    b->data.len = 0;
    if (node->kind == YAML_SCALAR && !node->bytes) {
        const struct shape *s = find(b, node, PLACE_TRACE);
        if (!s)
            return false;
        draft_begin(&item.batch, s);
    } else if (node->kind == YAML_MAP) {
        while (yaml_in_key(b->in, &key)) {
            if (!read_batch_key(b, &item, &key))
                return false;
        }
    }
    return ok(b) && put_batch(b, node, &item);
}

/* The file */

/* In v1 an item is a record, in v2 a batch. */
static bool read_items(struct build *b, const struct yaml_node *list)
{
    struct yaml_node node;
    if (!b->header)
        return yaml_in_fail(b->in, list,
                            "the header must come before the trace: header: go 1.26 trace");
    if (list->kind != YAML_LIST)
        return yaml_in_fail(b->in, list, "the trace is a list of records");
    for (yaml_in_next(b->in, &node); node.kind != YAML_END; yaml_in_next(b->in, &node)) {
        if (b->shapes.v2 ? !read_batch(b, &node) : !read_record(b, &node, PLACE_TRACE, b->out))
            return false;
    }
    b->trace = true;
    return ok(b);
}

/* 16 bytes, padded with NUL; ~ for none at all, as a file that is cut off in
 * its header has. */
static bool read_header(struct build *b, const struct yaml_node *node)
{
    uint8_t header[HEADER_SIZE] = {0};
    b->header = true;
    if (yaml_node_is_null(node))
        return true;
    b->data.len = 0;
    if (!yaml_value_text(b->in, node, &b->data))
        return false;
    if (b->data.len > HEADER_SIZE)
        return yaml_in_fail(b->in, node, "the header has %d bytes, not %zu", HEADER_SIZE,
                            b->data.len);
    if (b->data.len)
        memcpy(header, b->data.data, b->data.len);
    shapes_init(&b->shapes, header_version(header));
    return put(b, b->out, header, sizeof header);
}

static bool read_expect(struct build *b, const struct yaml_node *node)
{
    yaml_in_skip(b->in, node); /* what the tests look at */
    return ok(b);
}

static const struct {
    const char *key;
    bool (*read)(struct build *b, const struct yaml_node *node);
} tops[] = {{"expect", read_expect}, {"header", read_header}, {"trace", read_items}};
enum { TOPS = sizeof tops / sizeof *tops };

/* Each key once, in the order of the file: the header decides how the trace is
 * read. */
static bool read_top(struct build *b, const struct yaml_node *key, uint32_t *seen)
{
    struct yaml_node node;
    unsigned i = 0;
    while (i < TOPS && strcmp(tops[i].key, key->text) != 0)
        i++;
    if (i == TOPS) {
        (void)yaml_in_fail(b->in, key, "%.40s means nothing here", key->text);
        yaml_in_want(b->in, "there are header, trace and expect");
        return false;
    }
    if (!check_once(b, key, seen, 1u << i))
        return false;
    yaml_in_next(b->in, &node);
    return ok(b) && tops[i].read(b, &node);
}

static bool read_file(struct build *b)
{
    struct yaml_node node, key;
    uint32_t seen = 0;
    yaml_in_next(b->in, &node);
    if (!ok(b))
        return false;
    if (node.kind != YAML_MAP)
        return yaml_in_fail(b->in, &node, "a trace as text is a map of header and trace");
    while (yaml_in_key(b->in, &key)) {
        if (!read_top(b, &key, &seen))
            return false;
    }
    if (ok(b) && !b->trace)
        return yaml_in_fail(b->in, &key, "there is no %s",
                            b->header ? "trace" : "header and no trace");
    yaml_in_next(b->in, &node); /* a second document would be an error */
    return ok(b);
}

/* Takes `in`. */
static gotrace_status build(yaml_in *in, struct buf *out)
{
    struct build b = {.in = in, .out = out, .gen = 1, .time = 1};
    shapes_init(&b.shapes, 0);
    (void)read_file(&b);
    buf_free(&b.data);
    gotrace_status st = yaml_in_status(in);
    yaml_in_close(in);
    return st;
}

gotrace_status yaml_build(const char *yaml_path, struct buf *out, gotrace_diag *diag)
{
    yaml_in *in;
    gotrace_status st = yaml_in_open(&in, yaml_path, diag);
    return st == GOTRACE_OK ? build(in, out) : st;
}

gotrace_status yaml_build_memory(const void *text, size_t len, const char *name, struct buf *out,
                                 gotrace_diag *diag)
{
    yaml_in *in;
    gotrace_status st = yaml_in_open_memory(&in, text, len, name, diag);
    return st == GOTRACE_OK ? build(in, out) : st;
}

gotrace_status yaml_build_file(const char *yaml_path, const char *trace_path, gotrace_diag *diag)
{
    struct buf trace = {0};
    sink *to = NULL;
    gotrace_status st = yaml_build(yaml_path, &trace, diag);
    if (st == GOTRACE_OK)
        st = sink_open(&to, trace_path, NULL, diag);
    if (st == GOTRACE_OK)
        st = sink_write(to, trace.data, trace.len, diag);
    if (st == GOTRACE_OK)
        st = sink_commit(to, diag);
    else
        sink_abandon(to);
    buf_free(&trace);
    return st;
}
