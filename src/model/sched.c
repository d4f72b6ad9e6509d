#include "model/sched.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/map.h"
#include "model/event.h"

/* State. Ids are as on the wire, read as int64: all ones is -1, none. Records
 * are reached by index, which is stable; `known` is false after sched_reset. */

struct region {
    uint64_t task;
    uint32_t name;
};
/* What few goroutines have. */
struct extra {
    VEC(struct region) regions; /* the innermost last */
    VEC(uint64_t) stw;          /* kinds of stop-the-world in flight */
};
struct goroutine {
    int64_t id;
    uint64_t gen, seq; /* sequence numbers count within a generation */
    struct extra *extra; /* owned, NULL: none */
    uint8_t status;
    bool known, assist; /* assist: a mark assist is in flight */
};
struct proc {
    int64_t id;
    uint64_t gen, seq;
    uint8_t status;
    bool known, sweep; /* sweep: a sweep is in flight */
};
struct thread {
    int64_t id, p, g;         /* p and g: what runs here, -1: none */
    uint32_t p_index, g_index; /* hints: right when the id there is the same */
    bool known, counted;       /* counted: in the totals */
};
enum gc { GC_UNDETERMINED, GC_OFF, GC_ON };

struct sched {
    VEC(struct goroutine) gs;
    VEC(uint32_t) free_gs; /* indices of destroyed goroutines */
    VEC(struct proc) ps;
    VEC(struct thread) ms;
    struct map g_of, p_of, m_of; /* id -> index */
    struct map tasks;            /* active tasks -> name */
    uint64_t first_gen;          /* 0: nothing advanced yet */
    uint64_t gc_seq;
    enum gc gc;
    struct sched_totals totals;
};

/* One event on its way through its rule. */
struct call {
    struct sched *s;
    struct sched_event *ev;
    gotrace_diag *diag;
    int64_t p, g; /* what runs on the thread behind the event */
};

/* Breaking a rule */

static enum sched_result broken(struct call *c, const char *fmt, ...) DIAG_PRINTF(2, 3);

static enum sched_result broken(struct call *c, const char *fmt, ...)
{
    char text[sizeof c->diag->what];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_set(c->diag, GOTRACE_DAMAGED, DIAG_NO_OFFSET, "%s", text);
    return SCHED_BROKEN;
}

static enum sched_result broken_g(struct call *c, int64_t id, uint64_t have, uint64_t want)
{
    broken(c, "goroutine %" PRId64 " cannot do this now", id);
    diag_have(c->diag, "%s", event_gstatus(have));
    diag_want(c->diag, "%s", event_gstatus(want));
    return SCHED_BROKEN;
}

static enum sched_result broken_p(struct call *c, int64_t id, uint64_t have, uint64_t want)
{
    broken(c, "proc %" PRId64 " cannot do this now", id);
    diag_have(c->diag, "%s", event_pstatus(have));
    diag_want(c->diag, "%s", event_pstatus(want));
    return SCHED_BROKEN;
}

/* Looking up */

static struct goroutine *find_g(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->g_of, (uint64_t)id);
    return i == MAP_NONE || !s->gs.data[i].known ? NULL : &s->gs.data[i];
}

static struct proc *find_p(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    return i == MAP_NONE || !s->ps.data[i].known ? NULL : &s->ps.data[i];
}

static struct thread *find_m(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->m_of, (uint64_t)id);
    return i == MAP_NONE || !s->ms.data[i].known ? NULL : &s->ms.data[i];
}

static struct thread *thread_of(const struct call *c)
{
    return &c->s->ms.data[c->ev->thread];
}

/* The goroutine of the context, NULL if the model has none of that id. */
static struct goroutine *current_g(const struct call *c)
{
    struct sched *s = c->s;
    struct thread *t = thread_of(c);
    if (t->g_index < s->gs.len) {
        struct goroutine *g = &s->gs.data[t->g_index];
        if (g->id == t->g && g->known)
            return g;
    }
    struct goroutine *g = find_g(s, t->g);
    if (g)
        t->g_index = (uint32_t)(g - s->gs.data);
    return g;
}

static struct proc *current_p(const struct call *c)
{
    struct sched *s = c->s;
    struct thread *t = thread_of(c);
    if (t->p_index < s->ps.len) {
        struct proc *p = &s->ps.data[t->p_index];
        if (p->id == t->p && p->known)
            return p;
    }
    struct proc *p = find_p(s, t->p);
    if (p)
        t->p_index = (uint32_t)(p - s->ps.data);
    return p;
}

