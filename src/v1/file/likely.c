#include "v1/file/likely.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "read/text.h"

/* Bytes that may be looked at, by those there are: records that are broken and long may
 * lie in each other. */
enum { LOOKS = 64, LOOKS_MORE = 1 << 20 };
/* Records that are too few to tell what is likely. */
enum { FEW = 32 };
/* Bits of a byte of text, of one of another in a string, and of one of a stack. */
enum { TEXT_BITS = 3, BINARY_BITS = 16, STACK_BITS = 5 };
/* Bits of the choice of one that is rare. */
enum { RARE_BITS = 11 };
/* More bits for what nothing else names, and for a stack that no event of its type has. */
enum { NEW_BITS = 8, KNOWN_BITS = 4 };
/* As many as a trace may have of which the table of stacks is lost. */
enum { STACKS = 1024 };
/* Bits of a byte that no record begins with, where one should. */
enum { NO_FIRST_BITS = 12 };
/* More bits for a string that ends as if it had taken the first byte of a record. */
enum { TAKEN_BITS = 14 };
/* Strings that were not found, so that ids go beyond their number. */
enum { LOST_STRINGS = 16 };
/* More bits for a string that may be foreign, and for each byte of it. */
enum { FOREIGN_BITS = 20, FOREIGN_TEXT_BITS = 5 };
/* More bits for an end without a begin. */
enum { LONE_BITS = 20 };
/* Bits of what has a row of its own: a batch's time, and a frequency; and more for a time that
 * is far from those of the batches around, so many on each side. */
enum { TIME_BITS = 24, FAR_BITS = 100, AROUND = 2 };

/* The table */

static const struct {
    const char *argument;
    uint8_t names;
} words[] = {
    {"g", V1_NAMES_G},           {"thread", V1_NAMES_M},
    {"p", V1_NAMES_P},           {"labelid", V1_NAMES_STRING},
    {"typeid", V1_NAMES_STRING}, {"keyid", V1_NAMES_STRING},
};

/* By the argument's name in record.def; all others are plain numbers. */
static uint8_t names_of(const char *argument)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].argument, argument) == 0)
            return words[i].names;
    }
    return V1_NUMBER;
}

/* From 1.7 on the second argument of GoCreate is a stack; in 1.5 it is a PC, a
 * number. */
static void set_names(struct v1_likely *l)
{
    static const char *const args[V1_TYPES][3] = {
#define V1(id, name, since, stack, a0, a1, a2) [id] = {#a0, #a1, #a2},
#include "v1/file/record.def"
#undef V1
    };
    for (unsigned t = 0; t < V1_TYPES; t++) {
        const struct v1_layout *layout = &l->sense->format.layout[t];
        for (unsigned i = 0; i < 3 && args[t][i]; i++)
            l->names[t][V1_ARG + i] = names_of(args[t][i]);
        assert(V1_ARG + layout->full + layout->stack <= V1_PLACES);
        if (layout->stack)
            l->names[t][V1_ARG + layout->full] = V1_NAMES_STACK;
    }
    if (l->sense->format.version >= 7)
        l->names[V1_GoCreate][V1_ARG + 1] = V1_NAMES_STACK;
}

/* Counting */

/* A stack is nearly always one of the same type of events. */
static uint64_t key_of(uint8_t names, uint8_t type, uint64_t id)
{
    return (uint64_t)names << 56 ^ (uint64_t)(names == V1_NAMES_STACK ? type : 0) << 48 ^ id;
}

static bool count_id(struct v1_likely *l, uint8_t names, uint8_t type, uint64_t id)
{
    uint64_t key = key_of(names, type, id);
    assert(names > V1_NUMBER && names < V1_STRING_AT);
    uint32_t n = map_get(&l->ids, key);
    l->named[names]++;
    return map_put(&l->ids, key, n == MAP_NONE ? 1 : n + 1);
}

/* Places of r->v that are of this type. */
static void places_of(const struct v1_likely *l, uint8_t type, unsigned *first, unsigned *last)
{
    const struct v1_layout *layout = &l->sense->format.layout[type];
    *first = layout->timed ? V1_DT - l->sense->format.seq : V1_ARG;
    *last = V1_ARG + 0u + layout->full + layout->stack;
    assert(*first <= *last && *last <= V1_PLACES);
}

