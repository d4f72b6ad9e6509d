#include "v1/convert.h"

#include <assert.h>

#include "base/compiler.h"
#include "event/event.h"

#define NONE UINT64_MAX

/* Times */

/* Go multiplies as floats. What does not fit an int64 only comes from broken
 * ticks; the limit leaves room for a step of 1 ns an event. */
static HOT int64_t to_ns(const struct v1_convert *l, uint64_t ticks)
{
    const double limit = 4e18;
    double ns = (double)(int64_t)(ticks - l->min_ticks) * l->ns_per_tick;
    if (!(ns < limit))
        return (int64_t)limit;
    return ns < 0 ? 0 : (int64_t)ns;
}

/* What is the same for all events of a P while it has its thread. */
struct convert_place {
    int64_t home;    /* the thread, -1: none */
    int64_t unknown; /* 0, or -1: nothing is known of what ran when */
};

static struct convert_place place_of(const struct v1_convert *l, uint32_t stream)
{
    int64_t unknown = l->order_ahead ? 0 : -1;
    if (stream == V1_NONE)
        return (struct convert_place){-1, unknown};
    assert_unchanged(stream < l->streams.len);
    return (struct convert_place){l->streams.data[stream].m, unknown};
}

/* ns that an event may come later than it says before that is told. */
enum { LATE = 1000 };

/* Adds an event at `time`, or as soon after the one before as can be, without
 * arguments. NULL: not wanted. */
static HOT gotrace_event *add_bare(struct v1_convert *l, struct builder *f,
                                   const struct convert_place *at, const struct v1_event *ev,
                                   uint8_t type, int64_t time)
{
    int64_t nobody = ev->own == V1_G_NONE ? -1 : -(int64_t)v1_rule_of(ev)->idle;
    assert_unchanged(ev->own < l->lives.all.len && time >= 0 && l->last < INT64_MAX);
    bool late = l->last - time >= LATE;
    time = time > l->last ? time : l->last + 1;
    assert(time > l->last); /* times never fall */
    l->last = time;
    gotrace_event *e = batch_append(f, type, time, ev->off);
    if (!e)
        return NULL;
    e->flags |= (uint8_t)(late * GOTRACE_TIME_LATE);
    e->home = at->home;
    e->ticks = (uint64_t)time + 1; /* a clock of ns, which never shows 0 */
    e->m = at->home;
    e->p = ev->p | at->unknown;
    e->g = (int64_t)l->lives.all.data[ev->own].id | nobody | at->unknown;
    return e;
}

/* The same with arguments, all 0. */
static gotrace_event *add_at(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                             uint8_t type, int64_t time)
{
    const struct convert_place at = place_of(l, ev->stream);
    gotrace_event *e = add_bare(l, f, &at, ev, type, time);
    if (e)
        memset(e->arg, 0, sizeof e->arg);
    return e;
}

static gotrace_event *add(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                          uint8_t type)
{
    return add_at(l, f, ev, type, l->now);
}

/* By its row in rules.def. */
static gotrace_event *add_rule(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    return add(l, f, ev, v1_rule_of(ev)->to);
}

static HOT uint64_t stack_of(struct v1_convert *l, const struct v1_event *ev)
{
    const struct v1_layout *layout = &l->index->format.layout[ev->type];
    assert_unchanged(!layout->stack ||
                     V1_ARG + (size_t)layout->full < sizeof ev->v / sizeof *ev->v);
    /* Stack 0 is none. */
    uint64_t id = ev->v[V1_ARG + layout->full] & (0 - (uint64_t)layout->stack);
    return v1_names_stack(l->names, id);
}

static uint64_t intern_reason(struct v1_convert *l, uint8_t type)
{
    const char *text = v1_rules[type].reason;
    assert_unchanged(text && l->names); /* each that is asked for one has one */
    l->reasons[type] = v1_names_text(l->names, text, strlen(text)) + 1;
    return l->reasons[type] - 1;
}

static HOT uint64_t reason_of(struct v1_convert *l, uint8_t type)
{
    return l->reasons[type] ? l->reasons[type] - 1 : intern_reason(l, type);
}