/* Adding and removing */

static bool new_index(struct sched *s, uint32_t *i)
{
    if (s->free_gs.len) {
        *i = s->free_gs.data[--s->free_gs.len];
        return true;
    }
    *i = (uint32_t)s->gs.len;
    return s->gs.len < MAP_NONE && VEC_PUSH(&s->gs, (struct goroutine){0});
}

static struct goroutine *add_g(struct sched *s, int64_t id, uint8_t status, uint64_t gen)
{
    uint32_t i = map_get(&s->g_of, (uint64_t)id);
    if (i == MAP_NONE) {
        if (!new_index(s, &i) || !map_put(&s->g_of, (uint64_t)id, i))
            return NULL;
        s->totals.goroutines++;
    }
    struct goroutine *g = &s->gs.data[i];
    *g = (struct goroutine){.id = id, .gen = gen, .status = status, .known = true};
    return g;
}

static void free_extra(struct goroutine *g)
{
    if (!g->extra)
        return;
    VEC_FREE(&g->extra->regions);
    VEC_FREE(&g->extra->stw);
    free(g->extra);
    g->extra = NULL;
}

static void remove_g(struct sched *s, struct goroutine *g)
{
    uint32_t i = (uint32_t)(g - s->gs.data);
    free_extra(g);
    map_delete(&s->g_of, (uint64_t)g->id);
    g->known = false;
    (void)VEC_PUSH(&s->free_gs, i); /* without memory the slot just stays unused */
}

static struct proc *add_p(struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    if (i == MAP_NONE) {
        i = (uint32_t)s->ps.len;
        if (!VEC_PUSH(&s->ps, (struct proc){0}) || !map_put(&s->p_of, (uint64_t)id, i))
            return NULL;
        s->totals.procs++;
    }
    s->ps.data[i] = (struct proc){.id = id, .known = true};
    return &s->ps.data[i];
}

static struct extra *extra_of(struct goroutine *g)
{
    if (!g->extra)
        g->extra = calloc(1, sizeof *g->extra);
    return g->extra;
}

bool sched_thread(struct sched *s, int64_t m, uint32_t *handle)
{
    *handle = map_get(&s->m_of, (uint64_t)m);
    if (*handle != MAP_NONE)
        return true;
    *handle = (uint32_t)s->ms.len;
    return VEC_PUSH(&s->ms, ((struct thread){m, -1, -1, MAP_NONE, MAP_NONE, false, false})) &&
           map_put(&s->m_of, (uint64_t)m, *handle);
}

static void know_thread(struct sched *s, struct thread *t)
{
    t->known = true;
    if (!t->counted)
        s->totals.threads++;
    t->counted = true;
}

/* Sequence numbers and contexts */

/* True if seq of generation gen is the next one. */
static bool succeeds(uint64_t gen, uint64_t seq, uint64_t last_gen, uint64_t last_seq)
{
    return gen == last_gen && seq == last_seq + 1;
}

static enum sched_result lacks(struct call *c, const char *what)
{
    broken(c, "this needs a %s on its thread", what);
    diag_have(c->diag, "thread %" PRId64 ", proc %" PRId64 ", goroutine %" PRId64, c->ev->m, c->ev->p,
              c->ev->g);
    diag_want(c->diag, "a %s", what);
    return SCHED_BROKEN;
}

static enum sched_result need_thread(struct call *c)
{
    return c->ev->m == -1 ? lacks(c, "thread") : SCHED_ADVANCED;
}

static enum sched_result need_proc(struct call *c)
{
    if (c->ev->m == -1)
        return lacks(c, "thread");
    return c->ev->p == -1 ? lacks(c, "proc") : SCHED_ADVANCED;
}

static enum sched_result need_user(struct call *c)
{
    enum sched_result r = need_proc(c);
    if (r == SCHED_ADVANCED && c->ev->g == -1)
        return lacks(c, "goroutine");
    return r;
}

static enum sched_result need_no_goroutine(struct call *c)
{
    if (c->ev->g == -1)
        return SCHED_ADVANCED;
    return broken(c, "goroutine %" PRId64 " still runs on this thread", c->ev->g);
}

