#include "v1/symbols.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/varint.h"

/* Wrong addresses that are named; and of how many on their share says something:
 * few may be wrong because the trace is damaged. */
enum { NAMED = 5, ENOUGH = 4 };
enum { PAGE = 4096 };

/* Each address counts once. */
static bool count(struct v1_addresses *a, uint64_t pc, bool right)
{
    if (map_get(&a->seen, pc) != MAP_NONE)
        return true;
    if (!map_put(&a->seen, pc, 1))
        return false;
    a->count++;
    a->wrong += !right;
    assert(a->wrong <= a->count && a->count == a->seen.len && a->first.len <= NAMED);
    return right || a->first.len == NAMED || VEC_PUSH(&a->first, pc);
}

/* As strings of the trace: what is written of it has them in its tables. */
static bool name_frame(struct v1_symbols *s, const struct symbol *symbol, gotrace_frame *f)
{
    f->line = symbol->line;
    return names_defined(s->names, symbol->func, symbol->func_len, &f->func) &&
           names_defined(s->names, symbol->file, symbol->file_len, &f->file);
}

/* Finds out what a pc is of: *known is false if that is nothing. */
static bool find(struct v1_symbols *s, uint64_t pc, bool *known)
{
    struct symbol symbol;
    gotrace_frame f = {.pc = pc};
    uint32_t i = map_get(&s->frame_of, pc);
    assert(i == MAP_NONE || (i < s->frames.len && s->frames.data[i].pc == pc));
    if (i != MAP_NONE) {
        *known = s->frames.data[i].func != 0;
        return true;
    }
    *known = symbols_find(s->program, pc - s->slide - 1, &symbol) && symbol.func_len;
    return (!*known || name_frame(s, &symbol, &f)) && VEC_PUSH(&s->frames, f) &&
           map_put(&s->frame_of, pc, (uint32_t)s->frames.len - 1);
}

/* The frames of a stack of 1.5 are addresses and nothing else. */
static bool read_stack(struct v1_symbols *s, const struct v1_record *r)
{
    const uint8_t *p = r->text, *end = p + r->text_len;
    uint64_t pc;
    bool known;
    while (leb128_get(&p, end, &pc)) {
        if (!find(s, pc, &known) || !count(&s->calls, pc, known))
            return false;
    }
    return true;
}

static bool read_stacks(struct v1_symbols *s, const struct v1_index *ix)
{
    for (size_t i = 0; i < ix->stacks.len; i++) {
        struct v1_record r;
        if (v1_index_stack(ix, ix->stacks.data[i], &r) && !read_stack(s, &r))
            return false;
    }
    return true;
}

/* find looks at the instruction before, so it is asked of the one behind the
 * function's first byte. */
static bool read_start(struct v1_symbols *s, uint64_t pc)
{
    bool known;
    return find(s, pc + 1, &known) &&
           count(&s->starts, pc, symbols_begin(s->program, pc - s->slide));
}

/* Goroutines without a function are the runtime's own. */
static bool read_starts_of(struct v1_symbols *s, const struct v1_index *ix, uint32_t proc)
{
    struct v1_cursor c;
    struct v1_record r;
    v1_cursor_start(&c, ix, proc, false);
    while (v1_cursor_next(&c, ix, &r)) {
        uint64_t pc = r.type == V1_GoCreate ? r.v[V1_ARG + 1] : 0;
        if (pc && !read_start(s, pc))
            return false;
    }
    return true;
}

static bool read_starts(struct v1_symbols *s, const struct v1_index *ix)
{
    for (uint32_t i = 0; i < ix->procs.len; i++) {
        if (!read_starts_of(s, ix, i))
            return false;
    }
    return true;
}

/* Where goroutine 1 begins, which is known of each program; 0: the trace does not
 * say. */
