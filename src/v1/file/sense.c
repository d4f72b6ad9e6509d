#include "v1/file/sense.h"

#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "base/varint.h"
#include "read/text.h"

/* What records must add up to that are no accident, and what behind them is the end. */
enum { SURE = 32, SURE_AT_END = 8 };
/* What one of them is: a stack's own numbers agree, text is text, and a batch has its
 * time. */
enum { EVENT = 1, HEADER = 4, TEXT = 4, STACK = 8 };
/* Since which version no other P says what one does. */
enum { NO_OTHERS = 10 };
/* Bytes of a string that may be anything: a name of the program's. */
enum { SHORT = 64 };
/* Ticks that batches are apart at most, some minutes: what is none will hardly
 * have a time. */
#define APART (UINT64_C(1) << 40)

/* Stacks */

/* Whether a stack may be at p, as far as its first bytes say; *len of it follow. */
static bool may_be_stack(const struct v1_sense *s, const uint8_t *p, uint64_t *len)
{
    p++;
    return leb128_get(&p, s->end, len) && *len <= V1_MAX_ARGS && *len <= (size_t)(s->end - p);
}

/* The ids of all that look like one, wherever they stand. Bytes that are looked at
 * more than once are few unless somebody made them so. */
static bool find_stacks(const struct v1_sense *s, const uint8_t *p, size_t len, struct map *ids)
{
    uint64_t cost = 16 * (uint64_t)len, size;
    struct v1_record r;
    while (p < s->end && (p = memchr(p, 3 << 6 | V1_Stack, (size_t)(s->end - p)))) {
        const uint8_t *next = p;
        if (!may_be_stack(s, p++, &size))
            continue;
        if (cost < size)
            break;
        cost -= size;
        if (v1_decode(&s->format, &next, s->end, &r) != V1_GOOD)
            continue;
        if (r.v[V1_ARG + 1] && !map_put(ids, r.v[V1_ARG], 0))
            return false;
        p = next;
    }
    return true;
}

/* The highest id, 0: many are not there. They count from 1. */
static uint64_t last_of(const struct map *ids)
{
    uint64_t last = 0;
    for (size_t i = 0; ids->slots && i <= ids->mask; i++) {
        const struct map_slot *slot = &ids->slots[i];
        last = slot->value != MAP_NONE && slot->key > last ? slot->key : last;
    }
    assert(last + 1 >= ids->len); /* they are different numbers */
    return last - ids->len <= ids->len / 16 ? last : 0;
}

bool v1_sense_init(struct v1_sense *s, uint32_t version, const uint8_t *data, size_t len)
{
    struct map ids = {0};
    *s = (struct v1_sense){.end = data + len, .budget = len + (64 << 10)};
    v1_format_init(&s->format, version);
    bool ok = find_stacks(s, data, len, &ids);
    s->last_stack = last_of(&ids);
    map_free(&ids);
    return ok;
}

static bool has_its_stack(const struct v1_sense *s, const struct v1_record *r)
{
    const struct v1_layout *l = &s->format.layout[r->type];
    assert(V1_ARG + l->full + l->stack <= 6);
    uint64_t id = l->stack ? r->v[V1_ARG + l->full] : 0;
    return !s->last_stack || id <= s->last_stack;
}

/* One record */

/* Of what a P does one after the other: begin, end, bits of being in it and of not. */
static const struct {
    uint64_t begin, end;
    uint8_t in, out;
} ranges[] = {
    {V1_BIT(STWStart), V1_BIT(STWDone), V1_STOPS_WORLD, V1_NO_WORLD},
    {V1_BIT(GCSweepStart), V1_BIT(GCSweepDone), V1_SWEEPS, V1_NO_SWEEP},
};
enum { RANGES = sizeof ranges / sizeof *ranges };

/* What comes though the P has stopped: all that is no event of its own. */
#define ASIDE                                                                                 \
    (V1_BIT(Batch) | V1_BIT(Frequency) | V1_BIT(Stack) | V1_BIT(String) | V1_BIT(CPUSample) | \
     V1_BIT(TimerGoroutine))

