#include "v2/full_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/event.h"
#include "sched/needs.h"
#include "sched/rules_inline.h"
#include "v2/fill.h"

enum { MANY_THREADS = 64 };

/* Threads that may be put in order because the earliest waits: so many in any
 * trace, and so many more for each event. */
enum { ASKS_ANYWAY = 1 << 20, ASKS_EACH = 16 };

bool order_init(struct order *o)
{
    *o = (struct order){.sched = sched_new()};
    return o->sched != NULL;
}

void order_free(struct order *o)
{
    sched_free(o->sched);
    VEC_FREE(&o->lanes);
    VEC_FREE(&o->frontier);
    waits_free(&o->waits);
    rest_free(&o->rest);
    impossible_free(&o->impossible);
    strict_free(&o->strict);
    *o = (struct order){0};
}

/* The heap. Its shape decides between equal times, so the steps are Go's:
 * a removed entry is carried to the root first. */

static size_t sift_up(struct timed *h, size_t i)
{
    while (i > 0 && h[(i - 1) / 2].time > h[i].time) {
        timed_swap(h, (i - 1) / 2, i);
        i = (i - 1) / 2;
    }
    return i;
}

static void sift_down(struct timed *h, size_t len, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < len; i = child) {
        if (child + 1 < len && h[child + 1].time < h[child].time)
            child++;
        if (h[child].time >= h[i].time)
            return;
        timed_swap(h, i, child);
    }
}

static void heap_remove(struct order *o, size_t i)
{
    struct timed *h = o->frontier.data;
    for (; i > 0; i = (i - 1) / 2)
        timed_swap(h, (i - 1) / 2, i);
    timed_swap(h, 0, --o->frontier.len);
    sift_down(h, o->frontier.len, 0);
}

static inline void heap_update(struct order *o, size_t i, int64_t time)
{
    struct timed *h = o->frontier.data;
    h[i].time = time;
    if (i == 0 || sift_up(h, i) == i)
        sift_down(h, o->frontier.len, i);
}

static struct lane *lane_of(const struct order *o, size_t i)
{
    return &o->lanes.data[o->frontier.data[i].index];
}

/* Times */

/* Every event takes at least a nanosecond after the one before. */
static int64_t bump(struct order *o, int64_t time)
{
    o->last = time > o->last ? time : (int64_t)((uint64_t)o->last + 1);
    return o->last;
}

/* Go's reader shows the begin of a generation as a Sync event at the smallest
 * batch time. We have no such event, but it takes its nanosecond. */
static void begin(struct order *o, const struct generation *g, struct feed *feed)
{
    int64_t time = bump(o, generation_ns(g, g->min_time));
    if (!o->begun)
        o->zero = time;
    o->begun = true;
    feed->gen.time = ns_between(o->zero, time);
    feed->gen.clock_time = ns_between(o->zero, generation_ns(g, g->sync.clock_time));
}

/* One event */

/* Go's reader checks the ids of every event, so this does too, wanted or not. */
static inline void check_ids(struct order *o, const struct cursor *c, const struct generation *g,
                             struct feed *feed)
{
    uint64_t unknown;
    if (!cursor_check(c, g, &unknown))
        unknown_id(&o->unknown, c, g, feed, unknown);
}

/* What Go's reader finds a stop called that ends. */
static uint64_t kind_now(const struct generation *g, uint64_t kind)
{
    uint32_t interned = 0;
    bool there = kind == 0 || idtab_get(g->strings, kind, &interned);
    return there ? interned : GOTRACE_NO_KIND;
}

/* What the model knows of a status. */
static void fill_status(gotrace_event *e, const struct sched_event *ev)
{
    if (e->type == EvProcStatus)
        e->arg[1] = ev->promoted;
    if (ev->restates)
        e->flags |= GOTRACE_KNOWN;
}

static void fill(gotrace_event *e, const struct generation *g, struct feed *feed,
                 const struct lane *lane)
{
    const struct cursor *c = &lane->cursor;
    const struct sched_event *ev = &lane->ev;
    fill_event(e, c, c->type, c->ticks, (struct context){ev->m, ev->p, ev->g}, &g->known, false, g,
               feed->names);
    if (event_is_status(c->type))
        fill_status(e, ev);
    if (c->type == EvSTWEnd)
        e->arg[0] = kind_now(g, ev->kind);
}

