/* pprof.c: samples as a profile of pprof (its proto/profile.proto, whose numbers of fields
 * stand here). Its messages may come in any order, so each goes out as soon as it is known,
 * and the table of strings behind all else. */
#include "base/diag.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "export/protobuf.h"
#include "gotrace_lua.h"

enum { PIECE = 64 << 10 }; /* bytes that go out together */
enum { MAPPING = 1 };      /* the number of the one that there is */

enum { /* fields of a profile */
       SAMPLE_TYPE = 1,
       SAMPLE = 2,
       A_MAPPING = 3,
       LOCATION = 4,
       FUNCTION = 5,
       STRING = 6,
       TIME = 9,
       DURATION = 10,
       PERIOD_TYPE = 11,
       PERIOD = 12,
       COMMENT = 13,
       DEFAULT_TYPE = 14
};

struct location {
    gotrace_frame frame;
    uint32_t next; /* with the same hash; MAP_NONE: none */
};

struct gotrace_pprof {
    gotrace_output *to;         /* borrowed, as all of these */
    const gotrace_names *names; /* of all ids */
    const gotrace_profile *about;
    gotrace_diag *diag;
    gotrace_status status; /* the first that was not GOTRACE_OK */
    struct protobuf out;   /* not yet written */
    struct protobuf message, inner;
    struct hash_secret secret;
    struct map strings;   /* interned id -> number in the profile */
    VEC(uint32_t) texts;  /* and back */
    struct map functions; /* names of function and file -> number, from 1 on */
    uint32_t function_count;
    struct map location_at; /* hash of a frame -> its last location */
    VEC(struct location) locations;
    VEC(uint64_t) stack; /* numbers of a sample's locations */
};

/* The first failure stays: what comes behind it is of no interest. */
static void no_memory(struct gotrace_pprof *w)
{
    if (w->status == GOTRACE_OK)
        w->status = diag_no_memory(w->diag);
}

/* Hands on what there is, from `least` bytes on. After a failure it is dropped
 * all the same, so that no more than a piece is ever in memory. */
static void hand_on(struct gotrace_pprof *w, size_t least)
{
    if (w->out.failed)
        no_memory(w);
    if (w->status == GOTRACE_OK && w->out.bytes.len >= least)
        w->status = gotrace_output_write(w->to, w->out.bytes.data, w->out.bytes.len, w->diag);
    if (w->out.bytes.len >= least)
        protobuf_clear(&w->out);
}

/* The message at hand is done. */
static void put_message(struct gotrace_pprof *w, uint32_t field)
{
    protobuf_message(&w->out, field, &w->message);
    protobuf_clear(&w->message);
    hand_on(w, PIECE);
}

/* As put_message, of a message within the one at hand. */
static void put_inner(struct gotrace_pprof *w, uint32_t field)
{
    protobuf_message(&w->message, field, &w->inner);
    protobuf_clear(&w->inner);
}

/* Names */

/* The number of an interned string. 0 is "", there and here. */
static uint32_t text(struct gotrace_pprof *w, uint32_t id)
{
    uint32_t number = map_get(&w->strings, id);
    if (number != MAP_NONE)
        return number;
    number = (uint32_t)w->texts.len;
    if (VEC_PUSH(&w->texts, id) && map_put(&w->strings, id, number))
        return number;
    no_memory(w);
    return 0;
}

/* Where */

/* Its texts are numbers only: the table of strings comes behind all else. */
static void put_function(struct gotrace_pprof *w, const gotrace_frame *f, uint32_t number)
{
    uint32_t name = text(w, f->func);
    protobuf_number(&w->message, 1, number);
    protobuf_number(&w->message, 2, name);
    protobuf_number(&w->message, 3, name); /* as the system has it */
    protobuf_number(&w->message, 4, text(w, f->file));
    put_message(w, FUNCTION);
}

/* The number of a frame's function, which goes out with the first frame that is
 * in it. Two functions of one name in two files are two. */
