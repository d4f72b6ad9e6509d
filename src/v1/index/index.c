#include "v1/index/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "read/text.h"

#define BIT(type) (UINT64_C(1) << (type))

/* What is not listed is counted, so that memory does not follow the number of
 * faults. */
bool v1_damages_add(struct v1_damages *d, const gotrace_diag *diag, uint64_t lost)
{
    struct v1_damage x = {*diag, lost};
    if (d->list.len < V1_DAMAGES)
        return VEC_PUSH(&d->list, x);
    d->more++;
    d->more_lost += lost;
    return true;
}

/* Types that say something about the whole file; 1.5 numbers events, and gives
 * their times at other places. */
static const uint64_t looked_into = BIT(V1_Batch) | BIT(V1_Frequency) | BIT(V1_TimerGoroutine) |
                                    BIT(V1_CPUSample) | BIT(V1_GoSysExit) | BIT(V1_Gomaxprocs) |
                                    BIT(V1_STWStart) | BIT(V1_STWDone);

/* Nothing is read yet: `pos` is the first byte, and there is no batch. */
void v1_index_start(struct v1_index *ix, uint32_t version, const uint8_t *data, uint64_t base,
                    uint64_t len)
{
    *ix = (struct v1_index){.data = data, .base = base, .end = base + len, .pos = base};
    ix->proc = V1_NONE;
    ix->limit = ix->end;
    v1_format_init(&ix->format, version);
    v1_strides_init(&ix->strides, &ix->format, looked_into);
}

void v1_index_free(struct v1_index *ix)
{
    VEC_FREE(&ix->batches);
    VEC_FREE(&ix->procs);
    VEC_FREE(&ix->strings);
    VEC_FREE(&ix->stacks);
    VEC_FREE(&ix->out_of_turn);
    VEC_FREE(&ix->exits);
    VEC_FREE(&ix->damages.list);
    map_free(&ix->by_pid);
}

/* An offset into what was given, which begins at `base` of the trace. */
static const uint8_t *at(const struct v1_index *ix, uint64_t off)
{
    assert_unchanged(off >= ix->base && off <= ix->end);
    return ix->data + (off - ix->base);
}

/* The P of a batch header, V1_NONE when there can be no such P (Go 1.27
 * readRawEvent); false: no memory. */
static bool find_proc(struct v1_index *ix, uint64_t pid, uint32_t *out)
{
    *out = V1_NONE;
    if (pid > INT32_MAX && pid != UINT64_MAX)
        return true;
    *out = map_get(&ix->by_pid, pid);
    assert_unchanged(*out == V1_NONE ||
                     (*out < ix->procs.len && (uint64_t)ix->procs.data[*out].pid == pid));
    if (*out != V1_NONE)
        return true;
    struct v1_proc p = {(int64_t)pid, V1_NONE, V1_NONE, {V1_None, V1_None}};
    *out = (uint32_t)ix->procs.len;
    return VEC_PUSH(&ix->procs, p) && map_put(&ix->by_pid, pid, *out);
}

/* Batches are listed at their first event: many hold stacks and strings only. */
static bool list_batch(struct v1_index *ix)
{
    assert_unchanged(ix->proc < ix->procs.len && !ix->in_batch);
    struct v1_proc *p = &ix->procs.data[ix->proc];
    assert_unchanged((p->first == V1_NONE) == (p->last == V1_NONE));
    uint32_t n = (uint32_t)ix->batches.len;
    if (n == V1_NONE || !VEC_PUSH(&ix->batches, ix->batch))
        return false;
    if (p->last == V1_NONE)
        p->first = n;
    else
        ix->batches.data[p->last].next = n;
    p->last = n;
    ix->in_batch = true;
    return true;
}

/* The least of all, compared as signed: broken ticks may be below 0. */
static void note_ticks(struct v1_index *ix, uint64_t ticks)
{
    if (ix->events == 0 || (int64_t)ticks < (int64_t)ix->min_ticks)
        ix->min_ticks = ticks;
}

