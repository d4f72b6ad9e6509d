/* heard.c: what is known where parts of a generation are lost.
 *
 * There a state may have ended, and another begun, without an event. What ran was on a thread:
 * it lasted as long as something was heard of it, and began no earlier than what the thread did
 * before. What waits is heard of by nobody, and nothing contradicts that it still does. */
#include "spans/spans.h"

void heard_begin(struct gotrace_spans *s)
{
    map_clear(&s->heard.threads);
    s->heard.times.len = 0;
    s->heard.here = s->heard.others = NEVER;
    s->heard.m = NO_ID;
}

void heard_free(struct gotrace_spans *s)
{
    map_free(&s->heard.threads);
    VEC_FREE(&s->heard.times);
}

/* NULL: nothing so far. */
static int64_t *thread_time(const struct gotrace_spans *s, int64_t m)
{
    uint32_t i = m < 0 ? MAP_NONE : map_get(&s->heard.threads, (uint64_t)m);
    return i == MAP_NONE ? NULL : &s->heard.times.data[i];
}

void heard_before(struct gotrace_spans *s, const gotrace_event *e)
{
    const int64_t *time = thread_time(s, e->m);
    s->heard.here = time ? *time : NEVER;
    if (e->m == s->heard.m)
        return;
    const int64_t *last = thread_time(s, s->heard.m);
    s->heard.others = last ? *last : NEVER;
    s->heard.m = e->m;
}

static void hear_thread(struct gotrace_spans *s, int64_t m, int64_t now)
{
    int64_t *time = thread_time(s, m);
    uint32_t i = (uint32_t)s->heard.times.len;
    if (time)
        *time = now;
    else if (m >= 0 &&
             !(VEC_PUSH(&s->heard.times, now) && map_put(&s->heard.threads, (uint64_t)m, i)))
        s->failed = true;
}

void heard_after(struct gotrace_spans *s, const gotrace_event *e)
{
    struct span_g *g = g_find(s, e->g);
    struct span_p *p = p_find(s, e->p);
    hear_thread(s, e->m, e->time);
    if (g)
        g->heard = e->time;
    if (p)
        p->heard = e->time;
}

int64_t heard_until(const struct gotrace_spans *s, const struct span_g *g, int64_t now)
{
    bool may_last = g->state == GOTRACE_STATE_WAITING || !g_has_state(g);
    if (!s->partial || may_last)
        return now;
    int64_t lost = later(g->proc_lost, g->counted_lost); /* its proc */
    return later(lost, later(g->heard, g->since));
}

int64_t heard_proc_until(const struct gotrace_spans *s, const struct span_p *p, int64_t now)
{
    bool may_last = p->state != GOTRACE_STATE_RUNNING;
    return s->partial && !may_last ? later(p->heard, p->since) : now;
}

int64_t heard_since(const struct gotrace_spans *s, uint8_t state, int64_t now)
{
    if (!s->partial || state == GOTRACE_STATE_WAITING || state == GOTRACE_STATE_IDLE)
        return s->known_from;
    return state == GOTRACE_STATE_RUNNABLE ? now : later(s->known_from, s->heard.here);
}

/* Meanwhile the thread that stops the world is the only one of which there are events. */
int64_t heard_stw_since(const struct gotrace_spans *s)
{
    int64_t since = later(s->known_from, s->heard.stw_ended);
    return s->partial ? later(since, s->heard.others) : since;
}

/* Goroutines help while the collector marks; where nobody knows since when it does, what is sure
 * is the run at whose end the assist ends. */
int64_t heard_assist_since(const struct gotrace_spans *s, const struct span_g *g)
{
    int64_t since = later(g->life, g->assist.from);
    bool begun = s->gc.on && !s->gc.open;
    return s->partial ? later(since, begun ? s->gc.from : g->since) : since;
}
