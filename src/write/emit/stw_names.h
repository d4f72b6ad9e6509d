/* stw_names.h: the names that outlive a generation: what stops of the world are
 * called. Whoever writes a stop, or copies one, asks here.
 *
 * Go's reader keeps the id that STWBegin gives its kind, and looks it up when the
 * stop ends, in the strings of the generation then (Go 1.27 internal/trace/event.go,
 * Range): if that has none of the id its tools panic, if it has another string they
 * end a range that never began. So while a stop goes on every generation has its
 * name, by the id at its begin. Kinds that we write have ids of their own, by which
 * no other string ever goes; those that were copied keep the ones that they had. */
#ifndef GOTRACE_WRITE_EMIT_STW_NAMES_H
#define GOTRACE_WRITE_EMIT_STW_NAMES_H
#include "base/map.h"
#include "base/vec.h"
#include "sched/sched.h"
#include "v2/generation/generation.h"

/* Ids of kinds. There are two dozen kinds, and ids near those of other strings
 * lie in an array of Go's reader; further ones it keeps in a map. */
enum { STW_IDS = 1 << 13, STW_NEAR_IDS = 256, STW_FAR_IDS = 1 << 28 };

struct stw_name {
    uint64_t id;         /* on the wire */
    uint32_t name;       /* interned */
    uint32_t generation; /* that last wrote it, as its writer counts them */
};
typedef VEC(struct stw_name) stw_name_list;

/* Of a writer. */
struct stw_names {
    stw_name_list list;
    struct map by_name;     /* index in list */
    struct map copied;      /* ids that were copied: any string's may be among them */
    uint32_t own;           /* ids that were given away */
    VEC(int64_t) stopping;  /* goroutines that have lately stopped the world ... */
    struct map is_stopping; /* ... each once */
};

void stw_names_free(struct stw_names *n);
/* The entry that STWBegin refers to for an interned name; borrowed until the next
 * call. NULL: no memory. */
struct stw_name *stw_names_get(struct stw_names *n, uint32_t name);
/* Whether no other string may have this id. */
bool stw_names_owns(const struct stw_names *n, uint64_t id);
/* The trace begins with generations that were copied, and the stops of `open` go
 * on behind them. False: no memory. */
bool stw_names_take_over(struct stw_names *n, const stw_name_list *open);

/* Goroutine g has stopped the world. False: no memory. */
bool stw_names_note(struct stw_names *n, int64_t g);
/* Whether g has stopped the world too often for one more, or too many have, each
 * of whose names every generation repeats. In truth it is stopped once at a time. */
bool stw_names_is_full(struct stw_names *n, const struct sched *w, int64_t g);
/* Forgets goroutines whose stops have ended. */
void stw_names_forget(struct stw_names *n, const struct sched *w);

/* What stops go on behind generation g, which is to be copied as it is, where
 * those of `open` went on before it: `open` becomes that, and g's ends mark the
 * strings that they need. GOTRACE_UNSUPPORTED: a copy of g would end a stop by a
 * name that is not its own, and *open is as before; GOTRACE_NO_MEMORY. */
gotrace_status stw_names_follow(stw_name_list *open, const struct generation *g);
#endif
