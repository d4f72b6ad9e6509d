#include "model/v1_order.h"

#include <stdlib.h>

/* What is waited for, as one number: goroutine, status, sequence number. A
 * goroutine's number is below 2^30, since each takes more than 8 bytes. */
#define SEQ_ANY UINT32_MAX
#define SEQ_MAX (UINT32_MAX - 1)

static uint64_t wait_key(uint32_t g, uint8_t status, uint64_t seq)
{
    return (uint64_t)g << 34 | (uint64_t)status << 32 | seq;
}

/* The heap */

static bool earlier(const struct order_entry *a, const struct order_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->stream < b->stream;
}

static void sift_up(struct order_entry *h, size_t i)
{
    struct order_entry x = h[i];
    for (; i > 0 && earlier(&x, &h[(i - 1) / 2]); i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = x;
}

static inline void sift_down(struct order_entry *h, size_t len)
{
    struct order_entry x = h[0];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < len; i = child) {
        if (child + 1 < len && earlier(&h[child + 1], &h[child]))
            child++;
        if (!earlier(&h[child], &x))
            break;
        h[i] = h[child];
    }
    h[i] = x;
}

static bool push(struct v1_order *o, uint32_t s)
{
    struct order_entry e = {(int64_t)o->streams.data[s].key, s};
    if (!VEC_PUSH(&o->ready, e))
        return false;
    sift_up(o->ready.data, o->ready.len - 1);
    return true;
}

static void pop(struct v1_order *o)
{
    o->ready.data[0] = o->ready.data[--o->ready.len];
    if (o->ready.len)
        sift_down(o->ready.data, o->ready.len);
}

/* Streams */

static struct order_head *head_of(struct order_stream *st)
{
    return &st->head[st->at];
}

static const struct v1_event *event_of(const struct order_stream *st)
{
    return &st->head[st->at].event;
}

/* What the event needs to be ready. */
static inline void set_needs(struct order_stream *st)
{
    static const uint32_t others[] = {[V1_FREE] = V1_G_ANY, [V1_GC] = V1_G_COLLECTOR};
    const struct order_head *h = &st->head[st->at];
    const struct v1_rule *rule = h->event.rule;
    bool is_g = rule->who == V1_TARGET || rule->who == V1_OWN;
    st->who = is_g ? h->event.target : others[rule->who];
    st->seq = h->record.v[rule->seq_at] + rule->seq;
}

/* The next of the asides: a CPU sample, or in 1.5 a GoSysExit. */
static bool load_aside(struct v1_order *o, struct order_stream *st)
{
    const struct v1_index *ix = o->index;
    struct order_head *h = head_of(st);
    const struct v1_aside *x;
    do {
        st->have = o->aside < ix->asides.len;
        if (!st->have)
            return true;
        x = &ix->asides.data[o->aside++];
    } while (!v1_record_at(ix, x->off, &h->record));
    v1_event_set_aside(&h->event, x, &h->record);
    st->key = o->by_time.is ? h->event.ticks : (uint64_t)x->key;
    if (h->record.type == V1_CPUSample)
        return v1_gs_find(o->gs, h->record.v[V1_ARG + 2], &h->event.own);
    return v1_event_set_g(&h->event, &ix->format, o->gs, &st->current);
}

/* The next of P s, whose heads hold what is the same for all its events. */
static inline bool load_event(struct v1_order *o, struct order_stream *st)
{
    struct order_head *h = head_of(st);
    struct v1_cursor *c = &st->cursor;
    st->have = v1_cursor_next(c, o->index, &h->record);
    if (!st->have)
        return true;
    h->event.rule = &v1_rules[h->record.type];
    h->event.ticks = c->ticks;
    h->event.off = c->off;
    h->event.p = st->pid; /* v1_check may have moved the one before */
    st->key = o->index->format.seq && !o->by_time.is ? c->seq : c->ticks;
    return v1_event_set_g(&h->event, &o->index->format, o->gs, &st->current);
}

/* The next event of s. The one before stays in its place. */
static bool load(struct v1_order *o, uint32_t s)
{
    struct order_stream *st = &o->streams.data[s];
    st->at ^= 1;
    bool ok = s < o->index->procs.len ? load_event(o, st) : load_aside(o, st);
    if (st->have)
        set_needs(st);
    return ok;
}

/* Readiness */

static inline bool is_ready(const struct v1_order *o, const struct order_stream *st)
{
    const struct v1_g *g = &o->gs->g.data[st->who];
    const struct v1_rule *rule = event_of(st)->rule;
    return o->unnumbered || (g->at == rule->need && (rule->any || g->seq == st->seq));
}