/* Records a damage that goes on until a batch says whose the events are. */
static bool begin_losing(struct v1_index *ix, const gotrace_diag *d, uint64_t lost)
{
    assert(d->status == GOTRACE_DAMAGED);
    ix->proc = V1_NONE;
    ix->losing = ix->damages.list.len;
    return v1_damages_add(&ix->damages, d, lost);
}

/* Where the damage is not listed any more, to what is counted of those. */
static void lose(struct v1_index *ix, uint64_t bytes)
{
    if (ix->losing < ix->damages.list.len)
        ix->damages.list.data[ix->losing].lost += bytes;
    else
        ix->damages.more_lost += bytes;
}

/* Not a fault of one record: all of them up to the first batch. */
static bool say_stray(struct v1_index *ix)
{
    gotrace_diag d;
    ix->saw_batch = true; /* said once */
    diag_set(&d, GOTRACE_DAMAGED, ix->pos, "events before the first batch: they belong to no P");
    d.gen = 1;
    return begin_losing(ix, &d, 0);
}

/* What a record is to the index; false: no memory. */
typedef bool visit(struct v1_index *ix, const struct v1_record *r, uint64_t end);

/* Events come from `off` on, with these numbers. */
static void begin_batch(struct v1_index *ix, uint64_t off, uint64_t ticks, uint64_t seq)
{
    assert(off >= ix->pos && off <= ix->end);
    ix->batch =
        (struct v1_batch){.off = off, .end = off, .ticks = ticks, .seq = seq, .next = V1_NONE};
    ix->ticks = ticks;
    ix->in_batch = false;
}

/* A byte that is lost of a batch's time makes it another one altogether. */
static void note_header(struct v1_index *ix, uint64_t ticks)
{
    ix->odd |= ix->batch_count && v1_is_far(ix->header_ticks[1], ticks);
    ix->header_ticks[0] = ix->batch_count ? ix->header_ticks[0] : ticks;
    ix->header_ticks[1] = ticks;
}

/* It is listed with its first event (list_batch). A P that there cannot be is a
 * damage, to which its events add. */
static bool visit_batch(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    gotrace_diag d;
    uint64_t pid = r->v[V1_ARG];
    begin_batch(ix, end, r->v[V1_DT], r->v[V1_SEQ]);
    note_header(ix, r->v[V1_DT]);
    ix->saw_batch = true;
    ix->batch_count++;
    if (!find_proc(ix, pid, &ix->proc))
        return false;
    if (ix->proc != V1_NONE)
        return true;
    diag_set(&d, GOTRACE_DAMAGED, ix->pos, "a batch of a P that there cannot be");
    d.gen = 1;
    diag_have(&d, "P %llu", (unsigned long long)pid);
    diag_want(&d, "%d at most", INT32_MAX);
    return begin_losing(ix, &d, end - ix->pos);
}

/* The last that can be holds; one of 0 or below would turn times round. */
static bool visit_frequency(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    gotrace_diag d;
    ix->saw_frequency = true;
    if ((int64_t)r->v[V1_ARG] > 0) {
        ix->freq = r->v[V1_ARG];
        return true;
    }
    diag_set(
        &d, GOTRACE_DAMAGED, ix->pos,
        ix->damages.list.len
            ? "a frequency that cannot be; times may be in ticks"
            : "a frequency that cannot be: its clocks were out of step; times may be in ticks");
    d.gen = 1;
    if (!ix->damages.list.len) /* else it may be none of the trace's */
        diag_fact(&d, GOTRACE_FACT_CLOCKS);
    diag_have(&d, "%lld ticks a second", (long long)r->v[V1_ARG]);
    return v1_damages_add(&ix->damages, &d, end - ix->pos);
}

/* Whether text that stands alone was taken for a string, with the end of its line, or one that
 * lacks a byte has taken that of the next record. */
static bool is_odd_string(const struct v1_index *ix, const struct v1_record *r)
{
    assert(r->text_len > 0); /* else it is no good one */
    uint8_t last = r->text[r->text_len - 1];
    return *at(ix, ix->pos) != V1_String || last == V1_String || text_len(&last, 1) == 0 ||
           text_line(r->text, r->text_len) < r->text_len;
}

