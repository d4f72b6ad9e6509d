/* hiding.c: goroutines that are left out of what is written, all the time or in turns. */
#include <assert.h>

#include "write/keeper.h"
#include "write/models/truth.h"

static bool names_hidden(const struct keeper *k, const gotrace_event *ev)
{
    for (unsigned i = 0; i < GOTRACE_ARGS; i++) {
        if (event_arg_type[ev->type][i] == GOTRACE_ARG_G && keeper_hides(k, (int64_t)ev->arg[i]))
            return true;
    }
    return false;
}

bool keeper_conceals(const struct keeper *k)
{
    bool switches = k->ev->type == EvGoSwitch || k->ev->type == EvGoSwitchDestroy;
    struct run run;
    if (!k->hidden.len)
        return false;
    truth_run(k, &run);
    if (names_hidden(k, k->ev))
        return !switches || run.g == -1 || keeper_hides(k, run.g);
    if (run.g == -1 || !keeper_hides(k, run.g))
        return false;
    return !switches && (keeper_is_own(k->ev->type) || k->ev->type == EvGCBegin);
}

bool keeper_hide(struct keeper *k, int64_t g)
{
    k->out.counts.touched = 1;
    k->hidden_bits |= UINT64_C(1) << hidden_key(g) % 64;
    bool ok = map_put(&k->hidden, hidden_key(g), 0);
    assert(!ok || keeper_hides(k, g));
    return ok || keeper_no_memory(k);
}

void keeper_show(struct keeper *k, int64_t g)
{
    k->out.counts.touched = 1;
    (void)map_delete(&k->hidden, hidden_key(g));
    assert(!keeper_hides(k, g));
}

void keeper_take_off(struct keeper *k, int64_t id, uint64_t ticks)
{
    struct sched_g g;
    if (!k->out.inside || !sched_find_g(k->out.belief, id, &g) || g.m == -1 || !truth_diverge(k))
        return;
    assert(keeper_hides(k, id));
    k->out.now = ticks;
    (void)bridge_g(&k->bridge, map_get(&k->out.index_of, (uint64_t)g.m), id, GoWaiting);
}
