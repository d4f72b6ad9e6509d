#include "read/reader.h"

#include "base/mem.h"

gotrace_event *feed_events(size_t batches)
{
    return mem_zeroed(batches * FEED_EVENTS, sizeof(gotrace_event));
}

void feed_mark(struct feed *f, uint8_t type, uint64_t arg, uint64_t off)
{
    /* Damage may come in any number between two batches; those that find no
     * room are counted in info and listed all the same. */
    if (!f->wanted[type] || f->len >= FEED_EVENTS)
        return;
    f->events[f->len++] = (gotrace_event){.time = f->info.last_time,
                                          .m = -1,
                                          .p = -1,
                                          .g = -1,
                                          .arg = {arg, f->info.events},
                                          .off = off,
                                          .type = type};
}

void feed_damage(struct feed *f, const gotrace_diag *diag, uint64_t lost)
{
    uint64_t i = f->info.damages++;
    f->info.lost += lost;
    if (i == 0)
        f->damages = mem_alloc(FEED_DAMAGES * sizeof *f->damages);
    if (f->damages && i < FEED_DAMAGES) /* unlisted for want of memory: still counted */
        f->damages[i] = (struct damage){*diag, lost};
    feed_mark(f, GOTRACE_EV_DAMAGE, i, diag->offset);
}

void feed_end_at(struct feed *f, uint64_t at)
{
    f->info.next = at;
}

uint64_t feed_size(const struct feed *f)
{
    uint64_t size = source_size(f->src), end = size ? size : source_seen(f->src);
    return (f->info.next ? f->info.next : end) - f->from;
}
