/* event.h: what event.def says, as C. */
#ifndef GOTRACE_EVENT_EVENT_H
#define GOTRACE_EVENT_EVENT_H
#include "gotrace.h"

enum event_type {
    EvNone = 0,
#define EVENT(id, name, since, begin, need, advance, number, own, keep, a0, a1, a2, a3, about) \
    Ev##name = id,
#define FRAME(id, name, since, a0, a1, a2, a3) Ev##name = id,
#include "event/event.def"
#undef EVENT
#undef FRAME
    EvLast = 136
};

/* Statuses, Go 1.27 internal/trace/tracev2/events.go. */
enum { GoNone, GoBad = GoNone, GoRunnable, GoRunning, GoSyscall, GoWaiting, GoStatuses };
enum {
    ProcNone,
    ProcBad = ProcNone,
    ProcRunning,
    ProcIdle,
    ProcSyscall,
    ProcSyscallAbandoned,
    ProcStatuses
};

/* Varints behind the type byte in a batch of events, dt included; 0 for types
 * that have no place there. */
extern const uint8_t event_varints[256];
/* gotrace_arg_type of argument i. */
extern const uint8_t event_arg_type[256][4];
/* Which arguments are strings or stacks: two bits each, the first lowest. */
extern const uint8_t event_ids[256];
enum { EVENT_STR = 1, EVENT_STACK = 2 };

/* Column `number`: what is numbered that the event is a step of. */
enum event_number {
    EVENT_NO_SEQ,
    EVENT_G_FIRST,
    EVENT_P_FIRST,
    EVENT_G_SEQ,
    EVENT_P_SEQ,
    EVENT_OWN_P_SEQ,
    EVENT_GC_SEQ
};
extern const uint8_t event_number[256];
/* Column `own`: which of the thread's own it is a step of that others may wait for. */
enum { EVENT_OWN_NONE, EVENT_OWN_G, EVENT_OWN_P, EVENT_OWN_GP };
extern const uint8_t event_own[256];
/* Columns STATE and SWITCH: whose status it changes, by that of before and that of
 * behind it. A switch's is that of who stops. */
enum who { WHO_NONE, OWN_G, TARGET_G, OWN_P, TARGET_P };
struct event_step {
    uint8_t who, from, to;
};
extern const struct event_step event_step[256];

static inline bool event_ends_g(uint8_t type)
{
    return event_step[type].who == OWN_G && event_step[type].to == GoNone;
}
/* The thread has its goroutine, or its proc, no more. */
static inline bool event_lets_go_of_g(uint8_t type)
{
    const struct event_step *step = &event_step[type];
    return step->who == OWN_G && step->to != GoRunning && step->to != GoSyscall;
}
static inline bool event_lets_go_of_p(uint8_t type)
{
    return event_own[type] & EVENT_OWN_P && event_step[type].who != WHO_NONE &&
           event_number[type] == EVENT_NO_SEQ;
}
/* enum gotrace_role of argument i, which is a string. */
extern const uint8_t event_roles[256][GOTRACE_ARGS];
/* The name of a task and that of a region are one argument name, so the type
 * decides. */
static inline gotrace_role event_role(uint8_t type, unsigned i)
{
    gotrace_role role = (gotrace_role)event_roles[type][i];
    bool of_task = type == EvUserTaskBegin && role == GOTRACE_ROLE_REGION;
    return of_task ? GOTRACE_ROLE_TASK : role;
}

/* What states what a goroutine or proc is doing. */
static inline bool event_is_status(uint8_t type)
{
    return type == EvProcStatus || type == EvGoStatus || type == EvGoStatusStack;
}

/* Whether a type belongs to what opens a generation: states, and ranges that go on. */
static inline bool event_opens(uint8_t type)
{
    return event_is_status(type) || type == EvGCSweepActive || type == EvGCMarkAssistActive;
}
static inline bool event_creates_g(uint8_t type)
{
    return event_number[type] == EVENT_G_FIRST && !event_is_status(type);
}
/* A status that is none, in damaged traces: Go's reader takes it, its validator
 * does not (Go 1.27 internal/trace/testtrace/validation.go). */
static inline bool event_is_no_status(uint8_t type, const uint64_t arg[GOTRACE_ARGS])
{
    return event_is_status(type) && (uint8_t)arg[type == EvProcStatus ? 1 : 2] == 0;
}
/* The interned name of a task or region event, 0 for others. */
uint32_t event_interned_name(uint8_t type, const uint64_t arg[GOTRACE_ARGS]);
/* "GoCreate"; "event type 77", in `other`, for what has no row. */
enum { EVENT_OTHER = 24 };
const char *event_name(uint8_t type, char other[EVENT_OTHER]);
/* Says in a diag which event it is about. */
void event_into(gotrace_diag *d, uint8_t type);
const char *event_gstatus(uint64_t status); /* "Runnable" ... "Bad" */
const char *event_pstatus(uint64_t status);
#endif
