#include "v2/batch_summary.h"

#include <assert.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "event/event.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Every step of the way through a batch has to wait for the one before, which
 * says where the event ends. So several batches are gone through side by side,
 * each on its lane: while one waits the others are busy. */
enum {
    LANES = 6,
    LONGEST = 1 + (1 + GOTRACE_ARGS) * LEB128_MAX, /* bytes of an event */
    GLANCE = 16,                                   /* bytes that a step looks at, at most */
    /* A number over 64 bits has ten bytes or more: it is not among the arguments
     * of an event of fewer than twelve. */
    EASY = 11,
    DT_BYTES = 7 /* deltas of more could sum up to over 64 bits in a batch */
};

#define LOW 0x0101010101010101u

/* The event at p by its type's code: its bytes, more than EASY if that does not
 * tell, and its dt. GLANCE bytes are there. */
struct stride {
    unsigned size;
    uint64_t dt;
};
typedef struct stride step_fn(const uint64_t *code, const uint8_t *p);

struct summary_way {
    step_fn *step;
    uint64_t (*code)(uint8_t type);
    void (*run)(const struct summary_rule *, summary_take *, void *);
};

struct lane {
    const uint8_t *p, *end;
    uint64_t ticks;
    uint32_t events; /* before p */
    struct batch_summary *batch;
};

/* Counts in each byte the numbers that end up to there; the code fills each up
 * to the high bit where the event's last number has ended. */
static HOT struct stride step_portable(const uint64_t *code, const uint8_t *p)
{
    uint64_t word = leb128_word(p), ends = leb128_ends(word);
    uint64_t reached = ((ends >> 7) * LOW + code[(uint8_t)word]) & (0x80 * LOW);
    unsigned size = reached ? (unsigned)__builtin_ctzll(reached) / 8 + 1 : EASY + 1u;
    return (struct stride){size, leb128_gather(word >> 8, ends >> 8)};
}

/* So that the count of numbers reaches 0x80 in the byte in which the last one ends. */
static uint64_t code_portable(uint8_t type)
{
    unsigned numbers = event_varints[type] + (type < 0x80 ? 1u : 0u); /* the type looks like one */
    return event_varints[type] ? (0x80 - numbers) * LOW : 0;
}

#if defined(__x86_64__)
#define WIDE __attribute__((target("bmi,bmi2")))

/* The code is the bit of the last number's end when all ends are counted;
 * PDEP finds the byte it belongs to. A dt of more than DT_BYTES comes out with
 * a bit set behind these, which makes the sum too large. */
static HOT WIDE struct stride step_wide(const uint64_t *code, const uint8_t *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    unsigned ends = ~(unsigned)_mm_movemask_epi8(bytes);
    unsigned size = _tzcnt_u32(_pdep_u32((unsigned)code[*p], ends)) + 1; /* 33 for 0 */
    uint64_t word = leb128_word(p + 1), last = leb128_ends(word) & UINT64_MAX >> 8;
    return (struct stride){size, _pext_u64(word, (last ^ (last - 1)) & 0x00ff7f7f7f7f7f7fu)};
}

static uint64_t code_wide(uint8_t type)
{
    unsigned numbers = event_varints[type] + (type < 0x80 ? 1u : 0u);
    return event_varints[type] ? 1u << (numbers - 1) : 0;
}
#endif

/* By the book */

/* False: there is no room for another, so too much of the batch is wanted. */
static bool note(const struct lane *l, const uint8_t *p, uint32_t events)
{
    struct batch_summary *b = l->batch;
    assert(b->len <= b->room && b->data <= p && p < l->end);
    if (b->len == b->room)
        return false;
    b->hits[b->len++] =
        (struct summary_hit){(uint16_t)(p - b->data), (uint16_t)events, (uint32_t)l->ticks};
    return true;
}

/* The lane stays where it is: settle takes it out. */
static const uint8_t *stop(const struct lane *l, const uint8_t *p)
{
    l->batch->whole = false;
    return p;
}

/* Over the event at p, wherever it lies. */
static const uint8_t *pass(struct lane *l, const uint8_t *p)
{
    assert(l->batch->data <= p && p < l->end);
    const uint8_t *s = p + 1;
    unsigned n = event_varints[*p];
    uint64_t dt, other;
    if (n == 0 || !leb128_get(&s, l->end, &dt) || s - p > 1 + DT_BYTES)
        return stop(l, p);
    while (--n) {
        if (!leb128_get(&s, l->end, &other))
            return stop(l, p);
    }
    l->ticks += dt;
    return s;
}

/* Moves the lane over the event at p, which is wanted, or long, or broken: then
 * it stays there, and its batch is not whole. */
static HOT const uint8_t *look(const struct summary_rule *r, struct lane *l, const uint8_t *p,
                               uint32_t events, step_fn *step)
{
    struct batch_summary *b = l->batch;
    if (!b->whole || (r->all[*p] != r->plain[*p] && !note(l, p, events)))
        return stop(l, p);
    if (l->end - p >= GLANCE) {
        struct stride s = step(r->all, p);
        if (s.size <= EASY) {
            l->ticks += s.dt;
            return p + s.size;
        }
    }
    return pass(l, p);
}