/* 0 for 0: numbers are counted by their length, whose digits are then as good
 * as random. */
static uint32_t bits_of(uint64_t v)
{
    return v ? 64 - (uint32_t)__builtin_clzll(v) : 0;
}

static bool has_numbers(uint8_t type)
{
    return type != V1_Stack && type != V1_String && type != V1_Frequency;
}

/* Where a string is, as a number that no count of ids is confused with. */
static uint32_t place_of(const struct v1_likely *l, const struct v1_record *r)
{
    return (uint32_t)((size_t)(r->text - l->data) % MAP_NONE);
}

/* Its place too, so that another string of its id is told from it. */
static bool count_string(struct v1_likely *l, const struct v1_record *r)
{
    return count_id(l, V1_IS_STRING, 0, r->v[V1_ARG]) &&
           map_put(&l->ids, key_of(V1_STRING_AT, 0, r->v[V1_ARG]), place_of(l, r));
}

/* V1_None stands for any type before it, also where that is not known. */
static bool count_record(struct v1_likely *l, uint8_t last, const struct v1_record *r)
{
    unsigned i = 0, end = 0;
    l->pairs[V1_None][r->type]++;
    l->all[V1_None]++;
    if (last != V1_None) {
        l->pairs[last][r->type]++;
        l->all[last]++;
    }
    if (has_numbers(r->type))
        places_of(l, r->type, &i, &end);
    if (r->type == V1_String && !count_string(l, r))
        return false;
    for (; i < end; i++) {
        uint8_t names = l->names[r->type][i];
        if (names == V1_NUMBER)
            l->sizes[r->type][i][bits_of(r->v[i])]++;
        else if (!count_id(l, names, r->type, r->v[i]))
            return false;
    }
    return true;
}

static bool note_time(struct v1_likely *l, const uint8_t *p, const struct v1_record *r)
{
    struct v1_time time = {p, r->v[V1_DT]};
    assert(!l->times.len || l->times.data[l->times.len - 1].p < p); /* as they lie */
    return r->type != V1_Batch || VEC_PUSH(&l->times, time);
}

/* Bytes that reading the record at p may look at. */
static size_t looks_at(const struct v1_likely *l, const uint8_t *p)
{
    uint64_t len;
    size_t left = (size_t)(l->sense->end - p);
    bool prefixed = *p++ >> 6 == 3 && leb128_get(&p, l->sense->end, &len);
    return !prefixed || len > V1_MAX_ARGS ? 64 : len < left ? 64 + (size_t)len : 64 + left;
}

/* Broken records may overlap, so what is looked at has a limit: what is counted
 * by then will do. */
static bool count_all(struct v1_likely *l, const uint8_t *p)
{
    const uint8_t *end = l->sense->end;
    uint64_t looks = (uint64_t)(end - p) * LOOKS + LOOKS_MORE;
    uint8_t last = V1_None;
    while (p < end) {
        struct v1_record r;
        const uint8_t *at = p;
        size_t n = looks_at(l, p);
        if (looks < n)
            break;
        looks -= n;
        enum v1_fault fault = v1_decode(&l->sense->format, &p, end, &r);
        bool good = fault == V1_GOOD && v1_may_be(r.type, *at);
        if (good && !(count_record(l, last, &r) && note_time(l, at, &r)))
            return false;
        last = good ? r.type : V1_None;
        p += v1_fault_is_final(fault);
    }
    return true;
}

void v1_likely_free(struct v1_likely *l)
{
    if (l) {
        map_free(&l->ids);
        VEC_FREE(&l->times);
    }
    mem_free(l);
}

/* Costs */

/* The logarithm of v, which is not 0, in eighths. */
static uint32_t log_of(uint64_t v)
{
    assert(v);
    unsigned zeros = (unsigned)__builtin_clzll(v);
    return V1_BITS(63 - zeros) + (uint32_t)(v << zeros >> 60 & 7);
}

/* The cost of one that n of `all` are. What is there once may be there only where it
 * has been read wrongly; what is rare need not be wrong. */
