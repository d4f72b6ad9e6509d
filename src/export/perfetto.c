/* perfetto.c: a trace for Perfetto, packet by packet (its protos/perfetto/trace, whose
 * numbers of fields stand here). All packets are of one sequence, whose first one clears
 * what is interned; they may come in any order of time, but what is equal in time stays
 * in the order in which it is written. */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/varint.h"
#include "export/protobuf.h"
#include "gotrace_lua.h"

enum { PACKET = 1, SEQUENCE = 1 }; /* the one field of a trace; the number of ours */

enum { /* fields of a packet */
       CLOCKS = 6,
       TIMESTAMP = 8,
       SEQUENCE_ID = 10,
       EVENT = 11,
       INTERNED = 12,
       SEQUENCE_FLAGS = 13,
       DESCRIPTOR = 60
};
enum { CLEARED = 1, NEEDED = 2 };                      /* flags of the sequence */
enum { BEGIN = 1, END = 2, INSTANT = 3, COUNTER = 4 }; /* types of events */
enum { REALTIME = 1, BOOTTIME = 6 };                   /* clocks; all times are of the second */
enum { BY_NAME = 1, EXPLICIT = 3, NEVER_MERGED = 2 };  /* order of tracks; siblings */
enum { FRAMES = 6, CALLSTACKS = 7 };                   /* fields of what is interned */

struct gotrace_perfetto {
    struct protobuf out, packet, message, inner;
    VEC(uint64_t) frames;
    VEC(bool) stacks; /* by number: whether it is written */
    bool begun;
};

gotrace_perfetto *gotrace_perfetto_new(void)
{
    return mem_zeroed(1, sizeof(gotrace_perfetto));
}

void gotrace_perfetto_free(gotrace_perfetto *w)
{
    if (!w)
        return;
    protobuf_free(&w->out);
    protobuf_free(&w->packet);
    protobuf_free(&w->message);
    protobuf_free(&w->inner);
    VEC_FREE(&w->frames);
    VEC_FREE(&w->stacks);
    mem_free(w);
}

const void *gotrace_perfetto_take(gotrace_perfetto *w, size_t *n)
{
    *n = w->out.bytes.len;
    protobuf_clear(&w->out);
    return w->out.bytes.data;
}

/* Failures of inner messages have come up to `out` by protobuf_message. */
static uint32_t waiting(const gotrace_perfetto *w)
{
    return w->out.failed ? GOTRACE_PERFETTO_FAILED : (uint32_t)w->out.bytes.len;
}

/* What may be 0 and is to be there all the same. */
static void put_number(struct protobuf *p, uint32_t field, uint64_t value)
{
    p->failed |=
        !buf_add_leb128(&p->bytes, (uint64_t)field << 3) || !buf_add_leb128(&p->bytes, value);
}

/* The message at hand is the packet's field; that is the packet. */
static uint32_t put_packet(gotrace_perfetto *w, uint32_t field, uint32_t flags)
{
    if (!w->begun)
        flags |= CLEARED;
    w->begun = true;
    put_number(&w->packet, SEQUENCE_ID, SEQUENCE);
    protobuf_number(&w->packet, SEQUENCE_FLAGS, flags);
    protobuf_message(&w->packet, field, &w->message);
    protobuf_message(&w->out, PACKET, &w->packet);
    protobuf_clear(&w->packet);
    protobuf_clear(&w->message);
    return waiting(w);
}

uint32_t gotrace_perfetto_waiting(const gotrace_perfetto *w)
{
    return waiting(w);
}

/* What is interned */

/* Says that it needs the state so far: an entry may refer to others (a frame to
 * its function). */
static uint32_t put_interned(gotrace_perfetto *w, uint32_t field)
{
    protobuf_message(&w->message, field, &w->inner);
    protobuf_clear(&w->inner);
    return put_packet(w, INTERNED, NEEDED);
}

/* Field 1 is its number, field 2 its text, of all kinds of texts that are interned. */
uint32_t gotrace_perfetto_text(gotrace_perfetto *w, uint32_t field, uint32_t number,
                               const void *data, size_t n)
{
    protobuf_number(&w->inner, 1, number);
    protobuf_bytes(&w->inner, 2, data, n);
    return put_interned(w, field);
}