/* Only noted where it is: names are read when the whole table is known. */
static bool visit_string(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    (void)end;
    ix->odd |= is_odd_string(ix, r);
    return VEC_PUSH(&ix->strings, ix->pos);
}

/* The highest id too: a gap in the ids tells of stacks that are lost. */
static bool visit_stack(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    (void)end;
    ix->last_stack = r->v[V1_ARG] > ix->last_stack ? r->v[V1_ARG] : ix->last_stack;
    return VEC_PUSH(&ix->stacks, ix->pos);
}

/* Which goroutine a timer has matters to nothing here. */
static bool visit_timer(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    (void)ix, (void)r, (void)end;
    return true;
}

/* It belongs to no batch, wherever it stands: it has its own time, P and
 * goroutine. */
static bool visit_sample(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    (void)end;
    struct v1_out_of_turn x = {(int64_t)r->v[V1_ARG], 0, ix->pos};
    note_ticks(ix, r->v[V1_ARG]);
    ix->events++;
    ix->sample_count++;
    return VEC_PUSH(&ix->out_of_turn, x);
}

/* A GoSysExit is written when its thread has a P again. It says when it really
 * happened, in 1.5 also which number it had (Go 1.15 order1005). */
static bool set_aside(struct v1_index *ix, const struct v1_record *r)
{
    uint64_t real = r->v[V1_ARG + 2];
    struct v1_out_of_turn x = {(int64_t)real, 0, ix->pos};
    if (!ix->format.seq)
        return !real || VEC_PUSH(&ix->exits, x);
    x.key = (int64_t)r->v[V1_ARG + 1];
    x.second = (int64_t)(real ? real : ix->ticks);
    note_ticks(ix, (uint64_t)x.second);
    return VEC_PUSH(&ix->out_of_turn, x);
}

/* The first event of a batch is its earliest. */
static bool first_event(struct v1_index *ix)
{
    note_ticks(ix, ix->ticks);
    return list_batch(ix);
}

/* So that a start of 1.5 that is lost is seen without a further look at the events. */
static void note_turn(struct v1_batch *b, uint64_t type)
{
    b->needs_turn |= (type & V1_NEEDING) && b->turn == V1_AS_BEFORE;
    b->lacks_turn |= (type & V1_NEEDING) && b->turn == V1_NOBODY;
    b->turn = v1_turn_behind(b->turn, type);
}

/* The last one holds; v1_index_is_odd asks whether they differ. */
static void note_size(struct v1_index *ix, uint64_t procs)
{
    ix->resized |= ix->has_gomaxprocs && ix->gomaxprocs != procs;
    ix->has_gomaxprocs = true;
    ix->gomaxprocs = procs;
}

/* A line feed between two records is read as an STWDone. */
static void note_world(struct v1_index *ix, uint8_t type)
{
    uint8_t *world = ix->procs.data[ix->proc].world;
    if (type != V1_STWStart && type != V1_STWDone)
        return;
    ix->odd_world |= world[1] == type;
    world[0] = world[0] == V1_None ? type : world[0];
    world[1] = type;
}

bool v1_index_is_odd(const struct v1_index *ix)
{
    bool odd = ix->odd_world;
    for (size_t i = 0; i < ix->procs.len; i++)
        odd |= ix->procs.data[i].world[0] == V1_STWDone;
    odd = (odd && !ix->resized) || (ix->stacks.len && ix->stacks.len != ix->last_stack);
    return ix->odd || odd;
}

/* The batch grows by the record, whatever it is: cursors read it again. */
static bool visit_event(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    if (ix->proc == V1_NONE) {
        lose(ix, end - ix->pos);
        return true;
    }
    ix->ticks += r->v[V1_DT];
    if (!ix->in_batch && !first_event(ix))
        return false;
    if (r->type == V1_GoSysExit && !set_aside(ix, r))
        return false;
    struct v1_batch *b = &ix->batches.data[ix->batches.len - 1];
    assert_unchanged(ix->procs.data[ix->proc].last == ix->batches.len - 1 && b->end <= ix->pos &&
                     ix->pos < end);
    b->end = end;
    ix->odd |= ix->saw_frequency; /* it stands behind all events */
    note_world(ix, r->type);
    if (ix->format.seq)
        note_turn(b, UINT64_C(1) << r->type);
    ix->events++;
    if (r->type == V1_Gomaxprocs)
        note_size(ix, r->v[V1_ARG]);
    return true;
}

