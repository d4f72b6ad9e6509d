/* judge.c: verdicts by comparing an event's context with numbers, as Lua would. */
#include <assert.h>

#include "base/compiler.h"
#include "gotrace_lua.h"

/* What a script reads there, as a number; what is below 0 is none. */
static HOT int64_t value_of(const gotrace_event *ev, uint32_t field)
{
    return field == GOTRACE_FIELD_G ? ev->g : field == GOTRACE_FIELD_P ? ev->p : ev->m;
}

/* Nil differs from every number, and all else that is asked of it is not so. */
static HOT bool holds(int64_t id, uint32_t sign, double number)
{
    double value = (double)id;
    if (id < 0)
        return sign == GOTRACE_DIFFERS;
    switch (sign) {
    case GOTRACE_EQUALS:
        return value == number;
    case GOTRACE_DIFFERS:
        return value != number;
    case GOTRACE_LESS:
        return value < number;
    case GOTRACE_AT_MOST:
        return value <= number;
    case GOTRACE_MORE:
        return value > number;
    default:
        return value >= number;
    }
}

static bool holds_of(const gotrace_event *ev, const gotrace_comparisons *c)
{
    for (uint32_t n = 0; n < c->len; n++) {
        const gotrace_comparison *x = &c->list[n];
        if (holds(value_of(ev, x->field), x->sign, x->number) == c->any)
            return c->any;
    }
    return !c->any;
}

static HOT bool is_event(const gotrace_event *ev)
{
    return ev->type < GOTRACE_EV_GENERATION;
}

/* Of one goroutine, or of all but one: `drops` is a constant. */
static HOT uint32_t judge_one(gotrace_event *events, uint32_t i, uint32_t end, int64_t g,
                              bool drops)
{
    for (; i < end && is_event(&events[i]); i++) {
        if ((events[i].g == g) == drops)
            events[i].verdict = GOTRACE_DROP;
    }
    return i;
}

/* The goroutine that is compared with alone, -1: it is not so. As doubles other ids
 * differ from it, too. */
static int64_t only_goroutine(const gotrace_comparisons *c, uint32_t sign)
{
    const gotrace_comparison *x = &c->list[0];
    bool is_id = x->number >= 0 && x->number < 0x1p53 && x->number == (double)(int64_t)x->number;
    bool alone = c->len == 1 && x->field == GOTRACE_FIELD_G && x->sign == sign;
    return alone && is_id ? (int64_t)x->number : -1;
}

static uint32_t judge(gotrace_event *events, uint32_t i, uint32_t end, const gotrace_comparisons *c)
{
    for (; i < end && is_event(&events[i]); i++) {
        if (!holds_of(&events[i], c))
            events[i].verdict = GOTRACE_DROP;
    }
    return i;
}

uint32_t gotrace_judge(gotrace_event *events, uint32_t i, uint32_t end,
                       const gotrace_comparisons *c)
{
    int64_t but = only_goroutine(c, GOTRACE_DIFFERS), only = only_goroutine(c, GOTRACE_EQUALS);
    assert(c->len <= GOTRACE_MOST_COMPARISONS);
    if (but != -1)
        return judge_one(events, i, end, but, true);
    if (only != -1)
        return judge_one(events, i, end, only, false);
    while (c->len == 0 && i < end && is_event(&events[i]))
        i++;
    return c->len == 0 ? i : judge(events, i, end, c);
}
