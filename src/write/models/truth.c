#include "write/models/truth.h"

#include <assert.h>
#include <string.h>

#include "sched/invariants.h"
#include "sched/waiting/assume.h"

/* One model for both, until they differ. */
const struct sched *truth_of(const struct keeper *k)
{
    return k->truth ? k->truth : k->out.belief;
}

/* The status is GoRunning where there is none to be had. */
void truth_run(const struct keeper *k, struct run *out)
{
    assert(k->thread < k->out.threads.len);
    const struct out_thread *thread = &k->out.threads.data[k->thread];
    const struct sched *s = truth_of(k);
    sched_context(s, k->truth ? thread->truth : thread->belief, &out->p, &out->g);
    out->status = out->g == -1 ? GoNone : sched_status_of_g(s, out->g);
    if (out->status == GoNone)
        out->status = GoRunning;
}

/* -1: as it is. What the event itself brings is not told before: a status, the
 * proc that a start or a syscall's end takes. Nor is a context that v2 has from
 * another thread than the event's own. */
void truth_assume_context(struct keeper *k, const struct keep_policy *row, const gotrace_event *ev)
{
    assert(k->truth && k->thread < k->out.threads.len);
    bool states = event_is_status(ev->type);
    bool takes = ev->type == EvProcStart || row->from == GoSyscall;
    int64_t p = states || takes ? -1 : ev->p;
    bool own = row->need == USER || row->who == OWN_G;
    int64_t g = own ? ev->g : -1;
    if (own ? g == -1 : !k->v1 && ev->m != ev->home)
        return;
    sched_assume_context(k->truth, k->out.threads.data[k->thread].truth, p, g,
                         row->who == OWN_G && row->from == GoSyscall ? GoSyscall : GoRunning);
}

/* With truth's own sequence numbers: the input's may be of what is lost. */
void truth_assume(struct keeper *k, const gotrace_event *ev)
{
    uint64_t arg[GOTRACE_ARGS];
    struct sched_event e = {.thread = k->out.threads.data[k->thread].truth,
                            .type = ev->type,
                            .gen = k->out.gen,
                            .arg = arg,
                            .name = event_interned_name(ev->type, ev->arg)};
    memcpy(arg, ev->arg, sizeof arg);
    assert(k->truth && k->truth != k->out.belief);
    sched_number(k->truth, e.thread, e.type, e.gen, arg);
    sched_take_word(k->truth, &e);
}

/* From here on what is written differs from what happened. */
bool truth_diverge(struct keeper *k)
{
    assert(k->bridge.truth == k->truth);
    if (k->truth)
        return true;
    emitter_diverge(&k->out);
    k->truth = sched_copy(k->out.belief);
    assert(!k->truth || sched_is_consistent(k->truth));
    k->bridge.truth = k->truth;
    bool ok = k->truth != NULL;
    for (size_t n = 0; ok && n < k->out.threads.len; n++)
        ok = sched_thread(k->truth, k->out.threads.data[n].m, &k->out.threads.data[n].truth);
    return ok || keeper_no_memory(k);
}
