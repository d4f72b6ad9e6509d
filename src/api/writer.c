/* writer.c: gotrace.h's writer: batches of events with verdicts, and the
 * generations they come in, to the keeper. */
#include <string.h>

#include "api/clock.h"
#include "api/replay.h"
#include "api/trace.h"
#include "base/mem.h"
#include "event/intern.h"
#include "event/versions.h"
#include "gotrace_lua.h"
#include "read/header.h"
#include "write/emit/experiments.h"
#include "write/fast/fast_path.h"
#include "write/fast/thread_run.h"
#include "write/keeper.h"
#include "write/models/truth.h"
#include "write/passthrough.h"

enum { NS = 1000000000 }; /* a second */
/* A v1 trace has no generations: the output has one about every so often. */
enum { SPLIT_NS = NS, SPLIT_BYTES = 16 << 20 };

/* Go's reader multiplies ticks as doubles, into an int64 of ns: where these are
 * no longer exact, later is not later. Half of what there is, the rest is for
 * events that have to be later than others. */
#define MOST_TICKS (UINT64_C(1) << 52)
#define MOST_SECONDS (INT64_MAX / NS / 2)

struct gotrace_writer {
    struct keeper keeper;
    gotrace *trace; /* borrowed, and what follows */
    const gotrace_info *input;
    gotrace_names *names;
    gotrace_generation gen; /* of the input, at hand */
    uint64_t freq, most;    /* its clock, as written: ticks a second, and the latest */
    uint64_t shift;         /* ticks by which all that is written is earlier */
    uint64_t seconds;       /* that is these */
    VEC(int64_t) order;     /* its threads */
    struct experiment experiment;
    bool cut;      /* events before the first that is written were cut */
    bool cut_here; /* some before its first that is */
    int64_t begin; /* time, size and events of the output when its generation began */
    uint64_t begin_size, begin_events;
    struct v2_sync clock; /* of the last generation */
    struct passthrough passthrough;
    bool copying;
    bool watching; /* scripts look at what is copied: see gotrace_writer_watch */
    struct replay replay;
    uint32_t without; /* GOTRACE_WITHOUT_... */
    bool held;        /* nothing is to go out before it is committed */
    bool due;         /* the generation at hand goes out when the next has begun */
    const struct generation *looked_at;
    const uint8_t *base; /* its bytes */
    uint64_t passed;     /* generations that are written before the others are looked at */
    /* Where gotrace_write goes on when it is called with the batch again. */
    struct {
        bool again;
        uint32_t event;
        size_t extra;
    } rest;
};

static bool is_over(const gotrace_writer *w)
{
    return w->keeper.refused || w->keeper.out.status != GOTRACE_OK;
}

static gotrace_status status(const gotrace_writer *w, gotrace_diag *diag)
{
    const struct emitter *o = &w->keeper.out;
    if (!is_over(w))
        return GOTRACE_OK;
    *diag = o->diag;
    return w->keeper.refused ? GOTRACE_DAMAGED : o->status;
}

static bool no_memory(gotrace_writer *w)
{
    w->keeper.out.status = diag_no_memory(&w->keeper.out.diag);
    return false;
}

/* Clocks */

static void set_frequency(gotrace_writer *w)
{
    double freq = w->gen.freq ? (double)w->gen.freq : NS / w->gen.ns_per_tick;
    w->freq = freq >= 1 && freq < 0x1p63 ? (uint64_t)freq : NS;
    w->most = w->freq < MOST_TICKS / MOST_SECONDS ? w->freq * MOST_SECONDS : MOST_TICKS;
}

/* Ticks from which a trace may begin, to be written as they are. Others are
 * counted from its begin: a clock may have run for years before. */
static uint64_t shift_of(const gotrace_writer *w)
{
    return w->gen.ticks > w->most / 2 ? w->gen.ticks - 1 : 0;
}

/* Whole seconds, so that times are rounded to the same ns as before: by the frequency of each
 * generation. One in which they would be more than there is keeps the shift before. */
static void shift_seconds(gotrace_writer *w, bool first)
{
    uint64_t before = w->gen.ticks ? w->gen.ticks - 1 : 0;
    if (first)
        w->seconds = before / w->freq;
    if (w->seconds <= before / w->freq)
        w->shift = w->seconds * w->freq;
}