/* Lanes */

/* False: there are no more batches. */
static bool enter(struct lane *l, struct batch_summary *b)
{
    if (!b)
        return false;
    b->len = 0;
    b->whole = true;
    *l = (struct lane){.p = b->data, .end = b->data + b->size, .batch = b};
    return true;
}

/* How many events lie before n lanes for certain. */
static HOT uint32_t sure(const struct lane *lanes, unsigned n)
{
    uint64_t least = UINT32_MAX;
    for (unsigned i = 0; i < n; i++) {
        uint64_t left = (uint64_t)(lanes[i].end - lanes[i].p) / LONGEST;
        least = left < least ? left : least;
    }
    return (uint32_t)least;
}

/* Takes n lanes, a constant, as many events further. */
static HOT void advance(const struct summary_rule *r, struct lane *lanes, unsigned n, step_fn *step)
{
    const uint8_t *p[LANES];
    uint64_t ticks[LANES];
    uint32_t events = sure(lanes, n);
    for (unsigned i = 0; i < n; i++) {
        p[i] = lanes[i].p;
        ticks[i] = lanes[i].ticks;
    }
    for (uint32_t done = 0; done < events; done++) {
#pragma GCC unroll 8
        for (unsigned i = 0; i < n; i++) {
            struct stride s = step(r->plain, p[i]);
            if (__builtin_expect(s.size <= EASY, 1)) {
                ticks[i] += s.dt;
                p[i] += s.size;
            } else {
                lanes[i].ticks = ticks[i];
                p[i] = look(r, &lanes[i], p[i], lanes[i].events + done, step);
                ticks[i] = lanes[i].ticks;
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        assert(lanes[i].p <= p[i] && p[i] <= lanes[i].end);
        lanes[i].p = p[i];
        lanes[i].ticks = ticks[i];
        lanes[i].events += events;
    }
}

/* What is left of a batch when it is near its end, or not whole. */
static void finish(const struct summary_rule *r, struct lane *l)
{
    struct batch_summary *b = l->batch;
    for (; b->whole && l->p < l->end; l->events++)
        l->p = look(r, l, l->p, l->events, r->way->step);
    b->whole = b->whole && l->ticks <= r->most;
    assert(l->p <= l->end && b->len <= l->events);
    b->events = l->events;
    b->ticks = (uint32_t)l->ticks;
}

/* Empties lanes that can go no further, moves the others up, and returns how
 * many these are. */
static unsigned settle(const struct summary_rule *r, struct lane *lanes, unsigned n)
{
    for (unsigned i = 0; i < n;) {
        if (lanes[i].batch->whole && lanes[i].end - lanes[i].p >= LONGEST) {
            i++;
        } else {
            finish(r, &lanes[i]);
            lanes[i] = lanes[--n];
        }
    }
    assert(n <= LANES);
    return n;
}

static HOT void run(const struct summary_rule *r, summary_take *take, void *arg, step_fn *step)
{
    struct lane lanes[LANES];
    unsigned n = 0;
    for (;;) {
        while (n < LANES && enter(&lanes[n], take(arg)))
            n++;
        if (n == 0)
            return;
        n = settle(r, lanes, n);
        if (n == LANES)
            advance(r, lanes, LANES, step);
        else if (n >= LANES / 2)
            advance(r, lanes, LANES / 2, step);
        else if (n)
            advance(r, lanes, 1, step);
    }
}

/* The way is a constant in each of these, so that its step can be inlined into
 * the loop. */
static void run_portable(const struct summary_rule *r, summary_take *take, void *arg)
{
    run(r, take, arg, step_portable);
}

static const struct summary_way portable_way = {step_portable, code_portable, run_portable};

#if defined(__x86_64__)
static WIDE void run_wide(const struct summary_rule *r, summary_take *take, void *arg)
{
    run(r, take, arg, step_wide);
}

/* AMD had these instructions in microcode at first, slower than doing without. */
static bool has_wide(void)
{
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2");
}

static const struct summary_way wide_way = {step_wide, code_wide, run_wide};

static const struct summary_way *best_way(void)
{
    return has_wide() ? &wide_way : &portable_way;
}
#else
static const struct summary_way *best_way(void)
{
    return &portable_way;
}
#endif

/* A wanted type has no code in `plain`: a step does not tell its size, so look
 * is asked. */
void summary_prepare(struct summary_rule *out, const uint8_t wanted[256], uint32_t most,
                     bool portable)
{
    const struct summary_way *way = portable ? &portable_way : best_way();
    out->way = way;
    out->most = most;
    for (unsigned type = 0; type < 256; type++) {
        out->all[type] = way->code((uint8_t)type);
        out->plain[type] = wanted[type] ? 0 : out->all[type];
    }
}

void summary_run(const struct summary_rule *rule, summary_take *take, void *arg)
{
    rule->way->run(rule, take, arg);
}
