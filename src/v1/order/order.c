#include "v1/order/order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* What is waited for, as one number: goroutine, status, sequence number. A
 * goroutine's number is below 2^30, since each takes more than 8 bytes. */
#define SEQ_ANY UINT32_MAX
#define SEQ_MAX (UINT32_MAX - 1)

static uint64_t wait_key(uint32_t g, uint8_t status, uint64_t seq)
{
    assert_unchanged(g < UINT32_C(1) << 30 && status <= V1_WAITING && seq <= SEQ_ANY);
    return (uint64_t)g << 34 | (uint64_t)status << 32 | seq;
}

/* The heap */

/* Of one time the lower stream comes first: the order does not depend on the
 * heap's history. */
static inline bool earlier(const struct order_entry *a, const struct order_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->stream < b->stream;
}

#ifndef NDEBUG
/* Around entry i nobody below is earlier than who is above. */
static bool is_in_place(const struct order_entry *h, size_t len, size_t i)
{
    bool above = i == 0 || i >= len || !earlier(&h[i], &h[(i - 1) / 2]);
    return above && (2 * i + 1 >= len || !earlier(&h[2 * i + 1], &h[i])) &&
           (2 * i + 2 >= len || !earlier(&h[2 * i + 2], &h[i]));
}
#endif

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
    assert_unchanged(is_in_place(h, len, i) && is_in_place(h, len, 0));
}

/* Streams */

static inline struct v1_event *head_of(const struct order_stream *st)
{
    assert_unchanged(st->use < 2 && st->at < st->room);
    return &st->block[st->use][st->at];
}

static inline bool have_event(const struct order_stream *st)
{
    assert_unchanged(st->at <= st->len && st->len <= st->room);
    return st->at < st->len;
}

/* What the earliest is found by. */
static inline int64_t key_of(const struct v1_order *o, const struct order_stream *st)
{
    return (int64_t)(o->index->format.seq ? st->key : head_of(st)->ticks);
}

static bool push(struct v1_order *o, uint32_t s)
{
    assert_unchanged(!o->streams.data[s].parked && o->ready.len < o->streams.len);
    struct order_entry e = {key_of(o, &o->streams.data[s]), s};
    if (!VEC_PUSH(&o->ready, e))
        return false;
    sift_up(o->ready.data, o->ready.len - 1);
    return true;
}

static void pop(struct v1_order *o)
{
    assert_unchanged(o->ready.len);
    assert_unchanged(o->ready.data[0].stream < o->streams.len);
    o->ready.data[0] = o->ready.data[--o->ready.len];
    if (o->ready.len)
        sift_down(o->ready.data, o->ready.len);
}

/* The next that comes out of turn: a CPU sample, or in 1.5 a GoSysExit. */
static bool load_out_of_turn(struct v1_order *o, struct order_stream *st)
{
    const struct v1_index *ix = o->index;
    struct v1_event *ev = head_of(st);
    const struct v1_out_of_turn *x;
    struct v1_record r;
    uint8_t type = ix->format.seq ? V1_GoSysExit : V1_CPUSample;
    do {
        if (o->next_out_of_turn >= ix->out_of_turn.len)
            return true;
        x = &ix->out_of_turn.data[o->next_out_of_turn++];
    } while (!v1_record_at(ix, x->off, type, &r));
    assert_unchanged(o->next_out_of_turn < 2 ||
                     !v1_out_of_turn_before(x, x - 1)); /* as they are sorted */
    v1_event_set_out_of_turn(ev, &r, x);
    st->key = (uint64_t)x->key;
    st->len = 1;
    if (type == V1_CPUSample)
        return v1_gs_find(o->gs, ev->v[V1_ARG + 2], &ev->own);
    return v1_event_set_g(ev, o->gs, &st->current);
}