/* Converting, by the table's names */

typedef void convert_event(struct v1_convert *l, struct builder *f, const struct v1_event *ev);

/* What an argument is: see convert_at. */
enum from { NIL, ARG0, ARG1, STACK, REASON, FROMS };

/* How events of a type are converted: `early` before the start is known, then
 * `rest`; NULL: plainly, with the arguments `from` there. */
struct row {
    convert_event *early, *rest;
    uint8_t from[4];
};
static const struct row rows[V1_TYPES];

/* One event, whose arguments are taken over. */
static HOT void convert_at(struct v1_convert *l, struct builder *f, const struct convert_place *at,
                           const struct v1_event *ev)
{
    const struct row *row = &rows[ev->type];
    gotrace_event *e = add_bare(l, f, at, ev, v1_rule_of(ev)->to, l->now);
    if (!e)
        return;
    uint64_t reason = reason_of(l, ev->type); /* interned first */
    uint64_t stack = stack_of(l, ev);
    const uint64_t from[FROMS] = {
        [ARG0] = ev->v[V1_ARG],
        [ARG1] = ev->v[V1_ARG + 1],
        [STACK] = stack,
        [REASON] = reason,
    };
    e->arg[0] = from[row->from[0]];
    e->arg[1] = from[row->from[1]];
    e->arg[2] = from[row->from[2]];
    e->arg[3] = 0;
}

static void convert_plainly(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    const struct convert_place at = place_of(l, ev->stream);
    convert_at(l, f, &at, ev);
}

static void convert_nothing(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    (void)l, (void)f, (void)ev;
}

/* From now on goroutines that begin have stacks. */
static void end_start(struct v1_convert *l)
{
    l->before_start = false;
    l->check.stacks = l->names->stacks;
}

/* The first one ends what is known of the start: those goroutines that nothing
 * was heard of are runnable. */
static void begin_start(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    (void)f;
    end_start(l);
    l->restating = true;
    l->restated_off = ev->off;
}

/* On no P yet: which one it is about is its argument. */
static void status_of_p(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                        uint64_t status)
{
    gotrace_event *e = add(l, f, ev, EvProcStatus);
    if (!e)
        return;
    e->p = -1;
    e->arg[0] = (uint64_t)ev->p;
    e->arg[1] = status;
}

static void count_thread(struct v1_convert *l, uint64_t m)
{
    if (map_get(&l->threads, m) == MAP_NONE && !map_put(&l->threads, m, 0))
        l->failed = true;
}

/* The first only states that the P runs: it may have run before the trace. */
static void convert_proc_start(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    assert_unchanged(ev->stream < l->streams.len); /* only a P starts */
    struct convert_stream *s = &l->streams.data[ev->stream];
    s->m = (int64_t)ev->v[V1_ARG];
    count_thread(l, ev->v[V1_ARG]);
    if (!s->seen) {
        s->seen = true;
        status_of_p(l, f, ev, ProcRunning);
        return;
    }
    gotrace_event *e = add_rule(l, f, ev);
    if (!e)
        return;
    e->p = -1;
    e->arg[0] = (uint64_t)ev->p;
}

static void convert_proc_stop(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    assert_unchanged(ev->stream < l->streams.len);
    struct convert_stream *s = &l->streams.data[ev->stream];
    if (s->seen)
        (void)add_rule(l, f, ev);
    else
        status_of_p(l, f, ev, ProcIdle);
    s->seen = true;
    s->rested = s->m;
    s->rested_at = l->now;
    s->m = -1;
}

/* Kinds as numbers, 1.21; the first two are the only ones before, from 0 on. */
static const char *const stw_kinds[] = {
    "",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutine stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
};

static const char *stw_kind(uint32_t version, uint64_t kind)
{
    if (version < 21)
        kind = kind < 2 ? kind + 1 : 0;
    return stw_kinds[kind < sizeof stw_kinds / sizeof *stw_kinds ? kind : 0];
}