/* In a pass: types that Go's other tools may mind from now on are not plain. */
static void watch(struct order *o)
{
    if (o->strict.watches)
        o->plain[EvGCSweepBegin] = o->plain[EvGoStart] = false;
}

/* In a pass: a goroutine blocks for ever. */
static COLD void block_for_ever(struct order *o, int64_t g)
{
    strict_rest(&o->strict, g);
    watch(o);
}

static void emit(struct order *o, const struct generation *g, struct feed *feed,
                 const struct lane *lane)
{
    const struct cursor *c = &lane->cursor;
    for (int i = 0; i < lane->ev.before; i++)
        bump(o, c->time);
    gotrace_event *e =
        feed_add(feed, c->type, ns_between(o->zero, bump(o, c->time)), cursor_offset(c));
    if (e)
        fill(e, g, feed, lane);
    for (int i = 0; i < lane->ev.after; i++)
        bump(o, c->time);
    if (o->marks)
        marks_event(o->marks, c->type, c->arg);
    if (o->marks && c->type == EvGoBlock && c->arg[0] == o->marks->forever)
        block_for_ever(o, lane->ev.g);
    if (o->marks && c->type == EvSTWEnd)
        marks_kind(o->marks, &o->marks->ended, lane->ev.kind);
    check_ids(o, c, g, feed);
}

static void emit_sample(struct order *o, const struct generation *g, struct feed *feed)
{
    struct timed at = g->by_time.data[o->sample++];
    const struct sample *s = &g->samples.data[at.index];
    gotrace_event *e = feed_add(feed, EvCPUSample, ns_between(o->zero, bump(o, at.time)), s->off);
    if (e)
        fill_sample(e, s, (struct context){s->m, s->p, s->g});
}

/* The interned name of a task or region event, for the model to compare. */
static uint32_t name_of(const struct cursor *c, const struct generation *g, gotrace_names *names)
{
    uint64_t arg[GOTRACE_ARGS];
    cursor_resolve(c, g, names, arg);
    return (uint32_t)arg[c->type == EvUserTaskBegin ? 2 : 1]; /* UserTaskEnd has none */
}

/* A label's text; of other events it does not count. */
static uint32_t label_of(const struct generation *g, uint8_t type, const uint64_t *arg)
{
    uint32_t name;
    return type == EvGoLabel && arg[0] && idtab_get(g->strings, arg[0], &name) ? name : 0;
}

/* In a pass: notes what Go's other tools mind, of an event that is about to happen. */
static void look_strictly(struct order *o, const struct lane *lane, uint32_t label)
{
    o->marks->odd |= strict_minds(&o->strict, o->sched, &lane->ev, lane->cursor.m, label);
    watch(o);
}

/* Asks the model whether the lane's event can happen. */
static inline enum sched_result ask(struct order *o, const struct generation *g, struct feed *feed,
                                    struct lane *lane, gotrace_diag *diag)
{
    const struct cursor *c = &lane->cursor;
    lane->ev.type = c->type;
    if (c->type >= EvUserTaskBegin && c->type <= EvUserRegionEnd)
        lane->ev.name = name_of(c, g, feed->names);
    if (o->marks && strict_asks(&o->strict, c->type))
        look_strictly(o, lane, label_of(g, c->type, c->arg));
    return sched_advance(o->sched, &lane->ev, diag);
}

/* So long an event may wait before it is asked for what: in a trace that is whole
 * few wait longer; where one is lost others come too late soon (ns). */
enum { PATIENCE = 20000 };

/* An event that was asked for and cannot be. */
struct refused {
    size_t at;     /* entry of the frontier */
    bool hopeless; /* what it waits for will not come; else threads wait for each other */
};

/* Whether one of the frontier's entries before `end`, sorted and asked already, and
 * from *judged on, waits in vain. */
static bool is_hopeless(struct order *o, size_t *judged, size_t end, struct refused *out)
{
    for (; *judged < end; ++*judged) {
        bool circle;
        const struct lane *lane =
            rest_hopeless(&o->rest, lane_of(o, *judged), o->round, &o->asked, &circle);
        if (!lane)
            continue;
        for (out->at = 0; lane_of(o, out->at) != lane;)
            out->at++;
        out->hopeless = !circle;
        return true;
    }
    return false;
}

/* Entries before number i that are so early that they should not have to wait
 * for it. */
static size_t impatient(const struct timed *h, size_t i, size_t from)
{
    while (from < i && ns_between(h[from].time, h[i].time) > PATIENCE)
        from++;
    return from;
}

