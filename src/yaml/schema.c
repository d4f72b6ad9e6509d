#include "yaml/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/varint.h"
#include "event/event.h"
#include "event/versions.h"
#include "v1/file/record.h"

/* Numbers */

/* A size is kept only where it is more than the value needs: so most numbers
 * print without. */
bool num_get(const uint8_t **p, const uint8_t *end, struct num *out)
{
    const uint8_t *start = *p;
    if (!leb128_get(p, end, &out->value))
        return false;
    size_t size = (size_t)(*p - start);
    out->size = size == leb128_size(out->value) ? 0 : (uint8_t)size;
    return true;
}

bool num_put(struct buf *out, struct num n)
{
    if (!n.size)
        return buf_add_leb128(out, n.value);
    if (!buf_reserve(out, n.size))
        return false;
    leb128_put_padded(out->data + out->len, n.value, n.size);
    out->len += n.size;
    return true;
}

/* Shapes of v2 */

static void add_field(struct shape *s, const char *name, enum field_kind kind, uint8_t missing)
{
    s->field[s->len++] = (struct field){name, (uint8_t)kind, missing};
}

/* Program counters are easier to read in hexadecimal. */
static void add_numbers(struct shape *s, const char *const *names)
{
    for (; *names; names++)
        add_field(s, *names, strcmp(*names, "pc") == 0 ? FIELD_HEX : FIELD_NUM, 0);
}

/* What follows the last field, whose value is then its length. */
static void add_body(struct shape *s, enum body body, const char *name)
{
    s->body = (uint8_t)body;
    s->body_name = name;
}

static enum field_kind field_kind(uint8_t arg_type)
{
    switch (arg_type) {
    case GOTRACE_ARG_GSTATUS:
        return FIELD_GSTATUS;
    case GOTRACE_ARG_PSTATUS:
        return FIELD_PSTATUS;
    default:
        return FIELD_NUM;
    }
}

/* Samples, strings and stacks stand in batches of their own, under the names of
 * sections. */
static enum place v2_place(uint8_t id, const gotrace_spec *spec)
{
    switch (id) {
    case EvEventBatch:
    case EvExperimentalBatch:
    case EvEndOfGeneration:
        return PLACE_TRACE;
    case EvFrequency:
    case EvClockSnapshot:
        return PLACE_SYNC;
    case EvCPUSample:
        return PLACE_NONE;
    default:
        return spec->timed ? PLACE_EVENTS : PLACE_NONE;
    }
}

/* All fields that the wire has, in its order: event.def leaves out dt, and the
 * byte of an experiment. */
static void v2_shape(struct shape *s, uint8_t id)
{
    const gotrace_spec *spec = gotrace_spec_of(id);
    if (!spec)
        return;
    *s = (struct shape){.name = spec->name, .id = id};
    s->place = (uint8_t)v2_place(id, spec);
    if (id == EvExperimentalBatch)
        add_field(s, "exp", FIELD_NUM, 0); /* a plain byte before the numbers */
    if (s->place == PLACE_EVENTS)
        add_field(s, "dt", FIELD_NUM, 1);
    for (uint8_t i = 0; i < spec->nargs; i++)
        add_field(s, spec->arg_name[i], field_kind(spec->arg_type[i]), 0);
    if (id == EvEventBatch || id == EvExperimentalBatch)
        add_body(s, BODY_BATCH, NULL);
}

/* Shapes of v1 */

struct v1_row {
    const char *name;
    const char *arg[3];
};
/* The table with the names of arguments; NULL for types that no version has. */
static const struct v1_row v1_rows[V1_TYPES] = {
#define V1(id, name, since, stack, a0, a1, a2) [id] = {#name, {#a0, #a1, #a2}},
#include "v1/file/record.def"
#undef V1
};

/* GoCreate has the stack where the new goroutine starts, and its creator's. */
static const char *v1_arg(const struct v1_layout *l, uint8_t id, unsigned i)
{
    const char *name = v1_rows[id].arg[i];
    return l->stack && strcmp(name, "stack") == 0 ? "new_stack" : name;
}

/* Timed events begin with the ticks since the one before; in 1.5 the sequence
 * number, likewise as a difference, comes before that. */
static void add_v1_times(struct shape *s, const struct v1_format *f)
{
    if (f->seq)
        add_field(s, "dseq", FIELD_NUM, 1);
    add_field(s, "dt", FIELD_NUM, 1);
}