static void convert_stw_start(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    const char *kind = stw_kind(l->index->format.version, ev->v[V1_ARG]);
    gotrace_event *e = add_rule(l, f, ev);
    if (e)
        e->arg[0] = v1_names_text(l->names, kind, strlen(kind));
}

/* Said of when the start is over, unless something tells more of it before. */
static void withhold(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    (void)f;
    assert_unchanged(ev->target < l->lives.all.len);
    struct v1_life *g = &l->lives.all.data[ev->target];
    if (!g->alive && !VEC_PUSH(&l->alive, ev->target))
        l->failed = true;
    g->alive = true;
}

/* In 1.5 the new goroutine's function is a PC; elsewhere PCs in stacks are
 * return addresses, one behind the call. */
static uint64_t new_stack(struct v1_convert *l, const struct v1_event *ev)
{
    uint64_t v = ev->v[V1_ARG + 1];
    return l->index->format.seq ? v1_names_pc(l->names, v + 1) : v1_names_stack(l->names, v);
}

static void convert_go_create(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    gotrace_event *e = add_rule(l, f, ev);
    if (!e)
        return;
    e->arg[0] = ev->v[V1_ARG];
    e->arg[1] = new_stack(l, ev);
    e->arg[2] = stack_of(l, ev);
}

/* On no thread: v1 does not say which. */
static void status_of_g(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                        uint64_t g, uint64_t status)
{
    gotrace_event *e = add(l, f, ev, EvGoStatus);
    if (!e)
        return;
    e->arg[0] = g;
    e->arg[1] = NONE;
    e->arg[2] = status;
}

static void own_status(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                       uint64_t status)
{
    assert_unchanged(ev->own < l->lives.all.len);
    l->lives.all.data[ev->own].alive = false;
    status_of_g(l, f, ev, ev->v[V1_ARG], status);
}

static void run_early(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    own_status(l, f, ev, GoRunning);
}

static void convert_go_start_label(struct v1_convert *l, struct builder *f,
                                   const struct v1_event *ev)
{
    convert_plainly(l, f, ev);
    gotrace_event *e = add(l, f, ev, EvGoLabel);
    if (!e)
        return;
    e->g = l->order_ahead ? (int64_t)l->lives.all.data[ev->own].id : -1;
    e->arg[0] = v1_names_string(l->names, ev->v[V1_ARG + 2]);
}

/* A syscall that did not block took no time that v1 knows of. */
static void convert_go_sys_call(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    convert_plainly(l, f, ev);
    if (!ev->blocks)
        (void)add_at(l, f, ev, EvGoSyscallEnd, l->now + 1);
}

/* The thread is still the one that the syscall was made on, and has lost its P. */
static void convert_go_sys_exit(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    gotrace_event *e = add_rule(l, f, ev);
    if (!e)
        return;
    e->m = l->lives.all.data[ev->own].m;
    e->p = -1;
}

static void convert_go_waiting(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    own_status(l, f, ev, GoWaiting);
}

static void convert_go_in_syscall(struct v1_convert *l, struct builder *f,
                                  const struct v1_event *ev)
{
    own_status(l, f, ev, GoSyscall);
}

static void convert_task_create(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    gotrace_event *e = add_rule(l, f, ev);
    const uint64_t *arg = &ev->v[V1_ARG];
    if (!e)
        return;
    e->arg[0] = arg[0];
    e->arg[1] = arg[1] ? arg[1] : NONE;
    e->arg[2] = v1_names_string(l->names, arg[2]);
    e->arg[3] = stack_of(l, ev);
}

static void convert_region(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    const uint64_t *arg = &ev->v[V1_ARG];
    if (arg[1] > 1)
        return; /* v1_check has said so */
    gotrace_event *e = add(l, f, ev, arg[1] ? EvUserRegionEnd : EvUserRegionBegin);
    if (!e)
        return;
    e->arg[0] = arg[0];
    e->arg[1] = v1_names_string(l->names, arg[2]);
    e->arg[2] = stack_of(l, ev);
}