static uint32_t function(struct gotrace_pprof *w, const gotrace_frame *f)
{
    uint64_t key = (uint64_t)f->func << 32 | f->file;
    uint32_t number = map_get(&w->functions, key);
    if (number != MAP_NONE)
        return number;
    number = ++w->function_count;
    if (!map_put(&w->functions, key, number))
        no_memory(w);
    put_function(w, f, number);
    return number;
}

/* One without a name, of Go 1.5, is its address. The function goes out first:
 * there is one message at hand. */
static void put_location(struct gotrace_pprof *w, const gotrace_frame *f, uint32_t number)
{
    uint32_t name = f->func ? function(w, f) : 0;
    protobuf_number(&w->message, 1, number);
    protobuf_number(&w->message, 2, MAPPING);
    protobuf_number(&w->message, 3, f->pc);
    if (name) {
        protobuf_number(&w->inner, 1, name);
        protobuf_number(&w->inner, 2, f->line);
        put_inner(w, 4);
    }
    put_message(w, LOCATION);
}

static bool is_same(const gotrace_frame *a, const gotrace_frame *b)
{
    return a->pc == b->pc && a->line == b->line && a->func == b->func && a->file == b->file;
}

/* Its number, from 1 on; 0: no memory. first: where those with its hash begin. */
static uint32_t add_location(struct gotrace_pprof *w, const gotrace_frame *f, uint64_t hash,
                             uint32_t first)
{
    struct location location = {*f, first};
    uint32_t at = (uint32_t)w->locations.len;
    if (!VEC_PUSH(&w->locations, location) || !map_put(&w->location_at, hash, at)) {
        no_memory(w);
        return 0;
    }
    put_location(w, f, at + 1);
    return at + 1;
}

/* The number of a frame's location. Its hash has a secret, as those of samples. */
static uint32_t location(struct gotrace_pprof *w, const gotrace_frame *f)
{
    uint64_t hash = hash_bytes(&w->secret, f, sizeof *f);
    uint32_t first = map_get(&w->location_at, hash);
    for (uint32_t i = first; i != MAP_NONE; i = w->locations.data[i].next)
        if (is_same(&w->locations.data[i].frame, f))
            return i + 1;
    return add_location(w, f, hash, first);
}

/* Samples */

/* A frame that says nothing stands where a runtime knew none. */
static bool says_something(const gotrace_frame *f)
{
    return f->pc || f->func || f->file;
}

/* The innermost frame comes first there, as here. Locations that are new go out
 * now, before the sample is begun. */
static void find_locations(struct gotrace_pprof *w, uint32_t stack)
{
    uint32_t n = gotrace_stack_len(w->names, stack);
    w->stack.len = 0;
    for (uint32_t i = 0; i < n; i++) {
        const gotrace_frame *f = gotrace_stack_frame(w->names, stack, i);
        if (says_something(f) && !VEC_PUSH(&w->stack, location(w, f)))
            no_memory(w);
    }
}

/* The labels of set 0, if it has any, begin at 0; those of others where the set
 * before ends. A text or a number with its unit: what is 0 is not written. */
static void put_labels(struct gotrace_pprof *w, uint32_t set)
{
    uint32_t i = set ? w->about->label_ends[set - 1] : 0;
    for (; i < w->about->label_ends[set]; i++) {
        const gotrace_label *l = &w->about->labels[i];
        protobuf_number(&w->inner, 1, text(w, l->key));
        protobuf_number(&w->inner, 2, l->unit ? 0 : text(w, l->text));
        protobuf_number(&w->inner, 3, l->unit ? (uint64_t)l->number : 0);
        protobuf_number(&w->inner, 4, text(w, l->unit));
        put_inner(w, 3);
    }
}

/* Values are written as 64 bits without a sign, as protobuf has its int64. */
static void put_sample(struct gotrace_pprof *w, const gotrace_sample *s)
{
    uint64_t values[2] = {(uint64_t)s->value[0], (uint64_t)s->value[1]};
    find_locations(w, s->stack);
    protobuf_packed(&w->message, 1, w->stack.data, w->stack.len);
    protobuf_packed(&w->message, 2, values, w->about->types);
    put_labels(w, s->labels);
    put_message(w, SAMPLE);
}

