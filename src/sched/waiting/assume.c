#include "sched/waiting/assume.h"

#include "sched/state.h"

/* Columns of the event table: what an event needs just before it. */
enum { HAS_SELF, HAS_ANY, HAS_THREAD, HAS_PROC, HAS_USER };

static const uint8_t column[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = HAS_##need,
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "event/event.def"
#undef EVENT
#undef FRAME
};

/* Of the rules of an event's own, those that ask for a proc. */
static bool needs_p(uint8_t type)
{
    return column[type] >= HAS_PROC || type == EvGoStart || type == EvGCBegin || type == EvGCActive;
}

/* Likewise for a goroutine. */
static bool needs_g(uint8_t type)
{
    return column[type] == HAS_USER || type == EvGCBegin || type == EvGCActive ||
           type == EvGoSyscallEndBlocked || type == EvGoDestroySyscall;
}

/* The status that the event's own goroutine must have, GoNone: any. */
static uint8_t own_status(uint8_t type)
{
    if (event_step[type].who == OWN_G)
        return event_step[type].from;
    return event_creates_g(type) && column[type] == HAS_PROC ? GoRunning : GoNone;
}

/* Looking ahead */

/* 0 where nothing is known of what comes. */
static uint8_t ask(const struct sched_ahead *a, enum sched_way way, uint64_t id, uint64_t seq)
{
    return a ? a->type_of(a->self, way, id, seq) : 0;
}

/* Each search costs as many records as it goes over, and what there is to spend
 * is limited: damage must not make reading take quadratic time. */
static bool may_search(struct sched_ahead *a, size_t records)
{
    if (!a || a->budget < records)
        return false;
    a->budget -= records;
    assert(a->budget <= UINT64_MAX - records); /* it only shrinks */
    return true;
}

/* Letting go */

/* No thread has the goroutine any more. */
static void unbind_g(struct sched *s, const struct goroutine *g)
{
    struct thread *t = g->thread < s->ms.len ? &s->ms.data[g->thread] : NULL;
    assert(known_g(s, g));
    if (t && t->g == g->id)
        t->g = -1;
}

/* Likewise; thread m, to begin with. */
static void unbind_p(struct sched *s, const struct proc *p)
{
    struct thread *t = p->holder < s->ms.len ? &s->ms.data[p->holder] : NULL;
    assert(p->epoch == s->epoch);
    if (t && t->p == p->id)
        t->p = -1;
}

/* The thread's proc is in no syscall any more. */
static void end_syscall_of_p(struct sched *s, const struct sched_event *ev)
{
    struct proc *p = current_p(s, ev);
    if (p && p->status == ProcSyscall)
        p->status = ProcRunning;
}

/* How the thread's goroutine stopped is lost: its next event tells, if somebody
 * knows that. */
static void leave_g(struct sched *s, const struct sched_event *ev, const struct sched_ahead *ahead)
{
    struct goroutine *g = current_g(s, ev);
    thread_of(s, ev)->g = -1;
    if (!g || !ahead)
        return;
    end_syscall_of_p(s, ev);
    assert(known_g(s, g) && g->status < GoStatuses);
    bool starts = ask(ahead, WAY_NEXT_G, (uint64_t)g->id, g->seq + 1) == EvGoStart;
    g->status = starts ? GoRunnable : GoWaiting;
}

/* The same of its proc. If it was taken away, that had a number. */
static void leave_p(struct sched *s, const struct sched_event *ev, const struct sched_ahead *ahead)
{
    struct proc *p = current_p(s, ev);
    thread_of(s, ev)->p = -1;
    if (!p || !ahead)
        return;
    if (p->status == ProcSyscall && p->gen == ev->gen &&
        !ask(ahead, WAY_NEXT_P, (uint64_t)p->id, p->seq + 1))
        p->seq++;
    p->status = ProcIdle;
    p->idled = ++s->idles;
}

/* What somebody else's event is about */

/* As right before the event: in that status, with the number before its own,
 * and on no thread. */
