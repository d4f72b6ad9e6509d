#include "read/plan.h"

#include <stdlib.h>
#include <string.h>

#include "event/event.h"

/* In the order of GOTRACE_PATH_'s bits. */
static const char *const names[] = {"map",         "threads", "in-place", "summaries", "copy",
                                    "count",       "types",   "sums",     "keeper",    "lines",
                                    "generations", "tally",   "judge"};
enum { PATHS = sizeof names / sizeof *names };
_Static_assert(GOTRACE_PATH_JUDGE == 1 << (PATHS - 1), "a name for each path");

const char *gotrace_path_name(uint32_t i)
{
    return i < PATHS ? names[i] : NULL;
}

/* The path of that name, 0: none. */
static uint32_t path_of(const char *name, size_t len)
{
    for (uint32_t i = 0; i < PATHS; i++) {
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
            return UINT32_C(1) << i;
    }
    return 0;
}

/* Those that a list with commas names. */
static uint32_t paths_of(const char *list)
{
    uint32_t paths = 0;
    for (;;) {
        size_t len = strcspn(list, ",");
        paths |= path_of(list, len);
        if (!list[len])
            return paths;
        list += len + 1;
    }
}

/* Unset and empty are the same: all of them. A name that is none, as `slow`,
 * adds nothing. */
uint32_t gotrace_paths(void)
{
    const char *list = getenv("GOTRACE_PATHS");
    return list && *list ? paths_of(list) : (UINT32_C(1) << PATHS) - 1;
}

/* What GOTRACE_THREADS says, 0: nothing that can be. */
static unsigned threads_said(void)
{
    const char *said = getenv("GOTRACE_THREADS");
    size_t digits = said ? strspn(said, "0123456789") : 0;
    if (digits == 0 || digits > 2 || said[digits])
        return 0;
    unsigned n = (unsigned)strtoul(said, NULL, 10);
    return n <= WORKERS_MOST ? n : 0;
}

/* What the environment says holds, even beyond the CPUs that there are. */
unsigned plan_threads(const struct plan *p)
{
    unsigned n = p->said ? p->said : worker_cpus();
    return n < WORKERS_MOST ? n : WORKERS_MOST;
}

/* A path that is named is taken even where it does not pay. */
static enum worker_use threads_of(uint32_t paths, unsigned said)
{
    const char *list = getenv("GOTRACE_PATHS");
    if (said)
        return said == 1 ? WORKER_NEVER : WORKER_ALWAYS;
    if (!(paths & GOTRACE_PATH_THREADS))
        return WORKER_NEVER;
    return list && *list ? WORKER_ALWAYS : WORKER_WHERE_IT_PAYS;
}

struct plan plan_made(void)
{
    uint32_t paths = gotrace_paths();
    unsigned said = threads_said();
    return (struct plan){.paths = paths, .threads = threads_of(paths, said), .said = said};
}

/* Only types that stand in batches count. */
static bool are_few(const uint8_t wanted[256])
{
    unsigned n = 0;
    for (unsigned type = 0; type < 256; type++) {
        if (!event_varints[type] || !wanted[type])
            continue;
        if (event_opens((uint8_t)type)) /* its context is another in the whole trace */
            return false;
        n++;
    }
    return n <= SIDE_BY_SIDE_TYPES;
}

/* Only in full order: in thread order there is nothing to put in order. */
bool plan_side_by_side(const struct plan *p, const uint8_t wanted[256], gotrace_order order)
{
    return order == GOTRACE_ORDER_FULL &&
           worker_pays(p->threads, SIDE_BY_SIDE_LEAST, SIDE_BY_SIDE_LEAST) &&
           plan_takes(p, GOTRACE_PATH_GENERATIONS) && are_few(wanted);
}

bool gotrace_side_by_side(const uint8_t wanted[256], gotrace_order order)
{
    struct plan plan = plan_made();
    return plan_side_by_side(&plan, wanted, order);
}

/* Where the path `count` is not taken, all fields are filled in of what is only
 * counted, too. */
void plan_wanted(const struct plan *p, uint8_t out[256], const uint8_t asked[256])
{
    for (unsigned type = 0; type < 256; type++) {
        bool whole = asked[type] != GOTRACE_COUNT_ONLY || !plan_takes(p, GOTRACE_PATH_COUNT);
        out[type] = whole ? asked[type] != 0 : GOTRACE_COUNT_ONLY;
    }
}