static void set_shift(gotrace_writer *w, bool first)
{
    if (w->without & GOTRACE_WITHOUT_BOOT)
        shift_seconds(w, first);
    else if (first)
        w->shift = shift_of(w);
}

/* What is before the trace's begin comes at it. */
static uint64_t shifted(const gotrace_writer *w, uint64_t ticks)
{
    return ticks > w->shift ? ticks - w->shift : 0;
}

static bool is_tame(const gotrace_writer *w, uint64_t ticks)
{
    return shifted(w, ticks) <= w->most;
}

/* The input's ticks as they are written. */
static uint64_t tame(const gotrace_writer *w, uint64_t ticks)
{
    uint64_t later = shifted(w, ticks);
    return later < w->most ? later : w->most;
}

/* A time that a script has set, by an event of the trace near it. The generation's begin
 * would not do: its time may be later than its ticks say. */
static uint64_t ticks_of(const gotrace_writer *w, int64_t time, const gotrace_event *near)
{
    double ns = (double)time - (double)near->time;
    double ticks = (double)tame(w, near->ticks) + ns * (double)w->freq / NS + 0.5;
    if (ticks < 0)
        return 0;
    return ticks < (double)w->most ? (uint64_t)ticks : w->most;
}

/* The event with the ticks that are written: itself, or copy. near: what it was before a
 * script edited it, or what it was added to. */
static const gotrace_event *timed(const gotrace_writer *w, const gotrace_event *ev,
                                  const gotrace_event *near, gotrace_event *copy)
{
    bool set = ev->flags & GOTRACE_TIME_SET;
    if (!set && is_tame(w, ev->ticks) && w->shift == 0)
        return ev;
    *copy = *ev;
    copy->ticks = set ? ticks_of(w, ev->time, near) : tame(w, ev->ticks);
    return copy;
}

/* Generations */

static bool write_experiments(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    o->status = experiment_write(&w->experiment, o->file, w->names, &o->tables.dictionary,
                                 &o->numbering, &o->diag);
    return o->status == GOTRACE_OK;
}

/* may_be_none: another generation follows, so that the first may be left out. Go's
 * validator wants all that is known at the begin in the first, and its reader takes the
 * first that has events for that (Go 1.27 internal/trace/order.go, initialGen). */
static bool end_generation(gotrace_writer *w, bool may_be_none)
{
    struct emitter *o = &w->keeper.out;
    return !o->inside || (write_experiments(w) && emitter_end(o, may_be_none && !w->passed));
}

/* Where another may follow. */
static bool pass_generation(gotrace_writer *w)
{
    return !w->keeper.out.inside || (keeper_state_procs(&w->keeper) && end_generation(w, true));
}

/* Whether gen is no other generation of the output: the first has only CPU samples as yet,
 * and what is known at the begin has to come in it (see end_generation). */
static bool is_first_still(const gotrace_writer *w, const gotrace_generation *gen)
{
    return !w->passed && emitter_has_samples_alone(&w->keeper.out) && gen->freq == w->gen.freq;
}

/* Ends what is written of the input's generation before gen. */
static bool leave_generation(gotrace_writer *w, const gotrace_generation *gen)
{
    if (!w->keeper.out.inside)
        return true;
    if (!keeper_state_procs(&w->keeper))
        return false;
    return is_first_still(w, gen) ? write_experiments(w) : end_generation(w, true);
}

/* The input's next generation. */
static bool next_generation(gotrace_writer *w, const gotrace_generation *gen)
{
    if (!leave_generation(w, gen))
        return false;
    w->gen = *gen;
    set_frequency(w);
    set_shift(w, w->keeper.out.gen == 0);
    w->order.len = 0;
    w->cut_here = false;
    w->experiment.from = 0;
    if (!VEC_RESERVE(&w->order, gen->order_len) || !experiment_begin(&w->experiment, gen) ||
        !experiment_meet(&w->experiment, w->names, &w->keeper.out.tables.dictionary))
        return no_memory(w);
    for (uint64_t i = 0; i < gen->order_len; i++)
        if (!emitter_thread_number(&w->keeper.out, gen->order[i], &w->order.data[w->order.len++]))
            return false;
    return true;
}