static void assume_g(struct sched *s, const struct sched_event *ev, uint8_t status)
{
    int64_t id = (int64_t)ev->arg[0];
    assert(event_number[ev->type] == EVENT_G_SEQ && status < GoStatuses);
    uint32_t number = sched_number_of(s, ev->gen);
    struct goroutine *g = find_g(s, id);
    if (!g)
        g = sched_add_g(s, id, status, number);
    if (!g || !number)
        return;
    unbind_g(s, g);
    g->status = status;
    g->gen = number;
    g->seq = ev->arg[1] - 1;
}

/* In a syscall it stays with its thread, from which it is about to be stolen. */
static void assume_p(struct sched *s, const struct sched_event *ev, uint8_t status)
{
    int64_t id = (int64_t)ev->arg[0];
    assert(event_number[ev->type] == EVENT_P_SEQ && status < ProcStatuses);
    struct proc *p = find_p(s, id);
    if (!p)
        p = sched_add_p(s, id);
    if (!p)
        return;
    if (status != ProcSyscall)
        unbind_p(s, p);
    p->status = status;
    p->gen = ev->gen;
    p->seq = ev->arg[1] - 1;
}

/* The thread that it is stolen from may be anywhere by now. */
static void assume_steal(struct sched *s, const struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    const struct thread *t = find_m(s, (int64_t)ev->arg[2]);
    assume_p(s, ev, t && t->p == id ? ProcSyscall : ProcSyscallAbandoned);
}

/* A status is what it says, whatever was known before. */
static void assume_go_status(struct sched *s, const struct sched_event *ev)
{
    struct goroutine *g = find_g(s, (int64_t)ev->arg[0]);
    uint8_t status = (uint8_t)ev->arg[2];
    if (status >= GoStatuses)
        return;
    if (!g) {
        (void)sched_add_g(s, (int64_t)ev->arg[0], status, sched_number_of(s, ev->gen));
        return;
    }
    assert(event_is_status(ev->type) && known_g(s, g));
    const struct thread *t = find_m(s, (int64_t)ev->arg[1]);
    if (!t || t->g != g->id)
        unbind_g(s, g);
    g->status = status;
}

/* Of a proc that is not known nothing needs to be assumed: its status is taken
 * at its word. */
static void assume_proc_status(struct sched *s, const struct sched_event *ev)
{
    struct proc *p = find_p(s, (int64_t)ev->arg[0]);
    if (!p || (uint8_t)ev->arg[1] >= ProcStatuses)
        return;
    p->status = (uint8_t)ev->arg[1];
    if (p->status == ProcIdle || p->status == ProcSyscallAbandoned)
        unbind_p(s, p);
}

/* The number of a syscall is that of the thread's proc. */
static void assume_context_p(struct sched *s, const struct sched_event *ev)
{
    struct proc *p = current_p(s, ev);
    assert(event_number[ev->type] == EVENT_OWN_P_SEQ);
    if (!p)
        return;
    p->gen = ev->gen;
    p->seq = ev->arg[0] - 1;
}

/* Ranges: what begins had not begun, what ends had. */
static void assume_range(struct sched *s, const struct sched_event *ev)
{
    struct goroutine *g = current_g(s, ev);
    struct proc *p = current_p(s, ev);
    if (p && (ev->type == EvGCSweepBegin || ev->type == EvGCSweepEnd))
        p->sweep = ev->type == EvGCSweepEnd;
    if (g && (ev->type == EvGCMarkAssistBegin || ev->type == EvGCMarkAssistEnd))
        g->assist = ev->type == EvGCMarkAssistEnd;
}

/* A range that is restated goes on, except in the first generation, where it is
 * told of first. */
static void assume_active(struct sched *s, const struct sched_event *ev)
{
    struct goroutine *g = find_g(s, (int64_t)ev->arg[0]);
    struct proc *p = find_p(s, (int64_t)ev->arg[0]);
    bool before = ev->gen != s->first_gen;
    if (ev->type == EvGCMarkAssistActive && g)
        g->assist = before;
    if (ev->type == EvGCSweepActive && p)
        p->sweep = before;
}

