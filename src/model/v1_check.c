#include "model/v1_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool v1_check_init(struct v1_check *c, uint32_t version, struct v1_gs *gs, size_t streams)
{
    *c = (struct v1_check){.version = version, .gs = gs};
    if (!VEC_RESERVE(&c->p, streams))
        return false;
    c->p.len = streams;
    for (size_t i = 0; i < streams; i++)
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
    return c->gs->g.data[g].id;
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
    (void)snprintf(c->first.event, sizeof c->first.event, "%s", v1_name(ev->r->type));
    return true;
}

static struct v1_g *g_of(struct v1_check *c, uint32_t g)
{
    return &c->gs->g.data[g];
}

static struct check_p *p_of(struct v1_check *c, const struct v1_event *ev)
{
    return &c->p.data[ev->stream];
}

/* The goroutine of ev must have a status. */
static void need(struct v1_check *c, const struct v1_event *ev, uint32_t g, uint8_t status)
{
    uint8_t have = g_of(c, g)->status;
    if (have == status)
        return;
    if (wrong(c, ev, "goroutine %llu is not %s", id_of(c, g), statuses[status])) {
        diag_have(&c->first, "%s", statuses[have]);
        diag_want(&c->first, "%s", statuses[status]);
    }
}

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

/* The goroutine of ev must run on its P. */
static void need_running(struct v1_check *c, const struct v1_event *ev)
{
    need(c, ev, ev->own, V1_RUNNING);
    need_on_p(c, ev);
    if (ev->own == V1_G_NONE)
        wrong(c, ev, "an event of goroutine 0");
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

typedef void check(struct v1_check *c, struct v1_event *ev);

static void check_proc_start(struct v1_check *c, struct v1_event *ev)
{
    struct check_p *p = p_of(c, ev);
    if (p->running)
        wrong(c, ev, "P %lld runs before it starts", (long long)ev->p);
    p->running = true;
}

static void check_proc_stop(struct v1_check *c, struct v1_event *ev)
{
    struct check_p *p = p_of(c, ev);
    if (!p->running)
        wrong(c, ev, "P %lld does not run before it stops", (long long)ev->p);
    else if (p->g != V1_G_NONE)
        wrong(c, ev, "P %lld runs goroutine %llu while it stops", (long long)ev->p, id_of(c, p->g));
    p->running = false;
}

static void check_gc_start(struct v1_check *c, struct v1_event *ev)
{
    toggle(c, ev, &c->gc, true);
    ev->p = V1_GC_P;
}

static void check_gc_done(struct v1_check *c, struct v1_event *ev)
{
    toggle(c, ev, &c->gc, false);
}

/* Before 1.10 each P had its own. */
static bool *stw_of(struct v1_check *c, const struct v1_event *ev)
{
    return c->version < 10 ? &p_of(c, ev)->stw : &c->stw;
}

static void check_stw_start(struct v1_check *c, struct v1_event *ev)
{
    uint64_t kind = ev->r->v[V1_ARG];
    toggle(c, ev, stw_of(c, ev), true);
    if (c->version < 11 && kind > 1)
        wrong(c, ev, "no such kind of stop-the-world: %llu", (unsigned long long)kind);
}

static void check_stw_done(struct v1_check *c, struct v1_event *ev)
{
    toggle(c, ev, stw_of(c, ev), false);
}

static void check_sweep_start(struct v1_check *c, struct v1_event *ev)
{
    toggle(c, ev, &p_of(c, ev)->sweep, true);
}

static void check_sweep_done(struct v1_check *c, struct v1_event *ev)
{
    toggle(c, ev, &p_of(c, ev)->sweep, false);
}

static void check_go_create(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->target);
    need(c, ev, ev->own, V1_RUNNING);
    need_on_p(c, ev);
    if (g->known)
        wrong(c, ev, "goroutine %llu is there already", id_of(c, ev->target));
    g->status = V1_RUNNABLE;
    g->known = true;
    g->net = g->assist = false;
}

static void check_go_start(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    struct check_p *p = p_of(c, ev);
    need(c, ev, ev->own, V1_RUNNABLE);
    if (p->g != V1_G_NONE)
        wrong(c, ev, "P %lld still runs goroutine %llu", (long long)ev->p, id_of(c, p->g));
    g->status = V1_RUNNING;
    g->known = true;
    g->net = false;
    p->g = ev->own;
}

static void leave(struct v1_check *c, struct v1_event *ev, uint8_t status)
{
    need_running(c, ev);
    if (ev->own != V1_G_NONE)
        g_of(c, ev->own)->status = status;
    p_of(c, ev)->g = V1_G_NONE;
}

static void close_region(struct v1_check *c, struct v1_g *g)
{
    uint32_t region = g->region;
    struct check_region *r = &c->regions.data[region - 1];
    g->region = r->outer;
    r->outer = c->free_region;
    c->free_region = region;
}