/* Ticks from a clock snapshot to the trace's begin, if it is shifted. */
static uint64_t before_begin(const gotrace_writer *w, uint64_t ticks)
{
    return ticks < w->shift ? w->shift - ticks : 0;
}

/* Both as the generation has them. */
static void take_clocks(const gotrace_writer *w, struct v2_sync *s, uint64_t behind)
{
    s->mono = w->gen.clock_mono ? w->gen.clock_mono : 1; /* none, as GOOS=js has it */
    s->sec = w->gen.clock_sec;
    s->nsec = w->gen.clock_nsec;
    add_ns(s, behind);
}

/* The clock snapshot at the generation's begin or behind, and behind the last
 * one by all clocks (Go 1.27 internal/trace/testtrace/validation.go). A trace
 * without any begins when the epoch did. */
static void set_clock(gotrace_writer *w, struct v2_generation *g, int64_t time)
{
    const gotrace_generation *gen = &w->gen;
    struct v2_sync *s = &g->sync;
    uint64_t last = w->clock.clock_time, clock = tame(w, gen->clock_ticks);
    uint64_t ns = w->freq / NS + 1; /* at the time 0 it counts as none */
    uint64_t begin = g->ticks > last ? g->ticks : last + 1;
    begin = begin > ns ? begin : ns;
    s->has_freq = s->has_clock = true;
    s->clock_time = clock > begin ? clock : begin;
    struct v2_sync own = *s;
    begin_clocks(&own, time, ns_of(s->clock_time - g->ticks, s->freq));
    if (gen->has_clock)
        take_clocks(w, s,
                    ns_of(s->clock_time - clock + before_begin(w, gen->clock_ticks), s->freq));
    if (!gen->has_clock || w->without & GOTRACE_WITHOUT_BOOT)
        s->mono = own.mono;
    if (!gen->has_clock || w->without & GOTRACE_WITHOUT_WALL) {
        s->sec = own.sec;
        s->nsec = own.nsec;
    }
    if (w->keeper.out.gen && !is_later(s, &w->clock)) {
        *s = (struct v2_sync){s->freq,       s->clock_time, w->clock.mono, w->clock.sec,
                              w->clock.nsec, true,          true};
        add_ns(s, 1);
    }
    w->clock = *s;
}

/* From here on what is written goes out, behind what was copied. */
static bool stop_muting(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    sink_mute(o->sink, false);
    return !w->passed || stw_names_take_over(&o->tables.stops, &w->passthrough.open);
}

static bool begin_generation(gotrace_writer *w, uint64_t ticks, int64_t time)
{
    struct emitter *o = &w->keeper.out;
    if (o->counts.generations == w->passed && !stop_muting(w))
        return no_memory(w);
    bool as_read = w->gen.gen && w->gen.gen <= UINT32_MAX && !(w->without & GOTRACE_WITHOUT_BOOT);
    struct v2_generation g = {.gen = as_read ? w->gen.gen : 1,
                              .ticks = ticks,
                              .sync.freq = w->freq,
                              .order = w->order.data,
                              .order_len = w->order.len};
    set_clock(w, &g, time);
    w->begin = time;
    w->begin_size = v2_write_size(o->file);
    w->begin_events = o->counts.events;
    return emitter_begin(o, &g);
}

/* The next generation restates what is alive, for which it goes through goroutines,
 * procs and threads: that is to be the smaller part, and
 * in the first there has to be some: Go's validator takes no goroutine that turns
 * up later (Go 1.27 internal/trace/testtrace/validation.go). */
static bool is_worth_splitting(const gotrace_writer *w)
{
    const struct emitter *o = &w->keeper.out;
    size_t alive = sched_g_slots(o->belief) + sched_p_slots(o->belief) + o->threads.len;
    return alive && o->counts.events - w->begin_events > 2 * alive;
}

static bool is_long(const gotrace_writer *w, const gotrace_event *ev)
{
    return w->keeper.v1 &&
           (ev->time - w->begin >= SPLIT_NS ||
            v2_write_size(w->keeper.out.file) - w->begin_size >= SPLIT_BYTES) &&
           is_worth_splitting(w);
}

