#include "v1/file/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/varint.h"

/* The table */

struct row {
    const char *name;
    uint8_t since, stack;
    const char *args[3]; /* "NONE" behind the last */
};
static const struct row rows[V1_TYPES] = {
#define V1(id, name, since, stack, a0, a1, a2) [id] = {#name, since, stack, {#a0, #a1, #a2}},
#include "v1/file/record.def"
#undef V1
};

/* Those that the table names before the first NONE. */
static uint8_t newest_args(uint32_t type)
{
    uint8_t n = 0;
    while (n < 3 && rows[type].args[n] && strcmp(rows[type].args[n], "NONE") != 0)
        n++;
    return n;
}

/* Events that had fewer arguments before some version (Go 1.15 argNum). */
static const struct {
    uint8_t type, before, args;
} shorter[] = {
    {V1_GCStart, 7, 0},     {V1_GoStart, 7, 1},   {V1_GoUnblock, 7, 1},
    {V1_GCSweepDone, 9, 0}, {V1_STWStart, 10, 0},
};

/* Arguments were only ever added, at the end. */
static uint8_t args_of(uint32_t type, uint32_t version)
{
    for (size_t i = 0; i < sizeof shorter / sizeof *shorter; i++) {
        if (shorter[i].type == type && version < shorter[i].before)
            return shorter[i].args;
    }
    return newest_args(type);
}

/* What has no tick delta says something of the file, not of a moment. */
static bool is_timed(uint32_t type)
{
    switch (type) {
    case V1_Batch:
    case V1_Frequency:
    case V1_Stack:
    case V1_String:
    case V1_TimerGoroutine:
        return false;
    default:
        return true;
    }
}

unsigned v1_nargs(uint32_t type, uint32_t version)
{
    if (type >= V1_TYPES || !rows[type].name || type == V1_String || type == V1_Stack)
        return 0;
    /* In 1.5 what has no tick delta has one argument more: Batch its sequence
     * number, Frequency and TimerGoroutine an unused one. */
    return args_of(type, version) + 0u + rows[type].stack + is_timed(type) + (version < 7);
}

const char *v1_name(uint32_t type)
{
    return type < V1_TYPES ? rows[type].name : NULL;
}

/* Three arguments and more are counted by a length. */
static uint8_t head_of(const struct v1_format *f, uint32_t type)
{
    const struct v1_layout *l = &f->layout[type];
    if (!l->known || !l->timed || type == V1_UserLog || type == V1_CPUSample || f->seq ||
        l->args != l->full)
        return V1_ODD;
    return l->wire < 4 ? l->wire - 1 : 3;
}

/* Made once for a trace, so that decoding asks an array and no version. */
void v1_format_init(struct v1_format *f, uint32_t version)
{
    *f = (struct v1_format){.version = version, .seq = version < 7};
    for (uint32_t t = 0; t < V1_TYPES; t++) {
        struct v1_layout *l = &f->layout[t];
        l->known = rows[t].name && rows[t].since <= version;
        l->timed = is_timed(t);
        l->wire = (uint8_t)v1_nargs(t, version);
        l->args = args_of(t, version);
        l->full = newest_args(t);
        l->stack = rows[t].stack;
        l->head = head_of(f, t);
        assert(l->args <= l->full &&
               V1_ARG + l->full + l->stack <= 6); /* as v1_record.v has room */
    }
}

/* Varints, eight bytes at a time */

/* The last bytes of varints among the first n of w, a bit each. */
static uint64_t ends_of(uint64_t w, unsigned n)
{
    return leb128_ends(w) & (n < 8 ? (UINT64_C(1) << 8 * n) - 1 : UINT64_MAX);
}

/* Counts the varints of the bytes from p to end. False: they may be broken. One
 * that is too long has nine bytes in a row that end none. */
static bool count_varints(const uint8_t *p, const uint8_t *end, unsigned *n)
{
    unsigned open = 0; /* bytes since the last end, of those before p */
    for (*n = 0; end - p >= 8; p += 8) {
        uint64_t ends = ends_of(leb128_word(p), 8);
        if (!ends || open + (unsigned)__builtin_ctzll(ends) / 8 >= LEB128_MAX - 1)
            return false;
        open = (unsigned)__builtin_clzll(ends) / 8;
        *n += (unsigned)__builtin_popcountll(ends);
        assert(open < 8);
    }
    for (; p < end; p++) {
        if (*p >= 0x80 && ++open >= LEB128_MAX - 1)
            return false;
        if (*p < 0x80) {
            open = 0;
            ++*n;
        }
    }
    return open == 0;
}

/* Decoding */

/* Where the arguments are, and how many there may be. */
struct span {
    const uint8_t *p, *end;
    unsigned n; /* exactly so many; 0: as many as fit */
};

/* What ends too early is told from what is too long: the first may be whole
 * with more bytes. */
