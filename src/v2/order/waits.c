#include "v2/order/waits.h"

#include <assert.h>

#include "base/compiler.h"

/* So many may be there beside one for each thread. */
enum { MOST_STALE = 64 };

/* A thread. What is in a heap is stale when it has another turn or has been
 * parked more often since: so nothing is ever looked for in the heaps. */
struct wait_slot {
    int64_t time;
    uint64_t turn; /* 0: it has no event */
    uint32_t parks;
    struct sched_need woken_by; /* NEED_NOTHING: it just came to its event */
};
/* A need and who waits for it. */
struct wait_place {
    struct sched_need need;
    waiters parked;
    uint32_t next; /* of the same hash, MAP_NONE: last */
};

/* Heaps */

static bool earlier(const struct waiter *a, const struct waiter *b)
{
    return a->time != b->time ? a->time < b->time : a->turn < b->turn;
}

#ifndef NDEBUG
/* Around entry i nobody below is earlier than who is above. */
static bool is_in_place(const waiters *h, size_t i)
{
    const struct waiter *x = h->data;
    bool above = i == 0 || i >= h->len || !earlier(&x[i], &x[(i - 1) / 2]);
    return above && (2 * i + 1 >= h->len || !earlier(&x[2 * i + 1], &x[i])) &&
           (2 * i + 2 >= h->len || !earlier(&x[2 * i + 2], &x[i]));
}
#endif

static bool heap_push(waiters *h, struct waiter x)
{
    if (!VEC_PUSH(h, x))
        return false;
    size_t i = h->len - 1;
    for (; i > 0 && earlier(&x, &h->data[(i - 1) / 2]); i = (i - 1) / 2)
        h->data[i] = h->data[(i - 1) / 2];
    h->data[i] = x;
    assert_unchanged(is_in_place(h, i));
    return true;
}

static struct waiter heap_pop(waiters *h)
{
    assert_unchanged(h->len > 0 && is_in_place(h, 0));
    struct waiter top = h->data[0], x = h->data[--h->len];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < h->len; i = child) {
        if (child + 1 < h->len && earlier(&h->data[child + 1], &h->data[child]))
            child++;
        if (!earlier(&h->data[child], &x))
            break;
        h->data[i] = h->data[child];
    }
    h->data[i] = x;
    assert_unchanged(is_in_place(h, i));
    return top;
}

/* As the thread is now: once it has another turn, or has been woken, this is stale. */
static struct waiter waiter_of(const struct waits *w, uint32_t slot)
{
    assert(slot < w->slots.len && w->slots.data[slot].turn);
    const struct wait_slot *l = &w->slots.data[slot];
    return (struct waiter){l->time, l->turn, slot, l->parks};
}

/* A heap's entry may be of an event that has happened since. */
static bool is_at_event(const struct waits *w, const struct waiter *x)
{
    assert_unchanged(x->slot < w->slots.len && x->turn && x->turn <= w->turns);
    return w->slots.data[x->slot].turn == x->turn;
}

static bool is_parked(const struct waits *w, const struct waiter *x)
{
    return is_at_event(w, x) && w->slots.data[x->slot].parks == x->parks;
}

/* Places */

static uint64_t hash_of(const struct waits *w, const struct sched_need *need)
{
    uint64_t words[3] = {need->id, need->seq, need->what};
    return hash_bytes(&w->secret, words, sizeof words);
}

static bool same_need(const struct sched_need *a, const struct sched_need *b)
{
    return a->id == b->id && a->seq == b->seq && a->what == b->what;
}

static uint32_t find_place(const struct waits *w, uint64_t hash, const struct sched_need *need)
{
    uint32_t i = map_get(&w->place_of, hash);
    while (i != MAP_NONE && !same_need(&w->places.data[i].need, need))
        i = w->places.data[i].next;
    return i;
}

/* MAP_NONE: no memory. */
static uint32_t unused_place(struct waits *w)
{
    assert(w->free_places.len <= w->places.len);
    if (w->free_places.len)
        return w->free_places.data[--w->free_places.len];
    /* Room to give all of them back, so that this cannot fail. */
    if (w->places.len >= MAP_NONE || !VEC_PUSH(&w->places, (struct wait_place){0}) ||
        !VEC_RESERVE(&w->free_places, w->places.cap))
        return MAP_NONE;
    return (uint32_t)w->places.len - 1;
}

/* The place of a need, made if nobody waits for it yet; NULL: no memory. */
static struct wait_place *need_place(struct waits *w, const struct sched_need *need)
{
    uint64_t hash = hash_of(w, need);
    uint32_t i = find_place(w, hash, need);
    if (i == MAP_NONE) {
        uint32_t next = map_get(&w->place_of, hash);
        if ((i = unused_place(w)) == MAP_NONE || !map_put(&w->place_of, hash, i))
            return NULL;
        assert(next != i && w->places.data[i].parked.len == 0);
        w->places.data[i].need = *need;
        w->places.data[i].next = next;
    }
    assert(find_place(w, hash, need) == i);
    return &w->places.data[i];
}

