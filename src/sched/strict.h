/* strict.h: what Go's reader takes and its other tools do not: the validator that
 * Go's own tests ask, the Summarizer and the pages of go tool trace, which panic
 * (Go 1.27 internal/trace/testtrace/validation.go, summary.go, gc.go,
 * cmd/trace/gstate.go). The model alone would let it through.
 *
 * --verify has all of their rules (lua/gotrace/verify/judge.lua). Here are those by
 * which traces are copied and written, so they are cheap, and where in doubt they
 * mind: then a copy is none and goes event by event, or an event is left out. */
#ifndef GOTRACE_SCHED_STRICT_H
#define GOTRACE_SCHED_STRICT_H
#include "base/compiler.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"
#include "sched/sched.h"

/* Ids, most of them small. */
struct id_set {
    VEC(uint64_t) small; /* a bit each */
    struct map large;
};

/* What it asks of a generation that is put in order by itself (sched/edges.h), to be
 * answered when that is joined. */
struct strict_notes {
    VEC(uint64_t) tasks; /* that begin, each with its parent */
    VEC(uint64_t) procs; /* new GOMAXPROCS */
    bool without_proc;   /* a range was told of where no proc is known */
    bool doubtful;       /* there is something that cannot be told */
};

/* A zeroed one has seen nothing, and is freed by strict_free. */
struct strict {
    uint64_t procs;       /* GOMAXPROCS, 0: not known */
    uint64_t looked_at;   /* procs that were looked at for new ones */
    struct id_set gone;   /* goroutines that ended in the first generation */
    struct map task_of;   /* task -> index in elders ... */
    VEC(uint32_t) elders; /* ... towards its eldest ancestor, which is its own */
    struct map resting;   /* goroutines that blocked for ever */
    bool failed;          /* no memory: it minds all, and who asks has to end */
    bool watches;         /* it may mind frequent types too: see strict_asks */
    struct strict_notes notes;
};

void strict_free(struct strict *x);
/* Types of events that it may mind in any trace. */
extern const bool strict_asks_of[256];
/* Whether it may mind events of that type. More once there are procs beyond GOMAXPROCS
 * or goroutines that rest for ever, which is rare. */
static HOT bool strict_asks(const struct strict *x, uint8_t type)
{
    return strict_asks_of[type] ||
           (x->watches && (type == EvGCSweepBegin || type == EvGoStart || type == EvGoSwitch));
}

/* Whether they mind the event, which s has yet to take, on thread m; notes what it
 * does. name: interned, of a GoLabel. */
bool strict_minds(struct strict *x, const struct sched *s, const struct sched_event *ev, int64_t m,
                  uint32_t name);
/* The same of a generation by itself: what it says is told by strict_join, and by edges. */
void strict_note(struct strict *x, struct sched *s, const struct sched_event *ev, int64_t m,
                 uint32_t name);
/* Whether what the generation noted can be told of the whole trace: x knows what came before
 * it, and so does `before`. True: nothing of it is minded, but what strict_join says. */
bool strict_agrees(const struct strict *x, const struct strict *alone, const struct sched *before,
                   const struct sched *of_alone);
/* Then: x learns what the generation noted. Whether something in it is minded. */
bool strict_join(struct strict *x, const struct strict *alone, const struct sched *before);
/* The goroutine blocks for the reason "forever", which the Summarizer takes for its
 * end. */
void strict_rest(struct strict *x, int64_t g);
#endif
