#include "v2/order/rest.h"

#include <assert.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "event/event.h"

/* What may be looked at for what is lost: once, and for each event in the index. */
enum { BUDGET = 1 << 20, BUDGET_EACH = 64 };

/* Making it */

static uint64_t hash_of(const struct rest *r, enum sched_way way, uint64_t id, uint64_t seq)
{
    const uint64_t words[3] = {id, seq, way};
    return hash_bytes(&r->secret, words, sizeof words);
}

/* At the head of its chain, so numbers in it fall. False: no memory. */
static bool add(struct rest *r, struct rest_entry e)
{
    uint64_t hash = hash_of(r, (enum sched_way)e.way, e.id, e.seq);
    uint32_t at = (uint32_t)r->all.len;
    e.next = map_get(&r->first, hash);
    assert((e.next == MAP_NONE || e.next < at) && e.slot < r->slots_len);
    return at < MAP_NONE && VEC_PUSH(&r->all, e) && map_put(&r->first, hash, at);
}

/* Any proc: of a syscall in a thread of which it is not known which it has. */
#define ANY_PROC UINT64_MAX

/* Which proc the thread has behind the event at c, as far as its own events tell. */
static void note_proc(const struct cursor *c, uint64_t *proc)
{
    const struct event_step *step = &event_step[c->type];
    bool states = event_number[c->type] == EVENT_P_FIRST;
    if (states ? c->arg[1] == ProcRunning || c->arg[1] == ProcSyscall
               : step->who == TARGET_P && step->to == ProcRunning)
        *proc = c->arg[0];
    else if (event_lets_go_of_p(c->type))
        *proc = ANY_PROC;
}

/* What the event at c brings, way WAY_PERHAPS: nothing that is waited for. *proc is
 * the thread's, as far as its own events tell. */
static struct rest_entry entry_of(const struct cursor *c, uint64_t *proc)
{
    struct rest_entry e = {.id = c->arg[0], .seq = c->arg[1], .type = c->type};
    note_proc(c, proc);
    switch (event_number[c->type]) {
    case EVENT_G_FIRST:
        return (struct rest_entry){.id = e.id, .type = e.type, .way = WAY_BIRTH_G};
    case EVENT_P_FIRST:
        return (struct rest_entry){.id = e.id, .type = e.type, .way = WAY_BIRTH_P};
    case EVENT_G_SEQ:
        e.way = WAY_NEXT_G;
        return e;
    case EVENT_P_SEQ:
        e.way = WAY_NEXT_P;
        return e;
    case EVENT_OWN_P_SEQ:
        return (struct rest_entry){.id = *proc, .seq = e.id, .type = e.type, .way = WAY_NEXT_P};
    case EVENT_GC_SEQ:
        return (struct rest_entry){.seq = e.id, .type = e.type, .way = WAY_NEXT_GC};
    default:
        return e;
    }
}

/* Damage in the bytes is found when they are delivered, not here. */
static bool add_slot(struct rest *r, uint32_t slot)
{
    struct builder quiet = {0};
    struct cursor c;
    uint64_t proc = ANY_PROC;
    bool ok = true;
    assert(slot < r->g->threads.len);
    cursor_start(&c, r->g, r->base, &r->g->threads.data[slot]);
    while (ok && cursor_next(&c, r->g, r->base, &quiet)) {
        struct rest_entry e = entry_of(&c, &proc);
        e.slot = slot;
        e.off = cursor_offset(&c);
        e.time = c.time;
        ok = e.way == WAY_PERHAPS || add(r, e);
    }
    mem_free(quiet.damages);
    return ok;
}

/* Entries */

/* The first from entry i on that is equal in all; others of the same hash are
 * passed over. */
