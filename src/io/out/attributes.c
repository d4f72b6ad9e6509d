/* attributes.c: system calls: fchown, fchmod, listxattr, getxattr, fsetxattr. */
#include "io/out/attributes.h"

#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Linux's own limit of a list of names and of a value is 64 KiB; what is longer
 * than this is nothing that anybody has on a trace. */
enum { MOST = 4096 };

static const char access_list[] = "system.posix_acl_access";

/* True if the group was kept. Nobody but root gives files away. */
static bool keep_owner(int fd, const struct stat *old)
{
    return fchown(fd, old->st_uid, old->st_gid) == 0 || fchown(fd, (uid_t)-1, old->st_gid) == 0;
}

/* False: it is there and was not copied. */
static bool copy_attribute(int fd, const char *path, const char *name)
{
    char value[MOST];
    ssize_t len = getxattr(path, name, value, sizeof value);
    return len >= 0 && fsetxattr(fd, name, value, (size_t)len, 0) == 0;
}

/* False if the access list could not be copied. */
static bool copy_attributes(int fd, const char *path)
{
    char names[MOST];
    ssize_t len = listxattr(path, names, sizeof names);
    bool whole = true;
    for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
        const char *name = names + at;
        bool is_list = strcmp(name, access_list) == 0;
        if ((is_list || strncmp(name, "user.", 5) == 0) && !copy_attribute(fd, path, name))
            whole &= !is_list;
    }
    return whole;
}

/* The group's rights where they would be another group's: everybody's. */
static mode_t without_group(mode_t mode)
{
    return (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3;
}

/* The permissions come last: of a file with an access list they are its mask. A
 * trace is no program that runs as somebody else. */
bool attributes_copy(int fd, const char *path, const struct stat *old)
{
    bool group = keep_owner(fd, old), list = copy_attributes(fd, path);
    mode_t mode = old->st_mode & 01777;
    return fchmod(fd, group && list ? mode : without_group(mode)) == 0;
}
