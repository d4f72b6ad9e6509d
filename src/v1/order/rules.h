/* rules.h: rules.def as C, and the goroutines that it speaks of. */
#ifndef GOTRACE_V1_ORDER_RULES_H
#define GOTRACE_V1_ORDER_RULES_H
#include <assert.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/vec.h"
#include "v1/index/index.h"

enum v1_whose { V1_CURRENT, V1_BECOMES, V1_NAMED, V1_STATED, V1_RUNNER, V1_LEAVES, V1_STOPS };
_Static_assert(V1_LEAVES == V1_RUNNER + 1 && V1_STOPS == V1_LEAVES + 1, "compared as numbers");
enum v1_status { V1_DEAD, V1_RUNNABLE, V1_RUNNING, V1_WAITING };
enum v1_who { V1_FREE, V1_TARGET, V1_OWN, V1_GC };
enum { V1_STAY, V1_STEP };
/* What order.c does with an event besides, and where convert.c puts it. What
 * is rare or not simple comes last. */
enum v1_handling { V1_SIMPLE, V1_CALL, V1_SAMPLE, V1_BLOCK, V1_EXIT };

struct v1_rule {
    uint8_t g;          /* enum v1_whose */
    uint8_t who;        /* enum v1_who */
    uint8_t any;        /* the sequence number may be any; else it is */
    uint8_t given;      /* 1: what is there in v1_event.v: */
    uint8_t seq_at;     /* (0: nothing) */
    uint8_t seq;        /* and this more */
    uint8_t need, then; /* enum v1_status */
    uint8_t step;
    uint8_t handling; /* enum v1_handling */
    uint8_t named;    /* argument 0 is a goroutine */
    uint8_t owns;     /* whose event it is */
    uint8_t idle;     /* 1: no goroutine runs just before it */
    uint8_t about;    /* `who` is that of the event, else `other` */
    uint8_t other;    /* V1_G_ANY or V1_G_COLLECTOR */
    uint8_t to;       /* event type */
    const char *reason;
};
extern const struct v1_rule v1_rules[V1_TYPES];

/* Goroutines, numbered densely as they are met. Three numbers are taken; ANY is
 * always ready, for events without an order. */
enum { V1_G_COLLECTOR, V1_G_NONE, V1_G_ANY, V1_G_FIRST };
/* What order.c knows of one. */
struct v1_g {
    uint64_t id;
    uint64_t seq;     /* how far it has come */
    uint32_t waiting; /* streams that wait for it */
    uint32_t sample;  /* its next CPU sample, V1_NONE: none */
    uint8_t at;       /* enum v1_status */
};
struct v1_gs {
    /* Numbers by id. Ids are dense nearly always: those are in an array that
     * outgrows what it holds only by a factor, 0 where there is none. */
    VEC(uint32_t) dense;
    struct map sparse;
    VEC(struct v1_g) g; /* by number */
};
/* False: no memory. Freed by v1_gs_free either way. */
bool v1_gs_init(struct v1_gs *gs);
void v1_gs_free(struct v1_gs *gs);
/* As after v1_gs_init; the memory and the numbers stay. */
void v1_gs_reset(struct v1_gs *gs);
/* Gives goroutine id a number; false: no memory, and *out is V1_G_NONE. */
bool v1_gs_add(struct v1_gs *gs, uint64_t id, uint32_t *out);
/* The number of goroutine id, given one if it has none. */
static HOT bool v1_gs_find(struct v1_gs *gs, uint64_t id, uint32_t *out)
{
    if (id < gs->dense.len && (*out = gs->dense.data[id])) {
        assert_unchanged(*out < gs->g.len && gs->g.data[*out].id == id);
        return true;
    }
    return v1_gs_add(gs, id, out);
}

/* What those behind the order know of goroutines: by the same numbers, but
 * apart, because the order may be ahead of them on another thread. */

