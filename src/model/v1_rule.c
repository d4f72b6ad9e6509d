#include "model/v1_rule.h"

#include "model/event.h"

/* any, place in v1_record.v, number. V1_SEQ is 0 after 1.5, which has none. */
#define SEQ_ANY 1, V1_SEQ, 0
#define SEQ_ZERO 0, V1_SEQ, 0
#define SEQ_ONE 0, V1_SEQ, 1
#define SEQ_ARG0 0, V1_ARG, 0
#define SEQ_ARG1 0, V1_ARG + 1, 0
#define FREE V1_FREE, SEQ_ANY, V1_DEAD, V1_DEAD, V1_STAY
#define AFTER(who, seq, need, step, then) V1_##who, SEQ_##seq, V1_##need, V1_##then, V1_##step

#define CARE(type)                                                        \
    ((type) == V1_GoSysCall                                  ? V1_CALL    \
     : (type) == V1_GoSysBlock || (type) == V1_GoInSyscall   ? V1_BLOCK   \
     : (type) == V1_CPUSample                                ? V1_SAMPLE  \
     : (type) == V1_GoSysExit || (type) == V1_GoSysExitLocal ? V1_EXIT    \
     : (type) == V1_GoUnblock || (type) == V1_GoUnblockLocal ? V1_UNBLOCK \
                                                             : V1_NO_CARE)
#define NAMED(g, who, ...) ((g) == V1_BECOMES || (g) == V1_NAMED || (who) == V1_TARGET)
#define IS_NAMED(...) NAMED(__VA_ARGS__)

const struct v1_rule v1_rules[V1_TYPES] = {
#define RULE(type, g, order, check, lift, to, reason) \
    [V1_##type] = {V1_##g, order, CARE(V1_##type), IS_NAMED(V1_##g, order), Ev##to, reason},
#include "model/v1_rule.def"
#undef RULE
};

bool v1_gs_add(struct v1_gs *gs, uint64_t id, uint32_t *out)
{
    struct v1_g g = {.id = id, .sample = V1_NONE};
    uint32_t n = (uint32_t)gs->g.len;
    *out = V1_G_NONE;
    if (!VEC_PUSH(&gs->g, g) || !map_put(&gs->by_id, id, n))
        return false;
    *out = n;
    return true;
}

bool v1_gs_init(struct v1_gs *gs)
{
    struct v1_g nobody = {.id = UINT64_MAX, .sample = V1_NONE};
    uint32_t none;
    *gs = (struct v1_gs){0};
    if (!VEC_PUSH(&gs->g, nobody) || !v1_gs_add(gs, 0, &none) || !VEC_PUSH(&gs->g, nobody))
        return false;
    v1_gs_reset(gs);
    return true;
}

void v1_gs_reset(struct v1_gs *gs)
{
    for (size_t i = 0; i < gs->g.len; i++)
        gs->g.data[i] = (struct v1_g){.id = gs->g.data[i].id, .sample = V1_NONE};
    /* What runs when no goroutine does. */
    gs->g.data[V1_G_NONE].status = V1_RUNNING;
    gs->g.data[V1_G_NONE].known = true;
}

void v1_gs_free(struct v1_gs *gs)
{
    map_free(&gs->by_id);
    VEC_FREE(&gs->g);
}

void v1_event_set_aside(struct v1_event *ev, const struct v1_aside *x, const struct v1_record *r)
{
    bool sample = r->type == V1_CPUSample;
    *ev = (struct v1_event){
        .r = r, .rule = &v1_rules[r->type], .off = x->off, .p = -1, .stream = V1_NONE};
    ev->ticks = (uint64_t)(sample ? x->key : x->second);
    if (sample)
        ev->p = (int32_t)r->v[V1_ARG + 1];
}
