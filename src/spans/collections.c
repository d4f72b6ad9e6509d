/* collections.c: the collector's cycles: how long each took, stopped the world and had others
 * help, and the heap around it. */
#include <string.h>

#include "event/event.h"
#include "spans/spans.h"

/* The one that is going on, or the last that was; NULL: there was none. */
static gotrace_gc *last(struct gotrace_spans *s)
{
    return s->collections.len ? &s->collections.data[s->collections.len - 1] : NULL;
}

/* r->open: it began before what was read, when the heap was another than that of
 * which the trace tells. */
void collection_begin(struct gotrace_spans *s, const struct open_range *r)
{
    gotrace_gc gc = {
        .from = r->from,
        .to = NO_ID,
        .heap_before = r->open ? NO_ID : s->heap,
        .heap_after = NO_ID,
        .goal = r->open ? NO_ID : s->goal,
    };
    if (s->objects && !VEC_PUSH(&s->collections, gc))
        s->failed = true;
}

/* Its last stop begins with what has survived (Go 1.27 runtime/mgc.go, gcMarkTermination). */
void collection_end(struct gotrace_spans *s, int64_t to)
{
    gotrace_gc *gc = last(s);
    if (!gc || gc->to != NO_ID)
        return;
    gc->to = to;
    gc->heap_after = s->heap;
}

/* The collector's own stops have its name. */
static bool is_own(const struct gotrace_spans *s, uint32_t name)
{
    uint32_t len;
    const char *text = gotrace_string(s->names, name, &len);
    return len > 3 && memcmp(text, "GC ", 3) == 0;
}

/* Before Go 1.10 each P has a stop of its own: what they have in common counts once. */
static int64_t not_counted(struct gotrace_spans *s, int64_t from, int64_t to)
{
    struct window *known = &s->stopped;
    if (from >= known->to) {
        *known = (struct window){from, to};
        return to - from;
    }
    int64_t ns = to - known->to + (from < known->from ? known->from - from : 0);
    known->to = to;
    known->from = from < known->from ? from : known->from;
    return ns;
}

/* Its first stop begins before it does and its last ends behind it, so what
 * overlaps counts as a whole. */
void collection_stop(struct gotrace_spans *s, const struct open_range *r, int64_t to)
{
    gotrace_gc *gc = last(s);
    if (gc && to > gc->from && (gc->to == NO_ID || r->from < gc->to) && is_own(s, r->name))
        gc->stw += not_counted(s, r->from, to);
}

/* Of the mark phase that is going on, or has just ended. r->on: there is an
 * assist; g_end does not look. */
void collection_assist(struct gotrace_spans *s, const struct open_range *r, int64_t to)
{
    gotrace_gc *gc = last(s);
    if (gc && r->on && to > gc->from)
        gc->assist += to - r->from;
}

void collection_step_heap(struct gotrace_spans *s, const gotrace_event *e)
{
    s->heap = (int64_t)e->arg[0];
}

void collection_step_goal(struct gotrace_spans *s, const gotrace_event *e)
{
    s->goal = (int64_t)e->arg[0];
}

bool gotrace_spans_gc(const gotrace_spans *s, uint32_t n, gotrace_gc *out)
{
    if (n == 0 || n > s->collections.len)
        return false;
    *out = s->collections.data[n - 1];
    return true;
}