static const struct {
    visit *visit;
    uint8_t part;
} kinds[V1_TYPES] = {
    [V1_Batch] = {visit_batch, GOTRACE_PART_FRAMING},
    [V1_Frequency] = {visit_frequency, GOTRACE_PART_SYNC},
    [V1_Stack] = {visit_stack, GOTRACE_PART_STACKS},
    [V1_String] = {visit_string, GOTRACE_PART_STRINGS},
    [V1_TimerGoroutine] = {visit_timer, GOTRACE_PART_EVENTS},
    [V1_CPUSample] = {visit_sample, GOTRACE_PART_SAMPLES},
};

/* Bytes are counted by what they are for, before anything is decided of them. */
static bool visit_record(struct v1_index *ix, const struct v1_record *r, uint64_t end)
{
    visit *fn = kinds[r->type].visit;
    ix->part[fn ? kinds[r->type].part : GOTRACE_PART_EVENTS] += end - ix->pos;
    if (!ix->saw_batch && r->type != V1_String && r->type != V1_Batch && !say_stray(ix))
        return false;
    return (fn ? fn : visit_event)(ix, r, end);
}

/* A record that is broken: lost alone, or with everything behind it. */
static bool visit_fault(struct v1_index *ix, enum v1_fault fault, uint8_t type, uint64_t end)
{
    gotrace_diag d;
    ix->cut = fault == V1_CUT ? ix->pos : 0;
    v1_fault_diag(&d, &ix->format, fault, at(ix, ix->pos), ix->pos, 0);
    if (type == V1_Batch)
        return begin_losing(ix, &d, end - ix->pos);
    return v1_damages_add(&ix->damages, &d, end - ix->pos);
}

/* Events of a batch whose first is known are only stepped over. */
static void skip_events(struct v1_index *ix)
{
    const uint8_t *start = at(ix, ix->pos);
    if (!ix->in_batch || ix->proc == V1_NONE || ix->format.seq || ix->saw_frequency)
        return;
    const uint8_t *p = v1_step_over(&ix->strides, start, at(ix, ix->limit), &ix->events);
    if (p == start)
        return;
    assert_unchanged(p > start && p <= at(ix, ix->limit));
    ix->part[GOTRACE_PART_EVENTS] += (uint64_t)(p - start);
    ix->pos += (uint64_t)(p - start);
    ix->batches.data[ix->batches.len - 1].end = ix->pos;
}

/* Behind a fault that hides where the next record is, all up to the next gap is
 * lost. */
static bool step(struct v1_index *ix)
{
    const uint8_t *p = at(ix, ix->pos);
    struct v1_record r;
    enum v1_fault fault = v1_decode(&ix->format, &p, at(ix, ix->limit), &r);
    uint64_t next = ix->pos + (uint64_t)(p - at(ix, ix->pos));
    bool ok;
    if (v1_fault_is_final(fault))
        next = ix->limit;
    assert_unchanged(next > ix->pos &&
                     next <= ix->limit); /* each step takes bytes, and stays before a gap */
    if (fault == V1_GOOD)
        ok = visit_record(ix, &r, next);
    else
        ok = visit_fault(ix, fault, r.type, next);
    ix->pos = next;
    return ok;
}

/* Gaps */

static uint64_t offset_of(const struct v1_index *ix, const uint8_t *p)
{
    return ix->base + (uint64_t)(p - ix->data);
}

/* Gaps are in the order of the file, so only the next one matters. */
static void find_limit(struct v1_index *ix)
{
    const struct v1_gaps *g = ix->gaps;
    ix->limit =
        ix->next_gap < g->list.len ? offset_of(ix, g->list.data[ix->next_gap].from) : ix->end;
    assert(ix->limit >= ix->pos && ix->limit <= ix->end);
}

