#include "write/keeper.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "event/intern.h"
#include "gotrace_lua.h"
#include "write/models/threads.h"
#include "write/models/truth.h"

enum { FEW_THREADS = 12 }; /* Go's fallback sorts so many as they were */
enum { MOVED = 1000 };     /* ns that nobody minds */

/* The table */

typedef enum outcome keep_rule(struct keeper *k);
static keep_rule keep_free, keep_state, keep_create, keep_go_status, keep_proc_status, keep_switch,
    keep_range_begin, keep_range_end, keep_range_active, keep_region_begin, keep_region_end,
    keep_task_begin, keep_task_end, keep_label, keep_procs;

#define FREE keep_free, WHO_NONE, 0, 0
#define RULE(name) keep_##name, WHO_NONE, 0, 0
#define STATE(who, from, to) keep_state, who, from, to
#define SWITCH(to) keep_switch, WHO_NONE, 0, 0
static const struct keep_policy rows[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = {need, keep},
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
};

/* The event that ends the range which another begins, by the table. Rare. */
static uint8_t end_of(uint8_t begin)
{
    uint8_t type = begin;
    assert(rows[begin].rule == keep_range_begin); /* so there is one */
    while (rows[type].rule != keep_range_end || gotrace_spec_of(type)->begin != begin)
        type++;
    return type;
}

const struct keep_policy *keeper_row(uint8_t type)
{
    return &rows[type];
}

/* Context */

static struct out_thread *thread(struct keeper *k)
{
    assert(k->thread < k->out.threads.len);
    return &k->out.threads.data[k->thread];
}

/* What runs on the thread in truth, but for hidden goroutines. */
static void visible(struct keeper *k, struct run *run)
{
    truth_run(k, run);
    if (run->g == -1 || !keeper_hides(k, run->g))
        return;
    assert(k->truth); /* or nothing is hidden */
    run->g = -1;
    run->status = GoRunning;
}

static bool bridge_put(struct keeper *k, uint8_t type, const uint64_t *arg)
{
    uint64_t before = k->out.counts.events;
    assert(k->thread < k->out.threads.len);
    bool ok = emitter_put(&k->out, k->thread, type, arg);
    k->out.counts.bridged += k->out.counts.events - before;
    return ok;
}

/* A proc beyond GOMAXPROCS runs, because a change of that was left out: Go's
 * tools count procs by it (Go 1.27 internal/trace/gc.go). */
static void allow_proc(struct keeper *k, const struct run *run)
{
    uint64_t p = (uint64_t)run->p;
    const uint64_t arg[GOTRACE_ARGS] = {k->procs > p ? k->procs : p + 1};
    bool allowed = keeper_allows_proc(k, run->p);
    if (!allowed && run->g != -1 && run->status == GoRunning && bridge_put(k, EvProcsChange, arg))
        k->procs_written = arg[0];
}

/* Belief's thread runs what it does in truth. */
static bool match(struct keeper *k)
{
    struct run want;
    if (!k->truth)
        return true;
    visible(k, &want);
    if (!bridge_run(&k->bridge, k->thread, &want))
        return false;
    allow_proc(k, &want);
    return true;
}

bool keeper_is_moved(const struct keeper *k, uint64_t ticks)
{
    return ticks > k->out.now + MOVED * k->out.step;
}

/* A script asked for it at about that time (gotrace.h). */
static bool is_placed(const gotrace_event *ev)
{
    return ev->flags & GOTRACE_ADDED && ev->flags & GOTRACE_PLACED;
}

static bool put_as(struct keeper *k, const uint64_t *arg)
{
    struct emitter *o = &k->out;
    bool late =
        k->ev->flags & GOTRACE_TIME_SET && !is_placed(k->ev) && emitter_last(o, k->thread) > o->now;
    if (!emitter_put(o, k->thread, k->ev->type, arg))
        return false;
    o->counts.moved +=
        late || keeper_is_moved(k, emitter_last(o, k->thread)) || k->ev->flags & GOTRACE_TIME_LATE;
    return true;
}

static bool put(struct keeper *k)
{
    return put_as(k, k->ev->arg);
}

