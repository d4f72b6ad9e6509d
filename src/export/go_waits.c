/* go_waits.c: what `go tool trace -pprof` counts, and under which stack (Go 1.27,
 * cmd/trace/pprof.go): of waits, syscalls or the scheduler's delay those that lie between the
 * first start and the end of a goroutine, by the stack of the event they begin with.
 *
 * A goroutine of a C thread has a life for each of its calls, under one number: Go has the last
 * one alone, from when it first runs. What the others had is left out then. Only what was there
 * before the trace, or began in a syscall, can be such a one: what these had is added up here,
 * and becomes samples at the end of the trace; what all others had is a sample at once. */
#include <string.h>

#include "base/idmap.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "export/samples.h"

enum { NONE = MAP_NONE };

struct amount {
    int64_t count, ns;
};

/* What a goroutine had at one stack: in its life at hand, and in those before. Entries are
 * never given up, but each is in a list only while it has something. */
struct entry {
    struct amount own, old;
    uint32_t stack, next_own, next_old; /* NONE: the last */
    bool has_own, has_old;
};

struct goroutine {
    uint32_t own, old; /* entries, NONE: none */
    bool is_watched;   /* its life may be one of several */
    bool is_before;    /* it was doing something else, and has not run yet */
};

struct gotrace_go_waits {
    gotrace_samples *to;        /* borrowed */
    const gotrace_names *names; /* borrowed */
    uint32_t kind;              /* GOTRACE_GO_... */
    uint32_t with_old;          /* goroutines that have something to be taken off */
    struct idmap at;            /* goroutine -> index */
    VEC(struct goroutine) goroutines;
    struct map entry_at; /* index of a goroutine and stack -> index */
    VEC(struct entry) entries;
    struct map reasons; /* string -> whether it is the kind's */
};

gotrace_go_waits *gotrace_go_waits_new(gotrace_samples *to, const gotrace_names *names,
                                       uint32_t kind)
{
    gotrace_go_waits *w = mem_zeroed(1, sizeof *w);
    if (!w)
        return NULL;
    w->to = to;
    w->names = names;
    w->kind = kind;
    return w;
}

static void forget(gotrace_go_waits *w)
{
    idmap_free(&w->at);
    memset(&w->at, 0, sizeof w->at);
    map_free(&w->entry_at);
    memset(&w->entry_at, 0, sizeof w->entry_at);
    w->goroutines.len = w->entries.len = 0;
    w->with_old = 0;
}

void gotrace_go_waits_free(gotrace_go_waits *w)
{
    if (!w)
        return;
    forget(w);
    VEC_FREE(&w->goroutines);
    VEC_FREE(&w->entries);
    map_free(&w->reasons);
    mem_free(w);
}

/* Which spans are the kind's */

static bool contains(const char *text, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(text + i, word, n) == 0)
            return true;
    return false;
}

static bool is_reason(const gotrace_go_waits *w, uint32_t reason)
{
    static const char network[] = "network";
    uint32_t len;
    const char *text = gotrace_string(w->names, reason, &len);
    if (w->kind == GOTRACE_GO_NET)
        return len == sizeof network - 1 && memcmp(text, network, len) == 0;
    return contains(text, len, "chan") || contains(text, len, "sync") ||
           contains(text, len, "select");
}

/* 1 or 0; -1: no memory. */
static int known_reason(gotrace_go_waits *w, uint32_t reason)
{
    uint32_t known = map_get(&w->reasons, reason);
    if (known != MAP_NONE)
        return (int)known;
    bool is = is_reason(w, reason);
    return map_put(&w->reasons, reason, is) ? is : -1;
}

static uint8_t wanted_state(const gotrace_go_waits *w)
{
    static const uint8_t states[] = {
        [GOTRACE_GO_NET] = GOTRACE_STATE_WAITING,
        [GOTRACE_GO_SYNC] = GOTRACE_STATE_WAITING,
        [GOTRACE_GO_SYSCALL] = GOTRACE_STATE_SYSCALL,
        [GOTRACE_GO_SCHED] = GOTRACE_STATE_RUNNABLE,
    };
    return states[w->kind];
}

/* As known_reason. */
static int is_kind(gotrace_go_waits *w, const gotrace_span *span)
{
    if (span->open)
        return 0;
    if (wanted_state(w) != GOTRACE_STATE_WAITING)
        return 1;
    return span->reason == GOTRACE_NO_REASON ? 0 : known_reason(w, span->reason);
}

/* Lives */

static struct goroutine *find(gotrace_go_waits *w, int64_t g)
{
    uint32_t at = idmap_get(&w->at, (uint64_t)g);
    return at == MAP_NONE ? NULL : &w->goroutines.data[at];
}

/* NULL: no memory. */
static struct goroutine *find_or_add(gotrace_go_waits *w, int64_t g)
{
    struct goroutine *known = find(w, g);
    struct goroutine new = {.own = NONE, .old = NONE};
    if (known)
        return known;
    uint32_t at = (uint32_t)w->goroutines.len;
    if (at == MAP_NONE || !VEC_PUSH(&w->goroutines, new) || !idmap_put(&w->at, (uint64_t)g, at))
        return NULL;
    return &w->goroutines.data[at];
}