/* Bits of `state` above its enum v1_status. */
enum {
    V1_G_STATUS = 3,
    V1_G_KNOWN = 4, /* something has happened to it */
    V1_G_ASSIST = 8 /* in a mark assist */
};
struct v1_life {
    uint64_t id;
    uint64_t block;  /* convert.c: ticks of the last GoSysBlock or GoInSyscall, 0: none */
    int64_t m;       /* convert.c: thread of that syscall, -1: none */
    uint32_t region; /* check.c: innermost, + 1; 0: none */
    uint8_t state;   /* check.c */
    bool alive;      /* convert.c: at the start, and nothing heard of it since */
};
struct v1_lives {
    VEC(struct v1_life) all; /* by number */
};
/* The next number is that of goroutine id; false: no memory. Freed by
 * v1_lives_free either way. */
bool v1_lives_add(struct v1_lives *l, uint64_t id);
/* Adds those of gs that are not there yet. */
bool v1_lives_add_new(struct v1_lives *l, const struct v1_gs *gs);
static inline bool v1_lives_follow(struct v1_lives *l, const struct v1_gs *gs)
{
    return l->all.len == gs->g.len || v1_lives_add_new(l, gs);
}
void v1_lives_free(struct v1_lives *l);

/* One event, on its way. It may go from one core to another, so it is one line
 * of their caches, and what follows from the rest is not in it. */
struct v1_event {
    union {
        uint64_t v[6]; /* v1_record.v, but that its deltas have given way to: */
        struct {
            uint64_t off : 48; /* a file of more could not be addressed */
            uint64_t type : 8;
            uint64_t blocks : 8; /* of a GoSysCall */
            uint64_t ticks;
        };
    };
    uint32_t own;    /* goroutine whose event it is */
    uint32_t target; /* the one in argument 0; if that is none, own */
    uint32_t stream; /* P that wrote it, V1_NONE: none */
    int32_t p;       /* that it was on */
};
#define V1_OFF_MAX ((UINT64_C(1) << 48) - 1)
_Static_assert(sizeof(struct v1_event) == 64, "an event is a line");
_Static_assert(V1_SEQ == 0 && V1_DT == 1 && V1_ARG == 2, "what v1_event.v is");

static HOT const struct v1_rule *v1_rule_of(const struct v1_event *ev)
{
    assert_unchanged(ev->type < V1_TYPES);
    return &v1_rules[ev->type];
}
/* Everything but ticks, P and goroutines. */
void v1_event_set_record(struct v1_event *ev, const struct v1_record *r, uint64_t off);
/* The event of a record that comes out of turn; without goroutines. */
void v1_event_set_out_of_turn(struct v1_event *ev, const struct v1_record *r,
                              const struct v1_out_of_turn *x);
/* a if `first`, else b: without a branch, for what cannot be foreseen. */
static HOT uint32_t v1_pick(bool first, uint32_t a, uint32_t b)
{
    return b ^ ((a ^ b) & (0u - first));
}

/* The number that the goroutine of ev's rule must have, unless it may be any. */
static HOT uint64_t v1_event_seq(const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    return (ev->v[rule->seq_at] & (0 - (uint64_t)rule->given)) + rule->seq;
}
/* A goroutine must run on the P of ev, and none was started. */
static HOT bool v1_event_is_unstarted(const struct v1_event *ev)
{
    return ((uint8_t)(v1_rule_of(ev)->g - V1_RUNNER) < 2) & (ev->own == V1_G_NONE);
}

/* The goroutine that the rule of ev is about. */
static HOT uint32_t v1_event_who(const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    assert(rule->other == V1_G_ANY || rule->other == V1_G_COLLECTOR);
    return v1_pick(rule->about, ev->target, rule->other);
}

/* Sets the goroutines of an event of a P that runs *current, and moves *current
 * on: Go 1.27 internal/trace/internal/tracev1/parser.go parseEvent. False: no
 * memory. */
static HOT bool v1_event_set_g(struct v1_event *ev, struct v1_gs *gs, uint32_t *current)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    uint32_t now = *current, target = now;
    if (rule->named && !v1_gs_find(gs, ev->v[V1_ARG], &target))
        return false;
    ev->target = target;
    ev->own = v1_pick(rule->owns, target, now);
    now = v1_pick(rule->g == V1_BECOMES, target, now);
    *current = v1_pick(rule->g >= V1_LEAVES, V1_G_NONE, now);
    assert_unchanged(ev->own < gs->g.len && ev->target < gs->g.len && *current < gs->g.len);
    return true;
}
#endif
