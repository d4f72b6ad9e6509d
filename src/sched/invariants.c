#include "sched/invariants.h"

#ifndef NDEBUG
static const struct goroutine *g_of(const struct sched *s, int64_t id)
{
    /* Equal to itself, so that two looks at nobody compare as equal. */
    static const struct goroutine none = {.id = -1};
    const struct goroutine *g = find_g(s, id);
    return g ? g : &none;
}

static const struct proc *p_of(const struct sched *s, int64_t id)
{
    static const struct proc none = {.id = -1};
    const struct proc *p = find_p(s, id);
    return p ? p : &none;
}

/* Who the first argument names, if it names one. */
static int64_t target_of(const struct sched_event *ev, uint8_t kind)
{
    return event_arg_type[ev->type][0] == kind ? (int64_t)ev->arg[0] : -1;
}

/* Copies, not pointers: the arrays may move while the event happens. */
void sched_note(const struct sched *s, const struct sched_event *ev, struct sched_before *out)
{
    *out = (struct sched_before){
        .thread = s->ms.data[ev->thread],
        .own = *g_of(s, s->ms.data[ev->thread].g),
        .target = *g_of(s, target_of(ev, GOTRACE_ARG_G)),
        .own_p = *p_of(s, s->ms.data[ev->thread].p),
        .target_p = *p_of(s, target_of(ev, GOTRACE_ARG_P)),
        .gs = s->gs.len,
        .free_gs = s->free_gs.len,
        .ps = s->ps.len,
        .stops = s->stops,
        .gc_seq = s->gc_seq,
        .idles = s->idles,
        .gc = s->gc,
    };
}

/* Not by its hints: to look something up may correct them. */
static bool same_thread(const struct thread *a, const struct thread *b)
{
    return a->id == b->id && a->p == b->p && a->g == b->g && a->epoch == b->epoch;
}

static bool same_g(const struct goroutine *a, const struct goroutine *b)
{
    return a->id == b->id && a->seq == b->seq && a->gen == b->gen && a->thread == b->thread &&
           a->status == b->status && a->assist == b->assist;
}

static bool same_p(const struct proc *a, const struct proc *b)
{
    return a->id == b->id && a->gen == b->gen && a->seq == b->seq && a->epoch == b->epoch &&
           a->holder == b->holder && a->status == b->status && a->sweep == b->sweep;
}

/* Own and target both: a rule may write to either before it finds what is
 * missing. */
bool sched_is_unchanged(const struct sched *s, const struct sched_event *ev,
                        const struct sched_before *before)
{
    struct sched_before now;
    sched_note(s, ev, &now);
    return same_thread(&now.thread, &before->thread) && same_g(&now.own, &before->own) &&
           same_g(&now.target, &before->target) && same_p(&now.own_p, &before->own_p) &&
           same_p(&now.target_p, &before->target_p) && now.gs == before->gs &&
           now.free_gs == before->free_gs && now.ps == before->ps && now.stops == before->stops &&
           now.gc_seq == before->gc_seq && now.idles == before->idles && now.gc == before->gc;
}

/* Which thread holds a proc may have been looked up. */
bool sched_has_refused(const struct sched *s, const struct sched_event *ev,
                       const struct sched_before *before)
{
    struct sched_before now;
    sched_note(s, ev, &now);
    now.target_p.holder = before->target_p.holder;
    return same_thread(&now.thread, &before->thread) && same_g(&now.own, &before->own) &&
           same_g(&now.target, &before->target) && same_p(&now.own_p, &before->own_p) &&
           same_p(&now.target_p, &before->target_p) && now.stops == before->stops &&
           now.gc_seq == before->gc_seq && now.idles == before->idles && now.gc == before->gc;
}

bool sched_is_in_range(const struct sched *s, const struct sched_event *ev)
{
    if (ev->thread >= s->ms.len || !sched_rules[ev->type])
        return false;
    const struct thread *t = &s->ms.data[ev->thread];
    return ev->gen == s->gen && ev->m == t->id && ev->g == t->g && ev->p == t->p &&
           g_of(s, t->g)->status < GoStatuses && p_of(s, t->p)->status < ProcStatuses &&
           s->free_gs.len <= s->gs.len && s->gens.len >= s->now;
}

/* GoNone stands for one that is gone. */
static bool g_is(const struct sched *s, int64_t id, uint8_t status)
{
    return status == GoNone ? !find_g(s, id) : g_of(s, id)->status == status;
}

/* GoSwitch and GoSwitchDestroy: the thread has the other one now. */
static bool has_switched(const struct sched *s, const struct sched_event *ev)
{
    const struct event_step *step = &event_step[ev->type];
    return g_is(s, ev->g, step->to) && g_is(s, (int64_t)ev->arg[0], GoRunning);
}

/* By event.def's columns alone, which the rules in C do not read: so each
 * checks the other. */
