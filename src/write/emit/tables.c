#include "write/emit/tables.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

void tables_init(struct tables *t, const gotrace_names *names, struct v2_writer *file,
                 uint32_t unknown, bool leaves)
{
    *t = (struct tables){.names = names,
                         .file = file,
                         .unknown = unknown,
                         .leaves = leaves,
                         .secret = hash_secret()};
}

void tables_free(struct tables *t)
{
    stw_names_free(&t->stops);
    for (int i = 0; i < GOTRACE_ROLES; i++)
        VEC_FREE(&t->strings[i]);
    VEC_FREE(&t->later);
    dictionary_free(&t->dictionary);
    VEC_FREE(&t->stacks);
    VEC_FREE(&t->frames);
    map_free(&t->frame_of);
    map_free(&t->moved);
    map_free(&t->taken);
}

/* Lists by interned id are not cleared: an entry of another generation is none
 * (has_id). */
void tables_begin(struct tables *t)
{
    t->generation++;
    t->next_string = TABLES_EVENT_STRINGS;
    t->next_frame_string = TABLES_FRAME_STRINGS;
    t->next_stack = 1;
    t->frames.len = 0;
    t->later.len = 0;
    map_clear(&t->frame_of);
    map_clear(&t->moved);
    map_clear(&t->taken);
}

typedef VEC(uint64_t) ids;

/* The place of an interned id; NULL: no memory. */
static uint64_t *slot(ids *v, uint32_t interned)
{
    if (interned < v->len)
        return &v->data[interned];
    while (v->len <= interned) {
        if (!VEC_PUSH(v, 0))
            return NULL;
    }
    return &v->data[interned];
}

/* Whether the slot holds an id of this generation. */
static bool has_id(const struct tables *t, const uint64_t *at, uint64_t *id)
{
    assert(*at >> 32 <= t->generation); /* of this one or one before */
    *id = *at & UINT32_MAX;
    return *at >> 32 == t->generation;
}

static void give_id(const struct tables *t, uint64_t *at, uint32_t *next, uint64_t *id)
{
    assert(*next && *next < UINT32_MAX);
    *id = (*next)++;
    *at = (uint64_t)t->generation << 32 | *id;
}

/* The first id from *next on that is not a kind's. */
static uint32_t *skip_kinds(const struct tables *t, uint32_t *next)
{
    while (stw_names_owns(&t->stops, *next))
        ++*next;
    assert(!stw_names_owns(&t->stops, *next));
    return next;
}

