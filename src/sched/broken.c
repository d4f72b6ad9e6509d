/* broken.c: what the model says of an event that breaks a rule. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sched/state.h"

/* Without a diag nothing is formatted: order asks of many events whether they
 * can happen, and of few why not. diag_set takes no va_list, hence the text of
 * its own. */
enum sched_result sched_broken(struct sched *s, const char *fmt, ...)
{
    char text[sizeof s->diag->what];
    if (!s->diag)
        return SCHED_BROKEN;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_set(s->diag, GOTRACE_DAMAGED, DIAG_NO_OFFSET, "%s", text);
    return SCHED_BROKEN;
}

/* Of a goroutine whose status is another than the rule's. */
enum sched_result sched_broken_g(struct sched *s, int64_t id, uint64_t have, uint64_t want)
{
    sched_broken(s, "goroutine %" PRId64 " cannot do this now", id);
    diag_have(s->diag, "%s", event_gstatus(have));
    diag_want(s->diag, "%s", event_gstatus(want));
    return SCHED_BROKEN;
}

enum sched_result sched_broken_p(struct sched *s, int64_t id, uint64_t have, uint64_t want)
{
    sched_broken(s, "proc %" PRIu64 " cannot do this now", (uint64_t)id);
    diag_have(s->diag, "%s", event_pstatus(have));
    diag_want(s->diag, "%s", event_pstatus(want));
    return SCHED_BROKEN;
}

/* what: "thread", "proc" or "goroutine". */
enum sched_result sched_lacks(struct sched *s, struct sched_event *ev, const char *what)
{
    sched_broken(s, "this needs a %s, and has none", what);
    diag_have(s->diag, "thread %" PRId64 ", proc %" PRId64 ", goroutine %" PRId64, ev->m, ev->p,
              ev->g);
    diag_want(s->diag, "a %s", what);
    return SCHED_BROKEN;
}

/* The thread has it, but the model has none of that id. */
enum sched_result sched_unknown_g(struct sched *s, struct sched_event *ev)
{
    return sched_broken(s, "goroutine %" PRId64 " is not known", ev->g);
}

enum sched_result sched_unknown_p(struct sched *s, struct sched_event *ev)
{
    return sched_broken(s, "proc %" PRId64 " is not known", ev->p);
}

enum sched_result sched_occupied(struct sched *s, struct sched_event *ev)
{
    return sched_broken(s, "goroutine %" PRId64 " still runs on this thread", ev->g);
}

/* A syscall's number on the thread's own proc: nobody else can be waited for. */
enum sched_result sched_lacks_number(struct sched *s, struct sched_event *ev, const struct proc *p)
{
    sched_broken(s, "the sequence number of proc %" PRIu64 " does not follow", (uint64_t)p->id);
    diag_have(s->diag, "%" PRIu64 " in generation %" PRIu64, ev->arg[0], ev->gen);
    diag_want(s->diag, "%" PRIu64 " in generation %" PRIu64, p->seq + 1, p->gen);
    return SCHED_BROKEN;
}
