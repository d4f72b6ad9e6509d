/* temporary.h: a file that appears under its name whole, or not at all.
 *
 * Until then it has no name (O_TMPFILE), where the file system can do that and
 * /proc is there to give it one; else a temporary one in the same folder. Names
 * of this process stand in a list that a signal handler can unlink. What a
 * process leaves that could not do even that (SIGKILL, a power cut) is locked by
 * nobody, and is removed by the next temporary_open in that folder. */
#ifndef GOTRACE_IO_OUT_TEMPORARY_H
#define GOTRACE_IO_OUT_TEMPORARY_H
#include <stdbool.h>
#include <sys/types.h>

enum { TEMPORARY_NAME = 40 };

struct temporary {
    int folder; /* owned; -1: none */
    int fd;     /* owned, locked; written and read by the caller; -1: none */
    int slot;   /* of its name in the list, -1: it has no name */
};

/* Begins a file in the folder of `path`, with the permissions that the umask
 * leaves of mode. False with errno; then nothing is owned. */
bool temporary_open(struct temporary *t, const char *path, mode_t mode);
/* Likewise in the folder of another, for what is never published: nobody else may read
 * it. folder is borrowed. */
bool temporary_open_beside(struct temporary *t, int folder);
/* Gives it the name that `path` ends in, in place of what has it. False with
 * errno. Either way temporary_close is due. */
bool temporary_publish(struct temporary *t, const char *path);
/* Puts the folder on the disk, as far as its file system can do that. */
void temporary_sync_folder(const struct temporary *t);
/* What was not published is gone. */
void temporary_close(struct temporary *t);

/* Removes what all of this process have of names, for who is about to end it.
 * Async-signal-safe. */
void temporary_unlink_all(void);
#endif