static void convert_log(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    struct v1_record r;
    gotrace_event *e = add_rule(l, f, ev);
    if (!e)
        return;
    e->arg[0] = ev->v[V1_ARG];
    e->arg[1] = v1_names_string(l->names, ev->v[V1_ARG + 1]);
    if (v1_record_at(l->index, ev->off, V1_UserLog, &r))
        e->arg[2] = v1_names_text(l->names, r.text, r.text_len);
    e->arg[3] = stack_of(l, ev);
}

// clang-format off
#define PLAIN(a0, a1, a2) {NULL, NULL, {a0, a1, a2, NIL}}
#define BY(fn) {convert_##fn, convert_##fn, {NIL}}

#define row_nothing BY(nothing)
#define row_plain PLAIN(NIL, NIL, NIL)
#define row_value PLAIN(ARG0, NIL, NIL)
#define row_values PLAIN(ARG0, ARG1, NIL)
#define row_stack PLAIN(STACK, NIL, NIL)
#define row_value_stack PLAIN(ARG0, STACK, NIL)
#define row_local_stack PLAIN(ARG0, NIL, STACK)
#define row_values_stack PLAIN(ARG0, ARG1, STACK)
#define row_reason PLAIN(REASON, STACK, NIL)
#define row_procs {begin_start, NULL, {ARG0, STACK}}
#define row_proc_start BY(proc_start)
#define row_proc_stop BY(proc_stop)
#define row_stw_start BY(stw_start)
#define row_go_create {withhold, convert_go_create, {NIL}}
#define row_go_start {run_early, NULL, {ARG0, ARG1}}
#define row_go_start_local {run_early, NULL, {ARG0}}
#define row_go_start_label {convert_go_start_label, convert_go_start_label, {ARG0, ARG1}}
#define row_go_sys_call {convert_go_sys_call, convert_go_sys_call, {NIL, STACK}}
#define row_go_sys_exit BY(go_sys_exit)
#define row_go_waiting BY(go_waiting)
#define row_go_in_syscall BY(go_in_syscall)
#define row_task_create BY(task_create)
#define row_region BY(region)
#define row_log BY(log)
// clang-format on

static const struct row rows[V1_TYPES] = {
#define RULE(type, g, order, check, convert, to, reason) [V1_##type] = row_##convert,
#include "v1/order/rules.def"
#undef RULE
};

/* One event */

/* Each asks all Ps. */
enum { GUESSES = 256 };

/* The thread that has come to rest last: Go wakes that (Go 1.21 runtime/proc.go mget). */
static int64_t last_to_rest(const struct v1_convert *l)
{
    const struct convert_stream *best = NULL;
    for (size_t i = 0; i < l->streams.len; i++) {
        const struct convert_stream *s = &l->streams.data[i];
        if (!best || s->rested_at > best->rested_at)
            best = s;
    }
    assert(best); /* who asks is one of them */
    for (size_t i = 0; i < l->streams.len; i++) {
        if (l->streams.data[i].m == best->rested)
            return -1;
    }
    return best->rested;
}

/* A P runs on no thread: its start is lost. */
static COLD void guess_thread(struct v1_convert *l, const struct v1_event *ev)
{
    assert(ev->stream < l->streams.len && l->streams.len == l->index->procs.len);
    struct convert_stream *s = &l->streams.data[ev->stream];
    bool is_p = l->index->procs.data[ev->stream].pid >= 0;
    bool runs = ev->type != V1_ProcStart && (s->seen || ev->type != V1_ProcStop);
    if (is_p && runs && l->order_ahead && !l->before_start && l->guesses++ < GUESSES)
        s->m = last_to_rest(l);
}

static inline void need_thread(struct v1_convert *l, const struct v1_event *ev)
{
    if (ev->stream != V1_NONE && l->streams.data[ev->stream].m == -1)
        guess_thread(l, ev);
}

static void deliver(struct v1_convert *l, struct builder *f, struct v1_event *ev)
{
    need_thread(l, ev);
    if (l->order_ahead)
        v1_check(&l->check, ev);
    const struct row *row = &rows[ev->type];
    assert_unchanged(ev->own < l->lives.all.len && ev->target < l->lives.all.len);
    convert_event *fn = l->before_start ? row->early : row->rest;
    l->now = to_ns(l, ev->ticks);
    (fn ? fn : convert_plainly)(l, f, ev);
}

