#include "event/event.h"

#include <stdio.h>

#include "event/versions.h"

/* Each table below is made of one or a few columns of event.def; types without
 * a row are 0. */
#define ARG(name, type) GOTRACE_ARG_##type
#define NOARG GOTRACE_ARG_NONE

#define IS_ARG(t) ((t) != GOTRACE_ARG_NONE)
#define IDS_OF(t) ((t) == GOTRACE_ARG_STR ? EVENT_STR : (t) == GOTRACE_ARG_STACK ? EVENT_STACK : 0)

#define FRAME(id, name, since, a0, a1, a2, a3)

/* dt counts as one. A sample is framed apart, so it has none here. */
const uint8_t event_varints[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = (id) == EvCPUSample ? 0 : 1 + IS_ARG(a0) + IS_ARG(a1) + IS_ARG(a2) + IS_ARG(a3),
#include "event/event.def"
#undef EVENT
};

const uint8_t event_arg_type[256][4] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = {a0, a1, a2, a3},
#include "event/event.def"
#undef EVENT
};

const uint8_t event_ids[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = IDS_OF(a0) | IDS_OF(a1) << 2 | IDS_OF(a2) << 4 | IDS_OF(a3) << 6,
#include "event/event.def"
#undef EVENT
};

const uint8_t event_number[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = EVENT_##number,
#include "event/event.def"
#undef EVENT
};

const uint8_t event_own[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = EVENT_OWN_##own,
#include "event/event.def"
#undef EVENT
};

/* The column `keep` is for the keeper: of it this takes what happens to a
 * status, and a rule of the keeper's own says nothing of that. */
#define FREE 0
#define RULE(name) 0
#define STATE(who, from, to) who, from, to
#define SWITCH(to) OWN_G, GoRunning, to
const struct event_step event_step[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = {keep},
#include "event/event.def"
#undef EVENT
};
#undef FREE
#undef RULE
#undef STATE
#undef SWITCH

#undef ARG
#undef NOARG

/* What a string is in the trace goes by the argument's name. */
#define ROLE_OF_NUM(name) 0
#define ROLE_OF_G(name) 0
#define ROLE_OF_P(name) 0
#define ROLE_OF_M(name) 0
#define ROLE_OF_TASK(name) 0
#define ROLE_OF_SEQ(name) 0
#define ROLE_OF_GSTATUS(name) 0
#define ROLE_OF_PSTATUS(name) 0
#define ROLE_OF_STACK(name) GOTRACE_ROLE_STACK
#define ROLE_OF_STR(name) ROLE_OF_##name
/* Names of string arguments in event.def; a new name is a new line here, or
 * does not compile. */
#define ROLE_OF_reason GOTRACE_ROLE_REASON
#define ROLE_OF_kind GOTRACE_ROLE_STW
#define ROLE_OF_label GOTRACE_ROLE_LABEL
#define ROLE_OF_name GOTRACE_ROLE_REGION
#define ROLE_OF_key GOTRACE_ROLE_LOG_KEY
#define ROLE_OF_value GOTRACE_ROLE_LOG_VALUE
#define ARG(name, type) ROLE_OF_##type(name)
#define NOARG 0
const uint8_t event_roles[256][GOTRACE_ARGS] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = {a0, a1, a2, a3},
#include "event/event.def"
#undef EVENT
};
#undef FRAME
#undef ARG
#undef NOARG

/* The rows as gotrace_spec: names and types of the arguments side by side. */
#define ARG(name, type) (#name, GOTRACE_ARG_##type)
#define NOARG (NULL, GOTRACE_ARG_NONE)
#define NAME(name, type) name
#define TYPE(name, type) type
#define ROW(text, since_, begin_, timed_, a0, a1, a2, a3, about_)                        \
    {                                                                                    \
        .name = text, .about = about_, .arg_name = {NAME a0, NAME a1, NAME a2, NAME a3}, \
        .arg_type = {TYPE a0, TYPE a1, TYPE a2, TYPE a3},                                \
        .nargs = IS_ARG(TYPE a0) + IS_ARG(TYPE a1) + IS_ARG(TYPE a2) + IS_ARG(TYPE a3),  \
        .since = since_, .begin = begin_, .timed = timed_                                \
    }
static const gotrace_spec specs[256] = {
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    [id] = ROW(#name, since, Ev##begin, 1, a0, a1, a2, a3, about),
/* Framing has names and arguments for error messages, but no time. */
#define FRAME(id, name, since, a0, a1, a2, a3) [id] = ROW(#name, since, 0, 0, a0, a1, a2, a3, NULL),
#include "event/event.def"
#undef EVENT
#undef FRAME
};

/* NULL for a type without a row: the number comes from the input, or from a
 * script. */
const gotrace_spec *gotrace_spec_of(uint32_t type)
{
    return type < 256 && specs[type].name ? &specs[type] : NULL;
}

const char *event_name(uint8_t type, char other[EVENT_OTHER])
{
    if (specs[type].name)
        return specs[type].name;
    (void)snprintf(other, EVENT_OTHER, "event type %u", type);
    return other;
}

void event_into(gotrace_diag *d, uint8_t type)
{
    char other[EVENT_OTHER];
    (void)snprintf(d->event, sizeof d->event, "%s", event_name(type, other));
}

/* In the order of the enum. A status that is none is shown as the first. */
const char *event_gstatus(uint64_t status)
{
    static const char *const words[] = {"Bad", "Runnable", "Running", "Syscall", "Waiting"};
    return words[status < GoStatuses ? status : GoBad];
}

const char *event_pstatus(uint64_t status)
{
    static const char *const words[] = {"Bad", "Running", "Idle", "Syscall", "SyscallAbandoned"};
    return words[status < ProcStatuses ? status : ProcBad];
}

/* Of events whose strings are interned already, which the model's rules of
 * regions compare. By their rows: task, parent, name; task, name. */
uint32_t event_interned_name(uint8_t type, const uint64_t arg[GOTRACE_ARGS])
{
    switch (type) {
    case EvUserTaskBegin:
        return (uint32_t)arg[2];
    case EvUserRegionBegin:
    case EvUserRegionEnd:
        return (uint32_t)arg[1];
    default:
        return 0;
    }
}

/* A switch over VERSIONS, so that the compiler refuses a version that stands
 * there twice. */
bool version_known(uint32_t version)
{
    switch (version) {
#define CASE(n) case n:
        VERSIONS(CASE)
#undef CASE
        return true;
    default:
        return false;
    }
}