/* The context: which goroutine and which proc the thread has, when it needs one
 * and how it got that is lost. */

/* What of goroutine g, the one that is looked for, comes behind the event `leaves`
 * by which it stops: 0: that does not fit; 2: it does; 1: it may. */
static int fits(const struct sched_ahead *a, const struct goroutine *g, uint8_t leaves)
{
    uint8_t next = ask(a, WAY_NEXT_G, (uint64_t)g->id, g->seq + 2);
    bool ends = leaves == EvGoDestroy || leaves == EvGoSwitchDestroy;
    bool yields = leaves == EvGoStop || leaves == EvGoSyscallEndBlocked;
    if (next == 0)
        return ends || leaves == 0 ? 2 : 1;
    if (ends)
        return 0;
    return (next == EvGoStart) == yields ? 2 : 0;
}

/* Whether a start of the goroutine, or a switch to it, is what is lost: that was
 * possible, and there is no such event to come. */
static bool lost_start(const struct sched *s, const struct sched_event *ev,
                       const struct sched_ahead *a, const struct goroutine *g)
{
    bool switched = ev->type == EvGoSwitch || ev->type == EvGoSwitchDestroy;
    return known_g(s, g) && g->gen == s->now &&
           (g->status == GoRunnable || (switched && g->status == GoWaiting)) &&
           !ask(a, WAY_NEXT_G, (uint64_t)g->id, g->seq + 1);
}

/* The first that fits surely, else the first that may. Its start had a number,
 * which is counted. */
static struct goroutine *find_started(struct sched *s, const struct sched_event *ev,
                                      struct sched_ahead *a)
{
    struct goroutine *best = NULL;
    int most = 0;
    if (!may_search(a, s->gs.len))
        return NULL;
    uint8_t leaves = a->leaves(a->self, ev->thread);
    for (size_t i = 0; i < s->gs.len && most < 2; i++) {
        struct goroutine *g = &s->gs.data[i];
        int fit = lost_start(s, ev, a, g) ? fits(a, g, leaves) : 0;
        if (fit > most) {
            most = fit;
            best = g;
        }
    }
    if (best)
        best->seq++;
    assert(!best || best->gen == s->now); /* numbers are of the generation at hand */
    return best;
}

/* One that nothing has stated, and that has yet to do its first step. */
static struct goroutine *find_unstated(struct sched *s, struct sched_ahead *a)
{
    uint64_t id;
    for (size_t i = 0; a && a->orphan(a->self, WAY_BIRTH_G, i, &id); i++) {
        struct goroutine *g = find_g(s, (int64_t)id);
        if (!may_search(a, 1))
            return NULL;
        if (!g && ask(a, WAY_NEXT_G, id, 1) && (g = sched_add_g(s, (int64_t)id, GoRunning, s->now)))
            return g;
    }
    return NULL;
}

/* One whose start is lost is likelier than one of which all is lost. If there
 * is neither the thread stays without, and the event is broken still. */
static void give_g(struct sched *s, struct sched_event *ev, struct sched_ahead *ahead)
{
    struct goroutine *g = NULL;
    uint8_t status = own_status(ev->type) == GoSyscall ? GoSyscall : GoRunning;
    if (status == GoRunning)
        g = find_started(s, ev, ahead);
    if (!g)
        g = find_unstated(s, ahead);
    if (!g)
        return;
    run_g(s, ev, g);
    g->status = status;
    assert(thread_of(s, ev)->g == g->id && g->thread == ev->thread);
}

/* Idle, and the start that is next by its number comes nowhere. */
static bool lost_start_of_p(const struct sched *s, const struct sched_ahead *a,
                            const struct proc *p)
{
    return p->epoch == s->epoch && p->gen == s->gen && p->status == ProcIdle &&
           !ask(a, WAY_NEXT_P, (uint64_t)p->id, p->seq + 1);
}

