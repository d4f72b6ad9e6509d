#include "api/replay.h"

#include <assert.h>
#include <string.h>

#include "api/trace.h"
#include "base/diag.h"
#include "base/mem.h"

/* Without marks that only a pass has (replay.h). */
static uint32_t count(const gotrace_batch *batch)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < batch->len; i++)
        n += batch->events[i].type != GOTRACE_EV_END;
    return n;
}

/* Counted instead of kept: a trace is read again, so nothing of it has to be held. */
void replay_pass(struct replay *r, const gotrace_batch *batch)
{
    r->before += count(batch);
}

/* One more than there are, so that an empty batch is memory, too. */
bool replay_begin(struct replay *r, const gotrace_batch *batch)
{
    r->copy = mem_zeroed(batch->len + 1, sizeof *r->copy);
    if (!r->copy)
        return false;
    memcpy(r->copy, batch->events, batch->len * sizeof *r->copy);
    r->batch = *batch;
    r->batch.events = r->copy;
    r->left = r->before;
    return true;
}

/* As gotrace_next, of a trace that is known to go on. */
static gotrace_status next(gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    gotrace_status st = gotrace_next(t, out, diag);
    if (st == GOTRACE_END && trace_unchanged(t, diag) == GOTRACE_OK)
        diag_set(diag, GOTRACE_SYSTEM, DIAG_NO_OFFSET, "read again, the trace is another one");
    return st == GOTRACE_END ? GOTRACE_SYSTEM : st;
}

static void skip(gotrace_batch *batch, uint32_t n)
{
    assert(n <= batch->len);
    batch->events += n;
    batch->len -= n;
}

/* Those of the batch at hand, which begin in `batch`, are read again and
 * dropped: r->batch has them as scripts left them. What is behind them is for
 * the next gotrace_next. */
static gotrace_status skip_at_hand(const struct replay *r, gotrace *t, gotrace_batch *batch,
                                   gotrace_diag *diag)
{
    uint32_t n = count(&r->batch);
    gotrace_status st = GOTRACE_OK;
    while (n > batch->len && st == GOTRACE_OK) {
        n -= batch->len;
        st = next(t, batch, diag);
    }
    if (st != GOTRACE_OK)
        return st;
    skip(batch, n);
    trace_unread(t, batch);
    return GOTRACE_END;
}

/* Batches need not be cut as they were the first time, so the last one may have
 * to be parted. */
gotrace_status replay_next(struct replay *r, gotrace *t, gotrace_batch *out, gotrace_diag *diag)
{
    gotrace_batch rest;
    *out = (gotrace_batch){0};
    if (r->left == 0)
        return skip_at_hand(r, t, out, diag);
    gotrace_status st = next(t, out, diag);
    if (st != GOTRACE_OK)
        return st;
    rest = *out;
    if (out->len > r->left)
        out->len = (uint32_t)r->left;
    r->left -= out->len;
    skip(&rest, out->len);
    if (rest.len > 0)
        trace_unread(t, &rest);
    return GOTRACE_OK;
}

void replay_free(struct replay *r)
{
    mem_free(r->copy);
    *r = (struct replay){0};
}
