#include "write/passthrough.h"

#include <assert.h>
#include <string.h>

#include "v2/cursor/cursor.h"
#include "write/keeper.h"

/* The batches of an experiment go with its events. */
bool passthrough_can_drop(uint8_t type)
{
    return keeper_is_free(type) && type < EvSpan;
}

static const uint8_t *data_of(const struct generation *g, const uint8_t *base,
                              const struct v2_batch *b)
{
    assert(b->data >= g->off && (b->size == 0 || b->data + b->size <= g->end));
    return base + (b->data - g->off);
}

/* The memory of the generation instead of the source's, which may have moved on. */
static struct v2_cursor records_of(const struct generation *g, const uint8_t *base,
                                   const struct v2_batch *b)
{
    const uint8_t *at = data_of(g, base, b);
    return (struct v2_cursor){at, at, at + b->size, b->data};
}

/* Looking through */

/* Without memory the long way will not get far either, and says so. */
static gotrace_status mark(reference_table *t, uint64_t id)
{
    return references_id(t, id) ? GOTRACE_OK : GOTRACE_UNSUPPORTED;
}

/* As leb128_get; without a check for each byte where ten are there. */
static inline bool next_number(const uint8_t **at, const uint8_t *end, uint64_t *v)
{
    if (end - *at < LEB128_MAX)
        return leb128_get(at, end, v);
    const uint8_t *p = cursor_number(*at, v);
    *at = p ? p : *at;
    return p != NULL;
}

/* Steps over n numbers. */
static inline bool skip_numbers(const uint8_t **at, const uint8_t *end, unsigned n)
{
    uint64_t v;
    while (n--) {
        if (!next_number(at, end, &v))
            return false;
    }
    return true;
}

/* Steps over a run of events that are left out; false: something is no event. */
static bool step_over(const struct passthrough *p, const uint8_t **at, const uint8_t *end,
                      uint64_t *dt)
{
    assert_unchanged(*at < end && p->dropped[**at]); /* the first is */
    for (uint8_t type; *at < end && p->dropped[type = **at];) {
        unsigned n = event_varints[type];
        uint64_t more;
        ++*at;
        if (n == 0 || !next_number(at, end, &more) || !skip_numbers(at, end, n - 1))
            return false;
        *dt += more;
    }
    return true;
}

