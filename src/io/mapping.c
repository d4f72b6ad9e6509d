#include "io/mapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Bytes that are given back together: each time is a system call. */
enum { DROP_STEP = 1 << 20 };
#define NO_FAULT SIZE_MAX

/* What the signal handler knows of a mapping. The list only grows and guards
 * are never freed, so that the handler can walk it at any time; a closed
 * mapping's guard is taken again by a later one. `version` is odd while base
 * and len are changing: that guard's mapping is not the one that faults. */
struct guard {
    struct guard *next;
    atomic_bool taken;
    atomic_uint version;
    atomic_uintptr_t base;
    atomic_size_t len;
    atomic_size_t fault; /* offset of the first page without a file under it */
};

static _Atomic(struct guard *) guards;
static struct sigaction previous;
static atomic_bool installed;
static uintptr_t page_size;

/* Puts zeros from the page of addr to the end of the guard's mapping. */
static bool guard_mend(struct guard *g, uintptr_t addr)
{
    unsigned version = atomic_load(&g->version);
    uintptr_t base = atomic_load(&g->base);
    size_t len = atomic_load(&g->len);
    if (version % 2 || atomic_load(&g->version) != version || addr - base >= len)
        return false;
    size_t off = (addr - base) & ~(page_size - 1);
    void *page = (void *)(base + off);
    if (mmap(page, len - off, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page)
        return false;
    if (off < atomic_load(&g->fault))
        atomic_store(&g->fault, off);
    return true;
}

/* The default action follows when the handler returns. */
static void die(int sig)
{
    struct sigaction act = {.sa_handler = SIG_DFL};
    (void)sigaction(sig, &act, NULL);
    (void)raise(sig);
}

/* As the kernel would have done without this handler: an ignored SIGBUS ends
 * the process all the same where a fault raised it. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
    bool sent = info->si_code <= 0; /* by a process, not by a fault */
    if (previous.sa_flags & SA_SIGINFO)
        previous.sa_sigaction(sig, info, context);
    else if (previous.sa_handler == SIG_DFL || (previous.sa_handler == SIG_IGN && !sent))
        die(sig);
    else if (previous.sa_handler != SIG_IGN)
        previous.sa_handler(sig);
}

/* Async-signal-safe: mmap is a plain system call here, and the guards are
 * atomics. si_code is above 0 only for faults; signals that a process sends are
 * not about any mapping. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
    int saved = errno;
    bool mended = false;
    for (struct guard *g = atomic_load(&guards); g && !mended && info->si_code > 0; g = g->next)
        mended = guard_mend(g, (uintptr_t)info->si_addr);
    errno = saved;
    if (!mended)
        pass_on(sig, info, context);
}

/* One thread at a time. Leaves alone whatever handler was put above this one. */
static bool install_locked(void)
{
    struct sigaction now, act = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (atomic_load(&installed))
        return true;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) != 0)
        return false;
    if (!(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != on_sigbus) {
        previous = now;
        if (sigaction(SIGBUS, &act, NULL) != 0)
            return false;
    }
    atomic_store(&installed, true);
    return true;
}

/* With the first mapping, so that a program that maps nothing keeps its own
 * handling. */
static bool install(void)
{
    static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&installing);
    bool done = install_locked();
    (void)pthread_mutex_unlock(&installing);
    return done;
}

/* One that is free, else a new one at the front of the list: the list only
 * grows. */
static struct guard *guard_take(void)
{
    struct guard *g = atomic_load(&guards);
    while (g && atomic_exchange(&g->taken, true))
        g = g->next;
    if (g || !(g = mem_zeroed(1, sizeof *g)))
        return g;
    atomic_store(&g->taken, true);
    g->next = atomic_load(&guards);
    while (!atomic_compare_exchange_weak(&guards, &g->next, g))
        ;
    return g;
}

/* Two steps of the version, so that a handler in between sees an odd one. */
static void guard_set(struct guard *g, const void *base, size_t len)
{
    atomic_fetch_add(&g->version, 1);
    atomic_store(&g->base, (uintptr_t)base);
    atomic_store(&g->len, len);
    atomic_store(&g->fault, NO_FAULT);
    atomic_fetch_add(&g->version, 1);
}

/* The guard is set before the first byte is touched: from then on no fault is
 * fatal. */
bool mapping_open(struct mapping *m, int fd, size_t len)
{
    *m = (struct mapping){0};
    if (!install())
        return false;
    void *data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return false;
    struct guard *g = guard_take();
    if (!g) {
        (void)munmap(data, len);
        return false;
    }
    guard_set(g, data, len);
    (void)madvise(data, len, MADV_SEQUENTIAL);
    *m = (struct mapping){.data = data, .len = len, .fd = fd, .guard = g};
    return true;
}

/* The file's size now, if that is less than len. */
static size_t len_now(const struct mapping *m)
{
    struct stat st;
    return fstat(m->fd, &st) == 0 && (uintmax_t)st.st_size < m->len ? (size_t)st.st_size : m->len;
}

/* A fault tells that the file was shorter once; it may have grown since, so the
 * lesser counts. */
size_t mapping_len(const struct mapping *m)
{
    size_t fault = atomic_load(&m->guard->fault);
    if (fault == NO_FAULT)
        return m->len;
    size_t now = len_now(m);
    return now < fault ? now : fault;
}

/* A fault where the file has bytes is taken for a device that cannot be read. */
gotrace_status mapping_check(const struct mapping *m, const char *name, gotrace_diag *diag)
{
    size_t now = len_now(m), fault = atomic_load(&m->guard->fault);
    if (now == m->len && fault == NO_FAULT)
        return GOTRACE_OK;
    if (now == m->len) {
        errno = EIO;
        return diag_system(diag, "cannot read %s from byte %zu on", name, fault);
    }
    (void)diag_set(diag, GOTRACE_SYSTEM, now < fault ? now : fault,
                   "file shrank while it was read: %s", name);
    diag_have(diag, "%zu bytes", now);
    diag_want(diag, "%zu bytes", m->len);
    return GOTRACE_SYSTEM;
}

/* Only whole pages, and only when there are enough: they stay mapped, and come
 * from the file again if somebody looks. */
void mapping_release(struct mapping *m, size_t off)
{
    size_t end = (off < m->len ? off : m->len) & ~(page_size - 1);
    if (end < m->dropped + DROP_STEP)
        return;
    (void)madvise((void *)(uintptr_t)(m->data + m->dropped), end - m->dropped, MADV_DONTNEED);
    m->dropped = end;
}

/* The guard forgets the mapping first: the addresses may be somebody else's
 * right behind munmap. */
void mapping_close(struct mapping *m)
{
    if (!m->data)
        return;
    guard_set(m->guard, NULL, 0);
    (void)munmap((void *)(uintptr_t)m->data, m->len);
    atomic_store(&m->guard->taken, false);
    *m = (struct mapping){0};
}
