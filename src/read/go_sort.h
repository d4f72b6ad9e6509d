/* go_sort.h: sorting by time, in exactly the steps of Go's sort.
 *
 * Go's reader sorts threads and CPU samples with slices.SortFunc, which is not
 * stable: which of several of one time comes first follows from its steps. For
 * the same events in the same order the steps have to be the same: pattern-
 * defeating quicksort (O. Peters) as tuned in Go 1.27 slices/zsortanyfunc.go.
 * At most O(n log n) steps, O(n) for what is nearly sorted. */
#ifndef GOTRACE_READ_GO_SORT_H
#define GOTRACE_READ_GO_SORT_H
#include <stddef.h>
#include <stdint.h>

/* Something that has a time, by its index elsewhere. */
struct go_sort_entry {
    int64_t time;
    uint32_t index;
};

void go_sort(struct go_sort_entry *v, size_t n);

static inline void go_sort_swap(struct go_sort_entry *v, size_t i, size_t j)
{
    struct go_sort_entry t = v[i];
    v[i] = v[j];
    v[j] = t;
}
#endif
