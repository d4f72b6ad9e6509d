/* rows.c: spans as rows. Columns are set in the order of the tables (lua/gotrace/export/sqlite). */
#include <assert.h>

#include "base/text/printable.h"
#include "event/event.h"
#include "export/sqlite/database.h"

/* The row at work. */
struct row {
    gotrace_sqlite *db;
    struct cell *at;  /* the next cell */
    bool failed;      /* no memory */
    uint32_t unknown; /* a string that is no plain text; 0: none */
};

static void put_number(struct row *r, int64_t value)
{
    *r->at++ = (struct cell){.is.number = value, .kind = CELL_NUMBER};
}

static void put_nothing(struct row *r)
{
    *r->at++ = (struct cell){.kind = CELL_NOTHING};
}

/* Of one that is -1 there is none. */
static void put_id(struct row *r, int64_t id)
{
    if (id < 0)
        put_nothing(r);
    else
        put_number(r, id);
}

/* NULL: none. */
static void put_word(struct row *r, const char *text, size_t len)
{
    uint32_t kind = text ? CELL_TEXT : CELL_NOTHING;
    *r->at++ = (struct cell){.is.text = text, .kind = kind, .len = (uint32_t)len};
}

/* A string that cannot be shown as it is. */
static void put_shown(struct row *r, uint32_t id)
{
    uint32_t at = map_get(&r->db->shown, id);
    if (at == MAP_NONE) {
        r->unknown = id;
        put_nothing(r);
    } else {
        put_word(r, r->db->names_shown.data[at].text, r->db->names_shown.data[at].len);
    }
}

/* A plain string stays an id until the feed is flushed: it is not copied here. */
static void put_text(struct row *r, uint32_t id)
{
    uint32_t len;
    const char *text = gotrace_string(r->db->names, id, &len);
    if (gotrace_is_plain(text, len, false))
        *r->at++ = (struct cell){.kind = CELL_STRING, .len = id};
    else
        put_shown(r, id);
}

/* 0 is a string too (""), so whether there is one has to be said. */
static void put_text_if(struct row *r, uint32_t id, bool is_there)
{
    if (is_there)
        put_text(r, id);
    else
        put_nothing(r);
}

/* What is noted here gets its frames at the end, in a table of their own. */
static void put_stack(struct row *r, uint32_t id)
{
    if (!id) {
        put_nothing(r);
        return;
    }
    r->failed |= !gotrace_sqlite_use_stack(r->db, id);
    put_number(r, id);
}

/* Static, so that cells can borrow them. */
struct word {
    const char *text;
    size_t len;
};
#define WORD(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }

/* By GOTRACE_STATE_..., and as Go calls them; the first stands for none. */
static void put_state(struct row *r, uint8_t state)
{
    static const struct word states[] = {
        {NULL, 0},       WORD("Runnable"), WORD("Running"),  WORD("Syscall"),
        WORD("Waiting"), WORD("Idle"),     WORD("NotExist"),
    };
    put_word(r, states[state].text, states[state].len);
}

/* By GOTRACE_SIDE_..., bits. */
static void put_sides(struct row *r, uint8_t sides)
{
    static const struct word words[] = {{NULL, 0}, WORD("begin"), WORD("end"), WORD("both")};
    put_word(r, words[sides].text, words[sides].len);
}

static void put_edges(struct row *r, const gotrace_span *s)
{
    put_sides(r, s->open);
    put_sides(r, s->clipped);
}

static void put_times(struct row *r, const gotrace_span *s)
{
    put_number(r, s->to - s->from);
    put_number(r, s->to);
}

/* Whose event ended it, as far as that is known without the event. */
struct context {
    int64_t g, m, p;
};

/* Of running and of syscalls the goroutine itself, on its own thread, as long as
 * no event is there. */
static struct context context_of(const gotrace_span *s, const gotrace_event *e)
{
    if (e)
        return (struct context){e->g, e->m, e->p};
    if (s->state == GOTRACE_STATE_RUNNING || s->state == GOTRACE_STATE_SYSCALL)
        return (struct context){s->g, s->m, s->p};
    return (struct context){-1, -1, -1};
}

/* Whether the event says why the goroutine waits, or is stopped, from now on:
 * its first argument. */
static bool gives_reason(const gotrace_span *s, const gotrace_event *e)
{
    return e && e->g == s->g && (e->type == EvGoBlock || e->type == EvGoStop);
}

/* Of what ends a wait the stack is that of who did it. */
static uint32_t source_stack(const gotrace_span *s)
{
    return s->state == GOTRACE_STATE_WAITING ? s->waker_stack : 0;
}

