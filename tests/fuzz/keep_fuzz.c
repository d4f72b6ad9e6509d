/* keep_fuzz.c: whatever a script does to whatever trace, what is written is
 * valid.
 *
 * The first bytes choose the version, how the script rolls its dice and what it
 * does; the rest follows the trace's header. The output must read back as the
 * latest version without damage and with as many events as the writer says; of
 * a v2 trace that was whole and left alone with the same events. By fast paths and
 * without any (src/read/plan.h) the same must come out.
 *
 * GOTRACE_KEEP_OUTPUT names a file in which the output is left. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gotrace_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes before the trace: version, in the highest bit whether it is strict,
 * in the one below whether generations may go through as they are, in the two
 * below that by which paths; seed, two of them; what the
 * script does; how often, of 255. */
enum { CHOICES = 5, HEADER = 16, VERSIONS = 16, PASS = 64, STRICT = 128 };
enum { PATHS = 4, PATHS_AT = 4 };
enum {
    DROP = 1,
    DROP_TYPES = 2,
    EDIT = 4,
    SET_TIME = 8,
    ADD = 16,
    HIDE = 32,
    CUT_BEGIN = 64,
    CUT_END = 128
};
enum { LATEST = 26, FIRST_V2 = 22, CPU_SAMPLE = 7, TYPES = 137, MOST_ADDED = 3 };

/* Values that came by lately, to be used where others belong. */
enum { KEPT = 16 };
struct pool {
    uint64_t value[KEPT];
    unsigned len, next;
};
enum { POOLS = GOTRACE_ARG_PSTATUS + 1, TEXTS = 7 };

struct script {
    uint64_t dice;
    uint8_t does, rate;
    uint64_t from, to; /* window, by the numbers of events */
    uint64_t types;    /* seed of the set of types that are dropped */
    bool passes;       /* nothing else is done, and to a few types only */
    struct pool seen[POOLS];
    uint32_t text[TEXTS];
    gotrace_event extra[GOTRACE_BATCH * (MOST_ADDED + 1) + 64];
    size_t extra_len;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

/* Dice */

static uint64_t roll(struct script *s, uint64_t sides)
{
    s->dice = mix(s->dice + 1, 0x5851f42d4c957f2du);
    return (s->dice >> 16) % sides;
}

static bool happens(struct script *s, uint8_t what)
{
    return s->does & what && roll(s, 255) < s->rate;
}

static uint64_t recent(struct script *s, unsigned kind)
{
    const struct pool *p = &s->seen[kind];
    return p->len ? p->value[roll(s, p->len)] : 1;
}

static void see(struct script *s, unsigned kind, uint64_t value)
{
    struct pool *p = &s->seen[kind];
    p->value[p->next] = value;
    p->next = (p->next + 1) % KEPT;
    p->len += p->len < KEPT;
}

static void see_all(struct script *s, const gotrace_event *e)
{
    const gotrace_spec *spec = gotrace_spec_of(e->type);
    for (unsigned i = 0; i < spec->nargs; i++)
        see(s, spec->arg_type[i], e->arg[i]);
    see(s, GOTRACE_ARG_G, (uint64_t)e->g);
    see(s, GOTRACE_ARG_P, (uint64_t)e->p);
    see(s, GOTRACE_ARG_M, (uint64_t)e->m);
}

/* Values as scripts can make them (lua/gotrace/event/argument.lua). */

static uint64_t any_number(struct script *s)
{
    static const uint64_t odd[] = {0, 1, 127, 128, 65535, UINT32_MAX, UINT64_C(1) << 53};
    return roll(s, 2) ? roll(s, 8) : odd[roll(s, sizeof odd / sizeof *odd)];
}

static uint64_t any_of(struct script *s, unsigned kind)
{
    switch (kind) {
    case GOTRACE_ARG_STR:
        return roll(s, 2) ? recent(s, kind) : s->text[roll(s, TEXTS)];
    case GOTRACE_ARG_STACK:
        return s->seen[kind].len && roll(s, 2) ? recent(s, kind) : 0;
    case GOTRACE_ARG_GSTATUS:
    case GOTRACE_ARG_PSTATUS:
        return 1 + roll(s, 4);
    case GOTRACE_ARG_NUM:
    case GOTRACE_ARG_SEQ:
        return any_number(s);
    default:
        return roll(s, 4) ? recent(s, kind) : any_number(s);
    }
}

static int64_t any_time(struct script *s, int64_t time)
{
    switch (roll(s, 8)) {
    case 0:
        return INT64_C(1) << 53;
    case 1:
        return 0;
    default:
        return time + (int64_t)(any_number(s) % 1000000) - 100;
    }
}

static bool make_texts(struct script *s, gotrace_names *names)
{
    static const char *const texts[] = {"x", "forever", "GC (dedicated)", "", "\xff\xc3"};
    char longest[2000];
    bool ok = true;
    size_t n = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < n; i++)
        ok &= gotrace_intern(names, texts[i], strlen(texts[i]), &s->text[i]);
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = "\xe2\x82\xac"[i % 3];
    return ok && gotrace_intern(names, longest, sizeof longest, &s->text[n]) &&
           gotrace_intern(names, longest, 1024, &s->text[n + 1]);
}