static void put_samples(struct gotrace_pprof *w, const gotrace_samples *samples)
{
    gotrace_sample sample;
    for (uint32_t i = 0; gotrace_samples_at(samples, i, &sample) && w->status == GOTRACE_OK; i++)
        put_sample(w, &sample);
}

/* The profile as a whole */

static void put_type(struct gotrace_pprof *w, uint32_t field, uint32_t type, uint32_t unit)
{
    protobuf_number(&w->message, 1, text(w, type));
    protobuf_number(&w->message, 2, text(w, unit));
    put_message(w, field);
}

/* That names are known, so that nobody looks for a program to find them in. */
static void put_mapping(struct gotrace_pprof *w)
{
    protobuf_number(&w->message, 1, MAPPING);
    for (uint32_t has = 7; has <= 10; has++) /* functions, files, lines, inlined frames */
        protobuf_number(&w->message, has, 1);
    put_message(w, A_MAPPING);
}

/* A period of 1: each value counts for itself. */
static void put_about(struct gotrace_pprof *w)
{
    const gotrace_profile *about = w->about;
    for (uint32_t i = 0; i < about->types; i++)
        put_type(w, SAMPLE_TYPE, about->type[i], about->unit[i]);
    put_type(w, PERIOD_TYPE, about->period_type, about->period_unit);
    put_mapping(w);
    uint64_t comment = text(w, about->comment);
    protobuf_number(&w->out, PERIOD, 1);
    protobuf_number(&w->out, TIME, (uint64_t)about->time);
    protobuf_number(&w->out, DURATION, (uint64_t)about->duration);
    protobuf_packed(&w->out, COMMENT, &comment, 1);
    protobuf_number(&w->out, DEFAULT_TYPE, text(w, about->default_type));
}

void gotrace_pprof_free(gotrace_pprof *w)
{
    if (!w)
        return;
    protobuf_free(&w->out);
    protobuf_free(&w->message);
    protobuf_free(&w->inner);
    map_free(&w->strings);
    VEC_FREE(&w->texts);
    map_free(&w->functions);
    map_free(&w->location_at);
    VEC_FREE(&w->locations);
    VEC_FREE(&w->stack);
    mem_free(w);
}

gotrace_pprof *gotrace_pprof_new(gotrace_output *to, const gotrace_names *names)
{
    gotrace_pprof *w = mem_zeroed(1, sizeof *w);
    if (!w)
        return NULL;
    w->to = to;
    w->names = names;
    w->secret = hash_secret();
    (void)text(w, 0); /* the table of strings begins with "" */
    if (w->status == GOTRACE_OK)
        return w;
    gotrace_pprof_free(w);
    return NULL;
}

/* about is needed in this call alone; what is left of a piece is written as
 * well, so that only strings follow. */
gotrace_status gotrace_pprof_write(gotrace_pprof *w, const gotrace_samples *samples,
                                   const gotrace_profile *about, gotrace_diag *diag)
{
    w->about = about;
    w->diag = diag;
    put_about(w);
    put_samples(w, samples);
    hand_on(w, 0);
    return w->status;
}

bool gotrace_pprof_text_at(const gotrace_pprof *w, uint32_t i, uint32_t *id)
{
    if (i >= w->texts.len)
        return false;
    *id = w->texts.data[i];
    return true;
}

gotrace_status gotrace_pprof_text(gotrace_pprof *w, const void *data, size_t n, gotrace_diag *diag)
{
    w->diag = diag;
    protobuf_bytes(&w->out, STRING, data, n);
    hand_on(w, PIECE);
    return w->status;
}

gotrace_status gotrace_pprof_end(gotrace_pprof *w, gotrace_diag *diag)
{
    w->diag = diag;
    hand_on(w, 0);
    return w->status;
}
