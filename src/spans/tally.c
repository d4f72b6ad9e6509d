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

void tally_prepare(struct gotrace_spans *s)
{
    static const struct window none = {INT64_MAX, INT64_MIN};
    s->tallies = s->spares_longest && s->spares_figures && !s->objects && !s->accounts &&
                 !s->told && sums_can_tally(s);
    s->tallied = s->tallies && s->windows.len == 1 ? *s->windows.data : none;
}

/* The goroutine if it is one that lives and is in that state; NULL. */
static HOT struct span_g *g_in(const struct gotrace_spans *s, int64_t id, uint8_t state)
{
    uint32_t i = id < 0 ? NO_RECORD : idmap_get(&s->g_of, (uint64_t)id);
    struct span_g *g = i < FIRST_GONE ? s->gs.data[i].g : NULL;
    return g && g->state == state ? g : NULL;
}

/* Summing */

static HOT uint32_t *tallied_of(struct sums *sums, const struct sum_key *key)
{
    uint32_t mix = (key->func * 31 + key->reason) * 31 + key->stack;
    return &sums->tallied[(mix ^ mix >> 8) % TALLIED];
}

static HOT bool is_key(const struct sum *sum, const struct sum_key *key)
{
    return ((sum->key.func ^ key->func) | (sum->key.reason ^ key->reason) |
            (sum->key.stack ^ key->stack)) == 0;
}

static NOINLINE struct sum *look_up(struct sums *sums, gotrace_span_kind kind,
                                    const struct sum_key *key)
{
    gotrace_span span = {
        .kind = (uint8_t)kind, .reason = key->reason, .func = key->func, .stack = key->stack};
    uint32_t at = sums_find(sums, &span);
    if (at == NO_RECORD)
        return NULL;
    *tallied_of(sums, key) = at;
    return &sums->list.data[at];
}

/* The sums of a kind of spans and its state, if they are the only ones; NULL. */
static HOT struct sums *sums_of(struct gotrace_spans *s, gotrace_span_kind kind, uint8_t state)
{
    uint32_t i = s->sums_of[kind][state];
    struct sums *sums = i ? &s->sums.data[i - 1] : NULL;
    return sums && sums->also[state] == 0 ? sums : NULL;
}

/* What spans with that key count for; NULL: nothing yet. */
static HOT struct sum *sum_of(struct sums *sums, gotrace_span_kind kind,
                              const struct sum_key *key)
{
    uint32_t at = *tallied_of(sums, key);
    struct sum *sum = at < sums->list.len ? &sums->list.data[at] : NULL;
    return sum && is_key(sum, key) ? sum : look_up(sums, kind, key);
}

/* As sums.c does, of a span without `blocked`. */
static HOT void put(struct gotrace_spans *s, struct sums *sums, struct sum *sum, int64_t from,
                    int64_t to)
{
    int64_t dur = to - from;
    sums->seen++;
    sum->count++;
    sum->total += (uint64_t)dur;
    sum->from = from < sum->from ? from : sum->from;
    sum->to = to > sum->to ? to : sum->to;
    sum->least = dur < sum->least ? dur : sum->least;
    if (__builtin_expect(dur > sum->most, 0)) {
        sum->most = dur;
        sum->order = sums->seen;
        sum->longest.from = from;
        sum->longest.to = to;
    }
    if (sums->spec.bucket != 0 &&
        !buckets_add(&sums->buckets, (uint32_t)(sum - sums->list.data), sum->count,
                     sums->spec.bucket, dur))
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

static HOT struct tally tally_of(struct gotrace_spans *s, const struct span_g *g, int64_t now)
{
    struct tally t = {.sums = sums_of(s, GOTRACE_SPAN_STATE, g->state)};
    if (!t.sums || g->func == 0 || !is_whole(s, g->since, now))
        return t;
    const struct sum_key *mask = &t.sums->mask;
    struct sum_key key = {g->reason & mask->reason, g->func & mask->func,
                          g->stack_since & mask->stack};
    t.sum = sum_of(t.sums, GOTRACE_SPAN_STATE, &key);
    return t;
}

/* States */

/* Where a goroutine is from now on. */
static HOT void enter(struct span_g *g, uint8_t state, int64_t now, int64_t p, uint32_t reason)
{
    g->prev = g->state;
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
static HOT bool leave(struct gotrace_spans *s, struct span_g *g, int64_t now)
{
    struct tally t = tally_of(s, g, now);
    if (!t.sum)
        return false;
    put(s, t.sums, t.sum, g->since, now);
    return true;
}

static HOT bool start(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, (int64_t)e->arg[0], GOTRACE_STATE_RUNNABLE);
    if (!g || !leave(s, g, e->time))
        return false;
    enter(g, GOTRACE_STATE_RUNNING, e->time, e->p, GOTRACE_NO_REASON);
    return true;
}

/* stop, block: it waits for a P, or for something else. */
static HOT bool stop(struct gotrace_spans *s, const gotrace_event *e, uint8_t state,
                     uint32_t reason)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_RUNNING);
    if (!g || !leave(s, g, e->time))
        return false;
    set_stack(s, g, (uint32_t)e->arg[1]);
    enter(g, state, e->time, NO_ID, reason);
    return true;
}