/* What the script does to an event */

/* A new one at the end of extra, a copy of e. */
static gotrace_event *append(struct script *s, const gotrace_event *e, uint32_t at, uint8_t flags)
{
    gotrace_event *x = &s->extra[s->extra_len++];
    *x = *e;
    x->at = at;
    x->verdict = GOTRACE_KEEP;
    x->flags = flags;
    return x;
}

static void edit(struct script *s, gotrace_event *e, uint32_t at)
{
    const gotrace_spec *spec = gotrace_spec_of(e->type);
    bool args = happens(s, EDIT), time = happens(s, SET_TIME);
    if (!args && !time)
        return;
    (void)append(s, e, at, GOTRACE_ORIGINAL);
    e->flags = GOTRACE_EDITED;
    for (unsigned i = 0; args && i < spec->nargs; i++) {
        if (spec->arg_type[i] != GOTRACE_ARG_SEQ && roll(s, 2))
            e->arg[i] = any_of(s, spec->arg_type[i]);
    }
    if (time) {
        e->time = any_time(s, e->time);
        e->flags |= GOTRACE_TIME_SET;
    }
}

static uint8_t any_type(struct script *s)
{
    for (;;) {
        uint8_t type = (uint8_t)roll(s, TYPES);
        const gotrace_spec *spec = gotrace_spec_of(type);
        if (spec && spec->timed)
            return type;
    }
}

static void add(struct script *s, const gotrace_event *e, uint32_t at)
{
    gotrace_event *x = append(s, e, at, GOTRACE_ADDED);
    x->type = any_type(s);
    const gotrace_spec *spec = gotrace_spec_of(x->type);
    for (unsigned i = 0; i < spec->nargs; i++)
        x->arg[i] = any_of(s, spec->arg_type[i]);
    if (!roll(s, 4))
        x->g = (int64_t)any_of(s, GOTRACE_ARG_G);
    if (!roll(s, 4))
        x->p = (int64_t)any_of(s, GOTRACE_ARG_P);
    if (!roll(s, 4))
        x->m = x->home = (int64_t)any_of(s, GOTRACE_ARG_M);
    if (!roll(s, 4)) {
        x->time = any_time(s, e->time);
        x->flags |= GOTRACE_TIME_SET;
    }
}

/* HeapAlloc, HeapGoal, UserLog */
static bool is_free(uint8_t type)
{
    return type == CPU_SAMPLE || type == 37 || type == 38 || type == 44;
}

static bool drops(struct script *s, uint8_t type)
{
    if (s->passes)
        return is_free(type) && mix(s->types, type) % 255 < s->rate;
    return happens(s, DROP) || (s->does & DROP_TYPES && mix(s->types, type) % 255 < s->rate);
}

static void judge(struct script *s, gotrace_event *e, uint32_t at)
{
    if (!gotrace_spec_of(e->type))
        return;
    if (e->n < s->from || e->n > s->to) {
        e->verdict = GOTRACE_CUT;
        return;
    }
    see_all(s, e);
    edit(s, e, at);
    if (drops(s, e->type))
        e->verdict = GOTRACE_DROP;
    for (unsigned i = 0; i < MOST_ADDED && happens(s, ADD); i++)
        add(s, e, at);
}

/* Reading and writing */