static enum outcome put_or_withhold(struct keeper *k)
{
    return put(k) ? WRITTEN : WITHHELD;
}

/* Rules */

/* Changes nothing: what it says holds for what runs. */
static enum outcome keep_free(struct keeper *k)
{
    uint8_t need = rows[k->ev->type].need;
    bool matches = match(k);
    return matches || need == ANY || need == THREAD ? put_or_withhold(k) : WITHHELD;
}

/* A label has to be one: Go 1.27 internal/trace/testtrace/validation.go. */
static enum outcome keep_label(struct keeper *k)
{
    return k->ev->arg[0] ? keep_free(k) : WITHHELD;
}

/* A proc that is not allowed by the new GOMAXPROCS is running. */
static bool is_too_few(const struct keeper *k, uint64_t procs)
{
    struct sched_p p;
    for (size_t i = 0; i < sched_p_slots(k->out.belief); i++) {
        if (sched_p_at(k->out.belief, i, &p) && (uint64_t)p.id >= procs && p.status != ProcIdle)
            return true;
    }
    return false;
}

static enum outcome keep_procs(struct keeper *k)
{
    uint64_t procs = k->ev->arg[0];
    bool foreign = k->ev->flags & (GOTRACE_EDITED | GOTRACE_ADDED);
    if (foreign && (procs > KEEPER_MOST_PROCS || is_too_few(k, procs)))
        return WITHHELD;
    if (!match(k) || !put(k))
        return WITHHELD;
    k->procs_written = procs;
    return WRITTEN;
}

static int64_t subject(struct keeper *k)
{
    struct run run;
    switch (rows[k->ev->type].who) {
    case TARGET_G:
    case TARGET_P:
        return (int64_t)k->ev->arg[0];
    case OWN_P:
        truth_run(k, &run);
        return run.p;
    default:
        truth_run(k, &run);
        return k->v1 && k->ev->g != -1 ? k->ev->g : run.g;
    }
}

static bool is_proc_rule(const struct keep_policy *row)
{
    return row->who == OWN_P || row->who == TARGET_P;
}

/* Belief is where the event leads. */
static bool has_come_g(struct keeper *k, int64_t id, uint8_t to)
{
    struct sched_g g;
    if (sched_status_of_g(k->out.belief, id) != to)
        return false;
    if (to != GoRunning && to != GoSyscall)
        return true;
    return sched_find_g(k->out.belief, id, &g) && g.m == thread(k)->m;
}

static bool has_come_p(struct keeper *k, int64_t id, uint8_t to)
{
    struct sched_p p;
    if (!sched_find_p(k->out.belief, id, &p))
        return false;
    return p.status == to && (to != ProcRunning || p.m == thread(k)->m);
}

/* The thread that a proc is stolen from runs what it does in truth. */
static void match_victim(struct keeper *k)
{
    uint32_t own = k->thread, victim;
    assert(k->ev && own < k->out.threads.len);
    if (k->ev->type != EvProcSteal || !k->truth || (int64_t)k->ev->arg[2] == -1)
        return;
    victim = map_get(&k->out.index_of, k->ev->arg[2]);
    if (victim == MAP_NONE)
        return;
    assert(victim < k->out.threads.len);
    k->thread = victim;
    (void)match(k);
    k->thread = own;
}

/* Where the event starts from, but for what match has done. */
static bool prepare(struct keeper *k, const struct keep_policy *row, int64_t id)
{
    assert(row->rule == keep_state && id != -1);
    if (row->who == TARGET_G)
        return bridge_g(&k->bridge, k->thread, id, row->from);
    if (row->who == TARGET_P && row->from == ProcIdle)
        return bridge_idle(&k->bridge, k->thread, id);
    if (row->to == GoNone && !is_proc_rule(row))
        return bridge_ranges(&k->bridge, k->thread, id);
    return true;
}

/* The event itself cannot be: its effect. */
static bool reach(struct keeper *k, const struct keep_policy *row, int64_t id)
{
    if (is_proc_rule(row))
        return row->to == ProcIdle && bridge_idle(&k->bridge, k->thread, id);
    return bridge_g(&k->bridge, k->thread, id, row->to);
}