static bool split(gotrace_writer *w, const gotrace_event *ev)
{
    return pass_generation(w) && begin_generation(w, ev->ticks, ev->time) &&
           emitter_restate(&w->keeper.out, 0);
}

/* A generation of the output for ev, which is the first to be written in it. */
static bool open_generation(gotrace_writer *w, const gotrace_event *ev)
{
    bool first = w->keeper.out.gen == 0;
    w->experiment.from = w->cut_here ? ev->ticks : 0;
    if (!begin_generation(w, w->cut_here ? ev->ticks : tame(w, w->gen.ticks),
                          w->cut_here ? ev->time : w->gen.time))
        return false;
    return !first || !w->cut || keeper_open_cut(&w->keeper, ev);
}

/* The output's first generation begins with something that is written: only
 * there can goroutines be stated that nothing was heard of. */
static bool inside_generation(gotrace_writer *w, const gotrace_event *ev, bool written)
{
    const struct emitter *o = &w->keeper.out;
    if (!o->inside)
        return (o->gen == 0 && !written) || open_generation(w, ev);
    return !is_long(w, ev) || split(w, ev);
}

/* Events */

static bool cut(gotrace_writer *w, const gotrace_event *ev)
{
    gotrace_written *c = &w->keeper.out.counts;
    c->cut++;
    w->cut |= w->keeper.out.gen == 0;
    w->cut_here |= !w->keeper.out.inside;
    return keeper_skip(&w->keeper, ev);
}

/* when: the original with the ticks that are written. */
static bool take(gotrace_writer *w, const gotrace_event *ev, const gotrace_event *original,
                 const gotrace_event *when)
{
    gotrace_event copy;
    bool tame = when == original || is_tame(w, ev->ticks);
    if (!tame && ev->verdict == GOTRACE_KEEP && !keeper_move(&w->keeper, ev))
        return false;
    if (ev->verdict == GOTRACE_DROP || ev != original)
        w->keeper.out.counts.touched = 1;
    if (ev == original)
        return keeper_take(&w->keeper, when, tame ? when : original);
    return keeper_take(&w->keeper, timed(w, ev, original, &copy), original);
}

static bool add(gotrace_writer *w, const gotrace_event *added, const gotrace_event *ev)
{
    gotrace_event copy;
    w->keeper.out.counts.touched = 1;
    return keeper_add(&w->keeper, timed(w, added, ev, &copy));
}

/* What belongs to one event: extra[0 .. len). */
struct belongings {
    const gotrace_event *extra;
    size_t len;
};

static bool add_all(gotrace_writer *w, const struct belongings *b, const gotrace_event *ev,
                    bool before)
{
    for (size_t i = 0; i < b->len; i++) {
        const gotrace_event *x = &b->extra[i];
        if (x->flags & GOTRACE_ADDED && keeper_comes_before(x, ev) == before && !add(w, x, ev))
            return false;
    }
    return true;
}

/* Before an event behind a window: what belongs to the window's last instants. */
static bool add_at_edge(gotrace_writer *w, const struct belongings *b, const gotrace_event *ev)
{
    struct emitter *o = &w->keeper.out;
    if (o->inside)
        return add_all(w, b, ev, true);
    for (size_t i = 0; i < b->len; i++)
        o->counts.withheld += (b->extra[i].flags & GOTRACE_ADDED) != 0;
    return true;
}

/* What the event was before a script edited it. */
static const gotrace_event *original_of(const gotrace_event *ev, const struct belongings *b)
{
    const gotrace_event *original = ev;
    for (size_t i = 0; i < b->len; i++) {
        if (b->extra[i].flags & GOTRACE_ORIGINAL)
            original = &b->extra[i];
    }
    return original;
}

static bool write_event(gotrace_writer *w, const gotrace_event *ev, const struct belongings *b)
{
    const gotrace_event *original = original_of(ev, b);
    gotrace_event copy;
    if (!experiment_note(&w->experiment, ev))
        return no_memory(w);
    if (ev->verdict == GOTRACE_CUT)
        return add_at_edge(w, b, original) && cut(w, original);
    bool written = ev->verdict == GOTRACE_KEEP || b->len;
    const gotrace_event *when = timed(w, original, original, &copy);
    if (!inside_generation(w, when, written))
        return false;
    if (b->len == 0)
        return take(w, ev, original, when);
    return add_all(w, b, original, true) && take(w, ev, original, when) &&
           add_all(w, b, original, false);
}