static void fail(const char *what, const gotrace_diag *d)
{
    (void)fprintf(stderr, "keep_fuzz: %s\n", what);
    if (d)
        (void)fprintf(stderr,
                      "%s\nhave: %s\nwant: %s\nevent: %s, generation %" PRIu64 ", thread %" PRId64
                      ", offset %" PRIu64 "\n",
                      d->what, d->have, d->want, d->event, d->gen, d->m, d->offset);
    abort();
}

struct outcome {
    uint64_t events, damages, hash;
    uint64_t others, other_hash; /* but for statuses, and stacks */
};

/* The same of an event and of what it is rewritten as. */
static uint64_t hash(uint64_t h, const gotrace_event *e, bool stacks)
{
    const gotrace_spec *spec = gotrace_spec_of(e->type);
    h = mix(mix(mix(mix(h, e->type), (uint64_t)e->m), (uint64_t)e->p), (uint64_t)e->g);
    for (unsigned i = 0; i < spec->nargs; i++) {
        uint8_t type = spec->arg_type[i];
        if (type != GOTRACE_ARG_SEQ && (stacks || type != GOTRACE_ARG_STACK))
            h = mix(h, e->arg[i]);
    }
    return h;
}

/* The writer leaves out statuses that only Go's reader takes, and names the frames
 * that have no name. */
static void note(struct outcome *o, const gotrace_event *e)
{
    const gotrace_spec *spec = gotrace_spec_of(e->type);
    if (!spec)
        return;
    o->hash = hash(o->hash, e, true);
    if (strstr(spec->name, "Status"))
        return;
    o->others++;
    o->other_hash = hash(o->other_hash, e, false);
}

static void want_all(gotrace *t)
{
    uint8_t wanted[256];
    memset(wanted, 1, sizeof wanted);
    gotrace_want(t, wanted, GOTRACE_ORDER_FULL);
}

/* Everything in t, through the script, to w. False: it was refused. */
static bool rewrite(struct script *s, gotrace *t, gotrace_writer *w, struct outcome *in)
{
    gotrace_batch batch;
    gotrace_diag diag;
    gotrace_status st = GOTRACE_OK;
    while (st == GOTRACE_OK && gotrace_next(t, &batch, &diag) == GOTRACE_OK) {
        s->extra_len = 0;
        for (uint32_t i = 0; i < batch.len; i++) {
            note(in, &batch.events[i]);
            judge(s, &batch.events[i], i);
        }
        if (s->does & HIDE && !roll(s, 4))
            st = gotrace_writer_hide(w, (int64_t)recent(s, GOTRACE_ARG_G), &diag);
        if (st == GOTRACE_OK)
            st = gotrace_write(w, &batch, s->extra, s->extra_len, &diag);
    }
    in->events = gotrace_info_of(t)->events;
    in->damages = gotrace_info_of(t)->damages;
    if (st != GOTRACE_OK && st != GOTRACE_DAMAGED)
        fail("it cannot be written", &diag);
    return st == GOTRACE_OK;
}

static struct outcome read_back(const char *path, gotrace_names *names)
{
    struct outcome o = {0};
    gotrace *t;
    gotrace_batch batch;
    gotrace_diag diag;
    if (gotrace_open(&t, path, names, &diag) != GOTRACE_OK)
        fail("the output cannot be opened", &diag);
    want_all(t);
    while (gotrace_next(t, &batch, &diag) == GOTRACE_OK) {
        for (uint32_t i = 0; i < batch.len; i++)
            note(&o, &batch.events[i]);
    }
    if (gotrace_info_of(t)->damages)
        fail("the output is damaged", gotrace_damage(t, 0, &o.damages));
    if (gotrace_info_of(t)->version != LATEST)
        fail("the output is of another version", NULL);
    o.events = gotrace_info_of(t)->events;
    gotrace_close(t);
    return o;
}

static void check(const struct outcome *in, const struct outcome *out,
                  const gotrace_written *written, bool same)
{
    if (out->events != written->events)
        fail("another number of events than the writer says", NULL);
    if (same && out->others != in->others)
        fail("more or fewer events, though nothing was changed", NULL);
    if (same && out->other_hash != in->other_hash)
        fail("other events, though nothing was changed", NULL);
}