static enum outcome keep_state(struct keeper *k)
{
    const struct keep_policy *row = &rows[k->ev->type];
    int64_t id = subject(k);
    if (id == -1)
        return WITHHELD;
    if (is_proc_rule(row) ? has_come_p(k, id, row->to) : has_come_g(k, id, row->to))
        return ABSORBED;
    match_victim(k);
    if (match(k) && prepare(k, row, id) && put(k))
        return WRITTEN;
    return k->out.status == GOTRACE_OK && reach(k, row, id) ? ABSORBED : WITHHELD;
}

static enum outcome keep_create(struct keeper *k)
{
    struct sched_g g;
    if (sched_find_g(k->out.belief, (int64_t)k->ev->arg[0], &g))
        return ABSORBED;
    return match(k) ? put_or_withhold(k) : WITHHELD;
}

/* Stated where belief has it, and once; what has not been stated by its first use
 * is stated then. */
static enum outcome keep_go_status(struct keeper *k)
{
    struct sched_g g;
    int64_t p, running, m = (int64_t)k->ev->arg[1];
    uint8_t status = (uint8_t)k->ev->arg[2];
    bool bound = status == GoRunning || status == GoSyscall;
    if (!k->truth)
        return put_or_withhold(k);
    if (status == GoSyscall && m != -1 && !out_thread_of(k, m, &k->thread))
        return WITHHELD;
    if (sched_find_g(k->out.belief, (int64_t)k->ev->arg[0], &g)) {
        bool fits = g.gen != k->out.gen && g.status == status && (!bound || g.m == thread(k)->m);
        return fits && put(k) ? WRITTEN : NEEDLESS;
    }
    emitter_context(&k->out, k->thread, &p, &running);
    bool fits = (!bound || running == -1) && !emitter_is_gone(&k->out, (int64_t)k->ev->arg[0]);
    return fits ? put_or_withhold(k) : NEEDLESS;
}

static enum outcome keep_proc_status(struct keeper *k)
{
    struct sched_p p;
    int64_t wp, wg;
    uint8_t status = (uint8_t)k->ev->arg[1];
    bool bound = status == ProcRunning || status == ProcSyscall;
    if (!k->truth)
        return put_or_withhold(k);
    emitter_context(&k->out, k->thread, &wp, &wg);
    if (sched_find_p(k->out.belief, (int64_t)k->ev->arg[0], &p)) {
        bool same = p.status == status && (!bound || p.m == thread(k)->m);
        /* Its thief does not know that it still is in the syscall. */
        bool less = p.status == ProcSyscall && status == ProcSyscallAbandoned;
        bool fits = p.gen != k->out.gen && (same || less);
        return fits && put(k) ? WRITTEN : NEEDLESS;
    }
    return !bound || wp == -1 ? put_or_withhold(k) : NEEDLESS;
}

/* The one that goes stops and the next starts, where they cannot change places
 * in one step. */
static enum outcome switch_in_two(struct keeper *k, const struct run *from, int64_t next)
{
    const uint64_t none[GOTRACE_ARGS] = {k->bridge.reason};
    bool ends = k->ev->type == EvGoSwitchDestroy;
    if (from->g != -1 &&
        !(ends ? bridge_g(&k->bridge, k->thread, from->g, GoNone) : bridge_put(k, EvGoBlock, none)))
        return WITHHELD;
    return next == -1 || bridge_g(&k->bridge, k->thread, next, GoRunning) ? ABSORBED : WITHHELD;
}

static enum outcome keep_switch(struct keeper *k)
{
    int64_t next = (int64_t)k->ev->arg[0];
    struct run from;
    visible(k, &from);
    if (!match(k))
        return WITHHELD;
    if (keeper_hides(k, next))
        return switch_in_two(k, &from, -1);
    if (from.g != -1 && from.g != next && bridge_g(&k->bridge, k->thread, next, GoWaiting) &&
        (k->ev->type == EvGoSwitch || bridge_ranges(&k->bridge, k->thread, from.g)) && put(k))
        return WRITTEN;
    return switch_in_two(k, &from, next);
}

/* Ranges: belief itself knows which are in flight. */

