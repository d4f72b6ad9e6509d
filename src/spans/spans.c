/* spans.c: gotrace.h's maker of spans: which events are what to it. */
#include "spans/spans.h"

#include <string.h>

#include "base/mem.h"
#include "event/event.h"
#include "event/intern.h"
#include "event/versions.h"
#include "gotrace_lua.h"

static span_step *const steps[256] = {
    [EvProcStart] = p_step_start,
    [EvProcStop] = p_step_stop,
    [EvProcSteal] = p_step_steal,
    [EvProcStatus] = p_step_status,
    [EvGoCreate] = g_step_create,
    [EvGoCreateBlocked] = g_step_create_blocked,
    [EvGoCreateSyscall] = g_step_create_syscall,
    [EvGoStart] = g_step_start,
    [EvGoDestroy] = g_step_destroy,
    [EvGoDestroySyscall] = g_step_destroy_syscall,
    [EvGoStop] = g_step_stop,
    [EvGoBlock] = g_step_block,
    [EvGoUnblock] = g_step_unblock,
    [EvGoSyscallBegin] = g_step_syscall,
    [EvGoSyscallEnd] = g_step_syscall_end,
    [EvGoSyscallEndBlocked] = g_step_syscall_end_blocked,
    [EvGoStatus] = g_step_status,
    [EvGoStatusStack] = g_step_status,
    [EvGoSwitch] = g_step_switch,
    [EvGoSwitchDestroy] = g_step_switch,
    [EvGoLabel] = g_step_label,
    [EvSTWBegin] = range_step_stw,
    [EvSTWEnd] = range_step_stw_end,
    [EvGCBegin] = range_step_gc,
    [EvGCActive] = range_step_gc_active,
    [EvGCEnd] = range_step_gc_end,
    [EvGCSweepBegin] = range_step_sweep,
    [EvGCSweepActive] = range_step_sweep_active,
    [EvGCSweepEnd] = range_step_sweep_end,
    [EvGCMarkAssistBegin] = range_step_assist,
    [EvGCMarkAssistActive] = range_step_assist_active,
    [EvGCMarkAssistEnd] = range_step_assist_end,
    [EvUserTaskBegin] = task_step_begin,
    [EvUserTaskEnd] = task_step_end,
    [EvUserLog] = task_step_log,
    [EvUserRegionBegin] = region_step_begin,
    [EvUserRegionEnd] = region_step_end,
    [EvHeapAlloc] = collection_step_heap,
    [EvHeapGoal] = collection_step_goal,
};

/* Marks always: they say since when, and up to when, something is known. */
bool gotrace_spans_needs(uint32_t type, bool objects)
{
    bool mark = type == GOTRACE_EV_GENERATION || type == GOTRACE_EV_DAMAGE;
    bool heap = type == EvHeapAlloc || type == EvHeapGoal;
    return mark || (heap ? objects : type < 256 && steps[type]);
}

/* Names of ranges as Go has them (Go 1.27 internal/trace/event.go, Event.Range). */
static bool name_kinds(struct gotrace_spans *s)
{
    static const struct {
        gotrace_span_kind kind;
        const char *name;
    } kinds[] = {
        {GOTRACE_SPAN_GC, "GC concurrent mark phase"},
        {GOTRACE_SPAN_SWEEP, "GC incremental sweep"},
        {GOTRACE_SPAN_ASSIST, "GC mark assist"},
    };
    bool ok = names_string(s->names, "forever", strlen("forever"), &s->forever);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ok = ok && names_string(s->names, kinds[i].name, strlen(kinds[i].name),
                                &s->names_of[kinds[i].kind]);
    return ok;
}

/* begun_by: all that is open is asked for, but in gotrace_spans_open. */
gotrace_spans *gotrace_spans_new(gotrace_names *names, uint32_t kinds, uint32_t version)
{
    struct gotrace_spans *s = mem_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->names = names;
    s->kinds = s->told = kinds;
    s->is_v1 = version < VERSION_V2;
    s->heap = s->goal = NO_ID;
    s->losses = 1;
    s->young_from = s->begun_by = INT64_MAX;
    if (name_kinds(s))
        return s;
    gotrace_spans_free(s);
    return NULL;
}

