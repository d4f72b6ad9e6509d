/* stamp.h: whether a file is as it was.
 *
 * By its size and its times. A clock of the kernel's steps some ms at a time: a
 * change so soon after the last one that both have one time does not show, so who
 * relies on a stamp waits first (stamp_settle). A writer through a mapping shows
 * in the times at its first store to a page only, and not always at once. */
#ifndef GOTRACE_IO_STAMP_H
#define GOTRACE_IO_STAMP_H
#include <stdbool.h>
#include <sys/stat.h>

struct stamp {
    off_t size;
    struct timespec written, changed; /* changed: its permissions or names, too */
    nlink_t names;
};

struct stamp stamp_of(const struct stat *st);
/* That of fd now is `was`. A name more or less is no change: who replaces a file
 * by another leaves what is read alone. */
bool stamp_holds(const struct stamp *was, int fd, struct stamp *now);
/* Waits until a change from now on shows. */
void stamp_settle(const struct stamp *s);
#endif