/* GoSysExits. Their record is written when the thread has a P again; they come
 * when they happened. Go puts all events in order of the records and then sorts
 * by time, so that equal times stay in that order. */

static const struct v1_out_of_turn *first_exit(const struct v1_convert *l)
{
    return l->exit < l->exits.len ? &l->exits.data[l->exit] : NULL;
}

static bool is_passed(const struct v1_convert *l, const struct v1_out_of_turn *x)
{
    return map_get(&l->passed, x->off) != MAP_NONE;
}

/* Times are not to be trusted: from here on they come with their records, but
 * for those whose records have passed. */
static void stop_moving(struct v1_convert *l)
{
    static const struct v1_out_of_turn last = {INT64_MAX, 0, UINT64_MAX};
    const struct v1_out_of_turn *first = first_exit(l);
    size_t kept = 0;
    if (l->stopped)
        return;
    l->stopped = true;
    l->stop = first ? *first : last;
    for (size_t i = l->exit; i < l->exits.len; i++) {
        if (is_passed(l, &l->exits.data[i]))
            l->exits.data[kept++] = l->exits.data[i];
    }
    assert_unchanged(l->exit + kept <= l->exits.len);
    l->exits.len = kept;
    l->exit = 0;
}

/* Go 1.27 parseEventBatches: an exit is behind the block that it ends. */
static bool is_impossible_exit(struct v1_convert *l, const struct v1_out_of_turn *x, uint32_t g)
{
    assert_unchanged(g < l->lives.all.len);
    uint64_t block = l->lives.all.data[g].block;
    if (l->order_ahead->notes.by_time.is || (block && x->key >= (int64_t)block))
        return false;
    if (!l->impossible_exit.is)
        l->impossible_exit = (struct order_note){true, x->off};
    stop_moving(l);
    return true;
}

/* Whether x is before all exits that are still to come. */
static bool has_come(const struct v1_convert *l, const struct v1_out_of_turn *x)
{
    const struct v1_out_of_turn *first = l->stopped ? &l->stop : first_exit(l);
    return !first || v1_out_of_turn_before(x, first);
}

/* Whether the record at hand is of an exit that comes, or came, elsewhere. */
static bool moves(struct v1_convert *l, const struct v1_event *ev)
{
    struct v1_out_of_turn x = {(int64_t)ev->v[V1_ARG + 2], 0, ev->off};
    if (l->index->format.seq || !x.key)
        return false;
    (void)is_impossible_exit(l, &x, ev->own);
    if (has_come(l, &x))
        return true;
    if (l->stopped)
        return false;
    if (!map_put(&l->passed, x.off, 0))
        l->failed = true;
    return true;
}

static void deliver_exit(struct v1_convert *l, struct builder *f, const struct v1_out_of_turn *x)
{
    uint32_t g = (uint32_t)x->second;
    assert_unchanged(l->exit == 0 ||
                     !v1_out_of_turn_before(x, x - 1)); /* in order of their times */
    struct v1_event ev = {.ticks = (uint64_t)x->key, .own = g, .target = g, .stream = V1_NONE};
    struct v1_record r;
    bool good = v1_record_at(l->index, x->off, V1_GoSysExit, &r);
    if (good)
        v1_event_set_record(&ev, &r, x->off);
    if (good && !is_passed(l, x) && is_impossible_exit(l, x, ev.own))
        return; /* it comes with its record */
    l->exit++;
    if (good)
        deliver(l, f, &ev);
}

/* Whether the first exit comes before ev. */
static bool is_due(const struct v1_convert *l, const struct v1_event *ev)
{
    const struct v1_out_of_turn *x = first_exit(l);
    int64_t ticks = (int64_t)ev->ticks;
    return x->key < ticks || (x->key == ticks && is_passed(l, x));
}

/* In order */

