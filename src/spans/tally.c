/* tally.c: changes of states where nothing is asked for but sums, and nothing but their keys
 * and figures is asked of those: what `top` shows.
 *
 * Events of the plain kind are taken in place: the goroutine is in the state that the event
 * ends, all of that is in the window, and such a state was summed before. Anything else is left
 * for spans.c, which finds records as it would have left them, but for what only spans tell:
 * threads, wakers, numbers of events, regions and tasks that are worked on. */
#include "base/compiler.h"
#include "event/event.h"
#include "spans/spans.h"

/* The sums of a kind of spans and its state, if they are the only ones; NULL. */
static struct sums *sums_of(const struct gotrace_spans *s, gotrace_span_kind kind, uint8_t state)
{
    uint32_t i = s->sums_of[kind][state];
    struct sums *sums = i ? &s->sums.data[i - 1] : NULL;
    return sums && sums->also[state] == 0 ? sums : NULL;
}

void tally_prepare(struct gotrace_spans *s)
{
    static const struct window none = {INT64_MAX, INT64_MIN};
    s->tallies = s->spares_longest && s->spares_figures && !s->objects && !s->accounts &&
                 !s->told && !s->partial && sums_can_tally(s);
    if (!s->tallies)
        return;
    s->tallied = s->windows.len == 1 ? *s->windows.data : none;
    for (uint32_t state = 0; state < SPAN_STATES; state++)
        s->tallied_states[state] = sums_of(s, GOTRACE_SPAN_STATE, (uint8_t)state);
}

/* The goroutine if it is one that lives and is in that state; NULL. */
static HOT struct span_g *g_in(const struct gotrace_spans *s, int64_t id, uint8_t state)
{
    uint32_t i = id < 0 ? NO_RECORD : idmap_get(&s->g_of, (uint64_t)id);
    struct span_g *g = i < FIRST_GONE ? s->gs.data[i].g : NULL;
    return g && g->state == state ? g : NULL;
}

/* The same of the event's own: a thread's events come many at a time, and most are of the
 * goroutine of the event before. If that is gone its record says so, or has another's id. */
static HOT struct span_g *own_in(struct gotrace_spans *s, const gotrace_event *e, uint8_t state)
{
    struct span_g *g = s->tallied_last;
    if (g && g->id == e->g && g->state == state)
        return g;
    g = g_in(s, e->g, state);
    if (g)
        s->tallied_last = g;
    return g;
}

/* Summing */

static HOT uint32_t *tallied_of(struct sums *sums, struct sum_key key)
{
    uint32_t mix = (key.func ^ key.reason << 16 ^ key.stack << 8) * 0x9e3779b1u;
    return &sums->tallied[mix >> (32 - TALLIED_BITS)];
}

static HOT bool is_key(const struct sum *sum, struct sum_key key)
{
    return ((sum->key.func ^ key.func) | (sum->key.reason ^ key.reason) |
            (sum->key.stack ^ key.stack)) == 0;
}

static NOINLINE struct sum *look_up(struct sums *sums, gotrace_span_kind kind, struct sum_key key)
{
    gotrace_span span = {
        .kind = (uint8_t)kind, .reason = key.reason, .func = key.func, .stack = key.stack};
    uint32_t at = sums_find(sums, &span);
    if (at == NO_RECORD)
        return NULL;
    *tallied_of(sums, key) = at;
    return &sums->list.data[at];
}

/* What spans with that key count for; NULL: nothing yet. */
static HOT struct sum *sum_of(struct sums *sums, gotrace_span_kind kind, struct sum_key key)
{
    uint32_t at = *tallied_of(sums, key);
    struct sum *sum = at < sums->list.len ? &sums->list.data[at] : NULL;
    return sum && is_key(sum, key) ? sum : look_up(sums, kind, key);
}

/* As sums.c does, of a span without `blocked`; none that was counted before ended later. */
static HOT void put(struct gotrace_spans *s, struct sums *sums, struct sum *sum, int64_t from,
                    int64_t to)
{
    int64_t dur = to - from;
    sums->seen++;
    sum->count++;
    sum->total += (uint64_t)dur;
    sum->from = from < sum->from ? from : sum->from;
    sum->to = to;
    sum->least = dur < sum->least ? dur : sum->least;
    if (__builtin_expect(dur > sum->most, 0)) {
        sum->most = dur;
        sum->order = sums->seen;
        sum->longest.from = from;
        sum->longest.to = to;
    }
    if (sums->spec.bucket == 0)
        return;
    uint32_t number = (uint32_t)(sum - sums->list.data);
    if (!buckets_add_known(&sums->buckets, number, dur) &&
        !buckets_add(&sums->buckets, number, sum->count, sums->spec.bucket, dur))
        s->failed = true;
}

static HOT bool is_whole(const struct gotrace_spans *s, int64_t from, int64_t to)
{
    return from >= s->tallied.from && to <= s->tallied.to && from < to;
}

/* What a state that ends now counts for. */
struct tally {
    struct sums *sums;
    struct sum *sum; /* NULL: it is not plain */
};