/* Version 1.5 has one number more in batches, and one that nobody uses in two
 * other records. */
static void add_v1_args(struct shape *s, const struct v1_format *f)
{
    const struct v1_layout *l = &f->layout[s->id];
    for (unsigned i = 0; i < l->args; i++) {
        if (s->id == V1_Batch && i == 1 && f->seq)
            add_field(s, "seq", FIELD_NUM, 0);
        add_field(s, v1_arg(l, s->id, i), FIELD_NUM, 0);
    }
    if (l->stack)
        add_field(s, "stack", FIELD_NUM, 0);
    if (f->seq && (s->id == V1_Frequency || s->id == V1_TimerGoroutine))
        add_field(s, "unused", FIELD_NUM, 0);
}

/* String has a form of its own, which the table does not tell. */
static void v1_shape(struct shape *s, const struct v1_format *f, uint8_t id)
{
    if (!v1_rows[id].name)
        return;
    *s = (struct shape){.name = v1_rows[id].name, .id = id, .place = PLACE_TRACE};
    if (id == V1_String) {
        add_numbers(s, (const char *const[]){"id", "size", NULL});
        add_body(s, BODY_TEXT, "data");
        return;
    }
    if (f->layout[id].timed)
        add_v1_times(s, f);
    add_v1_args(s, f);
    if (id == V1_Stack)
        add_body(s, BODY_FRAMES, "frames");
    if (id == V1_UserLog) {
        add_field(s, "size", FIELD_NUM, 0);
        add_body(s, BODY_TEXT, "value");
    }
}

/* All of a version */

/* Frames of 1.5 are a PC each. */
static void init_v1(struct shapes *s)
{
    struct v1_format f;
    v1_format_init(&f, s->version);
    for (unsigned id = 0; id < V1_TYPES; id++)
        v1_shape(&s->by_id[id], &f, (uint8_t)id);
    if (f.seq)
        add_numbers(&s->frame, (const char *const[]){"pc", NULL});
}

static void init_v2(struct shapes *s)
{
    for (unsigned id = 0; id < 256; id++)
        v2_shape(&s->by_id[id], (uint8_t)id);
    s->string = (struct shape){.name = "a string", .id = EvString};
    add_numbers(&s->string, (const char *const[]){"id", "size", NULL});
    add_body(&s->string, BODY_TEXT, "data");
    s->stack = (struct shape){.name = "a stack", .id = EvStack};
    add_numbers(&s->stack, (const char *const[]){"id", "nframes", NULL});
    add_body(&s->stack, BODY_FRAMES, "frames");
    s->sample = (struct shape){.name = "a sample", .id = EvCPUSample};
    add_numbers(&s->sample, (const char *const[]){"time", "m", "p", "g", "stack", NULL});
}

/* Behind an unknown header there are no shapes: only bytes can stand there. */
void shapes_init(struct shapes *s, uint32_t version)
{
    *s = (struct shapes){.version = version, .v2 = version >= VERSION_V2};
    s->frame = (struct shape){.name = "a frame"};
    if (s->v2)
        init_v2(s);
    else if (version)
        init_v1(s);
    if (!s->frame.len)
        add_numbers(&s->frame, (const char *const[]){"pc", "func", "file", "line", NULL});
}

/* In 1.5 each record has a sequence number besides, so that the two bits count
 * from 2. */
unsigned shapes_v1_base(const struct shapes *s)
{
    return s->version < 7 ? 2 : 1;
}

/* Before 1.25 a batch with the frequency has nothing in front of it. */
uint8_t shapes_sync_byte(const struct shapes *s)
{
    return s->version < 25 ? 0 : EvSync;
}

/* Finding one by its name */

const struct shape *shapes_find(const struct shapes *s, const char *name, enum place place)
{
    for (unsigned id = 0; id < 256; id++) {
        const struct shape *shape = &s->by_id[id];
        if (shape->name && shape->place == place && strcmp(shape->name, name) == 0)
            return shape;
    }
    return NULL;
}

int shape_field(const struct shape *shape, const char *name)
{
    for (int i = 0; i < shape->len; i++) {
        if (strcmp(shape->field[i].name, name) == 0)
            return i;
    }
    return -1;
}

