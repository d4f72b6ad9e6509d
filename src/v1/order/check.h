/* check.h: whether the events of a v1 trace agree with each other.
 *
 * The rules are those by which Go refuses a trace: Go 1.27
 * internal/trace/internal/tracev1/parser.go postProcessTrace, and Go 1.15
 * internal/trace/parser.go for 1.5 to 1.10. Here an event that breaks one is
 * counted, the first is described, and its effect holds. */
#ifndef GOTRACE_V1_ORDER_CHECK_H
#define GOTRACE_V1_ORDER_CHECK_H
#include "event/intern.h"
#include "v1/order/rules.h"

struct check_p {
    uint32_t g; /* that runs on it, V1_G_NONE: none */
    bool running, sweep, stw;
};
struct check_region {
    uint64_t task, name;
    uint32_t outer; /* + 1 */
};

struct v1_check {
    uint32_t version;
    struct v1_lives *lives;      /* borrowed, like the next */
    const struct idtab *stacks;  /* the trace's, by id; NULL: before the start */
    const struct idtab *strings; /* likewise; NULL: not known */
    VEC(struct check_p) p;       /* by stream; behind all one for events of none */
    VEC(struct check_region) regions;
    uint32_t free_region; /* + 1 */
    struct map tasks;     /* active ones */
    bool gc, stw;
    bool failed;    /* memory ran out */
    uint64_t wrong; /* events that broke a rule */
    gotrace_diag first;
    struct check_region broken[2]; /* of a region's end: its own, and the innermost */
};

/* Room for `streams` Ps; false: no memory. Freed by v1_check_free either way. */
bool v1_check_init(struct v1_check *c, uint32_t version, struct v1_lives *lives, size_t streams);
void v1_check_free(struct v1_check *c);
/* Advances by ev. */
void v1_check(struct v1_check *c, const struct v1_event *ev);
/* Advances by events of one P, n at most: as far as all is right, and one further.
 * Returns how many. */
size_t v1_check_run(struct v1_check *c, const struct v1_event *run, size_t n);
#endif
