#include "v1/order/check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* One place more than there are Ps: for events of none. */
bool v1_check_init(struct v1_check *c, uint32_t version, struct v1_lives *lives, size_t streams)
{
    *c = (struct v1_check){.version = version, .lives = lives};
    if (!VEC_RESERVE(&c->p, streams + 1))
        return false;
    c->p.len = streams + 1;
    for (size_t i = 0; i <= streams; i++)
        c->p.data[i] = (struct check_p){.g = V1_G_NONE};
    return true;
}

void v1_check_free(struct v1_check *c)
{
    VEC_FREE(&c->p);
    VEC_FREE(&c->regions);
    map_free(&c->tasks);
}

/* Words */

static const char *const statuses[] = {"unknown or dead", "runnable", "running", "waiting"};

static unsigned long long id_of(const struct v1_check *c, uint32_t g)
{
    assert(g < c->lives->all.len);
    return c->lives->all.data[g].id;
}

/* Counts a broken rule. True the first time: the diag is to be filled. */
static bool DIAG_PRINTF(3, 4)
    wrong(struct v1_check *c, const struct v1_event *ev, const char *fmt, ...)
{
    char what[150];
    if (c->wrong++)
        return false;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    diag_set(&c->first, GOTRACE_DAMAGED, ev->off, "%s", what);
    c->first.gen = 1;
    (void)snprintf(c->first.event, sizeof c->first.event, "%s", v1_name(ev->type));
    return true;
}

/* Asked each time, as goroutines may move when there are more. */
static struct v1_life *g_of(struct v1_check *c, uint32_t g)
{
    assert_unchanged(g < c->lives->all.len);
    return &c->lives->all.data[g];
}

/* An event of no P has a stream beyond all of them. */
static inline struct check_p *p_of(struct v1_check *c, const struct v1_event *ev)
{
    size_t none = c->p.len - 1;
    assert_unchanged(c->p.len);
    return &c->p.data[ev->stream < none ? ev->stream : none];
}

/* Goroutine g must have a status. */
static void need(struct v1_check *c, const struct v1_event *ev, uint32_t g, uint8_t status)
{
    uint8_t have = g_of(c, g)->state & V1_G_STATUS;
    if (have == status)
        return;
    if (wrong(c, ev, "goroutine %llu is not %s", id_of(c, g), statuses[status])) {
        diag_have(&c->first, "%s", statuses[have]);
        diag_want(&c->first, "%s", statuses[status]);
    }
}

/* The goroutine of ev must run on its P. */
static void need_on_p(struct v1_check *c, const struct v1_event *ev)
{
    uint32_t runs = p_of(c, ev)->g;
    if (runs == ev->own)
        return;
    if (wrong(c, ev, "P %lld does not run goroutine %llu", (long long)ev->p, id_of(c, ev->own))) {
        diag_have(&c->first, "it runs goroutine %llu", id_of(c, runs));
        diag_want(&c->first, "goroutine %llu", id_of(c, ev->own));
    }
}

/* What starts must find the P without a goroutine. */
static void need_idle_p(struct v1_check *c, const struct v1_event *ev)
{
    uint32_t runs = p_of(c, ev)->g;
    if (runs != V1_G_NONE)
        wrong(c, ev, "P %lld still runs goroutine %llu", (long long)ev->p, id_of(c, runs));
}

/* What begins must not be begun, what ends must be; *on becomes `begin`. */
static void toggle(struct v1_check *c, const struct v1_event *ev, bool *on, bool begin)
{
    if (*on == begin && wrong(c, ev, begin ? "the one before has not ended" : "it has not begun")) {
        diag_have(&c->first, begin ? "a second beginning" : "an end");
        diag_want(&c->first, begin ? "an end" : "a beginning");
    }
    *on = begin;
}

/* Rules, in the table's order */

typedef void check(struct v1_check *c, const struct v1_event *ev);

/* Each P begins as stopped (v1_check_init). */
static void check_proc_start(struct v1_check *c, const struct v1_event *ev)
{
    struct check_p *p = p_of(c, ev);
    if (p->running)
        wrong(c, ev, "P %lld runs before it starts", (long long)ev->p);
    p->running = true;
}

/* One thing is told of an event: that it does not run, or else that it is not
 * idle. */
static void check_proc_stop(struct v1_check *c, const struct v1_event *ev)
{
    struct check_p *p = p_of(c, ev);
    if (!p->running)
        wrong(c, ev, "P %lld does not run before it stops", (long long)ev->p);
    else if (p->g != V1_G_NONE)
        wrong(c, ev, "P %lld runs goroutine %llu while it stops", (long long)ev->p, id_of(c, p->g));
    p->running = false;
}

