#include "v1/missing.h"

#include "v1/unstarted.h"

/* With more, parts of the file are lost rather than events. */
enum { MOST = 64 };

/* A goroutine that left its P (`at`: how) without having been started there. */
struct unstarted {
    struct v1_run run;
    uint64_t ticks; /* of its last event */
    uint8_t at;     /* enum v1_status */
};

struct search {
    struct v1_missing *out;
    struct v1_gs gs;
    struct v1_order order;
    VEC(uint64_t) from;  /* by stream: the first event since its P took or left a goroutine */
    VEC(uint64_t) since; /* by goroutine: ticks of when it last became runnable */
    VEC(struct unstarted) unstarted;
};

#define NOWHERE UINT64_MAX

/* Following the order */

static bool divides(const struct v1_event *ev)
{
    uint8_t g = v1_rule_of(ev)->g;
    return g == V1_BECOMES || g == V1_LEAVES || ev->type == V1_ProcStart || ev->type == V1_ProcStop;
}

static bool follow_g(struct search *s)
{
    size_t more = s->gs.g.len - s->since.len;
    if (!VEC_RESERVE(&s->since, more))
        return false;
    while (s->since.len < s->gs.g.len)
        s->since.data[s->since.len++] = 0;
    return true;
}

static void follow(struct search *s, const struct v1_event *ev)
{
    uint64_t *from = ev->stream == V1_NONE ? NULL : &s->from.data[ev->stream];
    if (from)
        *from = divides(ev) ? NOWHERE : *from == NOWHERE ? ev->off : *from;
    if (v1_rule_of(ev)->then == V1_RUNNABLE)
        s->since.data[v1_event_who(ev)] = ev->ticks;
}

/* To where it is stuck, or ends. */
static gotrace_status run_on(struct search *s)
{
    struct v1_event *ev;
    size_t n;
    gotrace_status st;
    while ((st = v1_order_run(&s->order, &ev, &n)) == GOTRACE_OK) {
        if (!follow_g(s))
            return GOTRACE_NO_MEMORY;
        for (size_t i = 0; i < n; i++)
            follow(s, &ev[i]);
    }
    return st;
}

/* Lost starts */

static bool note_run(struct search *s, struct v1_run run, uint32_t g)
{
    run.g = s->gs.g.data[g].id;
    return VEC_PUSH(&s->out->runs, run);
}

static bool note_unstarted(struct search *s, const struct v1_event *ev)
{
    uint64_t from = s->from.data[ev->stream];
    struct unstarted u = {{ev->stream, from == NOWHERE ? ev->off : from, ev->off, 0},
                          ev->ticks,
                          v1_rule_of(ev)->then};
    return VEC_PUSH(&s->unstarted, u);
}

/* Whether ev waits for nothing but a start of its goroutine, and an end of that. */
static bool lacks_start(const struct search *s, const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    const struct v1_g *g = &s->gs.g.data[v1_event_who(ev)];
    return g->at == V1_RUNNABLE && rule->need != V1_RUNNING &&
           (rule->any ? rule->need == V1_WAITING : v1_event_seq(ev) == g->seq + 1);
}

/* Has the goroutine of ev run where it can have; *found: it has. */
static bool find_run(struct search *s, const struct v1_event *ev, bool *found)
{
    uint32_t who = v1_event_who(ev);
    struct v1_g *g = &s->gs.g.data[who];
    *found = false;
    for (size_t i = 0; i < s->unstarted.len && lacks_start(s, ev); i++) {
        struct unstarted u = s->unstarted.data[i];
        if (u.at != v1_rule_of(ev)->need)
            continue;
        s->unstarted.data[i] = s->unstarted.data[--s->unstarted.len];
        g->seq++;
        g->at = u.at;
        *found = true;
        return note_run(s, u.run, who);
    }
    return true;
}

/* The goroutine that has been runnable for longest before u, V1_G_NONE: none. */
static uint32_t longest_runnable(const struct search *s, const struct unstarted *u)
{
    uint32_t best = V1_G_NONE;
    for (uint32_t g = V1_G_FIRST; g < s->since.len; g++) {
        uint64_t since = s->since.data[g];
        if (s->gs.g.data[g].at == V1_RUNNABLE && since < u->ticks &&
            (best == V1_G_NONE || since < s->since.data[best]))
            best = g;
    }
    return best;
}

/* Those of which nothing was heard again. */
static bool guess_runs(struct search *s)
{
    for (size_t i = 0; i < s->unstarted.len; i++) {
        uint32_t g = longest_runnable(s, &s->unstarted.data[i]);
        if (g == V1_G_NONE)
            continue;
        s->gs.g.data[g].at = s->unstarted.data[i].at;
        if (!note_run(s, s->unstarted.data[i].run, g))
            return false;
    }
    return true;
}

/* Where it is stuck */

static bool let_go(struct search *s, const struct v1_event *ev)
{
    bool found;
    if (v1_event_is_unstarted(ev) && !note_unstarted(s, ev))
        return false;
    if (!find_run(s, ev, &found))
        return false;
    return found || map_put(&s->out->waits, ev->off, 0);
}

static bool search(struct search *s)
{
    const struct v1_event *ev;
    gotrace_status st;
    for (int n = 0; (st = run_on(s)) == GOTRACE_END; n++) {
        ev = v1_order_stuck(&s->order);
        s->out->hopeless = ev && n == MOST;
        if (!ev || n == MOST)
            return guess_runs(s);
        if (!follow_g(s) || !let_go(s, ev) || !v1_order_release(&s->order))
            return false;
    }
    return false;
}

static bool start(struct search *s, const struct v1_index *ix)
{
    if (!v1_gs_init(&s->gs) || !VEC_RESERVE(&s->from, ix->procs.len))
        return false;
    for (size_t i = 0; i < ix->procs.len; i++)
        s->from.data[i] = NOWHERE;
    v1_order_start_search(&s->order, ix, &s->gs, s->out);
    return true;
}

bool v1_missing_find(struct v1_missing *m, const struct v1_index *ix)
{
    if (ix->format.seq)
        return v1_unstarted_find(m, ix);
    struct search s = {.out = m};
    bool ok = start(&s, ix) && search(&s);
    v1_order_free(&s.order);
    v1_gs_free(&s.gs);
    VEC_FREE(&s.from);
    VEC_FREE(&s.since);
    VEC_FREE(&s.unstarted);
    return ok;
}
