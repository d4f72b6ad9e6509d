/* fast_path.c: plain events, those of the earliest thread that can happen, take a nanosecond
 * each and are whole. They are looked at where they lie; what is anything else
 * is left for the way that has an answer to everything. */
#include <assert.h>

#include "base/compiler.h"
#include "sched/invariants.h"
#include "v2/cursor/fill.h"
#include "v2/order/inside.h"

/* Not plain: what takes more than its own nanosecond, what is passed over, and
 * what has to be looked at in the strings of this generation. */
void full_order_know_fast(struct full_order *o, const struct builder *builder)
{
    bool taken = plan_takes(&builder->plan, GOTRACE_PATH_IN_PLACE);
    bool opens = o->by_itself;
    for (unsigned i = 0; i < 256; i++)
        o->fast[i] = taken && event_varints[i] && !builder->skipped[i] && i != EvGoSwitch &&
                     i != EvGoSwitchDestroy && i != EvGoDestroySyscall &&
                     !(opens ? event_opens((uint8_t)i) : event_is_status((uint8_t)i)) &&
                     i != EvUserTaskBegin && i != EvSTWEnd;
    full_order_watch(o);
}

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
static enum sched_result ask_fast(struct full_order *o, struct cursor_slot *slot, const uint8_t **p)
{
    struct cursor *c = &slot->cursor;
    struct sched_event *ev = &slot->ev;
    assert(event_varints[ev->type]);
    assert(slot->cursor.m == -1 || sched_ready(o->sched, ev)); /* no thread: it has nothing */
    c->type = ev->type;
    *p = take_args(*p, c->arg, event_varints[c->type] - 1u);
    if (!*p || !id_tables_have(&o->ids, c->type, c->arg) || is_syscall_status(c))
        return SCHED_NOT_YET;
    if (o->references)
        references_known(o->references, c->type, c->arg);
    if (o->references && strict_asks(&o->strict, c->type))
        full_order_look_strictly(o, slot,
                                 id_table_get(&o->ids.strings, c->type == EvGoLabel ? *c->arg : 0));
    if (c->type == EvUserRegionBegin || c->type == EvUserRegionEnd)
        ev->name = id_table_get(&o->ids.strings, c->arg[1]);
    return sched_rules[c->type](o->sched, ev);
}

/* Whether the id is known. It is marked before the event has happened: if that
 * does not, the generation is damaged. */

static HOT bool take_string(const struct full_order *o, uint64_t id, bool marking)
{
    bool is_known = id_table_has(&o->ids.strings, id);
    assert_unchanged(!marking || !is_known || id < o->references->strings.len);
    if (marking && is_known)
        o->references->strings.data[id] = 1;
    return is_known;
}

static HOT bool take_stack(const struct full_order *o, uint64_t id, bool marking)
{
    bool is_known = id_table_has(&o->ids.stacks, id);
    assert_unchanged(!marking || !is_known || id < o->references->stacks.len);
    if (marking && is_known)
        o->references->stacks.data[id] = 1;
    return is_known;
}

/* Decodes the arguments at *p and asks the model. Whatever else it may be, an
 * event that is not SCHED_ADVANCED is not plain. */
static HOT enum sched_result plain(struct full_order *o, struct cursor_slot *slot,
                                   const uint8_t **p, bool marking)
{
    struct sched *s = o->sched;
    struct sched_event *ev = &slot->ev;
    uint64_t *arg = slot->cursor.arg;
    switch (ev->type) {
    case EvGoStart:
        *p = take_args(*p, arg, 2);
        return *p ? advance_go_start(s, ev) : SCHED_NOT_YET;
    case EvGoStop:
    case EvGoBlock:
        *p = take_args(*p, arg, 2);
        if (marking && *p && arg[0] == o->references->forever)
            full_order_block_for_ever(o, ev->g);
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
        return ask_fast(o, slot, p);
    }
}

/* run_fast; marking: there are o->references. */
static HOT bool run_fast_as(struct full_order *o, const struct generation *g,
                            struct builder *builder, struct cursor_slot *slot, int64_t until,
                            gotrace_diag *diag, bool marking)
{
    struct cursor *c = &slot->cursor;
    struct sched_event *ev = &slot->ev;
    const uint8_t *p = c->p;
    int64_t time = c->time;
    uint64_t ticks = c->ticks;
    assert(!marking || o->references);
    o->sched->diag = diag; /* of no meaning here */
    while (c->end - p >= CURSOR_LONGEST && time != 0) {
        const struct thread *t = thread_of(o->sched, ev);
        assert_unchanged(t->id == c->m && c->data <= p &&
                         (t->id == -1 || t->epoch == o->sched->epoch));
        uint8_t type = p[0];
        uint64_t dt = p[1];
        const uint8_t *q = p + 2;
        if (!o->fast[type])
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
        if (plain(o, slot, &q, marking) != SCHED_ADVANCED)
            break;
        assert(sched_has_happened(o->sched, ev));
        time = next;
        ticks += dt;
        uint64_t off = c->off + (uint64_t)(p - c->data);
        gotrace_event *e = batch_append(builder, type, ns_between(o->zero, bump(o, time)), off);
        if (e)
            fill_event(e, c, type, ticks, (struct context){ev->m, ev->p, ev->g}, &o->ids, true, g,
                       builder->names);
        p = q;
        if (builder->wanted[type] && batch_is_full(builder))
            break;
    }
    bool any = p != c->p;
    assert(c->p <= p && p <= c->end);
    c->p = p;
    c->time = time;
    c->ticks = ticks;
    return any;
}

/* Apart, or the compiler does worse by both. */

static NOINLINE bool run_marking(struct full_order *o, const struct generation *g,
                                 struct builder *builder, struct cursor_slot *slot, int64_t until,
                                 gotrace_diag *diag)
{
    return run_fast_as(o, g, builder, slot, until, diag, true);
}

static NOINLINE bool run_unmarked(struct full_order *o, const struct generation *g,
                                  struct builder *builder, struct cursor_slot *slot, int64_t until,
                                  gotrace_diag *diag)
{
    return run_fast_as(o, g, builder, slot, until, diag, false);
}

bool full_order_run_fast(struct full_order *o, const struct generation *g, struct builder *builder,
                         struct cursor_slot *slot, int64_t until, gotrace_diag *diag)
{
    const struct cursor *c = &slot->cursor;
    assert(slot->ev.arg == c->arg && slot->ev.gen == g->gen);
    if (o->by_itself && c->p < c->end && o->fast[*c->p])
        sched_meet(o->sched, slot->ev.thread);
    return o->references ? run_marking(o, g, builder, slot, until, diag)
                         : run_unmarked(o, g, builder, slot, until, diag);
}
