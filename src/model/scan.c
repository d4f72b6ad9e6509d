#include "model/scan.h"

#include "model/event.h"

void scan_start(struct scan *s, const struct generation *g, const uint8_t *base, struct feed *feed)
{
    int64_t time = generation_ns(g, g->min_time);
    if (!s->begun)
        s->zero = time;
    s->begun = true;
    s->base = base;
    s->thread = s->sample = 0;
    s->inside = false;
    feed->gen.time = ns_between(s->zero, time);
    feed->gen.clock_time = ns_between(s->zero, generation_ns(g, g->sync.clock_time));
}

static gotrace_event *add(struct scan *s, struct feed *feed, uint8_t type, int64_t time, int64_t m,
                          uint64_t off)
{
    gotrace_event *e = feed_add(feed, type, ns_between(s->zero, time));
    if (!e)
        return NULL;
    e->m = m;
    e->p = e->g = -1;
    e->home = m;
    e->off = off;
    return e;
}

static void emit(struct scan *s, const struct generation *g, struct feed *feed)
{
    const struct cursor *c = &s->cursor;
    gotrace_event *e = add(s, feed, c->type, c->time, c->m, cursor_offset(c));
    if (!e)
        return;
    e->ticks = c->ticks;
    cursor_resolve(c, g, feed->names, e->arg);
    if (c->type == EvUserTaskBegin && e->arg[1] == 0)
        e->arg[1] = UINT64_MAX;
}

static void emit_sample(struct scan *s, const struct generation *g, struct feed *feed)
{
    struct timed at = g->by_time.data[s->sample++];
    const struct sample *from = &g->samples.data[at.index];
    gotrace_event *e = add(s, feed, EvCPUSample, at.time, from->m, from->off);
    if (!e)
        return;
    e->ticks = from->ticks;
    memset(e->arg, 0, sizeof e->arg);
    e->arg[0] = from->stack;
}

static bool enter(struct scan *s, const struct generation *g)
{
    const struct event_thread *t = &g->threads.data[s->thread++];
    cursor_start(&s->cursor, g, s->base, t);
    s->inside = true;
    return map_put(&s->threads, (uint64_t)t->m, 0);
}

gotrace_status scan_run(struct scan *s, const struct generation *g, struct feed *feed,
                        gotrace_diag *diag)
{
    while (!feed_full(feed)) {
        if (s->inside) {
            s->inside = cursor_next(&s->cursor, g, s->base, feed);
            if (s->inside)
                emit(s, g, feed);
        } else if (s->thread < g->threads.len) {
            if (!enter(s, g))
                return diag_no_memory(diag);
        } else if (s->sample < g->by_time.len) {
            emit_sample(s, g, feed);
        } else {
            feed->info.threads = s->threads.len;
            return GOTRACE_END;
        }
    }
    return GOTRACE_OK;
}

void scan_free(struct scan *s)
{
    map_free(&s->threads);
}
