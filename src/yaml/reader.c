#include "yaml/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

enum {
    DEEPEST = 12, /* maps and lists in each other */
    NAME_MAX_LEN = 70
};

struct yaml_in {
    yaml_parser_t parser;
    yaml_event_t event; /* the node last returned, which owns its text */
    FILE *file;         /* owned; NULL for text in memory and standard input */
    char name[NAME_MAX_LEN + 1];
    gotrace_diag own, *diag; /* diag is the caller's, or own */
    gotrace_status status;
    int read_errno;
    size_t charged; /* to the budget, for what libyaml makes of one node */
    unsigned depth;
    bool parsing, started, done;
};

/* Errors */

/* The first error is the cause: those that follow from it are not told. */
static bool fail_at(yaml_in *in, size_t line, size_t column, const char *fmt, va_list ap)
{
    char what[sizeof in->diag->what];
    if (in->status != GOTRACE_OK)
        return false;
    (void)vsnprintf(what, sizeof what, fmt, ap);
    in->status = diag_set(in->diag, GOTRACE_DAMAGED, DIAG_NO_OFFSET, "%s:%zu:%zu: %s", in->name,
                          line, column, what);
    return false;
}

bool yaml_in_fail(yaml_in *in, const struct yaml_node *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fail_at(in, node->line, node->column, fmt, ap);
    va_end(ap);
    return false;
}

static bool fail_mark(yaml_in *in, yaml_mark_t mark, const char *fmt, ...) DIAG_PRINTF(3, 4);
static bool fail_mark(yaml_in *in, yaml_mark_t mark, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fail_at(in, mark.line + 1, mark.column + 1, fmt, ap);
    va_end(ap);
    return false;
}

/* In brackets behind the sentence, and cut where there is no more room for it. */
void yaml_in_want(yaml_in *in, const char *fmt, ...)
{
    char *what = in->diag->what;
    size_t len = strlen(what), size = sizeof in->diag->what;
    va_list ap;
    (void)snprintf(what + len, size - len, " (");
    len = strlen(what);
    va_start(ap, fmt);
    (void)vsnprintf(what + len, size - len, fmt, ap);
    va_end(ap);
    len = strlen(what);
    (void)snprintf(what + len, size - len, ")");
}

bool yaml_in_no_memory(yaml_in *in)
{
    if (in->status == GOTRACE_OK)
        in->status = diag_no_memory(in->diag);
    return false;
}

gotrace_status yaml_in_status(const yaml_in *in)
{
    return in->status;
}

/* What libyaml says, in our form. */
static void fail_parser(yaml_in *in)
{
    const yaml_parser_t *p = &in->parser;
    /* The reader of characters fails ahead of any mark. */
    yaml_mark_t mark = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
    if (in->read_errno) {
        errno = in->read_errno;
        in->status = diag_system(in->diag, "cannot read %s", in->name);
    } else if (p->error == YAML_MEMORY_ERROR) {
        (void)yaml_in_no_memory(in);
    } else {
        (void)fail_mark(in, mark, "not YAML: %s", p->problem ? p->problem : "cannot be parsed");
    }
}

/* Opening */

/* libyaml has no allocator to set. It keeps the text of one node, which grows by
 * doubling, and of which a byte can become one and a half. */
enum { CHARGE = 4 };

static bool charge(yaml_in *in, size_t n)
{
    if (!mem_charge(n * CHARGE))
        return yaml_in_no_memory(in);
    in->charged += n * CHARGE;
    return true;
}

static void discharge(yaml_in *in)
{
    mem_discharge(in->charged);
    in->charged = 0;
}

/* What libyaml calls for more bytes. 0 makes it fail; read_errno, or the
 * status, tells why. */
static int read_file(void *arg, unsigned char *to, size_t size, size_t *got)
{
    yaml_in *in = arg;
    FILE *f = in->file ? in->file : stdin;
    errno = 0;
    *got = fread(to, 1, size, f);
    if (!ferror(f))
        return charge(in, *got);
    in->read_errno = errno ? errno : EIO;
    return 0;
}

/* Of a long path only the end is told. */
static void set_name(yaml_in *in, const char *path)
{
    size_t len = strlen(path);
    const char *dots = len > NAME_MAX_LEN ? "..." : "";
    const char *tail = len > NAME_MAX_LEN ? path + len - (NAME_MAX_LEN - 3) : path;
    (void)snprintf(in->name, sizeof in->name, "%s%s", dots, tail);
}

/* A NULL diag gets one of our own, so that nobody has to ask for it. */
static gotrace_status in_new(yaml_in **out, const char *name, gotrace_diag *diag)
{
    yaml_in *in = *out = mem_zeroed(1, sizeof *in);
    if (!in)
        return diag_no_memory(diag);
    in->diag = diag ? diag : &in->own;
    set_name(in, name);
    if (yaml_parser_initialize(&in->parser)) {
        in->parsing = true;
        return GOTRACE_OK;
    }
    yaml_in_close(in);
    *out = NULL;
    return diag_no_memory(diag);
}