/* The order has noted all that is to be known of events. */
static gotrace_status look_at_marks(struct passthrough *p, const struct generation *g)
{
    struct references *m = g->references;
    assert(m && m->strings.len && m->stacks.len); /* the order has begun them */
    if (m->not_copyable)
        return GOTRACE_UNSUPPORTED;
    p->written = m->events;
    p->left_out = m->cuts.len;
    return references_sort(m, g->batches.len) ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

/* Batches of samples go out as they are, so all stacks that they name have to be
 * there. */
static gotrace_status look_at_samples(struct passthrough *p, const struct generation *g,
                                      const uint8_t *base)
{
    gotrace_status st = GOTRACE_OK;
    uint64_t *count = p->dropped[EvCPUSample] ? &p->left_out : &p->written;
    *count += g->samples.len;
    for (size_t i = 0; !p->dropped[EvCPUSample] && i < g->tables.len; i++) {
        const struct v2_batch *b = &g->tables.data[i];
        struct v2_cursor c = records_of(g, base, b);
        struct v2_sample s;
        if (b->kind != V2_SAMPLES)
            continue;
        while (st == GOTRACE_OK && v2_sample_next(&c, &s, NULL) == GOTRACE_OK)
            st = mark(&g->references->stacks, s.stack);
    }
    return st;
}

/* Go's reader knows one frame for a PC, the first that it meets, which may be
 * that of a stack that is not written. */
static struct v2_frame first_of(const struct generation *g, const struct v2_frame *f)
{
    uint32_t i = map_get(&g->frame_of, f->pc);
    assert(i == MAP_NONE || (i < g->wire_frames.len && g->wire_frames.data[i].pc == f->pc));
    return i == MAP_NONE ? *f : g->wire_frames.data[i]; /* new if the file has changed */
}

/* An interned name, 0: empty, or none. */
static uint32_t name_of(const struct generation *g, uint64_t id)
{
    uint32_t name;
    if (id_table_has(&g->ids.strings, id))
        return id_table_get(&g->ids.strings, id);
    return id && idtab_get(g->strings, id, &name) ? name : 0;
}

/* As tables.c has them. */
static bool is_whole(const struct generation *g, const struct v2_frame *f)
{
    return f->pc && f->line && name_of(g, f->func) && name_of(g, f->file);
}

/* Frames behind the first have to lack nothing, as Go's tools count on it; the
 * usual way completes them. */
static gotrace_status look_at_frames(const struct generation *g, const struct v2_stack *s)
{
    gotrace_status st = GOTRACE_OK;
    for (uint32_t i = 0; st == GOTRACE_OK && i < s->len; i++) {
        struct v2_frame f = first_of(g, &s->frames[i]);
        if (i > 0 && !is_whole(g, &f))
            return GOTRACE_UNSUPPORTED;
        st = mark(&g->references->strings, f.func);
        if (st == GOTRACE_OK)
            st = mark(&g->references->strings, f.file);
    }
    return st;
}

/* Strings are needed by frames of those stacks alone that are written. */
static gotrace_status look_at_stacks(const struct generation *g, const uint8_t *base)
{
    gotrace_status st = GOTRACE_OK;
    for (size_t i = 0; i < g->tables.len; i++) {
        struct v2_cursor c = records_of(g, base, &g->tables.data[i]);
        struct v2_stack s;
        if (g->tables.data[i].kind != V2_STACKS)
            continue;
        while (st == GOTRACE_OK && v2_stack_next(&c, &s, NULL) == GOTRACE_OK) {
            if (references_has(&g->references->stacks, s.id))
                st = look_at_frames(g, &s);
        }
    }
    return st;
}

/* Events, samples, stacks, in that order: each marks what the next ones need. */
gotrace_status passthrough_look(struct passthrough *p, const struct generation *g,
                                const uint8_t *base)
{
    p->written = p->left_out = 0;
    if (g->experiments.len)
        return GOTRACE_UNSUPPORTED; /* experiments.h knows how */
    gotrace_status st = look_at_marks(p, g);
    if (st == GOTRACE_OK)
        st = look_at_samples(p, g, base);
    if (st == GOTRACE_OK)
        st = look_at_stacks(g, base);
    return st == GOTRACE_OK ? stw_names_follow(&p->open, g) : st;
}

/* Writing */

static bool copy(struct buf *to, const uint8_t *from, const uint8_t *end)
{
    return buf_add(to, from, (size_t)(end - from));
}

/* Whether cut number i is in that batch. */
static bool is_cut(const struct references *m, size_t i, uint32_t batch)
{
    return i < m->cuts.len && m->cuts.data[i].batch == batch;
}

/* The batch without what is cut out of it, in p->bytes: an event takes over the
 * time that passed in those before it. */
static bool leave_out(struct passthrough *p, const struct references *m, const uint8_t *data,
                      const uint8_t *end, size_t *cut, uint32_t batch)
{
    const uint8_t *from = data;
    struct buf *to = &p->bytes;
    to->len = 0;
    for (; is_cut(m, *cut, batch); ++*cut) {
        const uint8_t *at = data + m->cuts.data[*cut].at;
        uint64_t dt = 0, own = 0;
        if (at < from) /* behind another */
            continue;
        if (!copy(to, from, at))
            return false;
        (void)step_over(p, &at, end, &dt);
        from = at;
        if (at == end)
            continue;
        from++;
        (void)next_number(&from, end, &own);
        if (!buf_add_byte(to, *at) || !buf_add_leb128(to, dt + own))
            return false;
    }
    return copy(to, from, end);
}

/* Go's reader lines threads up as their first batches come. */
static bool is_first(const struct generation *g, uint32_t batch)
{
    uint32_t thread = map_get(&g->thread_of, g->batches.data[batch].at.m);
    assert(thread < g->threads.len);
    return g->threads.data[thread].first == batch;
}

/* Batch by batch, with the cuts of each in their order; one that is empty now is
 * left out, unless it gives its thread its place. */
static gotrace_status write_events(struct passthrough *p, const struct generation *g,
                                   const uint8_t *base, struct v2_writer *file, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    size_t cut = 0;
    for (uint32_t i = 0; st == GOTRACE_OK && i < g->batches.len; i++) {
        const struct v2_batch *b = &g->batches.data[i].at;
        const uint8_t *data = data_of(g, base, b);
        size_t size = b->size;
        if (is_cut(g->references, cut, i)) {
            if (!leave_out(p, g->references, data, data + size, &cut, i))
                return diag_no_memory(diag);
            data = p->bytes.data;
            size = p->bytes.len;
        }
        if (size || is_first(g, i))
            st = v2_write_batch(file, b->m, b->time, data, size, diag);
    }
    assert(st != GOTRACE_OK || cut == g->references->cuts.len); /* all are left out */
    return st;
}

static gotrace_status write_samples(const struct generation *g, const uint8_t *base,
                                    const struct v2_batch *b, struct v2_writer *file,
                                    gotrace_diag *diag)
{
    return v2_write_batch(file, b->m, b->time, data_of(g, base, b), b->size, diag);
}

/* Frame by frame, as Go's reader shows them (first_of). */
static gotrace_status write_stacks(const struct generation *g, const uint8_t *base,
                                   const struct v2_batch *b, struct v2_writer *file,
                                   gotrace_diag *diag)
{
    struct v2_cursor c = records_of(g, base, b);
    struct v2_stack s;
    gotrace_status st = GOTRACE_OK;
    while (st == GOTRACE_OK && v2_stack_next(&c, &s, NULL) == GOTRACE_OK) {
        if (!references_has(&g->references->stacks, s.id))
            continue;
        for (uint32_t i = 0; i < s.len; i++)
            s.frames[i] = first_of(g, &s.frames[i]);
        st = v2_write_stack(file, &s, diag);
    }
    return st;
}

static gotrace_status write_strings(const struct generation *g, const uint8_t *base,
                                    const struct v2_batch *b, struct v2_writer *file,
                                    gotrace_diag *diag)
{
    struct v2_cursor c = records_of(g, base, b);
    struct v2_string s;
    gotrace_status st = GOTRACE_OK;
    while (st == GOTRACE_OK && v2_string_next(&c, &s, NULL) == GOTRACE_OK) {
        if (references_has(&g->references->strings, s.id))
            st = v2_write_string(file, s.id, s.data, s.len, diag);
    }
    return st;
}

/* The generation's tables of one kind. */
static gotrace_status write_tables(const struct generation *g, const uint8_t *base, uint8_t kind,
                                   struct v2_writer *file, gotrace_diag *diag)
{
    gotrace_status st = GOTRACE_OK;
    for (size_t i = 0; st == GOTRACE_OK && i < g->tables.len; i++) {
        const struct v2_batch *b = &g->tables.data[i];
        if (b->kind != kind)
            continue;
        if (kind == V2_SAMPLES)
            st = write_samples(g, base, b, file, diag);
        else if (kind == V2_STACKS)
            st = write_stacks(g, base, b, file, diag);
        else
            st = write_strings(g, base, b, file, diag);
    }
    return st;
}

/* Samples go out at once, in their own batches; the writer gathers stacks and strings. */
gotrace_status passthrough_write(struct passthrough *p, const struct generation *g,
                                 const uint8_t *base, struct v2_writer *file, gotrace_diag *diag)
{
    gotrace_status st = write_events(p, g, base, file, diag);
    if (st == GOTRACE_OK && !p->dropped[EvCPUSample])
        st = write_tables(g, base, V2_SAMPLES, file, diag);
    if (st == GOTRACE_OK)
        st = write_tables(g, base, V2_STACKS, file, diag);
    return st == GOTRACE_OK ? write_tables(g, base, V2_STRINGS, file, diag) : st;
}

void passthrough_free(struct passthrough *p)
{
    VEC_FREE(&p->open);
    buf_free(&p->bytes);
}