static uint32_t share_cost(uint32_t n, uint32_t all)
{
    uint64_t some = n < 2 ? 1 + 3 * (uint64_t)n : 16 * ((uint64_t)n - 1);
    assert(n <= all || n < 2 || some <= 16 * (uint64_t)all + 64);
    uint32_t cost = log_of(16 * (uint64_t)all + 64) - log_of(some);
    return cost < V1_BITS(RARE_BITS) ? cost : V1_BITS(RARE_BITS);
}

bool v1_likely_knows(const struct v1_likely *l)
{
    return l->all[V1_None] >= FEW;
}

uint32_t v1_likely_count(const struct v1_likely *l, enum v1_named names, uint8_t type, uint64_t id)
{
    uint32_t n = map_get(&l->ids, key_of((uint8_t)names, type, id));
    return n == MAP_NONE ? 0 : n;
}

/* What nothing else names costs more, but for stacks: each has its row in the
 * table at the end. */
static uint32_t id_cost(const struct v1_likely *l, uint8_t names, uint8_t type, uint64_t id)
{
    uint32_t n = v1_likely_count(l, names, type, id), all = l->named[names];
    if (n > 1)
        return share_cost(n, names == V1_NAMES_STACK ? l->pairs[V1_None][type] : all);
    if (names == V1_NAMES_STACK && id == 0) /* none */
        return V1_BITS(KNOWN_BITS);
    uint64_t stacks = l->sense->last_stack ? l->sense->last_stack : STACKS;
    if (names == V1_NAMES_STACK && id <= stacks)
        return log_of(stacks) + V1_BITS(KNOWN_BITS);
    return share_cost(n, all) + V1_BITS(NEW_BITS);
}

/* The length by its share, and its other bits as they are. */
static uint32_t number_cost(const struct v1_likely *l, uint8_t type, unsigned place, uint64_t v)
{
    uint32_t bits = bits_of(v);
    assert(place < V1_PLACES && l->names[type][place] == V1_NUMBER);
    return share_cost(l->sizes[type][place][bits], l->pairs[V1_None][type]) +
           V1_BITS(bits ? bits - 1 : 0);
}

/* A byte that is no text costs as much as two. */
static uint32_t text_cost(const uint8_t *text, size_t len)
{
    uint32_t cost = 0;
    for (size_t i = 0; i < len; i++) {
        size_t n = text_len(text + i, len - i);
        cost += (uint32_t)n * V1_BITS(TEXT_BITS);
        i += n;
        cost += i < len ? V1_BITS(BINARY_BITS) : 0;
    }
    return cost;
}

static uint32_t string_cost(const uint8_t *text, size_t len)
{
    bool taken = len && (text[len - 1] == V1_String || !text_len(&text[len - 1], 1));
    return text_cost(text, len) + (taken ? V1_BITS(TAKEN_BITS) : 0);
}

bool v1_likely_foreign(const struct v1_likely *l, const struct v1_record *r)
{
    uint64_t id = r->v[V1_ARG];
    uint32_t n = v1_likely_count(l, V1_IS_STRING, 0, id);
    if (n == 0 && id > l->named[V1_IS_STRING] + (uint64_t)LOST_STRINGS)
        return true;
    return n > 1 || (n && v1_likely_count(l, V1_STRING_AT, 0, id) != place_of(l, r)) ||
           (!l->readable && text_line(r->text, r->text_len) < r->text_len);
}

static uint32_t foreign_cost(const struct v1_likely *l, const struct v1_record *r)
{
    return v1_likely_foreign(l, r)
               ? V1_BITS(FOREIGN_BITS) + (uint32_t)r->text_len * V1_BITS(FOREIGN_TEXT_BITS)
               : 0;
}

/* The first of the times at p or behind it. */
static size_t time_behind(const struct v1_likely *l, const uint8_t *p)
{
    size_t from = 0, to = l->times.len;
    while (from < to) {
        size_t i = from + (to - from) / 2;
        if (l->times.data[i].p < p)
            from = i + 1;
        else
            to = i;
    }
    assert(from == l->times.len || l->times.data[from].p >= p);
    return from;
}

/* At the edges of a trace there are fewer around it; with less than two nothing
 * can be said. */
bool v1_likely_time(const struct v1_likely *l, const uint8_t *p, uint64_t ticks)
{
    size_t i = time_behind(l, p), near = 0, others = 0;
    size_t from = i < AROUND ? 0 : i - AROUND, to = i + AROUND + 1;
    for (size_t j = from; j < to && j < l->times.len; j++) {
        if (l->times.data[j].p == p)
            continue;
        others++;
        near += !v1_is_far(l->times.data[j].ticks, ticks);
    }
    return others < 2 || near >= (others + 1) / 2;
}

