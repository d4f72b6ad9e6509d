#include "v1/intern.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/varint.h"

/* Stacks of a trace that no one has made by hand. */
enum { MANY = 8 };

/* Without memory it is the empty string; whoever delivers asks for `failed` now
 * and then. */
uint32_t v1_names_text(struct v1_names *n, const void *text, size_t len)
{
    uint32_t id = 0;
    if (!names_string(n->names, text, len, &id))
        n->failed = true;
    return id;
}

/* Id 0 is none. A string that is missing is not told of here: see check_frames
 * and v1/order/check. */
uint32_t v1_names_string(struct v1_names *n, uint64_t id)
{
    uint32_t interned = 0;
    if (id == 0 || idtab_get(n->strings, id, &interned))
        return interned;
    if (!names_unknown(n->names, id, &interned))
        n->failed = true;
    return interned;
}

/* Reading */

/* All of them or false; *p may have moved all the same. */
static bool take(const uint8_t **p, const uint8_t *end, uint64_t *v, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!leb128_get(p, end, &v[i]))
            return false;
    }
    return true;
}

static bool duplicate(const struct v1_names *n, uint64_t off, uint64_t id,
                      struct v1_damages *damages)
{
    gotrace_diag d;
    (void)n;
    diag_set(&d, GOTRACE_DAMAGED, off, "two strings have the same id: the first holds");
    diag_have(&d, "string %llu", (unsigned long long)id);
    (void)snprintf(d.event, sizeof d.event, "String");
    return v1_damages_add(damages, &d, 0);
}

/* A record that is no string any more is left out: the file changes while it is
 * read. */
static bool read_strings(struct v1_names *n, struct v1_damages *damages)
{
    const struct v1_index *ix = n->index;
    for (size_t i = 0; i < ix->strings.len; i++) {
        struct v1_record r;
        uint64_t off = ix->strings.data[i];
        if (!v1_record_at(ix, off, V1_String, &r))
            continue;
        uint32_t id = 0;
        n->failed |= !names_defined(n->names, r.text, r.text_len, &id);
        int added = n->failed ? -1 : idtab_add(n->strings, r.v[V1_ARG], id);
        if (added < 0 || (added == 0 && !duplicate(n, off, r.v[V1_ARG], damages)))
            return false;
    }
    return true;
}

/* Go 1.27 has 32 bits for the id of a stack. */
static uint64_t stack_id(const struct v1_names *n, uint64_t id)
{
    return n->index->format.version < 11 ? id : (uint32_t)id;
}

/* Tables for as many stacks as there are; ids count from 1. */
static bool make_tables(struct v1_names *n, size_t stacks)
{
    if (stacks >= UINT32_MAX || !VEC_RESERVE(&n->interned, stacks) ||
        !VEC_RESERVE(&n->known, stacks + 1))
        return false;
    if (stacks)
        memset(n->interned.data, 0, stacks * sizeof *n->interned.data);
    memset(n->known.data, 0, (stacks + 1) * sizeof *n->known.data);
    assert(n->interned.cap >= stacks && n->known.cap > stacks);
    n->interned.len = stacks;
    n->known.len = stacks + 1;
    return true;
}

/* A stack without frames or with the id 0 is none; the last of an id holds. */
static bool read_stacks(struct v1_names *n)
{
    const struct v1_index *ix = n->index;
    if (!make_tables(n, ix->stacks.len))
        return false;
    for (uint32_t i = 0; i < ix->stacks.len; i++) {
        struct v1_record r;
        if (!v1_index_stack(ix, ix->stacks.data[i], &r))
            continue;
        n->has_empty |= r.v[V1_ARG + 1] == 0;
        if (r.v[V1_ARG + 1] == 0)
            continue;
        uint64_t id = stack_id(n, r.v[V1_ARG]);
        n->last_stack = id > n->last_stack ? id : n->last_stack;
        if (id && !idtab_set(n->stacks, id, i))
            return false;
    }
    return true;
}

/* What the tables lack */

/* Ids of strings in frames that are not in the trace: the first, and how many. */
struct unnamed {
    uint64_t first, off, count;
};

/* [pc, func, file, line] ... */
static void look_at_frames(const struct v1_names *n, const struct v1_record *r, uint64_t off,
                           struct unnamed *out)
{
    const uint8_t *p = r->text, *end = p + r->text_len;
    uint64_t v[4];
    uint32_t id;
    while (take(&p, end, v, 4)) {
        for (int i = 1; i < 3; i++) {
            if (!v[i] || idtab_get(n->strings, v[i], &id))
                continue;
            if (!out->count++)
                out->first = v[i], out->off = off;
        }
    }
}

