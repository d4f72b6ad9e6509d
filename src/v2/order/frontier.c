/* frontier.c: a min-heap of slots. */
#include <assert.h>

#include "base/compiler.h"
#include "v2/order/inside.h"

/* Its shape decides between equal times, so the steps are Go's:
 * a removed entry is carried to the root first. */

/* Returns where it is then. */
static size_t sift_up(struct go_sort_entry *h, size_t i)
{
    while (i > 0 && h[(i - 1) / 2].time > h[i].time) {
        go_sort_swap(h, (i - 1) / 2, i);
        i = (i - 1) / 2;
    }
    return i;
}

/* Of two children of one time the left one goes up. */
static void sift_down(struct go_sort_entry *h, size_t len, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < len; i = child) {
        if (child + 1 < len && h[child + 1].time < h[child].time)
            child++;
        if (h[child].time >= h[i].time)
            return;
        go_sort_swap(h, i, child);
    }
}

#ifndef NDEBUG
bool frontier_is_sound(const struct full_order *o)
{
    const struct go_sort_entry *h = o->frontier.data;
    bool ok = o->frontier.len <= o->slots.len;
    for (size_t i = 0; ok && i < o->frontier.len; i++)
        ok = h[i].index < o->slots.len && (i == 0 || h[(i - 1) / 2].time <= h[i].time);
    return ok;
}

bool frontier_is_sorted(const struct full_order *o)
{
    bool ok = true;
    for (size_t i = 1; i < o->frontier.len; i++)
        ok = ok && o->frontier.data[i - 1].time <= o->frontier.data[i].time;
    return ok;
}

/* Around entry i no child is earlier than who is above it. */
static bool is_in_place(const struct go_sort_entry *h, size_t len, size_t i)
{
    bool above = i == 0 || i >= len || h[(i - 1) / 2].time <= h[i].time;
    return above && (2 * i + 1 >= len || h[i].time <= h[2 * i + 1].time) &&
           (2 * i + 2 >= len || h[i].time <= h[2 * i + 2].time);
}
#endif

void frontier_add(struct full_order *o, size_t slot, int64_t time)
{
    assert_unchanged(slot < o->slots.len && o->frontier.len < o->slots.len);
    o->frontier.data[o->frontier.len++] = (struct go_sort_entry){time, (uint32_t)slot};
    size_t i = sift_up(o->frontier.data, o->frontier.len - 1);
    (void)i;
    assert_unchanged(is_in_place(o->frontier.data, o->frontier.len, i));
}

void frontier_remove(struct full_order *o, size_t i)
{
    struct go_sort_entry *h = o->frontier.data;
    assert(i < o->frontier.len);
    for (; i > 0; i = (i - 1) / 2)
        go_sort_swap(h, (i - 1) / 2, i);
    go_sort_swap(h, 0, --o->frontier.len);
    sift_down(h, o->frontier.len, 0);
    assert_unchanged(is_in_place(h, o->frontier.len, 0));
}

/* Up if it can, else down, as Go's heap does it. */
void frontier_update(struct full_order *o, size_t i, int64_t time)
{
    struct go_sort_entry *h = o->frontier.data;
    assert_unchanged(i < o->frontier.len);
    h[i].time = time;
    if (i == 0 || sift_up(h, i) == i)
        sift_down(h, o->frontier.len, i);
    assert(is_in_place(h, o->frontier.len, i) && is_in_place(h, o->frontier.len, 0));
}
