/* tables.c: the strings and stacks of a generation, interned, and its CPU samples. */
#include "v2/generation/generation.h"

#include <assert.h>
#include <inttypes.h>

#include "v2/damage/gap.h"

void generation_lose_rest(struct generation *g, struct builder *builder, const struct v2_batch *b,
                          const struct v2_cursor *c, gotrace_diag *d)
{
    assert(c->start <= c->p && c->p <= c->end);
    uint64_t lost = (uint64_t)(c->end - c->p);
    d->gen = g->gen;
    if (builder->info.damages < 16) /* what the first few show is true of all */
        diag_fact(d, gap_fact_of_broken(builder->src, g->off, c));
    if (b->cut)
        builder->info.lost += lost; /* that it ends there is said elsewhere */
    else
        batch_damage(builder, d, lost);
}

/* 0 bytes are lost by it: the second definition is passed over. */
static void duplicate(struct generation *g, struct builder *builder, const char *what, uint64_t id,
                      uint64_t off)
{
    gotrace_diag d;
    diag_set(&d, GOTRACE_DAMAGED, off, "two %ss have the id %" PRIu64 "; the first is used", what,
             id);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* What breaks in a batch costs the rest of that batch alone. */
static gotrace_status read_strings(struct generation *g, struct builder *builder,
                                   const struct v2_batch *b, gotrace_diag *diag)
{
    struct v2_cursor c = v2_cursor_at(builder->src, b);
    struct v2_string s;
    gotrace_diag d;
    gotrace_status st;
    while ((st = v2_string_next(&c, &s, &d)) == GOTRACE_OK) {
        uint32_t id;
        if (!names_defined(builder->names, s.data, s.len, &id))
            return diag_no_memory(diag);
        int added = s.id ? idtab_add(g->strings, s.id, id) : 0; /* id 0 is "" already */
        if (added < 0)
            return diag_no_memory(diag);
        if (added == 0)
            duplicate(g, builder, "string", s.id, v2_offset(&c, s.data));
        builder->gen.strings++;
    }
    if (st != GOTRACE_END)
        generation_lose_rest(g, builder, b, &c, &d);
    return GOTRACE_OK;
}

/* The interned string of a frame. */
static bool frame_string(struct generation *g, struct builder *builder, uint64_t wire_id,
                         uint64_t off, uint32_t *id)
{
    gotrace_diag d;
    if (wire_id == 0) {
        *id = 0;
        return true;
    }
    if (idtab_get(g->strings, wire_id, id))
        return true;
    if (!g->partial && g->unnamed++ == 0) {
        diag_set(&d, GOTRACE_DAMAGED, off, "a stack frame names the unknown string %" PRIu64,
                 wire_id);
        if (!generation_has(g, V2_STRINGS))
            diag_fact(&d, GOTRACE_FACT_BATCHES);
        d.gen = g->gen;
        batch_damage(builder, &d, 0);
    }
    return names_unknown(builder->names, wire_id, id);
}

/* Go's reader keeps one frame for each pc of a generation, the first it meets,
 * and shows every stack through these (generation.go, addStacks). */
static bool frame_of(struct generation *g, struct builder *builder, const struct v2_frame *f,
                     uint64_t off, gotrace_frame *out)
{
    uint32_t i = map_get(&g->frame_of, f->pc);
    if (i == MAP_NONE) {
        gotrace_frame frame = {.pc = f->pc, .line = f->line};
        i = (uint32_t)g->frames.len;
        if (!frame_string(g, builder, f->func, off, &frame.func) ||
            !frame_string(g, builder, f->file, off, &frame.file) || !VEC_PUSH(&g->frames, frame) ||
            !VEC_PUSH(&g->wire_frames, *f) || !map_put(&g->frame_of, f->pc, i))
            return false;
    }
    assert_unchanged(g->frames.data[i].pc == f->pc && g->wire_frames.data[i].pc == f->pc);
    *out = g->frames.data[i];
    return true;
}

/* False: no memory. The same stack may have several ids, and is interned once. */
static bool add_stack(struct generation *g, struct builder *builder, const struct v2_stack *s,
                      uint64_t off)
{
    gotrace_frame frames[V2_MAX_FRAMES];
    uint32_t id;
    assert(s->len <= V2_MAX_FRAMES);
    for (uint32_t i = 0; i < s->len; i++) {
        if (!frame_of(g, builder, &s->frames[i], off, &frames[i]))
            return false;
    }
    if (!names_stack(builder->names, frames, s->len, &id))
        return false;
    int added = s->id ? idtab_add(g->stacks, s->id, id) : 0; /* id 0 is no stack already */
    if (added == 0)
        duplicate(g, builder, "stack", s->id, off);
    builder->gen.stacks++;
    return added >= 0;
}

static gotrace_status read_stacks(struct generation *g, struct builder *builder,
                                  const struct v2_batch *b, gotrace_diag *diag)
{
    struct v2_cursor c = v2_cursor_at(builder->src, b);
    struct v2_stack s;
    gotrace_diag d;
    gotrace_status st;
    while ((st = v2_stack_next(&c, &s, &d)) == GOTRACE_OK) {
        if (!add_stack(g, builder, &s, v2_offset(&c, c.p)))
            return diag_no_memory(diag);
    }
    if (st != GOTRACE_END)
        generation_lose_rest(g, builder, b, &c, &d);
    return GOTRACE_OK;
}

/* Go's tools panic when they look at such a stack. That a generation is cut off or has a
 * gap says it for its tables. */
static void say_stackless(const struct generation *g, struct builder *builder, uint64_t off,
                          uint64_t id, uint64_t before)
{
    gotrace_diag d;
    if (g->partial || before)
        return;
    diag_set(&d, GOTRACE_DAMAGED, off, "a CPU sample refers to an unknown stack");
    diag_have(&d, "id %" PRIu64, id);
    if (!generation_has(g, V2_STACKS))
        diag_fact(&d, GOTRACE_FACT_BATCHES);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

/* A goroutine of 0 is none. They are sorted by time when all are there
 * (generation_read_tables). */
static gotrace_status read_samples(struct generation *g, struct builder *builder,
                                   const struct v2_batch *b, gotrace_diag *diag)
{
    struct v2_cursor c = v2_cursor_at(builder->src, b);
    struct v2_sample s;
    gotrace_diag d;
    gotrace_status st;
    uint64_t off = v2_offset(&c, c.p) + 1, stackless = 0;
    while ((st = v2_sample_next(&c, &s, &d)) == GOTRACE_OK) {
        struct go_sort_entry at = {generation_ns(g, s.time), (uint32_t)g->samples.len};
        struct sample out = {(int64_t)s.m, (int64_t)s.p, s.g ? (int64_t)s.g : -1, s.time, off, 0};
        if (!idtab_get(g->stacks, s.stack, &out.stack)) {
            out.stack = 0;
            if (s.stack)
                say_stackless(g, builder, off, s.stack, stackless++);
        }
        if (!VEC_PUSH(&g->samples, out) || !VEC_PUSH(&g->by_time, at))
            return diag_no_memory(diag);
        off = v2_offset(&c, c.p);
        builder->gen.samples++;
    }
    if (st != GOTRACE_END)
        generation_lose_rest(g, builder, b, &c, &d);
    return GOTRACE_OK;
}

/* Where the strings are missing it is all of them: they are counted. */
static void report_unnamed(const struct generation *g, struct builder *builder)
{
    gotrace_diag d;
    if (g->unnamed < 2)
        return;
    diag_set(&d, GOTRACE_DAMAGED, DIAG_NO_OFFSET,
             "stack frames name unknown strings %" PRIu64 " more times", g->unnamed - 1);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}

typedef gotrace_status read_table(struct generation *, struct builder *, const struct v2_batch *,
                                  gotrace_diag *);

/* Of a table that is hit, what is certain: the record before what breaks was misread. */
static void sift_table(struct builder *builder, struct v2_batch *b)
{
    uint32_t sure, size = b->size;
    if (b->hit && v2_extent(builder->src, (uint32_t)builder->info.version, b, &sure) != V2_WHOLE) {
        assert_unchanged(sure <= size);
        builder->info.lost += size - sure;
        b->size = sure;
    }
}

/* A generation may have many batches of a kind, in any order. */
static gotrace_status read_kind(struct generation *g, struct builder *builder, uint8_t kind,
                                read_table *read, gotrace_diag *diag)
{
    for (size_t i = 0; i < g->tables.len; i++) {
        if (g->tables.data[i].kind != kind)
            continue;
        sift_table(builder, &g->tables.data[i]);
        gotrace_status st = read(g, builder, &g->tables.data[i], diag);
        if (st != GOTRACE_OK)
            return st;
    }
    return GOTRACE_OK;
}

/* Strings first, then stacks, which name them, then samples, which have stacks. */
gotrace_status generation_tables_read(struct generation *g, struct builder *builder,
                                      gotrace_diag *diag)
{
    gotrace_status st = read_kind(g, builder, V2_STRINGS, read_strings, diag);
    if (st == GOTRACE_OK)
        st = read_kind(g, builder, V2_STACKS, read_stacks, diag);
    report_unnamed(g, builder);
    return st == GOTRACE_OK ? read_kind(g, builder, V2_SAMPLES, read_samples, diag) : st;
}
