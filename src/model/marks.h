/* marks.h: what the order notes of a generation's events for a pass (pass.h):
 * which strings and stacks they refer to, what stops of the world are called,
 * and where events lie that are skipped. */
#ifndef GOTRACE_MARKS_H
#define GOTRACE_MARKS_H
#include "base/buf.h"
#include "model/known.h"

/* By id on the wire: 1 if it is referred to. */
typedef VEC(uint8_t) mark_table;
/* An event that is left out. */
struct mark_cut {
    uint32_t batch; /* index in the generation */
    uint32_t at;    /* offset in the batch's data */
};
struct marks {
    mark_table strings, stacks;
    VEC(uint64_t) kinds; /* strings of STWBegins, each once */
    VEC(struct mark_cut) cuts;
    uint64_t events; /* that are not left out, as of the generation's end */
    bool odd;        /* not to go out as it is: a status is none, or an id is too large */
};

/* Forgets everything, and makes room for the ids of k; false: no memory. */
bool marks_begin(struct marks *m, const struct known *k);
void marks_free(struct marks *m);
/* The cuts in the order of the generation's batches, and within each; false: no
 * memory. n: batches. */
bool marks_sort(struct marks *m, size_t n);
void marks_kind(struct marks *m, uint64_t id);
/* Marks an id, whatever it is; false: it is too large, or memory ran out. */
bool marks_id(mark_table *t, uint64_t id);
/* An event that has happened: its ids may be anything. */
void marks_any_event(struct marks *m, const struct known *k, uint8_t type, const uint64_t *arg);

static inline void marks_cut(struct marks *m, uint32_t batch, uint64_t at)
{
    struct mark_cut cut = {batch, (uint32_t)at};
    m->odd |= !VEC_PUSH(&m->cuts, cut);
}

#define MARK_NONE(x) (void)(x)
#define MARK_NUM MARK_NONE
#define MARK_G MARK_NONE
#define MARK_P MARK_NONE
#define MARK_M MARK_NONE
#define MARK_TASK MARK_NONE
#define MARK_SEQ MARK_NONE
#define MARK_GSTATUS MARK_NONE
#define MARK_PSTATUS MARK_NONE
#define MARK_STR(x) m->strings.data[x] = 1
#define MARK_STACK(x) m->stacks.data[x] = 1
#define ARG(name, type) MARK_##type
#define NOARG MARK_NONE
/* The same where all ids are known. */
static HOT void marks_event(struct marks *m, uint8_t type, const uint64_t *arg)
{
    switch (type) {
#define EVENT(id, name, since, begin, need, advance, keep, a0, a1, a2, a3, about) \
    case id:                                                                      \
        a0(arg[0]);                                                               \
        a1(arg[1]);                                                               \
        a2(arg[2]);                                                               \
        a3(arg[3]);                                                               \
        break;
#define FRAME(id, name, since, a0, a1, a2, a3)
#include "model/event.def"
#undef EVENT
#undef FRAME
    default:
        break;
    }
    if (__builtin_expect(type == EvSTWBegin, 0))
        marks_kind(m, arg[0]);
    m->odd |= event_is_no_status(type, arg);
}
#undef ARG
#undef NOARG
#endif