/* ev: what they belong to. */
static void hide(gotrace_writer *w, const struct belongings *b, const gotrace_event *ev)
{
    for (size_t i = 0; i < b->len && !is_over(w); i++) {
        int64_t g = (int64_t)b->extra[i].arg[0];
        if (!(b->extra[i].flags & GOTRACE_HIDES))
            continue;
        if (b->extra[i].arg[1])
            (void)keeper_show(&w->keeper, g);
        else if (keeper_hide(&w->keeper, g) && ev->type < GOTRACE_EV_GENERATION)
            keeper_take_off(&w->keeper, g, tame(w, ev->ticks));
    }
}

/* Whether the output's generation ends with what comes next, and what its names are to be
 * is not known yet. */
static bool lacks_names(const gotrace_writer *w, const gotrace_event *ev,
                        const struct belongings *b)
{
    const struct dictionary *d = &w->keeper.out.tables.dictionary;
    return d->unknown.len > 0 &&
           (ev->type == GOTRACE_EV_GENERATION || is_long(w, original_of(ev, b)));
}

/* Takes events from number i on to which there is nothing but what the keeper does, at most
 * up to number `end`; returns which is the first that was not taken. */
static uint32_t take_straight(gotrace_writer *w, const gotrace_event *events, uint32_t i,
                              uint32_t end)
{
    struct keeper *k = &w->keeper;
    if (!k->out.inside || k->v1 || w->shift)
        return i;
    for (; i < end && !is_over(w); i++) {
        i = thread_run_take(k, events, i, end, w->most);
        if (i == end || is_over(w))
            return i;
        const gotrace_event *ev = &events[i];
        if (ev->type >= EvSpan || ev->verdict == GOTRACE_CUT || ev->ticks > w->most)
            return i;
        if (ev->verdict == GOTRACE_DROP)
            k->out.counts.touched = 1;
        if (!fast_path_take(k, ev))
            (void)keeper_take(k, ev, ev);
    }
    return i;
}

static void take_batch(gotrace_writer *w, const gotrace_batch *batch, const gotrace_event *extra,
                       size_t extra_len)
{
    size_t x = w->rest.extra;
    /* Events around a gap come in an order that no other reader would find. */
    if (w->input->damages)
        (void)truth_diverge(&w->keeper);
    for (uint32_t i = w->rest.event; i < batch->len && !is_over(w); i++) {
        bool more = x < extra_len && extra[x].at < batch->len;
        i = take_straight(w, batch->events, i, more ? extra[x].at : batch->len);
        if (i == batch->len || is_over(w))
            break;
        const gotrace_event *ev = &batch->events[i];
        struct belongings b = {extra_len ? extra + x : NULL, 0};
        while (x < extra_len && extra[x].at == i)
            x++, b.len++;
        if ((w->rest.again = lacks_names(w, ev, &b))) {
            w->rest.event = i;
            w->rest.extra = x - b.len;
            return;
        }
        hide(w, &b, ev);
        if (ev->type == GOTRACE_EV_GENERATION)
            (void)next_generation(w, batch->gen);
        else if (ev->type != GOTRACE_EV_DAMAGE && ev->type != GOTRACE_EV_END)
            (void)write_event(w, ev, &b);
    }
    w->rest.event = 0;
    w->rest.extra = 0;
}

/* Passing */

/* Begins again, the usual way; what has been written by then stays. */
static bool stop_passthrough(gotrace_writer *w)
{
    struct keeper *k = &w->keeper;
    struct emitter *o = &k->out;
    sink *file = o->sink;
    gotrace_diag diag;
    bool strict = k->strict;
    w->copying = false;
    w->passed = o->counts.generations;
    w->clock = (struct v2_sync){0};
    o->sink = NULL;
    keeper_free(k);
    sink_mute(file, true);
    gotrace_status st = keeper_open(k, file, w->names, false, strict, &diag);
    if (st == GOTRACE_OK && !trace_again(w->trace))
        st = diag_no_memory(&diag);
    o->status = st;
    o->diag = diag;
    return st == GOTRACE_OK;
}