void v1_index_leave_out(struct v1_index *ix, const struct v1_gaps *gaps)
{
    assert(ix->pos == ix->base && !ix->gaps);
    ix->gaps = gaps;
    find_limit(ix);
}

/* The numbers that a batch comes to. */
static void run_through(const struct v1_index *ix, const struct v1_batch *b, uint64_t *ticks,
                        uint64_t *seq)
{
    struct v1_cursor c = {.next = V1_NONE, .ticks = b->ticks, .seq = b->seq, .all = true};
    struct v1_record r;
    if (b->off < b->end) { /* else there may have been no batch yet */
        c.at = at(ix, b->off);
        c.end = at(ix, b->end);
    }
    while (v1_cursor_next_slow(&c, ix, &r))
        ;
    *ticks = c.ticks;
    *seq = c.seq;
}

/* A batch goes on behind a gap: as another one, with the numbers that it has come to. */
static void go_on(struct v1_index *ix, const struct v1_batch *b, uint64_t known)
{
    uint64_t ticks, seq;
    run_through(ix, b, &ticks, &seq);
    begin_batch(ix, ix->pos, known ? known : ticks, seq);
}

/* One without an event yet goes on with its header's numbers. */
static void split_batch(struct v1_index *ix)
{
    go_on(ix, ix->in_batch ? &ix->batches.data[ix->batches.len - 1] : &ix->batch, 0);
}

/* One whose header is broken begins where the last of its P has ended. */
static bool begin_broken(struct v1_index *ix, const struct v1_header *h)
{
    ix->saw_batch = true;
    ix->batch_count++;
    if (!find_proc(ix, h->pid, &ix->proc))
        return false;
    uint32_t last = ix->procs.data[ix->proc].last;
    go_on(ix, last == V1_NONE ? &ix->batch : &ix->batches.data[last], h->ticks);
    return true;
}

/* The gap is a damage, and what comes behind it a batch of its own. */
static COLD bool step_gap(struct v1_index *ix)
{
    assert_unchanged(ix->gaps && ix->next_gap < ix->gaps->list.len);
    const struct v1_gap *gap = &ix->gaps->list.data[ix->next_gap++];
    gotrace_diag d;
    v1_gap_diag(&d, &ix->format, gap, ix->limit);
    assert_unchanged(ix->pos == ix->limit && offset_of(ix, gap->to) > ix->pos);
    ix->pos = offset_of(ix, gap->to);
    find_limit(ix);
    if (gap->in_batch && gap->header.is_known && !begin_broken(ix, &gap->header))
        return false;
    if (gap->in_batch && !gap->header.is_known)
        split_batch(ix);
    return v1_damages_add(&ix->damages, &d, (uint64_t)(gap->to - gap->from));
}

/* One record, and then as many as can be stepped over, count as one. */
gotrace_status v1_index_step_to(struct v1_index *ix, uint64_t to, size_t records)
{
    for (; records && ix->pos < to; records--) {
        bool ok = ix->pos == ix->limit ? step_gap(ix) : step(ix);
        if (!ok)
            return GOTRACE_NO_MEMORY;
        if (ix->pos != ix->limit)
            skip_events(ix);
    }
    assert(ix->pos <= ix->end && ix->limit <= ix->end);
    return ix->pos < to ? GOTRACE_OK : GOTRACE_END;
}

static bool is_sorted(const v1_out_of_turns *v)
{
    for (size_t i = 1; i < v->len; i++) {
        if (v1_out_of_turn_before(&v->data[i], &v->data[i - 1]))
            return false;
    }
    return true;
}

/* Sorting is last: only now all that comes out of turn is there. */
gotrace_status v1_index_step(struct v1_index *ix, size_t records)
{
    gotrace_status status = v1_index_step_to(ix, ix->end, records);
    if (status != GOTRACE_END)
        return status;
    v1_out_of_turn_sort(&ix->out_of_turn);
    v1_out_of_turn_sort(&ix->exits);
    assert_unchanged(is_sorted(&ix->out_of_turn) && is_sorted(&ix->exits) && ix->pos == ix->end);
    return GOTRACE_END;
}

