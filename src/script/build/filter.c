/* filter.c: makes the seccomp filters that filters.h declares. It runs while the
 * program is built.
 *
 *   filter OUT
 *
 * A filter lists what is allowed. A call that is not is refused with EPERM; one
 * that libseccomp does not know yet does not exist (ENOSYS), so that libc does
 * without it, as on an older kernel. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "script/limits/filters.h"
#include "script/limits/wall.h"

/* A namespace of its own (any CLONE_NEW...) is for nobody. */
#define NAMESPACES 0x7e020000u
/* From 424 on a call has the same number on all architectures. */
enum { FIRST_SHARED = 424, LAST_CALL = 511 };
enum { CODE_MAX = 4096 }; /* the kernel's limit */

/* What the program, LuaJIT, zlib, zstd and libc with its threads ask for. */
static const char *const always[] = {
    /* memory: LuaJIT makes code executable */
    "brk", "madvise", "membarrier", "mmap", "mprotect", "mremap", "mseal", "msync", "munmap",
    /* what is open */
    "close", "close_range", "dup", "dup2", "dup3", "eventfd2", "fadvise64", "fdatasync", "flock",
    "fstat", "fstatfs", "fsync", "getdents", "getdents64", "lseek", "pipe", "pipe2", "poll",
    "ppoll", "pread64", "preadv", "pselect6", "pwrite64", "pwritev", "read", "readahead", "readv",
    "select", "sync_file_range", "write", "writev",
    /* names, as they are */
    "access", "chdir", "faccessat", "faccessat2", "getcwd", "lstat", "newfstatat", "readlink",
    "readlinkat", "stat", "statfs", "statx", "umask",
    /* time */
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday",
    "nanosleep", "setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun",
    "timer_gettime", "timer_settime", "times",
    /* threads and signals */
    "exit", "exit_group", "futex", "futex_waitv", "get_robust_list", "getcpu", "gettid", "pause",
    "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list",
    "set_tid_address", "sigaltstack",
    /* what this process and this machine are */
    "getegid", "geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid",
    "getpriority", "getrandom", "getrlimit", "getrusage", "getsid", "getuid", "setrlimit",
    "sysinfo", "uname", NULL};

/* What an output that gets a name needs beside being opened (sink.c): mode and
 * owner are set of files that are open, never by name. */
static const char *const naming[] = {
    "copy_file_range", "fallocate", "fchmod",    "fchown", "ftruncate", "link", "linkat",
    "rename",          "renameat",  "renameat2", "unlink", "unlinkat",  NULL};

/* A call that is allowed where (argument number arg & mask) == value. */
struct condition {
    const char *call;
    unsigned arg;
    scmp_datum_t mask, value;
};
#define NO_CONDITION  \
    {                 \
        NULL, 0, 0, 0 \
    }

/* An int: what stands in its upper half is nobody's. */
#define INT 0xffffffffu

static const struct condition conditions[] = {
    /* a thread, no process; clone3, whose flags a filter does not see, is left
     * out, and libc comes back with this one */
    {"clone", 0, CLONE_THREAD | NAMESPACES, CLONE_THREAD},
    /* signals and limits of this process only */
    {"kill", 0, INT, FILTER_OWN_PID},
    {"tgkill", 0, INT, FILTER_OWN_PID},
    {"prlimit64", 0, INT, 0},
    {"prlimit64", 0, INT, FILTER_OWN_PID},
    /* not F_SETOWN and F_SETSIG, by which files send signals to others */
    {"fcntl", 1, INT, F_DUPFD},
    {"fcntl", 1, INT, F_DUPFD_CLOEXEC},
    {"fcntl", 1, INT, F_GETFD},
    {"fcntl", 1, INT, F_SETFD},
    {"fcntl", 1, INT, F_GETFL},
    {"fcntl", 1, INT, F_SETFL},
    {"fcntl", 1, INT, F_GETLK},
    {"fcntl", 1, INT, F_SETLK},
    {"fcntl", 1, INT, F_SETLKW},
    {"fcntl", 1, INT, F_OFD_GETLK},
    {"fcntl", 1, INT, F_OFD_SETLK},
    {"fcntl", 1, INT, F_OFD_SETLKW},
    {"fcntl", 1, INT, F_GETPIPE_SZ},
    /* a terminal is asked, and becomes a page (terminal.c); it is not typed into (TIOCSTI,
     * TIOCLINUX) */
    {"ioctl", 1, INT, TCGETS},
    {"ioctl", 1, INT, TCSETSW},
    {"ioctl", 1, INT, TIOCGWINSZ},
    {"ioctl", 1, INT, FIONREAD},
    /* what was fetched comes as a descriptor */
    {"recvmsg", 0, INT, WALL_FETCHER},
    /* names of threads, and libc's of its memory */
    {"prctl", 0, INT, PR_SET_NAME},
    {"prctl", 0, INT, PR_SET_VMA},
    NO_CONDITION};