/* As inside_generation does it. */
static bool is_written(const gotrace_writer *w)
{
    return w->passthrough.written || (w->keeper.out.gen && w->passthrough.left_out);
}

/* Writes the generation at hand as it lies in the file. */
static bool copy_generation(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    if (!begin_generation(w, w->gen.ticks, w->gen.time))
        return false;
    o->status = passthrough_write(&w->passthrough, w->looked_at, w->base, o->file, &o->diag);
    o->counts.events += w->passthrough.written;
    return o->status == GOTRACE_OK && emitter_end(o, false);
}

/* It was looked at before it was copied: if the file has changed meanwhile, the
 * copy may be no trace. What cannot be taken back waits for that to be known; of
 * a file the reader or gotrace_writer_commit tells in time. */
static bool copy_unchanged(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    gotrace_written counts = o->counts;
    uint64_t gen = o->gen;
    sink_hold(o->sink);
    bool ok = copy_generation(w), drop = trace_unchanged(w->trace, NULL) != GOTRACE_OK;
    if (ok)
        o->status = sink_let_go(o->sink, drop, &o->diag);
    if (ok && drop && !sink_is_file(o->sink)) {
        o->counts = counts;
        o->gen = gen;
    }
    return o->status == GOTRACE_OK;
}

/* Writes the generation that is due. */
static bool let_out(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    if (!w->due)
        return true;
    w->due = false;
    o->counts.dropped += w->passthrough.left_out;
    o->counts.touched |= w->passthrough.left_out > 0;
    return !is_written(w) || copy_unchanged(w);
}

/* A generation begins: while it is put in order, there is time to write the one
 * before. */
static bool look(gotrace_writer *w, const gotrace_generation *gen)
{
    if (!let_out(w))
        return false;
    w->looked_at = trace_generation(w->trace, &w->base);
    w->gen = *gen;
    set_frequency(w);
    return true;
}

/* Whether the generation, which has been read to its end, has ticks that would have to be
 * written earlier than they are: see MOST_TICKS. */
static bool lasts_too_long(const gotrace_writer *w)
{
    double ticks = ((double)w->input->last_time - (double)w->gen.time) * (double)w->freq / NS;
    return (double)w->gen.ticks + ticks > (double)w->most;
}

/* Whether the generation, which has been read to its end, can go out as it is. */
static gotrace_status judge(gotrace_writer *w)
{
    if (w->input->damages || !w->gen.ticks || w->gen.ticks > w->most / 2 || lasts_too_long(w))
        return GOTRACE_UNSUPPORTED;
    gotrace_status st = passthrough_look(&w->passthrough, w->looked_at, w->base);
    bool samples_alone = w->gen.samples && w->passthrough.written == w->gen.samples;
    return w->keeper.out.gen == 0 && samples_alone ? GOTRACE_UNSUPPORTED : st;
}

static bool let_through(gotrace_writer *w)
{
    gotrace_status st = judge(w);
    if (st == GOTRACE_NO_MEMORY)
        return no_memory(w);
    if (st != GOTRACE_OK && w->watching)
        return w->copying = false; /* watch goes on from here */
    if (st != GOTRACE_OK)
        return stop_passthrough(w);
    w->due = true;
    /* Hooks may ask what has been written before a generation. */
    return !w->watching || let_out(w);
}

static void pass_marks(gotrace_writer *w, const gotrace_batch *batch)
{
    for (uint32_t i = 0; i < batch->len && w->copying && !is_over(w); i++) {
        uint8_t type = batch->events[i].type;
        if (type == GOTRACE_EV_GENERATION)
            (void)look(w, batch->gen);
        else if (type == GOTRACE_EV_END)
            (void)let_through(w);
    }
}

/* Watching */

static bool is_changed(const gotrace_batch *batch)
{
    unsigned changes = 0;
    for (uint32_t i = 0; i < batch->len; i++)
        changes |= batch->events[i].verdict ^ GOTRACE_KEEP;
    return changes;
}

