/* samples.c: what profiles are made of: sums by stack and by a set of labels, in the order
 * in which they come up. */
#include "export/samples.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

struct set {
    gotrace_label_set labels;
    uint32_t next; /* with the same hash; MAP_NONE: none */
};

struct gotrace_samples {
    struct map at; /* stack and labels -> index */
    VEC(gotrace_sample) list;
    struct map set_at; /* hash of a set -> its last */
    VEC(struct set) sets;
    size_t first_set; /* of the trace at hand */
    struct hash_secret secret;
};

gotrace_samples *gotrace_samples_new(void)
{
    gotrace_samples *s = mem_zeroed(1, sizeof *s);
    if (s)
        s->secret = hash_secret();
    return s;
}

void gotrace_samples_free(gotrace_samples *s)
{
    if (!s)
        return;
    map_free(&s->at);
    VEC_FREE(&s->list);
    map_free(&s->set_at);
    VEC_FREE(&s->sets);
    mem_free(s);
}

int64_t samples_sum(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

/* The index of a key's, a new one with sums of 0 if there is none; MAP_NONE: no
 * memory. What the map has no room for leaves the list again. */
static uint32_t find(gotrace_samples *s, uint32_t stack, uint32_t labels)
{
    uint64_t key = (uint64_t)stack << 32 | labels;
    uint32_t at = map_get(&s->at, key);
    if (at != MAP_NONE)
        return at;
    gotrace_sample sample = {.stack = stack, .labels = labels};
    at = (uint32_t)s->list.len;
    if (at == MAP_NONE || !VEC_PUSH(&s->list, sample))
        return MAP_NONE;
    if (map_put(&s->at, key, at))
        return at;
    s->list.len--;
    return MAP_NONE;
}

bool gotrace_samples_add(gotrace_samples *s, uint32_t stack, uint32_t labels, int64_t first,
                         int64_t second)
{
    uint32_t at = find(s, stack, labels);
    if (at == MAP_NONE)
        return false;
    gotrace_sample *sample = &s->list.data[at];
    sample->value[0] = samples_sum(sample->value[0], first);
    sample->value[1] = samples_sum(sample->value[1], second);
    return true;
}

/* The sets of spans */

/* With a secret: a trace cannot be made so that all its sets have the same hash. */
static uint64_t hash_of(const gotrace_samples *s, const gotrace_label_set *set)
{
    uint64_t h = (uint64_t)set->g ^ s->secret.add;
    h = hash_mix(h ^ ((uint64_t)set->reason << 32 | set->func), s->secret.times);
    h = hash_mix(h ^ ((uint64_t)set->task << 32 | set->region), s->secret.times);
    return hash_mix(h ^ ((uint64_t)set->kind << 8 | set->state), s->secret.times);
}

static bool is_same(const gotrace_label_set *a, const gotrace_label_set *b)
{
    return a->g == b->g && a->reason == b->reason && a->func == b->func && a->task == b->task &&
           a->region == b->region && a->kind == b->kind && a->state == b->state;
}

/* Ranges, regions and tasks have no state, and their kind stands for it. */
static void put_state(gotrace_label_set *set, const gotrace_span *span)
{
    bool has_state = span->kind == GOTRACE_SPAN_STATE || span->kind == GOTRACE_SPAN_PROC;
    set->kind = span->kind;
    set->state = has_state ? span->state : GOTRACE_STATE_NONE;
}

/* Tasks without a name, and spans without a task, are alike: 0. Negative as
 * int64 is NO_TASK of spans.h. */
static uint32_t task_name(const gotrace_spans *made_by, const gotrace_span *span)
{
    bool has_task = (int64_t)span->task > 0;
    return has_task ? gotrace_spans_task_name(made_by, span->task) : 0;
}

/* A goroutine without a name yet is told apart by its number. */
static void put_goroutine(gotrace_label_set *set, const gotrace_span *span, uint32_t labels)
{
    bool by_name = labels & GOTRACE_LABEL_FUNC;
    if (by_name)
        set->func = span->func;
    if ((labels & GOTRACE_LABEL_G) || (by_name && span->func == 0))
        set->g = span->g;
}

static gotrace_label_set set_of(const gotrace_spans *made_by, const gotrace_span *span,
                                uint32_t labels)
{
    gotrace_label_set set = {.g = -1, .kind = GOTRACE_SPAN_KINDS};
    if (labels & GOTRACE_LABEL_STATE)
        put_state(&set, span);
    if ((labels & GOTRACE_LABEL_REASON) && span->reason != GOTRACE_NO_REASON)
        set.reason = span->reason;
    if (labels & GOTRACE_LABEL_TASK)
        set.task = task_name(made_by, span);
    if (labels & GOTRACE_LABEL_REGION)
        set.region = span->region;
    put_goroutine(&set, span, labels);
    return set;
}

/* Its number, from 1 on; 0: no memory. */
static uint32_t add_set(gotrace_samples *s, const gotrace_label_set *labels, uint64_t hash,
                        uint32_t first)
{
    struct set set = {*labels, first};
    uint32_t at = (uint32_t)s->sets.len;
    if (at + 1 >= GOTRACE_OWN_SETS || !VEC_PUSH(&s->sets, set) || !map_put(&s->set_at, hash, at))
        return 0;
    return at + 1;
}

/* The number of an equal set of this trace, or of a new one. In the list of a
 * hash numbers fall, so the first one of an earlier trace ends it. */
static uint32_t number_of(gotrace_samples *s, const gotrace_label_set *labels)
{
    uint64_t hash = hash_of(s, labels);
    uint32_t first = map_get(&s->set_at, hash);
    for (uint32_t i = first; i != MAP_NONE && i >= s->first_set; i = s->sets.data[i].next)
        if (is_same(&s->sets.data[i].labels, labels))
            return i + 1;
    return add_set(s, labels, hash, first);
}

/* States are asked for one by one, other kinds as a whole: whoever calls has
 * chosen them. */
static bool is_asked_for(const gotrace_sample_rule *rule, const gotrace_span *span)
{
    if (rule->skips_open && span->open)
        return false;
    return span->kind != GOTRACE_SPAN_STATE || (rule->states >> span->state & 1);
}

/* What waited, or did not exist, was made runnable by somebody else's event; all
 * other states begin with an event of the goroutine's own. */
uint32_t samples_event_stack(const gotrace_span *span)
{
    bool made = span->prev == GOTRACE_STATE_WAITING || span->prev == GOTRACE_STATE_NOT_EXIST;
    if (span->state == GOTRACE_STATE_RUNNABLE && made)
        return span->waker_stack;
    return span->bare ? 0 : span->stack;
}

static uint32_t stack_of(const gotrace_span *span, uint8_t whose)
{
    if (whose == GOTRACE_STACK_EVENT)
        return samples_event_stack(span);
    return whose == GOTRACE_STACK_WAKER ? span->waker_stack : span->stack;
}

/* Without labels all spans of a stack are one sample, under the set 0. */
bool gotrace_samples_add_span(gotrace_samples *s, const gotrace_spans *made_by,
                              const gotrace_span *span, const gotrace_sample_rule *rule)
{
    if (!is_asked_for(rule, span))
        return true;
    gotrace_label_set labels = set_of(made_by, span, rule->labels);
    uint32_t set = rule->labels ? number_of(s, &labels) : 0;
    int64_t dur = span->to - span->from;
    if (rule->labels && !set)
        return false;
    return gotrace_samples_add(s, stack_of(span, rule->stack), set, rule->counts ? 1 : dur,
                               rule->counts ? dur : 0);
}

bool gotrace_samples_set_at(const gotrace_samples *s, uint32_t number, gotrace_label_set *out)
{
    if (number == 0 || number > s->sets.len)
        return false;
    *out = s->sets.data[number - 1].labels;
    return true;
}

void gotrace_samples_end_trace(gotrace_samples *s)
{
    s->first_set = s->sets.len;
}

bool gotrace_samples_at(const gotrace_samples *s, uint32_t i, gotrace_sample *out)
{
    if (i >= s->list.len)
        return false;
    *out = s->list.data[i];
    return true;
}
