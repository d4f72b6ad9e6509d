/* perfetto_states.c: states of goroutines as slices: on the goroutine's own track, if it has
 * one, and on that of the P that it ran on. Most of a picture is made of these. What is not
 * known yet (a name, a track) is asked of the caller, once; of a goroutine it is forgotten
 * when it ends. */
#include "base/diag.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "gotrace_lua.h"

struct goroutine {
    uint64_t woken; /* the event that made it runnable, 0: none */
    uint32_t label; /* name */
    uint32_t track; /* 0: it has none */
};

struct gotrace_perfetto_states {
    gotrace_perfetto *to;    /* borrowed */
    uint64_t flows;          /* added to numbers of arrows */
    struct idmap goroutines; /* id -> index */
    VEC(struct goroutine) list;
    VEC(uint32_t) unused; /* indices */
    struct idmap procs;   /* id -> track */
    struct map names;     /* state and reason -> name */
};

gotrace_perfetto_states *gotrace_perfetto_states_new(gotrace_perfetto *to, uint64_t flows)
{
    gotrace_perfetto_states *w = mem_zeroed(1, sizeof *w);
    if (w)
        *w = (gotrace_perfetto_states){.to = to, .flows = flows};
    return w;
}

void gotrace_perfetto_states_free(gotrace_perfetto_states *w)
{
    if (!w)
        return;
    idmap_free(&w->goroutines);
    VEC_FREE(&w->list);
    VEC_FREE(&w->unused);
    idmap_free(&w->procs);
    map_free(&w->names);
    mem_free(w);
}

/* The place of a goroutine that there was none of; MAP_NONE: no memory. */
static uint32_t new_place(gotrace_perfetto_states *w)
{
    struct goroutine none = {0};
    if (w->unused.len)
        return w->unused.data[--w->unused.len];
    /* The room to take it back, so that this cannot fail. */
    if (!VEC_RESERVE(&w->unused, w->list.len + 1) || !VEC_PUSH(&w->list, none))
        return MAP_NONE;
    return (uint32_t)(w->list.len - 1);
}

bool gotrace_perfetto_goroutine(gotrace_perfetto_states *w, int64_t g, uint32_t label,
                                uint32_t track)
{
    uint32_t at = new_place(w);
    if (at == MAP_NONE || !idmap_put(&w->goroutines, (uint64_t)g, at))
        return false;
    w->list.data[at] = (struct goroutine){.label = label, .track = track};
    return true;
}

/* It has ended: another may come under its number. */
static void forget(gotrace_perfetto_states *w, int64_t g, uint32_t at)
{
    idmap_delete(&w->goroutines, (uint64_t)g);
    (void)VEC_PUSH(&w->unused, at); /* there is room: new_place */
}

uint32_t gotrace_perfetto_track_of(const gotrace_perfetto_states *w, int64_t g)
{
    uint32_t at = idmap_get(&w->goroutines, (uint64_t)g);
    return at == MAP_NONE ? 0 : w->list.data[at].track;
}

bool gotrace_perfetto_proc(gotrace_perfetto_states *w, int64_t p, uint32_t track)
{
    return idmap_put(&w->procs, (uint64_t)p, track);
}

static uint64_t name_key(uint32_t state, uint32_t reason)
{
    return (uint64_t)state << 32 | reason;
}

bool gotrace_perfetto_state_name(gotrace_perfetto_states *w, uint32_t state, uint32_t reason,
                                 uint32_t name)
{
    return map_put(&w->names, name_key(state, reason), name);
}

/* What is missing of what a span's slices need, and its name and where its P is. */
static gotrace_perfetto_need missing(const gotrace_perfetto_states *w, const gotrace_span *s,
                                     gotrace_perfetto_event *e, uint32_t *proc)
{
    e->name = map_get(&w->names, name_key(s->state, s->reason));
    *proc = s->p < 0 ? 0 : idmap_get(&w->procs, (uint64_t)s->p);
    if (e->name == MAP_NONE)
        return GOTRACE_PERFETTO_NEEDS_NAME;
    if (*proc == MAP_NONE)
        return GOTRACE_PERFETTO_NEEDS_PROC;
    if (!gotrace_perfetto_has_stack(w->to, s->stack))
        return GOTRACE_PERFETTO_NEEDS_STACK;
    if (idmap_get(&w->goroutines, (uint64_t)s->g) == MAP_NONE)
        return GOTRACE_PERFETTO_NEEDS_GOROUTINE;
    return GOTRACE_PERFETTO_DONE;
}

/* What it ran. An arrow ends where it was woken. */
static void put_run(gotrace_perfetto_states *w, struct goroutine *g, gotrace_perfetto_event e)
{
    e.name = g->label;
    e.flow = g->woken ? w->flows + g->woken : 0;
    g->woken = 0;
    (void)gotrace_perfetto_slice(w->to, &e);
}

/* A syscall within its goroutine, as long as it has the P. */
static void put_syscall(gotrace_perfetto_states *w, const struct goroutine *g,
                        gotrace_perfetto_event e, int64_t blocked)
{
    uint32_t name = e.name, stack = e.stack;
    e.to -= blocked > 0 ? blocked : 0;
    if (e.to < e.from)
        return;
    e.name = g->label;
    e.stack = 0;
    (void)gotrace_perfetto_slice(w->to, &e);
    e.name = name;
    e.stack = stack;
    (void)gotrace_perfetto_slice(w->to, &e);
}

static void put_on_proc(gotrace_perfetto_states *w, const gotrace_span *s, struct goroutine *g,
                        const gotrace_perfetto_event *e)
{
    if (s->state == GOTRACE_STATE_RUNNING)
        put_run(w, g, *e);
    else if (s->state == GOTRACE_STATE_SYSCALL)
        put_syscall(w, g, *e, s->blocked);
}

gotrace_perfetto_need gotrace_perfetto_state(gotrace_perfetto_states *w, const gotrace_span *s)
{
    gotrace_perfetto_event e = {.from = s->from, .to = s->to, .stack = s->stack};
    uint32_t proc;
    gotrace_perfetto_need need = missing(w, s, &e, &proc);
    if (need != GOTRACE_PERFETTO_DONE)
        return need;
    uint32_t at = idmap_get(&w->goroutines, (uint64_t)s->g);
    struct goroutine *g = &w->list.data[at];
    e.track = g->track;
    if (g->track)
        (void)gotrace_perfetto_slice(w->to, &e);
    e.track = proc;
    if (proc)
        put_on_proc(w, s, g, &e);
    if (s->state == GOTRACE_STATE_RUNNABLE)
        g->woken = s->waker >= 0 ? s->begin_n : 0;
    if (s->next == GOTRACE_STATE_NOT_EXIST && !(s->clipped & GOTRACE_SIDE_END))
        forget(w, s->g, at);
    return GOTRACE_PERFETTO_DONE;
}