static bool is_in_turn(const struct v1_sense *s, uint64_t bit, uint8_t turn)
{
    uint8_t who = turn & V1_WHO;
    bool starts = bit == V1_BIT(ProcStart), strict = s->format.version >= NO_OTHERS;
    for (unsigned i = 0; strict && i < RANGES; i++) {
        if ((bit == ranges[i].begin && turn & ranges[i].in) ||
            (bit == ranges[i].end && turn & ranges[i].out))
            return false;
    }
    if (strict && turn & V1_STOPPED)
        return starts || bit & ASIDE;
    if (who == V1_NOBODY)
        return !(bit & V1_NEEDING) && !(strict && starts);
    return who != V1_STARTED || !(bit & (V1_STARTING | V1_BIT(ProcStop)) || (strict && starts));
}

static uint8_t behind(uint8_t turn, uint64_t bit)
{
    uint8_t who = v1_turn_behind(turn & V1_WHO, bit), rest = turn & (uint8_t)~V1_WHO;
    if (!(bit & ASIDE))
        rest &= (uint8_t)~V1_STOPPED;
    for (unsigned i = 0; i < RANGES; i++) {
        uint8_t both = ranges[i].in | ranges[i].out;
        if (bit == ranges[i].begin)
            rest = (rest & (uint8_t)~both) | ranges[i].in;
        else if (bit == ranges[i].end)
            rest = (rest & (uint8_t)~both) | ranges[i].out;
    }
    assert(who <= V1_NOBODY && !(rest & V1_WHO));
    return who | rest | (bit == V1_BIT(ProcStop) ? V1_STOPPED : 0);
}

static bool is_near(const struct v1_sense *s, const struct v1_record *r)
{
    uint64_t pid = r->v[V1_ARG];
    bool is_pid = pid <= INT32_MAX || pid == UINT64_MAX;
    return is_pid && (!s->ticks || r->v[V1_DT] - s->ticks + APART <= 2 * APART);
}

/* One that is long is text. */
static bool is_string(const uint8_t *p, const struct v1_record *r)
{
    return v1_may_be(r->type, *p) &&
           (r->text_len <= SHORT || text_len(r->text, r->text_len) == r->text_len);
}

/* Of any machine: 1 us to 1 ps. Clocks that are out of step make none of it. */
static bool is_frequency(const struct v1_record *r)
{
    return (int64_t)r->v[V1_ARG] <= 0 || r->v[V1_ARG] - 1000000 < UINT64_C(1000000000000);
}

bool v1_is_possible(const struct v1_sense *s, const uint8_t *p, const struct v1_record *r)
{
    switch (r->type) {
    case V1_Batch:
        return is_near(s, r);
    case V1_String:
        return is_string(p, r);
    case V1_Frequency:
        return is_frequency(r);
    default:
        return has_its_stack(s, r) && (!s->format.layout[r->type].timed || r->v[V1_DT] < APART);
    }
}

bool v1_makes_sense(const struct v1_sense *s, const uint8_t *p, const struct v1_record *r,
                    uint8_t *turn)
{
    uint64_t bit = UINT64_C(1) << r->type;
    assert(r->type < V1_TYPES && s->format.layout[r->type].known);
    bool in_turn = is_in_turn(s, bit, *turn);
    *turn = r->type == V1_Batch ? V1_AS_BEFORE : behind(*turn, bit);
    return in_turn && v1_is_possible(s, p, r);
}

/* Several */

static unsigned weight(const struct v1_record *r)
{
    if (r->type == V1_Stack)
        return r->v[V1_ARG + 1] ? STACK : EVENT;
    if (r->type == V1_Batch || r->type == V1_Frequency)
        return HEADER;
    return r->type == V1_String && r->text_len > TEXT_SURE ? TEXT : EVENT;
}

bool v1_goes_on(struct v1_sense *s, const uint8_t *p, uint8_t turn, unsigned odd,
                const uint8_t *beyond)
{
    unsigned sum = 0;
    struct v1_record r;
    while (p < s->end && (sum < SURE || p <= beyond)) {
        if (!s->budget)
            return false;
        s->budget--;
        const uint8_t *at = p;
        if (v1_decode(&s->format, &p, s->end, &r) != V1_GOOD)
            return false;
        if (!v1_makes_sense(s, at, &r, &turn) && odd-- == 0)
            return false;
        sum += weight(&r);
    }
    return sum >= (p < s->end || s->cut ? SURE : SURE_AT_END) && p > beyond;
}

