/* chrome.c: events for the trace viewer of Chrome as lines of JSON, those of which there are
 * many. What their fields are called and in which order they come is what `go tool trace`
 * has (Go 1.27, internal/trace/traceviewer/format). */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "gotrace_lua.h"

struct gotrace_chrome {
    struct buf out; /* not yet taken */
    bool some;      /* there is an event before the next one */
    bool failed;    /* no memory */
};

enum { ROOM = 512 }; /* what an event takes at most beside its texts */

gotrace_chrome *gotrace_chrome_new(void)
{
    return mem_zeroed(1, sizeof(gotrace_chrome));
}

void gotrace_chrome_free(gotrace_chrome *w)
{
    if (!w)
        return;
    buf_free(&w->out);
    mem_free(w);
}

const void *gotrace_chrome_take(gotrace_chrome *w, size_t *n)
{
    *n = w->out.len;
    w->out.len = 0;
    return w->out.data;
}

/* Room was made: begin. */
static void put_text(gotrace_chrome *w, const char *text, size_t n)
{
    memcpy(w->out.data + w->out.len, text, n);
    w->out.len += n;
}

#define PUT(w, literal) put_text(w, literal, sizeof(literal) - 1)

/* At least `least` digits, zeros before those that n has. 20 are enough for 64 bits. */
static void put_digits(gotrace_chrome *w, uint64_t n, unsigned least)
{
    char digits[20];
    unsigned at = sizeof digits;
    for (; n || sizeof digits - at < least; n /= 10)
        digits[--at] = (char)('0' + n % 10);
    put_text(w, digits + at, sizeof digits - at);
}

/* The negation is of 64 bits without a sign, as INT64_MIN has no positive one. */
static void put_number(gotrace_chrome *w, int64_t n)
{
    if (n < 0)
        PUT(w, "-");
    put_digits(w, n < 0 ? -(uint64_t)n : (uint64_t)n, 1);
}

/* us, with the ns behind a point. */
static void put_time(gotrace_chrome *w, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        PUT(w, "-");
    put_digits(w, size / 1000, 1);
    if (size % 1000 == 0)
        return;
    PUT(w, ".");
    put_digits(w, size % 1000, 3);
}

/* What happens without a P is on the row that Go gives to none. */
static void put_row(gotrace_chrome *w, int64_t tid)
{
    if (tid == GOTRACE_CHROME_NO_ROW)
        return;
    PUT(w, ",\"tid\":");
    put_digits(w, tid < 0 ? UINT64_MAX : (uint64_t)tid, 1);
}

/* Makes room for an event with texts of n bytes, and begins it. */
static bool begin(gotrace_chrome *w, size_t n)
{
    if (w->failed || !buf_reserve(&w->out, n + ROOM)) {
        w->failed = true;
        return false;
    }
    if (w->some)
        PUT(w, ",\n");
    PUT(w, "{");
    w->some = true;
    return true;
}

/* What gotrace_chrome_... return. */
static uint32_t waiting(const gotrace_chrome *w)
{
    return w->failed ? GOTRACE_CHROME_FAILED : (uint32_t)w->out.len;
}

static uint32_t end(gotrace_chrome *w)
{
    PUT(w, "}");
    return waiting(w);
}

uint32_t gotrace_chrome_text(gotrace_chrome *w, const char *fields, size_t n)
{
    if (!begin(w, n))
        return waiting(w);
    put_text(w, fields, n);
    return end(w);
}

/* An instant (I) is one of its own row ("s":"t"), not of the whole picture. */
static void put_name(gotrace_chrome *w, char phase, const char *name, size_t n)
{
    PUT(w, "\"name\":\"");
    put_text(w, name, n);
    PUT(w, "\",\"ph\":\"");
    put_text(w, &phase, 1);
    PUT(w, "\"");
    if (phase == 'I')
        PUT(w, ",\"s\":\"t\"");
}

/* A field of a number, left out where it is 0. */
static void put_field(gotrace_chrome *w, const char *field, size_t n, int64_t value)
{
    if (value == 0)
        return;
    put_text(w, field, n);
    put_number(w, value);
}

#define PUT_FIELD(w, field, value) put_field(w, field, sizeof(field) - 1, value)

/* When and in which row; a duration of 0 is left out, as Go leaves it out. */
static void put_place(gotrace_chrome *w, const gotrace_chrome_event *e)
{
    PUT(w, ",\"ts\":");
    put_time(w, e->time);
    if (e->dur != 0) {
        PUT(w, ",\"dur\":");
        put_time(w, e->dur);
    }
    PUT(w, ",\"pid\":");
    put_number(w, e->pid);
    put_row(w, e->tid);
    PUT_FIELD(w, ",\"id\":", e->id);
    PUT_FIELD(w, ",\"sf\":", e->stack);
    PUT_FIELD(w, ",\"esf\":", e->end_stack);
}

uint32_t gotrace_chrome_put(gotrace_chrome *w, const gotrace_chrome_event *e, const char *name,
                            size_t name_len, const char *rest, size_t rest_len)
{
    if (!begin(w, name_len + rest_len))
        return waiting(w);
    put_name(w, e->phase, name, name_len);
    put_place(w, e);
    put_text(w, rest, rest_len);
    return end(w);
}

/* One text more than there are values: the first stands before the time. */
static size_t text_len(const gotrace_chrome_counter *c)
{
    size_t n = 0;
    assert(c->values <= GOTRACE_CHROME_VALUES);
    for (uint32_t i = 0; i <= c->values; i++)
        n += c->text_len[i];
    return n;
}

/* The texts have opened an object of values, which is closed before the event is. */
uint32_t gotrace_chrome_count(gotrace_chrome *w, const gotrace_chrome_counter *c, int64_t time)
{
    if (!begin(w, text_len(c)))
        return waiting(w);
    put_text(w, c->text[0], c->text_len[0]);
    put_time(w, time);
    for (uint32_t i = 0; i < c->values; i++) {
        put_text(w, c->text[i + 1], c->text_len[i + 1]);
        put_number(w, c->value[i]);
    }
    PUT(w, "}");
    return end(w);
}