/* Before Go 1.10 each P said that it was stopped. One of them runs the goroutine
 * that stops the world, and that one will do: the others are counted as absorbed. */
static bool is_by_nobody(const struct keeper *k)
{
    struct run run;
    truth_run(k, &run);
    return k->v1 && rows[k->ev->type].need == USER && run.g == -1;
}

static enum outcome keep_range_begin(struct keeper *k)
{
    static const uint64_t none[GOTRACE_ARGS];
    if (is_by_nobody(k))
        return NEEDLESS;
    if (!match(k))
        return WITHHELD;
    if (put(k))
        return WRITTEN;
    /* It is in flight already: its end was dropped. */
    return k->truth && bridge_put(k, end_of(k->ev->type), none) ? put_or_withhold(k) : WITHHELD;
}

static enum outcome keep_range_end(struct keeper *k)
{
    if (is_by_nobody(k))
        return NEEDLESS;
    return match(k) ? put_or_withhold(k) : WITHHELD;
}

/* In the first generation it needs a proc: Go's tools count the time as that
 * one's (Go 1.27 internal/trace/gc.go). */
static enum outcome keep_range_active(struct keeper *k)
{
    struct sched_g g;
    struct sched_p p;
    int64_t id = (int64_t)k->ev->arg[0], own_p, own_g;
    if (!k->truth)
        return put_or_withhold(k);
    emitter_context(&k->out, k->thread, &own_p, &own_g);
    if (k->ev->type == EvGCActive && !match(k))
        return WITHHELD;
    if (k->out.gen != sched_first_gen(k->out.belief))
        return put_or_withhold(k);
    if (own_p == -1)
        return WITHHELD;
    if (k->ev->type == EvGCMarkAssistActive && sched_find_g(k->out.belief, id, &g) && g.assist)
        return NEEDLESS;
    if (k->ev->type == EvGCSweepActive && sched_find_p(k->out.belief, id, &p) && p.sweep)
        return NEEDLESS;
    return put_or_withhold(k);
}

/* Regions: an end goes with its begin. Programs end them in another order than they
 * began them, which Go's tools refuse. Then those that are open inside end with the
 * one around them, and their own ends are left out: each is written once, at its
 * time or, where nesting forbids that, before. */

static enum outcome keep_region_begin(struct keeper *k)
{
    return match(k) ? put_or_withhold(k) : WITHHELD;
}

/* The region that an event ends. */
struct ending {
    int64_t g;
    bool open;              /* in truth, where ... */
    struct sched_depth in;  /* ... so many are open inside it */
    struct sched_region as; /* as it was written */
};

/* Notes that what is written is not in the order of the program any more. */
static bool note_unruly(struct keeper *k, int64_t g)
{
    k->out.counts.touched = 1;
    return map_put(&k->unruly, (uint64_t)g, 0) || keeper_no_memory(k);
}

/* What a region is known by to all goroutines. */
static uint64_t region_key(uint64_t task, uint64_t name)
{
    return task ^ name << 32;
}

/* It began before the trace, unless goroutines end what they did not begin. */
static bool is_older(const struct keeper *k, int64_t g, const uint64_t *arg)
{
    return (!k->unruly.len || map_get(&k->unruly, (uint64_t)g) == MAP_NONE) &&
           (!k->over.len || map_get(&k->over, region_key(arg[0], arg[1])) == MAP_NONE);
}

/* Finds it in truth; false: its end is to be left out. */
static bool find_ending(struct keeper *k, struct ending *e)
{
    const gotrace_event *ev = k->original;
    struct sched_region r;
    assert(!ev || k->truth);
    if (!ev)
        return true;
    e->open = sched_region_depth(k->truth, e->g, ev->arg[0], (uint32_t)ev->arg[1], &e->in);
    if (e->open)
        return sched_region(k->truth, e->g, e->in.all, &r) && !r.dropped;
    if (!sched_region(k->truth, e->g, 0, &r))
        return is_older(k, e->g, ev->arg);
    (void)note_unruly(k, e->g);
    return false;
}