static const struct rest_entry *chain(const struct rest *r, uint32_t i, enum sched_way way,
                                      uint64_t id, uint64_t seq)
{
    for (; i != MAP_NONE; i = r->all.data[i].next) {
        assert_unchanged(i < r->all.len &&
                         (r->all.data[i].next == MAP_NONE || r->all.data[i].next < i));
        const struct rest_entry *e = &r->all.data[i];
        if (e->way == way && e->id == id && e->seq == seq)
            return e;
    }
    return NULL;
}

static const struct rest_entry *find(const struct rest *r, enum sched_way way, uint64_t id,
                                     uint64_t seq)
{
    return chain(r, map_get(&r->first, hash_of(r, way, id, seq)), way, id, seq);
}

/* Whether the slot has not passed that offset. */
static bool is_ahead(const struct rest *r, uint32_t slot, uint64_t off)
{
    assert_unchanged(slot < r->slots_len);
    const struct cursor *c = &r->slots[slot].cursor;
    return c->batch != MAP_NONE && cursor_offset(c) <= off;
}

/* Many have one number only if somebody means harm: so many are looked at. */
enum { LONGEST_CHAIN = 64 };

/* As find, the earliest of what is still to come. */
static const struct rest_entry *find_ahead(const struct rest *r, enum sched_way way, uint64_t id,
                                           uint64_t seq)
{
    const struct rest_entry *first = NULL, *e = find(r, way, id, seq);
    assert(r->made);
    for (int i = 0; e && i < LONGEST_CHAIN; i++) {
        if (is_ahead(r, e->slot, e->off) && (!first || e->time < first->time))
            first = e;
        e = chain(r, e->next, way, id, seq);
    }
    return first;
}

/* Of two events so far apart in time the order is certain (ns). */
enum { APART = 20000 };

/* A goroutine of a C thread may go and come again with the same numbers: those of
 * its next life bring nothing to this one. */
static const struct rest_entry *find_of_g(const struct rest *r, uint64_t id, uint64_t seq)
{
    const struct rest_entry *e = find_ahead(r, WAY_NEXT_G, id, seq);
    const struct rest_entry *birth = e ? find_ahead(r, WAY_BIRTH_G, id, 0) : NULL;
    bool is_next = birth && birth->time < e->time && ns_between(r->time, birth->time) > APART;
    return is_next ? NULL : e;
}

/* Also what may be of any proc: "no" has to be certain. */
static const struct rest_entry *find_of_p(const struct rest *r, uint64_t id, uint64_t seq)
{
    const struct rest_entry *e = find_ahead(r, WAY_NEXT_P, id, seq);
    return e ? e : find_ahead(r, WAY_NEXT_P, ANY_PROC, seq);
}

/* What else comes next makes no difference to who waits for a theft. */
static const struct rest_entry *find_theft(const struct rest *r, uint64_t id, uint64_t seq)
{
    const struct rest_entry *e = find_ahead(r, WAY_NEXT_P, id, seq);
    return e && e->type == EvProcSteal ? e : NULL;
}

static const struct rest_entry *find_next(const struct rest *r, enum sched_way way, uint64_t id,
                                          uint64_t seq)
{
    switch (way) {
    case WAY_SAME_G:
        return find_of_g(r, id, seq);
    case WAY_NEXT_P:
        return find_of_p(r, id, seq);
    case WAY_STEAL_P:
        return find_theft(r, id, seq);
    default:
        return find_ahead(r, way, id, seq);
    }
}

/* How many there are, or of `ahead` are still to come, LONGEST_CHAIN at most. */
static int count(const struct rest *r, enum sched_way way, uint64_t id, uint64_t seq, bool ahead)
{
    int n = 0;
    const struct rest_entry *e = find(r, way, id, seq);
    for (int i = 0; e && i < LONGEST_CHAIN; i++) {
        n += !ahead || is_ahead(r, e->slot, e->off);
        e = chain(r, e->next, way, id, seq);
    }
    return n;
}

