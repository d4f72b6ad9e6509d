#include "v1/order/rules.h"

#include <string.h>

#include "base/compiler.h"
#include "event/event.h"

/* any, given, place in v1_record.v, number. */
#define SEQ_ANY 1, 0, V1_ARG, 0
#define SEQ_ZERO 0, 0, V1_ARG, 0
#define SEQ_ONE 0, 0, V1_ARG, 1
#define SEQ_ARG0 0, 1, V1_ARG, 0
#define SEQ_ARG1 0, 1, V1_ARG + 1, 0
/* The fields of v1_rule that an order is, from `who` to `step`. */
#define FREE V1_FREE, SEQ_ANY, V1_DEAD, V1_DEAD, V1_STAY
#define AFTER(who, seq, need, step, then) V1_##who, SEQ_##seq, V1_##need, V1_##then, V1_##step

#define HANDLING(type)                                                   \
    ((type) == V1_GoSysCall                                  ? V1_CALL   \
     : (type) == V1_GoSysBlock || (type) == V1_GoInSyscall   ? V1_BLOCK  \
     : (type) == V1_CPUSample                                ? V1_SAMPLE \
     : (type) == V1_GoSysExit || (type) == V1_GoSysExitLocal ? V1_EXIT   \
                                                             : V1_SIMPLE)
/* Its own goroutine is the one that argument 0 names, and for IDLE no other
 * runs just before. */
#define OWNS(g) ((g) == V1_BECOMES || (g) == V1_NAMED || (g) == V1_STATED)
#define IDLE(g) ((g) == V1_BECOMES || (g) == V1_STATED)
#define FIRST(first, ...) (first)
#define WHO(...) FIRST(__VA_ARGS__)
#define NAMED(g, who) (OWNS(g) || (who) == V1_TARGET)
#define ABOUT(who) ((who) == V1_TARGET || (who) == V1_OWN)
/* Who has no order waits for V1_G_ANY, which is always ready. */
#define OTHER(who) ((who) == V1_GC ? V1_G_COLLECTOR : V1_G_ANY)

const struct v1_rule v1_rules[V1_TYPES] = {
#define RULE(type, g, order, check, convert, to, reason)                                       \
    [V1_##type] = {V1_##g,       order,        HANDLING(V1_##type), NAMED(V1_##g, WHO(order)), \
                   OWNS(V1_##g), IDLE(V1_##g), ABOUT(WHO(order)),   OTHER(WHO(order)),         \
                   Ev##to,       reason},
#include "v1/order/rules.def"
#undef RULE
};

/* Whether id may be in the array, which is made long enough for it. */
static bool make_dense(struct v1_gs *gs, uint64_t id, bool *dense)
{
    *dense = id <= 2 * gs->g.len + 1024;
    if (!*dense || id < gs->dense.len)
        return true;
    size_t more = (size_t)id + 1 - gs->dense.len;
    if (!VEC_RESERVE(&gs->dense, more))
        return false;
    memset(gs->dense.data + gs->dense.len, 0, more * sizeof *gs->dense.data);
    gs->dense.len += more;
    assert(id < gs->dense.len && gs->dense.len <= gs->dense.cap);
    return true;
}

/* An id beyond the array goes to the map, where it stays when the array could
 * hold it. */
static bool put_number(struct v1_gs *gs, uint64_t id, uint32_t n)
{
    bool dense;
    if (!make_dense(gs, id, &dense))
        return false;
    if (!dense)
        return map_put(&gs->sparse, id, n);
    assert(id < gs->dense.len && gs->dense.data[id] == 0);
    gs->dense.data[id] = n;
    return true;
}

/* Asked when the array does not have it (v1_gs_find), so only the map may. */
bool v1_gs_add(struct v1_gs *gs, uint64_t id, uint32_t *out)
{
    struct v1_g g = {.id = id, .sample = V1_NONE};
    uint32_t n = (uint32_t)gs->g.len;
    *out = map_get(&gs->sparse, id);
    assert_unchanged(*out == MAP_NONE || (*out < gs->g.len && gs->g.data[*out].id == id));
    if (*out != MAP_NONE)
        return true;
    *out = V1_G_NONE;
    if (!VEC_PUSH(&gs->g, g) || !put_number(gs, id, n))
        return false;
    *out = n;
    assert_unchanged(gs->g.len == (size_t)n + 1); /* numbers are dense */
    return true;
}

/* In the order of their numbers: the collector, none, whose id is 0, and any. */
bool v1_gs_init(struct v1_gs *gs)
{
    struct v1_g nobody = {.id = UINT64_MAX, .sample = V1_NONE};
    uint32_t none;
    *gs = (struct v1_gs){0};
    if (!VEC_PUSH(&gs->g, nobody) || !v1_gs_add(gs, 0, &none) || !VEC_PUSH(&gs->g, nobody))
        return false;
    assert_unchanged(gs->g.len == V1_G_FIRST);
    return true;
}

/* Ids keep their numbers: what has been numbered elsewhere still fits. */
void v1_gs_reset(struct v1_gs *gs)
{
    for (size_t i = 0; i < gs->g.len; i++)
        gs->g.data[i] = (struct v1_g){.id = gs->g.data[i].id, .sample = V1_NONE};
}

void v1_gs_free(struct v1_gs *gs)
{
    VEC_FREE(&gs->dense);
    map_free(&gs->sparse);
    VEC_FREE(&gs->g);
}

/* What runs when no goroutine does runs from the begin on. */
bool v1_lives_add(struct v1_lives *l, uint64_t id)
{
    struct v1_life life = {.id = id, .m = -1};
    if (l->all.len == V1_G_NONE) /* what runs when no goroutine does */
        life.state = V1_RUNNING | V1_G_KNOWN;
    return VEC_PUSH(&l->all, life);
}

bool v1_lives_add_new(struct v1_lives *l, const struct v1_gs *gs)
{
    while (l->all.len < gs->g.len) {
        if (!v1_lives_add(l, gs->g.data[l->all.len].id))
            return false;
    }
    return true;
}

void v1_lives_free(struct v1_lives *l)
{
    VEC_FREE(&l->all);
}

/* The record's deltas are left out: `off`, `type` and `ticks` lie in their
 * place. */
void v1_event_set_record(struct v1_event *ev, const struct v1_record *r, uint64_t off)
{
    ev->off = off & V1_OFF_MAX;
    ev->type = r->type;
    ev->blocks = false;
    memcpy(&ev->v[V1_ARG], &r->v[V1_ARG], sizeof ev->v - V1_ARG * sizeof *ev->v);
}

/* A sample names its P; an exit was on none. */
void v1_event_set_out_of_turn(struct v1_event *ev, const struct v1_record *r,
                              const struct v1_out_of_turn *x)
{
    v1_event_set_record(ev, r, x->off);
    bool sample = ev->type == V1_CPUSample;
    assert(sample || ev->type == V1_GoSysExit);
    ev->ticks = (uint64_t)(sample ? x->key : x->second);
    ev->p = sample ? (int32_t)ev->v[V1_ARG + 1] : -1;
    ev->own = ev->target = V1_G_COLLECTOR;
    ev->stream = V1_NONE;
}