#define TRY(expr)                       \
    do {                                \
        enum sched_result r_ = (expr);  \
        if (r_ != SCHED_ADVANCED)       \
            return r_;                  \
    } while (0)

/* The current goroutine, which must be known and have that status. */
static enum sched_result take_g(struct call *c, uint8_t status, struct goroutine **out)
{
    struct goroutine *g = current_g(c);
    *out = g;
    if (!g)
        return broken(c, "goroutine %" PRId64 " is not known", c->ev->g);
    if (g->status != status)
        return broken_g(c, g->id, g->status, status);
    return SCHED_ADVANCED;
}

static enum sched_result take_p(struct call *c, struct proc **out)
{
    *out = current_p(c);
    return *out ? SCHED_ADVANCED : broken(c, "proc %" PRId64 " is not known", c->ev->p);
}

/* Procs */

/* A proc in a syscall that an abandoned status is about: the event belongs to
 * the thread that has it. */
static enum sched_result find_owner(struct call *c, int64_t p)
{
    for (size_t i = 0; i < c->s->ms.len; i++) {
        const struct thread *t = &c->s->ms.data[i];
        if (t->known && t->p == p) {
            c->ev->m = t->id;
            c->ev->p = p;
            c->ev->g = t->g;
            return SCHED_ADVANCED;
        }
    }
    return broken(c, "no thread has proc %" PRId64 ", which is about to be stolen", p);
}

static enum sched_result advance_proc_status(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    uint8_t status = (uint8_t)c->ev->arg[1];
    bool promoted = false;
    if (status >= ProcStatuses)
        return broken(c, "no such status of a proc: %u", status);
    struct proc *p = find_p(c->s, id);
    if (!p) {
        p = add_p(c->s, id);
        if (!p)
            return SCHED_NO_MEMORY;
        p->status = status;
    } else if (status == ProcSyscallAbandoned && p->status == ProcSyscall) {
        promoted = true; /* we know more than the status says */
    } else if (p->status != status) {
        return broken_p(c, id, status, p->status);
    }
    p->gen = c->ev->gen;
    p->seq = 0;
    c->ev->promoted = promoted ? ProcSyscall : status;
    if (status == ProcRunning || status == ProcSyscall)
        c->p = id;
    return promoted ? find_owner(c, id) : SCHED_ADVANCED;
}

static enum sched_result advance_proc_start(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    struct proc *p = find_p(c->s, id);
    /* With a proc on this thread, it is in a syscall and has yet to lose it. */
    if (!p || p->status != ProcIdle || !succeeds(c->ev->gen, c->ev->arg[1], p->gen, p->seq) ||
        c->ev->p != -1)
        return SCHED_NOT_YET;
    TRY(need_thread(c));
    p->status = ProcRunning;
    p->seq = c->ev->arg[1];
    c->p = id;
    return SCHED_ADVANCED;
}

static enum sched_result advance_proc_stop(struct call *c)
{
    struct proc *p;
    TRY(take_p(c, &p));
    if (p->status != ProcRunning && p->status != ProcSyscall)
        return broken_p(c, p->id, p->status, ProcRunning);
    TRY(need_proc(c));
    p->status = ProcIdle;
    c->p = -1;
    return SCHED_ADVANCED;
}