static void find_start(struct v1_likely *l)
{
    for (size_t i = 0; i < l->times.len; i++) {
        const struct v1_time *t = &l->times.data[i];
        if ((!l->start || t->ticks < l->start) && v1_likely_time(l, t->p, t->ticks))
            l->start = t->ticks;
    }
}

/* Times are judged when all are known: find_start comes last. */
struct v1_likely *v1_likely_new(const struct v1_sense *sense, const uint8_t *p)
{
    struct v1_likely *l = mem_zeroed(1, sizeof *l);
    if (!l)
        return NULL;
    l->sense = sense;
    l->data = p;
    set_names(l);
    if (!count_all(l, p)) {
        v1_likely_free(l);
        return NULL;
    }
    find_start(l);
    return l;
}

static uint32_t batch_cost(const struct v1_likely *l, const uint8_t *p, const struct v1_record *r)
{
    bool is_pid = r->v[V1_ARG] <= INT32_MAX || r->v[V1_ARG] == UINT64_MAX;
    uint32_t far = is_pid && v1_likely_time(l, p, r->v[V1_DT]) ? 0 : V1_BITS(FAR_BITS);
    return id_cost(l, V1_NAMES_P, r->type, r->v[V1_ARG]) + V1_BITS(TIME_BITS) + far;
}

/* As if each argument were independent of the others, which is near enough. */
static uint32_t numbers_cost(const struct v1_likely *l, const struct v1_record *r)
{
    unsigned i, end;
    uint32_t cost = 0;
    places_of(l, r->type, &i, &end);
    for (; i < end; i++) {
        uint8_t names = l->names[r->type][i];
        cost += names == V1_NUMBER ? number_cost(l, r->type, i, r->v[i])
                                   : id_cost(l, names, r->type, r->v[i]);
    }
    return cost;
}

/* Whether the runtime begins a record so. */
static bool is_first(const struct v1_likely *l, uint8_t first)
{
    const struct v1_format *f = &l->sense->format;
    const struct v1_layout *layout = &f->layout[first & 63];
    unsigned head = layout->wire - 1u - f->seq;
    if ((first & 63) == V1_String || (first & 63) == V1_Stack)
        return first == V1_String || first == (3 << 6 | V1_Stack);
    return layout->known && first >> 6 == (head < 3 ? head : 3);
}

uint32_t v1_likely_first(const struct v1_likely *l, uint8_t last, uint8_t first)
{
    if (!is_first(l, first))
        return V1_BITS(NO_FIRST_BITS);
    return share_cost(l->pairs[last][first & 63], l->all[last]);
}

/* An end of what has nowhere begun. */
static bool is_lone_end(const struct v1_likely *l, uint8_t type)
{
    static const uint8_t begins[V1_TYPES] = {
        [V1_GCDone] = V1_GCStart,
        [V1_STWDone] = V1_STWStart,
        [V1_GCSweepDone] = V1_GCSweepStart,
        [V1_GCMarkAssistDone] = V1_GCMarkAssistStart,
    };
    return begins[type] != V1_None && !l->pairs[V1_None][begins[type]];
}

uint32_t v1_likely_cost(const struct v1_likely *l, uint8_t last, const uint8_t *p,
                        const struct v1_record *r)
{
    uint32_t cost = share_cost(l->pairs[last][r->type], l->all[last]);
    if (is_lone_end(l, r->type))
        cost += V1_BITS(LONE_BITS);
    if (r->type == V1_Batch)
        return cost + batch_cost(l, p, r);
    if (r->type == V1_Frequency)
        return cost + V1_BITS(TIME_BITS);
    if (r->type == V1_Stack)
        return cost + V1_BITS(16) + r->text_len * V1_BITS(STACK_BITS);
    if (r->type == V1_String)
        return cost + V1_BITS(16) + string_cost(r->text, r->text_len) + foreign_cost(l, r);
    if (r->type == V1_UserLog)
        cost += V1_BITS(7) + string_cost(r->text, r->text_len);
    return cost + numbers_cost(l, r);
}