/* How well the proc fits as the one whose start is lost: 0: not at all. */
static int fits_p(const struct sched *s, const struct sched_event *ev, const struct sched_ahead *a,
                  const struct proc *p)
{
    if (!lost_start_of_p(s, a, p))
        return 0;
    if (ev->type == EvGoSyscallBegin && ev->arg[0] == p->seq + 2)
        return 3;
    return ask(a, WAY_NEXT_P, (uint64_t)p->id, p->seq + 2) ? 2 : 1;
}

/* Of several that fit Go takes the one that has become idle last. */
static struct proc *find_started_p(struct sched *s, const struct sched_event *ev,
                                   struct sched_ahead *a)
{
    struct proc *best = NULL;
    int most = 0;
    if (!may_search(a, s->ps.len))
        return NULL;
    for (size_t i = 0; i < s->ps.len; i++) {
        struct proc *p = &s->ps.data[i];
        int fit = fits_p(s, ev, a, p);
        if (fit > most || (fit == most && fit && p->idled > best->idled)) {
            most = fit;
            best = p;
        }
    }
    if (best)
        best->seq++;
    return best;
}

/* Procs are numbered from 0 on, without a gap. */
static struct proc *find_unstated_p(struct sched *s, struct sched_ahead *a)
{
    uint64_t id = 0;
    for (size_t i = 0; a && a->orphan(a->self, WAY_BIRTH_P, i, &id); i++) {
        if (!may_search(a, 1))
            return NULL;
        if (!find_p(s, (int64_t)id))
            return sched_add_p(s, (int64_t)id);
    }
    for (id = 0; may_search(a, 1) && (find_p(s, (int64_t)id) || ask(a, WAY_BIRTH_P, id, 0));)
        id++;
    return a && !find_p(s, (int64_t)id) ? sched_add_p(s, (int64_t)id) : NULL;
}

/* Numbers of a proc that was found by its start go on; of one that nothing has
 * stated they begin here. */
static void give_p(struct sched *s, struct sched_event *ev, struct sched_ahead *ahead)
{
    struct proc *p = find_started_p(s, ev, ahead);
    if (!p && (p = find_unstated_p(s, ahead)))
        p->gen = ev->gen;
    if (!p)
        return;
    run_p(s, ev, p);
    p->status = ProcRunning;
    assert(thread_of(s, ev)->p == p->id && p->holder == ev->thread);
}

/* The begin of a syscall, which is lost, had the proc's next number. */
static void begin_syscall_of_p(struct sched *s, const struct sched_event *ev)
{
    struct proc *p = current_p(s, ev);
    if (!p || p->status == ProcSyscall)
        return;
    p->seq += p->gen == ev->gen;
    p->status = ProcSyscall;
}

/* Whether the thread's proc is the one that was in that syscall. When the thread
 * has lost that, it may have another. */
static bool lost_begin_of_p(struct sched *s, const struct sched_event *ev,
                            const struct sched_ahead *a)
{
    const struct proc *p = current_p(s, ev);
    if (ev->type == EvGoSyscallEnd || !p)
        return p != NULL;
    return !ask(a, WAY_NEXT_P, (uint64_t)p->id, p->seq + 1) &&
           ask(a, WAY_NEXT_P, (uint64_t)p->id, p->seq + 2) == EvProcSteal;
}

/* The own goroutine is what the event needs it to be. */
static void mend_own(struct sched *s, struct sched_event *ev, const struct sched_ahead *ahead)
{
    uint8_t want = own_status(ev->type);
    struct goroutine *g = current_g(s, ev);
    int64_t id = thread_of(s, ev)->g;
    if (!g && id != -1)
        g = sched_add_g(s, id, want ? want : GoRunning, s->now);
    if (!g || !want)
        return;
    if (g->status != want && want == GoRunning)
        end_syscall_of_p(s, ev);
    if (want == GoSyscall && lost_begin_of_p(s, ev, ahead))
        begin_syscall_of_p(s, ev);
    g->status = want;
}