/* A new one; its sample takes its place among the others. NONE: no memory. */
static uint32_t add_entry(gotrace_go_waits *w, uint64_t key, uint32_t stack)
{
    struct entry new = {.stack = stack};
    uint32_t at = (uint32_t)w->entries.len;
    if (at == NONE || !gotrace_samples_add(w->to, stack, 0, 0, 0) || !VEC_PUSH(&w->entries, new) ||
        !map_put(&w->entry_at, key, at))
        return NONE;
    return at;
}

/* NONE: no memory. */
static uint32_t entry_of(gotrace_go_waits *w, const struct goroutine *g, uint32_t stack)
{
    uint64_t key = (uint64_t)(g - w->goroutines.data) << 32 | stack;
    uint32_t at = map_get(&w->entry_at, key);
    return at != MAP_NONE ? at : add_entry(w, key, stack);
}

static void add_amount(struct amount *to, struct amount more)
{
    to->count = samples_sum(to->count, more.count);
    to->ns = samples_sum(to->ns, more.ns);
}

/* False: no memory. */
static bool add_own(gotrace_go_waits *w, struct goroutine *g, uint32_t stack, int64_t ns)
{
    uint32_t at = entry_of(w, g, stack);
    if (at == NONE)
        return false;
    struct entry *e = &w->entries.data[at];
    add_amount(&e->own, (struct amount){1, ns});
    if (!e->has_own) {
        e->has_own = true;
        e->next_own = g->own;
        g->own = at;
    }
    return true;
}

static void make_old(struct goroutine *g, struct entry *e, uint32_t at)
{
    add_amount(&e->old, e->own);
    e->own = (struct amount){0, 0};
    e->has_own = false;
    if (!e->has_old) {
        e->has_old = true;
        e->next_old = g->old;
        g->old = at;
    }
}

static void begin_life(gotrace_go_waits *w, struct goroutine *g)
{
    w->with_old += g->own != NONE && g->old == NONE;
    for (uint32_t at = g->own; at != NONE; at = w->entries.data[at].next_own)
        make_old(g, &w->entries.data[at], at);
    g->own = NONE;
    g->is_watched = true;
}

static void leave_out_old(gotrace_go_waits *w, int64_t id)
{
    struct goroutine *g = find(w, id);
    if (!g || g->old == NONE)
        return;
    for (uint32_t at = g->old; at != NONE; at = w->entries.data[at].next_old) {
        w->entries.data[at].old = (struct amount){0, 0};
        w->entries.data[at].has_old = false;
    }
    g->old = NONE;
    w->with_old--;
}

/* A span that may be a life's first. False: no memory. */
static bool begin(gotrace_go_waits *w, const gotrace_span *span)
{
    bool is_later = span->open == 0 || span->open == GOTRACE_SIDE_END;
    bool is_call = span->state == GOTRACE_STATE_SYSCALL && span->prev == GOTRACE_STATE_NOT_EXIST;
    bool runs = span->state == GOTRACE_STATE_RUNNING || span->state == GOTRACE_STATE_RUNNABLE;
    struct goroutine *g = find_or_add(w, span->g);
    if (!g)
        return false;
    if (!is_later || is_call)
        begin_life(w, g);
    g->is_before = span->open != GOTRACE_SIDE_END && !runs;
    return true;
}

/* Whether its goroutine has run, or ends without. */
static bool has_run(struct goroutine *g, const gotrace_span *span)
{
    if (span->prev == GOTRACE_STATE_RUNNING || span->next == GOTRACE_STATE_NOT_EXIST)
        return true;
    bool is_before = span->prev == GOTRACE_STATE_NOT_EXIST || (g && g->is_before);
    if (is_before && g)
        g->is_before = false;
    return !is_before;
}

/* False: no memory. */
static bool count(gotrace_go_waits *w, const gotrace_span *span)
{
    struct goroutine *g = find(w, span->g);
    uint32_t stack = samples_event_stack(span);
    int64_t ns = span->to - span->from;
    if (!has_run(g, span))
        return true;
    if (g && g->is_watched)
        return add_own(w, g, stack, ns);
    return gotrace_samples_add(w->to, stack, 0, 1, ns);
}

bool gotrace_go_waits_add(gotrace_go_waits *w, const gotrace_span *span)
{
    if (span->kind != GOTRACE_SPAN_STATE)
        return true;
    bool may_begin = span->open || span->prev == GOTRACE_STATE_NOT_EXIST;
    if (may_begin && !begin(w, span))
        return false;
    if (span->state == wanted_state(w)) {
        int is = is_kind(w, span);
        return is > 0 ? count(w, span) : is == 0;
    }
    if (w->with_old && span->state == GOTRACE_STATE_RUNNING)
        leave_out_old(w, span->g);
    return true;
}

static bool add_entries(gotrace_go_waits *w)
{
    for (size_t i = 0; i < w->entries.len; i++) {
        struct entry *e = &w->entries.data[i];
        add_amount(&e->own, e->old);
        if (!gotrace_samples_add(w->to, e->stack, 0, e->own.count, e->own.ns))
            return false;
    }
    return true;
}

bool gotrace_go_waits_end_trace(gotrace_go_waits *w)
{
    bool added = add_entries(w);
    forget(w);
    return added;
}
