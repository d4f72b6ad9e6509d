/* rules_inline.h: the inside of the scheduler model: its state, and the rules of
 * what makes up most of a trace, inline. For sched/rules.c, which has the others,
 * needs.c, which says what they wait for, and full_order.c, whose loop they are
 * part of; all others include sched.h. */
#ifndef GOTRACE_SCHED_RULES_INLINE_H
#define GOTRACE_SCHED_RULES_INLINE_H
#include "base/compiler.h"
#include "base/idmap.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"
#include "sched/sched.h"

/* State. Ids are as on the wire, read as int64: all ones is -1, none. Records
 * are reached by index, which is stable. A record is known while its epoch is
 * the model's, or its generation is one of this epoch: so sched_reset forgets
 * all of them at once. */

struct region {
    uint64_t task;
    uint32_t name;
    bool dropped;
};
/* What few goroutines have. */
struct extra {
    VEC(struct region) regions; /* the innermost last ... */
    struct map open;            /* ... and how many there are, by hash of task and name; */
    bool indexed;               /* once somebody has looked for one among many */
    uint32_t dropped;           /* regions that are */
    VEC(uint64_t) stw;          /* kinds of stop-the-world in flight ... */
    struct map stw_of;          /* ... and where they are in stw */
};
/* 32 bytes: of 100,000 goroutines each event takes another one. */
struct goroutine {
    int64_t id;
    uint64_t seq;    /* sequence numbers count within a generation ... */
    uint32_t gen;    /* ... this one, by its number in sched.gens; 0: not known */
    uint32_t thread; /* where it last was taken up */
    uint32_t extra;  /* number in sched.extras, 0: none */
    uint8_t status;
    bool assist; /* a mark assist is in flight */
    bool born;   /* it was created, not just stated */
};
_Static_assert(sizeof(struct goroutine) == 32, "two in a line of the cache");
struct proc {
    int64_t id;
    uint64_t gen, seq;
    uint64_t idled; /* sched.idles when it became idle */
    uint32_t epoch;
    uint32_t holder; /* thread that last took it up */
    uint32_t under;  /* number in sched.holders of the one before it, 0: none */
    uint8_t status;
    bool sweep; /* a sweep is in flight */
};
struct thread {
    int64_t id, p, g;          /* p and g: what runs here, -1: none */
    uint32_t p_index, g_index; /* hints: right when the id there is the same */
    uint32_t epoch;
    bool counted; /* in the totals */
};
/* A thread from which another took a proc up, while it still had it. */
struct holder {
    uint32_t thread;
    uint32_t under; /* as in struct proc */
};
enum gc { GC_UNDETERMINED, GC_OFF, GC_ON };

struct sched {
    VEC(struct goroutine) gs;
    VEC(uint32_t) free_gs; /* indices of destroyed goroutines */
    VEC(struct extra) extras;
    VEC(uint32_t) free_extras; /* numbers, from 1, of those that nobody has */
    VEC(uint64_t) gens;        /* all generations, numbered from 1 */
    struct map gen_of;         /* generation -> number, of this epoch */
    uint64_t gen;              /* of the last event ... */
    uint32_t now;              /* ... and its number, 0: none in this epoch */
    uint32_t first_now;        /* numbers from here on are this epoch's */
    VEC(struct proc) ps;
    VEC(struct holder) holders; /* of procs that had several, which is rare */
    VEC(struct thread) ms;
    struct idmap g_of;     /* id -> index */
    struct map p_of, m_of; /* likewise */
    struct map tasks;      /* active tasks -> name */
    struct hash_secret secret;
    uint32_t epoch;     /* 0 is never the model's */
    gotrace_diag *diag; /* borrowed, while an event is in its rule */
    uint64_t idles;     /* counts how often procs became idle */
    uint64_t first_gen; /* 0: nothing advanced yet */
    uint64_t gc_seq;
    enum gc gc;
    size_t stops; /* of the world in flight */
    struct sched_totals totals;
};

/* What breaks a rule: sets the diag, SCHED_BROKEN. */
COLD enum sched_result sched_broken_g(struct sched *s, int64_t id, uint64_t have, uint64_t want);
COLD enum sched_result sched_broken_p(struct sched *s, int64_t id, uint64_t have, uint64_t want);
COLD enum sched_result sched_lacks(struct sched *s, struct sched_event *ev, const char *what);
COLD enum sched_result sched_unknown_g(struct sched *s, struct sched_event *ev);
COLD enum sched_result sched_unknown_p(struct sched *s, struct sched_event *ev);
COLD enum sched_result sched_occupied(struct sched *s, struct sched_event *ev);
COLD enum sched_result sched_in_flight(struct sched *s);
COLD enum sched_result sched_not_in_flight(struct sched *s);
COLD enum sched_result sched_lacks_number(struct sched *s, struct sched_event *ev,
                                          const struct proc *p);