/* The region began under another name: a script has changed that. */
static bool was_renamed(const struct keeper *k, struct ending *e)
{
    struct sched_g w, i;
    bool untouched = !(k->ev->flags & (GOTRACE_EDITED | GOTRACE_ADDED));
    return untouched && e->open && sched_find_g(k->out.belief, e->g, &w) &&
           sched_find_g(k->truth, e->g, &i) && w.regions == i.regions &&
           sched_region(k->out.belief, e->g, e->in.kept, &e->as);
}

static bool note_over(struct keeper *k, const uint64_t *arg)
{
    return map_put(&k->over, region_key(arg[0], arg[1]), 0) || keeper_no_memory(k);
}

/* Whether it is open in the output. */
static bool is_written(const struct keeper *k, struct ending *e)
{
    const uint64_t *arg = k->ev->arg;
    e->as = (struct sched_region){.task = arg[0], .name = (uint32_t)arg[1]};
    return sched_region_open(k->out.belief, e->g, e->as.task, e->as.name) || was_renamed(k, e);
}

/* Ends those that are open inside it. */
static bool end_inner(struct keeper *k, const struct ending *e)
{
    struct sched_region r;
    assert(e->in.kept <= e->in.all);
    if (e->in.all && !note_unruly(k, e->g))
        return false;
    sched_drop_regions(k->truth, e->g, e->in.all);
    while (sched_region(k->out.belief, e->g, 0, &r)) {
        const uint64_t arg[GOTRACE_ARGS] = {r.task, r.name};
        if (r.task == e->as.task && r.name == e->as.name)
            return true;
        if (!bridge_put(k, EvUserRegionEnd, arg) || (e->in.all && !note_over(k, arg)))
            return false;
    }
    return false;
}

static enum outcome keep_region_end(struct keeper *k)
{
    struct ending e = {.open = false};
    int64_t p;
    if (!match(k))
        return WITHHELD;
    emitter_context(&k->out, k->thread, &p, &e.g);
    if (!find_ending(k, &e))
        return WITHHELD;
    if (!is_written(k, &e))
        return e.open || is_placed(k->ev) ? WITHHELD : put_or_withhold(k);
    const uint64_t arg[GOTRACE_ARGS] = {e.as.task, e.as.name, k->ev->arg[2]};
    return end_inner(k, &e) && put_as(k, arg) ? WRITTEN : WITHHELD;
}

/* Tasks: the same. */

/* Task 0 is the background; Go 1.27 internal/trace/testtrace/validation.go. */
static enum outcome keep_task_begin(struct keeper *k)
{
    uint64_t task = k->ev->arg[0];
    if (task == 0 || task == UINT64_MAX || !match(k))
        return WITHHELD;
    (void)map_delete(&k->dropped_tasks, task);
    return put_or_withhold(k);
}

static enum outcome keep_task_end(struct keeper *k)
{
    if (k->dropped_tasks.len && map_delete(&k->dropped_tasks, k->ev->arg[0]))
        return WITHHELD;
    return match(k) ? put_or_withhold(k) : WITHHELD;
}

/* Events of the input */

static void count(struct keeper *k, enum outcome outcome)
{
    gotrace_written *c = &k->out.counts;
    if (outcome == WRITTEN && k->ev->flags & GOTRACE_EDITED)
        c->edited++;
    if (outcome == WRITTEN && k->ev->flags & GOTRACE_ADDED)
        c->added++;
    if (outcome == ABSORBED || (outcome == NEEDLESS && rows[k->ev->type].need == USER))
        c->absorbed++;
    if (outcome == WITHHELD)
        c->withheld++;
}

/* Creations and begins by a script: their ids may have been used before. */
static bool needs_care(const gotrace_event *ev)
{
    const struct keep_policy *row = &rows[ev->type];
    return ev->flags & (GOTRACE_EDITED | GOTRACE_ADDED) &&
           (row->rule == keep_create || row->rule == keep_task_begin || ev->type == EvGCBegin);
}

/* Says in the diag which event is refused. */
static void name_event(struct keeper *k)
{
    gotrace_diag *d = &k->out.diag;
    d->gen = k->out.gen;
    d->m = thread(k)->m;
    event_into(d, k->ev->type);
}

