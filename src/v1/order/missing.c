#include "v1/order/missing.h"

#include <assert.h>

#include "base/compiler.h"
#include "v1/order/unstarted.h"

/* With more, parts of the file are lost rather than events. */
enum { MOST = 64 };

/* A goroutine that left its P (`at`: how) without having been started there. */
struct unstarted {
    struct v1_run run;
    uint64_t ticks; /* of its last event */
    uint8_t at;     /* enum v1_status */
};

/* The events of a P since it took or left a goroutine. */
struct span {
    uint64_t from, to; /* offsets of the first and the last, NOWHERE: there is none */
    uint64_t ticks;    /* of the last */
    bool unstarted;    /* a goroutine must have run that was not started */
};

/* When a goroutine last became runnable, and by which stream, V1_NONE: itself. */
struct since {
    uint64_t ticks;
    uint32_t by;
};

struct search {
    struct v1_missing *out;
    struct v1_gs gs;
    struct v1_order order;
    VEC(struct span) spans;  /* by stream */
    VEC(struct since) since; /* by goroutine */
    VEC(struct unstarted) unstarted;
};

#define NOWHERE UINT64_MAX

/* Following the order */

static bool note_unstarted(struct search *s, uint32_t stream, uint8_t at)
{
    assert_unchanged(stream < s->spans.len &&
                     s->spans.data[stream].from <= s->spans.data[stream].to);
    const struct span *span = &s->spans.data[stream];
    if (s->unstarted.len >= MOST)
        return true;
    struct unstarted u = {{stream, span->from, span->to, 0}, span->ticks, at};
    return VEC_PUSH(&s->unstarted, u);
}

static bool divides(const struct v1_event *ev)
{
    uint8_t g = v1_rule_of(ev)->g;
    return g == V1_BECOMES || g == V1_LEAVES || ev->type == V1_ProcStart || ev->type == V1_ProcStop;
}

static bool meet_all(struct search *s)
{
    const struct since never = {0, V1_NONE};
    while (s->since.len < s->gs.g.len) {
        if (!VEC_PUSH(&s->since, never))
            return false;
    }
    return true;
}

/* Extends the span of a P by ev. */
static void extend(struct span *span, const struct v1_event *ev)
{
    if (span->from == NOWHERE)
        span->from = ev->off;
    assert_unchanged(span->from <= ev->off);
    span->to = ev->off;
    span->ticks = ev->ticks;
    span->unstarted |= v1_event_is_unstarted(ev);
}

/* What ends a goroutine, or stops it for good, comes whatever that is: nobody waits
 * for its start. */
static bool follow_p(struct search *s, const struct v1_event *ev)
{
    static const struct span none = {.from = NOWHERE};
    assert_unchanged(ev->stream < s->spans.len);
    struct span *span = &s->spans.data[ev->stream];
    bool leaves = v1_rule_of(ev)->g == V1_LEAVES, free = v1_rule_of(ev)->who == V1_FREE;
    if (!divides(ev) || leaves)
        extend(span, ev);
    if (leaves && free && v1_event_is_unstarted(ev) && !note_unstarted(s, ev->stream, V1_DEAD))
        return false;
    if (divides(ev))
        *span = none;
    return true;
}

static bool follow(struct search *s, const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    assert_unchanged(v1_event_who(ev) < s->since.len);
    if (rule->then == V1_RUNNABLE)
        s->since.data[v1_event_who(ev)] =
            (struct since){ev->ticks, rule->who == V1_TARGET ? ev->stream : V1_NONE};
    return ev->stream == V1_NONE || follow_p(s, ev);
}

/* To where it is stuck, or ends. */
static gotrace_status run_on(struct search *s)
{
    struct v1_event *ev;
    size_t n;
    gotrace_status st;
    while ((st = v1_order_run(&s->order, &ev, &n)) == GOTRACE_OK) {
        if (!meet_all(s))
            return GOTRACE_NO_MEMORY;
        for (size_t i = 0; i < n; i++) {
            if (!follow(s, &ev[i]))
                return GOTRACE_NO_MEMORY;
        }
    }
    return st;
}

/* Lost starts */

static bool note_run(struct search *s, struct v1_run run, uint32_t g)
{
    assert_unchanged(g < s->gs.g.len && run.from <= run.to);
    run.g = s->gs.g.data[g].id;
    return VEC_PUSH(&s->out->runs, run);
}

/* Of ev, which waits for its start and leaves its P then. */
static bool note_stuck(struct search *s, const struct v1_event *ev)
{
    assert(ev->stream < s->spans.len);
    struct span *span = &s->spans.data[ev->stream];
    extend(span, ev);
    return note_unstarted(s, ev->stream, v1_rule_of(ev)->then);
}

/* Of those that run on up to the end. */
static bool note_open(struct search *s)
{
    for (uint32_t i = 0; i < s->spans.len; i++) {
        if (s->spans.data[i].unstarted && !note_unstarted(s, i, V1_RUNNING))
            return false;
    }
    return true;
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
    assert(who < s->gs.g.len && s->unstarted.len <= MOST);
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

static bool may_be(const struct search *s, uint32_t g, const struct unstarted *u)
{
    return s->gs.g.data[g].at == V1_RUNNABLE && s->since.data[g].ticks < u->ticks;
}

/* As Go's scheduler chooses: what its P made runnable last, or else what has been for
 * longest. */
static bool is_likelier(const struct since *a, const struct since *b, const struct unstarted *u)
{
    bool own = a->by == u->run.stream;
    if (own != (b->by == u->run.stream))
        return own;
    return own ? a->ticks > b->ticks : a->ticks < b->ticks;
}

/* The goroutine that ran most likely, V1_G_NONE: none. */
static uint32_t find_likeliest(const struct search *s, const struct unstarted *u)
{
    const struct since *since = s->since.data;
    uint32_t best = V1_G_NONE;
    assert(s->since.len <= s->gs.g.len);
    for (uint32_t g = V1_G_FIRST; g < s->since.len; g++) {
        if (may_be(s, g, u) && (best == V1_G_NONE || is_likelier(&since[g], &since[best], u)))
            best = g;
    }
    return best;
}

/* Those of which nothing was heard again. */
static bool guess_runs(struct search *s)
{
    for (size_t i = 0; i < s->unstarted.len; i++) {
        uint32_t g = find_likeliest(s, &s->unstarted.data[i]);
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
    if (v1_event_is_unstarted(ev) && !note_stuck(s, ev))
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
            return note_open(s) && guess_runs(s);
        if (!meet_all(s) || !let_go(s, ev) || !v1_order_release(&s->order))
            return false;
    }
    return false;
}

static bool start(struct search *s, const struct v1_index *ix)
{
    static const struct span none = {.from = NOWHERE};
    if (!v1_gs_init(&s->gs) || !VEC_RESERVE(&s->spans, ix->procs.len))
        return false;
    while (s->spans.len < ix->procs.len)
        s->spans.data[s->spans.len++] = none;
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
    VEC_FREE(&s.spans);
    VEC_FREE(&s.since);
    VEC_FREE(&s.unstarted);
    return ok;
}
