/* tunings.h: how much is done at a time on other threads, and from where on that pays.
 *
 * None of these changes what comes out. What they weigh against each other was
 * measured on 2 cores of an AMD EPYC, in CPU time, while other processes had both
 * (load 16): to start a thread, have it do nothing and end it takes 27 us; to wake
 * one for a task and wait for it 7 us; to wake who sleeps at a ring 1.7 us. To put
 * an event of v2 in order takes some 10 ns beside that, so a batch some 10 us. */
#ifndef GOTRACE_BASE_THREAD_TUNINGS_H
#define GOTRACE_BASE_THREAD_TUNINGS_H

enum {
    /* Threads of one pool, whatever the machine has. */
    WORKERS_MOST = 64,

    /* read_ahead: batches between reader and caller, 104 KiB each. Who sleeps is woken
     * when there is enough to do, before the other has to sleep. With 5 us of work a
     * block on one side and 3 on the other, a block took 9.8 us of CPU time where each
     * woke who slept (36,000 sleeps for 40,000 blocks), 8.4 with 8 to be enough (9400),
     * 8.2 with 16 (4900), 8.1 with 24 (3200), 8.0 with 31 (2500): 24 leave the other
     * some blocks until this one has begun. */
    READ_AHEAD_BLOCKS = 32,
    READ_AHEAD_ENOUGH = READ_AHEAD_BLOCKS / 4 * 3,
    /* Bytes of a generation that make up for lending the reader: to order them takes
     * some 4 ms, and 3.5 MB of blocks are touched for it. */
    READ_AHEAD_LEAST = 2 << 20,
    /* Generations in which it is not lent after it had to wait for names: each such
     * wait is two sleeps, and comes with each event that names what no table has. */
    READ_AHEAD_COOLDOWN = 64,
    /* The caller looks for interrupts, and for less than enough, this often: first
     * soon, for a reader that is slow to fill, then less so. */
    READ_AHEAD_FIRST_LOOK_MS = 1,
    READ_AHEAD_LAST_LOOK_MS = 32,

    /* order_ahead (v1): 256 events are 10 to 20 us of work, ten wakes' worth, and 64
     * blocks of them are a megabyte, which stays in a core's second cache: events go
     * from core to core (docs/performance.md, the limits of v1). */
    ORDER_AHEAD_BLOCKS = 64,
    ORDER_AHEAD_ENOUGH = ORDER_AHEAD_BLOCKS / 2,
    ORDER_AHEAD_EVENTS = 256,
    ORDER_AHEAD_LEAST = 256 << 10, /* bytes of a trace: some 2 ms */

    /* index_parallel (v1): bytes of a trace whose halves are worth a thread: the index
     * takes a millisecond for each; and records between two looks at whether to stop,
     * some 20 us. */
    INDEX_PARALLEL_LEAST = 1 << 20,
    INDEX_PARALLEL_SLICE = 1 << 12,

    /* batch_summaries: bytes of a generation whose batches are shared, 0.3 ms to go
     * over; and batches that the caller takes at a time: six are gone over side by
     * side, so that some of 16 are always at hand. */
    SUMMARIES_LEAST = 512 << 10,
    SUMMARIES_SHARE = 16,

    /* side_by_side: bytes of a generation that are worth a task: 1 ms of order, where
     * the task and the join of its edges take some 0.1. And types that may be wanted,
     * at most: what is asked for by many is all but everything. */
    SIDE_BY_SIDE_LEAST = 512 << 10,
    SIDE_BY_SIDE_TYPES = 24,
};
#endif