static void describe(struct keeper *k, enum outcome outcome)
{
    gotrace_diag *d = &k->out.diag;
    char why[sizeof d->what];
    (void)snprintf(why, sizeof why, "%s", d->what);
    diag_set(d, GOTRACE_DAMAGED, k->ev->off,
             k->unruly.len         ? "regions are ended in another order than begun"
             : outcome == WITHHELD ? "the event cannot be written"
             : outcome == ABSORBED ? "what the event does has happened already"
                                   : "the event needs others before it that are not there");
    if (outcome != ABSORBED && why[0])
        diag_have(d, "%.99s", why);
    name_event(k);
}

/* In v1 no event says whether it is there for want of another; but that each P says that
 * the world is stopped, as before 1.10, is no damage. */
static void note_repair(struct keeper *k, enum outcome outcome)
{
    uint8_t type = k->ev->type;
    if (k->repaired || (outcome == ABSORBED && (type == EvSTWBegin || type == EvSTWEnd)))
        return;
    k->repaired = true;
    if (!k->strict)
        return;
    describe(k, outcome);
    k->repair = k->out.diag;
}

void keeper_end_damaged(struct keeper *k)
{
    k->out.counts.touched |= k->repaired;
    if (!k->strict || !k->repaired)
        return;
    assert(k->repair.status == GOTRACE_DAMAGED);
    k->out.diag = k->repair;
    k->refused = true;
}

static enum outcome keep(struct keeper *k)
{
    uint64_t bridged = k->out.counts.bridged;
    k->out.careful = needs_care(k->ev);
    k->out.diag.what[0] = '\0';
    enum outcome outcome =
        event_is_no_status(k->ev->type, k->ev->arg) ? NEEDLESS : rows[k->ev->type].rule(k);
    k->out.careful = false;
    count(k, outcome);
    bool repaired = outcome == ABSORBED || outcome == WITHHELD || k->out.counts.bridged > bridged;
    /* Without a script nothing is to be repaired but at the edges of a window; and a
     * thread that was made up for v1 may need some. */
    bool whole = k->out.counts.cut == 0 && (outcome == WITHHELD || !k->v1);
    bool counts = repaired && (k->out.counts.touched || whole);
    k->out.counts.touched |= counts;
    if (counts && k->strict && (k->unruly.len || !out_thread_is_invented(k))) {
        describe(k, outcome);
        k->refused = true;
    } else if (repaired && k->out.counts.cut == 0) {
        note_repair(k, outcome);
    }
    return outcome;
}

static bool is_over(const struct keeper *k)
{
    return k->refused || k->out.status != GOTRACE_OK;
}

/* What becomes of the event; true: it is in the output. */
static bool decide(struct keeper *k)
{
    assert(k->thread < k->out.threads.len && k->ev->type < GOTRACE_EV_GENERATION);
    if (k->ev->verdict == GOTRACE_DROP || keeper_conceals(k)) {
        k->out.counts.dropped++;
        return false;
    }
    return keep(k) == WRITTEN;
}

/* An end that comes later goes with a begin that was not written. */
static bool note_pair(struct keeper *k, const gotrace_event *original, bool written)
{
    assert(k->truth && (!written || k->out.counts.events));
    if (written)
        return true;
    k->bridge.stale |= keeper_ends_range(original->type);
    if (original->type == EvUserTaskBegin)
        return map_put(&k->dropped_tasks, original->arg[0], 0) || keeper_no_memory(k);
    if (original->type == EvUserRegionBegin) {
        int64_t p, g;
        sched_context(k->truth, thread(k)->truth, &p, &g);
        sched_drop_regions(k->truth, g, 1);
    }
    return true;
}

static bool take_sample(struct keeper *k, const gotrace_event *ev)
{
    if (ev->verdict == GOTRACE_DROP || (ev->g != -1 && keeper_hides(k, ev->g))) {
        k->out.counts.dropped++;
        return true;
    }
    k->out.now = ev->ticks;
    return emitter_sample(&k->out, ev);
}

bool keeper_ends_range(uint8_t type)
{
    return rows[type].rule == keep_range_end;
}