/* Makes ev, which has its record, an event of st, a P. */
static HOT bool fill(struct v1_order *o, struct order_stream *st, struct v1_event *ev,
                     uint64_t ticks)
{
    ev->ticks = ticks;
    ev->p = (int32_t)st->pid;
    return v1_event_set_g(ev, o->gs, &st->current);
}

/* Events that can be read the fast way, as far as there is room. */
static bool load_fast(struct v1_order *o, struct order_stream *st)
{
    const struct v1_index *ix = o->index;
    struct v1_cursor *c = &st->cursor;
    const uint8_t *p = c->at, *end = c->fast_end, *behind;
    struct v1_event *ev = &st->block[st->use][st->len], *full = &st->block[st->use][st->room];
    uint64_t ticks = c->ticks;
    bool ok = true, lacks_start = false;
    for (; ok && ev < full && p < end; ev++, p = behind) {
        uint8_t first = *p;
        behind = v1_decode_fast(&ix->format, p, first, ev->v);
        if (!behind)
            break;
        ticks += ev->v[V1_DT];
        ev->off = (ix->base + (uint64_t)(p - ix->data)) & V1_OFF_MAX;
        ev->type = first & 63;
        ev->blocks = false;
        ok = fill(o, st, ev, ticks);
        lacks_start |= v1_event_is_unstarted(ev);
    }
    /* Beyond the batch only if the file changes under us, and never beyond what there is. */
    assert_unchanged(p <= ix->data + (ix->end - ix->base) && ev <= full);
    st->lacks_start |= lacks_start;
    st->len = (uint32_t)(ev - st->block[st->use]);
    c->at = p;
    c->ticks = ticks;
    return ok;
}

/* A block of the next events of a P. */
static bool load_events(struct v1_order *o, struct order_stream *st)
{
    struct v1_record r;
    while (load_fast(o, st) && st->len < st->room) {
        struct v1_event *ev = &st->block[st->use][st->len];
        if (!v1_cursor_next_slow(&st->cursor, o->index, &r))
            return true;
        v1_event_set_record(ev, &r, st->cursor.off);
        if (!fill(o, st, ev, st->cursor.ticks))
            return false;
        st->lacks_start |= v1_event_is_unstarted(ev);
        st->key = st->cursor.seq;
        st->len++;
    }
    return st->len == st->room;
}

static bool is_of_run(const struct v1_run *r, const struct v1_event *ev)
{
    return ev->own == V1_G_NONE && ev->stream == r->stream && ev->off >= r->from &&
           ev->off <= r->to;
}

/* Events of the block at hand whose goroutine was not started get it. */
static bool find_own(struct v1_order *o, struct order_stream *st)
{
    for (size_t n = 0; n < o->missing->runs.len; n++) {
        const struct v1_run *r = &o->missing->runs.data[n];
        uint32_t g;
        if (!v1_gs_find(o->gs, r->g, &g))
            return false;
        for (uint32_t i = st->at; i < st->len; i++) {
            struct v1_event *ev = &st->block[st->use][i];
            if (!is_of_run(r, ev))
                continue;
            ev->own = g;
            ev->target = v1_rule_of(ev)->named ? ev->target : g;
        }
    }
    return true;
}

/* A block in which a goroutine runs that was not started. */
static bool suspect(struct v1_order *o, struct order_stream *st)
{
    if (!find_own(o, st))
        return false;
    if (o->searched)
        return true;
    o->suspicious = true;
    o->search_at = INT64_MIN;
    return true;
}

/* The next events of s, behind all that it had. The last block stays. */
static bool load(struct v1_order *o, uint32_t s)
{
    struct order_stream *st = &o->streams.data[s];
    assert_unchanged(st->at == st->len); /* nothing is thrown away */
    st->use ^= 1;
    st->at = st->len = 0;
    st->lacks_start = false;
    if (s >= o->index->procs.len)
        return load_out_of_turn(o, st);
    return load_events(o, st) && (!(st->lacks_start || o->missing->runs.len) || suspect(o, st));
}

/* Readiness */