/* The number of a generation in this epoch, 0: no memory. */
uint32_t sched_number_of(struct sched *s, uint64_t gen);
/* New of generation gen, by its number. NULL: no memory. */
struct goroutine *sched_add_g(struct sched *s, int64_t id, uint8_t status, uint32_t gen);
void sched_remove_g(struct sched *s, struct goroutine *g);
struct proc *sched_add_p(struct sched *s, int64_t id); /* NULL: no memory */
/* A thread that the model meets for the first time has nothing. */
void sched_know_thread(struct sched *s, struct thread *t);
/* Ends the goroutine's region number i, from 0, the outermost. */
void sched_end_region(struct sched *s, struct extra *x, size_t i);
/* `thread` has p as well as the thread that has just taken it up. */
COLD void sched_share_p(struct sched *s, struct proc *p, uint32_t thread);

/* Looking up */

static inline bool known_g(const struct sched *s, const struct goroutine *g)
{
    return g->gen >= s->first_now;
}

/* Whether known or not; NULL: never heard of. */
static inline struct goroutine *record_of_g(const struct sched *s, int64_t id)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    return i == MAP_NONE ? NULL : &s->gs.data[i];
}

static inline struct goroutine *find_g(const struct sched *s, int64_t id)
{
    struct goroutine *g = record_of_g(s, id);
    return g && known_g(s, g) ? g : NULL;
}

static inline struct proc *find_p(const struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->p_of, (uint64_t)id);
    return i == MAP_NONE || s->ps.data[i].epoch != s->epoch ? NULL : &s->ps.data[i];
}

static inline struct thread *thread_of(struct sched *s, const struct sched_event *ev)
{
    return &s->ms.data[ev->thread];
}

static inline struct thread *find_m(const struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->m_of, (uint64_t)id);
    return i == MAP_NONE || s->ms.data[i].epoch != s->epoch ? NULL : &s->ms.data[i];
}

static inline struct extra *extra_of(const struct sched *s, const struct goroutine *g)
{
    return g->extra ? &s->extras.data[g->extra - 1] : NULL;
}

static inline uint64_t gen_of(const struct sched *s, const struct goroutine *g)
{
    return s->gens.data[g->gen - 1];
}

static inline void gc_to(struct sched *s, uint64_t seq, enum gc gc)
{
    s->gc_seq = seq;
    s->gc = gc;
}

/* The goroutine of the context, NULL if the model has none of that id. */
static inline struct goroutine *current_g(struct sched *s, const struct sched_event *ev)
{
    struct thread *t = thread_of(s, ev);
    if (t->g_index < s->gs.len) {
        struct goroutine *g = &s->gs.data[t->g_index];
        if (g->id == t->g && known_g(s, g))
            return g;
    }
    struct goroutine *g = find_g(s, t->g);
    if (g)
        t->g_index = (uint32_t)(g - s->gs.data);
    return g;
}

static inline struct proc *current_p(struct sched *s, const struct sched_event *ev)
{
    struct thread *t = thread_of(s, ev);
    if (t->p_index < s->ps.len) {
        struct proc *p = &s->ps.data[t->p_index];
        if (p->id == t->p && p->epoch == s->epoch)
            return p;
    }
    struct proc *p = find_p(s, t->p);
    if (p)
        t->p_index = (uint32_t)(p - s->ps.data);
    return p;
}

/* Binds g or p to the event's thread. What has no thread (-1) binds nothing. */

static inline void run_g(struct sched *s, struct sched_event *ev, struct goroutine *g)
{
    struct thread *t = thread_of(s, ev);
    if (t->id == -1)
        return;
    t->g = g->id;
    t->g_index = (uint32_t)(g - s->gs.data);
    g->thread = ev->thread;
}

static inline void hold_p(struct sched *s, uint32_t thread, struct proc *p)
{
    uint32_t before = p->holder;
    p->holder = thread;
    if (before != thread && before < s->ms.len && s->ms.data[before].p == p->id)
        sched_share_p(s, p, before);
}

static inline void run_p(struct sched *s, struct sched_event *ev, struct proc *p)
{
    struct thread *t = thread_of(s, ev);
    if (t->id == -1)
        return;
    t->p = p->id;
    t->p_index = (uint32_t)(p - s->ps.data);
    hold_p(s, ev->thread, p);
}

/* Whether sched_advance would have nothing to do for the event but its rule. */
static inline bool sched_ready(const struct sched *s, const struct sched_event *ev)
{
    return s->now && s->gen == ev->gen && s->ms.data[ev->thread].epoch == s->epoch;
}

/* What events need. */

/* True if seq of generation gen is the next one. */
static inline bool succeeds(uint64_t gen, uint64_t seq, uint64_t last_gen, uint64_t last_seq)
{
    return gen == last_gen && seq == last_seq + 1;
}

/* The same for a goroutine in the generation of the event at hand. */
static inline bool follows_g(const struct sched *s, const struct goroutine *g, uint64_t seq)
{
    return g->gen == s->now && seq == g->seq + 1;
}