/* Standard input stays open when the reader is closed. */
gotrace_status yaml_in_open(yaml_in **out, const char *path, gotrace_diag *diag)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? NULL : fopen(path, "rb");
    *out = NULL;
    if (!f && !standard)
        return diag_system(diag, "cannot open %s", path);
    gotrace_status st = in_new(out, standard ? "(standard input)" : path, diag);
    if (st != GOTRACE_OK) {
        if (f)
            (void)fclose(f);
        return st;
    }
    (*out)->file = f;
    yaml_parser_set_input((&(*out)->parser), read_file, *out);
    return GOTRACE_OK;
}

gotrace_status yaml_in_open_memory(yaml_in **out, const void *text, size_t len, const char *name,
                                   gotrace_diag *diag)
{
    gotrace_status st = in_new(out, name, diag);
    if (st == GOTRACE_OK)
        yaml_parser_set_input_string(&(*out)->parser, text, len);
    return st;
}

void yaml_in_close(yaml_in *in)
{
    if (!in)
        return;
    yaml_event_delete(&in->event);
    if (in->parsing)
        yaml_parser_delete(&in->parser);
    if (in->file)
        (void)fclose(in->file);
    discharge(in);
    mem_free(in);
}

/* Nodes */

/* The event before is given back first: its text is borrowed until here. */
static bool next_event(yaml_in *in)
{
    yaml_event_delete(&in->event);
    discharge(in);
    if (in->status != GOTRACE_OK)
        return false;
    if (yaml_parser_parse(&in->parser, &in->event))
        return true;
    fail_parser(in);
    return false;
}

/* Anchors are refused wherever they stand: a few bytes could stand for very
 * many nodes. */
static bool has_anchor(const yaml_event_t *e)
{
    return e->type == YAML_ALIAS_EVENT || (e->type == YAML_SCALAR_EVENT && e->data.scalar.anchor) ||
           (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.anchor) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.anchor);
}

static const char *tag_of(const yaml_event_t *e)
{
    const yaml_char_t *tag = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.tag
                             : e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.tag
                             : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.tag
                                                                    : NULL;
    return (const char *)tag;
}

/* Those that say of text that it is text are fine; the only one of our own is
 * !bytes. */
static bool check_tag(yaml_in *in, struct yaml_node *node)
{
    const char *tag = tag_of(&in->event);
    if (!tag || strcmp(tag, "!") == 0 || strcmp(tag, YAML_STR_TAG) == 0)
        return true;
    node->bytes = node->kind == YAML_SCALAR && strcmp(tag, "!bytes") == 0;
    return node->bytes || yaml_in_fail(in, node, "the tag %.40s means nothing here", tag);
}

/* The text is the event's: see next_event. */
static void set_scalar(const yaml_event_t *e, struct yaml_node *node)
{
    node->kind = YAML_SCALAR;
    node->text = (const char *)e->data.scalar.value;
    node->len = e->data.scalar.length;
    node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

/* The event as a node; false for one that is only about the stream. */
static bool set_node(yaml_in *in, struct yaml_node *node)
{
    const yaml_event_t *e = &in->event;
    node->line = e->start_mark.line + 1;
    node->column = e->start_mark.column + 1;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        set_scalar(e, node);
        return true;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        node->kind = e->type == YAML_MAPPING_START_EVENT ? YAML_MAP : YAML_LIST;
        in->depth++;
        return true;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        in->depth--;
        return true;
    case YAML_DOCUMENT_START_EVENT:
        if (in->started)
            (void)yaml_in_fail(in, node, "a second document begins; one file holds one");
        in->started = true;
        return false;
    case YAML_STREAM_END_EVENT:
        in->done = true;
        return true;
    default:
        return false;
    }
}

/* Depth is limited, since readers of what is inside call each other. */
static bool check_node(yaml_in *in, struct yaml_node *node)
{
    if (has_anchor(&in->event))
        return yaml_in_fail(in, node, "anchors and aliases (& and *) are not read; write it out");
    if (in->depth > DEEPEST)
        return yaml_in_fail(in, node, "maps and lists nested more than %d deep", DEEPEST);
    return check_tag(in, node);
}

/* Events that are only about the stream are passed over. Behind an error all is
 * the end. */
void yaml_in_next(yaml_in *in, struct yaml_node *node)
{
    *node = (struct yaml_node){.kind = YAML_END};
    while (!in->done && next_event(in)) {
        if (!set_node(in, node) && !has_anchor(&in->event))
            continue;
        if (!check_node(in, node))
            break;
        return;
    }
    *node = (struct yaml_node){.kind = YAML_END};
}

/* A key with a NUL inside is refused, as callers compare keys as C strings. */
bool yaml_in_key(yaml_in *in, struct yaml_node *key)
{
    yaml_in_next(in, key);
    if (key->kind == YAML_END)
        return false;
    if (key->kind == YAML_SCALAR && !key->bytes && strlen(key->text) == key->len)
        return true;
    return yaml_in_fail(in, key, "a key must be a word");
}

/* Until the depth is that from before the node, without calling itself. */
void yaml_in_skip(yaml_in *in, const struct yaml_node *node)
{
    struct yaml_node inner;
    unsigned depth = in->depth;
    if (node->kind != YAML_MAP && node->kind != YAML_LIST)
        return;
    do
        yaml_in_next(in, &inner);
    while (in->depth >= depth && in->status == GOTRACE_OK && !in->done);
}

bool yaml_node_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && !node->quoted && !node->bytes &&
           (!node->len || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}