/* Rare: the earliest event has to wait for another thread's. out->at is the entry
 * that decided. */
static enum sched_result ask_others(struct order *o, const struct generation *g, struct feed *feed,
                                    struct refused *out, gotrace_diag *diag)
{
    struct timed *h = o->frontier.data;
    size_t judged = 0, early = 0;
    o->asked += o->frontier.len;
    lane_of(o, 0)->round = ++o->round;
    timed_sort(h,
               o->frontier.len); /* what is sorted is a heap too; of one time others may be first */
    for (size_t i = 1; i < o->frontier.len; i++) {
        early = impatient(h, i, early);
        if (is_hopeless(o, &judged, early, out))
            return SCHED_NOT_YET;
        enum sched_result r = ask(o, g, feed, lane_of(o, i), diag);
        lane_of(o, i)->round = o->round;
        out->at = i;
        if (r != SCHED_NOT_YET)
            return r;
    }
    *out = (struct refused){0};
    (void)is_hopeless(o, &judged, o->frontier.len, out);
    return SCHED_NOT_YET;
}

/* Back to the frontier. Returns where the lane is in it. */
static size_t end_waits(struct order *o, uint32_t lane)
{
    size_t i = 0;
    o->frontier.len = o->waits.live;
    waits_end(&o->waits, o->frontier.data);
    while (i < o->frontier.len && o->frontier.data[i].index != lane)
        i++;
    return i < o->frontier.len ? i : 0;
}

/* Going on where an event cannot be */

/* So often what is lost is looked for in a generation; and where many threads wait,
 * others are asked first. Then the earliest just happens. */
enum { MANY_GUESSES = 1000 };

/* For each guess the model is mended in so many steps: the context, then the rest. */
enum { STEPS = 4 };

static bool guesses_blindly(const struct order *o)
{
    return o->guesses > MANY_GUESSES;
}

/* Behind a guess, what the next generation says is right. */
static bool is_restated(const struct order *o, const struct lane *lane)
{
    return (o->guesses > 1 || o->guessed_before) && event_is_status(lane->ev.type);
}

/* Says in d why the lane's event cannot be: if nothing can be, `stuck`. In a
 * generation with a gap the first says it for all. */
static void explain(struct order *o, const struct generation *g, struct feed *feed,
                    struct lane *lane, enum sched_result r, bool stuck, gotrace_diag *d)
{
    if (r == SCHED_BROKEN)
        impossible_step(d, o->sched, lane, feed);
    else if (g->partial)
        diag_set(d, GOTRACE_DAMAGED, 0,
                 "what led to this event is lost; from here on order and contexts are a guess");
    else if (stuck)
        impossible_circle(d);
    else
        impossible_wait(d, o->sched, lane);
    cursor_blame(&lane->cursor, g, d);
}

static void tell(struct order *o, const struct generation *g, struct feed *feed,
                 const struct lane *lane, const gotrace_diag *d)
{
    bool is_new = impossible_is_new(&o->impossible, lane, feed->info.events);
    if (g->partial ? o->guesses == 1 : is_new && !is_restated(o, lane))
        feed_damage(feed, d, 0);
}

/* Makes the lane's event, of which the model said r, happen all the same. Diag
 * has the model's words. False: now it waits for what may still come. */
static bool go_on(struct order *o, const struct generation *g, struct feed *feed, struct lane *lane,
                  enum sched_result r, bool stuck, const gotrace_diag *diag)
{
    gotrace_diag d = *diag, unused;
    struct sched_awaited what;
    bool waits = false, known = sched_restates(o->sched, &lane->ev);
    enum sched_result asked = r;
    if (r == SCHED_NOT_YET) /* of one time, it may be another that was asked */
        r = ask(o, g, feed, lane, &d);
    explain(o, g, feed, lane, asked, stuck, &d);
    for (int i = 0; i < STEPS && r != SCHED_ADVANCED && !waits; i++) {
        sched_mend(o->sched, &lane->ev, r, guesses_blindly(o) ? NULL : rest_ahead(&o->rest, lane));
        r = ask(o, g, feed, lane, &unused);
        waits = r == SCHED_NOT_YET && !stuck && rest_may_bring(&o->rest, lane, &what);
    }
    if (r != SCHED_ADVANCED && !waits)
        sched_force(o->sched, &lane->ev);
    lane->ev.restates = known;
    o->guesses++;
    tell(o, g, feed, lane, &d);
    return !waits;
}