static enum v1_fault varint_fault(const uint8_t *p, const uint8_t *end)
{
    for (const uint8_t *s = p; s < p + LEB128_MAX; s++) {
        if (s == end)
            return V1_CUT;
        if (*s < 0x80)
            break;
    }
    return V1_VARINT;
}

static enum v1_fault get(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
    return leb128_get(p, end, out) ? V1_GOOD : varint_fault(*p, end);
}

/* The record's own count of arguments, or its length in bytes: what the version
 * wants is not asked yet. */
static enum v1_fault open_span(const struct v1_format *f, const uint8_t *p, const uint8_t *end,
                               struct span *out)
{
    unsigned n = *p++ >> 6;
    uint64_t len;
    if (n < 3) {
        *out = (struct span){p, end, n + 1 + f->seq};
        return V1_GOOD;
    }
    enum v1_fault fault = get(&p, end, &len);
    if (fault != V1_GOOD)
        return fault;
    if (len > V1_MAX_ARGS)
        return V1_TOO_LONG;
    if (len > (size_t)(end - p))
        return V1_CUT;
    assert(len <= V1_MAX_ARGS && p + len <= end);
    *out = (struct span){p, p + len, 0};
    return V1_GOOD;
}

/* Steps over the span's varints and counts them. */
static enum v1_fault skip_span(struct span *s, unsigned *n)
{
    if (s->n == 0 && count_varints(s->p, s->end, n))
        return V1_GOOD;
    const uint8_t *p = s->p, *start = p;
    for (*n = 0; s->n ? *n < s->n : p < s->end; p++) {
        if (p == s->end)
            return V1_CUT;
        if (*p < 0x80) {
            if (p - start == LEB128_MAX - 1 && *p > 1)
                return V1_VARINT;
            ++*n;
            start = p + 1;
        } else if (p - start >= LEB128_MAX - 1) {
            return V1_VARINT;
        }
    }
    assert(s->p <= start && start <= p && p <= s->end);
    s->end = p;
    return start == p ? V1_GOOD : V1_CUT;
}

/* Text of `len` bytes that begins with its length. */
static enum v1_fault get_text(const uint8_t **p, const uint8_t *end, struct v1_record *out)
{
    uint64_t len;
    enum v1_fault fault = get(p, end, &len);
    if (fault != V1_GOOD)
        return fault;
    if (len > (size_t)(end - *p))
        return len > V1_MAX_TEXT ? V1_TOO_LONG : V1_CUT;
    out->text = *p;
    out->text_len = (uint32_t)len;
    *p += len;
    assert(*p <= end);
    return len > V1_MAX_TEXT ? V1_TOO_LONG : V1_GOOD;
}

/* Id 0 is the empty string, which no runtime writes. */
static enum v1_fault decode_string(const uint8_t **p, const uint8_t *end, struct v1_record *out)
{
    const uint8_t *at = *p + 1;
    enum v1_fault fault = get(&at, end, &out->v[V1_ARG]);
    if (fault == V1_GOOD)
        fault = get_text(&at, end, out);
    if (fault != V1_GOOD)
        return fault;
    *p = at;
    return out->v[V1_ARG] && out->text_len ? V1_GOOD : V1_BAD_STRING;
}

/* [id, frames, {pc, func, file, line} ...], in 1.5 [id, frames, pc ...] */
static enum v1_fault parse_stack(const struct v1_format *f, const struct span *s, unsigned n,
                                 struct v1_record *out)
{
    const uint8_t *at = s->p;
    assert(s->p <= s->end);
    uint64_t *id = &out->v[V1_ARG], *size = id + 1;
    if (n < 2 || !leb128_get(&at, s->end, id) || !leb128_get(&at, s->end, size))
        return V1_BAD_STACK;
    if (*size > V1_MAX_FRAMES || n != 2 + *size * (f->seq ? 1 : 4))
        return V1_BAD_STACK;
    out->text = at;
    out->text_len = (uint32_t)(s->end - at);
    return V1_GOOD;
}

/* With a length in front the next record is known even where this one's numbers
 * are not. */
static enum v1_fault decode_stack(const struct v1_format *f, const uint8_t **p, const uint8_t *end,
                                  struct v1_record *out)
{
    struct span s;
    unsigned n;
    enum v1_fault fault = open_span(f, *p, end, &s);
    if (fault != V1_GOOD)
        return fault;
    bool prefixed = s.n == 0;
    fault = skip_span(&s, &n);
    if (fault != V1_GOOD && !prefixed)
        return fault;
    *p = s.end;
    return fault == V1_GOOD ? parse_stack(f, &s, n, out) : V1_BAD_STACK;
}

/* The pre-release of 1.9 that GCSweepDone had no arguments in yet. */
static bool is_old_sweep(const struct v1_format *f, uint8_t type, unsigned n)
{
    return type == V1_GCSweepDone && f->version == 9 && n == 1;
}

