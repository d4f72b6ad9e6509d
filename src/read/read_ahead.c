#include "read/read_ahead.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/thread/worker.h"
#include "event/intern.h"

/* A block is some microseconds of work, and to wake a thread takes as long: who
 * sleeps is woken when there is enough to do, before the other has to sleep. */
enum { BLOCKS = 32, ENOUGH = BLOCKS / 4 * 3 };
/* Bytes of events that make up for lending the reader. */
enum { MIN_BYTES = 2 << 20 };
/* How often the reader is not lent after it had to wait for names. */
enum { COOLDOWN = 64 };
/* The caller looks for interrupts, and for less than enough. */
enum { FIRST_LOOK_MS = 1, LAST_LOOK_MS = 32 };
enum { LINE = 64 };

struct read_ahead {
    struct reader *reader;   /* borrowed */
    struct builder *builder; /* borrowed */
    uint64_t min_bytes;
    struct read_ahead_block *blocks; /* owned; BLOCKS of them, NULL: no thread yet */
    gotrace_event *events;           /* owned; theirs */
    pthread_t thread;
    /* The caller's. */
    gotrace_event *own; /* the builder's events while it is lent */
    bool holds;         /* a block is in its hands: that of number `freed` */
    unsigned cooldown;
    /* Blocks so far: those between are waiting. */
    alignas(LINE) atomic_uint filled; /* the thread's */
    alignas(LINE) atomic_uint freed;  /* the caller's */
    /* Who sleeps, or is about to. */
    alignas(LINE) atomic_bool thread_sleeps;
    atomic_bool caller_sleeps;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t to_thread, to_caller;
    bool lent, stop;
    bool wants_alone, alone; /* the thread, with the caller waiting */
};

static unsigned waiting(const struct read_ahead *p)
{
    return atomic_load(&p->filled) - atomic_load(&p->freed);
}

static void signal_under(struct read_ahead *p, pthread_cond_t *cond)
{
    (void)pthread_mutex_lock(&p->lock);
    (void)pthread_cond_signal(cond);
    (void)pthread_mutex_unlock(&p->lock);
}

/* The thread */

static struct read_ahead_block *block_of(const struct read_ahead *p, unsigned number)
{
    return &p->blocks[number % BLOCKS];
}

static void wait_for_room(struct read_ahead *p)
{
    if (waiting(p) < BLOCKS)
        return;
    (void)pthread_mutex_lock(&p->lock);
    atomic_store(&p->thread_sleeps, true);
    while (BLOCKS - waiting(p) < ENOUGH && !p->stop)
        (void)pthread_cond_wait(&p->to_thread, &p->lock);
    atomic_store(&p->thread_sleeps, false);
    (void)pthread_mutex_unlock(&p->lock);
}

static bool is_ahead(const struct read_ahead *p)
{
    return p->reader->ops->ahead(p->reader->self, p->builder) > 0;
}

static void fill(const struct read_ahead *p, struct read_ahead_block *s)
{
    struct builder *f = p->builder;
    f->events = s->events;
    f->len = 0;
    do
        s->status = p->reader->ops->next(p->reader->self, f, &s->diag);
    while (s->status == GOTRACE_OK && f->len == 0 && is_ahead(p) && !batch_is_stopped(f));
    s->len = f->len;
    s->info = f->info;
}

static void publish(struct read_ahead *p)
{
    atomic_fetch_add(&p->filled, 1);
    if (atomic_load(&p->caller_sleeps) && waiting(p) >= ENOUGH)
        signal_under(p, &p->to_caller);
}

/* The reader, from where it was lent to where it comes back. */
static void run(struct read_ahead *p)
{
    for (bool more = true; more;) {
        wait_for_room(p);
        if (batch_is_stopped(p->builder))
            return;
        struct read_ahead_block *s = block_of(p, atomic_load(&p->filled));
        fill(p, s);
        more = s->status == GOTRACE_OK && is_ahead(p) && !p->alone;
        publish(p);
    }
}

static bool wait_for_work(struct read_ahead *p)
{
    (void)pthread_mutex_lock(&p->lock);
    while (!p->lent && !p->stop)
        (void)pthread_cond_wait(&p->to_thread, &p->lock);
    bool stop = p->stop;
    (void)pthread_mutex_unlock(&p->lock);
    return !stop;
}

static void give_back(struct read_ahead *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->lent = p->alone = false;
    (void)pthread_cond_signal(&p->to_caller);
    (void)pthread_mutex_unlock(&p->lock);
}

/* For names_on_thread: until the end of this block, the caller waits for it. */
static bool get_alone(void *arg)
{
    struct read_ahead *p = arg;
    (void)pthread_mutex_lock(&p->lock);
    p->wants_alone = !p->alone;
    (void)pthread_cond_signal(&p->to_caller);
    while (!p->alone && !p->stop)
        (void)pthread_cond_wait(&p->to_thread, &p->lock);
    p->wants_alone = false;
    bool stop = p->stop;
    (void)pthread_mutex_unlock(&p->lock);
    return !stop;
}

static void *thread_main(void *arg)
{
    struct read_ahead *p = arg;
    names_on_thread(get_alone, p);
    while (wait_for_work(p)) {
        run(p);
        give_back(p);
    }
    return NULL;
}

/* Starting it */

static void free_blocks(struct read_ahead *p)
{
    mem_free(p->blocks);
    mem_free(p->events);
    p->blocks = NULL;
    p->events = NULL;
}

