#include "base/mem.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What malloc says it has given is what is counted, so that nothing has to be
 * kept beside each piece. */
static struct {
    _Atomic uint64_t used;
    _Atomic uint64_t limit;
    _Atomic uint64_t kept_back;      /* of the limit */
    _Atomic uint64_t in_use, wanted; /* when the first was refused */
    atomic_bool met;
} budget = {.limit = MEM_NO_LIMIT, .kept_back = MEM_RESERVE};

/* The hook of the specs. */
static struct {
    _Atomic uint64_t count, nth; /* nth 0: off */
    atomic_bool on;
} failing;

/* Only while a spec asks for it is anything counted: else it is one load. */
static bool is_to_fail(void)
{
    uint64_t nth = atomic_load_explicit(&failing.nth, memory_order_relaxed);
    if (nth == 0)
        return false;
    uint64_t now = atomic_fetch_add(&failing.count, 1) + 1;
    return now == nth || (now > nth && atomic_load(&failing.on));
}

/* Only the first refusal is kept, which says what went wrong; those that follow
 * from it do not. From then on the reserve may be used, for what is told of it. */
static void meet_limit(uint64_t used, uint64_t n)
{
    if (atomic_exchange(&budget.met, true))
        return;
    atomic_store(&budget.in_use, used);
    atomic_store(&budget.wanted, n);
    atomic_store(&budget.kept_back, 0);
}

void mem_meet(uint64_t n)
{
    meet_limit(mem_used(), n);
}

/* What others may have, with `used` bytes gone. */
static uint64_t room_beside(uint64_t used)
{
    uint64_t limit = atomic_load_explicit(&budget.limit, memory_order_relaxed);
    uint64_t kept = atomic_load_explicit(&budget.kept_back, memory_order_relaxed);
    uint64_t most = limit > kept ? limit - kept : 0;
    return most > used ? most - used : 0;
}

bool mem_fits(uint64_t n)
{
    return n <= room_beside(atomic_load_explicit(&budget.used, memory_order_relaxed));
}

/* Adds first, so that two threads cannot both get the last piece. */
bool mem_charge(size_t n)
{
    if (n > PTRDIFF_MAX) /* nobody has so much, and sums would overflow */
        return false;
    uint64_t before = atomic_fetch_add_explicit(&budget.used, n, memory_order_relaxed);
    if (n <= room_beside(before))
        return true;
    atomic_fetch_sub_explicit(&budget.used, n, memory_order_relaxed);
    meet_limit(before, n);
    return false;
}

/* Relaxed, as all of the budget's sums are: they order nothing else. */
void mem_discharge(size_t n)
{
    atomic_fetch_sub_explicit(&budget.used, n, memory_order_relaxed);
}

void mem_overdraw(size_t n)
{
    atomic_fetch_add_explicit(&budget.used, n, memory_order_relaxed);
}

/* Asked before malloc is, for what the caller wants. */
static bool may_take(size_t n)
{
    if (!is_to_fail() && mem_charge(n))
        return true;
    errno = ENOMEM;
    return false;
}

/* p is what malloc made of n charged bytes: it may have some more, for which
 * nobody is refused. */
static void *settle(void *p, size_t n)
{
    if (p)
        atomic_fetch_add_explicit(&budget.used, malloc_usable_size(p) - n, memory_order_relaxed);
    else
        mem_discharge(n);
    return p;
}

void *mem_alloc(size_t n)
{
    n = n ? n : 1;
    return may_take(n) ? settle(malloc(n), n) : NULL;
}

/* calloc, not memset: fresh pages of the kernel are zero already, and stay
 * untouched. */
void *mem_zeroed(size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        n = SIZE_MAX; /* refused as any size that nobody has */
    n = n ? n : 1;
    return may_take(n) ? settle(calloc(1, n), n) : NULL;
}

void *mem_aligned(size_t align, size_t n)
{
    return may_take(n) ? settle(aligned_alloc(align, n), n) : NULL;
}

/* Only growth is charged, so to become smaller is never over the limit. */
void *mem_resize(void *p, size_t n)
{
    if (!p)
        return mem_alloc(n);
    size_t before = malloc_usable_size(p);
    n = n ? n : 1;
    size_t more = n > before ? n - before : 0;
    if (!may_take(more))
        return NULL;
    void *moved = realloc(p, n);
    if (moved)
        /* It may have become smaller: the sum is right all the same. */
        atomic_fetch_add_explicit(&budget.used, malloc_usable_size(moved) - before - more,
                                  memory_order_relaxed);
    else
        mem_discharge(more);
    return moved;
}

char *mem_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = mem_alloc(n);
    return copy ? memcpy(copy, s, n) : NULL;
}

/* By malloc's own word, as it was counted: nobody has to remember sizes. */
void mem_free(void *p)
{
    if (!p)
        return;
    mem_discharge(malloc_usable_size(p));
    free(p);
}

/* A new limit is a new beginning: it counts as not met, and keeps its reserve
 * again. */
void mem_set_limit(uint64_t limit)
{
    atomic_store(&budget.limit, limit);
    atomic_store(&budget.kept_back, MEM_RESERVE);
    atomic_store(&budget.met, false);
}

uint64_t mem_limit(void)
{
    return atomic_load(&budget.limit);
}

uint64_t mem_used(void)
{
    return atomic_load(&budget.used);
}

/* One digit behind the point below 100, unless the number is whole. */
const char *mem_show(char to[MEM_SHOWN], uint64_t n)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    double size = (double)n;
    for (; size >= 1024; size /= 1024)
        unit++;
    bool whole = unit == 0 || size >= 100 || size == (double)(uint64_t)size;
    (void)snprintf(to, MEM_SHOWN, "%.*f %s", whole ? 0 : 1, size, units[unit]);
    return to;
}

/* The figures are those of the first refusal, whatever has been freed since. */
bool mem_is_met(char text[MEM_TEXT])
{
    char limit[MEM_SHOWN], used[MEM_SHOWN], wanted[MEM_SHOWN];
    if (!atomic_load(&budget.met))
        return false;
    if (text)
        (void)snprintf(text, MEM_TEXT, "over the memory limit of %s (%s in use, %s more wanted)",
                       mem_show(limit, mem_limit()), mem_show(used, atomic_load(&budget.in_use)),
                       mem_show(wanted, atomic_load(&budget.wanted)));
    return true;
}

void mem_fail(uint64_t n, bool on)
{
    if (n)
        atomic_store(&failing.count, 0);
    atomic_store(&failing.on, on);
    atomic_store(&failing.nth, n);
}

uint64_t mem_count(void)
{
    return atomic_load(&failing.count);
}