/* Fields of its Frame; there is no mapping, and no address. */
uint32_t gotrace_perfetto_frame(gotrace_perfetto *w, uint32_t number, uint32_t function,
                                uint32_t file, uint32_t line)
{
    protobuf_number(&w->inner, 1, number);
    protobuf_number(&w->inner, 2, function);
    protobuf_number(&w->inner, 5, file);
    protobuf_number(&w->inner, 6, line);
    return put_interned(w, FRAMES);
}

void gotrace_perfetto_push(gotrace_perfetto *w, uint32_t frame)
{
    w->out.failed |= !VEC_PUSH(&w->frames, frame);
}

bool gotrace_perfetto_has_stack(const gotrace_perfetto *w, uint32_t number)
{
    return number == 0 || (number < w->stacks.len && w->stacks.data[number]);
}

/* The flag is set before the stack is put there: without memory all of it fails. */
static void note_stack(gotrace_perfetto *w, uint32_t number)
{
    while (w->stacks.len <= number)
        if (!VEC_PUSH(&w->stacks, false)) {
            w->out.failed = true;
            return;
        }
    w->stacks.data[number] = true;
}

/* The outermost one comes first there. */
uint32_t gotrace_perfetto_stack(gotrace_perfetto *w, uint32_t number)
{
    note_stack(w, number);
    protobuf_number(&w->inner, 1, number);
    for (size_t i = w->frames.len; i > 0; i--)
        protobuf_number(&w->inner, 2, w->frames.data[i - 1]);
    w->frames.len = 0;
    return put_interned(w, CALLSTACKS);
}

/* Tracks */

/* A rank below 0 is written with 64 bits, as protobuf has its int32. Rows of one
 * name stay apart. */
uint32_t gotrace_perfetto_track(gotrace_perfetto *w, const gotrace_perfetto_about *t,
                                const void *name, size_t n)
{
    protobuf_number(&w->message, 1, t->track);
    protobuf_bytes(&w->message, 2, name, n);
    protobuf_number(&w->message, 5, t->parent);
    if (t->process) {
        protobuf_number(&w->inner, 1, t->process);
        protobuf_bytes(&w->inner, 6, name, n);
        protobuf_message(&w->message, 3, &w->inner);
        protobuf_clear(&w->inner);
    }
    if (t->is_counter) {
        protobuf_number(&w->inner, 3, t->unit);
        protobuf_message(&w->message, 8, &w->inner);
        protobuf_clear(&w->inner);
    }
    put_number(&w->message, 11, t->by_name ? BY_NAME : EXPLICIT);
    put_number(&w->message, 12, (uint64_t)(int64_t)t->rank);
    put_number(&w->message, 15, NEVER_MERGED);
    return put_packet(w, DESCRIPTOR, 0);
}

/* The two clocks at one moment, from which Perfetto tells the time of the day. */
uint32_t gotrace_perfetto_clock(gotrace_perfetto *w, int64_t time, int64_t wall)
{
    const int64_t clocks[][2] = {{BOOTTIME, time}, {REALTIME, wall}};
    for (int i = 0; i < 2; i++) {
        put_number(&w->inner, 1, (uint64_t)clocks[i][0]);
        put_number(&w->inner, 2, (uint64_t)clocks[i][1]);
        protobuf_message(&w->message, 1, &w->inner);
        protobuf_clear(&w->inner);
    }
    protobuf_number(&w->message, 2, BOOTTIME);
    return put_packet(w, CLOCKS, 0);
}

/* Events: most of what there is, so they are put together in place. */

enum { FLOW = 47, ENDING_FLOW = 48, CALLSTACK = 56 };
enum { NAME_MOST = 32 };   /* bytes of a name that is not interned */
enum { EVENT_MOST = 112 }; /* bytes of one: below 128, so that a length is one byte */

struct place {
    uint8_t bytes[EVENT_MOST];
    uint32_t len;
};

/* As buf_add_leb128, into the room that is there: nothing here can fail. */
static void place_varint(struct place *at, uint64_t v)
{
    while (v > 127) {
        at->bytes[at->len++] = (uint8_t)(v | 128);
        v >>= 7;
    }
    at->bytes[at->len++] = (uint8_t)v;
}