/* Each life of a goroutine, one as a rule, has a birth and a number 1. */
static bool lacks_birth(const struct rest *r, uint64_t id, bool ahead)
{
    int births = count(r, WAY_BIRTH_G, id, 0, ahead), firsts = count(r, WAY_NEXT_G, id, 1, ahead);
    return births < firsts;
}

/* By the first number alone, so each is looked at once. */
static bool add_orphan(struct rest *r, const struct rest_entry *e)
{
    if (e->seq != 1 || e->id == ANY_PROC)
        return true;
    if (e->way == WAY_NEXT_G && lacks_birth(r, e->id, false))
        return VEC_PUSH(&r->orphan_gs, e->id);
    if (e->way == WAY_NEXT_P && !find(r, WAY_BIRTH_P, e->id, 0))
        return VEC_PUSH(&r->orphan_ps, e->id);
    return true;
}

/* All of the generation, what has happened as well: is_ahead tells what is still
 * to come. */
static bool make(struct rest *r)
{
    assert(r->all.len == 0 && r->first.len == 0);
    r->secret = hash_secret();
    for (size_t i = 0; i < r->slots_len; i++) {
        if (!add_slot(r, (uint32_t)i))
            return false;
    }
    for (size_t i = 0; i < r->all.len; i++) {
        if (!add_orphan(r, &r->all.data[i]))
            return false;
    }
    r->ahead.budget = BUDGET + BUDGET_EACH * (uint64_t)r->all.len;
    return true;
}

/* Tried once in a generation: without memory for it everything may still come. */
static bool need_index(struct rest *r)
{
    if (!r->made && !r->failed)
        r->made = make(r);
    r->failed = !r->made;
    return r->made;
}

/* What has no number: a thread lets go. */

/* What puts a goroutine on its thread: behind it another one would be let go of. */
static bool takes_g(uint8_t type)
{
    const struct event_step *step = &event_step[type];
    return (step->who == TARGET_G && step->to == GoRunning) || type == EvGoCreateSyscall;
}

/* Looks through the slot up to an event that lets go, or that takes another. */
static void look_for_leave(const struct rest *r, const struct cursor_slot *slot, bool of_g,
                           struct slot_leave *out)
{
    struct builder quiet = {0};
    struct cursor c = slot->cursor;
    *out = (struct slot_leave){UINT64_MAX, 0, true};
    do {
        if (of_g ? event_lets_go_of_g(c.type) : event_lets_go_of_p(c.type))
            out->type = c.type;
        if (out->type || (of_g ? takes_g(c.type) : c.type == EvProcStart)) {
            out->off = cursor_offset(&c);
            break;
        }
    } while (cursor_next(&c, r->g, r->base, &quiet));
    mem_free(quiet.damages);
}

/* Each event is looked at once, however many wait for the thread. */
static const struct slot_leave *leave_of(const struct rest *r, struct cursor_slot *slot, bool of_g)
{
    struct slot_leave *l = of_g ? &slot->leave_g : &slot->leave_p;
    if (!l->is_known || cursor_offset(&slot->cursor) > l->off)
        look_for_leave(r, slot, of_g, l);
    assert_unchanged(l->is_known && l->off >= cursor_offset(&slot->cursor));
    return l;
}

/* NULL: the thread has no more events. */
static struct cursor_slot *slot_of_thread(const struct rest *r, uint64_t m)
{
    uint32_t i = map_get(&r->g->thread_of, m);
    assert_unchanged(i == MAP_NONE || (i < r->slots_len && (uint64_t)r->slots[i].cursor.m == m));
    return i == MAP_NONE || r->slots[i].cursor.batch == MAP_NONE ? NULL : &r->slots[i];
}

/* Answers */

/* What the slot waits for, until the slot `from` has passed `until`:
 * rest_may_bring does not look again before. True, for its callers. */
static bool note(struct cursor_slot *slot, uint64_t until, uint32_t from)
{
    assert(until != 0);
    slot->waits_at = cursor_offset(&slot->cursor);
    slot->until = until;
    slot->from = from;
    return true;
}

