#include "read/reader.h"

#include "base/mem.h"

gotrace_event *batch_events(size_t batches)
{
    return mem_zeroed(batches * GOTRACE_BATCH, sizeof(gotrace_event));
}

/* Like an event of no thread, at the time of the last one. One that finds no
 * room is dropped. */
void batch_mark(struct builder *f, uint8_t type, uint64_t arg, uint64_t off)
{
    if (!f->wanted[type] || f->len >= GOTRACE_BATCH)
        return;
    f->events[f->len++] = (gotrace_event){.time = f->info.last_time,
                                          .m = -1,
                                          .p = -1,
                                          .g = -1,
                                          .arg = {arg, f->info.events},
                                          .off = off,
                                          .type = type};
}

/* Damage may come in any number between two batches: what finds no room is listed
 * all the same, and counted by the mark before it. */
static void mark_damage(struct builder *f, uint64_t i, uint64_t off)
{
    if (f->len < GOTRACE_BATCH - BATCH_MARKS)
        batch_mark(f, GOTRACE_EV_DAMAGE, i, off);
    gotrace_event *last = f->len ? &f->events[f->len - 1] : NULL;
    if (last && last->type == GOTRACE_EV_DAMAGE) {
        last->arg[2] = f->info.lost;
        last->arg[3] = f->info.damages;
    }
}

/* Whether events may be lost with it. Regions that are ended in another order lose none,
 * nor what stands before the trace or was taken back of the whole file. */
static bool is_lossy(const struct builder *f, const gotrace_diag *diag)
{
    return diag->fact != GOTRACE_FACT_REGION && !(diag->offset < f->start && !diag->gen);
}

void batch_damage(struct builder *f, const gotrace_diag *diag, uint64_t lost)
{
    uint64_t i = f->info.damages++;
    f->lossy |= is_lossy(f, diag);
    f->info.lost += lost;
    if (i == 0)
        f->damages = mem_alloc(BATCH_DAMAGES * sizeof *f->damages);
    if (f->damages && i < BATCH_DAMAGES) /* unlisted for want of memory: still counted */
        f->damages[i] = (struct damage){*diag, lost};
    mark_damage(f, i, diag->offset);
}

void builder_end_trace_at(struct builder *f, uint64_t at)
{
    f->info.next = at;
}

/* Until the next trace's header is found, all that follows counts as this
 * one's. */
uint64_t builder_trace_size(const struct builder *f)
{
    uint64_t size = source_size(f->src), end = size ? size : source_seen(f->src);
    return (f->info.next ? f->info.next : end) - f->from;
}
