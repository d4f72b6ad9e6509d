#include "io/machine.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t installed(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_MAX;
}

/* The number in a file; UINT64_MAX where there is none ("max"), or no file. */
static uint64_t read_number(const char *path)
{
    uint64_t n = UINT64_MAX;
    FILE *f = fopen(path, "re");
    if (!f)
        return n;
    if (fscanf(f, "%" SCNu64, &n) != 1)
        n = UINT64_MAX;
    (void)fclose(f);
    return n;
}

/* The least limit of a group and of those around it, up to the mount. A group
 * that is not there is one of the host's, seen from a container: its mount is
 * the container's own group. */
static uint64_t limit_of_group(const char *mount, char *group, const char *file)
{
    char path[PATH_MAX];
    uint64_t limit = UINT64_MAX;
    for (;;) {
        int n = snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
        if (n > 0 && (size_t)n < sizeof path)
            limit = least(limit, read_number(path));
        char *slash = strrchr(group, '/');
        if (!slash)
            return limit;
        *slash = '\0';
    }
}

/* A line of /proc/self/cgroup is number:controllers:/group, version 2's without
 * controllers. */
static uint64_t limit_of_line(const char *root, char *line)
{
    char mount[PATH_MAX];
    char *names = strchr(line, ':');
    char *group = names ? strchr(names + 1, ':') : NULL;
    if (!group)
        return UINT64_MAX;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    bool unified = names[1] == '\0';
    if (!unified && !strstr(names, "memory"))
        return UINT64_MAX;
    (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, unified ? "" : "/memory");
    return limit_of_group(mount, group, unified ? "memory.max" : "memory.limit_in_bytes");
}

/* A process is in one group of each hierarchy, a line each; the least of all
 * limits holds. */
static uint64_t limit_of_groups(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    uint64_t limit = UINT64_MAX;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        limit = least(limit, limit_of_line(root, line));
    if (f)
        (void)fclose(f);
    return limit;
}

uint64_t machine_memory(const char *root)
{
    return least(installed(), limit_of_groups(root));
}
