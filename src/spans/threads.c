/* threads.c: which proc a thread has, and which goroutine is on it. Followed only where
 * objects are asked for. */
#include "spans/spans.h"

const gotrace_thread *thread_find(const struct gotrace_spans *s, int64_t id)
{
    uint32_t i = id < 0 ? NO_RECORD : idmap_get(&s->m_of, (uint64_t)id);
    return i == NO_RECORD ? NULL : &s->ms.data[i];
}

/* NULL: it is none, or no memory. */
static gotrace_thread *thread_make(struct gotrace_spans *s, int64_t id)
{
    uint32_t i = id < 0 ? NO_RECORD : idmap_get(&s->m_of, (uint64_t)id);
    gotrace_thread fresh = {.id = id, .p = NO_ID, .g = NO_ID};
    if (i != NO_RECORD)
        return &s->ms.data[i];
    if (id < 0)
        return NULL;
    i = (uint32_t)s->ms.len;
    if (VEC_PUSH(&s->ms, fresh) && idmap_put(&s->m_of, (uint64_t)id, i))
        return &s->ms.data[i];
    s->failed = true;
    return NULL;
}

/* Only if it is still there: another one may have taken its place before it left. */
static void unseat(int64_t *seat, int64_t id)
{
    if (*seat == id)
        *seat = NO_ID;
}

/* g->m and g->p are those until now: called before they are set. */
void thread_leave(struct gotrace_spans *s, const struct span_g *g)
{
    gotrace_thread *m = s->objects && g->m != NO_ID ? thread_make(s, g->m) : NULL;
    struct span_p *p = s->objects ? p_find(s, g->p) : NULL;
    if (m)
        unseat(&m->g, g->id);
    if (p)
        unseat(&p->g, g->id);
}

/* A proc that may not be its own (p_unknown) is not given the goroutine. */
void thread_take(struct gotrace_spans *s, const struct span_g *g)
{
    gotrace_thread *m = s->objects ? thread_make(s, g->m) : NULL;
    struct span_p *p = s->objects ? p_make(s, g_proc(g)) : NULL;
    if (m)
        m->g = g->id;
    if (p)
        p->g = g->id;
}

void thread_leave_proc(struct gotrace_spans *s, struct span_p *p)
{
    gotrace_thread *m = s->objects && p->m != NO_ID ? thread_make(s, p->m) : NULL;
    if (m)
        unseat(&m->p, p->id);
    p->g = NO_ID;
}

void thread_take_proc(struct gotrace_spans *s, const struct span_p *p)
{
    gotrace_thread *m = s->objects ? thread_make(s, p->m) : NULL;
    if (m)
        m->p = p->id;
}

/* That there are such threads is not forgotten: who is on them is. */
void threads_forget(struct gotrace_spans *s)
{
    for (size_t i = 0; i < s->ms.len; i++)
        s->ms.data[i].p = s->ms.data[i].g = NO_ID;
}