/* Arguments that the version lacks are 0. */
static void fill_up(const struct v1_layout *l, struct v1_record *r)
{
    assert(l->args < l->full && l->full < sizeof r->v / sizeof *r->v - V1_ARG);
    r->v[V1_ARG + l->full] = r->v[V1_ARG + l->args];
    for (unsigned i = l->args; i < l->full; i++)
        r->v[V1_ARG + i] = 0;
}

/* Puts the varints of a record in their places. */
static void settle(const struct v1_format *f, const uint64_t *varints, unsigned n,
                   struct v1_record *out)
{
    struct v1_layout l = f->layout[out->type];
    assert(n + (l.timed ? V1_DT - (unsigned)f->seq : V1_ARG) <= sizeof out->v / sizeof *out->v);
    memset(out->v, 0, sizeof out->v);
    memcpy(out->v + (l.timed ? V1_DT - f->seq : V1_ARG), varints, n * sizeof *varints);
    if (is_old_sweep(f, out->type, n))
        l.args = 0;
    if (l.args != l.full)
        fill_up(&l, out);
    if (out->type == V1_Batch) {
        out->v[V1_SEQ] = f->seq ? out->v[V1_ARG + 1] : 0;
        out->v[V1_DT] = out->v[V1_ARG + 1 + f->seq];
    }
}

/* What is not the plain case: an odd number of arguments, and UserLog. */
static enum v1_fault decode_slow(const struct v1_format *f, const uint8_t **p, const uint8_t *end,
                                 struct v1_record *out)
{
    struct span s;
    unsigned n;
    enum v1_fault fault = open_span(f, *p, end, &s);
    if (fault != V1_GOOD)
        return fault;
    bool prefixed = s.n == 0;
    fault = skip_span(&s, &n);
    if (fault != V1_GOOD && !prefixed)
        return fault;
    const uint8_t *behind = s.end;
    if (out->type == V1_UserLog) {
        enum v1_fault text = get_text(&behind, end, out);
        if (text != V1_GOOD)
            return text;
    }
    *p = behind;
    if (fault != V1_GOOD || (n != f->layout[out->type].wire && !is_old_sweep(f, out->type, n)))
        return V1_COUNT;
    uint64_t varints[6] = {0};
    for (unsigned i = 0; i < n; i++)
        (void)leb128_get(&s.p, s.end, &varints[i]); /* skip_span has seen them */
    settle(f, varints, n, out);
    return V1_GOOD;
}

/* What carries more than its arguments, and what this version does not know. */
static enum v1_fault decode_other(const struct v1_format *f, const uint8_t **p, const uint8_t *end,
                                  struct v1_record *out)
{
    if (!f->layout[out->type].known)
        return V1_UNKNOWN;
    if (out->type == V1_String)
        return decode_string(p, end, out);
    if (out->type == V1_Stack)
        return decode_stack(f, p, end, out);
    return decode_slow(f, p, end, out);
}

/* The fast way is tried whenever there are bytes enough; it refuses what it
 * cannot read. */
enum v1_fault v1_decode(const struct v1_format *f, const uint8_t **p, const uint8_t *end,
                        struct v1_record *out)
{
    uint8_t first = **p;
    const uint8_t *behind = end - *p >= V1_FAST ? v1_decode_fast(f, *p, first, out->v) : NULL;
    out->type = first & 63;
    if (behind) {
        assert(*p < behind && behind <= end);
        *p = behind;
        return V1_GOOD;
    }
    return decode_other(f, p, end, out);
}

/* Framing alone */

/* Bytes of n varints at p, 0 when they are more than 8. */
static size_t size_of_varints(const uint8_t *p, unsigned n)
{
    uint64_t ends = ends_of(leb128_word(p), 8);
    for (; n > 1 && ends; n--)
        ends &= ends - 1;
    return ends ? (size_t)__builtin_ctzll(ends) / 8 + 1 : 0;
}

/* All at once where they lie within eight bytes. */
const uint8_t *v1_skip(const uint8_t *p, const uint8_t *end, unsigned n)
{
    assert(n > 0 && p <= end);
    size_t size = end - p >= 8 ? size_of_varints(p, n) : 0;
    uint64_t v;
    if (size)
        return p + size;
    for (; n; n--) {
        if (!leb128_get(&p, end, &v))
            return NULL;
    }
    return p;
}

