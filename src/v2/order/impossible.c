#include "v2/order/impossible.h"

#include <inttypes.h>

/* One lost event makes others impossible for about so long (events). */
enum { SAME_CAUSE = 1000 };

void impossible_start(struct impossible *i)
{
    map_clear(&i->told);
}

void impossible_free(struct impossible *i)
{
    map_free(&i->told);
}

/* Words */

/* Who is switched to has waited. */
static uint8_t g_needed(uint8_t type)
{
    assert(event_number[type] == EVENT_G_SEQ);
    return event_step[type].who == TARGET_G ? event_step[type].from : GoWaiting;
}

/* Between the numbers that are had and wanted an event is missing. */
static void wait_of_g(gotrace_diag *d, const struct sched *s, const struct sched_event *ev)
{
    struct sched_g g;
    uint64_t id = ev->arg[0];
    if (!sched_find_g(s, (int64_t)id, &g)) {
        diag_set(d, GOTRACE_DAMAGED, 0,
                 "the creation or status of goroutine %" PRIu64 " is missing", id);
        return;
    }
    diag_set(d, GOTRACE_DAMAGED, 0, "an event of goroutine %" PRIu64 " is missing", id);
    diag_have(d, "%s, number %" PRIu64 " of generation %" PRIu64, event_gstatus(g.status), g.seq,
              g.gen);
    diag_want(d, "%s, number %" PRIu64 " of generation %" PRIu64, event_gstatus(g_needed(ev->type)),
              ev->arg[1] - 1, ev->gen);
}

static void wait_of_p(gotrace_diag *d, const struct sched *s, const struct sched_event *ev)
{
    struct sched_p p;
    uint64_t id = ev->arg[0];
    if (!sched_find_p(s, (int64_t)id, &p)) {
        diag_set(d, GOTRACE_DAMAGED, 0, "the status of proc %" PRIu64 " is missing", id);
        return;
    }
    diag_set(d, GOTRACE_DAMAGED, 0, "an event of proc %" PRIu64 " is missing", id);
    diag_have(d, "%s, number %" PRIu64 " of generation %" PRIu64, event_pstatus(p.status), p.seq,
              p.gen);
    diag_want(d, "%s, number %" PRIu64 " of generation %" PRIu64,
              event_pstatus(event_step[ev->type].from), ev->arg[1] - 1, ev->gen);
}

/* The thread still has a proc. */
static void wait_of_thread(gotrace_diag *d, const struct sched_event *ev)
{
    diag_set(d, GOTRACE_DAMAGED, 0, "an event of proc %" PRId64 " is missing", ev->p);
    diag_want(d, "a ProcStop, or a ProcSteal from thread %" PRId64, ev->m);
}

static void wait_of_gc(gotrace_diag *d, const struct sched *s, const struct sched_event *ev)
{
    uint64_t seq;
    assert(event_number[ev->type] == EVENT_GC_SEQ);
    (void)sched_gc(s, &seq);
    diag_set(d, GOTRACE_DAMAGED, 0, "an event of the garbage collector is missing");
    diag_have(d, "number %" PRIu64, ev->arg[0]);
    diag_want(d, "number %" PRIu64, seq + 1);
}

/* By what the event is about: its first argument, but for those that wait for
 * their own thread's proc. */
void impossible_wait(gotrace_diag *d, const struct sched *s, const struct cursor_slot *slot)
{
    const struct sched_event *ev = &slot->ev;
    uint8_t about = event_arg_type[ev->type][0];
    if (ev->type == EvGoSyscallEndBlocked || (ev->type == EvProcStart && ev->p != -1))
        wait_of_thread(d, ev);
    else if (about == GOTRACE_ARG_G)
        wait_of_g(d, s, ev);
    else if (about == GOTRACE_ARG_P)
        wait_of_p(d, s, ev);
    else
        wait_of_gc(d, s, ev);
    diag_fact(d, GOTRACE_FACT_MISSING);
}

void impossible_circle(gotrace_diag *d)
{
    diag_set(d, GOTRACE_DAMAGED, 0,
             "threads wait for each other, this one first; events are missing or out of order");
    diag_fact(d, GOTRACE_FACT_MISSING);
}

/* Not longer than fits in a message. */
static int name_of(gotrace_names *names, uint32_t id, const char **text)
{
    uint32_t len;
    *text = gotrace_string(names, id, &len);
    assert(*text); /* names are interned */
    return len < 40 ? (int)len : 40;
}

/* Whether it is that of an id that is in no table, see names_unknown. */
static bool is_unknown(const char *text, int len)
{
    int digits = 0;
    while (digits + 1 < len && text[digits + 1] >= '0' && text[digits + 1] <= '9')
        digits++;
    return len > 1 && text[0] == '?' && digits == len - 1;
}