/* A goroutine that is in a syscall since before the trace is on no thread that is known. */
static void note_block(struct v1_convert *l, const struct v1_event *ev)
{
    assert_unchanged(ev->own < l->lives.all.len && ev->stream < l->streams.len);
    struct v1_life *g = &l->lives.all.data[ev->own];
    g->block = ev->ticks;
    g->m = ev->type == V1_GoSysBlock ? l->streams.data[ev->stream].m : -1;
}

/* Takes the next event of the run at hand. */
static void take(struct v1_convert *l)
{
    assert_unchanged(l->run_len); /* hold has seen to it */
    struct v1_event *ev = l->next = l->run++;
    l->run_len--;
    if (v1_rule_of(ev)->handling == V1_BLOCK)
        note_block(l, ev);
    if (l->order_ahead->notes.out_of_order.is)
        stop_moving(l);
}

/* l->next; NULL behind the last. */
static gotrace_status hold(struct v1_convert *l)
{
    do {
        gotrace_status status = GOTRACE_OK;
        if (!l->run_len)
            status = v1_order_ahead_run(l->order_ahead, &l->run, &l->run_len);
        if (status != GOTRACE_OK) {
            l->next = NULL;
            l->run_len = 0; /* of a run whose goroutines found no memory */
            return status;
        }
        take(l);
    } while (l->next->type == V1_GoSysExit && moves(l, l->next));
    return GOTRACE_OK;
}

/* A broken trace may lack what begins it, or the Gomaxprocs that ends its start: whether
 * ev comes behind that. */
static bool is_behind_start(struct v1_convert *l, const struct v1_event *ev)
{
    const uint64_t bit = UINT64_C(1) << ev->type;
    const uint64_t tells = V1_BIT(GoCreate) | V1_BIT(GoWaiting) | V1_BIT(GoInSyscall);
    bool told = l->has_told, runs = l->runs_one;
    l->has_told |= (bit & tells) != 0;
    l->runs_one |= (bit & V1_STARTING) != 0;
    if (!told)
        return !(bit & tells);
    return !(bit & (V1_BIT(Gomaxprocs) | V1_BIT(HeapAlloc) | V1_BIT(HeapGoal))) &&
           (runs || !(bit & (tells | V1_STARTING | V1_BIT(ProcStart))));
}

/* The start is over before ev, NULL: at the end, though nothing says so. */
static bool ends_start(struct v1_convert *l, struct builder *f, const struct v1_event *ev)
{
    const struct v1_event end = {.off = l->index->end & V1_OFF_MAX};
    if (!l->before_start || !l->broken || (ev && !is_behind_start(l, ev)))
        return false;
    begin_start(l, f, ev ? ev : &end);
    return true;
}

static gotrace_status step_in_order(struct v1_convert *l, struct builder *f)
{
    assert(l->exit <= l->exits.len && !l->restating);
    if (!l->next && hold(l) == GOTRACE_NO_MEMORY)
        return GOTRACE_NO_MEMORY;
    struct v1_event *ev = l->next;
    if (l->exit < l->exits.len && (!ev || is_due(l, ev))) {
        deliver_exit(l, f, first_exit(l));
        return GOTRACE_OK;
    }
    if (ends_start(l, f, ev))
        return GOTRACE_OK; /* what is known of goroutines comes first */
    l->next = NULL;
    if (!ev)
        return GOTRACE_END;
    deliver(l, f, ev);
    return GOTRACE_OK;
}

/* P after P */

/* The P that the trace was started on comes first, since goroutines alive at
 * the start are listed there. */
static uint32_t stream_of_turn(const struct v1_convert *l)
{
    assert(l->turn < l->streams.len && l->first < l->streams.len);
    if (l->turn == 0)
        return l->first;
    return l->turn <= l->first ? l->turn - 1 : l->turn;
}

/* Times begin anew with each P. False behind the last. */
static bool next_stream(struct v1_convert *l)
{
    if (l->turn > 0)
        end_start(l);
    if (l->turn == l->streams.len)
        return false;
    l->stream = stream_of_turn(l);
    assert_unchanged(l->stream < l->streams.len);
    v1_cursor_start(&l->cursor, l->index, l->stream, true);
    l->current = V1_G_NONE;
    l->last = -1;
    l->turn++;
    return true;
}