/* One damage for all: the first is named, the others are counted. Frames of 1.5
 * name no strings. */
static bool check_frames(const struct v1_names *n, struct v1_damages *damages)
{
    const struct v1_index *ix = n->index;
    struct unnamed u = {0};
    gotrace_diag d;
    for (size_t i = 0; !ix->format.seq && i < ix->stacks.len; i++) {
        struct v1_record r;
        if (v1_index_stack(ix, ix->stacks.data[i], &r))
            look_at_frames(n, &r, ix->stacks.data[i], &u);
    }
    if (!u.count)
        return true;
    diag_set(&d, GOTRACE_DAMAGED, u.off, "a stack frame names the unknown string %llu",
             (unsigned long long)u.first);
    if (u.count > 1)
        diag_have(&d, "%llu more like it", (unsigned long long)u.count - 1);
    d.gen = 1;
    (void)snprintf(d.event, sizeof d.event, "Stack");
    return v1_damages_add(damages, &d, 0);
}

/* Ids count from 1, without gaps. No runtime writes empty ones, whose ids are not kept. */
static bool are_all_stacks(const struct v1_names *n)
{
    return n->has_empty || (n->index->stacks.len && n->last_stack <= n->index->stacks.len);
}

/* An event whose stack is not there; false: there is none. */
static bool find_stackless(const struct v1_names *n, uint64_t *off, uint64_t *stack)
{
    const struct v1_index *ix = n->index;
    struct v1_cursor c;
    struct v1_record r;
    uint32_t place;
    for (uint32_t p = 0; p < ix->procs.len; p++) {
        v1_cursor_start(&c, ix, p, false);
        while (v1_cursor_next(&c, ix, &r)) {
            const struct v1_layout *l = &ix->format.layout[r.type];
            *stack = l->stack ? r.v[V1_ARG + l->full] : 0;
            *off = c.off;
            if (*stack && !idtab_get(n->stacks, stack_id(n, *stack), &place))
                return true;
        }
    }
    return false;
}

/* Stacks are what a trace ends with. A trace whose frequency is missing has been
 * told to be cut off. */
static bool check_stacks(const struct v1_names *n, struct v1_damages *damages)
{
    const struct v1_index *ix = n->index;
    uint64_t off = ix->end, stack = 0;
    gotrace_diag d;
    if (!ix->saw_frequency || are_all_stacks(n))
        return true;
    if (!find_stackless(n, &off, &stack) && ix->stacks.len < MANY)
        return true;
    diag_set(&d, GOTRACE_DAMAGED, off, "%s",
             stack ? "an event refers to an unknown stack" : "the table of stacks is not whole");
    if (stack)
        diag_have(&d, "stack %llu", (unsigned long long)stack);
    if (n->last_stack > ix->stacks.len + 1) /* an end that is cut off has more than one */
        diag_cut(&d);
    d.gen = 1;
    return v1_damages_add(damages, &d, 0);
}

/* Where bytes are lost it has been said. */
static bool check_tables(const struct v1_names *n, struct v1_damages *damages)
{
    return damages->list.len || (check_frames(n, damages) && check_stacks(n, damages));
}

/* Strings first: whether frames name some that are missing is asked behind
 * them. */
gotrace_status v1_names_read(struct v1_names *n, const struct v1_index *ix, gotrace_names *names,
                             struct v1_damages *damages)
{
    *n = (struct v1_names){.index = ix, .names = names};
    n->strings = idtab_new();
    n->stacks = idtab_new();
    if (!n->strings || !n->stacks || !read_strings(n, damages) || !read_stacks(n) ||
        !check_tables(n, damages))
        return GOTRACE_NO_MEMORY;
    return GOTRACE_OK;
}

bool v1_names_symbols(struct v1_names *n, struct symbols *program)
{
    return v1_symbols_read(&n->symbols, program, n->names, n->index);
}

void v1_names_free(struct v1_names *n)
{
    v1_symbols_free(&n->symbols);
    idtab_free(n->strings);
    idtab_free(n->stacks);
    VEC_FREE(&n->interned);
    VEC_FREE(&n->known);
    VEC_FREE(&n->frames);
    VEC_FREE(&n->first);
    map_free(&n->frame_of);
}

/* Frames */

/* That of 1.5: a pc, and what the program says of it. Else that is its name. */
static gotrace_frame bare_frame(struct v1_names *n, uint64_t pc)
{
    char text[24];
    gotrace_frame f;
    if (v1_symbols_frame(&n->symbols, pc, &f))
        return f;
    int len = snprintf(text, sizeof text, "0x%llx", (unsigned long long)pc);
    return (gotrace_frame){.pc = pc, .func = v1_names_text(n, text, (size_t)len)};
}

