#include "script/limits/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "script/limits/filters.h"

/* Landlock's rights, with those that the headers of Debian 12 do not know. */
enum {
    FS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FS_ABI_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,     /* from ABI 2 on */
    FS_TRUNCATE = 1 << 14,  /* 3 */
    FS_IOCTL_DEV = 1 << 15, /* 5 */
    NET_TCP = 1 | 2,        /* 4: to bind, to connect */
    TO_OTHERS = 1 | 2,      /* 6: abstract sockets, signals */
};

/* What sink.c does in the folder of an output. REFER, to bring files from
 * elsewhere into it, is for nobody: they could be written there. */
enum {
    IN_FOLDERS = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                 LANDLOCK_ACCESS_FS_MAKE_REG | FS_TRUNCATE,
    TO_FILES = LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
};

/* struct landlock_ruleset_attr of ABI 6: what is denied but for the rules. */
struct denied {
    uint64_t fs, net, others;
};
enum { LINKS = 40 }; /* in a row, as the kernel follows them */

/* Why a process is better off without the wall; NULL: no reason. */
static const char *is_in_the_way(void)
{
#ifdef GOTRACE_NO_WALL
    return "this build counts or checks itself and writes what it finds";
#else
    const char *preload = getenv("LD_PRELOAD");
    if (preload && strstr(preload, "/vgpreload_"))
        return "Valgrind could not write its report";
    return NULL;
#endif
}

/* errno is that of the call that failed just before. */
static void lacks(char *why, size_t size, const char *what)
{
    (void)snprintf(why, size, "%s: %s", what, strerror(errno));
}

/* A newer kernel takes a struct of an older one. */
static size_t size_for(int abi)
{
    return abi < 4   ? offsetof(struct denied, net)
           : abi < 6 ? offsetof(struct denied, others)
                     : sizeof(struct denied);
}

static struct denied denied_by(int abi)
{
    struct denied d = {FS_ABI_1 & ~FS_READ, NET_TCP, TO_OTHERS};
    d.fs |= abi >= 2 ? FS_REFER : 0;
    d.fs |= abi >= 3 ? FS_TRUNCATE : 0;
    d.fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
    return d;
}

/* A place that cannot be opened will not be written either, and a pipe behind
 * /dev/stdout has no place (EBADFD). */
static bool allow_place(int ruleset, const struct denied *d, const char *place)
{
    struct stat st;
    int fd = open(place, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return true;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = d->fs & (S_ISDIR(st.st_mode) ? IN_FOLDERS : TO_FILES),
        .parent_fd = fd,
    };
    long done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    bool allowed = done == 0 || errno == EBADFD;
    (void)close(fd);
    return allowed;
}

/* Places first: once it is up there are no more rules to add. */
static bool confine(int ruleset, const struct denied *d, const char *const *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!allow_place(ruleset, d, places[i]))
            return false;
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

/* Without Landlock abi is -1, and the second call is not made. */
static void raise_landlock(struct wall *wall, const char *const *places, size_t n)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct denied d = denied_by((int)abi);
    long ruleset = abi < 1 ? -1 : syscall(SYS_landlock_create_ruleset, &d, size_for((int)abi), 0);
    if (ruleset >= 0 && confine((int)ruleset, &d, places, n))
        wall->abi = (int)abi;
    else
        lacks(wall->landlock, sizeof wall->landlock, "the kernel refuses");
    if (ruleset >= 0)
        (void)close((int)ruleset);
}

#ifdef GOTRACE_NO_SECCOMP
static void raise_seccomp(struct wall *wall, enum wall_writes writes)
{
    (void)writes;
    (void)snprintf(wall->seccomp, sizeof wall->seccomp, "built without libseccomp");
}
#else
/* The filters are made when the program is built; the number of this process is
 * put into a copy. */
static void set_own_pid(struct sock_filter *code, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (BPF_CLASS(code[i].code) == BPF_JMP && code[i].k == FILTER_OWN_PID)
            code[i].k = (uint32_t)getpid();
}

static void raise_seccomp(struct wall *wall, enum wall_writes writes)
{
    size_t size = filters[writes].len * sizeof(struct sock_filter);
    struct sock_fprog program = {filters[writes].len, mem_alloc(size)};
    if (program.filter) {
        memcpy(program.filter, filters[writes].code, size);
        set_own_pid(program.filter, program.len);
        wall->filtered = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    }
    if (!wall->filtered)
        lacks(wall->seccomp, sizeof wall->seccomp, "the kernel refuses");
    mem_free(program.filter);
}
#endif

void wall_raise(struct wall *wall, enum wall_writes writes, const char *const *places, size_t n)
{
    const char *why = is_in_the_way();
    *wall = (struct wall){0};
    if (why) {
        (void)snprintf(wall->landlock, sizeof wall->landlock, "%s", why);
        (void)snprintf(wall->seccomp, sizeof wall->seccomp, "%s", why);
        return;
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* both want it, and say so */
    raise_landlock(wall, places, n);
    raise_seccomp(wall, writes);
}

/* Cuts a path down to its folder. */
static void cut_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        (void)snprintf(path, PATH_MAX, ".");
    else
        slash[slash == path] = '\0';
}

/* Where a link leads, one step. False: it is none, or leads nowhere. */
static bool follow(char *path)
{
    char to[PATH_MAX], folder[PATH_MAX];
    ssize_t n = readlink(path, to, sizeof to - 1);
    if (n < 0)
        return false;
    to[n] = '\0';
    (void)snprintf(folder, sizeof folder, "%s", path);
    cut_name(folder);
    const char *head = *to == '/' ? "" : folder;
    return snprintf(path, PATH_MAX, "%s%s%s", head, *head ? "/" : "", to) < PATH_MAX;
}

enum wall_writes wall_place(char *place, const char *output)
{
    struct stat st;
    bool named = *output && strcmp(output, "-") != 0 && strlen(output) < PATH_MAX;
    (void)snprintf(place, PATH_MAX, "%s", named ? output : "");
    if (!named)
        return WALL_NOTHING;
    if (stat(output, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return WALL_FILES;
    for (int links = 0; links < LINKS && follow(place); links++)
        continue;
    cut_name(place);
    return WALL_FOLDERS;
}