enum { NAME_MAX_LEN = 40 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edits (insert, delete, replace, swap) from a to b, at most `limit` + 1. */
static unsigned edit_distance(const char *a, const char *b, unsigned limit)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned rows[3][NAME_MAX_LEN + 1], *before = rows[0], *last = rows[1], *row = rows[2];
    if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
        return limit + 1;
    for (unsigned j = 0; j <= m; j++)
        last[j] = j;
    for (unsigned i = 1; i <= n; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *spare = before;
        before = last, last = row, row = spare;
    }
    return last[m] < limit + 1 ? last[m] : limit + 1;
}

/* A third of a name's letters may be wrong; of equally near ones the first is
 * told. */
const char *shapes_suggest(const struct shapes *s, const char *name, enum place place)
{
    unsigned best = 1 + (unsigned)strlen(name) / 3;
    const char *found = NULL;
    for (unsigned id = 0; id < 256; id++) {
        const struct shape *shape = &s->by_id[id];
        if (!shape->name || shape->place != place)
            continue;
        unsigned d = edit_distance(name, shape->name, best);
        if (d < best || (d == best && !found)) {
            best = d;
            found = shape->name;
        }
    }
    return found;
}

/* Records */

static bool put_nums(struct buf *out, const struct num *num, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!num_put(out, num[i]))
            return false;
    }
    return true;
}

/* A frame has no id, and so no first byte. */
static bool put_v2(struct buf *out, const struct record *r)
{
    size_t exp = r->shape->id == EvExperimentalBatch; /* a byte, not a varint */
    return (!r->shape->id || buf_add_byte(out, r->shape->id)) &&
           (!exp || buf_add_byte(out, (uint8_t)r->num[0].value)) &&
           put_nums(out, r->num + exp, r->len - exp) && buf_add(out, r->body, r->body_len);
}

/* The high bits of the type byte. Few arguments need no byte length; stacks
 * and logs have one all the same. */
static unsigned v1_form(const struct shapes *s, const struct record *r)
{
    size_t form = r->len - shapes_v1_base(s);
    bool prefix = r->shape->body != BODY_NONE && !r->list;
    return prefix || form > V1_LENGTH_PREFIX ? V1_LENGTH_PREFIX : (unsigned)form;
}

/* A length that the text gives may be wrong, and is written as it is: that is
 * what it is for. */
static bool put_prefix(struct buf *out, const struct record *r, uint64_t len)
{
    struct num n = r->prefix;
    if (!r->prefix_given)
        n.value = len;
    return (!n.size || n.size >= leb128_size(n.value)) && num_put(out, n);
}

/* Into a buffer first, since their length stands before them. */
static bool put_v1_args(struct buf *out, const struct record *r, bool prefix, size_t n)
{
    bool frames = r->shape->body == BODY_FRAMES && !r->list;
    struct buf args = {0};
    bool ok = put_nums(&args, r->num, n) && (!frames || buf_add(&args, r->body, r->body_len)) &&
              (!prefix || put_prefix(out, r, args.len)) && buf_add(out, args.data, args.len);
    buf_free(&args);
    return ok;
}

/* A string has its id alone before the text, and no length in front. */
bool record_prefixed(const struct shapes *s, const struct record *r)
{
    bool string = r->shape->body == BODY_TEXT && r->len == 2;
    return !s->v2 && r->shape->id && !string && v1_form(s, r) == V1_LENGTH_PREFIX;
}

/* A string's and a log's text comes behind the arguments, its length first. */
static bool put_v1(struct buf *out, const struct shapes *s, const struct record *r)
{
    bool text = r->shape->body == BODY_TEXT, prefix = record_prefixed(s, r);
    unsigned form = prefix ? V1_LENGTH_PREFIX : text ? 0 : v1_form(s, r);
    return buf_add_byte(out, (uint8_t)(r->shape->id | form << 6)) &&
           put_v1_args(out, r, prefix, r->len - text) &&
           (!text || num_put(out, r->num[r->len - 1])) &&
           (!text || buf_add(out, r->body, r->body_len));
}

bool record_put(struct buf *out, const struct shapes *s, const struct record *r)
{
    if (s->v2 || !r->shape->id)
        return put_v2(out, r);
    return put_v1(out, s, r);
}

/* Only the very bytes that this version's header has: written again, the header
 * has to be the same. */
uint32_t header_version(const uint8_t header[16])
{
    char text[17] = {0}, again[17] = {0};
    unsigned version;
    memcpy(text, header, 16);
    if (sscanf(text, "go 1.%3u trace", &version) != 1)
        return 0;
    (void)snprintf(again, sizeof again, "go 1.%u trace", version);
    return version >= 5 && memcmp(text, again, sizeof text) == 0 ? version : 0;
}