static void check_gc_start(struct v1_check *c, const struct v1_event *ev)
{
    toggle(c, ev, &c->gc, true);
}

static void check_gc_done(struct v1_check *c, const struct v1_event *ev)
{
    toggle(c, ev, &c->gc, false);
}

/* Before 1.10 each P had its own. */
static bool *stw_of(struct v1_check *c, const struct v1_event *ev)
{
    return c->version < 10 ? &p_of(c, ev)->stw : &c->stw;
}

static void check_stw_start(struct v1_check *c, const struct v1_event *ev)
{
    uint64_t kind = ev->v[V1_ARG];
    toggle(c, ev, stw_of(c, ev), true);
    if (c->version < 11 && kind > 1)
        wrong(c, ev, "no such kind of stop-the-world: %llu", (unsigned long long)kind);
}

static void check_stw_done(struct v1_check *c, const struct v1_event *ev)
{
    toggle(c, ev, stw_of(c, ev), false);
}

static void check_sweep_start(struct v1_check *c, const struct v1_event *ev)
{
    toggle(c, ev, &p_of(c, ev)->sweep, true);
}

static void check_sweep_done(struct v1_check *c, const struct v1_event *ev)
{
    toggle(c, ev, &p_of(c, ev)->sweep, false);
}

/* Its place is the next to be used, so memory is that of regions open at a
 * time. */
static void close_region(struct v1_check *c, struct v1_life *g)
{
    uint32_t region = g->region;
    assert_unchanged(region && region <= c->regions.len);
    struct check_region *r = &c->regions.data[region - 1];
    assert(r->outer <= c->regions.len && region != c->free_region);
    g->region = r->outer;
    r->outer = c->free_region;
    c->free_region = region;
}

/* Go 1.27 keeps the id of a stack that is not there in this place alone, and panics
 * where somebody asks for its frames. Of goroutines that were there before the trace
 * it keeps none. */
static void check_go_create(struct v1_check *c, const struct v1_event *ev)
{
    uint32_t id = (uint32_t)ev->v[V1_ARG + 1], place;
    if (c->version < 11 || !c->stacks || id == 0 || idtab_get(c->stacks, id, &place))
        return;
    if (wrong(c, ev, "goroutine %llu begins with a stack that is not in the trace",
              id_of(c, ev->target)))
        diag_have(&c->first, "stack %" PRIu32, id);
}

/* What it has left open ends with it, as in Go, which says nothing of that. */
static void check_go_end(struct v1_check *c, const struct v1_event *ev)
{
    while (g_of(c, ev->own)->region)
        close_region(c, g_of(c, ev->own));
}

/* No runtime of 1.11 or later writes one, and Go 1.27 refuses it. */
static void check_futile_wakeup(struct v1_check *c, const struct v1_event *ev)
{
    if (c->version >= 11)
        wrong(c, ev, "an event that went with Go 1.10");
}

/* Only looks, at a copy of the bit: its row sets that. */
static void check_assist_start(struct v1_check *c, const struct v1_event *ev)
{
    struct v1_life *g = g_of(c, ev->own);
    bool assist = g->state & V1_G_ASSIST;
    toggle(c, ev, &assist, true);
}

/* A string that the event names must be in the trace. */
static void need_string(struct v1_check *c, const struct v1_event *ev, uint64_t id)
{
    uint32_t place;
    if (!id || !c->strings || idtab_get(c->strings, id, &place))
        return;
    if (wrong(c, ev, "an event refers to an unknown string"))
        diag_have(&c->first, "string %" PRIu64, id);
}

static void check_log(struct v1_check *c, const struct v1_event *ev)
{
    need_string(c, ev, ev->v[V1_ARG + 1]);
}

/* Its id may come again once it has ended. */
static void check_task_create(struct v1_check *c, const struct v1_event *ev)
{
    uint64_t task = ev->v[V1_ARG];
    need_string(c, ev, ev->v[V1_ARG + 2]);
    if (map_get(&c->tasks, task) != MAP_NONE)
        wrong(c, ev, "task %llu is there already", (unsigned long long)task);
    else if (!map_put(&c->tasks, task, 0))
        c->failed = true;
}

/* One that began before the trace ends too. */
static void check_task_end(struct v1_check *c, const struct v1_event *ev)
{
    (void)map_delete(&c->tasks, ev->v[V1_ARG]);
}

/* *out counts from 1, so that 0 can be none. */
static bool new_region(struct v1_check *c, uint32_t *out)
{
    static const struct check_region none;
    *out = c->free_region;
    assert(*out <= c->regions.len);
    if (*out) {
        c->free_region = c->regions.data[*out - 1].outer;
        return true;
    }
    *out = (uint32_t)c->regions.len + 1;
    return VEC_PUSH(&c->regions, none);
}