static enum sched_result steal_from(struct call *c, int64_t id, int64_t victim)
{
    if (victim == c->ev->m) {
        if (c->ev->p != id)
            return broken(c, "the thread steals proc %" PRId64 " from itself but has %" PRId64, id,
                          c->ev->p);
        c->p = -1;
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(c->s, victim);
    if (!t)
        return broken(c, "proc %" PRId64 " is stolen from thread %" PRId64 ", which is not known", id,
                      victim);
    if (t->p != id)
        return broken(c, "proc %" PRId64 " is stolen from thread %" PRId64 ", which has %" PRId64, id,
                      victim, t->p);
    t->p = -1; /* now its GoSyscallEndBlocked can advance */
    return SCHED_ADVANCED;
}

static enum sched_result advance_proc_steal(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    struct proc *p = find_p(c->s, id);
    if (!p || (p->status != ProcSyscall && p->status != ProcSyscallAbandoned) ||
        !succeeds(c->ev->gen, c->ev->arg[1], p->gen, p->seq))
        return SCHED_NOT_YET;
    TRY(need_thread(c));
    uint8_t was = p->status;
    p->status = ProcIdle;
    p->seq = c->ev->arg[1];
    /* Abandoned: the thread that had it may be anywhere by now. */
    return was == ProcSyscallAbandoned ? SCHED_ADVANCED
                                       : steal_from(c, id, (int64_t)c->ev->arg[2]);
}

/* Goroutines */

/* A goroutine in a syscall on some thread for the whole generation. */
static enum sched_result bind_syscall(struct call *c, int64_t g, int64_t m)
{
    struct sched *s = c->s;
    if (m == -1)
        return broken(c, "goroutine %" PRId64 " is in a syscall without a thread", g);
    if (m == c->ev->m) {
        if (c->ev->gen != s->first_gen && c->ev->g != g)
            return broken(c, "goroutine %" PRId64 " is in a syscall here, but the thread has %" PRId64,
                          g, c->ev->g);
        c->g = g;
        return SCHED_ADVANCED;
    }
    struct thread *t = find_m(s, m);
    if (t) {
        if (t->g != g)
            return broken(c, "goroutine %" PRId64 " is in a syscall on thread %" PRId64
                             ", which has %" PRId64, g, m, t->g);
        c->ev->g = t->g;
    } else {
        uint32_t handle;
        if (!sched_thread(s, m, &handle))
            return SCHED_NO_MEMORY;
        t = &s->ms.data[handle];
        know_thread(s, t);
        t->g = g;
        t->p = -1;
    }
    c->ev->m = m;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_status(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    uint8_t status = (uint8_t)c->ev->arg[2];
    if (status >= GoStatuses)
        return broken(c, "no such status of a goroutine: %u", status);
    struct goroutine *g = find_g(c->s, id);
    if (!g && c->ev->gen != c->s->first_gen)
        return broken(c, "the status of goroutine %" PRId64
                         ", which the generations before do not know", id);
    if (!g && !(g = add_g(c->s, id, status, c->ev->gen)))
        return SCHED_NO_MEMORY;
    if (g->status != status)
        return broken_g(c, id, status, g->status);
    g->gen = c->ev->gen;
    g->seq = 0;
    if (status == GoRunning)
        c->g = id;
    return status == GoSyscall ? bind_syscall(c, id, (int64_t)c->ev->arg[1]) : SCHED_ADVANCED;
}

static enum sched_result advance_go_create(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    TRY(need_proc(c));
    struct goroutine *creator = current_g(c);
    if (creator && creator->status != GoRunning)
        return broken_g(c, creator->id, creator->status, GoRunning);
    if (find_g(c->s, id))
        return broken(c, "goroutine %" PRId64 " is created but exists", id);
    uint8_t status = c->ev->type == EvGoCreateBlocked ? GoWaiting : GoRunnable;
    return add_g(c->s, id, status, c->ev->gen) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

static enum sched_result advance_go_create_syscall(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    TRY(need_thread(c));
    TRY(need_no_goroutine(c));
    if (find_g(c->s, id))
        return broken(c, "goroutine %" PRId64 " is created but exists", id);
    c->g = id;
    return add_g(c->s, id, GoSyscall, c->ev->gen) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

static enum sched_result advance_go_start(struct call *c)
{
    int64_t id = (int64_t)c->ev->arg[0];
    struct goroutine *g = find_g(c->s, id);
    if (!g || g->status != GoRunnable || !succeeds(c->ev->gen, c->ev->arg[1], g->gen, g->seq))
        return SCHED_NOT_YET;
    TRY(need_proc(c));
    TRY(need_no_goroutine(c));
    g->status = GoRunning;
    g->seq = c->ev->arg[1];
    c->g = id;
    return SCHED_ADVANCED;
}

/* GoDestroy, GoStop, GoBlock */
static enum sched_result advance_go_stop_exec(struct call *c)
{
    struct goroutine *g;
    TRY(need_user(c));
    TRY(take_g(c, GoRunning, &g));
    if (c->ev->type == EvGoDestroy)
        remove_g(c->s, g);
    else
        g->status = c->ev->type == EvGoStop ? GoRunnable : GoWaiting;
    c->g = -1;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_unblock(struct call *c)
{
    struct goroutine *g = find_g(c->s, (int64_t)c->ev->arg[0]);
    if (!g || g->status != GoWaiting || !succeeds(c->ev->gen, c->ev->arg[1], g->gen, g->seq))
        return SCHED_NOT_YET;
    g->status = GoRunnable;
    g->seq = c->ev->arg[1];
    return SCHED_ADVANCED;
}

/* Unblocks the next goroutine, stops this one, starts the next: Go's reader
 * makes three events of it. */
static enum sched_result advance_go_switch(struct call *c)
{
    struct goroutine *g;
    TRY(need_user(c));
    TRY(take_g(c, GoRunning, &g));
    struct goroutine *next = find_g(c->s, (int64_t)c->ev->arg[0]);
    if (!next || next->status != GoWaiting ||
        !succeeds(c->ev->gen, c->ev->arg[1], next->gen, next->seq))
        return SCHED_NOT_YET;
    next->status = GoRunning;
    next->seq = c->ev->arg[1];
    c->g = next->id;
    c->ev->after = 2;
    if (c->ev->type == EvGoSwitch)
        g->status = GoWaiting;
    else
        remove_g(c->s, g);
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_syscall_begin(struct call *c)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(c));
    TRY(take_g(c, GoRunning, &g));
    TRY(take_p(c, &p));
    if (!succeeds(c->ev->gen, c->ev->arg[0], p->gen, p->seq)) {
        broken(c, "the sequence number of proc %" PRId64 " does not follow", p->id);
        diag_have(c->diag, "%" PRIu64 " in generation %" PRIu64, c->ev->arg[0], c->ev->gen);
        diag_want(c->diag, "%" PRIu64 " in generation %" PRIu64, p->seq + 1, p->gen);
        return SCHED_BROKEN;
    }
    g->status = GoSyscall;
    p->status = ProcSyscall;
    p->seq = c->ev->arg[0];
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_syscall_end(struct call *c)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(c));
    TRY(take_g(c, GoSyscall, &g));
    TRY(take_p(c, &p));
    if (p->status != ProcSyscall)
        return broken_p(c, p->id, p->status, ProcSyscall);
    g->status = GoRunning;
    p->status = ProcRunning;
    return SCHED_ADVANCED;
}

/* The event says that the syscall lost its proc, so it waits until it has. A
 * new proc may have been started here by then. */
static enum sched_result advance_go_syscall_end_blocked(struct call *c)
{
    struct goroutine *g;
    struct proc *p;
    if (c->ev->p != -1) {
        TRY(take_p(c, &p));
        if (p->status == ProcSyscall)
            return SCHED_NOT_YET;
    }
    TRY(need_thread(c));
    if (c->ev->g == -1)
        return lacks(c, "goroutine");
    TRY(take_g(c, GoSyscall, &g));
    g->status = GoRunnable;
    c->g = -1;
    return SCHED_ADVANCED;
}

/* A goroutine of a cgo callback goes. Its proc, if it has one, is as good as
 * lost: the thread's id may be used again before the proc is stolen. */
static enum sched_result advance_go_destroy_syscall(struct call *c)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_thread(c));
    if (c->ev->g == -1)
        return lacks(c, "goroutine");
    TRY(take_g(c, GoSyscall, &g));
    remove_g(c->s, g);
    c->g = -1;
    if (c->ev->p == -1)
        return SCHED_ADVANCED;
    TRY(take_p(c, &p));
    if (p->status != ProcSyscall)
        return broken_p(c, p->id, p->status, ProcSyscall);
    p->status = ProcSyscallAbandoned;
    c->p = -1;
    c->ev->before = 1; /* Go's reader shows the loss as a ProcSteal */
    return SCHED_ADVANCED;
}

/* Ranges */

static bool has_stw(const struct goroutine *g, uint64_t kind, size_t *at)
{
    size_t n = g->extra ? g->extra->stw.len : 0;
    for (*at = 0; *at < n; ++*at) {
        if (g->extra->stw.data[*at] == kind)
            return true;
    }
    return false;
}

static enum sched_result in_flight(struct call *c)
{
    return broken(c, "such a range is already in flight");
}

static enum sched_result not_in_flight(struct call *c)
{
    return broken(c, "no such range is in flight");
}

/* STWBegin, GCMarkAssistBegin */
static enum sched_result advance_go_range_begin(struct call *c)
{
    size_t at;
    TRY(need_user(c));
    struct goroutine *g = current_g(c);
    if (!g)
        return broken(c, "goroutine %" PRId64 " is not known", c->ev->g);
    if (c->ev->type == EvGCMarkAssistBegin) {
        if (g->assist)
            return in_flight(c);
        g->assist = true;
        return SCHED_ADVANCED;
    }
    if (has_stw(g, c->ev->arg[0], &at))
        return in_flight(c);
    struct extra *x = extra_of(g);
    return x && VEC_PUSH(&x->stw, c->ev->arg[0]) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

static enum sched_result advance_go_range_end(struct call *c)
{
    TRY(need_user(c));
    struct goroutine *g = current_g(c);
    if (!g)
        return broken(c, "goroutine %" PRId64 " is not known", c->ev->g);
    if (c->ev->type == EvGCMarkAssistEnd) {
        if (!g->assist)
            return not_in_flight(c);
        g->assist = false;
        return SCHED_ADVANCED;
    }
    if (!g->extra || g->extra->stw.len == 0)
        return not_in_flight(c);
    /* STWEnd does not say which; Go's reader ends the first. */
    g->extra->stw.data[0] = g->extra->stw.data[--g->extra->stw.len];
    return SCHED_ADVANCED;
}

/* A range that *Active restates: new in the first generation, known later. */
static enum sched_result restate(struct call *c, bool *range)
{
    bool first = c->ev->gen == c->s->first_gen;
    if (first == *range)
        return first ? in_flight(c) : not_in_flight(c);
    *range = true;
    return SCHED_ADVANCED;
}

static enum sched_result advance_go_range_active(struct call *c)
{
    struct goroutine *g = find_g(c->s, (int64_t)c->ev->arg[0]);
    if (!g)
        return broken(c, "goroutine %" PRIu64 " is not known", c->ev->arg[0]);
    return restate(c, &g->assist);
}

static enum sched_result advance_gc_sweep_active(struct call *c)
{
    struct proc *p = find_p(c->s, (int64_t)c->ev->arg[0]);
    if (!p)
        return broken(c, "proc %" PRIu64 " is not known", c->ev->arg[0]);
    return restate(c, &p->sweep);
}

static enum sched_result advance_gc_sweep_begin(struct call *c)
{
    struct proc *p;
    TRY(need_proc(c));
    TRY(take_p(c, &p));
    if (p->sweep)
        return in_flight(c);
    p->sweep = true;
    return SCHED_ADVANCED;
}

static enum sched_result advance_gc_sweep_end(struct call *c)
{
    struct proc *p;
    TRY(need_proc(c));
    TRY(take_p(c, &p));
    if (!p->sweep)
        return not_in_flight(c);
    p->sweep = false;
    return SCHED_ADVANCED;
}

/* The mark phase. Begin, active and end count up one sequence, because they
 * may come from any thread. */

static void gc_to(struct sched *s, uint64_t seq, enum gc gc)
{
    s->gc_seq = seq;
    s->gc = gc;
}

static enum sched_result advance_gc_active(struct call *c)
{
    struct sched *s = c->s;
    uint64_t seq = c->ev->arg[0];
    if (c->ev->gen == s->first_gen) {
        if (s->gc != GC_UNDETERMINED)
            return broken(c, "GCActive in the first generation is not its first GC event");
        gc_to(s, seq, GC_ON);
        return SCHED_ADVANCED;
    }
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc != GC_ON)
        return not_in_flight(c);
    gc_to(s, seq, GC_ON);
    return need_user(c);
}

static enum sched_result advance_gc_begin(struct call *c)
{
    struct sched *s = c->s;
    uint64_t seq = c->ev->arg[0];
    if (s->gc == GC_UNDETERMINED) {
        gc_to(s, seq, GC_ON);
        return SCHED_ADVANCED;
    }
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc == GC_ON)
        return in_flight(c);
    gc_to(s, seq, GC_ON);
    return need_user(c);
}

