#include "event/event.h"

#include <stdio.h>

#define ARG(name, type) GOTRACE_ARG_##type
#define NOARG GOTRACE_ARG_NONE

#define IS_ARG(t) ((t) != GOTRACE_ARG_NONE)
#define IDS_OF(t) ((t) == GOTRACE_ARG_STR ? EVENT_STR : (t) == GOTRACE_ARG_STACK ? EVENT_STACK : 0)

#define FRAME(id, name, since, a0, a1, a2, a3)

const uint8_t event_varints[256] = {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    [id] = (id) == EvCPUSample ? 0 : 1 + IS_ARG(a0) + IS_ARG(a1) + IS_ARG(a2) + IS_ARG(a3),
#include "event/event.def"
#undef EVENT
};

const uint8_t event_arg_type[256][4] = {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    [id] = {a0, a1, a2, a3},
#include "event/event.def"
#undef EVENT
};

const uint8_t event_ids[256] = {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    [id] = IDS_OF(a0) | IDS_OF(a1) << 2 | IDS_OF(a2) << 4 | IDS_OF(a3) << 6,
#include "event/event.def"
#undef EVENT
};

#undef FRAME
#undef ARG
#undef NOARG

/* The rows as gotrace_spec, names and types of the arguments side by side.
 * Versions of clang-format differ on these macros. */
/* clang-format off */
#define ARG(name, type) {#name, GOTRACE_ARG_##type}
#define NOARG {NULL, GOTRACE_ARG_NONE}
/* clang-format on */
struct arg {
    const char *name;
    uint8_t type;
};
struct row {
    const char *name;
    uint8_t since, begin, timed;
    struct arg args[4];
    const char *about;
};
static const struct row rows[256] = {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    [id] = {#name, since, Ev##begin, 1, {a0, a1, a2, a3}, about},
#define FRAME(id, name, since, a0, a1, a2, a3) [id] = {#name, since, 0, 0, {a0, a1, a2, a3}, NULL},
#include "event/event.def"
#undef EVENT
#undef FRAME
};

static gotrace_spec specs[256];

static void fill(gotrace_spec *s, const struct row *r)
{
    *s = (gotrace_spec){.name = r->name,
                        .about = r->about,
                        .since = r->since,
                        .begin = r->begin,
                        .timed = r->timed};
    for (uint8_t i = 0; i < GOTRACE_ARGS && r->args[i].name; i++) {
        s->arg_name[i] = r->args[i].name;
        s->arg_type[i] = r->args[i].type;
        s->nargs++;
    }
}

const gotrace_spec *gotrace_spec_of(uint32_t type)
{
    if (type > 255 || !rows[type].name)
        return NULL;
    if (!specs[type].name)
        fill(&specs[type], &rows[type]);
    return &specs[type];
}

const char *event_name(uint8_t type)
{
    static char other[24];
    if (rows[type].name)
        return rows[type].name;
    (void)snprintf(other, sizeof other, "event type %u", type);
    return other;
}

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