static void begin_region(struct v1_check *c, const struct v1_event *ev)
{
    struct v1_life *g = g_of(c, ev->own);
    uint32_t region;
    if (!new_region(c, &region)) {
        c->failed = true;
        return;
    }
    c->regions.data[region - 1] =
        (struct check_region){ev->v[V1_ARG], ev->v[V1_ARG + 2], g->region};
    g->region = region;
    assert(region <= c->regions.len && g->region != c->free_region);
}

/* ev ends a region, but r is the innermost one. */
static void say_region(struct v1_check *c, const struct v1_event *ev, const struct check_region *r)
{
    if (!wrong(c, ev, "the innermost region of goroutine %llu is another one", id_of(c, ev->own)))
        return;
    diag_fact(&c->first, GOTRACE_FACT_REGION);
    c->broken[0] = (struct check_region){ev->v[V1_ARG], ev->v[V1_ARG + 2], 0};
    c->broken[1] = *r;
}

/* One that began before the trace did ends without a beginning. */
static void end_region(struct v1_check *c, const struct v1_event *ev)
{
    struct v1_life *g = g_of(c, ev->own);
    if (!g->region)
        return;
    assert(g->region <= c->regions.len);
    const struct check_region *r = &c->regions.data[g->region - 1];
    if (r->task != ev->v[V1_ARG] || r->name != ev->v[V1_ARG + 2])
        say_region(c, ev, r);
    close_region(c, g);
}

/* Mode 0 begins and 1 ends one (Go 1.27 tracev1/parser.go). */
static void check_region(struct v1_check *c, const struct v1_event *ev)
{
    uint64_t mode = ev->v[V1_ARG + 1];
    need_string(c, ev, ev->v[V1_ARG + 2]);
    if (mode == 0)
        begin_region(c, ev);
    else if (mode == 1)
        end_region(c, ev);
    else if (wrong(c, ev, "a region that neither begins nor ends"))
        diag_have(&c->first, "mode %llu", (unsigned long long)mode);
}

/* The table */

enum { NOTHING, ON_P, ON_IDLE_P, RUNS_ON_P }; /* the last: and it is not goroutine 0 */
enum { STAYS, COMES, GOES };

/* A goroutine's state must be `want` where `mask` is set; then `keep` of it stays
 * and `set` is added. */
struct change {
    uint8_t mask, want, keep, set;
};
struct row {
    struct change own, target;
    uint8_t on_p; /* how the goroutine and the P must stand */
    uint8_t p;    /* whether it comes to the P or goes from it */
    check *more;  /* what is looked at besides, NULL: nothing */
};

