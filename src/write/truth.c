#include "write/truth.h"

#include <assert.h>
#include <string.h>

#include "sched/assume.h"
#include "write/threads.h"

const struct sched *truth_of(const struct keeper *k)
{
    return k->i ? k->i : k->out.w;
}

void truth_run(const struct keeper *k, struct run *out)
{
    const struct lane *lane = &k->out.lanes.data[k->lane];
    const struct sched *s = truth_of(k);
    struct sched_g g;
    sched_context(s, k->i ? lane->i : lane->w, &out->p, &out->g);
    out->status = out->g != -1 && sched_find_g(s, out->g, &g) ? g.status : GoRunning;
}

void truth_learn_context(struct keeper *k, const gotrace_event *ev)
{
    const struct kept *row = keeper_row(ev->type);
    bool states = event_is_status(ev->type);
    bool takes = ev->type == EvProcStart || row->from == GoSyscall;
    int64_t p = states || takes ? -1 : ev->p;
    bool own = row->need == USER || row->who == OWN_G;
    int64_t g = own ? ev->g : -1;
    if (own ? g == -1 : !k->v1 && ev->m != ev->home)
        return;
    sched_learn_context(k->i, k->out.lanes.data[k->lane].i, p, g,
                        row->who == OWN_G && row->from == GoSyscall ? GoSyscall : GoRunning);
}

void truth_learn(struct keeper *k, const gotrace_event *ev)
{
    uint64_t arg[GOTRACE_ARGS];
    struct sched_event e = {.thread = k->out.lanes.data[k->lane].i,
                            .type = ev->type,
                            .gen = k->out.gen,
                            .arg = arg,
                            .name = event_interned_name(ev->type, ev->arg)};
    memcpy(arg, ev->arg, sizeof arg);
    assert(k->i && k->i != k->out.w);
    sched_number(k->i, e.thread, e.type, e.gen, arg);
    sched_learn(k->i, &e);
}

/* From here on what is written differs from what happened. */
bool truth_diverge(struct keeper *k)
{
    if (k->i)
        return true;
    output_diverge(&k->out);
    k->i = sched_copy(k->out.w);
    k->bridge.i = k->i;
    bool ok = k->i != NULL;
    for (size_t n = 0; ok && n < k->out.lanes.len; n++)
        ok = sched_thread(k->i, k->out.lanes.data[n].m, &k->out.lanes.data[n].i);
    return ok || keeper_no_memory(k);
}