/* Proc before goroutine: rules ask in that order, and leave_g looks at the
 * proc. Only who can look ahead may change what the thread's goroutine is
 * doing. */
static void mend_context(struct sched *s, struct sched_event *ev, struct sched_ahead *ahead)
{
    bool starts = ev->type == EvGoStart || ev->type == EvGoCreateSyscall;
    if (needs_p(ev->type) && ev->p == -1)
        give_p(s, ev, ahead);
    if (starts && ev->g != -1)
        leave_g(s, ev, ahead);
    if (needs_g(ev->type) && ev->g == -1)
        give_g(s, ev, ahead);
    if (ahead)
        mend_own(s, ev, ahead);
}

/* Somebody's, or something's, that the event names is what it needs. */
static void mend_target(struct sched *s, struct sched_event *ev, const struct sched_ahead *ahead)
{
    switch (ev->type) {
    case EvGoStatus:
    case EvGoStatusStack:
        assume_go_status(s, ev);
        break;
    case EvProcStatus:
        assume_proc_status(s, ev);
        break;
    case EvGoStart:
        assume_g(s, ev, GoRunnable);
        break;
    case EvGoUnblock:
    case EvGoSwitch:
    case EvGoSwitchDestroy:
        assume_g(s, ev, GoWaiting);
        break;
    case EvProcStart:
        if (ev->p != -1)
            leave_p(s, ev, ahead);
        assume_p(s, ev, ProcIdle);
        break;
    case EvProcSteal:
        assume_steal(s, ev);
        break;
    case EvGoSyscallEndBlocked:
        leave_p(s, ev, ahead);
        break;
    case EvGoSyscallBegin:
        assume_context_p(s, ev);
        break;
    case EvGCBegin:
    case EvGCActive:
    case EvGCEnd:
        gc_to(s, ev->arg[0] - 1, ev->type == EvGCBegin ? GC_OFF : GC_ON);
        break;
    default:
        assume_range(s, ev);
        if (ev->type == EvGCSweepActive || ev->type == EvGCMarkAssistActive)
            assume_active(s, ev);
        break;
    }
}

/* Whether it names somebody whose next step it may have to wait for. */
static bool waits_for_target(uint8_t type)
{
    bool takes_p = event_number[type] == EVENT_P_SEQ && event_step[type].from == ProcIdle;
    return event_number[type] == EVENT_G_SEQ || takes_p || type == EvGoSyscallEndBlocked;
}

/* A broken event that has somebody to wait for was broken by its context: its
 * target is left until the rule asks for that. */
void sched_mend(struct sched *s, struct sched_event *ev, enum sched_result r,
                struct sched_ahead *ahead)
{
    bool broken = r == SCHED_BROKEN;
    assert(r != SCHED_ADVANCED && ev->thread < s->ms.len);
    if (broken && s->ms.data[ev->thread].id != -1)
        mend_context(s, ev, ahead);
    if (!broken || !waits_for_target(ev->type))
        mend_target(s, ev, ahead);
}

/* By force */

/* The thread has that id even where no record of the proc is to be had. */
static void bind_p(struct sched *s, const struct sched_event *ev, int64_t id)
{
    struct proc *p = find_p(s, id);
    assert(s->ms.data[ev->thread].id != -1); /* what has no thread binds nothing */
    s->ms.data[ev->thread].p = id;
    if (p)
        hold_p(s, ev->thread, p);
}

/* Regions that are ended in another order: the one that is named ends, the
 * others stay open. */
static void end_outer_region(struct sched *s, const struct sched_event *ev)
{
    const struct goroutine *g = current_g(s, ev);
    struct sched_depth depth;
    if (!g || !sched_region_depth(s, g->id, ev->arg[0], ev->name, &depth))
        return;
    struct ranges *x = ranges_of(s, g);
    assert(x && depth.all < x->regions.len); /* such a region is open */
    sched_end_region(s, x, x->regions.len - 1 - depth.all);
}