/* Its goroutine is as it has to be. */
static HOT bool is_in_turn(const struct v1_order *o, const struct v1_event *ev)
{
    assert_unchanged(v1_event_who(ev) < o->gs->g.len);
    const struct v1_g *g = &o->gs->g.data[v1_event_who(ev)];
    const struct v1_rule *rule = v1_rule_of(ev);
    bool numbered = rule->any | (g->seq == v1_event_seq(ev));
    return ((g->at == rule->need) & numbered) || o->unnumbered;
}

/* By its record's offset: nothing else names an event while it waits. */
static bool waits_in_vain(const struct v1_order *o, const struct v1_event *ev)
{
    const struct map *waits = &o->missing->waits;
    return waits->len && map_get(waits, ev->off) != MAP_NONE;
}

static HOT bool is_ready(const struct v1_order *o, const struct v1_event *ev)
{
    return is_in_turn(o, ev) || waits_in_vain(o, ev);
}

/* Looks for what is missing are due when somebody has waited for long, in ticks,
 * and come once: after that it is known. */
static void note_wait(struct v1_order *o, const struct v1_event *ev)
{
    int64_t until = (int64_t)ev->ticks;
    until = until < INT64_MAX - o->patience ? until + o->patience : INT64_MAX;
    if (!o->searched && until < o->search_at)
        o->search_at = until;
}

static bool park(struct v1_order *o, uint32_t s)
{
    struct order_stream *st = &o->streams.data[s];
    const struct v1_event *ev = head_of(st);
    const struct v1_rule *rule = v1_rule_of(ev);
    uint64_t seq = rule->any ? SEQ_ANY : v1_event_seq(ev);
    uint32_t who = v1_event_who(ev);
    assert_unchanged(!st->parked && o->parked < o->streams.len);
    o->parked++;
    st->parked = true;
    note_wait(o, ev);
    if (seq > SEQ_MAX && !rule->any)
        return true; /* no goroutine ever gets there */
    uint64_t key = wait_key(who, rule->need, seq);
    st->chain = map_get(&o->waiting, key);
    assert(st->chain != s && (st->chain == MAP_NONE || o->streams.data[st->chain].parked));
    o->gs->g.data[who].waiting++;
    return map_put(&o->waiting, key, s);
}

