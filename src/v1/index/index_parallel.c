#include "v1/index/index_parallel.h"

#include <assert.h>

#include "v1/file/batch.h"

/* Bytes that are searched for a batch: the runtime's have 64 KiB. */
enum { SEARCHED = 1 << 18 };

/* Guessing */

/* A batch that is guessed in the middle cannot be before it. */
static bool first_ticks(const struct v1_index *ix, const uint8_t *end, uint64_t *out)
{
    const uint8_t *p = ix->data;
    struct v1_record r;
    if (p == end || v1_decode(&ix->format, &p, end, &r) != V1_GOOD || r.type != V1_Batch)
        return false;
    *out = r.v[V1_DT];
    return true;
}

/* Where a batch seems to begin behind the middle; the end: nowhere. */
static uint64_t guess(const struct v1_index *ix)
{
    const uint8_t *end = ix->data + (ix->end - ix->base);
    const uint8_t *p = ix->data + (ix->end - ix->base) / 2;
    const uint8_t *last = end - p > SEARCHED ? p + SEARCHED : end;
    uint64_t ticks;
    if (!first_ticks(ix, end, &ticks))
        return ix->end;
    p = v1_find_batch(&ix->format, p, last, end, ticks);
    return p ? ix->base + (uint64_t)(p - ix->data) : ix->end;
}

/* The second half */

/* On the worker's thread; between two slices it looks whether to stop. */
static void index_second(void *arg)
{
    struct v1_index_parallel *h = arg;
    while (!atomic_load(&h->stop) && v1_index_step(&h->second, INDEX_PARALLEL_SLICE) == GOTRACE_OK)
        ;
}

/* Only where the bytes are worth a thread, and a batch is found to begin with;
 * else all is read by one. */
void v1_index_parallel_start(struct v1_index_parallel *h, struct workers *workers,
                             const struct v1_index *ix, uint32_t version)
{
    if (ix->format.seq || !worker_pays(workers->use, ix->end - ix->base, INDEX_PARALLEL_LEAST))
        return;
    uint64_t pos = guess(ix);
    if (pos == ix->end)
        return;
    v1_index_start(&h->second, version, ix->data, ix->base, ix->end - ix->base);
    assert(pos > ix->base && pos < ix->end);
    h->second.pos = h->from = pos;
    h->workers = workers;
    h->begun = workers_call(workers, &h->task, index_second, h);
}

void v1_index_parallel_free(struct v1_index_parallel *h)
{
    if (!h->begun)
        return;
    atomic_store(&h->stop, true);
    workers_wait(h->workers, &h->task);
    v1_index_free(&h->second);
    h->begun = false;
}

/* The first half ends where the second begins. */
static gotrace_status join(struct v1_index_parallel *h, struct v1_index *ix)
{
    struct v1_index *second = &h->second;
    workers_wait(h->workers, &h->task);
    assert(ix->pos == h->from && second->pos >= h->from && ix->end == second->end);
    bool whole = second->pos == second->end && !second->damages.list.len;
    bool ok = !whole || v1_index_append(ix, second);
    v1_index_parallel_free(h);
    return ok ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

/* The first half goes on to the guess. If no record begins there it was none,
 * and the rest is read here. */
gotrace_status v1_index_parallel_step(struct v1_index_parallel *h, struct v1_index *ix,
                                      size_t records)
{
    if (!h->begun)
        return v1_index_step(ix, records);
    gotrace_status st = v1_index_step_to(ix, h->from, records);
    if (st != GOTRACE_END)
        return st;
    if (ix->pos == h->from)
        return join(h, ix);
    v1_index_parallel_free(h);
    return GOTRACE_OK;
}