/* Those that wait for what ev, which has just happened, may have brought about. */
static COLD void wake(struct order *o, const struct sched_event *ev)
{
    struct sched_need offers[SCHED_OFFERS];
    size_t n = sched_offers(o->sched, ev, offers);
    for (size_t i = 0; i < n; i++)
        waits_wake(&o->waits, &offers[i]);
}

/* The next event of a thread */

/* Passes over the lane's event and all that follow it which nobody wants to be
 * there. As lane_next. */
static bool pass_over(struct order *o, const struct generation *g, struct feed *feed,
                      struct lane *lane, gotrace_diag *diag)
{
    struct cursor *c = &lane->cursor;
    bool more;
    do {
        enum sched_result r = ask(o, g, feed, lane, diag);
        if (r != SCHED_ADVANCED)
            (void)go_on(o, g, feed, lane, r, true, diag);
        feed->info.events++;
        if (o->waits.on)
            wake(o, &lane->ev);
        if (o->marks)
            marks_cut(o->marks, c->batch, (uint64_t)(c->at - c->data));
        check_ids(o, c, g, feed);
        cursor_pass(c, g);
        more = cursor_next(c, g, o->base, feed);
    } while (more && feed->skipped[c->type]);
    return more;
}

/* Whether the lane has a next event. */
static inline bool lane_next(struct order *o, const struct generation *g, struct feed *feed,
                             struct lane *lane, gotrace_diag *diag)
{
    bool more = cursor_next(&lane->cursor, g, o->base, feed);
    return more && feed->skipped[lane->cursor.type] ? pass_over(o, g, feed, lane, diag) : more;
}

/* A status by a number that no runtime writes has no word to show it by. */
static bool is_shown(const struct cursor *c)
{
    if (c->type == EvProcStatus)
        return (uint8_t)c->arg[1] < ProcStatuses;
    return (c->type != EvGoStatus && c->type != EvGoStatusStack) || (uint8_t)c->arg[2] < GoStatuses;
}

/* The event of frontier entry i has happened; takes up its thread's next. */
static void deliver(struct order *o, const struct generation *g, struct feed *feed, size_t i,
                    gotrace_diag *diag)
{
    struct lane *lane = lane_of(o, i);
    if (is_shown(&lane->cursor))
        emit(o, g, feed, lane);
    if (lane_next(o, g, feed, lane, diag))
        heap_update(o, i, lane->cursor.time);
    else
        heap_remove(o, i);
}

/* The begin of a generation */