static inline void transition(struct v1_order *o, uint32_t who, const struct v1_rule *rule)
{
    struct v1_g *g = &o->gs->g.data[who];
    g->seq += rule->step;
    g->at = rule->then;
}

static bool park(struct v1_order *o, uint32_t s)
{
    struct order_stream *st = &o->streams.data[s];
    const struct v1_rule *rule = event_of(st)->rule;
    uint64_t seq = rule->any ? SEQ_ANY : st->seq;
    o->parked++;
    st->parked = true;
    if (seq > SEQ_MAX && !rule->any)
        return true; /* no goroutine ever gets there */
    uint64_t key = wait_key(st->who, rule->need, seq);
    st->chain = map_get(&o->waiting, key);
    o->gs->g.data[st->who].waiting++;
    return map_put(&o->waiting, key, s);
}

static bool wake_chain(struct v1_order *o, uint32_t who, uint64_t key)
{
    uint32_t s = map_get(&o->waiting, key);
    if (s == MAP_NONE)
        return true;
    (void)map_delete(&o->waiting, key);
    for (uint32_t next; s != MAP_NONE; s = next) {
        next = o->streams.data[s].chain;
        o->streams.data[s].parked = false;
        o->parked--;
        o->gs->g.data[who].waiting--;
        if (!push(o, s))
            return false;
    }
    return true;
}

/* Those that waited for what `who` has just become. Each is looked at once, so
 * that many Ps make it no slower. */
static bool wake(struct v1_order *o, uint32_t who)
{
    const struct v1_g *g = &o->gs->g.data[who];
    uint8_t at = g->at;
    uint64_t seq = g->seq;
    return (seq > SEQ_MAX || wake_chain(o, who, wait_key(who, at, seq))) &&
           wake_chain(o, who, wait_key(who, at, SEQ_ANY));
}

/* Loads the next event of the heap's root. */
static inline bool advance_root(struct v1_order *o)
{
    uint32_t s = o->ready.data[0].stream;
    struct order_stream *st = &o->streams.data[s];
    if (!load(o, s))
        return false;
    if (st->have && is_ready(o, st)) {
        o->ready.data[0].key = (int64_t)st->key;
        sift_down(o->ready.data, o->ready.len);
        return true;
    }
    pop(o);
    return !st->have || park(o, s);
}

static bool advance_new(struct v1_order *o, uint32_t s)
{
    const struct order_stream *st = &o->streams.data[s];
    if (!load(o, s) || !st->have)
        return !st->have;
    return is_ready(o, st) ? push(o, s) : park(o, s);
}

/* What is noted of an event */

static void note(struct order_note *n, uint64_t off)
{
    if (!n->is)
        *n = (struct order_note){true, off};
}

static inline void note_time(struct v1_order *o, const struct v1_event *ev, uint64_t key)
{
    if (o->events++) {
        if ((int64_t)ev->ticks < (int64_t)o->last)
            note(&o->out_of_order, ev->off);
        if (o->index->format.seq && (int64_t)key <= (int64_t)o->last_key)
            note(&o->misnumbered, ev->off);
    }
    o->last = ev->ticks;
    o->last_key = key;
}

static void note_own(struct v1_order *o, const struct v1_event *ev)
{
    struct v1_g *g = &o->gs->g.data[ev->own];
    if (ev->rule->care == V1_BLOCK)
        g->block = ev->ticks;
    else if (ev->rule->care == V1_SAMPLE)
        g->sample = o->next_sample.data[o->aside - 1];
}

/* Links the samples of each goroutine. */
static bool link_samples(struct v1_order *o)
{
    const struct v1_index *ix = o->index;
    size_t n = ix->format.seq ? 0 : ix->asides.len;
    if (!VEC_RESERVE(&o->next_sample, n) || n >= V1_NONE)
        return false;
    o->next_sample.len = n;
    for (size_t i = n; i-- > 0;) {
        struct v1_record r;
        uint32_t g;
        if (!v1_record_at(ix, ix->asides.data[i].off, &r))
            continue;
        if (!v1_gs_find(o->gs, r.v[V1_ARG + 2], &g))
            return false;
        o->next_sample.data[i] = o->gs->g.data[g].sample;
        o->gs->g.data[g].sample = (uint32_t)i;
    }
    return true;
}

/* Whether the next event of the goroutine that makes a syscall says that it
 * blocked (Go 1.27 internal/trace/tracev1.go convertEvent). That is the next one
 * of its P, unless a CPU sample comes in between. */
static bool blocks(const struct v1_order *o, const struct order_stream *st, uint32_t own)
{
    const struct v1_event *next = event_of(st);
    if (!st->have || next->r->type != V1_GoSysBlock || next->own != own)
        return false;
    uint32_t sample = o->gs->g.data[own].sample;
    return sample == V1_NONE || o->index->asides.data[sample].key >= (int64_t)next->ticks;
}