bool v1_stack_at(const struct v1_format *f, const uint8_t *p, const uint8_t *end,
                 struct v1_record *out)
{
    struct span s;
    if (*p >> 6 < 3) /* few arguments: no harm in looking at all */
        return v1_decode(f, &p, end, out) == V1_GOOD && out->type == V1_Stack;
    out->type = V1_Stack;
    if (open_span(f, p, end, &s) != V1_GOOD || !leb128_get(&s.p, s.end, &out->v[V1_ARG]) ||
        !leb128_get(&s.p, s.end, &out->v[V1_ARG + 1]))
        return false;
    assert(s.p <= s.end && s.end <= end);
    out->text = s.p;
    out->text_len = (uint32_t)(s.end - s.p);
    return true;
}

/* Only first bytes that Go writes for a type: others are looked at, and may be
 * faults. */
void v1_strides_init(struct v1_strides *s, const struct v1_format *f, uint64_t looked_into)
{
    *s = (struct v1_strides){0};
    for (unsigned b = 0; b < 256; b++) {
        const struct v1_layout *l = &f->layout[b & 63];
        if (b >> 6 == l->head && !(looked_into >> (b & 63) & 1))
            s->by_byte[b] = l->wire;
    }
}

/* Bit 7 of each byte that ends a varint, as a count. */
static unsigned count_ends(uint64_t ends)
{
    return (unsigned)((ends >> 7) * UINT64_C(0x0101010101010101) >> 56);
}

/* Whether the `len` bytes at p, 12 at most, are n varints. So few cannot be one
 * that is too long if there are four. */
static inline bool are_varints(const uint8_t *p, size_t len, unsigned n)
{
    uint64_t low = ends_of(leb128_word(p), (unsigned)(len < 8 ? len : 8));
    uint64_t high = len > 8 ? ends_of(leb128_word(p + 8), (unsigned)(len - 8)) : 0;
    return p[len - 1] < 0x80 && count_ends(low) + count_ends(high) == n;
}

const uint8_t *v1_step_over(const struct v1_strides *s, const uint8_t *p, const uint8_t *end,
                            uint64_t *n)
{
    const uint8_t *last = end - p >= V1_FAST ? end - V1_FAST : p - 1;
    uint64_t count = 0;
    for (; p <= last; count++) {
        uint8_t first = *p;
        unsigned varints = s->by_byte[first], head = first >> 6;
        if (!varints)
            break;
        if (head == 3) {
            size_t len = p[1];
            if (len == 0 || len > 12 || !are_varints(p + 2, len, varints))
                break;
            p += 2 + len;
            continue;
        }
        /* The last of up to three ends: without branches, and without waiting
         * for the table. */
        uint64_t ends = ends_of(leb128_word(p + 1), 8);
        ends &= ends - (head > 0);
        ends &= ends - (head > 1);
        if (!ends)
            break;
        p += 2 + (unsigned)__builtin_ctzll(ends) / 8;
    }
    *n += count;
    assert(p <= end);
    return p;
}

/* Words */

static void say_count(gotrace_diag *d, const struct v1_format *f, const uint8_t *at)
{
    unsigned n = *at >> 6;
    if (n < 3)
        diag_have(d, "%u", n + 1 + f->seq);
    diag_want(d, "%u in Go 1.%u", f->layout[*at & 63].wire, f->version);
}

static const char *const faults[] = {
    [V1_GOOD] = "bytes that are no record",
    [V1_CUT] = "the trace ends inside a record: its end is missing",
    [V1_VARINT] = "a number of more than 64 bits",
    [V1_UNKNOWN] = "no such event in this version",
    [V1_TOO_LONG] = "a record longer than any real one",
    [V1_COUNT] = "a wrong number of arguments",
    [V1_BAD_STRING] = "a string without an id or without text",
    [V1_BAD_STACK] = "a stack whose size does not fit its frames",
};

static void say_fault(gotrace_diag *diag, enum v1_fault fault, uint64_t off, size_t skipped)
{
    bool lost = v1_fault_is_final(fault) && fault != V1_CUT;
    if (skipped)
        diag_set(diag, GOTRACE_DAMAGED, off, "%s; %zu bytes are skipped",
                 faults[fault == V1_CUT ? V1_GOOD : fault], skipped);
    else
        diag_set(diag, GOTRACE_DAMAGED, off, "%s%s", faults[fault],
                 lost ? ": from here on the trace is garbled" : "");
    if (fault == V1_CUT && !skipped)
        diag_cut(diag);
}

void v1_fault_diag(gotrace_diag *diag, const struct v1_format *f, enum v1_fault fault,
                   const uint8_t *at, uint64_t off, size_t skipped)
{
    uint8_t type = *at & 63;
    say_fault(diag, fault, off, skipped);
    diag->gen = 1;
    if (f->layout[type].known)
        (void)snprintf(diag->event, sizeof diag->event, "%s", rows[type].name);
    if (fault == V1_UNKNOWN) {
        diag_have(diag, "type %u", type);
        diag_want(diag, "an event of Go 1.%u", f->version);
    } else if (fault == V1_COUNT) {
        say_count(diag, f, at);
    }
}