/* At most V2_MAX_STRING bytes, and no part of a character at the end. */
static size_t clip(const char *text, size_t len)
{
    if (len <= V2_MAX_STRING)
        return len;
    len = V2_MAX_STRING;
    while (len > V2_MAX_STRING - 4 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    assert(len <= V2_MAX_STRING && len >= V2_MAX_STRING - 4);
    return len;
}

static gotrace_status put_string(struct tables *t, uint32_t interned, uint64_t id,
                                 gotrace_diag *diag)
{
    uint32_t len;
    const char *text = gotrace_string(t->names, interned, &len);
    return v2_write_string(t->file, id, text, clip(text, len), diag);
}

/* What we call a thing that has no name is nobody's. */
static bool is_ours(const struct tables *t, uint32_t role, uint32_t interned)
{
    return role != GOTRACE_ROLE_STACK && interned == t->unknown;
}

/* What the dictionary has to say of it, unless it is ours. */
static bool meet(struct tables *t, gotrace_role role, uint32_t interned)
{
    return is_ours(t, role, interned) || dictionary_meet(&t->dictionary, role, interned);
}

/* Leaves it for tables_end. */
static gotrace_status put_later(struct tables *t, gotrace_role role, uint32_t interned, uint64_t id,
                                gotrace_diag *diag)
{
    struct table_entry e = {id, interned, role};
    assert(id && dictionary_is_on(&t->dictionary));
    bool ok = VEC_PUSH(&t->later, e) && meet(t, role, interned);
    return ok ? GOTRACE_OK : diag_no_memory(diag);
}

static gotrace_status write_bytes(struct tables *t, gotrace_role role, uint32_t interned,
                                  uint64_t id, gotrace_diag *diag)
{
    if (dictionary_is_on(&t->dictionary))
        return put_later(t, role, interned, id, diag);
    return put_string(t, interned, id, diag);
}

/* The next id for a string that is not only a frame's, while there are any below
 * those of frames. */
static uint32_t *next_id(struct tables *t, bool of_frame)
{
    if (!of_frame && *skip_kinds(t, &t->next_string) < TABLES_FRAME_STRINGS)
        return &t->next_string;
    return skip_kinds(t, &t->next_frame_string);
}

/* The string's id in this generation: if it has none yet, the next. */
gotrace_status tables_string(struct tables *t, gotrace_role role, uint32_t interned, uint64_t *id,
                             gotrace_diag *diag)
{
    bool of_frame = role == GOTRACE_ROLE_FUNC || role == GOTRACE_ROLE_FILE;
    *id = 0;
    if (interned == 0)
        return GOTRACE_OK;
    int of = dictionary_is_on(&t->dictionary) ? (int)role : GOTRACE_ROLE_FUNC;
    uint64_t *at = slot((ids *)&t->strings[of], interned);
    if (!at)
        return diag_no_memory(diag);
    if (has_id(t, at, id))
        return GOTRACE_OK;
    give_id(t, at, next_id(t, of_frame), id);
    return write_bytes(t, role, interned, *id, diag);
}

/* A kind is written by its own id, whatever id its text may have besides. */
static gotrace_status write_kind(struct tables *t, struct stw_name *k, gotrace_diag *diag)
{
    if (k->generation == t->generation || k->id == 0)
        return GOTRACE_OK;
    assert(stw_names_owns(&t->stops, k->id) || k->id >= STW_FAR_IDS);
    k->generation = t->generation;
    return write_bytes(t, GOTRACE_ROLE_STW, k->name, k->id, diag);
}

/* *id is the same in all generations; its text has to be in each. */
gotrace_status tables_kind(struct tables *t, uint32_t interned, uint64_t *id, gotrace_diag *diag)
{
    struct stw_name *k = stw_names_get(&t->stops, interned);
    if (!k)
        return diag_no_memory(diag);
    *id = k->id;
    return write_kind(t, k, diag);
}

/* A generation's own stops come to it by tables_kind. */
gotrace_status tables_restate_kinds(struct tables *t, const struct sched *w, gotrace_diag *diag)
{
    struct stw_names *n = &t->stops;
    gotrace_status st = GOTRACE_OK;
    uint64_t kind, id;
    stw_names_forget(n, w);
    for (size_t i = 0; i < n->stopping.len; i++) {
        for (uint32_t k = 0; sched_stw(w, n->stopping.data[i], k, &kind); k++) {
            st = tables_kind(t, (uint32_t)kind, &id, diag);
            if (st != GOTRACE_OK)
                return st;
        }
    }
    return st;
}

static bool same_place(const gotrace_frame *a, const gotrace_frame *b)
{
    return a->func == b->func && a->file == b->file && a->line == b->line;
}

/* The frame is the one that stands for pc from now on. False: no memory. */
static bool take_pc(struct tables *t, const gotrace_frame *f, uint64_t pc)
{
    gotrace_frame own = *f;
    assert(map_get(&t->frame_of, pc) == MAP_NONE); /* it stands for one frame */
    own.pc = pc;
    return VEC_PUSH(&t->frames, own) && map_put(&t->frame_of, pc, (uint32_t)t->frames.len - 1);
}

/* How far from a taken PC to go on; 0: it is free. */
static uint32_t step_from(const struct tables *t, uint64_t pc)
{
    if (map_get(&t->frame_of, pc) == MAP_NONE)
        return 0;
    uint32_t step = map_get(&t->taken, pc);
    return step == MAP_NONE ? 1 : step;
}

/* The first free PC from pc on. The way there is remembered, and shortened: all
 * frames may have the same PC. */
static bool find_free(struct tables *t, uint64_t pc, uint64_t *out)
{
    uint64_t at = pc;
    for (uint32_t step; (step = step_from(t, at)) > 0;)
        at += step;
    assert(map_get(&t->frame_of, at) == MAP_NONE);
    *out = at;
    for (uint32_t step; (step = step_from(t, pc)) > 0; pc += step) {
        if (!map_put(&t->taken, pc, (uint32_t)(at - pc)))
            return false;
    }
    return true;
}

/* With a secret: a trace cannot be made so that all its frames have one hash. */
static uint64_t hash_of(const struct tables *t, const gotrace_frame *f)
{
    uint64_t words[4] = {f->pc, f->line, f->func, f->file};
    return hash_bytes(&t->secret, words, sizeof words);
}

/* f's own PC is another frame's: it gets a free one, and the same each time. Of
 * two frames with one hash the last is remembered; the other gets one anew. */
static bool move_pc(struct tables *t, const gotrace_frame *f, uint64_t *pc)
{
    uint64_t hash = hash_of(t, f);
    uint32_t i = map_get(&t->moved, hash);
    assert(i == MAP_NONE || i < t->frames.len);
    if (i != MAP_NONE && same_place(&t->frames.data[i], f)) {
        *pc = t->frames.data[i].pc;
        return true;
    }
    return find_free(t, *pc, pc) && take_pc(t, f, *pc) &&
           map_put(&t->moved, hash, (uint32_t)t->frames.len - 1);
}

/* A PC that stands for f alone. */
static bool pc_of(struct tables *t, const gotrace_frame *f, uint64_t *pc)
{
    *pc = f->pc;
    uint32_t i = map_get(&t->frame_of, *pc);
    assert(i == MAP_NONE || (i < t->frames.len && t->frames.data[i].pc == f->pc));
    if (i == MAP_NONE)
        return take_pc(t, f, *pc);
    return same_place(&t->frames.data[i], f) || move_pc(t, f, pc);
}

/* Go's tools count on it that frames lack nothing; they let the first off (Go 1.27
 * internal/trace/testtrace/validation.go). Frames of old traces may. */
static gotrace_frame whole(const struct tables *t, const gotrace_frame *f)
{
    return (gotrace_frame){.pc = f->pc ? f->pc : 1,
                           .line = f->line ? f->line : 1,
                           .func = f->func ? f->func : t->unknown,
                           .file = f->file ? f->file : t->unknown};
}

/* Ids of its strings are given here, so they are in the same generation. */
static gotrace_status frame_of(struct tables *t, const gotrace_frame *f, struct v2_frame *out,
                               gotrace_diag *diag)
{
    if (!pc_of(t, f, &out->pc))
        return diag_no_memory(diag);
    out->line = f->line;
    gotrace_status st = tables_string(t, GOTRACE_ROLE_FUNC, f->func, &out->func, diag);
    return st == GOTRACE_OK ? tables_string(t, GOTRACE_ROLE_FILE, f->file, &out->file, diag) : st;
}

/* A stack of one frame that says nothing is one that the runtime could not walk. Go's tools
 * allow for it, and it names no goroutine, as a frame of ours would. */
static bool says_nothing(const struct tables *t, uint32_t interned)
{
    if (gotrace_stack_len(t->names, interned) != 1)
        return false;
    const gotrace_frame *f = gotrace_stack_frame(t->names, interned, 0);
    return !f->pc && !f->func && !f->file && !f->line;
}

/* Deeper than the format allows, it loses its outermost frames. */
static gotrace_status put_stack(struct tables *t, uint32_t interned, uint64_t id,
                                gotrace_diag *diag)
{
    struct v2_stack s = {.id = id, .len = gotrace_stack_len(t->names, interned)};
    if (s.len > V2_MAX_FRAMES)
        s.len = V2_MAX_FRAMES;
    bool completes = t->leaves && !says_nothing(t, interned);
    for (uint32_t i = 0; i < s.len; i++) {
        gotrace_frame f = *gotrace_stack_frame(t->names, interned, i);
        if (i > 0 || completes)
            f = whole(t, &f);
        gotrace_status st = frame_of(t, &f, &s.frames[i], diag);
        if (st != GOTRACE_OK)
            return st;
    }
    return v2_write_stack(t->file, &s, diag);
}

/* False: no memory. */
static bool meet_frames(struct tables *t, uint32_t interned)
{
    uint32_t n = gotrace_stack_len(t->names, interned);
    for (uint32_t i = 0; i < n && i < V2_MAX_FRAMES; i++) {
        const gotrace_frame *f = gotrace_stack_frame(t->names, interned, i);
        if (!meet(t, GOTRACE_ROLE_FUNC, f->func) || !meet(t, GOTRACE_ROLE_FILE, f->file))
            return false;
    }
    return true;
}

/* What may become of it is asked for first, and then what is in that. */
static gotrace_status put_stack_later(struct tables *t, uint32_t interned, uint64_t id,
                                      gotrace_diag *diag)
{
    if (!t->dictionary.stacks && !meet_frames(t, interned))
        return diag_no_memory(diag);
    return put_later(t, GOTRACE_ROLE_STACK, interned, id, diag);
}

/* With a stack in its place the strings of that one are to be asked for. */
bool tables_name(struct tables *t, gotrace_name name, uint32_t becomes)
{
    return dictionary_set(&t->dictionary, name.role, name.id, becomes) &&
           (name.role != GOTRACE_ROLE_STACK || meet_frames(t, becomes));
}

/* As tables_string. */
gotrace_status tables_stack(struct tables *t, uint32_t interned, uint64_t *id, gotrace_diag *diag)
{
    *id = 0;
    if (interned == 0)
        return GOTRACE_OK;
    uint64_t *at = slot((ids *)&t->stacks, interned);
    if (!at)
        return diag_no_memory(diag);
    if (has_id(t, at, id))
        return GOTRACE_OK;
    give_id(t, at, &t->next_stack, id);
    return dictionary_is_on(&t->dictionary) ? put_stack_later(t, interned, *id, diag)
                                            : put_stack(t, interned, *id, diag);
}

/* A frame lacks nothing, as in `whole`. */
static gotrace_status put_translated(struct tables *t, const struct table_entry *e,
                                     gotrace_diag *diag)
{
    bool of_frame = e->role == GOTRACE_ROLE_FUNC || e->role == GOTRACE_ROLE_FILE;
    uint32_t becomes = is_ours(t, e->role, e->interned)
                           ? e->interned
                           : dictionary_get(&t->dictionary, e->role, e->interned);
    if (e->role == GOTRACE_ROLE_STACK)
        return put_stack(t, becomes, e->id, diag);
    return put_string(t, becomes || !of_frame ? becomes : t->unknown, e->id, diag);
}

gotrace_status tables_end(struct tables *t, gotrace_diag *diag)
{
    for (size_t i = 0; i < t->later.len; i++) { /* stacks add strings */
        struct table_entry e = t->later.data[i];
        gotrace_status st = put_translated(t, &e, diag);
        if (st != GOTRACE_OK)
            return st;
    }
    assert(t->later.len == 0 || dictionary_is_on(&t->dictionary));
    t->later.len = 0;
    return GOTRACE_OK;
}