/* Puts the lanes before their first events. */
static bool place_lanes(struct order *o, const struct generation *g)
{
    size_t n = g->threads.len;
    if (o->waits.on)
        (void)end_waits(o, MAP_NONE);
    o->lanes.len = o->frontier.len = 0;
    if (!VEC_RESERVE(&o->lanes, n) || !VEC_RESERVE(&o->frontier, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct lane *lane = &o->lanes.data[o->lanes.len++];
        struct cursor *c = &lane->cursor;
        *lane = (struct lane){0};
        cursor_start(c, g, o->base, &g->threads.data[i]);
        lane->ev = (struct sched_event){.gen = g->gen, .arg = c->arg};
        if (!sched_thread(o->sched, c->m, &lane->ev.thread))
            return false;
    }
    rest_start(&o->rest, g, o->base, o->lanes.data, n, o->sched);
    return true;
}

/* Not plain: what takes more than its own nanosecond, what is passed over, and
 * what has to be looked at in the strings of this generation. */
static void know_plain(struct order *o, const struct feed *feed)
{
    bool taken = plan_takes(&feed->plan, GOTRACE_PATH_IN_PLACE);
    for (unsigned i = 0; i < 256; i++)
        o->plain[i] = taken && event_varints[i] && !feed->skipped[i] && i != EvGoSwitch &&
                      i != EvGoSwitchDestroy && i != EvGoDestroySyscall &&
                      !event_is_status((uint8_t)i) && i != EvUserTaskBegin && i != EvSTWEnd;
    watch(o);
}

static void start_lanes(struct order *o, const struct generation *g, struct feed *feed,
                        gotrace_diag *diag)
{
    for (size_t i = 0; i < o->lanes.len; i++) {
        struct lane *lane = &o->lanes.data[i];
        if (!lane_next(o, g, feed, lane, diag))
            continue;
        o->frontier.data[o->frontier.len++] = (struct timed){lane->cursor.time, (uint32_t)i};
        sift_up(o->frontier.data, o->frontier.len - 1);
    }
}

/* The id of a string; all ones: none. Ids are in an array in all traces that there are. */
static uint64_t id_of(const struct known_ids *k, uint32_t interned)
{
    for (size_t id = 1; id < k->len; id++) {
        if (k->ids[id] == interned + 1)
            return id;
    }
    return UINT64_MAX;
}

static bool begin_marks(struct order *o, struct feed *feed)
{
    static const char reason[] = "forever";
    uint32_t forever;
    if (!marks_begin(o->marks, &o->known) ||
        !names_string(feed->names, reason, sizeof reason - 1, &forever))
        return false;
    o->marks->forever = id_of(&o->known.strings, forever);
    return true;
}

gotrace_status order_start(struct order *o, const struct generation *g, const uint8_t *base,
                           struct feed *feed, gotrace_diag *diag)
{
    o->base = base;
    o->sample = 0;
    o->known = g->known;
    o->marks = feed->passing ? g->marks : NULL;
    o->before = feed->info.events;
    if (o->marks && !begin_marks(o, feed))
        return diag_no_memory(diag);
    know_plain(o, feed);
    o->guesses = 0;
    impossible_start(&o->impossible);
    if (!place_lanes(o, g))
        return diag_no_memory(diag);
    begin(o, g, feed);
    start_lanes(o, g, feed, diag);
    return GOTRACE_OK;
}

/* Notes which stops of the world go on behind the generation. */
static void mark_open(const struct order *o)
{
    struct sched_g g;
    uint64_t kind;
    for (size_t i = 0; i < sched_g_slots(o->sched); i++) {
        for (uint32_t n = 0; sched_g_at(o->sched, i, &g) && sched_stw(o->sched, g.id, n, &kind);
             n++)
            marks_kind(o->marks, &o->marks->open, kind);
    }
}

static void finish(struct order *o, const struct generation *g, struct feed *feed)
{
    if (o->marks)
        o->marks->events = feed->info.events - o->before - o->marks->cuts.len - g->by_time.len;
    if (o->marks && sched_stops(o->sched))
        mark_open(o);
    if (o->guesses && g->partial)
        sched_reset(o->sched); /* it believes too much */
    o->guessed_before = o->guesses != 0;
    unknown_ids_end(&o->unknown, g, feed);
}

void order_count(const struct order *o, gotrace_info *info)
{
    struct sched_totals t = sched_totals(o->sched);
    info->threads = t.threads;
    info->procs = t.procs;
    info->goroutines = t.goroutines;
}

/* Plain events: those of the earliest thread that can happen, take a nanosecond
 * each and are whole. They are looked at where they lie; what is anything else
 * is left for the way that has an answer to everything. */

/* The first n arguments, which are at p; returns where they end, NULL: somewhere
 * else. */
static HOT const uint8_t *take_args(const uint8_t *p, uint64_t *arg, unsigned n)
{
    if (n > 0)
        p = cursor_number(p, arg);
    if (n > 1 && p)
        p = cursor_number(p, arg + 1);
    if (n > 2 && p)
        p = cursor_number(p, arg + 2);
    if (n > 3 && p)
        p = cursor_number(p, arg + 3);
    return p;
}

/* Goroutines in a syscall: if their rule fails it may have counted one, and is
 * not to be asked twice. */
static bool is_syscall_status(const struct cursor *c)
{
    return (c->type == EvGoStatus || c->type == EvGoStatusStack) && (uint8_t)c->arg[2] == GoSyscall;
}

/* Types that are not as frequent as to be inline. */
static enum sched_result ask_plain(struct order *o, struct lane *lane, const uint8_t **p)
{
    struct cursor *c = &lane->cursor;
    struct sched_event *ev = &lane->ev;
    c->type = ev->type;
    *p = take_args(*p, c->arg, event_varints[c->type] - 1u);
    if (!*p || !known_all(&o->known, c->type, c->arg) || is_syscall_status(c))
        return SCHED_NOT_YET;
    if (o->marks)
        marks_known(o->marks, c->type, c->arg);
    if (o->marks && strict_asks(&o->strict, c->type))
        look_strictly(o, lane,
                      known_interned(&o->known.strings, c->type == EvGoLabel ? *c->arg : 0));
    if (c->type == EvUserRegionBegin || c->type == EvUserRegionEnd)
        ev->name = known_interned(&o->known.strings, c->arg[1]);
    return sched_rules[c->type](o->sched, ev);
}

/* Whether the id is known. It is marked before the event has happened: if that
 * does not, the generation is damaged. */

static HOT bool take_string(const struct order *o, uint64_t id, bool marking)
{
    bool is_known = known_id(&o->known.strings, id);
    if (marking && is_known)
        o->marks->strings.data[id] = 1;
    return is_known;
}

static HOT bool take_stack(const struct order *o, uint64_t id, bool marking)
{
    bool is_known = known_id(&o->known.stacks, id);
    if (marking && is_known)
        o->marks->stacks.data[id] = 1;
    return is_known;
}

/* Decodes the arguments at *p and asks the model. Whatever else it may be, an
 * event that is not SCHED_ADVANCED is not plain. */
static HOT enum sched_result plain(struct order *o, struct lane *lane, const uint8_t **p,
                                   bool marking)
{
    struct sched *s = o->sched;
    struct sched_event *ev = &lane->ev;
    uint64_t *arg = lane->cursor.arg;
    switch (ev->type) {
    case EvGoStart:
        *p = take_args(*p, arg, 2);
        return *p ? advance_go_start(s, ev) : SCHED_NOT_YET;
    case EvGoStop:
    case EvGoBlock:
        *p = take_args(*p, arg, 2);
        if (marking && *p && arg[0] == o->marks->forever)
            block_for_ever(o, ev->g);
        return *p && take_string(o, arg[0], marking) && take_stack(o, arg[1], marking)
                   ? advance_go_stop_exec(s, ev)
                   : SCHED_NOT_YET;
    case EvGoUnblock:
        *p = take_args(*p, arg, 3);
        return *p && take_stack(o, arg[2], marking) ? advance_go_unblock(s, ev) : SCHED_NOT_YET;
    case EvGoSyscallBegin:
        *p = take_args(*p, arg, 2);
        return *p && take_stack(o, arg[1], marking) ? advance_go_syscall_begin(s, ev)
                                                    : SCHED_NOT_YET;
    case EvGoSyscallEnd:
        return advance_go_syscall_end(s, ev);
    case EvHeapAlloc:
    case EvHeapGoal:
        *p = take_args(*p, arg, 1);
        return *p ? advance_heap_metric(s, ev) : SCHED_NOT_YET;
    case EvGCSweepBegin:
        *p = take_args(*p, arg, 1);
        return *p && take_stack(o, arg[0], marking) ? advance_gc_sweep_begin(s, ev) : SCHED_NOT_YET;
    case EvGCSweepEnd:
        *p = take_args(*p, arg, 2);
        return *p ? advance_gc_sweep_end(s, ev) : SCHED_NOT_YET;
    default:
        return ask_plain(o, lane, p);
    }
}

/* run_plain; marking: there are o->marks. */
static HOT bool run_plain_as(struct order *o, const struct generation *g, struct feed *feed,
                             struct lane *lane, int64_t until, gotrace_diag *diag, bool marking)
{
    struct cursor *c = &lane->cursor;
    struct sched_event *ev = &lane->ev;
    const uint8_t *p = c->p;
    int64_t time = c->time;
    uint64_t ticks = c->ticks;
    o->sched->diag = diag; /* of no meaning here */
    while (c->end - p >= CURSOR_LONGEST && time != 0) {
        const struct thread *t = thread_of(o->sched, ev);
        uint8_t type = p[0];
        uint64_t dt = p[1];
        const uint8_t *q = p + 2;
        if (!o->plain[type])
            break;
        if (dt >= 0x80) {
            uint64_t long_dt;
            if (!(q = cursor_number(p + 1, &long_dt)))
                break;
            dt = long_dt;
        }
        int64_t next = ns_sum(time, cursor_ns(c, g, dt));
        if (next > until)
            break;
        ev->type = type;
        ev->m = t->id;
        ev->p = t->p;
        ev->g = t->g;
        if (plain(o, lane, &q, marking) != SCHED_ADVANCED)
            break;
        time = next;
        ticks += dt;
        uint64_t off = c->off + (uint64_t)(p - c->data);
        gotrace_event *e = feed_add(feed, type, ns_between(o->zero, bump(o, time)), off);
        if (e)
            fill_event(e, c, type, ticks, (struct context){ev->m, ev->p, ev->g}, &o->known, true, g,
                       feed->names);
        p = q;
        if (feed->wanted[type] && feed_full(feed))
            break;
    }
    bool any = p != c->p;
    c->p = p;
    c->time = time;
    c->ticks = ticks;
    return any;
}

/* Apart, or the compiler does worse by both. */

static NOINLINE bool run_marking(struct order *o, const struct generation *g, struct feed *feed,
                                 struct lane *lane, int64_t until, gotrace_diag *diag)
{
    return run_plain_as(o, g, feed, lane, until, diag, true);
}

static NOINLINE bool run_unmarked(struct order *o, const struct generation *g, struct feed *feed,
                                  struct lane *lane, int64_t until, gotrace_diag *diag)
{
    return run_plain_as(o, g, feed, lane, until, diag, false);
}

/* Delivers what the cursor stands before, as long as it comes up to `until`, is
 * plain and can happen. Whether there was any. */
static inline bool run_plain(struct order *o, const struct generation *g, struct feed *feed,
                             struct lane *lane, int64_t until, gotrace_diag *diag)
{
    return o->marks ? run_marking(o, g, feed, lane, until, diag)
                    : run_unmarked(o, g, feed, lane, until, diag);
}

/* run_plain from the event on that the lane is at. */
static bool resume(struct order *o, const struct generation *g, struct feed *feed,
                   struct lane *lane, int64_t until, gotrace_diag *diag)
{
    struct cursor *c = &lane->cursor;
    if (!sched_ready(o->sched, &lane->ev) || !cursor_rewind(c, g))
        return false;
    if (run_plain(o, g, feed, lane, until, diag))
        return true;
    (void)cursor_next(c, g, o->base, feed); /* as before */
    return false;
}

/* Where many threads wait: while o->waits is on, the frontier is empty. */

/* Whether asking all has cost more than it may. */
static bool is_crowded(const struct order *o, const struct feed *feed)
{
    return o->frontier.len > MANY_THREADS && o->asked > ASKS_ANYWAY + ASKS_EACH * feed->info.events;
}

static void begin_waits(struct order *o)
{
    struct timed *h = o->frontier.data;
    timed_sort(h, o->frontier.len);
    waits_begin(&o->waits, o->lanes.len);
    for (size_t i = 0; i < o->frontier.len && !o->waits.failed; i++)
        waits_add(&o->waits, h[i].index, h[i].time);
    o->frontier.len = 0;
}

/* As deliver. */
static void deliver_waiting(struct order *o, const struct generation *g, struct feed *feed,
                            uint32_t i, gotrace_diag *diag)
{
    struct lane *lane = &o->lanes.data[i];
    uint64_t guesses = o->guesses;
    emit(o, g, feed, lane);
    waits_done(&o->waits, i);
    wake(o, &lane->ev);
    if (lane_next(o, g, feed, lane, diag))
        waits_add(&o->waits, i, lane->cursor.time);
    if (o->waits.live <= MANY_THREADS || o->guesses != guesses) /* a guess wakes nobody */
        (void)end_waits(o, MAP_NONE);
}

/* Whether the earliest of those that wait does so in vain, and the lane's event is
 * too late to come before it. */
static bool is_first_hopeless(struct order *o, const struct lane *lane, uint32_t *first)
{
    struct sched_awaited what;
    int64_t time = waits_first(&o->waits);
    *first = o->waits.all.data[0].lane; /* that of `lane` at least is there */
    return ns_between(time, lane->cursor.time) > PATIENCE &&
           !rest_may_bring(&o->rest, &o->lanes.data[*first], &what);
}

/* The earliest event that can happen. As behind ask_others. */
static COLD enum sched_result run_waiting(struct order *o, const struct generation *g,
                                          struct feed *feed, struct refused *out,
                                          gotrace_diag *diag)
{
    struct sched_need needs[SCHED_NEEDS];
    uint32_t i, first;
    while (!o->waits.failed && waits_take(&o->waits, &i)) {
        struct lane *lane = &o->lanes.data[i];
        if (is_first_hopeless(o, lane, &first)) {
            *out = (struct refused){end_waits(o, first), true};
            return SCHED_NOT_YET;
        }
        enum sched_result r = ask(o, g, feed, lane, diag);
        if (r == SCHED_ADVANCED) {
            deliver_waiting(o, g, feed, i, diag);
        } else if (r == SCHED_NOT_YET) {
            waits_park(&o->waits, i, needs, sched_needs(&lane->ev, needs));
            continue;
        } else {
            out->at = end_waits(o, i);
        }
        return r;
    }
    size_t judged = 0;
    *out = (struct refused){end_waits(o, MAP_NONE), false};
    if (o->waits.failed)
        return SCHED_NO_MEMORY;
    o->round++;
    for (size_t n = 0; n < o->frontier.len; n++)
        lane_of(o, n)->round = o->round;
    (void)is_hopeless(o, &judged, o->frontier.len, out);
    return SCHED_NOT_YET;
}

/* All together */

static bool sample_is_next(struct order *o, const struct generation *g)
{
    if (o->sample == g->by_time.len)
        return false;
    int64_t time = g->by_time.data[o->sample].time;
    if (o->waits.on)
        return time < waits_first(&o->waits);
    return o->frontier.len == 0 || time < o->frontier.data[0].time;
}

/* Up to which time the frontier's first thread is the earliest, and no sample
 * comes before it. */
static int64_t lead(const struct order *o, const struct generation *g)
{
    const struct timed *h = o->frontier.data;
    int64_t time = INT64_MAX;
    if (o->frontier.len > 1)
        time = h[1].time;
    if (o->frontier.len > 2 && h[2].time < time)
        time = h[2].time;
    if (o->sample < g->by_time.len && g->by_time.data[o->sample].time < time)
        time = g->by_time.data[o->sample].time;
    return time;
}

/* Events of the frontier's first thread, while it is first: long runs, most
 * often. What the model says of the one that is not delivered. */
static enum sched_result run(struct order *o, const struct generation *g, struct feed *feed,
                             gotrace_diag *diag)
{
    struct lane *lane = lane_of(o, 0);
    int64_t until = lead(o, g);
    bool taken = resume(o, g, feed, lane, until, diag);
    do {
        enum sched_result r = taken ? SCHED_ADVANCED : ask(o, g, feed, lane, diag);
        if (r != SCHED_ADVANCED) {
            o->frontier.data[0].time = lane->cursor.time;
            return r;
        }
        if (!taken) {
            emit(o, g, feed, lane);
            if (!feed_full(feed))
                run_plain(o, g, feed, lane, until, diag);
        }
        taken = false;
        if (!lane_next(o, g, feed, lane, diag)) {
            heap_remove(o, 0);
            return SCHED_ADVANCED;
        }
    } while (lane->cursor.time <= until && !feed_full(feed));
    heap_update(o, 0, lane->cursor.time);
    return SCHED_ADVANCED;
}

/* Has the next event happen, or more. If none can, or the order breaks, the
 * answer is about *out. */
static inline enum sched_result advance(struct order *o, const struct generation *g,
                                        struct feed *feed, struct refused *out, gotrace_diag *diag)
{
    *out = (struct refused){0};
    if (o->waits.on)
        return run_waiting(o, g, feed, out, diag);
    enum sched_result r = run(o, g, feed, diag);
    if (r != SCHED_NOT_YET || (guesses_blindly(o) && o->frontier.len > MANY_THREADS))
        return r;
    if (is_crowded(o, feed)) {
        begin_waits(o);
        return run_waiting(o, g, feed, out, diag);
    }
    r = ask_others(o, g, feed, out, diag);
    if (r == SCHED_ADVANCED)
        deliver(o, g, feed, out->at, diag);
    return r;
}

gotrace_status order_run(struct order *o, const struct generation *g, struct feed *feed,
                         gotrace_diag *diag)
{
    while (!feed_full(feed)) {
        if (sample_is_next(o, g)) {
            emit_sample(o, g, feed);
            continue;
        }
        if (o->frontier.len == 0 && !o->waits.on) {
            if (o->strict.failed)
                return diag_no_memory(diag);
            finish(o, g, feed);
            return GOTRACE_END;
        }
        struct refused no;
        enum sched_result r = advance(o, g, feed, &no, diag);
        if (r == SCHED_ADVANCED)
            continue;
        if (r == SCHED_NO_MEMORY)
            return diag_no_memory(diag);
        bool stuck = r == SCHED_NOT_YET && !no.hopeless;
        if (go_on(o, g, feed, lane_of(o, no.at), r, stuck, diag))
            deliver(o, g, feed, no.at, diag);
    }
    return GOTRACE_OK;
}