#define MAKES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

/* How files are opened, by enum wall_writes. Nobody cuts a file that is opened for reading: before
 * ABI 3 Landlock lets that happen anywhere. */
static const struct condition opening[][4] = {
    {{"open", 1, MAKES | O_TRUNC | O_ACCMODE, O_RDONLY}, NO_CONDITION},
    {{"open", 1, MAKES | O_TRUNC, 0},
     {"open", 1, MAKES | O_ACCMODE, O_WRONLY},
     {"open", 1, MAKES | O_ACCMODE, O_RDWR},
     NO_CONDITION},
    {{"open", 1, O_TRUNC, 0},
     {"open", 1, O_ACCMODE, O_WRONLY},
     {"open", 1, O_ACCMODE, O_RDWR},
     NO_CONDITION},
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "filter: %s\n", what);
    exit(1);
}

/* A call that this architecture or this libseccomp has not is left out. */
static void allow_if(scmp_filter_ctx filter, const struct condition *c)
{
    int call = seccomp_syscall_resolve_name(c->call);
    if (call < 0)
        return;
    struct scmp_arg_cmp holds = {c->arg, SCMP_CMP_MASKED_EQ, c->mask, c->value};
    int wrong = c->mask ? seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &holds)
                        : seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (wrong)
        fail(c->call);
}

static void allow_each(scmp_filter_ctx filter, const struct condition *list)
{
    for (; list->call; list++)
        allow_if(filter, list);
}

/* The same of openat, whose flags are one further. */
static void allow_opening(scmp_filter_ctx filter, const struct condition *list)
{
    for (; list->call; list++) {
        allow_if(filter, list);
        allow_if(filter, &(struct condition){"openat", list->arg + 1, list->mask, list->value});
    }
}

static void allow_all(scmp_filter_ctx filter, const char *const *names)
{
    for (; *names; names++)
        allow_if(filter, &(struct condition){*names, 0, 0, 0});
}

static void hide(scmp_filter_ctx filter, int call)
{
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0) != 0)
        fail("a call cannot be hidden");
}

static void hide_unknown(scmp_filter_ctx filter)
{
    hide(filter, SCMP_SYS(clone3));
    for (int call = FIRST_SHARED; call <= LAST_CALL; call++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
        if (!name)
            hide(filter, call);
        free(name);
    }
}

/* Calls of another architecture (32 bits, x32) are refused like any other. */
static scmp_filter_ctx make_filter(enum wall_writes writes)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) != 0)
        fail("not enough memory");
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: new in 2.5 */
    allow_all(filter, always);
    allow_each(filter, conditions);
    allow_opening(filter, opening[writes]);
    if (writes == WALL_FOLDERS)
        allow_all(filter, naming);
    hide_unknown(filter);
    return filter;
}

/* Number of instructions in code. */
static size_t export_code(struct sock_filter *code, scmp_filter_ctx filter)
{
    FILE *f = tmpfile();
    if (!f || seccomp_export_bpf(filter, fileno(f)) != 0)
        fail("a filter cannot be exported");
    rewind(f);
    size_t n = fread(code, sizeof *code, CODE_MAX, f);
    (void)fclose(f);
    return n;
}

static size_t write_filter(FILE *out, enum wall_writes writes)
{
    static struct sock_filter code[CODE_MAX];
    scmp_filter_ctx filter = make_filter(writes);
    size_t n = export_code(code, filter);
    seccomp_release(filter);
    (void)fprintf(out, "static const struct sock_filter code_%d[] = {\n", (int)writes);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "    {%u, %u, %u, %uu},\n", code[i].code, code[i].jt, code[i].jf,
                      code[i].k);
    (void)fputs("};\n", out);
    return n;
}

int main(int argc, char **argv)
{
    size_t len[WALL_FOLDERS + 1];
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out)
        fail("wants OUT, a file to write");
    (void)fputs("#include \"script/limits/filters.h\"\n\n", out);
    for (int i = 0; i <= WALL_FOLDERS; i++)
        len[i] = write_filter(out, (enum wall_writes)i);
    (void)fputs("const struct filter filters[] = {\n", out);
    for (int i = 0; i <= WALL_FOLDERS; i++)
        (void)fprintf(out, "    {code_%d, %zu},\n", i, len[i]);
    (void)fputs("};\n", out);
    if (ferror(out) || fclose(out) != 0)
        fail("the output cannot be written");
    return 0;
}