static inline enum sched_result need_thread(struct sched *s, struct sched_event *ev)
{
    return ev->m == -1 ? sched_lacks(s, ev, "thread") : SCHED_ADVANCED;
}

static inline enum sched_result need_proc(struct sched *s, struct sched_event *ev)
{
    if (ev->m == -1)
        return sched_lacks(s, ev, "thread");
    return ev->p == -1 ? sched_lacks(s, ev, "proc") : SCHED_ADVANCED;
}

static inline enum sched_result need_user(struct sched *s, struct sched_event *ev)
{
    enum sched_result r = need_proc(s, ev);
    if (r == SCHED_ADVANCED && ev->g == -1)
        return sched_lacks(s, ev, "goroutine");
    return r;
}

static inline enum sched_result need_no_goroutine(struct sched *s, struct sched_event *ev)
{
    return ev->g == -1 ? SCHED_ADVANCED : sched_occupied(s, ev);
}

#define TRY(expr)                      \
    do {                               \
        enum sched_result r_ = (expr); \
        if (r_ != SCHED_ADVANCED)      \
            return r_;                 \
    } while (0)

/* The current goroutine, which must be known and have that status. */
static inline enum sched_result take_g(struct sched *s, struct sched_event *ev, uint8_t status,
                                       struct goroutine **out)
{
    struct goroutine *g = current_g(s, ev);
    *out = g;
    if (!g)
        return sched_unknown_g(s, ev);
    if (g->status != status)
        return sched_broken_g(s, g->id, g->status, status);
    return SCHED_ADVANCED;
}

static inline enum sched_result take_p(struct sched *s, struct sched_event *ev, struct proc **out)
{
    *out = current_p(s, ev);
    return *out ? SCHED_ADVANCED : sched_unknown_p(s, ev);
}

/* Rules: each is its event's in event.def. A status is set last: what is written
 * through a byte may be anything to the compiler. */

typedef enum sched_result sched_rule(struct sched *s, struct sched_event *ev);
extern sched_rule *const sched_rules[256];

static HOT enum sched_result advance_go_start(struct sched *s, struct sched_event *ev)
{
    int64_t id = (int64_t)ev->arg[0];
    struct goroutine *g = record_of_g(s, id);
    if (!g || g->status != GoRunnable || !follows_g(s, g, ev->arg[1]))
        return SCHED_NOT_YET;
    TRY(need_proc(s, ev));
    TRY(need_no_goroutine(s, ev));
    g->seq = ev->arg[1];
    run_g(s, ev, g);
    g->status = GoRunning;
    return SCHED_ADVANCED;
}

/* GoDestroy, GoStop, GoBlock */
static HOT enum sched_result advance_go_stop_exec(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoRunning, &g));
    thread_of(s, ev)->g = -1;
    if (ev->type == EvGoDestroy)
        sched_remove_g(s, g);
    else
        g->status = ev->type == EvGoStop ? GoRunnable : GoWaiting;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_unblock(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g = record_of_g(s, (int64_t)ev->arg[0]);
    if (!g || g->status != GoWaiting || !follows_g(s, g, ev->arg[1]))
        return SCHED_NOT_YET;
    g->seq = ev->arg[1];
    g->status = GoRunnable;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_syscall_begin(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoRunning, &g));
    TRY(take_p(s, ev, &p));
    if (!succeeds(ev->gen, ev->arg[0], p->gen, p->seq))
        return sched_lacks_number(s, ev, p);
    p->seq = ev->arg[0];
    g->status = GoSyscall;
    p->status = ProcSyscall;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_go_syscall_end(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    struct proc *p;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoSyscall, &g));
    TRY(take_p(s, ev, &p));
    if (p->status != ProcSyscall)
        return sched_broken_p(s, p->id, p->status, ProcSyscall);
    g->status = GoRunning;
    p->status = ProcRunning;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_gc_sweep_begin(struct sched *s, struct sched_event *ev)
{
    struct proc *p;
    TRY(need_proc(s, ev));
    TRY(take_p(s, ev, &p));
    if (p->sweep)
        return sched_in_flight(s);
    p->sweep = true;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_gc_sweep_end(struct sched *s, struct sched_event *ev)
{
    struct proc *p;
    TRY(need_proc(s, ev));
    TRY(take_p(s, ev, &p));
    if (!p->sweep)
        return sched_not_in_flight(s);
    p->sweep = false;
    return SCHED_ADVANCED;
}

static HOT enum sched_result advance_annotation(struct sched *s, struct sched_event *ev)
{
    return need_user(s, ev);
}

static HOT enum sched_result advance_heap_metric(struct sched *s, struct sched_event *ev)
{
    return need_proc(s, ev);
}

static HOT enum sched_result advance_alloc_free(struct sched *s, struct sched_event *ev)
{
    return need_thread(s, ev);
}

#endif
