#include "event/intern.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "gotrace_lua.h"

struct name {
    const char *data; /* in the arena */
    uint32_t len;
    uint32_t next;  /* next string of the same hash, MAP_NONE: last */
    uint32_t trace; /* the last one that has it in its tables, 0: none */
};
struct stack {
    const gotrace_frame *frames; /* in the arena */
    uint32_t len;
    uint32_t next;
};
struct gotrace_names {
    struct arena arena;
    VEC(struct name) strings;
    VEC(struct stack) stacks;
    struct map by_string; /* hash of the bytes -> first string of a chain */
    struct map by_stack;
    struct hash_secret secret;
    uint32_t trace; /* number of the one at hand, from 1 */
};

/* Per thread: the owner's own has no guard, so it pays a load and no lock. */
static _Thread_local struct {
    bool (*guard)(void *);
    void *arg;
} on_thread;

void names_on_thread(bool (*guard)(void *), void *arg)
{
    on_thread.guard = guard;
    on_thread.arg = arg;
}

/* Asked before a look at the tables, not only before a change: the owner may be
 * moving them. */
static bool may_intern(void)
{
    return !on_thread.guard || on_thread.guard(on_thread.arg);
}

/* By bytes, not by hash alone: equal hashes can be had by chance. False leaves
 * *id as it is. */
static bool find_string(const gotrace_names *n, uint64_t hash, const void *data, size_t len,
                        uint32_t *id)
{
    for (uint32_t i = map_get(&n->by_string, hash); i != MAP_NONE; i = n->strings.data[i].next) {
        const struct name *s = &n->strings.data[i];
        if (s->len == len && (len == 0 || memcmp(s->data, data, len) == 0)) {
            *id = i;
            return true;
        }
    }
    return false;
}

bool names_string(gotrace_names *n, const void *data, size_t len, uint32_t *id)
{
    if (!may_intern())
        return false;
    uint64_t hash = hash_bytes(&n->secret, data, len);
    if (find_string(n, hash, data, len, id))
        return true;
    char *copy = arena_get(&n->arena, len + 1);
    if (!copy || n->strings.len >= MAP_NONE || len > UINT32_MAX)
        return false;
    if (len)
        memcpy(copy, data, len);
    copy[len] = 0;
    *id = (uint32_t)n->strings.len;
    /* The newest of a hash is the first of its chain: `next` leads to the older
     * ones. */
    struct name s = {copy, (uint32_t)len, map_get(&n->by_string, hash), 0};
    return VEC_PUSH(&n->strings, s) && map_put(&n->by_string, hash, *id);
}

/* The mark is a number of a trace, so the next trace has to clear nothing. */
bool names_defined(gotrace_names *n, const void *data, size_t len, uint32_t *id)
{
    if (!names_string(n, data, len, id))
        return false;
    n->strings.data[*id].trace = n->trace;
    return true;
}

void names_begin(gotrace_names *n)
{
    n->trace++;
}

/* Interned as any other, so that two events of one missing id have equal names. */
bool names_unknown(gotrace_names *n, uint64_t wire_id, uint32_t *id)
{
    char text[32];
    int len = snprintf(text, sizeof text, "?%llu", (unsigned long long)wire_id);
    return names_string(n, text, (size_t)len, id);
}

/* Frames are compared as bytes: they have no padding, and their strings are
 * interned. */
static bool find_stack(const gotrace_names *n, uint64_t hash, const gotrace_frame *frames,
                       uint32_t len, uint32_t *id)
{
    for (uint32_t i = map_get(&n->by_stack, hash); i != MAP_NONE; i = n->stacks.data[i].next) {
        const struct stack *s = &n->stacks.data[i];
        if (s->len == len && memcmp(s->frames, frames, len * sizeof *frames) == 0) {
            *id = i;
            return true;
        }
    }
    return false;
}

/* The empty stack is no entry of the map: its id is known. */
bool names_stack(gotrace_names *n, const gotrace_frame *frames, uint32_t len, uint32_t *id)
{
    size_t size = len * sizeof *frames;
    if (len == 0) {
        *id = 0;
        return true;
    }
    if (!may_intern())
        return false;
    uint64_t hash = hash_bytes(&n->secret, frames, size);
    if (find_stack(n, hash, frames, len, id))
        return true;
    gotrace_frame *copy = arena_get(&n->arena, size);
    if (!copy || n->stacks.len >= MAP_NONE)
        return false;
    memcpy(copy, frames, size);
    *id = (uint32_t)n->stacks.len;
    struct stack s = {copy, len, map_get(&n->by_stack, hash)};
    return VEC_PUSH(&n->stacks, s) && map_put(&n->by_stack, hash, *id);
}

/* The first string and the first stack are the empty ones, which gives them the
 * id 0. */