static void check_go_end(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_DEAD);
    while (g_of(c, ev->own)->region)
        close_region(c, g_of(c, ev->own));
}

static void check_go_stop(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_DEAD);
}

static void check_go_yield(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_RUNNABLE);
    g_of(c, ev->own)->net = false;
}

static void check_go_block(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_WAITING);
    g_of(c, ev->own)->net = false;
}

static void check_go_block_net(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_WAITING);
    g_of(c, ev->own)->net = true;
}

static void check_go_unblock(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->target);
    bool timer = ev->p == V1_TIMER_P;
    need(c, ev, ev->own, V1_RUNNING);
    if (!timer)
        need_on_p(c, ev);
    need(c, ev, ev->target, V1_WAITING);
    if (g->net && !(timer && c->version < 11))
        ev->p = V1_NETPOLL_P;
    g->status = V1_RUNNABLE;
    g->known = true;
    g->net = false;
}

static void check_go_sys_call(struct v1_check *c, struct v1_event *ev)
{
    need_running(c, ev);
    g_of(c, ev->own)->net = false;
}

static void check_go_sys_block(struct v1_check *c, struct v1_event *ev)
{
    leave(c, ev, V1_WAITING);
}

static void check_go_sys_exit(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    need(c, ev, ev->own, V1_WAITING);
    g->status = V1_RUNNABLE;
    g->known = true;
    g->net = false;
}

static void check_go_waiting(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    need(c, ev, ev->own, V1_RUNNABLE);
    g->status = V1_WAITING;
    g->known = true;
    g->net = false;
}

/* No runtime of 1.11 or later writes one, and Go 1.27 refuses it. */
static void check_futile_wakeup(struct v1_check *c, struct v1_event *ev)
{
    if (c->version >= 11)
        wrong(c, ev, "an event that went with Go 1.10");
}

static void check_assist_start(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    toggle(c, ev, &g->assist, true);
    g->known = true;
}

/* It may have begun before the trace did. */
static void check_assist_done(struct v1_check *c, struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    g->assist = false;
    g->known = true;
}

static void check_task_create(struct v1_check *c, struct v1_event *ev)
{
    uint64_t task = ev->r->v[V1_ARG];
    if (map_get(&c->tasks, task) != MAP_NONE)
        wrong(c, ev, "task %llu is there already", (unsigned long long)task);
    else if (!map_put(&c->tasks, task, 0))
        c->failed = true;
}

static void check_task_end(struct v1_check *c, struct v1_event *ev)
{
    (void)map_delete(&c->tasks, ev->r->v[V1_ARG]);
}

static bool new_region(struct v1_check *c, uint32_t *out)
{
    static const struct check_region none;
    *out = c->free_region;
    if (*out) {
        c->free_region = c->regions.data[*out - 1].outer;
        return true;
    }
    *out = (uint32_t)c->regions.len + 1;
    return VEC_PUSH(&c->regions, none);
}

static void begin_region(struct v1_check *c, const struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    uint32_t region;
    if (!new_region(c, &region)) {
        c->failed = true;
        return;
    }
    c->regions.data[region - 1] =
        (struct check_region){ev->r->v[V1_ARG], ev->r->v[V1_ARG + 2], g->region};
    g->region = region;
}

/* One that began before the trace did ends without a beginning. */
static void end_region(struct v1_check *c, const struct v1_event *ev)
{
    struct v1_g *g = g_of(c, ev->own);
    if (!g->region)
        return;
    const struct check_region *r = &c->regions.data[g->region - 1];
    if (r->task != ev->r->v[V1_ARG] || r->name != ev->r->v[V1_ARG + 2])
        wrong(c, ev, "the innermost region of goroutine %llu is another one", id_of(c, ev->own));
    close_region(c, g);
}

static void check_region(struct v1_check *c, struct v1_event *ev)
{
    uint64_t mode = ev->r->v[V1_ARG + 1];
    if (mode == 0)
        begin_region(c, ev);
    else if (mode == 1)
        end_region(c, ev);
    else if (wrong(c, ev, "a region that neither begins nor ends"))
        diag_have(&c->first, "mode %llu", (unsigned long long)mode);
}

#define check_none NULL
static check *const checks[V1_TYPES] = {
#define RULE(type, g, order, check, lift, to, reason) [V1_##type] = check_##check,
#include "model/v1_rule.def"
#undef RULE
};

void v1_check(struct v1_check *c, struct v1_event *ev)
{
    check *fn = checks[ev->r->type];
    if (!fn)
        return;
    uint64_t before = c->wrong;
    fn(c, ev);
    if (c->wrong > before)
        c->wrong = before + 1; /* events, not rules */
}