/* Where other things are lost, it may be the begin or the end of a region. */
static void region_step(gotrace_diag *d, const struct sched *s, const struct sched_event *ev,
                        const struct builder *builder)
{
    struct sched_region inner;
    const char *text, *inner_text, *what = "regions are ended in another order than begun";
    int len = name_of(builder->names, ev->name, &text);
    if (!sched_region(s, ev->g, 0, &inner))
        return;
    int inner_len = name_of(builder->names, inner.name, &inner_text);
    bool unknown = is_unknown(text, len) || is_unknown(inner_text, inner_len);
    if (unknown)
        what = "whether this region is the innermost is lost with a name";
    else if (builder->lossy)
        what = "whether this region is the innermost is lost with other events";
    diag_set(d, GOTRACE_DAMAGED, 0, "%s: \"%.*s\" of task %" PRIu64 " by goroutine %" PRId64, what,
             len, text, ev->arg[0], ev->g);
    diag_want(d, "\"%.*s\" of task %" PRIu64 ", the innermost", inner_len, inner_text, inner.task);
    if (!unknown && !builder->lossy)
        diag_fact(d, GOTRACE_FACT_REGION);
}

/* Of all other rules the model's own words say enough. */
void impossible_step(gotrace_diag *d, const struct sched *s, const struct cursor_slot *slot,
                     const struct builder *builder)
{
    if (slot->ev.type == EvUserRegionEnd && slot->ev.g != -1)
        region_step(d, s, &slot->ev, builder);
}

/* What it is about */

enum subject { ABOUT_G, ABOUT_P, ABOUT_RANGE, ABOUT_GC };
enum { SUBJECTS = 3 };

static uint64_t key_of(enum subject about, uint64_t id)
{
    return id << 2 | (uint64_t)about;
}

/* These are told of once a goroutine: a lost begin makes all ends behind it
 * impossible. */
static bool is_range(uint8_t type)
{
    return type == EvSTWBegin || type == EvSTWEnd ||
           (type >= EvGCSweepActive && type <= EvGCMarkAssistEnd) ||
           (type >= EvUserTaskBegin && type <= EvUserRegionEnd);
}

/* Regions by their names; where others are lost, all of a goroutine for the same reason. */
static uint64_t key_of_region(const struct sched_event *ev, bool lossy)
{
    uint64_t name = lossy ? 0 : (uint64_t)ev->name + 1;
    return key_of(ABOUT_RANGE, (uint64_t)ev->g + name * 0x9e3779b97f4a7c15u);
}

/* The keys of what the event is about; returns how many. */
static size_t subjects(const struct sched_event *ev, bool lossy, uint64_t key[SUBJECTS])
{
    uint8_t arg = event_arg_type[ev->type][0];
    size_t n = 0;
    if (ev->type >= EvGCActive && ev->type <= EvGCEnd)
        key[n++] = key_of(ABOUT_GC, 0);
    else if (ev->type == EvUserRegionEnd)
        key[n++] = key_of_region(ev, lossy);
    else if (is_range(ev->type))
        key[n++] = key_of(ABOUT_RANGE, (uint64_t)ev->g);
    if (n)
        return n;
    if (arg == GOTRACE_ARG_G || arg == GOTRACE_ARG_P)
        key[n++] = key_of(arg == GOTRACE_ARG_G ? ABOUT_G : ABOUT_P, ev->arg[0]);
    if (ev->g != -1)
        key[n++] = key_of(ABOUT_G, (uint64_t)ev->g);
    if (ev->p != -1)
        key[n++] = key_of(ABOUT_P, (uint64_t)ev->p);
    assert(n <= SUBJECTS);
    return n;
}

/* Told of again when it is long enough ago: then something else was lost. */
bool impossible_is_new(struct impossible *i, const struct cursor_slot *slot,
                       const struct builder *builder)
{
    uint64_t key[SUBJECTS];
    uint32_t at = (uint32_t)(builder->info.events & INT32_MAX);
    size_t n = subjects(&slot->ev, builder->lossy, key);
    bool is_new = true;
    for (size_t k = 0; k < n; k++) {
        uint32_t before = map_get(&i->told, key[k]);
        uint32_t since = is_range(slot->ev.type) ? 0 : at - before;
        is_new &= before == MAP_NONE || since > SAME_CAUSE;
    }
    for (size_t k = 0; k < n; k++)
        (void)map_put(&i->told, key[k], at); /* without memory it is told again */
    return is_new;
}

/* Unknown ids */

/* That a generation is cut off or has a gap says it for its tables. */
void unknown_id(struct unknown_ids *u, const struct cursor *c, const struct generation *g,
                struct builder *builder, uint64_t id)
{
    gotrace_diag d;
    if (g->partial || u->events++)
        return;
    diag_set(&d, GOTRACE_DAMAGED, 0, "an event refers to an unknown string or stack");
    diag_have(&d, "id %" PRIu64, id);
    if (!generation_has(g, V2_STRINGS) || !generation_has(g, V2_STACKS))
        diag_fact(&d, GOTRACE_FACT_BATCHES);
    cursor_blame(c, g, &d);
    batch_damage(builder, &d, 0);
}

/* Without an offset, as they are all over the generation. */
void unknown_ids_end(struct unknown_ids *u, const struct generation *g, struct builder *builder)
{
    gotrace_diag d;
    uint64_t more = u->events ? u->events - 1 : 0;
    assert(!g->partial || u->events == 0); /* there they are no further damage */
    u->events = 0;
    if (!more)
        return;
    diag_set(&d, GOTRACE_DAMAGED, DIAG_NO_OFFSET,
             "%" PRIu64 " more events refer to unknown strings or stacks", more);
    d.gen = g->gen;
    batch_damage(builder, &d, 0);
}
