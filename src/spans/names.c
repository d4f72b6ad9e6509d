/* names.c: what goroutines and tasks are called, found out ahead of making spans. */
#include "base/mem.h"
#include "event/event.h"
#include "spans/spans.h"

struct gotrace_known_names {
    struct map funcs, tasks; /* ids -> strings */
    bool lost;               /* of the trace, and names may have been there */
};

/* Events with a name, or the stack that has it, by the places of their arguments; g: NO_ID, of
 * the goroutine that does it. Those that are created say so themselves. */
static const struct place {
    bool is, is_task;
    int8_t id, name;
} places[256] = {
    [EvGoStop] = {true, false, NO_ID, 1},         [EvGoBlock] = {true, false, NO_ID, 1},
    [EvGoSyscallBegin] = {true, false, NO_ID, 1}, [EvGoStatusStack] = {true, false, 0, 3},
    [EvUserTaskBegin] = {true, true, 0, 2},
};

gotrace_known_names *gotrace_known_names_new(void)
{
    return mem_zeroed(1, sizeof(gotrace_known_names));
}

void gotrace_known_names_free(gotrace_known_names *k)
{
    if (!k)
        return;
    map_free(&k->funcs);
    map_free(&k->tasks);
    mem_free(k);
}

/* Damage as well: it tells whether a name may be missing. */
bool gotrace_known_names_needs(uint32_t type)
{
    return type < 256 && (places[type].is || type == GOTRACE_EV_DAMAGE);
}

/* The first that is heard counts. */
static bool put(struct map *map, uint64_t id, uint32_t name)
{
    return name == 0 || map_get(map, id) != MAP_NONE || map_put(map, id, name);
}

/* The function at the root of a stack, 0: it has none. */
static uint32_t root_of(const gotrace_names *names, uint32_t stack)
{
    uint32_t len = stack ? gotrace_stack_len(names, stack) : 0;
    return len ? gotrace_stack_frame(names, stack, len - 1)->func : 0;
}

/* False: no memory. An event without a goroutine (-1) names none. */
static bool learn(gotrace_known_names *k, const gotrace_names *names, const gotrace_event *e)
{
    const struct place *place = &places[e->type];
    uint64_t id = place->id == NO_ID ? (uint64_t)e->g : e->arg[place->id];
    uint32_t name = (uint32_t)e->arg[place->name];
    if (place->is_task)
        return put(&k->tasks, id, name);
    return (int64_t)id < 0 || put(&k->funcs, id, root_of(names, name));
}

bool gotrace_known_names_learn(gotrace_known_names *k, const gotrace_names *names,
                               const gotrace_batch *batch)
{
    for (size_t i = 0; i < batch->len; i++) {
        const gotrace_event *e = &batch->events[i];
        k->lost |= e->type == GOTRACE_EV_DAMAGE && e->arg[2] > 0;
        if (places[e->type].is && !learn(k, names, e))
            return false;
    }
    return true;
}

/* 0, the empty string, is no name here either. */
static uint32_t name_in(const struct map *map, uint64_t id)
{
    uint32_t name = map_get(map, id);
    return name == MAP_NONE ? 0 : name;
}

uint32_t known_func(const struct gotrace_spans *s, int64_t g)
{
    return s->known_names ? name_in(&s->known_names->funcs, (uint64_t)g) : 0;
}

uint32_t known_task(const struct gotrace_spans *s, uint64_t task)
{
    return s->known_names ? name_in(&s->known_names->tasks, task) : 0;
}

bool is_nameless_system(const struct gotrace_spans *s)
{
    return s->lost == 0 && !(s->known_names && s->known_names->lost);
}