static HOT struct tally tally_of(struct gotrace_spans *s, const struct span_g *g, uint8_t state,
                                 int64_t now)
{
    struct tally t = {.sums = s->tallied_states[state]};
    if (!t.sums || g->func == 0 || !is_whole(s, g->since, now))
        return t;
    const struct sum_key *mask = &t.sums->mask;
    struct sum_key key = {g->reason & mask->reason, g->func & mask->func,
                          g->stack_since & mask->stack};
    t.sum = sum_of(t.sums, GOTRACE_SPAN_STATE, key);
    return t;
}

/* States */

/* What an event makes of a goroutine that is in `from`. */
struct change {
    uint8_t from, to; /* GOTRACE_STATE_... */
    bool is_other;    /* the goroutine is argument 0, and not the one that does it */
    bool has_stack;   /* its own, argument 1 */
    bool has_reason;  /* argument 0 */
    bool has_p;       /* it is on the proc */
};
static const struct change start = {
    .from = GOTRACE_STATE_RUNNABLE, .to = GOTRACE_STATE_RUNNING, .is_other = true, .has_p = true};
static const struct change stop = {
    .from = GOTRACE_STATE_RUNNING, .to = GOTRACE_STATE_RUNNABLE, .has_stack = true};
static const struct change block = {.from = GOTRACE_STATE_RUNNING,
                                    .to = GOTRACE_STATE_WAITING,
                                    .has_stack = true,
                                    .has_reason = true};
static const struct change unblock = {
    .from = GOTRACE_STATE_WAITING, .to = GOTRACE_STATE_RUNNABLE, .is_other = true};
static const struct change begin_syscall = {
    .from = GOTRACE_STATE_RUNNING, .to = GOTRACE_STATE_SYSCALL, .has_stack = true, .has_p = true};
static const struct change end_syscall = {
    .from = GOTRACE_STATE_SYSCALL, .to = GOTRACE_STATE_RUNNING, .has_p = true};

/* Where a goroutine is from now on. */
static HOT void enter(struct span_g *g, uint8_t prev, uint8_t state, int64_t now, int64_t p,
                      uint32_t reason)
{
    g->prev = prev;
    g->state = state;
    g->since = now;
    g->p = p;
    g->proc_lost = NEVER;
    g->stack_since = g->stack;
    g->reason = reason;
    g->p_unknown = g->open = g->bare = false;
}

/* As g_stack of one that has a name. */
static HOT void set_stack(const struct gotrace_spans *s, struct span_g *g, uint32_t stack)
{
    if (stack != g->stack && gotrace_stack_len(s->names, stack) > 0)
        g->stack = stack;
}

/* Ends the state; false: it is not plain. */
static HOT bool leave(struct gotrace_spans *s, struct span_g *g, uint8_t state, int64_t now)
{
    struct tally t = tally_of(s, g, state, now);
    if (!t.sum)
        return false;
    put(s, t.sums, t.sum, g->since, now);
    return true;
}

/* Whether it has had its proc all along. */
static HOT bool is_plain_syscall(const struct span_g *g)
{
    return g->p != NO_ID && g->proc_lost == NEVER && !g->p_unknown;
}

static HOT bool change(struct gotrace_spans *s, const gotrace_event *e, const struct change *c)
{
    struct span_g *g = c->is_other ? g_in(s, (int64_t)e->arg[0], c->from) : own_in(s, e, c->from);
    if (!g || (c->from == GOTRACE_STATE_SYSCALL && !is_plain_syscall(g)))
        return false;
    struct span_p *p = c->to == GOTRACE_STATE_SYSCALL ? p_find(s, e->p) : NULL;
    if ((c->to == GOTRACE_STATE_SYSCALL && !p) || !leave(s, g, c->from, e->time))
        return false;
    if (c->from == GOTRACE_STATE_SYSCALL)
        figures_end_syscall(s, g);
    if (c->has_stack)
        set_stack(s, g, (uint32_t)e->arg[1]);
    enter(g, c->from, c->to, e->time, c->has_p ? e->p : NO_ID,
          c->has_reason ? (uint32_t)e->arg[0] : GOTRACE_NO_REASON);
    if (p)
        p->counted_syscall = p->in_syscall = g->id;
    if (c->to == GOTRACE_STATE_RUNNING)
        s->tallied_last = g;
    return true;
}

/* Lives */

/* One that nothing was known of, and whose stack says what it is. */
static bool create(struct gotrace_spans *s, const gotrace_event *e)
{
    int64_t id = (int64_t)e->arg[0];
    uint32_t stack = (uint32_t)e->arg[1], n = gotrace_stack_len(s->names, stack);
    if (id < 0 || n == 0 || s->known_names || idmap_get(&s->g_of, (uint64_t)id) != NO_RECORD)
        return false;
    struct span_g *g = g_new(s, id);
    if (!g)
        return true;
    g_list(s, g);
    g->created = g->life = e->time;
    g->stack = stack;
    g_name(s, g, gotrace_stack_frame(s->names, stack, n - 1)->func);
    enter(g, g->state, GOTRACE_STATE_RUNNABLE, e->time, NO_ID, GOTRACE_NO_REASON);
    return true;
}