/* What ev binds to its thread, or lets go of, whatever else it may lack. */
static void bind(struct sched *s, const struct sched_event *ev)
{
    const struct event_step *step = &event_step[ev->type];
    struct thread *t = &s->ms.data[ev->thread];
    assert(t->id != -1);
    bool switches = step->who == OWN_G && event_number[ev->type] == EVENT_G_SEQ;
    if (switches || (step->who == TARGET_G && step->to == GoRunning))
        t->g = (int64_t)ev->arg[0];
    else if (event_lets_go_of_g(ev->type))
        t->g = -1;
    else if (step->who == TARGET_P && step->to == ProcRunning)
        bind_p(s, ev, (int64_t)ev->arg[0]);
    else if (step->who == OWN_P)
        t->p = -1;
    else if (ev->type == EvUserRegionEnd)
        end_outer_region(s, ev);
}

/* A type that is no status restates nothing. */
bool sched_restates(const struct sched *s, const struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    assert(ev->arg && event_varints[ev->type]);
    if (ev->type == EvProcStatus) {
        const struct proc *p = find_p(s, id);
        return p && p->status == ev->arg[1];
    }
    const struct goroutine *g = event_is_status(ev->type) ? find_g(s, id) : NULL;
    return g && g->status == ev->arg[2];
}

void sched_assume(struct sched *s, struct sched_event *ev)
{
    if (sched_advance(s, ev, NULL) != SCHED_ADVANCED && s->ms.data[ev->thread].id != -1)
        bind(s, ev);
}

/* What v1 says, and a damaged trace */

/* From whichever thread had it: a goroutine is on one at a time. */
static void put_g(struct sched *s, uint32_t thread, int64_t id, uint8_t status)
{
    assert(thread < s->ms.len && (status == GoRunning || status == GoSyscall));
    struct thread *t = &s->ms.data[thread];
    struct goroutine *g = find_g(s, id);
    if (!g)
        g = sched_add_g(s, id, status, sched_number_of(s, s->first_gen));
    if (!g)
        return;
    assert(known_g(s, g) && t->epoch == s->epoch);
    g->status = status;
    if (g->thread < s->ms.len && g->thread != thread && s->ms.data[g->thread].g == id)
        s->ms.data[g->thread].g = -1;
    g->thread = thread;
    t->g = id;
    t->g_index = (uint32_t)(g - s->gs.data);
}

/* Likewise; its numbers stay, which v1 does not have. */
static void put_p(struct sched *s, uint32_t thread, int64_t id)
{
    struct thread *t = &s->ms.data[thread];
    struct proc *p = find_p(s, id);
    if (!p)
        p = sched_add_p(s, id);
    if (!p)
        return;
    assert(p->epoch == s->epoch && t->epoch == s->epoch);
    if (p->holder < s->ms.len && p->holder != thread && s->ms.data[p->holder].p == id)
        s->ms.data[p->holder].p = -1;
    p->status = ProcRunning;
    p->holder = thread;
    t->p = id;
    t->p_index = (uint32_t)(p - s->ps.data);
}

/* What the thread has already stays as it is, with its status. */
void sched_assume_context(struct sched *s, uint32_t thread, int64_t p, int64_t g, uint8_t status)
{
    assert(thread < s->ms.len);
    struct thread *t = &s->ms.data[thread];
    assert(t->id != -1 || (p == -1 && g == -1)); /* what has no thread has nothing */
    if (t->epoch != s->epoch && t->id != -1)
        sched_know_thread(s, t);
    if (p != -1 && t->p != p)
        put_p(s, thread, p);
    if (g != -1 && t->g != g)
        put_g(s, thread, g, status);
}

/* One repair for the context, one for the target; whatever is left is done by
 * force. */
void sched_take_word(struct sched *s, struct sched_event *ev)
{
    enum sched_result r = SCHED_NOT_YET;
    for (int i = 0; i < 2 && (r = sched_advance(s, ev, NULL)) != SCHED_ADVANCED; i++)
        sched_mend(s, ev, r, NULL);
    if (r != SCHED_ADVANCED)
        sched_assume(s, ev);
}