static enum sched_result advance_gc_end(struct call *c)
{
    struct sched *s = c->s;
    uint64_t seq = c->ev->arg[0];
    if (seq != s->gc_seq + 1)
        return SCHED_NOT_YET;
    if (s->gc != GC_ON)
        return not_in_flight(c);
    gc_to(s, seq, GC_OFF);
    return need_user(c);
}

/* Annotations */

static enum sched_result advance_user_task_begin(struct call *c)
{
    uint64_t task = c->ev->arg[0];
    if (map_get(&c->s->tasks, task) != MAP_NONE)
        return broken(c, "task %" PRIu64 " begins but has not ended", task);
    if (!map_put(&c->s->tasks, task, c->ev->name))
        return SCHED_NO_MEMORY;
    return need_user(c);
}

/* A task may end more than once, and may have begun before the trace. */
static enum sched_result advance_user_task_end(struct call *c)
{
    map_delete(&c->s->tasks, c->ev->arg[0]);
    return need_user(c);
}

static enum sched_result advance_user_region_begin(struct call *c)
{
    TRY(need_user(c));
    struct goroutine *g = current_g(c);
    if (!g)
        return broken(c, "goroutine %" PRId64 " is not known", c->ev->g);
    struct extra *x = extra_of(g);
    struct region r = {c->ev->arg[0], c->ev->name};
    return x && VEC_PUSH(&x->regions, r) ? SCHED_ADVANCED : SCHED_NO_MEMORY;
}