/* What a life counts for that ends now. */
static HOT struct tally life_of(struct gotrace_spans *s, const struct span_g *g, int64_t now)
{
    struct tally t = {.sums = sums_of(s, GOTRACE_SPAN_GOROUTINE, GOTRACE_STATE_NONE)};
    if (!t.sums || !is_whole(s, g_born(g), now))
        return t;
    struct sum_key key = {.func = g->func & t.sums->mask.func};
    t.sum = sum_of(t.sums, GOTRACE_SPAN_GOROUTINE, key);
    return t;
}

static bool destroy(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = own_in(s, e, GOTRACE_STATE_RUNNING);
    if (!g || g->nameless || g->func == 0)
        return false;
    struct tally life = life_of(s, g, e->time);
    if ((!life.sum && spans_wanted(s, GOTRACE_SPAN_GOROUTINE)) ||
        !leave(s, g, GOTRACE_STATE_RUNNING, e->time))
        return false;
    if (life.sum)
        put(s, life.sums, life.sum, g_born(g), e->time);
    g->state = GOTRACE_STATE_NOT_EXIST;
    g->final = true;
    g_forget(s, g);
    return true;
}

/* Regions and logs */

static bool begin_region(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = own_in(s, e, GOTRACE_STATE_RUNNING);
    if (!g || spans_wanted(s, GOTRACE_SPAN_REGION))
        return false;
    task_mention(s, g, e->arg[0]);
    g->depth++;
    return true;
}

static bool take_log(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = own_in(s, e, GOTRACE_STATE_RUNNING);
    if (g)
        task_mention(s, g, e->arg[0]);
    return g;
}

static bool end_region(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = own_in(s, e, GOTRACE_STATE_RUNNING);
    if (!g || g->depth == 0)
        return false;
    g->depth--;
    return true;
}

/* Events */

/* What changes no state, and is summed by none. */
static bool take_assist(struct gotrace_spans *s, const gotrace_event *e)
{
    return !spans_wanted(s, GOTRACE_SPAN_ASSIST) && own_in(s, e, GOTRACE_STATE_RUNNING);
}

static bool take_sweep(struct gotrace_spans *s, const gotrace_event *e)
{
    (void)e;
    return !spans_wanted(s, GOTRACE_SPAN_SWEEP);
}

static bool take_heap(struct gotrace_spans *s, const gotrace_event *e)
{
    collection_step_heap(s, e);
    return true;
}

/* Changes of states by types. False, here and in what is above: the event is not plain, and
 * nothing has been done. */
#define CHANGE(name)                                                         \
    static bool take_##name(struct gotrace_spans *s, const gotrace_event *e) \
    {                                                                        \
        return change(s, e, &name);                                          \
    }
CHANGE(start)
CHANGE(stop)
CHANGE(block)
CHANGE(unblock)
CHANGE(begin_syscall)
CHANGE(end_syscall)
#undef CHANGE

static bool (*const takes[256])(struct gotrace_spans *s, const gotrace_event *e) = {
    [EvGoStart] = take_start,
    [EvGoStop] = take_stop,
    [EvGoBlock] = take_block,
    [EvGoUnblock] = take_unblock,
    [EvGoSyscallBegin] = take_begin_syscall,
    [EvGoSyscallEnd] = take_end_syscall,
    [EvGoCreate] = create,
    [EvGoDestroy] = destroy,
    [EvUserRegionBegin] = begin_region,
    [EvUserRegionEnd] = end_region,
    [EvUserLog] = take_log,
    [EvGCMarkAssistBegin] = take_assist,
    [EvGCMarkAssistEnd] = take_assist,
    [EvGCSweepBegin] = take_sweep,
    [EvGCSweepEnd] = take_sweep,
    [EvHeapAlloc] = take_heap,
};

/* How many events ahead a goroutine is fetched that is woken: it has slept, and is in the cache
 * no more. */
enum { TALLY_AHEAD = 8 };

static HOT void prefetch(const struct gotrace_spans *s, const gotrace_event *e)
{
    uint32_t i = e->type == EvGoUnblock ? idmap_get(&s->g_of, e->arg[0]) : NO_RECORD;
    if (i < FIRST_GONE)
        __builtin_prefetch(s->gs.data[i].g);
}

uint32_t tally_run(struct gotrace_spans *s, const gotrace_batch *batch, uint32_t first,
                   uint32_t last, const uint8_t ends[256])
{
    uint32_t at = first;
    if (!s->tallies || s->gap)
        return first;
    s->tallied_last = NULL; /* steps may have freed it */
    for (; at < last; at++) {
        const gotrace_event *e = &batch->events[at];
        if (at + TALLY_AHEAD < last)
            prefetch(s, e + TALLY_AHEAD);
        if (ends[e->type] || !takes[e->type] || !takes[e->type](s, e))
            break;
    }
    if (at > first)
        s->last = spans_now(s, batch->events[at - 1].time);
    return at;
}
