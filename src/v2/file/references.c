#include "v2/file/references.h"

#include <string.h>

#include "base/compiler.h"

/* Ids are small in all traces that there are; larger ones are not worth their
 * memory. */
enum { MOST_IDS = 1 << 22 };

/* All zeros: nothing is referred to. False: no memory. */
static bool begin(reference_table *t, size_t n)
{
    t->len = 0;
    if (!VEC_RESERVE(t, n))
        return false;
    memset(t->data, 0, n);
    t->len = n;
    return true;
}

/* One more than there are, for "none" where there is no id. */
static size_t room_of(const struct id_table *k)
{
    return (k->all > k->len ? (size_t)k->all : k->len) + 1;
}

bool references_begin(struct references *m, const struct id_tables *k)
{
    m->kinds.len = m->ended.len = m->open.len = m->cuts.len = 0;
    m->events = 0;
    m->not_copyable = false;
    return begin(&m->strings, room_of(&k->strings)) && begin(&m->stacks, room_of(&k->stacks));
}

void references_free(struct references *m)
{
    VEC_FREE(&m->strings);
    VEC_FREE(&m->stacks);
    VEC_FREE(&m->kinds);
    VEC_FREE(&m->ended);
    VEC_FREE(&m->open);
    VEC_FREE(&m->cuts);
}

/* Gone through in a row, as there are few: more than REFERENCES_MOST_KINDS are
 * no runtime's. */
void references_kind(struct references *m, stw_kind_list *list, uint64_t id)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->data[i] == id)
            return;
    }
    m->not_copyable |= list->len == REFERENCES_MOST_KINDS || !VEC_PUSH(list, id);
    assert(list->len <= REFERENCES_MOST_KINDS);
}

/* An id that no table has makes this one longer, with zeros between. */
bool references_id(reference_table *t, uint64_t id)
{
    if (id >= t->len) {
        size_t more = (size_t)id + 1 - t->len;
        if (id >= MOST_IDS || !VEC_RESERVE(t, more))
            return false;
        memset(t->data + t->len, 0, more);
        t->len += more;
    }
    assert(id < t->len && t->len <= t->cap);
    t->data[id] = 1;
    return true;
}

/* The slow twin of references_known: ids may be larger than the tables, and a
 * status none. */
void references_event(struct references *m, uint8_t type, const uint64_t *arg)
{
    for (unsigned ids = event_ids[type], i = 0; ids; ids >>= 2, i++) {
        if (ids & 3)
            m->not_copyable |= !references_id(ids & EVENT_STR ? &m->strings : &m->stacks, arg[i]);
    }
    if (type == EvSTWBegin)
        references_kind(m, &m->kinds, arg[0]);
    m->not_copyable |= event_is_no_status(type, arg);
}

#ifndef NDEBUG
/* By batch, and in each as they lie. */
static bool are_sorted(const struct references *m)
{
    for (size_t i = 1; i < m->cuts.len; i++) {
        const struct left_out_event *a = &m->cuts.data[i - 1], *b = &m->cuts.data[i];
        if (a->batch > b->batch || (a->batch == b->batch && a->at >= b->at))
            return false;
    }
    return true;
}
#endif

/* Counting sort: the cuts of one batch are in their order already, since its
 * thread comes by once. */
bool references_sort(struct references *m, size_t n)
{
    size_t len = m->cuts.len;
    VEC(uint32_t) begin_of = {0};
    VEC(struct left_out_event) sorted = {0};
    bool ok = VEC_RESERVE(&begin_of, n + 1) && VEC_RESERVE(&sorted, len);
    if (ok) {
        memset(begin_of.data, 0, (n + 1) * sizeof *begin_of.data);
        for (size_t i = 0; i < len; i++) {
            assert_unchanged(m->cuts.data[i].batch < n);
            begin_of.data[m->cuts.data[i].batch + 1]++;
        }
        for (size_t i = 0; i < n; i++)
            begin_of.data[i + 1] += begin_of.data[i];
        assert_unchanged(begin_of.data[n] == len); /* each cut is of one batch */
        for (size_t i = 0; i < len; i++)
            sorted.data[begin_of.data[m->cuts.data[i].batch]++] = m->cuts.data[i];
        if (len)
            memcpy(m->cuts.data, sorted.data, len * sizeof *sorted.data);
    }
    VEC_FREE(&begin_of);
    VEC_FREE(&sorted);
    assert_unchanged(!ok || are_sorted(m));
    return ok;
}