static enum sched_result advance_user_region_end(struct call *c)
{
    TRY(need_user(c));
    struct goroutine *g = current_g(c);
    if (!g)
        return broken(c, "goroutine %" PRId64 " is not known", c->ev->g);
    if (!g->extra || g->extra->regions.len == 0)
        return SCHED_ADVANCED; /* it began before the trace */
    const struct region *r = &g->extra->regions.data[g->extra->regions.len - 1];
    if (r->task != c->ev->arg[0] || r->name != c->ev->name)
        return broken(c, "this is not the innermost region of goroutine %" PRId64, g->id);
    g->extra->regions.len--;
    return SCHED_ADVANCED;
}

static enum sched_result advance_annotation(struct call *c)
{
    return need_user(c);
}

static enum sched_result advance_heap_metric(struct call *c)
{
    return need_proc(c);
}

static enum sched_result advance_alloc_free(struct call *c)
{
    return need_thread(c);
}

/* CPU samples carry their own context and never come here. */
static enum sched_result advance_sample(struct call *c)
{
    return broken(c, "a CPU sample among the events of a thread");
}

static enum sched_result (*const rules[256])(struct call *) = {
#define EVENT(id, name, since, begin, need, advance, a0, a1, a2, a3, about) [id] = advance_##advance,
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "model/event.def"
#undef EVENT
#undef FRAME
};