/* Nobody waits there any more. */
static void drop_place(struct waits *w, uint32_t i)
{
    struct wait_place *place = &w->places.data[i];
    uint64_t hash = hash_of(w, &place->need);
    uint32_t before = map_get(&w->place_of, hash);
    assert_unchanged(place->parked.len == 0 && find_place(w, hash, &place->need) == i);
    if (before == i && place->next == MAP_NONE) {
        (void)map_delete(&w->place_of, hash);
    } else if (before == i) {
        (void)map_put(&w->place_of, hash, place->next); /* there already: needs no memory */
    } else {
        while (w->places.data[before].next != i)
            before = w->places.data[before].next;
        w->places.data[before].next = place->next;
    }
    assert_unchanged(w->free_places.len < w->places.len);
    w->free_places.data[w->free_places.len++] = i;
}

/* All */

/* Memory of earlier times is used again; `failed` stays as it is. */
void waits_begin(struct waits *w, size_t slots)
{
    assert(!w->on && w->all.len == 0 && w->asked_next.len == 0 && w->places.len == 0);
    w->on = true;
    w->secret = hash_secret();
    w->live = w->turns = 0;
    w->slots.len = 0;
    if (!VEC_RESERVE(&w->slots, slots)) {
        w->failed = true;
        return;
    }
    w->slots.len = slots;
    memset(w->slots.data, 0, slots * sizeof *w->slots.data);
}

/* The heap yields them in order; stale entries are left out, so each thread is
 * there once. */
void waits_end(struct waits *w, struct go_sort_entry *out)
{
    size_t left = w->live; /* each of them is in the heap once */
    (void)left;
    while (w->all.len) {
        struct waiter x = heap_pop(&w->all);
        assert_unchanged(!is_at_event(w, &x) || left-- > 0);
        if (is_at_event(w, &x))
            *out++ = (struct go_sort_entry){x.time, x.slot};
    }
    assert_unchanged(left == 0 || w->failed);
    for (size_t i = 0; i < w->places.len; i++)
        VEC_FREE(&w->places.data[i].parked);
    w->asked_next.len = w->places.len = w->free_places.len = 0;
    map_free(&w->place_of);
    w->live = 0;
    w->on = false;
}

void waits_free(struct waits *w)
{
    for (size_t i = 0; i < w->places.len; i++)
        VEC_FREE(&w->places.data[i].parked);
    VEC_FREE(&w->places);
    VEC_FREE(&w->free_places);
    VEC_FREE(&w->slots);
    VEC_FREE(&w->all);
    VEC_FREE(&w->asked_next);
    map_free(&w->place_of);
}

/* Stale ones stay while somebody earlier waits. */
static void drop_stale(struct waits *w)
{
    size_t n = w->all.len;
    w->all.len = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_at_event(w, &w->all.data[i]))
            (void)heap_push(&w->all, w->all.data[i]); /* where stale ones were: has room */
    }
    assert(w->all.len <= w->live || w->failed);
}

void waits_add(struct waits *w, uint32_t slot, int64_t time)
{
    struct wait_slot *l = &w->slots.data[slot];
    assert(w->on && slot < w->slots.len && l->turn == 0); /* it comes from one that is done */
    w->live += l->turn == 0;
    if (w->all.len > 2 * w->live + MOST_STALE)
        drop_stale(w);
    *l = (struct wait_slot){.time = time, .turn = ++w->turns};
    if (!heap_push(&w->all, waiter_of(w, slot)) || !heap_push(&w->asked_next, waiter_of(w, slot)))
        w->failed = true;
}

/* Others may have waited for the same, and it may still be so. */
void waits_done(struct waits *w, uint32_t slot)
{
    struct wait_slot *l = &w->slots.data[slot];
    struct sched_need by = l->woken_by;
    assert_unchanged(l->turn && w->live);
    l->turn = 0;
    w->live--;
    if (by.what != NEED_NOTHING)
        waits_wake(w, &by);
}

bool waits_take(struct waits *w, uint32_t *slot)
{
    if (!w->asked_next.len)
        return false;
    struct waiter x = heap_pop(&w->asked_next);
    assert_unchanged(is_at_event(w, &x)); /* who has gone on since is nowhere to be asked */
    *slot = x.slot;
    return true;
}

/* Under each of its needs: the first that comes true has it asked again, and
 * what is left of it elsewhere is stale then. */
void waits_park(struct waits *w, uint32_t slot, const struct sched_need *needs, size_t n)
{
    assert(n > 0);
    for (size_t i = 0; i < n; i++) {
        struct wait_place *place = need_place(w, &needs[i]);
        if (!place || !heap_push(&place->parked, waiter_of(w, slot)))
            w->failed = true;
    }
}

/* One at a time: who comes next is woken when this one's event has happened
 * (waits_done). */
void waits_wake(struct waits *w, const struct sched_need *need)
{
    uint32_t at = find_place(w, hash_of(w, need), need);
    if (at == MAP_NONE)
        return;
    struct wait_place *place = &w->places.data[at];
    while (place->parked.len) {
        struct waiter x = heap_pop(&place->parked);
        struct wait_slot *l = &w->slots.data[x.slot];
        if (!is_parked(w, &x))
            continue;
        assert_unchanged(w->asked_next.len < w->live);
        l->parks++;
        l->woken_by = *need;
        if (!heap_push(&w->asked_next, x))
            w->failed = true;
        break;
    }
    if (!place->parked.len)
        drop_place(w, at);
}

int64_t waits_first(struct waits *w)
{
    while (w->all.len && !is_at_event(w, &w->all.data[0]))
        heap_pop(&w->all);
    assert(w->all.len || w->live == 0 || w->failed);
    return w->all.len ? w->all.data[0].time : INT64_MAX;
}