static bool step_is_done(const struct sched *s, const struct sched_event *ev)
{
    const struct event_step *step = &event_step[ev->type];
    switch (step->who) {
    case OWN_G:
        return event_number[ev->type] == EVENT_G_SEQ ? has_switched(s, ev)
                                                     : g_is(s, ev->g, step->to);
    case TARGET_G:
        return g_is(s, (int64_t)ev->arg[0], step->to);
    case OWN_P:
        return p_of(s, ev->p)->status == step->to;
    case TARGET_P:
        return p_of(s, (int64_t)ev->arg[0])->status == step->to;
    default:
        return true;
    }
}

/* What has no thread, as in old traces, lets go of nothing. */
static bool has_let_go(const struct sched *s, const struct sched_event *ev)
{
    const struct thread *t = &s->ms.data[ev->thread];
    if (t->id == -1 || event_number[ev->type] == EVENT_G_SEQ)
        return true;
    return (!event_lets_go_of_g(ev->type) || t->g == -1) &&
           (!event_lets_go_of_p(ev->type) || t->p == -1);
}

/* The number that the model keeps is the last one that happened. */
static bool is_numbered(const struct sched *s, const struct sched_event *ev)
{
    switch (event_number[ev->type]) {
    case EVENT_G_SEQ:
        return g_of(s, (int64_t)ev->arg[0])->seq == ev->arg[1];
    case EVENT_P_SEQ:
        return p_of(s, (int64_t)ev->arg[0])->seq == ev->arg[1];
    case EVENT_OWN_P_SEQ:
        return p_of(s, ev->p)->seq == ev->arg[0];
    case EVENT_GC_SEQ:
        return s->gc_seq == ev->arg[0];
    default:
        return true;
    }
}

/* Who has been taken up is the thread's, and knows which thread that is. */
static bool is_taken_up(const struct sched *s, const struct sched_event *ev)
{
    const struct event_step *step = &event_step[ev->type];
    const struct thread *t = &s->ms.data[ev->thread];
    int64_t id = (int64_t)ev->arg[0];
    if (t->id == -1)
        return true;
    if (step->who == TARGET_G && step->to == GoRunning)
        return t->g == id && g_of(s, id)->thread == ev->thread;
    if (step->who == TARGET_P && step->to == ProcRunning)
        return t->p == id && p_of(s, id)->holder == ev->thread;
    return true;
}

/* What event.def has no column for, as ranges and regions, is not asked. */
bool sched_has_happened(const struct sched *s, const struct sched_event *ev)
{
    return step_is_done(s, ev) && has_let_go(s, ev) && is_numbered(s, ev) && is_taken_up(s, ev);
}

/* A record with generation 0 is nobody's, and whatever else is in it is left
 * over. */
static bool is_g_consistent(const struct sched *s, size_t i)
{
    const struct goroutine *g = &s->gs.data[i];
    bool is_bound = g->thread == MAP_NONE || g->thread < s->ms.len;
    return g->gen == 0 || (idmap_get(&s->g_of, (uint64_t)g->id) == i && g->gen <= s->gens.len &&
                           g->ranges <= s->ranges.len && g->status < GoStatuses && is_bound);
}

/* A proc of an earlier epoch may point to holders that are gone. */
static bool is_p_consistent(const struct sched *s, size_t i)
{
    const struct proc *p = &s->ps.data[i];
    bool is_held = p->holder == MAP_NONE || p->holder < s->ms.len;
    return map_get(&s->p_of, (uint64_t)p->id) == i && p->epoch <= s->epoch && is_held &&
           p->status < ProcStatuses && (p->epoch < s->epoch || p->under <= s->holders.len);
}

/* What is larger is not looked through: the time that a debug build takes has to grow as the
 * input does. */
enum { MOST = 256 };

/* dropped is a count of what the regions themselves say. */
static bool is_ranges_consistent(const struct ranges *x)
{
    size_t dropped = 0;
    if (x->regions.len > MOST)
        return true;
    for (size_t i = 0; i < x->regions.len; i++)
        dropped += x->regions.data[i].dropped;
    for (size_t i = 0; i < x->stw.len; i++) {
        if (map_get(&x->stw_of, x->stw.data[i]) != i)
            return false;
    }
    return dropped == x->dropped;
}

bool sched_is_consistent(const struct sched *s)
{
    size_t stops = 0, all = s->gs.len + s->ps.len + s->ms.len + s->ranges.len + s->stops;
    if (all > MOST)
        return true;
    bool ok = s->free_ranges.len <= s->ranges.len;
    for (size_t i = 0; i < s->gs.len; i++)
        ok = ok && is_g_consistent(s, i);
    for (size_t i = 0; i < s->free_gs.len; i++)
        ok = ok && s->gs.data[s->free_gs.data[i]].gen == 0;
    for (size_t i = 0; i < s->ps.len; i++)
        ok = ok && is_p_consistent(s, i);
    for (size_t i = 0; i < s->ms.len; i++)
        ok = ok && map_get(&s->m_of, (uint64_t)s->ms.data[i].id) == i;
    for (size_t i = 0; i < s->ranges.len; i++) {
        ok = ok && is_ranges_consistent(&s->ranges.data[i]);
        stops += s->ranges.data[i].stw.len;
    }
    return ok && stops == s->stops;
}
#endif