static bool next_of_stream(struct v1_convert *l, struct v1_event *ev)
{
    struct v1_record r;
    while (!v1_cursor_next(&l->cursor, l->index, &r)) {
        if (!next_stream(l))
            return false;
    }
    v1_event_set_record(ev, &r, l->cursor.off);
    ev->ticks = l->cursor.ticks;
    ev->p = (int32_t)l->index->procs.data[l->stream].pid;
    ev->stream = l->stream;
    if (ev->type == V1_GoSysCall) {
        struct v1_cursor c = l->cursor;
        ev->blocks = v1_cursor_next(&c, l->index, &r) && r.type == V1_GoSysBlock;
    }
    if (!v1_event_set_g(ev, l->gs, &l->current) || !v1_lives_follow(&l->lives, l->gs))
        l->failed = true;
    return true;
}

/* Behind all Ps, by their times: samples are no P's. */
static bool next_sample(struct v1_convert *l, struct v1_event *ev)
{
    const v1_out_of_turns *v = &l->index->out_of_turn;
    while (!l->index->format.seq && l->next_out_of_turn < v->len) {
        const struct v1_out_of_turn *x = &v->data[l->next_out_of_turn++];
        if (l->next_out_of_turn == 1)
            l->last = -1;
        struct v1_record r;
        if (!v1_record_at(l->index, x->off, V1_CPUSample, &r))
            continue;
        v1_event_set_out_of_turn(ev, &r, x);
        ev->own = V1_G_NONE;
        return true;
    }
    return false;
}

static gotrace_status step_by_stream(struct v1_convert *l, struct builder *f)
{
    struct v1_event ev;
    if (!next_of_stream(l, &ev) && !next_sample(l, &ev))
        return GOTRACE_END;
    deliver(l, f, &ev);
    return GOTRACE_OK;
}

/* Driving */

/* As far as there is room: those that nothing was heard of are runnable. */
static void restate(struct v1_convert *l, struct builder *f)
{
    struct v1_event ev = {
        .off = l->restated_off & V1_OFF_MAX, .p = -1, .own = V1_G_NONE, .stream = V1_NONE};
    while (l->restated < l->alive.len && !batch_is_full(f)) {
        struct v1_life *g = &l->lives.all.data[l->alive.data[l->restated++]];
        if (g->alive)
            status_of_g(l, f, &ev, g->id, GoRunnable);
        g->alive = false;
    }
    assert(l->restated <= l->alive.len);
    l->restating = l->restated < l->alive.len;
}

bool v1_convert_failed(const struct v1_convert *l)
{
    return l->failed || l->check.failed || l->names->failed;
}

static inline gotrace_status step(struct v1_convert *l, struct builder *f)
{
    if (!l->restating)
        return l->order_ahead ? step_in_order(l, f) : step_by_stream(l, f);
    restate(l, f);
    return GOTRACE_OK;
}

/* How many of the first n of the run at hand come before the first exit. Times
 * do not fall in a run. */
static size_t count_before_exit(const struct v1_convert *l, size_t n)
{
    const struct v1_out_of_turn *x = first_exit(l);
    while (x && n && (int64_t)l->run[n - 1].ticks >= x->key)
        n--;
    return n;
}

/* Converts events of one P behind the start. */
static void convert_events(struct v1_convert *l, struct builder *f, const struct v1_event *ev,
                           size_t n)
{
    const struct convert_stream none = {.m = -1}; /* CPU samples */
    const struct convert_stream *s = ev->stream == V1_NONE ? &none : &l->streams.data[ev->stream];
    need_thread(l, ev);
    struct convert_place at = place_of(l, ev->stream);
    assert(!l->before_start && !l->next && n > 0);
    for (const struct v1_event *end = ev + n; ev < end; ev++) {
        convert_event *fn = rows[ev->type].rest;
        l->now = to_ns(l, ev->ticks);
        if (!fn) {
            convert_at(l, f, &at, ev);
            continue;
        }
        fn(l, f, ev);
        if (s->m == -1 && ev + 1 < end)
            need_thread(l, ev + 1);
        at.home = s->m;
    }
}