/* What scripts let go by, once more and event by event, behind what has been copied. */
static bool take_again(gotrace_writer *w)
{
    struct emitter *o = &w->keeper.out;
    gotrace_batch batch;
    gotrace_status st = GOTRACE_OK;
    while (!is_over(w) && st == GOTRACE_OK) {
        st = replay_next(&w->replay, w->trace, &batch, &o->diag);
        if (st == GOTRACE_OK)
            take_batch(w, &batch, NULL, 0);
    }
    if (!is_over(w) && st != GOTRACE_END)
        o->status = st;
    return !is_over(w);
}

/* The first batch in which something is changed, or a generation that cannot be copied has
 * ended. */
static void stop_watching(gotrace_writer *w, const gotrace_batch *batch, const gotrace_event *extra,
                          size_t extra_len)
{
    w->watching = false;
    if (!replay_begin(&w->replay, batch))
        (void)no_memory(w);
    else if (stop_passthrough(w) && take_again(w))
        take_batch(w, &w->replay.batch, extra, extra_len);
    replay_free(&w->replay);
}

static void watch(gotrace_writer *w, const gotrace_batch *batch, const gotrace_event *extra,
                  size_t extra_len)
{
    if (extra_len || is_changed(batch)) {
        stop_watching(w, batch, extra, extra_len);
        return;
    }
    pass_marks(w, batch);
    if (!w->copying && !is_over(w))
        stop_watching(w, batch, NULL, 0);
    else
        replay_pass(&w->replay, batch);
}

bool gotrace_can_leave_out(uint32_t type)
{
    return type < 256 && gotrace_spec_of(type) && passthrough_can_drop((uint8_t)type);
}

bool gotrace_writer_pass(gotrace_writer *w, const uint8_t dropped[256])
{
    struct passthrough *p = &w->passthrough;
    for (unsigned type = 0; type < 256; type++) {
        if (dropped[type] && !passthrough_can_drop((uint8_t)type))
            return false;
        p->drops |= dropped[type];
        p->dropped[type] = dropped[type];
    }
    w->copying = !w->keeper.v1 && !hidden_any(&w->keeper.hidden) &&
                 !dictionary_is_on(&w->keeper.out.tables.dictionary) &&
                 trace_pass(w->trace, dropped);
    return w->copying;
}

bool gotrace_writer_watch(gotrace_writer *w)
{
    w->copying = !w->keeper.v1 && !hidden_any(&w->keeper.hidden) && !w->held &&
                 !dictionary_is_on(&w->keeper.out.tables.dictionary) && trace_watch(w->trace);
    return w->watching = w->copying;
}

/* Before something is changed that belongs to no batch. */
static void be_awake(gotrace_writer *w)
{
    const gotrace_batch none = {0};
    if (w->watching)
        stop_watching(w, &none, NULL, 0);
}

gotrace_status gotrace_write(gotrace_writer *w, const gotrace_batch *batch,
                             const gotrace_event *extra, size_t extra_len, gotrace_diag *diag)
{
    if (w->watching)
        watch(w, batch, extra, extra_len);
    else if (w->copying)
        pass_marks(w, batch);
    else
        take_batch(w, batch, extra, extra_len);
    if (w->keeper.out.file) /* none where memory ran out before there was one */
        w->keeper.out.counts.bytes = v2_write_size(w->keeper.out.file);
    return w->rest.again && !is_over(w) ? GOTRACE_NAMES : status(w, diag);
}

void gotrace_writer_leave_out(gotrace_writer *w, uint32_t what)
{
    w->without = what;
    w->keeper.out.numbering.on = what & GOTRACE_WITHOUT_IDS;
}

gotrace_status gotrace_writer_hold(gotrace_writer *w, gotrace_diag *diag)
{
    w->held = true;
    return sink_keep(w->keeper.out.sink, diag);
}

gotrace_status gotrace_writer_bytes(gotrace_writer *w, const uint8_t **data, size_t *len,
                                    gotrace_diag *diag)
{
    return sink_bytes(w->keeper.out.sink, data, len, diag);
}

void gotrace_writer_translate(gotrace_writer *w, bool strings, bool stacks)
{
    struct dictionary *d = &w->keeper.out.tables.dictionary;
    d->strings = strings;
    d->stacks = stacks;
}

