#include "v1/order/unstarted.h"

#include <assert.h>

/* With more, parts of the file are lost rather than events. */
enum { MOST = 64 };

#define NOWHERE UINT64_MAX

/* Times are numbers of events in their order. */

/* The events of a P since it took or left a goroutine. */
struct span {
    uint64_t from; /* offset of the first, NOWHERE: there is none */
    uint64_t begin;
};

/* A goroutine, by what its own events say. */
struct life {
    uint64_t since; /* it is runnable */
    uint32_t by;    /* stream of the P that made it so, V1_NONE: itself, or nobody */
    uint8_t at;     /* enum v1_status */
};

struct unstarted {
    struct v1_run run;
    uint64_t begin;
    uint8_t then; /* enum v1_status: how it left its P */
};

struct search {
    struct v1_missing *out;
    struct v1_gs gs;
    struct v1_order order;
    VEC(struct span) spans; /* by stream */
    VEC(struct life) lives; /* by goroutine */
    VEC(struct unstarted) open;
    unsigned lost; /* starts, so far */
    uint64_t now;
};

/* Whether there is anything to find */

// clang-format off
#define RULE(type, g, ...) | (uint64_t)(V1_##g == V1_BECOMES) << V1_##type
_Static_assert(((UINT64_C(0)
#include "v1/order/rules.def"
)) == V1_STARTING, "what starts a goroutine");
#undef RULE
#define RULE(type, g, ...) | (uint64_t)(V1_##g >= V1_LEAVES) << V1_##type
_Static_assert(((UINT64_C(0)
#include "v1/order/rules.def"
)) == V1_CLEARING, "behind what none runs");
#undef RULE
#define RULE(type, g, ...) | (uint64_t)(V1_##g == V1_RUNNER || V1_##g == V1_LEAVES) << V1_##type
_Static_assert(((UINT64_C(0)
#include "v1/order/rules.def"
)) == V1_NEEDING, "for what one must run");
#undef RULE
// clang-format on

static bool lacks_start(const struct v1_index *ix, uint32_t proc)
{
    uint8_t turn = V1_NOBODY;
    for (uint32_t i = ix->procs.data[proc].first; i != V1_NONE; i = ix->batches.data[i].next) {
        assert(i < ix->batches.len);
        const struct v1_batch *b = &ix->batches.data[i];
        if (b->lacks_turn || (b->needs_turn && turn == V1_NOBODY))
            return true;
        turn = b->turn == V1_AS_BEFORE ? turn : b->turn;
    }
    return false;
}

static bool any_lacks_start(const struct v1_index *ix)
{
    for (uint32_t p = 0; p < ix->procs.len; p++) {
        if (lacks_start(ix, p))
            return true;
    }
    return false;
}

/* Who it was */

static bool may_be(const struct life *g, const struct unstarted *u)
{
    return g->at == V1_RUNNABLE && g->since < u->begin;
}

static bool is_likelier(const struct life *a, const struct life *b, const struct unstarted *u)
{
    bool own = a->by == u->run.stream;
    if (own != (b->by == u->run.stream))
        return own;
    return own ? a->since > b->since : a->since < b->since;
}

static uint32_t find_likeliest(const struct search *s, const struct unstarted *u)
{
    uint32_t best = V1_G_NONE;
    for (uint32_t g = V1_G_FIRST; g < s->lives.len; g++) {
        const struct life *life = &s->lives.data[g];
        if (may_be(life, u) && (best == V1_G_NONE || is_likelier(life, &s->lives.data[best], u)))
            best = g;
    }
    return best;
}

/* It was g that ran there, up to now. */
static bool note_run(struct search *s, struct unstarted u, uint32_t g)
{
    assert(g >= V1_G_FIRST && g < s->lives.len && g < s->gs.g.len);
    s->lives.data[g] = (struct life){s->now, V1_NONE, u.then};
    u.run.g = s->gs.g.data[g].id;
    return VEC_PUSH(&s->out->runs, u.run);
}

static bool guess(struct search *s, const struct unstarted *u)
{
    uint32_t g = find_likeliest(s, u);
    return g == V1_G_NONE || note_run(s, *u, g);
}