/* The usual: as much of the run at hand as comes as it is, and as there is room
 * for. */
static void convert_run(struct v1_convert *l, struct builder *f, unsigned *steps)
{
    size_t n = (BATCH_FULL - f->len) / 2; /* no event becomes more than two */
    n = n < *steps ? n : *steps;
    n = count_before_exit(l, n < l->run_len ? n : l->run_len);
    if (!n)
        return;
    n = v1_check_run(&l->check, l->run, n);
    assert(n > 0 && n <= l->run_len && n <= *steps);
    *steps -= (unsigned)n;
    l->run_len -= n;
    l->run += n;
    convert_events(l, f, l->run - n, n);
    assert(f->len <= GOTRACE_BATCH - BATCH_MARKS);
}

/* The usual event, in the usual state: all else goes step by step. */
static inline bool may_convert_run(const struct v1_convert *l, const struct builder *f)
{
    return plan_takes(&f->plan, GOTRACE_PATH_IN_PLACE) && l->run_len &&
           v1_rule_of(l->run)->handling < V1_BLOCK && !l->next && !l->restating &&
           !l->before_start && !batch_is_full(f) && !v1_convert_is_bad(l);
}

gotrace_status v1_convert_run(struct v1_convert *l, struct builder *f, unsigned *steps)
{
    gotrace_status status = GOTRACE_OK;
    do {
        status = step(l, f);
        --*steps;
        if (may_convert_run(l, f))
            convert_run(l, f, steps);
    } while (*steps && !batch_is_full(f) && status == GOTRACE_OK && !v1_convert_is_bad(l));
    return status;
}

/* The P with the earliest event is the one that the trace was started on. */
static void find_first(struct v1_convert *l)
{
    bool found = false;
    uint64_t least = 0;
    assert(l->index->pos == l->index->end); /* all of it is known */
    for (uint32_t s = 0; s < l->streams.len; s++) {
        struct v1_cursor c;
        struct v1_record r;
        v1_cursor_start(&c, l->index, s, true);
        if (!v1_cursor_next(&c, l->index, &r))
            continue;
        if (!found || (int64_t)c.ticks < (int64_t)least) {
            least = c.ticks;
            l->first = s;
        }
        found = true;
    }
}

bool v1_convert_start(struct v1_convert *l, struct v1_index *ix, struct v1_order_ahead *order_ahead,
                      struct v1_names *names, struct v1_gs *gs)
{
    size_t n = ix->procs.len;
    *l = (struct v1_convert){
        .index = ix, .order_ahead = order_ahead, .names = names, .gs = gs, .last = -1};
    l->ns_per_tick = 1e9 / (double)(ix->freq ? ix->freq : 1000000000);
    l->min_ticks = ix->min_ticks;
    l->exits = ix->exits;
    ix->exits = (v1_out_of_turns){0};
    l->cursor.next = V1_NONE;
    l->broken = ix->damages.list.len || ix->damages.more;
    l->before_start = ix->has_gomaxprocs || l->broken;
    if (!v1_check_init(&l->check, ix->format.version, &l->lives, n) || !VEC_RESERVE(&l->streams, n))
        return false;
    l->check.strings = names->strings;
    if (!l->before_start)
        end_start(l);
    l->streams.len = n;
    for (size_t s = 0; s < n; s++)
        l->streams.data[s] = (struct convert_stream){.m = -1, .rested = -1, .rested_at = -1};
    find_first(l);
    return order_ahead || v1_lives_follow(&l->lives, gs);
}

void v1_convert_free(struct v1_convert *l)
{
    v1_lives_free(&l->lives);
    v1_check_free(&l->check);
    VEC_FREE(&l->streams);
    VEC_FREE(&l->alive);
    VEC_FREE(&l->exits);
    map_free(&l->passed);
    map_free(&l->threads);
}