/* Appending */

#define APPEND(to, from)                                                            \
    append((void **)&(to)->data, &(to)->len, &(to)->cap, (from)->data, (from)->len, \
           sizeof *(to)->data)

/* Like VEC_PUSH of n elements; nothing is copied where there are none. */
static bool append(void **data, size_t *len, size_t *cap, const void *more, size_t n, size_t size)
{
    if (!n)
        return true;
    if (*len + n > *cap && !vec_grow(data, cap, *len + n, size))
        return false;
    assert(*len + n <= *cap);
    memcpy((uint8_t *)*data + *len * size, more, n * size);
    *len += n;
    return true;
}

static void append_world(struct v1_index *ix, struct v1_proc *to, const struct v1_proc *p)
{
    if (p->world[0] == V1_None)
        return;
    ix->odd_world |= to->world[1] == p->world[0];
    to->world[0] = to->world[0] == V1_None ? p->world[0] : to->world[0];
    to->world[1] = p->world[1];
}

/* The chain of the P's batches goes on: its last one leads to the first of the
 * second half. */
static bool append_proc(struct v1_index *ix, const struct v1_proc *p, uint32_t batches)
{
    uint32_t n;
    if (!find_proc(ix, (uint64_t)p->pid, &n))
        return false;
    assert_unchanged(n < ix->procs.len && p->first <= p->last);
    struct v1_proc *to = &ix->procs.data[n];
    if (p->first == V1_NONE)
        return true;
    append_world(ix, to, p);
    if (to->last == V1_NONE)
        to->first = batches + p->first;
    else
        ix->batches.data[to->last].next = batches + p->first;
    to->last = batches + p->last;
    return true;
}

/* Numbers of batches are those of one index: those of the second half grow by
 * what is there. */
static bool append_batches(struct v1_index *ix, const struct v1_index *more)
{
    size_t n = ix->batches.len;
    if (n + more->batches.len >= V1_NONE || !APPEND(&ix->batches, &more->batches))
        return false;
    for (size_t i = n; i < ix->batches.len; i++) {
        if (ix->batches.data[i].next != V1_NONE)
            ix->batches.data[i].next += (uint32_t)n;
    }
    assert(ix->batches.len == n + more->batches.len);
    for (size_t i = 0; i < more->procs.len; i++) {
        if (!append_proc(ix, &more->procs.data[i], (uint32_t)n))
            return false;
    }
    return true;
}

/* As if the second half had been read behind the first: notes compare what
 * stands at the border. */
static void append_numbers(struct v1_index *ix, const struct v1_index *more)
{
    if (more->events)
        note_ticks(ix, more->min_ticks);
    ix->events += more->events;
    if (more->batch_count) {
        note_header(ix, more->header_ticks[0]);
        ix->header_ticks[1] = more->header_ticks[1];
    }
    ix->batch_count += more->batch_count;
    ix->sample_count += more->sample_count;
    for (size_t i = 0; i < GOTRACE_PARTS; i++)
        ix->part[i] += more->part[i];
    ix->freq = more->freq ? more->freq : ix->freq;
    ix->resized |= more->resized;
    if (more->last_stack > ix->last_stack)
        ix->last_stack = more->last_stack;
    if (more->has_gomaxprocs)
        note_size(ix, more->gomaxprocs);
    ix->odd_world |= more->odd_world;
    ix->odd |= more->odd || (ix->saw_frequency && more->events);
    ix->saw_frequency |= more->saw_frequency;
    ix->pos = more->pos;
}

/* Lists stay in the order of the file; what comes out of turn is sorted later. */
bool v1_index_append(struct v1_index *ix, const struct v1_index *more)
{
    assert_unchanged(more->base >= ix->base && more->end <= ix->end && !more->damages.list.len);
    if (!append_batches(ix, more) || !APPEND(&ix->strings, &more->strings) ||
        !APPEND(&ix->stacks, &more->stacks) || !APPEND(&ix->out_of_turn, &more->out_of_turn) ||
        !APPEND(&ix->exits, &more->exits))
        return false;
    append_numbers(ix, more);
    return true;
}