static bool wake_chain(struct v1_order *o, uint32_t who, uint64_t key)
{
    uint32_t s = map_get(&o->waiting, key);
    if (s == MAP_NONE)
        return true;
    (void)map_delete(&o->waiting, key);
    for (uint32_t next; s != MAP_NONE; s = next) {
        assert_unchanged(o->streams.data[s].parked && o->parked && o->gs->g.data[who].waiting);
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

/* What is noted of an event */

/* The first that shows it holds. */
static void note(struct v1_order *o, struct order_note *n, uint64_t off)
{
    if (n->is)
        return;
    *n = (struct order_note){true, off};
    o->notes.count++;
}

/* Of the first of a run: within one times do not fall. */
static void note_time(struct v1_order *o, const struct v1_event *ev, int64_t key)
{
    if (o->passed == 0)
        return;
    if ((int64_t)ev->ticks < (int64_t)o->last)
        note(o, &o->notes.out_of_order, ev->off);
    if (o->index->format.seq && key <= o->last_key)
        note(o, &o->notes.misnumbered, ev->off);
}

/* Links the samples of each goroutine. */
static bool link_samples(struct v1_order *o)
{
    const struct v1_index *ix = o->index;
    size_t n = ix->format.seq ? 0 : ix->out_of_turn.len;
    if (!VEC_RESERVE(&o->next_sample, n) || n >= V1_NONE)
        return false;
    assert(o->next_sample.cap >= n);
    o->next_sample.len = n;
    for (size_t i = n; i-- > 0;) {
        struct v1_record r;
        uint32_t g;
        o->next_sample.data[i] = V1_NONE;
        if (!v1_record_at(ix, ix->out_of_turn.data[i].off, V1_CPUSample, &r))
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
    if (!have_event(st))
        return false;
    const struct v1_event *next = head_of(st);
    if (next->type != V1_GoSysBlock || next->own != own)
        return false;
    uint32_t sample = o->gs->g.data[own].sample;
    return sample == V1_NONE || o->index->out_of_turn.data[sample].key >= (int64_t)next->ticks;
}

/* Driving */

/* Exits are looked up where nothing can be numbered any more (convert.c). */
static bool number_exits(struct v1_index *ix, struct v1_gs *gs)
{
    for (size_t i = 0; i < ix->exits.len; i++) {
        struct v1_out_of_turn *x = &ix->exits.data[i];
        struct v1_record r;
        uint32_t g = V1_G_NONE;
        if (v1_record_at(ix, x->off, V1_GoSysExit, &r) && !v1_gs_find(gs, r.v[V1_ARG], &g))
            return false;
        x->second = g;
    }
    return true;
}

/* 20 us: what is waited for comes sooner, unless clocks are far apart. */
static int64_t patience_of(const struct v1_index *ix)
{
    return (int64_t)((ix->freq ? ix->freq : 1000000000) / 50000);
}

/* No event is read yet: begin does that, with the first run. */
bool v1_order_start(struct v1_order *o, struct v1_index *ix, struct v1_gs *gs,
                    v1_find_missing *find)
{
    *o = (struct v1_order){.index = ix, .gs = gs, .find = find, .unnumbered = ix->format.seq};
    o->missing = &o->found;
    o->patience = patience_of(ix);
    /* Nobody waits in 1.5: it has to be known at once. */
    o->suspicious = ix->format.seq;
    o->search_at = o->suspicious ? INT64_MIN : INT64_MAX;
    return number_exits(ix, gs);
}

void v1_order_start_search(struct v1_order *o, const struct v1_index *ix, struct v1_gs *gs,
                           const struct v1_missing *missing)
{
    *o = (struct v1_order){.index = ix, .gs = gs, .missing = missing, .searched = true};
    o->unnumbered = ix->format.seq;
    o->searches = true;
    o->search_at = INT64_MAX;
}

/* What was learnt stays: that the numbers lead nowhere, and what is missing. */
void v1_order_restart(struct v1_order *o)
{
    v1_gs_reset(o->gs);
    map_clear(&o->waiting);
    o->streams.len = o->ready.len = o->next_sample.len = 0;
    o->parked = 0;
    o->next_out_of_turn = 0;
    o->last = o->passed = 0;
    o->last_key = 0;
    o->search_at = INT64_MAX;
    o->started = false;
    o->notes = (struct order_notes){.by_time = o->notes.by_time};
    o->notes.count = o->notes.by_time.is;
}

/* Events of all blocks: few enough to stay in a core's nearest cache, as long as
 * there are few Ps. */
enum { EVENTS = 512, ROOM_MAX = 32 };

static uint32_t room_of(const struct v1_order *o, size_t streams)
{
    size_t room = o->index->format.seq ? 1 : EVENTS / streams; /* see order_stream.key */
    assert(streams > 0 && (!o->index->format.seq || room == 1));
    return room > ROOM_MAX ? ROOM_MAX : room ? (uint32_t)room : 1;
}

/* Zeroed, so that no event has a type or a stream beyond those that there are. */
static bool make_room(struct v1_order *o, size_t streams)
{
    size_t n = streams * 2 * room_of(o, streams);
    if (!VEC_RESERVE(&o->streams, streams) || !VEC_RESERVE(&o->events, n))
        return false;
    memset(o->events.data, 0, n * sizeof *o->events.data);
    return true;
}

/* Its number is written into all its events once, and stays there as they are
 * filled anew. */
static bool start_stream(struct v1_order *o, uint32_t s)
{
    struct order_stream *st = &o->streams.data[s];
    uint32_t room = room_of(o, o->streams.len);
    assert(2 * (size_t)room * (s + 1) <= o->events.cap);
    struct v1_event *events = &o->events.data[2 * (size_t)room * s];
    *st =
        (struct order_stream){.block = {events, events + room}, .room = room, .current = V1_G_NONE};
    if (s < o->index->procs.len) {
        st->pid = o->index->procs.data[s].pid;
        v1_cursor_start(&st->cursor, o->index, s, false);
        for (uint32_t i = 0; i < 2 * room; i++)
            events[i].stream = s;
    }
    return load(o, s);
}

/* From here on each stream is in the heap, waits, or has no event. */
static bool begin(struct v1_order *o)
{
    size_t n = o->index->procs.len + 1;
    o->started = true;
    if (!link_samples(o) || !make_room(o, n))
        return false;
    o->streams.len = n;
    for (uint32_t s = 0; s < n; s++) {
        const struct order_stream *st = &o->streams.data[s];
        if (!start_stream(o, s))
            return false;
        if (have_event(st) && !(is_ready(o, head_of(st)) ? push(o, s) : park(o, s)))
            return false;
    }
    return true;
}

bool v1_order_release(struct v1_order *o)
{
    o->parked = 0;
    map_clear(&o->waiting);
    for (size_t i = 0; i < o->gs->g.len; i++)
        o->gs->g.data[i].waiting = 0;
    for (uint32_t s = 0; s < o->streams.len; s++) {
        struct order_stream *st = &o->streams.data[s];
        if (!st->parked)
            continue;
        st->parked = false;
        if (!(is_ready(o, head_of(st)) ? push(o, s) : park(o, s)))
            return false;
    }
    return true;
}

/* The numbers lead nowhere, since parts are missing or broken. */
static bool go_by_time(struct v1_order *o, uint64_t off)
{
    assert(!o->unnumbered || o->index->format.seq); /* once */
    note(o, &o->notes.by_time, off);
    o->unnumbered = true;
    return v1_order_release(o);
}

/* All streams are looked at, so it is asked seldom (looks_too_often). */
const struct v1_event *v1_order_stuck(const struct v1_order *o)
{
    const struct v1_event *first = NULL;
    for (uint32_t s = 0; s < o->streams.len; s++) {
        const struct order_stream *st = &o->streams.data[s];
        if (st->parked && (!first || (int64_t)head_of(st)->ticks < (int64_t)first->ticks))
            first = head_of(st);
    }
    return first;
}

/* The stream whose event may come next, NULL: none. */
static struct order_stream *root(struct v1_order *o)
{
    if (!o->ready.len)
        return NULL;
    struct order_stream *st = &o->streams.data[o->ready.data[0].stream];
    return is_ready(o, head_of(st)) ? st : NULL;
}

static bool is_search_due(const struct v1_order *o)
{
    return o->ready.len && o->ready.data[0].key > o->search_at;
}

/* A search costs as much as all events; looking for who waits must not cost more. */
static bool looks_too_often(struct v1_order *o)
{
    o->looked_at += o->streams.len;
    return o->looked_at > 2 * o->index->events + 4096;
}

/* Whoever waited may have been woken. */
static bool has_waited_long(struct v1_order *o)
{
    if (o->suspicious || looks_too_often(o))
        return true;
    const struct v1_event *first = v1_order_stuck(o);
    o->search_at = INT64_MAX;
    if (first)
        note_wait(o, first);
    return is_search_due(o);
}

/* Of the event that waits, or comes next. */
static uint64_t next_off(const struct v1_order *o)
{
    const struct v1_event *first = v1_order_stuck(o);
    return first ? first->off : head_of(&o->streams.data[o->ready.data[0].stream])->off;
}

/* Looks for what is missing. What waited for it is late by no more than was waited for. */
static bool search(struct v1_order *o)
{
    assert(!o->searched && o->find && o->missing == &o->found); /* once */
    o->searched = true;
    o->search_at = INT64_MAX;
    if (!o->find(&o->found, o->index))
        return false;
    for (uint32_t s = 0; s < o->index->procs.len; s++) {
        if (!find_own(o, &o->streams.data[s]))
            return false;
    }
    if (o->found.waits.len)
        o->last = 0;
    return o->found.hopeless ? go_by_time(o, next_off(o)) : v1_order_release(o);
}

/* Two Ps were ready for the same step: Go refuses this. */
static bool repark(struct v1_order *o)
{
    uint32_t s = o->ready.data[0].stream;
    assert(!is_ready(o, head_of(&o->streams.data[s])));
    pop(o);
    return park(o, s);
}

/* Nobody may go on, or a search is due. */
static bool unlock(struct v1_order *o)
{
    if (o->ready.len && !root(o))
        return repark(o);
    if (o->searched)
        return go_by_time(o, next_off(o));
    return (o->ready.len && !has_waited_long(o)) || search(o);
}

/* Makes the heap's root an event that may come. */
static gotrace_status find_root(struct v1_order *o)
{
    if (!o->started && !begin(o))
        return GOTRACE_NO_MEMORY;
    while (!root(o) || is_search_due(o)) {
        if (!o->ready.len && (!o->parked || o->searches))
            return GOTRACE_END;
        if (!unlock(o))
            return GOTRACE_NO_MEMORY;
    }
    return GOTRACE_OK;
}

/* Runs: a P goes on for a while before another has something earlier. */

/* The stream that is next when the root is not. */
static struct order_entry second(const struct v1_order *o)
{
    static const struct order_entry none = {INT64_MAX, UINT32_MAX};
    const struct order_entry *h = o->ready.data;
    size_t n = o->ready.len;
    if (n < 2)
        return none;
    return n > 2 && earlier(&h[2], &h[1]) ? h[2] : h[1];
}

/* Puts the heap's root where its next event belongs. */
static bool settle_root(struct v1_order *o, uint32_t s)
{
    const struct order_stream *st = &o->streams.data[s];
    if (have_event(st) && is_ready(o, head_of(st))) {
        assert(o->ready.data[0].stream == s && !st->parked);
        o->ready.data[0].key = key_of(o, st);
        sift_down(o->ready.data, o->ready.len);
        return true;
    }
    pop(o);
    return !have_event(st) || park(o, s);
}

/* The last time that an event of the root may have and still come before
 * `other`. False: none may. */
static bool find_limit(const struct v1_order *o, uint32_t s, int64_t *limit)
{
    const struct order_entry other = second(o);
    bool later = other.stream < s; /* of equal ones it comes later */
    *limit = other.key;
    if (later && *limit > INT64_MIN)
        --*limit;
    if (*limit > o->search_at)
        *limit = o->search_at;
    /* 1.5 has its own order, and notes of it: one event at a time. */
    return !o->index->format.seq && !(later && other.key == INT64_MIN);
}

/* Passes events of the heap's root, from its head on, as long as each comes
 * right behind the one before, is simple, and there is nothing to note or to
 * wake. Returns the last, NULL: no memory. */
static struct v1_event *run_root(struct v1_order *o)
{
    int64_t limit;
    uint32_t s = o->ready.data[0].stream;
    const bool many = find_limit(o, s, &limit);
    struct order_stream *st = &o->streams.data[s];
    struct v1_g *all = o->gs->g.data;
    struct v1_event *ev = head_of(st), *end = st->block[st->use] + st->len;
    for (;; ev++) {
        const struct v1_rule *rule = v1_rule_of(ev);
        struct v1_g *g = &all[v1_event_who(ev)];
        g->seq += rule->step;
        g->at = rule->then;
        uint32_t waiting = g->waiting;
        st->at++;
        if (ev + 1 == end && !load(o, s))
            return NULL;
        if (rule->handling == V1_CALL)
            ev->blocks = blocks(o, st, ev->own);
        if (!many || waiting || ev + 1 == end)
            return ev;
        int64_t time = (int64_t)ev[1].ticks;
        if (time > limit || time < (int64_t)ev->ticks || v1_rule_of(&ev[1])->handling >= V1_BLOCK ||
            !is_in_turn(o, ev + 1))
            return ev;
    }
}

/* Steps that lead from one status to another, where as few events as can be are lost. */
static uint64_t steps_between(uint8_t at, uint8_t need)
{
    static const uint8_t steps[4][4] = {
        [V1_DEAD] = {0, 1, 2, 2},
        [V1_RUNNABLE] = {0, 0, 1, 1},
        [V1_RUNNING] = {0, 0, 0, 0},
        [V1_WAITING] = {0, 1, 2, 0},
    };
    assert_unchanged(at <= V1_WAITING && need <= V1_WAITING);
    return steps[at][need];
}

/* What ev waits for is lost: its goroutine becomes what it has to be. */
static void assume(struct v1_order *o, const struct v1_event *ev)
{
    const struct v1_rule *rule = v1_rule_of(ev);
    struct v1_g *g = &o->gs->g.data[v1_event_who(ev)];
    struct order_missing *m = &o->notes.missing;
    *m = (struct order_missing){.n = m->n + 1,
                                .off = ev->off,
                                .type = ev->type,
                                .g = g->id,
                                .have = g->at,
                                .want = rule->need,
                                .have_seq = g->seq};
    g->seq = rule->any ? g->seq + steps_between(g->at, rule->need) : v1_event_seq(ev);
    g->at = rule->need;
    assert_unchanged(is_in_turn(o, ev)); /* now it can be */
    m->want_seq = g->seq;
    o->notes.count++;
}

/* Behind the sample at hand, of its goroutine. */
static uint32_t next_sample(const struct v1_order *o)
{
    assert_unchanged(o->next_out_of_turn && o->next_out_of_turn <= o->next_sample.len);
    uint32_t next = o->next_sample.data[o->next_out_of_turn - 1];
    assert_unchanged(next == V1_NONE || (next >= o->next_out_of_turn && next < o->next_sample.len));
    return next;
}

/* What may need a look comes first in its run, so all that is special is done
 * here, once a run. */
gotrace_status v1_order_run(struct v1_order *o, struct v1_event **out, size_t *n)
{
    if (!root(o) || is_search_due(o)) {
        gotrace_status status = find_root(o);
        if (status != GOTRACE_OK)
            return status;
    }
    uint32_t s = o->ready.data[0].stream;
    *out = head_of(&o->streams.data[s]);
    int64_t key = key_of(o, &o->streams.data[s]);
    note_time(o, *out, key);
    if (v1_rule_of(*out)->handling == V1_SAMPLE)
        o->gs->g.data[(*out)->own].sample = next_sample(o);
    if (o->missing->waits.len && !is_in_turn(o, *out))
        assume(o, *out);
    const struct v1_event *last = run_root(o);
    if (!last || !settle_root(o, s))
        return GOTRACE_NO_MEMORY;
    assert(o->ready.len + o->parked <= o->streams.len); /* each is in one place */
    assert_unchanged(last >= *out && last < *out + o->streams.data[s].room); /* of one block */
    *n = (size_t)(last - *out) + 1;
    o->passed += *n;
    o->last = last->ticks;
    o->last_key = key; /* matters to 1.5, whose runs are of one event */
    uint32_t who = v1_event_who(last);
    if (o->gs->g.data[who].waiting && !wake(o, who))
        return GOTRACE_NO_MEMORY;
    return GOTRACE_OK;
}

void v1_order_free(struct v1_order *o)
{
    VEC_FREE(&o->streams);
    VEC_FREE(&o->events);
    VEC_FREE(&o->ready);
    VEC_FREE(&o->next_sample);
    map_free(&o->waiting);
    map_free(&o->found.waits);
    VEC_FREE(&o->found.runs);
}