gotrace_names *gotrace_names_new(void)
{
    gotrace_names *n = mem_zeroed(1, sizeof *n);
    uint32_t id;
    struct stack none = {NULL, 0, MAP_NONE};
    if (n)
        n->secret = hash_secret();
    if (n && names_string(n, "", 0, &id) && VEC_PUSH(&n->stacks, none))
        return n;
    gotrace_names_free(n);
    return NULL;
}

void gotrace_names_free(gotrace_names *n)
{
    if (!n)
        return;
    arena_free(&n->arena);
    VEC_FREE(&n->strings);
    VEC_FREE(&n->stacks);
    map_free(&n->by_string);
    map_free(&n->by_stack);
    mem_free(n);
}

bool gotrace_intern(gotrace_names *n, const char *data, size_t len, uint32_t *id)
{
    return names_string(n, data, len, id);
}

bool gotrace_intern_stack(gotrace_names *n, const gotrace_frame *frames, uint32_t len, uint32_t *id)
{
    return names_stack(n, frames, len, id);
}

uint32_t gotrace_string_count(const gotrace_names *n)
{
    return (uint32_t)n->strings.len;
}

/* Before the first trace nothing has been defined. */
bool gotrace_has_string(const gotrace_names *n, uint32_t id)
{
    return id < n->strings.len && n->trace && n->strings.data[id].trace == n->trace;
}

/* An id that is none yields the empty string: ids come from scripts too. */
const char *gotrace_string(const gotrace_names *n, uint32_t id, uint32_t *len)
{
    const struct name *s = &n->strings.data[id < n->strings.len ? id : 0];
    *len = s->len;
    return s->data;
}

uint32_t gotrace_stack_count(const gotrace_names *n)
{
    return (uint32_t)n->stacks.len;
}

uint32_t gotrace_stack_len(const gotrace_names *n, uint32_t id)
{
    return id < n->stacks.len ? n->stacks.data[id].len : 0;
}

const gotrace_frame *gotrace_stack_frame(const gotrace_names *n, uint32_t id, uint32_t i)
{
    return i < gotrace_stack_len(n, id) ? &n->stacks.data[id].frames[i] : NULL;
}

/* idtab */

struct idtab {
    VEC(uint32_t) dense; /* interned id + 1 by wire id; 0: not defined */
    struct map sparse;
    size_t entries;
};

struct idtab *idtab_new(void)
{
    return mem_zeroed(1, sizeof(struct idtab));
}

void idtab_free(struct idtab *t)
{
    if (!t)
        return;
    VEC_FREE(&t->dense);
    map_free(&t->sparse);
    mem_free(t);
}

/* The array's memory is kept: each generation has a table of much the same
 * size. */
void idtab_clear(struct idtab *t)
{
    t->dense.len = 0;
    map_clear(&t->sparse);
    t->entries = 0;
}

bool idtab_get(const struct idtab *t, uint64_t wire_id, uint32_t *id)
{
    if (wire_id < t->dense.len && t->dense.data[wire_id]) {
        *id = t->dense.data[wire_id] - 1;
        return true;
    }
    /* Most tables have nothing there, and a look at the length is cheaper than
     * a hash. */
    uint32_t found = t->sparse.len ? map_get(&t->sparse, wire_id) : MAP_NONE;
    *id = found;
    return found != MAP_NONE;
}

/* The first that is missing, looked for one by one. */
uint64_t idtab_complete(const struct idtab *t)
{
    uint64_t id = 1;
    while (id < t->dense.len && t->dense.data[id])
        id++;
    return id;
}

const uint32_t *idtab_dense(const struct idtab *t, size_t *len)
{
    *len = t->dense.len;
    return t->dense.data;
}

/* Gaps are filled with zeros, so the array may outgrow the entries only by a
 * factor. */
static bool extend_dense(struct idtab *t, uint64_t wire_id)
{
    size_t more = (size_t)wire_id + 1 - t->dense.len;
    if (!VEC_RESERVE(&t->dense, more))
        return false;
    memset(t->dense.data + t->dense.len, 0, more * sizeof *t->dense.data);
    t->dense.len += more;
    return true;
}

/* Calls are counted, not ids: each comes from bytes of the input, so that an id
 * alone cannot size the array. What is in the map stays there, even when the
 * array could hold it by now. */
bool idtab_set(struct idtab *t, uint64_t wire_id, uint32_t id)
{
    t->entries++;
    if (map_get(&t->sparse, wire_id) != MAP_NONE || wire_id > 2 * t->entries + 1024)
        return map_put(&t->sparse, wire_id, id);
    if (wire_id >= t->dense.len && !extend_dense(t, wire_id))
        return false;
    t->dense.data[wire_id] = id + 1;
    return true;
}

int idtab_add(struct idtab *t, uint64_t wire_id, uint32_t id)
{
    uint32_t old;
    if (idtab_get(t, wire_id, &old))
        return 0;
    return idtab_set(t, wire_id, id) ? 1 : -1;
}