/* Driving */

void v1_order_start(struct v1_order *o, const struct v1_index *ix, struct v1_gs *gs)
{
    *o = (struct v1_order){.index = ix, .gs = gs, .unnumbered = ix->format.seq};
}

void v1_order_restart(struct v1_order *o)
{
    v1_gs_reset(o->gs);
    map_clear(&o->waiting);
    o->streams.len = o->ready.len = o->next_sample.len = 0;
    o->parked = 0;
    o->aside = 0;
    o->last = o->last_key = o->events = 0;
    o->out_of_order.is = o->misnumbered.is = o->started = false;
}

static void start_stream(const struct v1_order *o, struct order_stream *st, uint32_t s)
{
    v1_cursor_start(&st->cursor, o->index, s, false);
    for (int i = 0; i < 2; i++) {
        st->head[i].event.r = &st->head[i].record;
        st->head[i].event.stream = s;
    }
    st->pid = o->index->procs.data[s].pid;
}

static bool begin(struct v1_order *o)
{
    size_t n = o->index->procs.len + 1;
    o->started = true;
    if (!link_samples(o) || !VEC_RESERVE(&o->streams, n))
        return false;
    o->streams.len = n;
    for (uint32_t s = 0; s < n; s++) {
        struct order_stream *st = &o->streams.data[s];
        *st = (struct order_stream){.current = V1_G_NONE, .who = V1_G_ANY};
        if (s + 1 < n)
            start_stream(o, st, s);
        if (!advance_new(o, s))
            return false;
    }
    return true;
}

/* The numbers lead nowhere, since parts are missing or broken. */
static bool go_by_time(struct v1_order *o, uint64_t off)
{
    note(&o->by_time, off);
    o->unnumbered = true;
    o->parked = 0;
    map_clear(&o->waiting);
    for (size_t i = 0; i < o->gs->g.len; i++)
        o->gs->g.data[i].waiting = 0;
    for (uint32_t s = 0; s < o->streams.len; s++) {
        struct order_stream *st = &o->streams.data[s];
        if (st->parked && !push(o, s))
            return false;
        st->parked = false;
    }
    return true;
}

/* The earliest event that waits. */
static uint64_t stuck_at(const struct v1_order *o)
{
    const struct v1_event *first = NULL;
    for (uint32_t s = 0; s < o->streams.len; s++) {
        const struct order_stream *st = &o->streams.data[s];
        if (st->parked && (!first || (int64_t)event_of(st)->ticks < (int64_t)first->ticks))
            first = event_of(st);
    }
    return first->off;
}

/* The stream whose event may come next, NULL: none. */
static inline struct order_stream *root(struct v1_order *o)
{
    if (!o->ready.len)
        return NULL;
    struct order_stream *st = &o->streams.data[o->ready.data[0].stream];
    return is_ready(o, st) ? st : NULL;
}

/* Makes the heap's root an event that may come. */
static gotrace_status find_root(struct v1_order *o)
{
    if (!o->started && !begin(o))
        return GOTRACE_NO_MEMORY;
    if (root(o))
        return GOTRACE_OK;
    if (!o->ready.len && !o->parked)
        return GOTRACE_END;
    uint64_t off;
    if (o->ready.len) /* Two Ps were ready for the same step: Go refuses this too. */
        off = event_of(&o->streams.data[o->ready.data[0].stream])->off;
    else
        off = stuck_at(o);
    return go_by_time(o, off) ? GOTRACE_OK : GOTRACE_NO_MEMORY;
}

gotrace_status v1_order_next(struct v1_order *o, struct v1_event **out)
{
    struct order_stream *st = root(o);
    if (!st) {
        gotrace_status status = find_root(o);
        if (status != GOTRACE_OK)
            return status;
        st = root(o);
    }
    struct v1_event *ev = *out = &head_of(st)->event;
    uint32_t who = st->who;
    note_time(o, ev, st->key);
    if (ev->rule->care)
        note_own(o, ev);
    transition(o, who, ev->rule);
    if (!advance_root(o))
        return GOTRACE_NO_MEMORY;
    if (ev->rule->care == V1_CALL)
        ev->blocks = blocks(o, st, ev->own);
    if (o->gs->g.data[who].waiting && !wake(o, who))
        return GOTRACE_NO_MEMORY;
    return GOTRACE_OK;
}

void v1_order_free(struct v1_order *o)
{
    VEC_FREE(&o->streams);
    VEC_FREE(&o->ready);
    VEC_FREE(&o->next_sample);
    map_free(&o->waiting);
}
