/* state.h: the inside of the scheduler model: its records, and how they are found. For
 * the files of this room and for v2/order, whose loops the rules are part of; all
 * others include sched.h. */
#ifndef GOTRACE_SCHED_STATE_H
#define GOTRACE_SCHED_STATE_H
#include <assert.h>

#include "base/compiler.h"
#include "base/diag.h"
#include "base/idmap.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"
#include "sched/edge.h"
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
struct ranges {
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
    uint32_t ranges; /* number in sched.ranges, 0: none */
    uint8_t status;
    bool assist;           /* a mark assist is in flight */
    bool created_in_trace; /* it was created, not just stated */
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
    bool sweep;    /* a sweep is in flight */
    bool promoted; /* while models are joined: it has just been said to be abandoned, and is not */
};
struct thread {
    int64_t id, p, g;          /* p and g: what runs here, -1: none */
    uint32_t p_index, g_index; /* hints: right when the id there is the same */
    uint32_t epoch;
    bool counted; /* in the totals */
    bool met;     /* where edges are noted: it has done more than to state something */
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
    VEC(struct ranges) ranges;
    VEC(uint32_t) free_ranges; /* numbers, from 1, of those that nobody has */
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
    struct edges *edges; /* borrowed; NULL: it knows what came before */
};

/* What breaks a rule: sets the diag, SCHED_BROKEN. */
COLD enum sched_result sched_broken(struct sched *s, const char *fmt, ...) DIAG_PRINTF(2, 3);
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

/* Notes one, in a model that has edges (edges.h says what is what). */
COLD void sched_note_edge(struct sched *s, enum edge_kind kind, uint64_t id, int64_t a, int64_t b);

/* The number of a generation in this epoch, 0: no memory. */
uint32_t sched_number_of(struct sched *s, uint64_t gen);
/* New of generation gen, by its number. NULL: no memory. */
struct goroutine *sched_add_g(struct sched *s, int64_t id, uint8_t status, uint32_t gen);
void sched_remove_g(struct sched *s, struct goroutine *g);
struct proc *sched_add_p(struct sched *s, int64_t id); /* NULL: no memory */
/* The goroutine's ranges, which it gets if it has none; NULL: no memory. */
struct ranges *sched_need_ranges(struct sched *s, struct goroutine *g);
/* Makes gen the generation of the events to come; false: no memory. */
bool sched_enter_gen(struct sched *s, uint64_t gen);
/* A thread that the model meets for the first time has nothing. */
void sched_know_thread(struct sched *s, struct thread *t);
/* A region has begun: counts it, where regions are counted. */
void sched_count_region(struct sched *s, struct ranges *x, const struct region *r);
/* Ends the goroutine's region number i, from 0, the outermost. */
void sched_end_region(struct sched *s, struct ranges *x, size_t i);
/* `thread` has p as well as the thread that has just taken it up. */
COLD void sched_share_p(struct sched *s, struct proc *p, uint32_t thread);

/* Looking up */

static HOT bool known_g(const struct sched *s, const struct goroutine *g)
{
    return g->gen >= s->first_now;
}

/* Whether known or not; NULL: never heard of. */
static HOT struct goroutine *record_of_g(const struct sched *s, int64_t id)
{
    uint32_t i = idmap_get(&s->g_of, (uint64_t)id);
    assert(i == MAP_NONE || (i < s->gs.len && s->gs.data[i].id == id));
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
    assert(i == MAP_NONE || (i < s->ps.len && s->ps.data[i].id == id));
    return i == MAP_NONE || s->ps.data[i].epoch != s->epoch ? NULL : &s->ps.data[i];
}

static HOT struct thread *thread_of(struct sched *s, const struct sched_event *ev)
{
    assert(ev->thread < s->ms.len);
    return &s->ms.data[ev->thread];
}

static inline struct thread *find_m(const struct sched *s, int64_t id)
{
    uint32_t i = map_get(&s->m_of, (uint64_t)id);
    assert(i == MAP_NONE || (i < s->ms.len && s->ms.data[i].id == id));
    return i == MAP_NONE || s->ms.data[i].epoch != s->epoch ? NULL : &s->ms.data[i];
}

static HOT struct ranges *ranges_of(const struct sched *s, const struct goroutine *g)
{
    assert(g->ranges <= s->ranges.len);
    return g->ranges ? &s->ranges.data[g->ranges - 1] : NULL;
}

/* NULL: it has nothing of that. */
static inline const struct ranges *find_ranges(const struct sched *s, int64_t id)
{
    const struct goroutine *g = find_g(s, id);
    return g ? ranges_of(s, g) : NULL;
}

static inline uint64_t gen_of(const struct sched *s, const struct goroutine *g)
{
    assert(g->gen && g->gen <= s->gens.len);
    return s->gens.data[g->gen - 1];
}

static inline void gc_to(struct sched *s, uint64_t seq, enum gc gc)
{
    s->gc_seq = seq;
    s->gc = gc;
}

/* The goroutine of the context, NULL if the model has none of that id. */
static HOT struct goroutine *current_g(struct sched *s, const struct sched_event *ev)
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

static HOT struct proc *current_p(struct sched *s, const struct sched_event *ev)
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

static HOT void run_g(struct sched *s, struct sched_event *ev, struct goroutine *g)
{
    struct thread *t = thread_of(s, ev);
    assert(known_g(s, g));
    if (t->id == -1)
        return;
    t->g = g->id;
    t->g_index = (uint32_t)(g - s->gs.data);
    g->thread = ev->thread;
    assert(current_g(s, ev) == g);
}

static HOT void hold_p(struct sched *s, uint32_t thread, struct proc *p)
{
    uint32_t before = p->holder;
    assert(s->ms.data[thread].p == p->id);
    p->holder = thread;
    if (before != thread && before < s->ms.len && s->ms.data[before].p == p->id)
        sched_share_p(s, p, before);
}

static HOT void run_p(struct sched *s, struct sched_event *ev, struct proc *p)
{
    struct thread *t = thread_of(s, ev);
    assert(p->epoch == s->epoch);
    if (t->id == -1)
        return;
    t->p = p->id;
    t->p_index = (uint32_t)(p - s->ps.data);
    hold_p(s, ev->thread, p);
    assert(current_p(s, ev) == p && p->holder == ev->thread);
}

/* Whether sched_advance would have nothing to do for the event but its rule. */
static HOT bool sched_ready(const struct sched *s, const struct sched_event *ev)
{
    return s->now && s->gen == ev->gen && s->ms.data[ev->thread].epoch == s->epoch;
}

#endif