bool keeper_is_own(uint8_t type)
{
    return rows[type].need == USER || rows[type].who == OWN_G;
}

bool keeper_is_free(uint8_t type)
{
    return rows[type].rule == keep_free || rows[type].rule == keep_label;
}

static void note_procs(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    k->procs = original->arg[0];
    k->procs_differ |= ev->verdict == GOTRACE_DROP || ev != original;
}

/* Whether a reader sees events as before when others are left out: not where
 * deltas are rounded, nor where there are so many threads that it may overlook
 * one (write/emit/emitter.h). */
static bool is_seen_alike(const struct keeper *k)
{
    return k->out.tick == 0 && k->out.threads.len <= FEW_THREADS;
}

/* What a script has made of it is of its own type and time, and of a type on which no other
 * event depends: both models do the same with it as with the original. */
static bool is_reworded(const gotrace_event *ev, const gotrace_event *original)
{
    return ev->type == original->type && keeper_is_free(ev->type) &&
           !(ev->flags & GOTRACE_TIME_SET);
}

static bool pass(struct keeper *k, const gotrace_event *ev)
{
    assert(!k->truth && k->out.exact);
    if (!(k->v1 ? put(k) : emitter_put_exact(&k->out, k->thread, ev->type, ev->arg)))
        return false;
    k->out.counts.edited += (ev->flags & GOTRACE_EDITED) != 0;
    return true;
}

/* Where nothing has been changed yet: true if nothing has to be now. */
static bool take_plainly(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    if (k->truth || (ev != original && !is_reworded(ev, original)) ||
        event_is_no_status(ev->type, ev->arg))
        return false;
    if (ev->type == EvProcsChange && ev->verdict == GOTRACE_KEEP)
        k->procs_written = ev->arg[0];
    if (ev->verdict == GOTRACE_DROP && keeper_is_free(ev->type) && is_seen_alike(k)) {
        k->out.counts.dropped++;
        k->thinned = true;
        return true;
    }
    if (ev->verdict != GOTRACE_KEEP || hidden_any(&k->hidden) || (k->thinned && !is_seen_alike(k)))
        return false;
    return pass(k, ev);
}

/* Statuses as their thread has to write them. */
static void restore_status(struct keeper *k, gotrace_event *ev)
{
    /* v1 does not say on which thread a syscall is. */
    if (k->v1 && ev->type == EvGoStatus && ev->arg[2] == GoSyscall)
        ev->arg[1] = (uint64_t)thread(k)->m;
    /* The one who is about to steal it may not know whether its thread is. */
    if (!k->v1 && ev->type == EvProcStatus && ev->m != ev->home && ev->arg[1] == ProcSyscall)
        ev->arg[1] = ProcSyscallAbandoned;
}

static bool take(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    uint32_t home = k->thread;
    assert((k->out.inside || ev->verdict == GOTRACE_DROP) && home < k->out.threads.len);
    k->ev = ev;
    k->original = original;
    if (original->type == EvProcsChange)
        note_procs(k, ev, original);
    if (take_plainly(k, ev, original))
        return true;
    if (is_over(k) || !truth_diverge(k))
        return false;
    assert(k->truth && k->truth != k->out.belief && k->bridge.truth == k->truth);
    truth_assume_context(k, keeper_row(original->type), original);
    bool written = decide(k);
    k->thread = home;
    truth_assume(k, original);
    return note_pair(k, original, written) && !is_over(k);
}

static bool refuse_time(struct keeper *k, const gotrace_event *ev)
{
    diag_set(&k->out.diag, GOTRACE_DAMAGED, ev->off, "the event cannot be written at its time");
    k->out.diag.gen = k->out.gen;
    k->out.diag.m = ev->m;
    event_into(&k->out.diag, ev->type);
    k->refused = true;
    return false;
}

bool keeper_move(struct keeper *k, const gotrace_event *ev)
{
    k->out.counts.moved++;
    return !k->strict || ev->flags & GOTRACE_TIME_SET || refuse_time(k, ev);
}