/* The thread cannot let go before an event of its own that waits for it. */
static bool may_leave(struct rest *r, struct cursor_slot *slot, const struct sched_awaited *what)
{
    struct cursor_slot *of = slot_of_thread(r, what->id);
    const struct slot_leave *l =
        of && of != slot ? leave_of(r, of, what->way == WAY_LEAVE_G) : NULL;
    return l && l->type && note(slot, l->off, (uint32_t)(of - r->slots));
}

/* Whether the births of the goroutine that are to come are those of later lives. */
static bool is_before_births(const struct rest *r, const struct cursor_slot *slot, uint64_t id)
{
    const struct rest_entry *first = find_ahead(r, WAY_NEXT_G, id, 1);
    return first && first->off == cursor_offset(&slot->cursor) && lacks_birth(r, id, true);
}

static bool may_come(struct rest *r, struct cursor_slot *slot, const struct sched_awaited *what)
{
    if (!need_index(r))
        return true;
    r->time = slot->cursor.time;
    const struct rest_entry *e = find_next(r, what->way, what->id, what->seq);
    if (e && what->way == WAY_BIRTH_G && is_before_births(r, slot, what->id))
        return false;
    return e && note(slot, e->off, e->slot);
}

bool rest_may_bring(struct rest *r, struct cursor_slot *slot, struct sched_awaited *what)
{
    if (slot->waits_at == cursor_offset(&slot->cursor) && is_ahead(r, slot->from, slot->until))
        return true;
    assert(slot->ev.type == slot->cursor.type); /* the model was asked about it */
    *what = sched_awaits(r->sched, &slot->ev);
    switch (what->way) {
    case WAY_PERHAPS:
        return true;
    case WAY_NEVER:
        return false;
    case WAY_LEAVE_G:
    case WAY_LEAVE_P:
        return may_leave(r, slot, what);
    default:
        return may_come(r, slot, what);
    }
}

/* Who waits for whom */

/* So many threads may wait for each other in a row, to be gone through. */
enum { LONGEST_ROW = 64 };

/* The slot that what this one waits for may come from, if that was asked in this round. */
static struct cursor_slot *awaited(const struct rest *r, const struct cursor_slot *slot,
                                   uint64_t round)
{
    bool is_noted = slot->waits_at == cursor_offset(&slot->cursor);
    assert(!is_noted || slot->from < r->slots_len);
    struct cursor_slot *from = is_noted ? &r->slots[slot->from] : NULL;
    return from && from->round == round ? from : NULL;
}

/* Whether what the slot waits for can come from nowhere else. Goroutines of C threads have
 * several lives with the same numbers, and a proc may be stolen. */
static bool is_sole(const struct rest *r, const struct sched_awaited *what)
{
    switch (what->way) {
    case WAY_LEAVE_G:
        return true;
    case WAY_SAME_G:
        return count(r, WAY_NEXT_G, what->id, what->seq, true) == 1;
    case WAY_BIRTH_G:
    case WAY_NEXT_G:
    case WAY_NEXT_P:
        return count(r, what->way, what->id, what->seq, true) == 1;
    default:
        return false;
    }
}

/* Whether what the slot waits for, the model having moved since it was noted, still can come
 * from the slot that was noted, and from no other. What was noted stays. */
static bool waits_for_one(struct rest *r, struct cursor_slot *slot)
{
    const struct cursor_slot noted = *slot;
    struct sched_awaited what;
    slot->waits_at = 0;
    bool is = rest_may_bring(r, slot, &what) && slot->waits_at == noted.waits_at &&
              slot->from == noted.from && is_sole(r, &what);
    slot->waits_at = noted.waits_at;
    slot->until = noted.until;
    slot->from = noted.from;
    return is;
}

/* The earliest of the slots that wait in a circle, which this one is of, each for the next
 * alone. NULL: it is none. */
