#include "read/go_sort.h"

#include <stdbool.h>

/* Go's choices. */
enum {
    SHORT = 12,      /* sorted by insertion */
    MEDIUM = 50,     /* shorter: no ninther, no shifting */
    MOST_SHIFTS = 5, /* of a nearly sorted array */
    MOST_SWAPS = 12, /* in the choice of a pivot: everything was descending */
    UNBALANCED = 8   /* one part is less than 1/8 of the whole */
};

static bool less(const struct go_sort_entry *v, size_t i, size_t j)
{
    return v[i].time < v[j].time;
}

/* Moves v[i] to the left, down to v[0] at most. */
static void shift_left(struct go_sort_entry *v, size_t i)
{
    for (; i > 0 && less(v, i, i - 1); i--)
        go_sort_swap(v, i, i - 1);
}

/* Moves v[i] to the right, up to v[n - 1] at most. */
static void shift_right(struct go_sort_entry *v, size_t n, size_t i)
{
    for (; i + 1 < n && less(v, i + 1, i); i++)
        go_sort_swap(v, i, i + 1);
}

static void insertion_sort(struct go_sort_entry *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        shift_left(v, i);
}

/* A heap with the latest at its root. */

/* Moves the entry at root down until none below is later. */
static void sink(struct go_sort_entry *v, size_t n, size_t root)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && less(v, child, child + 1))
            child++;
        if (!less(v, root, child))
            return;
        go_sort_swap(v, root, child);
    }
}

/* Taken when pivots were bad too often, so that no input costs n^2 steps. */
static void heap_sort(struct go_sort_entry *v, size_t n)
{
    for (size_t i = (n - 1) / 2 + 1; i-- > 0;)
        sink(v, n, i);
    while (n-- > 0) {
        go_sort_swap(v, 0, n);
        sink(v, n, 0);
    }
}

/* The pivot. `swaps` counts pairs that were found descending. */

static void ascend(const struct go_sort_entry *v, size_t *i, size_t *j, unsigned *swaps)
{
    size_t k = *i;
    if (!less(v, *j, *i))
        return;
    *i = *j;
    *j = k;
    ++*swaps;
}

/* The index of the middle one of three, by three comparisons, which have to be
 * Go's. */
static size_t median(const struct go_sort_entry *v, size_t i, size_t j, size_t k, unsigned *swaps)
{
    ascend(v, &i, &j, swaps);
    ascend(v, &j, &k, swaps);
    ascend(v, &i, &j, swaps);
    return j;
}

static void reverse(struct go_sort_entry *v, size_t n)
{
    for (size_t i = 0; i < n / 2; i++)
        go_sort_swap(v, i, n - 1 - i);
}

/* What is descending wherever it looks is turned round first. *ascending: it
 * looks sorted. */
static size_t choose_pivot(struct go_sort_entry *v, size_t n, bool *ascending)
{
    size_t i = n / 4, j = 2 * i, k = 3 * i;
    unsigned swaps = 0;
    if (n >= MEDIUM) {
        i = median(v, i - 1, i, i + 1, &swaps);
        j = median(v, j - 1, j, j + 1, &swaps);
        k = median(v, k - 1, k, k + 1, &swaps);
    }
    j = median(v, i, j, k, &swaps);
    *ascending = swaps == 0 || swaps == MOST_SWAPS;
    if (swaps != MOST_SWAPS)
        return j;
    reverse(v, n);
    return n - 1 - j;
}

/* Breaks up what made the last parts unequal: three in the middle change
 * places with three from anywhere. */
static void scatter(struct go_sort_entry *v, size_t n)
{
    uint64_t random = n, mask = 1;
    size_t middle = n / 4 * 2;
    while (mask <= n)
        mask *= 2;
    mask -= 1;
    for (size_t i = middle - 1; i <= middle + 1; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t other = (size_t)(random & mask);
        go_sort_swap(v, i, other < n ? other : other - n);
    }
}

/* Sorts v if that takes only a few moves; false when it does not. */
static bool sort_nearly_sorted(struct go_sort_entry *v, size_t n)
{
    size_t i = 1;
    for (int shifts = 0; shifts < MOST_SHIFTS; shifts++) {
        while (i < n && !less(v, i, i - 1))
            i++;
        if (i == n)
            return true;
        if (n < MEDIUM)
            return false;
        go_sort_swap(v, i, i - 1);
        shift_left(v, i - 1);
        shift_right(v, n, i);
    }
    return false;
}

/* Parts v around what is at pivot: what is before it to the left of its new
 * place, which is returned. *was: so it stood already. */
static size_t part(struct go_sort_entry *v, size_t n, size_t pivot, bool *was)
{
    size_t i = 1, j = n - 1;
    go_sort_swap(v, 0, pivot);
    for (*was = true;; *was = false) {
        while (i <= j && less(v, i, 0))
            i++;
        while (i <= j && !less(v, j, 0))
            j--;
        if (i > j)
            break;
        go_sort_swap(v, i++, j--);
    }
    go_sort_swap(v, 0, j);
    return j;
}

/* The same where nothing is before the pivot: its equals to the left. Returns
 * how many these are. */
static size_t part_equals(struct go_sort_entry *v, size_t n, size_t pivot)
{
    size_t i = 1, j = n - 1;
    go_sort_swap(v, 0, pivot);
    for (;;) {
        while (i <= j && !less(v, 0, i))
            i++;
        while (i <= j && less(v, 0, j))
            j--;
        if (i > j)
            return i;
        go_sort_swap(v, i++, j--);
    }
}

/* inner: v[-1] is there and not after anything in v. bad: how often the parts
 * may still turn out unequal. */
static void quicksort(struct go_sort_entry *v, size_t n, bool inner, unsigned bad)
{
    bool balanced = true, parted = true;
    while (n > SHORT) {
        if (bad == 0) {
            heap_sort(v, n);
            return;
        }
        if (!balanced) {
            scatter(v, n);
            bad--;
        }
        bool ascending;
        size_t pivot = choose_pivot(v, n, &ascending);
        if (balanced && parted && ascending && sort_nearly_sorted(v, n))
            return;
        if (inner && v[-1].time >= v[pivot].time) {
            size_t equals = part_equals(v, n, pivot);
            v += equals;
            n -= equals;
            continue;
        }
        size_t left = part(v, n, pivot, &parted), right = n - left - 1;
        if (left <= right) { /* Go counts the pivot to the right */
            balanced = left >= n / UNBALANCED;
            quicksort(v, left, inner, bad);
            v += left + 1;
            n = right;
            inner = true;
        } else {
            balanced = right + 1 >= n / UNBALANCED;
            quicksort(v + left + 1, right, true, bad);
            n = left;
        }
    }
    insertion_sort(v, n);
}

/* As many bad partitions are allowed as n has bits. */
void go_sort(struct go_sort_entry *v, size_t n)
{
    unsigned bits = 0;
    while (n >> bits)
        bits++;
    quicksort(v, n, false, bits);
}