/* As take; --strict wants the times as they are, but for those that a script set. */
static bool take_in_time(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    if (!k->strict)
        return take(k, ev, original);
    uint64_t moved = k->out.counts.moved;
    bool more = take(k, ev, original);
    if (!more || k->out.counts.moved == moved || ev->flags & GOTRACE_TIME_SET)
        return more;
    (void)refuse_time(k, ev);
    name_event(k);
    return false;
}

static bool take_status(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    gotrace_event restored = *ev, was = *original;
    restore_status(k, &restored);
    restore_status(k, &was);
    return take_in_time(k, &restored, ev == original ? &restored : &was);
}

bool keeper_take(struct keeper *k, const gotrace_event *ev, const gotrace_event *original)
{
    keep_rule *rule = rows[ev->type].rule;
    if (k->hidden.others)
        keeper_meet(k, original);
    if (ev->type == EvCPUSample)
        return take_sample(k, ev);
    k->out.now = ev->ticks;
    if (!out_thread_of_event(k, original))
        return false;
    return rule == keep_go_status || rule == keep_proc_status ? take_status(k, ev, original)
                                                              : take_in_time(k, ev, original);
}

/* Events of scripts */

/* The end of a task that was asked for goes with its begin. */
static bool note_task(struct keeper *k, enum outcome outcome)
{
    bool begins = k->ev->type == EvUserTaskBegin && is_placed(k->ev);
    return !begins || outcome == WRITTEN || map_put(&k->dropped_tasks, k->ev->arg[0], 0) ||
           keeper_no_memory(k);
}

bool keeper_add(struct keeper *k, const gotrace_event *ev)
{
    struct run run;
    if (ev->verdict == GOTRACE_DROP)
        return true;
    if (ev->type == EvCPUSample) {
        k->out.counts.added++;
        return take_sample(k, ev);
    }
    assert(k->out.inside && ev->type < GOTRACE_EV_GENERATION);
    k->ev = ev;
    k->original = NULL;
    k->out.now = ev->ticks;
    if (!truth_diverge(k))
        return false;
    if (!out_thread_of_added(k, ev)) {
        count(k, WITHHELD);
        return note_task(k, WITHHELD) && !is_over(k);
    }
    truth_run(k, &run);
    bool missing = rows[ev->type].need == USER && ev->g != -1 && run.g != ev->g;
    enum outcome outcome = WITHHELD;
    if (missing || keeper_conceals(k))
        count(k, WITHHELD);
    else
        outcome = keep(k);
    return note_task(k, outcome) && !is_over(k);
}

bool keeper_comes_before(const gotrace_event *added, const gotrace_event *ev)
{
    const struct keep_policy *row = &rows[ev->type];
    uint8_t need = rows[added->type].need;
    if (is_placed(added))
        return true;
    bool lets_go = row->rule == keep_switch || row->who == OWN_P ||
                   (row->who == OWN_G && row->to != GoRunning);
    return lets_go && (need == USER || need == PROC) && added->g == ev->g;
}

/* The rest */

gotrace_status keeper_open(struct keeper *k, sink *file, gotrace_names *names, bool v1, bool strict,
                           gotrace_diag *diag)
{
    uint32_t unknown = 0, reason, forever;
    *k = (struct keeper){.v1 = v1, .strict = strict, .out.sink = file};
    k->fast = gotrace_paths() & GOTRACE_PATH_KEEPER;
    if (!names_string(names, "?", 1, &unknown) ||
        !names_string(names, "unknown", strlen("unknown"), &reason) ||
        !names_string(names, "forever", strlen("forever"), &forever))
        return diag_no_memory(diag);
    k->bridge = (struct bridge){.out = &k->out, .hidden = &k->hidden, .reason = reason};
    gotrace_status st = emitter_open(&k->out, file, names, unknown, v1, diag);
    k->out.forever = forever;
    k->out.why = strict ? &k->out.diag : NULL;
    return st;
}

void keeper_free(struct keeper *k)
{
    emitter_free(&k->out);
    sched_free(k->truth);
    map_free(&k->thread_of_p);
    VEC_FREE(&k->threads);
    map_free(&k->hidden.named);
    map_free(&k->dropped_tasks);
    map_free(&k->unruly);
    map_free(&k->over);
}