/* An older trace behind */

/* So many strings and stacks in a row are no accident. */
enum { FOOTER = 4 };

/* Where a footer ends, record by record. */
struct footer {
    struct map stacks;          /* their ids */
    uint64_t last;              /* the highest of them */
    size_t records;             /* strings and stacks */
    const uint8_t *end, *whole; /* of its records; of those up to which no stack is missing */
    bool ok;                    /* there was memory */
};

/* Whether a record goes on with it: its stacks are there once. */
static bool goes_on_footer(struct footer *to, const struct v1_record *r, const uint8_t *at,
                           const uint8_t *next)
{
    uint64_t id = r->v[V1_ARG];
    if (!v1_is_footer(r->type) || r->type == V1_Frequency || !v1_may_be(r->type, *at))
        return false;
    to->records += r->type == V1_String || r->type == V1_Stack;
    assert(at < next);
    to->end = next;
    if (r->type != V1_Stack || !r->v[V1_ARG + 1])
        return true;
    if (map_get(&to->stacks, id) != MAP_NONE)
        return false;
    to->ok = to->ok && map_put(&to->stacks, id, 0);
    to->last = id > to->last ? id : to->last;
    assert(!to->ok || to->stacks.len > 0);
    if (to->stacks.len == to->last)
        to->whole = next;
    return to->ok;
}

/* The footer whose frequency is at p: false, there is none. */
static bool read_footer(const struct v1_format *f, const uint8_t *p, const uint8_t *end,
                        struct footer *to)
{
    const uint8_t *next = p;
    struct v1_record r;
    *to = (struct footer){.ok = true};
    if (v1_decode(f, &next, end, &r) != V1_GOOD || r.type != V1_Frequency)
        return false;
    do {
        p = next;
    } while (p < end && v1_decode(f, &next, end, &r) == V1_GOOD && goes_on_footer(to, &r, p, next));
    map_free(&to->stacks);
    return to->ok && to->records >= FOOTER;
}

/* Where the records begin to be a footer; NULL: one of them is broken before. */
static const uint8_t *find_frequency(const struct v1_format *f, const uint8_t *p,
                                     const uint8_t *end)
{
    struct v1_record r;
    while (p < end) {
        const uint8_t *at = p;
        if (v1_decode(f, &p, end, &r) != V1_GOOD)
            return NULL;
        if (r.type == V1_Frequency)
            return at;
    }
    return NULL;
}

/* Whether there is one from p on, and not the same as `own` once more: of a copy that is bad. */
static bool has_footer(const struct v1_format *f, const uint8_t *p, const uint8_t *end,
                       const uint8_t *own)
{
    enum { SAME = 48 };
    struct footer footer;
    while (p < end && (p = memchr(p, V1_Frequency, (size_t)(end - p)))) {
        bool same = end - p >= SAME && memcmp(p, own, SAME) == 0;
        if (read_footer(f, p++, end, &footer))
            return !same;
    }
    return false;
}

/* Whether there is a stack, which says itself how long it is, before others of a footer or
 * the end. */
static bool has_stack(const struct v1_format *f, const uint8_t *p, const uint8_t *end)
{
    struct v1_record r;
    while (p < end && (p = memchr(p, 3 << 6 | V1_Stack, (size_t)(end - p)))) {
        const uint8_t *next = p++;
        if (v1_decode(f, &next, end, &r) != V1_GOOD || !r.v[V1_ARG + 1])
            continue;
        if (next == end || (v1_decode(f, &next, end, &r) == V1_GOOD && v1_is_footer(r.type)))
            return true;
    }
    return false;
}

const uint8_t *v1_find_older(const struct v1_format *f, const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len, *p = find_frequency(f, data, end);
    struct footer footer;
    if (!p || !read_footer(f, p, end, &footer))
        return NULL;
    if (footer.whole && footer.whole < end && has_stack(f, footer.whole, end))
        return footer.whole;
    return footer.end < end && has_footer(f, footer.end, end, p) ? footer.end : NULL;
}