/* A goroutine's state, and what became of it. */
static void put_goroutine_state(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    struct context by = context_of(s, e);
    bool has_reason = gives_reason(s, e);
    put_id(r, s->g);
    put_state(r, s->state);
    put_state(r, s->next);
    put_text_if(r, has_reason ? (uint32_t)e->arg[0] : 0, has_reason);
    put_times(r, s);
    put_stack(r, s->end_stack);
    put_stack(r, source_stack(s));
    put_id(r, by.g);
    put_id(r, by.m);
    put_id(r, by.p);
    put_text_if(r, s->reason, s->reason != GOTRACE_NO_REASON);
    put_stack(r, s->stack);
    put_id(r, s->state == GOTRACE_STATE_SYSCALL ? s->blocked : -1);
    put_id(r, (int64_t)s->task);
    put_text_if(r, s->region, s->region != 0);
    put_edges(r, s);
}

/* Where nothing is known of the event, the thread is the one that had the proc. */
static void put_proc(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    struct context by = e ? (struct context){e->g, e->m, e->p} : (struct context){-1, s->m, -1};
    put_id(r, s->p);
    put_state(r, s->state);
    put_state(r, s->next);
    put_times(r, s);
    put_id(r, by.p);
    put_id(r, by.g);
    put_id(r, by.m);
    put_edges(r, s);
}

/* By its kind, from GOTRACE_SPAN_STW on; these follow each other. */
static void put_range(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    static const struct word kinds[] = {WORD("stw"), WORD("gc"), WORD("sweep"), WORD("assist")};
    const struct word *kind = &kinds[s->kind - GOTRACE_SPAN_STW];
    (void)e;
    put_word(r, kind->text, kind->len);
    put_text(r, s->name);
    put_id(r, s->g);
    put_id(r, s->p);
    put_id(r, s->m);
    put_times(r, s);
    put_stack(r, s->stack);
    put_stack(r, s->end_stack);
    put_id(r, (int64_t)s->task);
    put_edges(r, s);
}

static void put_region(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    (void)e;
    put_text(r, s->name);
    put_id(r, s->g);
    put_id(r, (int64_t)s->task);
    put_number(r, s->depth);
    put_times(r, s);
    put_number(r, s->self);
    put_stack(r, s->stack);
    put_stack(r, s->end_stack);
    put_edges(r, s);
}

static void put_task(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    (void)e;
    put_id(r, (int64_t)s->task);
    put_text(r, s->name);
    put_id(r, (int64_t)s->parent);
    put_id(r, s->g);
    put_times(r, s);
    put_stack(r, s->stack);
    put_stack(r, s->end_stack);
    put_edges(r, s);
}

/* By kind: goroutine, proc, the four kinds of ranges, region, task; each row
 * begins with its file. */
static void put_span(struct row *r, const gotrace_span *s, const gotrace_event *e)
{
    static void (*const put[GOTRACE_SPAN_KINDS])(struct row *, const gotrace_span *,
                                                 const gotrace_event *) = {
        put_goroutine_state, put_proc,  put_range,  put_range,
        put_range,           put_range, put_region, put_task,
    };
    put_number(r, r->db->file);
    put[s->kind](r, s, e);
}

/* Events */

