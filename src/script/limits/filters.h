/* filters.h: the seccomp filters of the wall (wall.h), which filter.c makes as
 * the program is built: asking libseccomp for them at each start would take as
 * long as half of all the rest. */
#ifndef GOTRACE_SCRIPT_LIMITS_FILTERS_H
#define GOTRACE_SCRIPT_LIMITS_FILTERS_H
#include <linux/filter.h>

/* Stands in a filter for the id of the process, which is not known before it
 * runs: no number of a call, flag or option is like it. */
#define FILTER_OWN_PID 0x70696421u

struct filter {
    const struct sock_filter *code;
    unsigned short len; /* 0: built without libseccomp */
};
/* By enum wall_writes. */
extern const struct filter filters[];
#endif
