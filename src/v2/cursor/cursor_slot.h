/* cursor_slot.h: a thread of a generation on its way through full order: its next
 * event, and what that asks the model. */
#ifndef GOTRACE_V2_CURSOR_CURSOR_SLOT_H
#define GOTRACE_V2_CURSOR_CURSOR_SLOT_H
#include "sched/sched.h"
#include "v2/cursor/cursor.h"

/* The next event of a thread that lets go of its goroutine or proc. */
struct slot_leave {
    uint64_t off;  /* of the event that says how it is; all ones: the thread ends before */
    uint8_t type;  /* of the one that lets go, 0: none before it has another */
    bool is_known; /* as long as the slot has not passed `off` */
};

struct cursor_slot {
    struct cursor cursor;
    struct sched_event ev;
    /* What is known of the event it is at, which waits (rest.h). */
    uint64_t waits_at; /* offset of that event, 0: none */
    uint64_t until;    /* what it waits for may come from ... */
    uint32_t from;     /* ... this slot, up to that offset */
    struct slot_leave leave_g, leave_p;
    uint64_t round; /* of order.round: it was asked in that */
};
#endif