// clang-format off
/* Of a goroutine: the status that it needs, what it is then. */
#define SAME {0, 0, 0xff, 0}
#define FROM(status, then) \
    {V1_G_STATUS, V1_##status, (uint8_t)~V1_G_STATUS, V1_##then | V1_G_KNOWN}
#define LEAVES(then, more) \
    {{V1_G_STATUS, V1_RUNNING, (uint8_t)~V1_G_STATUS, V1_##then}, SAME, RUNS_ON_P, GOES, more}
#define RUNS {V1_G_STATUS, V1_RUNNING, 0xff, 0}
#define ONLY(more) {SAME, SAME, NOTHING, STAYS, more}

#define row_none ONLY(NULL)
#define row_proc_start ONLY(check_proc_start)
#define row_proc_stop ONLY(check_proc_stop)
#define row_gc_start ONLY(check_gc_start)
#define row_gc_done ONLY(check_gc_done)
#define row_stw_start ONLY(check_stw_start)
#define row_stw_done ONLY(check_stw_done)
#define row_sweep_start ONLY(check_sweep_start)
#define row_sweep_done ONLY(check_sweep_done)
#define row_go_create {RUNS, {V1_G_KNOWN, 0, 0, V1_RUNNABLE | V1_G_KNOWN}, ON_P, STAYS, check_go_create}
#define row_go_start {FROM(RUNNABLE, RUNNING), SAME, ON_IDLE_P, COMES, NULL}
#define row_go_end LEAVES(DEAD, check_go_end)
#define row_go_stop LEAVES(DEAD, NULL)
#define row_go_yield LEAVES(RUNNABLE, NULL)
#define row_go_block LEAVES(WAITING, NULL)
#define row_go_unblock {RUNS, FROM(WAITING, RUNNABLE), ON_P, STAYS, NULL}
#define row_go_sys_call {RUNS, SAME, RUNS_ON_P, STAYS, NULL}
#define row_go_sys_block LEAVES(WAITING, NULL)
#define row_go_sys_exit {FROM(WAITING, RUNNABLE), SAME, NOTHING, STAYS, NULL}
#define row_go_waiting {FROM(RUNNABLE, WAITING), SAME, NOTHING, STAYS, NULL}
#define row_futile_wakeup ONLY(check_futile_wakeup)
#define row_assist_start {{0, 0, 0xff, V1_G_ASSIST | V1_G_KNOWN}, SAME, NOTHING, STAYS, check_assist_start}
/* It may have begun before the trace did. */
#define row_assist_done {{0, 0, (uint8_t)~V1_G_ASSIST, V1_G_KNOWN}, SAME, NOTHING, STAYS, NULL}
#define row_task_create ONLY(check_task_create)
#define row_task_end ONLY(check_task_end)
#define row_region ONLY(check_region)
#define row_log ONLY(check_log)
// clang-format on

static const struct row rows[V1_TYPES] = {
#define RULE(type, g, order, check, convert, to, reason) [V1_##type] = row_##check,
#include "v1/order/rules.def"
#undef RULE
};

/* Whether g is not as it has to be: not 0. */
static HOT unsigned differs(const struct v1_life *g, const struct change *c)
{
    return (g->state ^ c->want) & c->mask;
}

/* What there is to say of an event that breaks a rule, in Go's order. */
static COLD void look_closer(struct v1_check *c, const struct v1_event *ev, const struct row *row)
{
    const struct change *target = &row->target;
    if (row->own.mask)
        need(c, ev, ev->own, row->own.want);
    if (row->on_p == ON_IDLE_P)
        need_idle_p(c, ev);
    else if (row->on_p != NOTHING)
        need_on_p(c, ev);
    if (row->on_p == RUNS_ON_P && ev->own == V1_G_NONE)
        wrong(c, ev, "an event of goroutine 0");
    if (target->mask & V1_G_KNOWN & g_of(c, ev->target)->state)
        wrong(c, ev, "goroutine %llu is there already", id_of(c, ev->target));
    if (target->mask & V1_G_STATUS)
        need(c, ev, ev->target, target->want);
}

static HOT void change(struct v1_life *g, const struct change *c)
{
    g->state = (uint8_t)((g->state & c->keep) | c->set);
}

/* What runs when no goroutine does goes on running. */
static COLD void change_nobody(struct v1_life *nobody, const struct change *c)
{
    uint8_t status = nobody->state & V1_G_STATUS;
    change(nobody, c);
    nobody->state = (uint8_t)((nobody->state & ~V1_G_STATUS) | status);
}

/* Advances by ev, of P p; `all` are the goroutines. */
static HOT void advance(struct v1_check *c, struct check_p *p, struct v1_life *all,
                        const struct v1_event *ev)
{
    const struct row *row = &rows[ev->type];
    assert_unchanged(ev->own < c->lives->all.len && ev->target < c->lives->all.len);
    struct v1_life *own = &all[ev->own], *target = &all[ev->target];
    uint32_t runs = v1_pick(row->on_p == ON_IDLE_P, V1_G_NONE, ev->own);
    bool nobody = (row->on_p == RUNS_ON_P) & (ev->own == V1_G_NONE);
    bool misplaced = (row->on_p != NOTHING) & (p->g != runs);
    if (differs(own, &row->own) | differs(target, &row->target) | nobody | misplaced)
        look_closer(c, ev, row);
    if (row->more)
        row->more(c, ev);
    if (nobody)
        change_nobody(own, &row->own);
    else
        change(own, &row->own);
    change(target, &row->target);
    runs = v1_pick(row->p == COMES, ev->own, p->g);
    p->g = v1_pick(row->p == GOES, V1_G_NONE, runs);
}

/* Counts an event once, however many rules it broke. */
static void count_once(struct v1_check *c, uint64_t before)
{
    if (c->wrong > before)
        c->wrong = before + 1;
}

void v1_check(struct v1_check *c, const struct v1_event *ev)
{
    uint64_t before = c->wrong;
    advance(c, p_of(c, ev), c->lives->all.data, ev);
    count_once(c, before);
}

/* Stops behind the first that is wrong, so that it is told of where it stands
 * among the others. */
size_t v1_check_run(struct v1_check *c, const struct v1_event *run, size_t n)
{
    struct check_p *p = p_of(c, run);
    struct v1_life *all = c->lives->all.data;
    uint64_t before = c->wrong;
    size_t i = 0;
    while (i < n && c->wrong == before)
        advance(c, p, all, &run[i++]);
    count_once(c, before);
    assert(i == n || c->wrong == before + 1);
    return i;
}