/* The rest of the frame at *p, behind its PC. */
static bool read_frame(struct v1_names *n, uint64_t pc, const uint8_t **p, const uint8_t *end,
                       gotrace_frame *out)
{
    uint64_t v[3]; /* func file line */
    if (n->index->format.seq) {
        *out = bare_frame(n, pc);
        return true;
    }
    if (!take(p, end, v, 3))
        return false;
    *out = (gotrace_frame){pc, v[2], v1_names_string(n, v[0]), v1_names_string(n, v[1])};
    return true;
}

/* Go keeps one frame for a PC: the first that it meets (Go 1.27
 * internal/trace/internal/tracev1/parser.go parseEvent). */
static bool add_first(struct v1_names *n, const gotrace_frame *f)
{
    return VEC_PUSH(&n->first, *f) && map_put(&n->frame_of, f->pc, (uint32_t)n->first.len - 1);
}

/* The frame at *p, the first of its PC if there was one. False at the end. */
static bool next_frame(struct v1_names *n, const uint8_t **p, const uint8_t *end,
                       gotrace_frame *out, bool *is_first)
{
    uint64_t pc;
    if (!leb128_get(p, end, &pc))
        return false;
    uint32_t first = map_get(&n->frame_of, pc);
    *is_first = first == MAP_NONE;
    if (*is_first)
        return read_frame(n, pc, p, end, out);
    assert_unchanged(first < n->first.len && n->first.data[first].pc == pc);
    *out = n->first.data[first];
    *p = v1_skip(*p, end, 3);
    return *p != NULL;
}

/* All stacks, before any is interned: which frame of a PC is the first follows
 * from the file, not from which events are wanted. */
static bool read_first_frames(struct v1_names *n)
{
    const struct v1_index *ix = n->index;
    assert(!n->framed && n->first.len == 0);
    n->framed = true;
    for (size_t i = 0; i < ix->stacks.len; i++) {
        struct v1_record r;
        gotrace_frame f;
        bool is_first;
        if (!v1_index_stack(ix, ix->stacks.data[i], &r) || !stack_id(n, r.v[V1_ARG]))
            continue;
        const uint8_t *p = r.text, *end = p + r.text_len;
        while (next_frame(n, &p, end, &f, &is_first)) {
            if (is_first && !add_first(n, &f))
                return false;
        }
    }
    return true;
}

/* Into n->frames, which the next stack uses again. */
static bool read_frames(struct v1_names *n, const struct v1_record *r)
{
    const uint8_t *p = r->text, *end = p + r->text_len;
    gotrace_frame f;
    bool is_first;
    n->frames.len = 0;
    while (next_frame(n, &p, end, &f, &is_first)) {
        if (!VEC_PUSH(&n->frames, f))
            return false;
    }
    return true;
}

/* Before 1.11 each stack has its own frames, as Go read them then. */
static bool intern(struct v1_names *n, uint32_t place)
{
    struct v1_record r;
    uint32_t id = 0;
    if (n->index->format.version >= 11 && !n->framed && !read_first_frames(n))
        return false;
    if (v1_index_stack(n->index, n->index->stacks.data[place], &r)) {
        if (!read_frames(n, &r) ||
            !names_stack(n->names, n->frames.data, (uint32_t)n->frames.len, &id))
            return false;
    }
    assert(place < n->interned.len && !n->interned.data[place]);
    n->interned.data[place] = id + 1;
    return true;
}

/* 0: none, or one that is missing. */
static uint32_t find_stack(struct v1_names *n, uint64_t id)
{
    uint32_t place;
    if (id == 0 || !idtab_get(n->stacks, stack_id(n, id), &place))
        return 0;
    assert(place < n->interned.len && n->interned.len == n->index->stacks.len);
    if (!n->interned.data[place] && !intern(n, place)) {
        n->failed = true;
        return 0;
    }
    return n->interned.data[place] - 1;
}

/* Small ids are remembered in an array, which the inline half looks at first. */
uint32_t v1_names_find_stack(struct v1_names *n, uint64_t id)
{
    uint32_t interned = find_stack(n, id);
    assert(id >= n->known.len || !n->known.data[id] || n->failed);
    if (id < n->known.len)
        n->known.data[id] = interned + 1;
    return interned;
}

uint32_t v1_names_pc(struct v1_names *n, uint64_t pc)
{
    gotrace_frame f = bare_frame(n, pc);
    uint32_t id = 0;
    if (!names_stack(n->names, &f, 1, &id))
        n->failed = true;
    return id;
}