/* Asides */

/* Moves element i of a max-heap of n down to its place. */
static void sift(struct v1_out_of_turn *v, size_t i, size_t n)
{
    struct v1_out_of_turn x = v[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && v1_out_of_turn_before(&v[child], &v[child + 1]))
            child++;
        if (!v1_out_of_turn_before(&x, &v[child]))
            break;
        v[i] = v[child];
    }
    v[i] = x;
}

/* A heap sort: in place, since what is sorted may be as large as the trace, and
 * as fast whatever the trace says. */
void v1_out_of_turn_sort(v1_out_of_turns *v)
{
    if (is_sorted(v))
        return;
    for (size_t i = v->len / 2; i-- > 0;)
        sift(v->data, i, v->len);
    for (size_t n = v->len; n-- > 1;) {
        struct v1_out_of_turn x = v->data[0];
        v->data[0] = v->data[n];
        v->data[n] = x;
        sift(v->data, 0, n);
    }
    assert(is_sorted(v));
}

bool v1_record_at(const struct v1_index *ix, uint64_t off, uint8_t type, struct v1_record *out)
{
    const uint8_t *p = at(ix, off);
    return v1_decode(&ix->format, &p, at(ix, ix->end), out) == V1_GOOD && out->type == type;
}

bool v1_index_stack(const struct v1_index *ix, uint64_t off, struct v1_record *out)
{
    return v1_stack_at(&ix->format, at(ix, off), at(ix, ix->end), out);
}

/* Cursors */

/* Records that are no event of the P in whose batch they stand. The tick delta
 * of a CPUSample counts for nothing. */
static const uint64_t no_events = BIT(V1_Batch) | BIT(V1_Frequency) | BIT(V1_Stack) |
                                  BIT(V1_String) | BIT(V1_TimerGoroutine) | BIT(V1_CPUSample);

void v1_cursor_start(struct v1_cursor *c, const struct v1_index *ix, uint32_t proc, bool all)
{
    assert(proc < ix->procs.len);
    *c = (struct v1_cursor){.next = ix->procs.data[proc].first};
    c->all = all || !ix->format.seq;
}

/* fast_end is before the batch's end, or so far before the trace's that a
 * record fits: what is read the fast way stays within the bytes that there are. */
static bool next_batch(struct v1_cursor *c, const struct v1_index *ix)
{
    if (c->next == V1_NONE)
        return false;
    const struct v1_batch *b = &ix->batches.data[c->next];
    assert_unchanged(b->off < b->end && b->end <= ix->end &&
                     (b->next == V1_NONE || b->next > c->next));
    const uint8_t *all_end = at(ix, ix->end);
    c->at = c->fast_end = at(ix, b->off);
    c->end = at(ix, b->end);
    if (all_end - c->at > V1_FAST)
        c->fast_end = all_end - c->end > V1_FAST ? c->end : all_end - V1_FAST;
    c->ticks = b->ticks;
    c->seq = b->seq;
    c->next = b->next;
    return true;
}

/* Steps over what is no event of the P, and from batch to batch. */
bool v1_cursor_next_slow(struct v1_cursor *c, const struct v1_index *ix, struct v1_record *out)
{
    for (;;) {
        if (c->at >= c->end) {
            if (!next_batch(c, ix))
                return false;
            continue;
        }
        c->off = ix->base + (uint64_t)(c->at - ix->data);
        assert(c->off < ix->end);
        enum v1_fault fault = v1_decode(&ix->format, &c->at, at(ix, ix->end), out);
        if (v1_fault_is_final(fault))
            c->at = c->end; /* only when the file changes under us */
        if (fault != V1_GOOD || no_events >> out->type & 1)
            continue;
        c->ticks += out->v[V1_DT];
        c->seq += out->v[V1_SEQ];
        if (c->all || out->type != V1_GoSysExit)
            return true;
    }
}