/* Goroutine g no longer waits, though it has not run to begin to: it has. */
static bool find_block(struct search *s, uint32_t g)
{
    for (size_t i = 0; i < s->open.len; i++) {
        struct unstarted u = s->open.data[i];
        if (u.then != V1_WAITING || !may_be(&s->lives.data[g], &u))
            continue;
        s->open.data[i] = s->open.data[--s->open.len];
        return note_run(s, u, g);
    }
    return true;
}

/* Following the order */

/* Whether its goroutine blocked or ended is told by what comes later; one that is
 * still runnable looks like all others. */
static bool note_unstarted(struct search *s, const struct v1_event *ev)
{
    assert(ev->stream < s->spans.len);
    const struct span *span = &s->spans.data[ev->stream];
    bool alone = span->from == NOWHERE;
    struct unstarted u = {{ev->stream, alone ? ev->off : span->from, ev->off, 0},
                          alone ? s->now : span->begin,
                          v1_rule_of(ev)->then};
    s->lost++;
    return u.then == V1_RUNNABLE ? guess(s, &u) : VEC_PUSH(&s->open, u);
}

static void follow_p(struct search *s, const struct v1_event *ev)
{
    uint8_t g = v1_rule_of(ev)->g;
    struct span *span = &s->spans.data[ev->stream];
    if (g == V1_BECOMES || g >= V1_LEAVES)
        span->from = NOWHERE;
    else if (span->from == NOWHERE)
        *span = (struct span){ev->off, s->now};
}

static bool follow_g(struct search *s, const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    uint32_t who = v1_event_who(ev);
    if (who < V1_G_FIRST)
        return true;
    assert(who < s->lives.len);
    struct life *g = &s->lives.data[who];
    if (g->at == V1_RUNNABLE && rule->need == V1_WAITING && !find_block(s, who))
        return false;
    *g = (struct life){s->now, rule->who == V1_TARGET ? ev->stream : V1_NONE, rule->then};
    return true;
}

static bool follow(struct search *s, const struct v1_event *ev)
{
    s->now++;
    if (v1_rule_of(ev)->g == V1_LEAVES && ev->own == V1_G_NONE && !note_unstarted(s, ev))
        return false;
    if (ev->stream != V1_NONE)
        follow_p(s, ev);
    return follow_g(s, ev);
}

static bool meet_all(struct search *s)
{
    const struct life unheard = {0, V1_NONE, V1_DEAD};
    while (s->lives.len < s->gs.g.len) {
        if (!VEC_PUSH(&s->lives, unheard))
            return false;
    }
    return true;
}

static bool is_hopeless(const struct search *s)
{
    return s->lost > MOST;
}

/* To the end, or to where it is hopeless. */
static bool follow_all(struct search *s)
{
    gotrace_status st = GOTRACE_OK;
    struct v1_event *ev;
    size_t n;
    while (!is_hopeless(s) && (st = v1_order_run(&s->order, &ev, &n)) == GOTRACE_OK) {
        if (!meet_all(s))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!follow(s, &ev[i]))
                return false;
        }
    }
    return st != GOTRACE_NO_MEMORY;
}

static bool search(struct search *s)
{
    if (!follow_all(s))
        return false;
    if (is_hopeless(s)) {
        s->out->runs.len = 0;
        return true;
    }
    for (size_t i = 0; i < s->open.len; i++) {
        if (!guess(s, &s->open.data[i]))
            return false;
    }
    return true;
}

static bool start(struct search *s, const struct v1_index *ix)
{
    const struct span none = {NOWHERE, 0};
    if (!v1_gs_init(&s->gs) || !VEC_RESERVE(&s->spans, ix->procs.len))
        return false;
    while (s->spans.len < ix->procs.len)
        s->spans.data[s->spans.len++] = none;
    v1_order_start_search(&s->order, ix, &s->gs, s->out);
    return true;
}

bool v1_unstarted_find(struct v1_missing *m, const struct v1_index *ix)
{
    if (!any_lacks_start(ix))
        return true;
    struct search s = {.out = m};
    bool ok = start(&s, ix) && search(&s);
    v1_order_free(&s.order);
    v1_gs_free(&s.gs);
    VEC_FREE(&s.spans);
    VEC_FREE(&s.lives);
    VEC_FREE(&s.open);
    return ok;
}
