#include "model/feed.h"

void feed_mark(struct feed *f, uint8_t type, uint64_t arg, uint64_t off)
{
    /* Damage may come in any number between two batches; those that find no
     * room are counted in info and listed all the same. */
    if (!f->wanted[type] || f->len >= GOTRACE_BATCH + FEED_SPARE)
        return;
    f->events[f->len++] = (gotrace_event){.time = f->info.last_time,
                                          .m = -1,
                                          .p = -1,
                                          .g = -1,
                                          .arg = {arg},
                                          .off = off,
                                          .type = type};
}

void feed_damage(struct feed *f, const gotrace_diag *diag, uint64_t lost)
{
    struct damage d = {*diag, lost};
    uint64_t i = f->info.damages++;
    f->info.lost += lost;
    if (f->damages.len < FEED_DAMAGES)
        (void)VEC_PUSH(&f->damages, d); /* unlisted for want of memory: still counted */
    feed_mark(f, GOTRACE_EV_DAMAGE, i, diag->offset);
}
