/* procs.c: procs that nothing that is written has told of. */
#include <assert.h>

#include "write/keeper.h"
#include "write/models/threads.h"

/* True also of one that belief knows: it has been stated. */
static bool state_idle(struct keeper *k, uint32_t at, uint64_t id)
{
    const uint64_t arg[GOTRACE_ARGS] = {id, ProcIdle};
    struct sched_p p;
    return sched_find_p(k->out.belief, (int64_t)id, &p) ||
           emitter_put(&k->out, at, EvProcStatus, arg);
}

/* In v1 there may be as many as GOMAXPROCS has said, with or without events. */
bool keeper_state_procs(struct keeper *k)
{
    /* v2 states them all by itself, so truth knows. */
    uint64_t most = k->v1 ? KEEPER_MOST_PROCS : 0, procs = k->procs < most ? k->procs : most;
    struct sched_p p;
    uint32_t at;
    uint64_t first = sched_first_gen(k->out.belief);
    if (!(k->v1 || k->truth) || (first && first != k->out.gen))
        return true;
    if (!out_thread_of(k, -1, &at))
        return false;
    assert(k->out.inside && k->out.horizon >= k->out.floor);
    k->out.now = k->out.horizon;
    for (uint64_t id = 0; id < procs; id++)
        (void)state_idle(k, at, id);
    for (size_t i = 0; k->truth && i < sched_p_slots(k->truth); i++) {
        if (sched_p_at(k->truth, i, &p))
            (void)state_idle(k, at, (uint64_t)p.id);
    }
    return k->out.status == GOTRACE_OK;
}
