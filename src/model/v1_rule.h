/* v1_rule.h: v1_rule.def as C, and the goroutines that it speaks of. */
#ifndef GOTRACE_V1_RULE_H
#define GOTRACE_V1_RULE_H
#include "base/buf.h"
#include "base/map.h"
#include "wire/v1_index.h"

enum v1_whose { V1_CURRENT, V1_BECOMES, V1_LEAVES, V1_NAMED, V1_SYSTEM };
enum v1_status { V1_DEAD, V1_RUNNABLE, V1_RUNNING, V1_WAITING };
enum v1_who { V1_FREE, V1_TARGET, V1_OWN, V1_GC };
enum { V1_STAY, V1_STEP };
/* What v1_order.c does with an event besides, and where v1_lift.c puts it. */
enum v1_care { V1_NO_CARE, V1_CALL, V1_BLOCK, V1_SAMPLE, V1_EXIT, V1_UNBLOCK };

struct v1_rule {
    uint8_t g;          /* enum v1_whose */
    uint8_t who;        /* enum v1_who */
    uint8_t any;        /* the sequence number may be any; else it is */
    uint8_t seq_at;     /* what is there in v1_record.v */
    uint8_t seq;        /* and this more; seq_at is V1_SEQ for nothing */
    uint8_t need, then; /* enum v1_status */
    uint8_t step;
    uint8_t care;  /* enum v1_care */
    uint8_t named; /* argument 0 is a goroutine */
    uint8_t to;    /* event type */
    const char *reason;
};
extern const struct v1_rule v1_rules[V1_TYPES];

/* Goroutines, numbered densely as they are met. Three numbers are taken; ANY is
 * always ready, for events without an order. */
enum { V1_G_COLLECTOR, V1_G_NONE, V1_G_ANY, V1_G_FIRST };
struct v1_g {
    uint64_t id;
    /* v1_order.c: how far it has come. */
    uint64_t seq;
    uint64_t block;   /* ticks of the last GoSysBlock or GoInSyscall, 0: none */
    uint32_t waiting; /* streams that wait for it */
    uint32_t sample;  /* its next CPU sample, V1_NONE: none */
    uint8_t at;       /* enum v1_status */
    /* v1_check.c */
    uint8_t status;  /* enum v1_status */
    bool known;      /* something has happened to it */
    bool net;        /* and the last of it was to block on the network */
    bool assist;     /* in a mark assist */
    bool alive;      /* v1_lift.c: at the start, and nothing heard of it since */
    uint32_t region; /* innermost, + 1; 0: none */
};
struct v1_gs {
    struct map by_id;
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
static inline bool v1_gs_find(struct v1_gs *gs, uint64_t id, uint32_t *out)
{
    *out = map_get(&gs->by_id, id);
    return *out != MAP_NONE || v1_gs_add(gs, id, out);
}

/* One event, on its way. */
struct v1_event {
    const struct v1_record *r; /* borrowed, until the next event */
    const struct v1_rule *rule;
    uint64_t ticks, off;
    int64_t p;       /* the context's; v1_check moves it */
    uint32_t own;    /* goroutine whose event it is */
    uint32_t target; /* the one in argument 0; if that is none, own */
    uint32_t stream; /* P that wrote it, V1_NONE: none */
    bool blocks;     /* of a GoSysCall */
};
/* The event of an aside; without goroutines. */
void v1_event_set_aside(struct v1_event *ev, const struct v1_aside *x, const struct v1_record *r);
/* Sets own and target of an event of a P that runs *current, and moves *current
 * on: Go 1.27 internal/trace/internal/tracev1/parser.go parseEvent, and for the
 * system's events Go 1.15 internal/trace/parser.go parseEvents. False: no
 * memory. */
static inline bool v1_event_set_g(struct v1_event *ev, const struct v1_format *f, struct v1_gs *gs,
                                  uint32_t *current)
{
    const struct v1_rule *rule = ev->rule;
    uint32_t target = *current;
    if (rule->named && !v1_gs_find(gs, ev->r->v[V1_ARG], &target))
        return false;
    ev->target = target;
    ev->own = rule->g == V1_BECOMES || rule->g == V1_NAMED ? target : *current;
    if (rule->g == V1_SYSTEM && f->version < 11)
        ev->own = V1_G_NONE;
    if (rule->g == V1_BECOMES)
        *current = target;
    if (rule->g == V1_LEAVES)
        *current = V1_G_NONE;
    return true;
}
#endif