static uint64_t main_start(const struct v1_index *ix)
{
    for (uint32_t i = 0; i < ix->procs.len; i++) {
        struct v1_cursor c;
        struct v1_record r;
        v1_cursor_start(&c, ix, i, false);
        while (v1_cursor_next(&c, ix, &r)) {
            if (r.type == V1_GoCreate && r.v[V1_ARG] == 1)
                return r.v[V1_ARG + 1];
        }
    }
    return 0;
}

/* A PIE is loaded some pages from where its file says. */
static uint64_t slide_of(const struct symbols *program, const struct v1_index *ix)
{
    uint64_t pc = main_start(ix), begin;
    bool known = pc && symbols_named(program, "runtime.main", &begin);
    return known && (pc - begin) % PAGE == 0 ? pc - begin : 0;
}

/* Another build has most addresses too, but not where functions begin. */
static bool is_another(const struct v1_symbols *s)
{
    const struct v1_addresses *calls = &s->calls, *starts = &s->starts;
    return (calls->count >= ENOUGH && calls->wrong * 2 > calls->count) ||
           (starts->count >= ENOUGH && starts->wrong * 4 > starts->count);
}

/* Where it is another program what was found so far says how far it is off, and
 * names nothing. */
bool v1_symbols_read(struct v1_symbols *s, struct symbols *program, gotrace_names *names,
                     const struct v1_index *ix)
{
    *s = (struct v1_symbols){.program = program, .names = names, .slide = slide_of(program, ix)};
    if (!read_stacks(s, ix) || !read_starts(s, ix))
        return false;
    if (is_another(s))
        s->program = NULL;
    return true;
}

static void addresses_free(struct v1_addresses *a)
{
    map_free(&a->seen);
    VEC_FREE(&a->first);
}

void v1_symbols_free(struct v1_symbols *s)
{
    map_free(&s->frame_of);
    VEC_FREE(&s->frames);
    addresses_free(&s->calls);
    addresses_free(&s->starts);
}

/* An address that the program does not know has no function in its frame. */
bool v1_symbols_frame(const struct v1_symbols *s, uint64_t pc, gotrace_frame *out)
{
    uint32_t i = s->program ? map_get(&s->frame_of, pc) : MAP_NONE;
    assert(i == MAP_NONE || (i < s->frames.len && s->frames.data[i].pc == pc));
    if (i == MAP_NONE || !s->frames.data[i].func)
        return false;
    *out = s->frames.data[i];
    return true;
}

/* Misfits */

/* "0x1, 0x2 and 7 more" */
static void list(const struct v1_addresses *a, gotrace_diag *diag)
{
    char text[sizeof diag->have] = "";
    size_t len = 0;
    for (size_t i = 0; i < a->first.len && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s0x%llx", i ? ", " : "",
                                (unsigned long long)a->first.data[i]);
    if (a->wrong > a->first.len && len < sizeof text)
        (void)snprintf(text + len, sizeof text - len, " and %llu more",
                       (unsigned long long)(a->wrong - a->first.len));
    diag_have(diag, "%s", text);
}

/* Told of are those addresses of which the greater share is wrong. */
bool v1_symbols_misfit(const struct v1_symbols *s, gotrace_diag *diag)
{
    bool starts = s->starts.wrong * s->calls.count > s->calls.wrong * s->starts.count;
    const struct v1_addresses *a = starts || !s->calls.wrong ? &s->starts : &s->calls;
    assert(a->wrong || !(s->calls.wrong || s->starts.wrong));
    if (!a->wrong)
        return false;
    diag_set(diag, GOTRACE_UNSUPPORTED, DIAG_NO_OFFSET, "%s: %llu of %llu addresses %s",
             s->program ? "it may not be the program that was traced"
                        : "it is not the program that was traced, and no names are taken from it",
             (unsigned long long)a->wrong, (unsigned long long)a->count,
             a == &s->starts ? "where goroutines begin are not where functions of it begin"
                             : "in stacks are not in it");
    list(a, diag);
    return true;
}
