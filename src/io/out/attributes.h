/* attributes.h: what a file takes over from the one whose place it takes. */
#ifndef GOTRACE_IO_OUT_ATTRIBUTES_H
#define GOTRACE_IO_OUT_ATTRIBUTES_H
#include <stdbool.h>
#include <sys/stat.h>

/* Gives the file fd the owner, group and permissions of `old`, which is that of
 * `path`, and that file's access list and user's extended attributes. Owner,
 * group and attributes as far as the system lets this user; where the group or
 * the list cannot be kept, the new group gets no more rights than everybody has.
 * False with errno: not even the permissions. */
bool attributes_copy(int fd, const char *path, const struct stat *old);
#endif