static const struct cursor_slot *first_of_circle(struct rest *r, struct cursor_slot *slot,
                                                 uint64_t round)
{
    const struct cursor_slot *first = slot;
    struct cursor_slot *l = slot;
    for (int i = 0; i < LONGEST_ROW; i++) {
        if (!waits_for_one(r, l))
            return NULL;
        l = awaited(r, l, round);
        if (l == slot)
            return first;
        if (!l)
            return NULL;
        if (l->cursor.time < first->cursor.time)
            first = l;
    }
    return NULL;
}

const struct cursor_slot *rest_hopeless(struct rest *r, struct cursor_slot *slot, uint64_t round,
                                        uint64_t *asked, bool *circle)
{
    struct sched_awaited what;
    const struct cursor_slot *mark = slot; /* moves on at steps 1, 2, 4 ...: a circle meets it */
    *circle = false;
    for (int i = 1, next = 1; slot && slot->round == round && i <= LONGEST_ROW; i++) {
        ++*asked;
        if (!rest_may_bring(r, slot, &what))
            return slot;
        slot = awaited(r, slot, round);
        if (slot && slot == mark) {
            const struct cursor_slot *first = first_of_circle(r, slot, round);
            *circle = first != NULL;
            return first;
        }
        if (i == next) {
            mark = slot;
            next *= 2;
        }
    }
    return NULL;
}

/* For those who mend */

/* A birth anywhere in the generation, also one that has happened (struct sched_ahead). */
static uint8_t type_of(void *self, enum sched_way way, uint64_t id, uint64_t seq)
{
    const struct rest *r = self;
    if (way == WAY_NEXT_G)
        way = WAY_SAME_G;
    bool any = way == WAY_BIRTH_G || way == WAY_BIRTH_P;
    const struct rest_entry *e = any ? find(r, way, id, seq) : find_next(r, way, id, seq);
    return e ? e->type : 0;
}

/* The slot of a thread of the model is looked for among all. */
static uint8_t leaves(void *self, uint32_t thread)
{
    struct rest *r = self;
    for (size_t i = 0; i < r->slots_len; i++) {
        if (r->slots[i].ev.thread == thread && r->slots[i].cursor.batch != MAP_NONE)
            return leave_of(r, &r->slots[i], true)->type;
    }
    return 0;
}

static bool orphan(void *self, enum sched_way way, size_t i, uint64_t *id)
{
    const struct rest *r = self;
    assert(way == WAY_BIRTH_G || way == WAY_BIRTH_P);
    size_t len = way == WAY_BIRTH_G ? r->orphan_gs.len : r->orphan_ps.len;
    if (i < len)
        *id = way == WAY_BIRTH_G ? r->orphan_gs.data[i] : r->orphan_ps.data[i];
    return i < len;
}

/* r->time, as answers depend on when they are asked for (find_of_g). */
struct sched_ahead *rest_ahead(struct rest *r, const struct cursor_slot *slot)
{
    r->time = slot->cursor.time;
    return need_index(r) ? &r->ahead : NULL;
}

/* The index is not made yet: a generation in which nothing waits for long needs none. */
void rest_start(struct rest *r, const struct generation *g, const uint8_t *base,
                struct cursor_slot *slots, size_t len, const struct sched *s)
{
    assert(len == g->threads.len);
    r->g = g;
    r->base = base;
    r->slots = slots;
    r->slots_len = len;
    r->sched = s;
    r->made = r->failed = false;
    r->all.len = r->orphan_gs.len = r->orphan_ps.len = 0;
    map_clear(&r->first);
    r->ahead = (struct sched_ahead){r, type_of, leaves, orphan, 0};
}

void rest_free(struct rest *r)
{
    VEC_FREE(&r->all);
    VEC_FREE(&r->orphan_gs);
    VEC_FREE(&r->orphan_ps);
    map_free(&r->first);
}