static void place_number(struct place *at, uint32_t field, uint64_t v)
{
    place_varint(at, (uint64_t)field << 3);
    place_varint(at, v);
}

/* Eight bytes, the lowest first: numbers of arrows are of a fixed size there. */
static void place_fixed(struct place *at, uint32_t field, uint64_t v)
{
    place_varint(at, (uint64_t)field << 3 | 1);
    for (int i = 0; i < 8; i++)
        at->bytes[at->len++] = (uint8_t)(v >> 8 * i);
}

/* A packet of what is the event behind its first byte. Tag and length of the
 * packet, a byte each, are filled in when the length is known. */
static void put_event(gotrace_perfetto *w, int64_t time, const struct place *event, uint32_t flags)
{
    struct place at = {.len = 2};
    place_number(&at, TIMESTAMP, (uint64_t)time);
    place_number(&at, SEQUENCE_ID, SEQUENCE);
    if (flags || !w->begun)
        place_number(&at, SEQUENCE_FLAGS, w->begun ? flags : flags | CLEARED);
    w->begun = true;
    place_varint(&at, EVENT << 3 | 2);
    place_varint(&at, event->len);
    assert(at.len - 2 + event->len < 128);
    at.bytes[0] = PACKET << 3 | 2;
    at.bytes[1] = (uint8_t)(at.len - 2 + event->len);
    w->out.failed |= !buf_add(&w->out.bytes, at.bytes, at.len) ||
                     !buf_add(&w->out.bytes, event->bytes, event->len);
}

/* Fields 9 and 11 of its TrackEvent: the type, and the track. */
static void place_event(struct place *at, int type, uint64_t track)
{
    at->len = 0;
    place_number(at, 9, (uint64_t)type);
    place_number(at, 11, track);
}

static void place_stack(struct place *at, const gotrace_perfetto_event *e)
{
    if (e->stack)
        place_number(at, CALLSTACK, e->stack);
}

/* Two events. The end refers to nothing that is interned, so it needs no state. */
uint32_t gotrace_perfetto_slice(gotrace_perfetto *w, const gotrace_perfetto_event *e)
{
    struct place at;
    place_event(&at, BEGIN, e->track);
    place_number(&at, 10, e->name);
    place_stack(&at, e);
    if (e->flow)
        place_fixed(&at, ENDING_FLOW, e->flow);
    put_event(w, e->from, &at, NEEDED);
    place_event(&at, END, e->track);
    put_event(w, e->to, &at, 0);
    return waiting(w);
}

/* What an arrow begins at; where it ends, a slice has ENDING_FLOW. */
static void put_instant(gotrace_perfetto *w, struct place *at, const gotrace_perfetto_event *e)
{
    place_stack(at, e);
    if (e->flow)
        place_fixed(at, FLOW, e->flow);
    put_event(w, e->from, at, NEEDED);
}

uint32_t gotrace_perfetto_instant(gotrace_perfetto *w, const gotrace_perfetto_event *e)
{
    struct place at;
    place_event(&at, INSTANT, e->track);
    place_number(&at, 10, e->name);
    put_instant(w, &at, e);
    return waiting(w);
}

/* There are as many of these names as goroutines, so they are not interned. */
uint32_t gotrace_perfetto_wake(gotrace_perfetto *w, const gotrace_perfetto_event *e,
                               const char *what, int64_t g)
{
    struct place at;
    char name[NAME_MOST];
    int n = snprintf(name, sizeof name, "%s G%lld", what, (long long)g);
    assert(n > 0 && n < NAME_MOST);
    place_event(&at, INSTANT, e->track);
    place_varint(&at, 23 << 3 | 2);
    place_varint(&at, (uint64_t)n);
    for (int i = 0; i < n; i++)
        at.bytes[at.len++] = (uint8_t)name[i];
    put_instant(w, &at, e);
    return waiting(w);
}

uint32_t gotrace_perfetto_count(gotrace_perfetto *w, uint32_t track, int64_t time, int64_t value)
{
    struct place at;
    place_event(&at, COUNTER, track);
    place_number(&at, 30, (uint64_t)value);
    put_event(w, time, &at, 0);
    return waiting(w);
}
