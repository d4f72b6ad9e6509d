#include "v2/impossible.h"

#include <inttypes.h>
#include <string.h>

/* One lost event makes others impossible for about so long (events). */
enum { SAME_CAUSE = 1000 };

void impossible_start(struct impossible *i)
{
    map_clear(&i->told);
}

void impossible_free(struct impossible *i)
{
    map_free(&i->told);
}

/* Words */

void impossible_wait(gotrace_diag *d, const struct sched_awaited *what, const struct lane *lane)
{
    static const char *const words[] = {
        [WAY_BIRTH_G] = "the creation or first status of goroutine %" PRIu64 " is missing",
        [WAY_BIRTH_P] = "the status of proc %" PRIu64 " is missing",
        [WAY_NEXT_G] = "an event of goroutine %" PRIu64 " is missing, its number %" PRIu64,
        [WAY_NEXT_P] = "an event of proc %" PRIu64 " is missing, its number %" PRIu64,
        [WAY_STEAL_P] = "an event of proc %" PRIu64 " is missing, a ProcSteal or ProcStop",
        [WAY_LEAVE_G] = "the goroutine of thread %" PRIu64 " stops, and the event that says so is "
                        "missing",
        [WAY_LEAVE_P] = "the proc of thread %" PRIu64 " is let go, and the event that says so is "
                        "missing",
    };
    const struct sched_event *ev = &lane->ev;
    if (what->way >= WAY_BIRTH_G && what->way != WAY_NEXT_GC)
        diag_set(d, GOTRACE_DAMAGED, 0, words[what->way], what->id, what->seq);
    else if (ev->type >= EvGCActive && ev->type <= EvGCEnd)
        diag_set(d, GOTRACE_DAMAGED, 0,
                 "an event of the garbage collector's mark phase is missing");
    else if (ev->type == EvProcStart || ev->type == EvProcSteal)
        diag_set(d, GOTRACE_DAMAGED, 0, "an event of proc %" PRIu64 " is missing", ev->arg[0]);
    else if (ev->type == EvGoSyscallEndBlocked)
        diag_set(d, GOTRACE_DAMAGED, 0, "an event of proc %" PRId64 " is missing", ev->p);
    else
        diag_set(d, GOTRACE_DAMAGED, 0, "an event of goroutine %" PRIu64 " is missing", ev->arg[0]);
}

/* Not longer than fits in a message. */
static int name_of(gotrace_names *names, uint32_t id, const char **text)
{
    uint32_t len;
    *text = gotrace_string(names, id, &len);
    return len < 40 ? (int)len : 40;
}

static void region_step(gotrace_diag *d, const struct sched *s, const struct sched_event *ev,
                        gotrace_names *names)
{
    struct sched_region inner;
    const char *text;
    int len = name_of(names, ev->name, &text);
    if (!sched_region(s, ev->g, 0, &inner))
        return;
    diag_set(d, GOTRACE_DAMAGED, 0,
             "regions are ended in another order than begun: \"%.*s\" of task %" PRIu64
             " by goroutine %" PRId64,
             len, text, ev->arg[0], ev->g);
    len = name_of(names, inner.name, &text);
    diag_want(d, "\"%.*s\" of task %" PRIu64 ", the innermost", len, text, inner.task);
}

void impossible_step(gotrace_diag *d, const struct sched *s, const struct lane *lane,
                     gotrace_names *names)
{
    if (lane->ev.type == EvUserRegionEnd && lane->ev.g != -1)
        region_step(d, s, &lane->ev, names);
}

/* What it is about */

enum subject { ABOUT_G, ABOUT_P, ABOUT_RANGE, ABOUT_GC };

/* Whether it is to be told: without memory nothing is known to have been. */
static bool is_news(struct impossible *i, enum subject about, uint64_t id, uint64_t now,
                    uint32_t patience)
{
    uint64_t key = id << 2 | (uint64_t)about;
    uint32_t before = map_get(&i->told, key), at = (uint32_t)(now & INT32_MAX);
    (void)map_put(&i->told, key, at);
    return before == MAP_NONE || at - before > patience;
}

static bool is_range(uint8_t type)
{
    return type == EvSTWBegin || type == EvSTWEnd ||
           (type >= EvGCSweepActive && type <= EvGCMarkAssistEnd) ||
           (type >= EvUserTaskBegin && type <= EvUserRegionEnd);
}

static bool about_arg(struct impossible *i, const struct sched_event *ev, uint64_t now)
{
    switch (event_arg_type[ev->type][0]) {
    case GOTRACE_ARG_G:
        return is_news(i, ABOUT_G, ev->arg[0], now, SAME_CAUSE);
    case GOTRACE_ARG_P:
        return is_news(i, ABOUT_P, ev->arg[0], now, SAME_CAUSE);
    default:
        return true;
    }
}

bool impossible_is_new(struct impossible *i, const struct lane *lane, uint64_t now)
{
    const struct sched_event *ev = &lane->ev;
    if (ev->type >= EvGCActive && ev->type <= EvGCEnd)
        return is_news(i, ABOUT_GC, 0, now, SAME_CAUSE);
    if (is_range(ev->type) && ev->g != -1)
        return is_news(i, ABOUT_RANGE, (uint64_t)ev->g, now, UINT32_MAX);
    bool is_new = about_arg(i, ev, now);
    if (ev->g != -1)
        is_new &= is_news(i, ABOUT_G, (uint64_t)ev->g, now, SAME_CAUSE);
    if (ev->p != -1)
        is_new &= is_news(i, ABOUT_P, (uint64_t)ev->p, now, SAME_CAUSE);
    return is_new;
}
