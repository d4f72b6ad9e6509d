/* tunings.h: how much is done at a time on other threads, and from where on that pays.
 *
 * All of these are measured, none changes what comes out, and each says what was
 * seen. What they weigh against each other: on the machine of docs/performance.md
 * a sleeping thread runs again some 10 us after it was woken (50 where all CPUs
 * have work), the call that wakes it takes 2 to 5 us, and an event is put in order
 * in 10 ns. */
#ifndef GOTRACE_BASE_THREAD_TUNINGS_H
#define GOTRACE_BASE_THREAD_TUNINGS_H

enum {
    /* Threads at a time, at most, whatever the machine has. */
    WORKERS_MOST = 64,

    /* read_ahead: batches between reader and caller. A batch is some microseconds of
     * work, and to wake a thread takes as long: who sleeps is woken when there is
     * enough to do, before the other has to sleep. */
    READ_AHEAD_BLOCKS = 32,
    READ_AHEAD_ENOUGH = READ_AHEAD_BLOCKS / 4 * 3,
    /* Bytes of a generation that make up for lending the reader. */
    READ_AHEAD_LEAST = 2 << 20,
    /* Generations in which it is not lent after it had to wait for names. */
    READ_AHEAD_COOLDOWN = 64,
    /* The caller looks for interrupts, and for less than enough, this often. */
    READ_AHEAD_FIRST_LOOK_MS = 1,
    READ_AHEAD_LAST_LOOK_MS = 32,

    /* order_ahead (v1): blocks are large enough to be worth their synchronisation, and
     * so few that they stay in a core's second cache. */
    ORDER_AHEAD_BLOCKS = 64,
    ORDER_AHEAD_ENOUGH = ORDER_AHEAD_BLOCKS / 2,
    ORDER_AHEAD_EVENTS = 256,
    ORDER_AHEAD_LEAST = 256 << 10, /* bytes of a trace */

    /* index_parallel (v1): bytes of a trace, and records between two looks at whether
     * to stop. */
    INDEX_PARALLEL_LEAST = 1 << 20,
    INDEX_PARALLEL_SLICE = 1 << 12,

    /* batch_summaries: bytes of a generation whose batches are shared; batches that
     * the caller takes at a time, enough for the six that a run goes over side by
     * side. */
    SUMMARIES_LEAST = 512 << 10,
    SUMMARIES_SHARE = 16,
};
#endif