enum sched_result sched_advance(struct sched *s, struct sched_event *ev, gotrace_diag *diag)
{
    struct thread *t = &s->ms.data[ev->thread];
    if (s->first_gen == 0)
        s->first_gen = ev->gen;
    if (t->id != -1)
        know_thread(s, t);
    ev->m = t->id;
    ev->p = t->p;
    ev->g = t->g;
    ev->before = ev->after = 0;
    struct call c = {s, ev, diag, t->p, t->g};
    enum sched_result r = rules[ev->type](&c);
    if (r == SCHED_ADVANCED) {
        t = &s->ms.data[ev->thread]; /* the rule may have added threads */
        /* Events without a thread (-1) never bind anything. */
        t->p = t->id == -1 ? -1 : c.p;
        t->g = t->id == -1 ? -1 : c.g;
    }
    return r;
}

struct sched *sched_new(void)
{
    return calloc(1, sizeof(struct sched));
}

void sched_reset(struct sched *s)
{
    for (size_t i = 0; i < s->gs.len; i++) {
        free_extra(&s->gs.data[i]);
        s->gs.data[i].known = false;
    }
    for (size_t i = 0; i < s->ps.len; i++)
        s->ps.data[i].known = false;
    for (size_t i = 0; i < s->ms.len; i++) {
        struct thread *t = &s->ms.data[i];
        *t = (struct thread){t->id, -1, -1, MAP_NONE, MAP_NONE, false, t->counted};
    }
    map_clear(&s->tasks);
    s->first_gen = s->gc_seq = 0;
    s->gc = GC_UNDETERMINED;
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    sched_reset(s);
    VEC_FREE(&s->gs);
    VEC_FREE(&s->free_gs);
    VEC_FREE(&s->ps);
    VEC_FREE(&s->ms);
    map_free(&s->g_of);
    map_free(&s->p_of);
    map_free(&s->m_of);
    map_free(&s->tasks);
    free(s);
}

struct sched_totals sched_totals(const struct sched *s)
{
    return s->totals;
}
