#include "io/stamp.h"

#include <time.h>

#if defined(CLOCK_REALTIME_COARSE)
#define FILE_CLOCK CLOCK_REALTIME_COARSE /* that of Linux's file systems */
#else
#define FILE_CLOCK CLOCK_REALTIME
#endif

enum { STEP_NS = 1000000, MOST_STEPS = 20 }; /* a tick is 10 ms at most */

struct stamp stamp_of(const struct stat *st)
{
    return (struct stamp){st->st_size, st->st_mtim, st->st_ctim, st->st_nlink};
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool stamp_holds(const struct stamp *was, int fd, struct stamp *now)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    *now = stamp_of(&st);
    return now->size == was->size && is_same_time(&now->written, &was->written) &&
           (is_same_time(&now->changed, &was->changed) || now->names != was->names);
}

/* Of a server whose clock is ahead nothing can be said. */
void stamp_settle(const struct stamp *s)
{
    static const struct timespec step = {.tv_nsec = STEP_NS};
    struct timespec now;
    for (int i = 0; i < MOST_STEPS && clock_gettime(FILE_CLOCK, &now) == 0; i++) {
        if (now.tv_sec > s->changed.tv_sec ||
            (now.tv_sec == s->changed.tv_sec && now.tv_nsec > s->changed.tv_nsec))
            return;
        (void)nanosleep(&step, NULL);
    }
}