const gotrace_name *gotrace_writer_unknown(gotrace_writer *w, size_t *n)
{
    return dictionary_unknown(&w->keeper.out.tables.dictionary, n);
}

bool gotrace_writer_name(gotrace_writer *w, gotrace_name name, uint32_t becomes)
{
    return tables_name(&w->keeper.out.tables, name, becomes);
}

/* The handle */

gotrace_status gotrace_writer_open(gotrace_writer **out, const char *path, gotrace *t,
                                   gotrace_names *names, bool strict, gotrace_diag *diag)
{
    gotrace_writer *w = mem_zeroed(1, sizeof *w);
    sink *file;
    *out = NULL;
    if (!w)
        return diag_no_memory(diag);
    w->trace = t;
    w->names = names;
    w->input = gotrace_info_of(t);
    bool v1 = w->input->version < VERSION_V2;
    w->gen.ns_per_tick = 1;
    set_frequency(w);
    gotrace_status st = sink_open(&file, path, trace_interrupter(t), diag);
    if (st == GOTRACE_OK)
        st = keeper_open(&w->keeper, file, names, v1, strict, diag);
    if (st != GOTRACE_OK) {
        gotrace_writer_abandon(w);
        return st;
    }
    gotrace_guard(t);
    *out = w;
    return GOTRACE_OK;
}

bool gotrace_writer_streams(const gotrace_writer *w)
{
    return !sink_is_file(w->keeper.out.sink);
}

gotrace_status gotrace_writer_hide(gotrace_writer *w, int64_t g, gotrace_diag *diag)
{
    be_awake(w);
    (void)keeper_hide(&w->keeper, g);
    return status(w, diag);
}

gotrace_status gotrace_writer_show(gotrace_writer *w, int64_t g, gotrace_diag *diag)
{
    be_awake(w);
    (void)keeper_show(&w->keeper, g);
    return status(w, diag);
}

gotrace_status gotrace_writer_hide_all(gotrace_writer *w, gotrace_diag *diag)
{
    be_awake(w);
    keeper_hide_all(&w->keeper);
    return status(w, diag);
}

bool gotrace_writer_has_met(const gotrace_writer *w, int64_t g)
{
    return keeper_has_met(&w->keeper, g);
}

const gotrace_written *gotrace_writer_written(const gotrace_writer *w)
{
    return &w->keeper.out.counts;
}

/* A trace has at least one generation. */
gotrace_status gotrace_writer_end(gotrace_writer *w, gotrace_diag *diag)
{
    struct emitter *o = &w->keeper.out;
    if (!is_over(w) && o->tables.dictionary.unknown.len > 0)
        return GOTRACE_NAMES;
    if (!is_over(w))
        (void)let_out(w);
    if (!is_over(w) && o->gen == 0)
        (void)begin_generation(w, tame(w, w->gen.ticks), w->gen.time);
    if (!is_over(w))
        (void)end_generation(w, false);
    if (!is_over(w) && w->input->damages)
        keeper_end_damaged(&w->keeper);
    o->counts.bytes = v2_write_size(o->file);
    return status(w, diag);
}

gotrace_status gotrace_writer_commit(gotrace_writer *w, gotrace_diag *diag)
{
    gotrace_status st = gotrace_writer_end(w, diag), input = GOTRACE_OK;
    gotrace_diag why;
    if (st == GOTRACE_OK)
        input = trace_unchanged(w->trace, &why);
    if (st == GOTRACE_OK && w->held)
        st = sink_release(w->keeper.out.sink, diag);
    if (st == GOTRACE_OK && (input == GOTRACE_OK || gotrace_writer_streams(w)))
        st = emitter_commit(&w->keeper.out, diag);
    gotrace_writer_abandon(w);
    if (st == GOTRACE_OK && input != GOTRACE_OK) {
        *diag = why;
        st = input;
    }
    return st;
}

void gotrace_writer_abandon(gotrace_writer *w)
{
    if (!w)
        return;
    passthrough_free(&w->passthrough);
    replay_free(&w->replay);
    experiment_free(&w->experiment);
    VEC_FREE(&w->order);
    keeper_free(&w->keeper);
    mem_free(w);
}