static bool make_blocks(struct read_ahead *p)
{
    p->blocks = mem_zeroed(BLOCKS, sizeof *p->blocks);
    p->events = batch_events(BLOCKS);
    for (size_t i = 0; p->blocks && i < BLOCKS; i++)
        p->blocks[i].events = p->events + i * GOTRACE_BATCH;
    return p->blocks && p->events;
}

/* Where there can be no thread it is not tried again. */
static bool start(struct read_ahead *p)
{
    if (p->blocks)
        return true;
    if (make_blocks(p) && worker_start(&p->thread, thread_main, p))
        return true;
    free_blocks(p);
    p->min_bytes = UINT64_MAX;
    return false;
}

/* Bytes ahead for which the reader is lent. */
static uint64_t min_bytes(const struct plan *plan)
{
    if (worker_pays(plan->threads, 1, MIN_BYTES))
        return 1;
    return worker_pays(plan->threads, MIN_BYTES, MIN_BYTES) ? MIN_BYTES : UINT64_MAX;
}

static bool make_locks(struct read_ahead *p)
{
    pthread_condattr_t clock;
    if (pthread_condattr_init(&clock) != 0)
        return false;
    bool ok = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
              pthread_mutex_init(&p->lock, NULL) == 0 &&
              pthread_cond_init(&p->to_thread, NULL) == 0 &&
              pthread_cond_init(&p->to_caller, &clock) == 0;
    (void)pthread_condattr_destroy(&clock);
    return ok;
}

struct read_ahead *read_ahead_new(struct reader *reader, struct builder *builder)
{
    struct read_ahead *p = mem_aligned(alignof(struct read_ahead), sizeof *p);
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->reader = reader;
    p->builder = builder;
    p->min_bytes = min_bytes(&builder->plan);
    if (make_locks(p))
        return p;
    mem_free(p);
    return NULL;
}

/* The caller */

bool read_ahead_offer(struct read_ahead *p, bool busy)
{
    if (!busy && p->min_bytes > 1)
        return false;
    if (p->reader->ops->ahead(p->reader->self, p->builder) < p->min_bytes)
        return false;
    if (p->cooldown > 0) {
        p->cooldown--;
        return false;
    }
    if (!start(p))
        return false;
    p->own = p->builder->events;
    (void)pthread_mutex_lock(&p->lock);
    p->lent = true;
    (void)pthread_cond_signal(&p->to_thread);
    (void)pthread_mutex_unlock(&p->lock);
    return true;
}

static void let_go(struct read_ahead *p)
{
    if (!p->holds)
        return;
    p->holds = false;
    atomic_fetch_add(&p->freed, 1);
    if (atomic_load(&p->thread_sleeps) && BLOCKS - waiting(p) >= ENOUGH)
        signal_under(p, &p->to_thread);
}

/* Waits for a signal, or so long; false: so long. */
static bool wait_ms(struct read_ahead *p, long ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += ms * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return pthread_cond_timedwait(&p->to_caller, &p->lock, &at) == 0;
}

/* The thread may be alone with names as long as this waits. */
static void let_alone(struct read_ahead *p)
{
    if (!p->wants_alone)
        return;
    p->wants_alone = false;
    p->alone = true;
    p->cooldown = COOLDOWN;
    (void)pthread_cond_signal(&p->to_thread);
}

/* Until there is a block or the reader is back; false: interrupted. */
static bool wait_for_blocks(struct read_ahead *p)
{
    bool interrupted = false;
    (void)pthread_mutex_lock(&p->lock);
    atomic_store(&p->caller_sleeps, true);
    for (long ms = FIRST_LOOK_MS; waiting(p) < ENOUGH && p->lent;) {
        if (waiting(p) == 0)
            let_alone(p);
        else if (p->wants_alone)
            break;
        if (wait_ms(p, ms))
            continue;
        interrupted = !p->alone && source_take_interrupt(p->builder->src);
        if (interrupted || waiting(p) > 0)
            break;
        ms = ms < LAST_LOOK_MS ? 2 * ms : ms;
    }
    atomic_store(&p->caller_sleeps, false);
    (void)pthread_mutex_unlock(&p->lock);
    return !interrupted;
}

gotrace_status read_ahead_take(struct read_ahead *p, const struct read_ahead_block **out)
{
    let_go(p);
    if (waiting(p) == 0 && !wait_for_blocks(p))
        return GOTRACE_INTERRUPTED;
    if (waiting(p) == 0) {
        p->builder->events = p->own;
        p->own = NULL;
        return GOTRACE_END;
    }
    p->holds = true;
    *out = block_of(p, atomic_load(&p->freed));
    return GOTRACE_OK;
}

void read_ahead_free(struct read_ahead *p)
{
    if (!p)
        return;
    if (p->blocks) {
        batch_stop(p->builder);
        (void)pthread_mutex_lock(&p->lock);
        p->stop = true;
        (void)pthread_cond_signal(&p->to_thread);
        (void)pthread_mutex_unlock(&p->lock);
        (void)pthread_join(p->thread, NULL);
        if (p->own)
            p->builder->events = p->own;
    }
    free_blocks(p);
    (void)pthread_cond_destroy(&p->to_caller);
    (void)pthread_cond_destroy(&p->to_thread);
    (void)pthread_mutex_destroy(&p->lock);
    mem_free(p);
}
