/* hiding.c: goroutines that are left out of what is written, all the time or in turns. */
#include <assert.h>

#include "write/keeper.h"
#include "write/models/truth.h"

/* Whichever argument it is. */
static bool names_hidden(const struct keeper *k, const gotrace_event *ev)
{
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        if (event_arg_type[ev->type][i] == GOTRACE_ARG_G && keeper_hides(k, (int64_t)ev->arg[i]))
            return true;
    }
    return false;
}

/* A switch of a hidden goroutine still starts the other one, which is written. */
bool keeper_conceals(const struct keeper *k)
{
    bool switches = k->ev->type == EvGoSwitch || k->ev->type == EvGoSwitchDestroy;
    struct run run;
    if (!hidden_any(&k->hidden))
        return false;
    truth_run(k, &run);
    if (names_hidden(k, k->ev))
        return !switches || run.g == -1 || keeper_hides(k, run.g);
    if (run.g == -1 || !keeper_hides(k, run.g))
        return false;
    return !switches && (keeper_is_own(k->ev->type) || k->ev->type == EvGCBegin);
}

/* Names one, or does so no more: its bit stays then, and the map decides. */
static bool name(struct keeper *k, int64_t g, bool named)
{
    struct hidden *h = &k->hidden;
    uint64_t key = hidden_key(g);
    k->out.counts.touched = 1;
    if (!named) {
        (void)map_delete(&h->named, key);
        return true;
    }
    h->bits |= UINT64_C(1) << key % 64;
    return map_put(&h->named, key, 0) || keeper_no_memory(k);
}

bool keeper_hide(struct keeper *k, int64_t g)
{
    bool ok = name(k, g, !k->hidden.others);
    assert(!ok || keeper_hides(k, g) || g < 0);
    return ok;
}

bool keeper_show(struct keeper *k, int64_t g)
{
    bool ok = name(k, g, k->hidden.others);
    assert(!ok || !keeper_hides(k, g));
    return ok;
}

void keeper_hide_all(struct keeper *k)
{
    k->out.counts.touched = 1;
    map_clear(&k->hidden.named);
    k->hidden.bits = 0;
    k->hidden.others = true;
    assert(hidden_any(&k->hidden));
}

static void meet(struct keeper *k, int64_t g)
{
    struct map *named = &k->hidden.named;
    if (g != -1 && map_get(named, hidden_key(g)) == 0)
        (void)map_put(named, hidden_key(g), 1); /* in its place */
}

void keeper_meet(struct keeper *k, const gotrace_event *ev)
{
    assert(k->hidden.others && ev->type < GOTRACE_EV_GENERATION);
    meet(k, ev->g);
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        if (event_arg_type[ev->type][i] == GOTRACE_ARG_G)
            meet(k, (int64_t)ev->arg[i]);
    }
}

bool keeper_has_met(const struct keeper *k, int64_t g)
{
    return k->hidden.others && map_get(&k->hidden.named, hidden_key(g)) == 1;
}

/* As if it waited. Of one that has not been written there is nothing to take off. */
void keeper_take_off(struct keeper *k, int64_t id, uint64_t ticks)
{
    struct sched_g g;
    if (!k->out.inside || !sched_find_g(k->out.belief, id, &g) || g.m == -1 || !truth_diverge(k))
        return;
    assert(keeper_hides(k, id));
    k->out.now = ticks;
    (void)bridge_g(&k->bridge, map_get(&k->out.index_of, (uint64_t)g.m), id, GoWaiting);
}
