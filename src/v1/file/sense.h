/* sense.h: whether records of a v1 trace make sense where they stand.
 *
 * Records have no framing: bytes that are none decode as some for a while. What
 * gives those away is that a P does what it cannot, as running a goroutine twice,
 * that their stacks are none of the trace's, or their strings are no text. One of
 * these alone is no proof, since events are lost; so it is looked at what follows. */
#ifndef GOTRACE_V1_FILE_SENSE_H
#define GOTRACE_V1_FILE_SENSE_H
#include "v1/file/record.h"

/* Types, a bit each: behind which a goroutine runs on the P, behind which none
 * does, and for which one must. unstarted.c compares them with rules.def. */
#define V1_BIT(type) (UINT64_C(1) << V1_##type)
#define V1_STARTING (V1_BIT(GoStart) | V1_BIT(GoStartLocal) | V1_BIT(GoStartLabel))
#define V1_LEAVING                                                                            \
    (V1_BIT(GoEnd) | V1_BIT(GoStop) | V1_BIT(GoSched) | V1_BIT(GoPreempt) | V1_BIT(GoSleep) | \
     V1_BIT(GoBlock) | V1_BIT(GoBlockSend) | V1_BIT(GoBlockRecv) | V1_BIT(GoBlockSelect) |    \
     V1_BIT(GoBlockSync) | V1_BIT(GoBlockCond) | V1_BIT(GoBlockNet) | V1_BIT(GoSysBlock) |    \
     V1_BIT(GoBlockGC))
#define V1_CLEARING (V1_LEAVING | V1_BIT(ProcStart) | V1_BIT(ProcStop))
#define V1_NEEDING                                                                           \
    (V1_LEAVING | V1_BIT(GoSysCall) | V1_BIT(GCMarkAssistStart) | V1_BIT(GCMarkAssistDone) | \
     V1_BIT(UserTaskCreate) | V1_BIT(UserTaskEnd) | V1_BIT(UserRegion) | V1_BIT(UserLog))

/* Who runs on a P, as far as its batch says. */
enum v1_turn { V1_AS_BEFORE, V1_STARTED, V1_NOBODY };
/* Bits above that one, in a sense: the P has stopped, it stops the world or not, it sweeps
 * or not. */
enum {
    V1_WHO = 3,
    V1_STOPPED = 4,
    V1_STOPS_WORLD = 8,
    V1_NO_WORLD = 16,
    V1_SWEEPS = 32,
    V1_NO_SWEEP = 64
};
/* Of a P that has not been heard of, and of the one that a trace begins with. */
enum {
    V1_FIRST = V1_AS_BEFORE | V1_NO_WORLD | V1_NO_SWEEP,
    V1_FRESH = V1_NOBODY | V1_STOPPED | V1_NO_WORLD | V1_NO_SWEEP
};

/* The turn behind an event of a type, given the one before it. */
static inline uint8_t v1_turn_behind(uint8_t turn, uint64_t bit)
{
    if (bit & V1_STARTING)
        return V1_STARTED;
    return bit & V1_CLEARING ? V1_NOBODY : bit & V1_NEEDING ? V1_STARTED : turn;
}

struct v1_sense {
    struct v1_format format;
    const uint8_t *end;  /* borrowed: where records end */
    uint64_t last_stack; /* the highest id of one, 0: not known, as where the end is cut off */
    uint64_t ticks;      /* of the first batch, 0: not known */
    bool cut;            /* the end seems to be cut off: getting there says little */
    size_t budget;       /* records that may still be looked ahead at */
};

/* Over `len` bytes; false: no memory. */
bool v1_sense_init(struct v1_sense *s, uint32_t version, const uint8_t *data, size_t len);

/* What stands in a trace behind its frequency. */
static inline bool v1_is_footer(uint8_t type)
{
    return type == V1_Frequency || type == V1_Stack || type == V1_String ||
           type == V1_TimerGoroutine || type == V1_Batch;
}
/* Where a trace that is whole ends in these `len` bytes though there are more, of an older one
 * that was longer: with another footer among them, or stacks though none is missing, as they
 * are numbered from 1 on. NULL: nowhere. */
const uint8_t *v1_find_older(const struct v1_format *f, const uint8_t *data, size_t len);

/* Whether the runtime writes such a first byte; of what it counts itself any that can
 * be read is one. */
static inline bool v1_may_be(uint8_t type, uint8_t first)
{
    return type != V1_String || first == V1_String;
}
/* Whether what r, which is at p, holds is as it can be. */
bool v1_is_possible(const struct v1_sense *s, const uint8_t *p, const struct v1_record *r);
/* The same, and whether it makes sense for a P with this turn, which is moved on. */
bool v1_makes_sense(const struct v1_sense *s, const uint8_t *p, const struct v1_record *r,
                    uint8_t *turn);

/* Whether good records that make sense, but for `odd` of them, go on from p, up to
 * `beyond` at least: so many that it is no accident, or up to the end. Never
 * beyond the budget. */
bool v1_goes_on(struct v1_sense *s, const uint8_t *p, uint8_t turn, unsigned odd,
                const uint8_t *beyond);
#endif