void gotrace_spans_free(gotrace_spans *s)
{
    if (!s)
        return;
    gs_free(s);
    accounts_free(s);
    sums_free(s);
    books_free(s);
    VEC_FREE(&s->collections);
    VEC_FREE(&s->ms);
    idmap_free(&s->m_of);
    heard_free(s);
    VEC_FREE(&s->windows);
    VEC_FREE(&s->ps);
    VEC_FREE(&s->tasks);
    VEC_FREE(&s->unused_tasks);
    VEC_FREE(&s->over_tasks);
    VEC_FREE(&s->known);
    VEC_FREE(&s->going);
    VEC_FREE(&s->stops);
    VEC_FREE(&s->made);
    idmap_free(&s->p_of);
    map_free(&s->task_of);
    mem_free(s);
}

/* What step, run and flush say, behind what was made from number `first` on. */
static int32_t ended(struct gotrace_spans *s, size_t first)
{
    if (s->sums.len)
        sums_take(s, first);
    return s->failed ? -1 : (int32_t)s->made.len;
}

/* What is nobody's: goroutines are flushed before. */
static void flush_others(struct gotrace_spans *s, int64_t at, uint8_t open)
{
    procs_flush(s, at, open);
    ranges_flush(s, at, open);
    tasks_flush(s, at, open);
    made_sort(s);
}

/* A part of the trace is lost: nothing is known to last beyond. */
static void lose(struct gotrace_spans *s, int64_t at)
{
    if (s->gap)
        return; /* of several losses in a row the first has ended all */
    g_lose(s, at);
    flush_others(s, at, GOTRACE_SIDE_END);
    procs_forget(s, at);
    threads_forget(s);
    ranges_forget(s);
    tasks_forget(s);
    s->gap = true;
}

/* Something is known again, from that time on. */
static void resume(struct gotrace_spans *s, int64_t now)
{
    s->gap = false;
    s->known_from = now;
}

/* The first one, and the first behind a loss, say since when anything can be known. What is known
 * of one of which parts are lost is worth nothing outside of it. */
static void begin_generation(struct gotrace_spans *s, int64_t time, bool partial)
{
    if (s->generations && (partial || s->partial))
        lose(s, s->last);
    s->generation = time;
    s->partial = partial;
    heard_begin(s);
    if (s->gap || s->generations == 0)
        resume(s, time);
    s->generations++;
}

/* arg[2] is the bytes lost so far: by damage that cost none nothing is forgotten. */
static void take_mark(struct gotrace_spans *s, const gotrace_event *e,
                      const gotrace_generation *gen)
{
    if (e->type == GOTRACE_EV_GENERATION)
        begin_generation(s, gen->time, gen->partial);
    if (e->type != GOTRACE_EV_DAMAGE || e->arg[2] <= s->lost)
        return;
    s->lost = e->arg[2];
    lose(s, spans_now(s, e->time));
}

/* Times of events may go back by what a GoSwitch took beside its own; `last` does not. */
static void step(struct gotrace_spans *s, const gotrace_event *e, const gotrace_generation *gen)
{
    if (e->type >= GOTRACE_EV_GENERATION)
        take_mark(s, e, gen);
    else if (s->gap && gotrace_spans_needs(e->type, false)) /* others come only if asked for */
        resume(s, e->time);
    s->last = spans_now(s, e->time);
    bool hears = s->partial && gotrace_spans_needs(e->type, false);
    if (hears)
        heard_before(s, e);
    if (steps[e->type])
        steps[e->type](s, e);
    if (hears)
        heard_after(s, e);
}

/* The spans of the step before are gone, and with them what tasks that ended had. */
static void clear(struct gotrace_spans *s)
{
    s->made.len = s->stats_len = 0;
    tally_prepare(s);
    books_close(s);
    g_pack_ended(s);
}

/* The event is over when it returns: what it ended is in `made` until the next call. */
int32_t gotrace_spans_step(gotrace_spans *s, const gotrace_event *e, const gotrace_generation *gen)
{
    clear(s);
    step(s, e, gen);
    return ended(s, 0);
}

/* How many events ahead is fetched what leads to a goroutine, and what is known of it. */
enum { CACHE_LINE = 64, AHEAD = 2, FAR_AHEAD = 5 };

/* By the argument where the event is about another goroutine than its own;
 * NO_RECORD: none that is known. */