static HOT bool unblock(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, (int64_t)e->arg[0], GOTRACE_STATE_WAITING);
    if (!g || !leave(s, g, e->time))
        return false;
    enter(g, GOTRACE_STATE_RUNNABLE, e->time, NO_ID, GOTRACE_NO_REASON);
    return true;
}

static HOT bool begin_syscall(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_RUNNING);
    struct span_p *p = p_find(s, e->p);
    if (!g || !p || !leave(s, g, e->time))
        return false;
    set_stack(s, g, (uint32_t)e->arg[1]);
    enter(g, GOTRACE_STATE_SYSCALL, e->time, e->p, GOTRACE_NO_REASON);
    p->counted_syscall = p->in_syscall = g->id;
    return true;
}

/* One that has had its proc all along. */
static HOT bool end_syscall(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_SYSCALL);
    if (!g || g->p == NO_ID || g->proc_lost != NEVER || g->p_unknown || !leave(s, g, e->time))
        return false;
    figures_end_syscall(s, g);
    enter(g, GOTRACE_STATE_RUNNING, e->time, e->p, GOTRACE_NO_REASON);
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
    enter(g, GOTRACE_STATE_RUNNABLE, e->time, NO_ID, GOTRACE_NO_REASON);
    return true;
}

/* What a life counts for that ends now. */
static HOT struct tally life_of(struct gotrace_spans *s, const struct span_g *g, int64_t now)
{
    struct tally t = {.sums = sums_of(s, GOTRACE_SPAN_GOROUTINE, GOTRACE_STATE_NONE)};
    if (!t.sums || !is_whole(s, g->life, now))
        return t;
    struct sum_key key = {.func = g->func & t.sums->mask.func};
    t.sum = sum_of(t.sums, GOTRACE_SPAN_GOROUTINE, &key);
    return t;
}

static bool destroy(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_RUNNING);
    if (!g || g->nameless || g->func == 0)
        return false;
    struct tally life = life_of(s, g, e->time);
    if ((!life.sum && spans_wanted(s, GOTRACE_SPAN_GOROUTINE)) || !leave(s, g, e->time))
        return false;
    if (life.sum)
        put(s, life.sums, life.sum, g->life, e->time);
    g->state = GOTRACE_STATE_NOT_EXIST;
    g->final = true;
    g_forget(s, g);
    return true;
}

/* Regions and logs */

static HOT bool begin_region(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_RUNNING);
    if (!g || spans_wanted(s, GOTRACE_SPAN_REGION) || !task_is_mentioned(s, e->arg[0]))
        return false;
    g->depth++;
    return true;
}

static HOT bool end_region(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_in(s, e->g, GOTRACE_STATE_RUNNING);
    if (!g || g->depth == 0)
        return false;
    g->depth--;
    return true;
}

/* Events */

/* What changes no state, and is summed by none. */
static HOT bool take_assist(const struct gotrace_spans *s, const gotrace_event *e)
{
    return !spans_wanted(s, GOTRACE_SPAN_ASSIST) && g_in(s, e->g, GOTRACE_STATE_RUNNING);
}

/* False: it is not plain, and nothing has been done. */
static HOT bool take(struct gotrace_spans *s, const gotrace_event *e)
{
    switch (e->type) {
    case EvGoStart:
        return start(s, e);
    case EvGoStop:
        return stop(s, e, GOTRACE_STATE_RUNNABLE, GOTRACE_NO_REASON);
    case EvGoBlock:
        return stop(s, e, GOTRACE_STATE_WAITING, (uint32_t)e->arg[0]);
    case EvGoUnblock:
        return unblock(s, e);
    case EvGoSyscallBegin:
        return begin_syscall(s, e);
    case EvGoSyscallEnd:
        return end_syscall(s, e);
    case EvGoCreate:
        return create(s, e);
    case EvGoDestroy:
        return destroy(s, e);
    case EvUserRegionBegin:
        return begin_region(s, e);
    case EvUserRegionEnd:
        return end_region(s, e);
    case EvGCMarkAssistBegin:
    case EvGCMarkAssistEnd:
        return take_assist(s, e);
    case EvGCSweepBegin:
    case EvGCSweepEnd:
        return !spans_wanted(s, GOTRACE_SPAN_SWEEP);
    case EvHeapAlloc:
        collection_step_heap(s, e);
        return true;
    case EvUserLog:
        return task_is_mentioned(s, e->arg[0]);
    default:
        return false;
    }
}

uint32_t tally_run(struct gotrace_spans *s, const gotrace_batch *batch, uint32_t first,
                   uint32_t last, const uint8_t stop_at[256])
{
    uint32_t at = first;
    if (!s->tallies || s->gap)
        return first;
    for (; at < last; at++) {
        const gotrace_event *e = &batch->events[at];
        if (stop_at[e->type] || !take(s, e))
            break;
    }
    if (at > first)
        s->last = spans_now(s, batch->events[at - 1].time);
    return at;
}