/* Lets the writer do it alone, as far as it can. */
static bool pass(struct script *s, gotrace_writer *w)
{
    uint8_t dropped[256] = {0};
    for (unsigned type = 0; type < 256; type++)
        dropped[type] = drops(s, (uint8_t)type);
    return gotrace_writer_pass(w, dropped);
}

/* Where it can be, in memory. */
static const char *output_path(void)
{
    static char path[64];
    const char *chosen = getenv("GOTRACE_KEEP_OUTPUT");
    (void)snprintf(path, sizeof path, "%s/gotrace-keep-%ld",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    return chosen ? chosen : path;
}

/* What is read back; events of none that was refused are all ones. */
static struct outcome try_trace(struct script *s, gotrace *t, gotrace_names *names, bool strict)
{
    const char *path = output_path();
    bool v2 = gotrace_info_of(t)->version >= FIRST_V2;
    struct outcome in = {0};
    gotrace_writer *w;
    gotrace_diag diag;
    want_all(t);
    if (gotrace_writer_open(&w, path, t, names, strict, &diag) != GOTRACE_OK)
        fail("there is no place for the output", &diag);
    if (s->passes)
        v2 &= !pass(s, w); /* then nobody has seen the events */
    if (!rewrite(s, t, w, &in)) {
        gotrace_writer_abandon(w);
        return (struct outcome){.events = UINT64_MAX};
    }
    if (gotrace_writer_end(w, &diag) != GOTRACE_OK)
        fail("it cannot be ended", &diag);
    gotrace_written written = *gotrace_writer_written(w);
    if (gotrace_writer_commit(w, &diag) != GOTRACE_OK)
        fail("it cannot be committed", &diag);
    struct outcome out = read_back(path, names);
    bool same = v2 && !in.damages && !written.touched && !written.cut && !written.withheld;
    check(&in, &out, &written, same);
    if (!getenv("GOTRACE_KEEP_OUTPUT"))
        (void)unlink(path);
    return out;
}

static struct script *new_script(const uint8_t *choices, gotrace_names *names)
{
    struct script *s = calloc(1, sizeof *s);
    if (!s || !make_texts(s, names))
        abort();
    s->dice = (uint64_t)choices[1] << 8 | choices[2];
    s->passes = choices[0] & PASS;
    s->does = s->passes ? 0 : choices[3];
    s->rate = choices[4];
    s->types = roll(s, UINT32_MAX);
    s->from = s->does & CUT_BEGIN ? roll(s, 200) : 0;
    s->to = s->does & CUT_END ? s->from + roll(s, 1000) : UINT64_MAX;
    return s;
}

/* By those paths alone: GOTRACE_PATHS. */
static struct outcome try_by(const char *paths, const uint8_t *choices, const uint8_t *trace,
                             size_t len, gotrace_names *names)
{
    struct outcome out = {0};
    struct script *s = new_script(choices, names);
    gotrace *t;
    gotrace_diag diag;
    (void)setenv("GOTRACE_PATHS", paths, 1);
    if (gotrace_open_memory(&t, trace, len, 0, names, &diag) == GOTRACE_OK) {
        out = try_trace(s, t, names, choices[0] & STRICT);
        gotrace_close(t);
    }
    free(s);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int versions[VERSIONS] = {5,  7,  8,  9,  10, 11, 19, 21,
                                           22, 23, 25, 26, 26, 26, 26, 26};
    if (size < CHOICES)
        return 0;
    static const char *const paths[PATHS] = {"", "copy,in-place", "threads,keeper", "copy,threads"};
    gotrace_names *names = gotrace_names_new();
    size_t len = HEADER + size - CHOICES;
    uint8_t *trace = calloc(1, len + 1);
    (void)snprintf((char *)trace, HEADER + 1, "go 1.%d trace", versions[data[0] % VERSIONS]);
    memcpy(trace + HEADER, data + CHOICES, size - CHOICES);
    struct outcome slow = try_by("slow", data, trace, len, names);
    struct outcome fast = try_by(paths[data[0] >> PATHS_AT & (PATHS - 1)], data, trace, len, names);
    if (slow.events != fast.events || slow.hash != fast.hash)
        fail("another output by another path", NULL);
    free(trace);
    gotrace_names_free(names);
    return 0;
}