static inline uint32_t record_ahead(const struct gotrace_spans *s, const gotrace_event *e)
{
    bool is_other = e->type == EvGoStart || e->type == EvGoUnblock;
    int64_t id = is_other ? (int64_t)e->arg[0] : e->g;
    return id < 0 ? NO_RECORD : idmap_get(&s->g_of, (uint64_t)id);
}

/* The goroutines that the next events are about are seldom in the first cache, and the steps
 * until then take as long as to fetch them. */
static inline void prefetch(const struct gotrace_spans *s, const gotrace_event *e, uint32_t left)
{
    uint32_t i = left > FAR_AHEAD ? record_ahead(s, e + FAR_AHEAD) : NO_RECORD;
    if (i < FIRST_GONE)
        __builtin_prefetch(&s->gs.data[i]);
    i = left > AHEAD ? record_ahead(s, e + AHEAD) : NO_RECORD;
    const char *g = i < FIRST_GONE ? (const char *)s->gs.data[i].g : NULL;
    for (size_t line = 0; g && line < 3; line++)
        __builtin_prefetch(g + line * CACHE_LINE);
}

/* Without a call for each event. States may be summed without a span of them
 * only where nobody gets them span by span. */
uint32_t gotrace_spans_run(gotrace_spans *s, const gotrace_batch *batch, uint32_t first,
                           uint32_t last, const uint8_t stop[256], bool each, int32_t *count)
{
    bool stops = false;
    clear(s);
    s->sums_at_once = s->sums.len && !(s->told >> GOTRACE_SPAN_STATE & 1);
    for (s->at = first; s->at < last && !stops; s->at++) {
        s->at = tally_run(s, batch, s->at, last, stop);
        const gotrace_event *e = &batch->events[s->at];
        if (s->at == last || e->type >= GOTRACE_EV_GENERATION)
            break;
        size_t made = s->made.len;
        prefetch(s, e, last - s->at);
        step(s, e, batch->gen);
        if (s->sums.len && s->made.len > made)
            sums_take(s, made);
        stops = stop[e->type] || (each && s->made.len > 0);
    }
    s->sums_at_once = false;
    *count = ended(s, s->made.len);
    return s->at;
}

const gotrace_span *gotrace_spans_made(const gotrace_spans *s)
{
    return s->made.data;
}

void gotrace_spans_know(gotrace_spans *s, const gotrace_known_names *names)
{
    s->known_names = names;
}

bool gotrace_spans_window(gotrace_spans *s, int64_t from, int64_t to)
{
    struct window w = {from, to};
    return VEC_PUSH(&s->windows, w);
}

/* Later than the last step by a nanosecond at least, as no span lasts for nothing. */
int32_t gotrace_spans_flush(gotrace_spans *s, int64_t time)
{
    int64_t at = time > s->last ? time : s->last + 1;
    clear(s);
    for (size_t i = 0; i < s->gs.len; i++)
        if (s->gs.data[i].g)
            g_flush(s, s->gs.data[i].g, at, GOTRACE_SIDE_END);
    flush_others(s, at, GOTRACE_SIDE_END);
    return ended(s, 0);
}

/* Nothing ends by it: sums take a span once, when it does. */
int32_t gotrace_spans_open(gotrace_spans *s, int64_t time, int64_t least)
{
    uint32_t kinds = s->kinds;
    int64_t at = time > s->last ? time : s->last;
    clear(s);
    s->kinds = s->told;
    s->begun_by = least > 0 ? at - least : INT64_MAX;
    g_peek(s, at);
    flush_others(s, at, GOTRACE_SIDE_END);
    s->begun_by = INT64_MAX;
    s->kinds = kinds;
    return s->failed ? -1 : (int32_t)s->made.len;
}

/* Not sorted: sums do not depend on the order. */
int32_t gotrace_spans_sum_open(gotrace_spans *s)
{
    clear(s);
    g_peek(s, s->last + 1);
    procs_flush(s, s->last + 1, GOTRACE_SIDE_END);
    ranges_flush(s, s->last + 1, GOTRACE_SIDE_END);
    tasks_flush(s, s->last + 1, GOTRACE_SIDE_END);
    sums_take_open(s, 0);
    return s->failed ? -1 : (int32_t)s->made.len;
}

void gotrace_spans_heap(const gotrace_spans *s, int64_t *now, int64_t *goal)
{
    *now = s->heap;
    *goal = s->goal;
}
