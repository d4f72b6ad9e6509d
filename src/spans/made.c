/* made.c: the spans of a step, cut to the windows. */
#include <stdlib.h>

#include "spans/spans.h"

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* 0 where they have nothing in common. */
static int64_t overlap(const struct window *w, int64_t from, int64_t to)
{
    return later(0, earlier(to, w->to) - later(from, w->from));
}

/* The first window that ends behind a time. */
static size_t window_behind(const struct gotrace_spans *s, int64_t time)
{
    size_t low = 0, high = s->windows.len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->windows.data[middle].to > time)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Siblings end one behind the other: only the last entry can be of the same window. */
static bool count_in(struct inner *inner, size_t window, int64_t ns)
{
    struct window_ns first = {window, ns};
    size_t n = inner->in.len;
    if (n == 0 || inner->in.data[n - 1].window != window)
        return VEC_PUSH_FEW(&inner->in, first);
    inner->in.data[n - 1].ns += ns;
    return true;
}

/* Windows are in order: behind the first that it does not reach there are no others. */
void made_count(struct gotrace_spans *s, struct inner *inner, int64_t from, int64_t to)
{
    for (size_t i = window_behind(s, from); i < s->windows.len; i++) {
        int64_t ns = overlap(&s->windows.data[i], from, to);
        if (ns == 0)
            break;
        if (!count_in(inner, i, ns))
            s->failed = true;
    }
}

/* Ns of a region in the window that other regions in it take. */
static int64_t inner_ns(const struct gotrace_spans *s, const struct made *m, size_t window,
                        int64_t to)
{
    const struct inner *inner = &m->region->inner;
    size_t i = inner->in.len;
    int64_t ns = m->inner_from == NEVER ? 0 : overlap(&s->windows.data[window], m->inner_from, to);
    while (i > 0 && inner->in.data[i - 1].window > window)
        i--;
    return i > 0 && inner->in.data[i - 1].window == window ? ns + inner->in.data[i - 1].ns : ns;
}

/* The span is behind the last one of `made`, and is none of them until made_end. */
bool made_begin(struct gotrace_spans *s, struct made *m, gotrace_span_kind kind)
{
    static const gotrace_span unsaid = {
        .g = NO_ID,
        .p = NO_ID,
        .m = NO_ID,
        .waker = NO_ID,
        .task = NO_TASK,
        .parent = NO_TASK,
        .reason = GOTRACE_NO_REASON,
    };
    gotrace_span *span = spans_wanted(s, kind) ? made_next(s) : NULL;
    if (!span)
        return false;
    *m = (struct made){.span = span, .no_proc = NEVER, .inner_from = NEVER};
    *span = unsaid;
    span->kind = (uint8_t)kind;
    return true;
}

/* The part of a span that is in a window. */
static void set_part(const struct gotrace_spans *s, gotrace_span *span, const struct made *m,
                     size_t window, int64_t from, int64_t to)
{
    const struct window *w = &s->windows.data[window];
    span->at = s->at;
    span->from = later(from, w->from);
    span->to = earlier(to, w->to);
    span->clipped = (uint8_t)((span->from > from ? GOTRACE_SIDE_BEGIN : 0) |
                              (span->to < to ? GOTRACE_SIDE_END : 0));
    if (m->no_proc != NEVER)
        span->blocked = overlap(w, m->no_proc, to);
    if (m->region)
        span->self = span->to - span->from - inner_ns(s, m, window, to);
}

/* The same with several windows, or one that may not have all of it. Of a copy:
 * the first part takes the place where m->span is, and that may move. */
static void add_parts(struct gotrace_spans *s, const struct made *m, int64_t from, int64_t to)
{
    gotrace_span span = *m->span;
    for (size_t i = window_behind(s, from); i < s->windows.len; i++) {
        if (overlap(&s->windows.data[i], from, to) == 0)
            break;
        set_part(s, &span, m, i, from, to);
        if (!VEC_PUSH(&s->made, span))
            s->failed = true;
    }
}

/* begun_by: what is open and younger is not asked for. */
void made_end(struct gotrace_spans *s, const struct made *m, int64_t from, int64_t to)
{
    if (from > s->begun_by)
        return;
    if (made_is_whole(s, from, to)) {
        set_part(s, m->span, m, 0, from, to);
        s->made.len++;
    } else {
        add_parts(s, m, from, to);
    }
}

/* The first window that ends behind `from` has some of it, or none has. */
bool made_is_any(const struct gotrace_spans *s, int64_t from, int64_t to)
{
    if (made_is_whole(s, from, to))
        return true;
    size_t i = window_behind(s, from);
    return i < s->windows.len && overlap(&s->windows.data[i], from, to) > 0;
}

/* Not by a difference, which may be too large for an int. */
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
