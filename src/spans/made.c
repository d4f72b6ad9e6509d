#include <stdlib.h>

#include "spans/spans.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t made_in_window(const struct gotrace_spans *s, int64_t from, int64_t to)
{
    int64_t ns = earlier(to, s->window_to) - later(from, s->window_from);
    return ns > 0 ? ns : 0;
}

static gotrace_span *append(struct gotrace_spans *s)
{
    static const gotrace_span none = {
        .g = NO_ID,
        .p = NO_ID,
        .m = NO_ID,
        .waker = NO_ID,
        .task = NO_TASK,
        .parent = NO_TASK,
        .reason = GOTRACE_NO_REASON,
    };
    if (!VEC_PUSH(&s->made, none)) {
        s->failed = true;
        return NULL;
    }
    return &s->made.data[s->made.len - 1];
}

gotrace_span *made_add(struct gotrace_spans *s, gotrace_span_kind kind, int64_t from, int64_t to)
{
    if (!spans_wanted(s, kind) || made_in_window(s, from, to) == 0)
        return NULL;
    gotrace_span *span = append(s);
    if (!span)
        return NULL;
    span->kind = (uint8_t)kind;
    span->from = later(from, s->window_from);
    span->to = earlier(to, s->window_to);
    span->clipped = (uint8_t)((span->from > from ? GOTRACE_SIDE_BEGIN : 0) |
                              (span->to < to ? GOTRACE_SIDE_END : 0));
    return span;
}

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* By what follows `g` as well, so that the order is the same everywhere. */
static int compare_spans(const void *a, const void *b)
{
    const gotrace_span *x = a, *y = b;
    int by = compare(x->from, y->from);
    by = by ? by : compare(x->g, y->g);
    by = by ? by : compare(x->kind, y->kind);
    by = by ? by : compare(x->p, y->p);
    by = by ? by : compare((int64_t)x->task, (int64_t)y->task);
    return by ? by : compare((int64_t)x->begin_n, (int64_t)y->begin_n);
}

void made_sort(struct gotrace_spans *s)
{
    if (s->made.len > 1)
        qsort(s->made.data, s->made.len, sizeof *s->made.data, compare_spans);
}