/* Where there is no goal it is 2^64 - 1: as much as fits. */
static void put_amount(struct row *r, uint64_t n)
{
    put_number(r, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

/* As Go's reader calls it. */
static struct word metric_of(uint8_t type)
{
    if (type == EvHeapAlloc)
        return (struct word)WORD("/memory/classes/heap/objects:bytes");
    if (type == EvHeapGoal)
        return (struct word)WORD("/gc/heap/goal:bytes");
    return (struct word)WORD("/sched/gomaxprocs:threads");
}

static void put_metric(struct row *r, const gotrace_event *e)
{
    struct word name = metric_of(e->type);
    put_number(r, e->time);
    put_word(r, name.text, name.len);
    put_amount(r, e->arg[0]);
    put_stack(r, e->type == EvProcsChange ? (uint32_t)e->arg[1] : 0);
    put_id(r, e->g);
    put_id(r, e->p);
    put_id(r, e->m);
}

static void put_label(struct row *r, const gotrace_event *e)
{
    put_number(r, e->time);
    put_id(r, e->g);
    put_text(r, (uint32_t)e->arg[0]);
}

static void put_log(struct row *r, const gotrace_event *e)
{
    put_number(r, e->time);
    put_id(r, e->g);
    put_id(r, e->p);
    put_id(r, e->m);
    put_id(r, (int64_t)e->arg[0]);
    put_text(r, (uint32_t)e->arg[1]);
    put_text(r, (uint32_t)e->arg[2]);
    put_stack(r, (uint32_t)e->arg[3]);
}

/* Goroutines */

static void put_goroutine(struct row *r, const gotrace_goroutine *g)
{
    const gotrace_stats *s = &g->stats;
    const int64_t ns[] = {s->exec,  s->sched_wait, s->syscall, s->syscall_block,
                          s->block, s->gc_assist,  s->sweep,   s->total};
    put_number(r, r->db->file);
    put_number(r, g->id);
    put_text_if(r, g->name, g->name != 0);
    put_number(r, g->system);
    put_id(r, g->creator);
    put_id(r, g->created);
    put_id(r, g->started);
    put_id(r, g->ended);
    put_stack(r, g->created_at);
    for (size_t i = 0; i < sizeof ns / sizeof *ns; i++)
        put_number(r, ns[i]);
}

/* Tables */

static const struct table {
    const char *name;
    int columns;
} tables[FEEDS] = {
    [FEED_G] = {"g_transitions", 19},
    [FEED_P] = {"p_transitions", 11},
    [FEED_RANGES] = {"ranges", 13},
    [FEED_REGIONS] = {"regions", 12},
    [FEED_TASKS] = {"tasks", 11},
    [FEED_LOGS] = {"logs", 9},
    [FEED_LABELS] = {"labels", 4},
    [FEED_METRICS] = {"metrics", 8},
    [FEED_GOROUTINES] = {"goroutine_stats", 17},
};

/* With its first row: a run without regions has no statement for them. */
static gotrace_status open_feed(gotrace_sqlite *db, int which, gotrace_diag *diag)
{
    struct feed *f = &db->feeds[which];
    if (f->statement)
        return GOTRACE_OK;
    *f = (struct feed){.table = tables[which].name,
                       .columns = tables[which].columns,
                       .names = db->names,
                       .lib = &db->lib};
    int code = feed_open(f, db->handle);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(db, code, diag);
}

/* Begins a row: its place is in *r. */
static gotrace_status begin_row(gotrace_sqlite *db, int which, struct row *r, gotrace_diag *diag)
{
    gotrace_status st = open_feed(db, which, diag);
    *r = (struct row){.db = db, .at = st == GOTRACE_OK ? feed_row(&db->feeds[which]) : NULL};
    return st;
}

/* A row with an unknown string is not added: its place is taken by the next one,
 * which is the same row again, with the string's name known. */
static gotrace_status end_row(const struct row *r, int which, uint32_t *unknown, gotrace_diag *diag)
{
    struct feed *f = &r->db->feeds[which];
    *unknown = r->unknown;
    assert(r->at == feed_row(f) + f->columns);
    if (r->unknown)
        return GOTRACE_NAMES;
    int code = r->failed ? SQLITE_NOMEM : feed_add(f);
    return code == SQLITE_OK ? GOTRACE_OK : database_failed(r->db, code, diag);
}

/* A kind that has no table is left out. */
gotrace_status gotrace_sqlite_span(gotrace_sqlite *db, const gotrace_span *s,
                                   const gotrace_event *e, uint32_t *unknown, gotrace_diag *diag)
{
    static const int which[] = {FEED_G,      FEED_P,      FEED_RANGES,  FEED_RANGES,
                                FEED_RANGES, FEED_RANGES, FEED_REGIONS, FEED_TASKS};
    struct row r;
    if (s->kind >= sizeof which / sizeof *which)
        return GOTRACE_OK;
    gotrace_status st = begin_row(db, which[s->kind], &r, diag);
    if (st != GOTRACE_OK)
        return st;
    put_span(&r, s, e);
    return end_row(&r, which[s->kind], unknown, diag);
}

/* FEEDS: the event has no row. */
static int feed_of_event(uint8_t type)
{
    if (type == EvUserLog)
        return FEED_LOGS;
    if (type == EvGoLabel)
        return FEED_LABELS;
    bool is_metric = type == EvHeapAlloc || type == EvHeapGoal || type == EvProcsChange;
    return is_metric ? FEED_METRICS : FEEDS;
}

static void put_event(struct row *r, int which, const gotrace_event *e)
{
    put_number(r, r->db->file);
    if (which == FEED_LOGS)
        put_log(r, e);
    else if (which == FEED_LABELS)
        put_label(r, e);
    else
        put_metric(r, e);
}

gotrace_status gotrace_sqlite_event(gotrace_sqlite *db, const gotrace_event *e, uint32_t *unknown,
                                    gotrace_diag *diag)
{
    int which = feed_of_event(e->type);
    struct row r;
    if (which == FEEDS)
        return GOTRACE_OK;
    gotrace_status st = begin_row(db, which, &r, diag);
    if (st != GOTRACE_OK)
        return st;
    put_event(&r, which, e);
    return end_row(&r, which, unknown, diag);
}

gotrace_status gotrace_sqlite_goroutine(gotrace_sqlite *db, const gotrace_goroutine *g,
                                        uint32_t *unknown, gotrace_diag *diag)
{
    struct row r;
    gotrace_status st = begin_row(db, FEED_GOROUTINES, &r, diag);
    if (st != GOTRACE_OK)
        return st;
    put_goroutine(&r, g);
    return end_row(&r, FEED_GOROUTINES, unknown, diag);
}
