#include "script/limits/heap.h"

#include <lauxlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/machine.h"

/* Lua allocates small pieces by the million: what is charged to the budget, which
 * other threads share, are steps. */
enum { STEP = 64 << 10 };
/* How much is left of the limit: at least a quarter; less; next to nothing, MARGIN
 * of it; and half of that, where Lua has met its limit. */
enum { LOOSE, TIGHT, FULL, OVER };
enum { MARGIN = 16 };

/* LuaJIT's settings in percent for each: when a collection begins, and how far it
 * goes ahead for what is new; 0: to its end at once. */
static const struct {
    int pause, speed;
} settings[] = {[LOOSE] = {200, 200}, [TIGHT] = {110, 1000}, [FULL] = {110, 0}, [OVER] = {110, 0}};

static int state_of(uint64_t used, uint64_t limit)
{
    uint64_t margin = limit / MARGIN;
    if (used > limit - margin / 2)
        return OVER;
    return used > limit - margin ? FULL : used > limit / 4 * 3 ? TIGHT : LOOSE;
}

/* Our own code goes on: it has to end the run. */
static void refuse_instruction(lua_State *L, lua_Debug *at)
{
    static const char ours[] = "@lua/gotrace/";
    if (lua_getinfo(L, "S", at) && strncmp(at->source, ours, sizeof ours - 1) == 0)
        return;
    lua_pushliteral(L, "not enough memory");
    (void)lua_error(L);
}

static void meet(struct heap *h)
{
    if (h->met)
        return;
    h->met = true;
    (void)lua_sethook(h->L, refuse_instruction, LUA_MASKCOUNT, 1);
}

/* lua_gc with these does nothing but to set numbers, so it may be called while
 * Lua asks for memory. From FULL on the step that comes next is a whole
 * collection; where it has to leave compiled code for that, it does. */
static void set_state(struct heap *h, int state)
{
    h->state = state;
    (void)lua_gc(h->L, LUA_GCSETPAUSE, settings[state].pause);
    (void)lua_gc(h->L, LUA_GCSETSTEPMUL, settings[state].speed);
    if (state > LOOSE)
        (void)lua_gc(h->L, LUA_GCRESTART, 0);
}

/* Down only with a margin to spare, so that the states do not take turns. */
static void look(struct heap *h)
{
    uint64_t used = mem_used(), limit = mem_limit();
    limit -= limit > MEM_RESERVE ? MEM_RESERVE : 0;
    int state = state_of(used, limit);
    if (state < h->state) {
        state = state_of(used + limit / MARGIN, limit);
        state = state < h->state ? state : h->state;
    }
    if (state != h->state)
        set_state(h, state);
    if (state == OVER && !h->met) {
        mem_meet(STEP);
        meet(h);
    }
}

/* The limit is met: the run ends at the next instruction of a script, and compiled
 * code is left at the next step of a collection. What is small is granted until
 * then: where compiled code finds no memory, LuaJIT before 2023 takes the stack of
 * some time ago for that of now, and crashes. */
static bool overdraw(struct heap *h, size_t n)
{
    meet(h);
    if (n > MEM_RESERVE || n + STEP > MEM_RESERVE - h->overdrawn)
        return false;
    if (h->state != OVER)
        set_state(h, OVER);
    h->overdrawn += n + STEP;
    mem_overdraw(n + STEP);
    h->credit = STEP;
    return true;
}

static bool take(struct heap *h, size_t n)
{
    if (n <= h->credit) {
        h->credit -= n;
        return true;
    }
    size_t more = n - h->credit, step = mem_fits((uint64_t)more + STEP) ? STEP : 0;
    if (!mem_charge(more + step))
        return overdraw(h, more);
    h->credit = step;
    look(h);
    return true;
}

static void give(struct heap *h, size_t n)
{
    h->credit += n;
    if (h->credit <= (size_t)2 * STEP)
        return;
    mem_discharge(h->credit - STEP);
    h->credit = STEP;
    look(h);
}

/* A lua_Alloc. */
static void *allocate(void *arg, void *p, size_t old_size, size_t size)
{
    struct heap *h = arg;
    if (size > old_size && !take(h, size - old_size))
        return NULL;
    void *moved = h->alloc(h->arg, p, old_size, size);
    if (size > old_size && !moved) {
        give(h, size - old_size);
        meet(h); /* of the machine */
    } else if (size < old_size)
        give(h, old_size - size);
    return moved;
}

void heap_open(struct heap *h, lua_State *L)
{
    *h = (struct heap){.L = L};
}

/* What is there by now, our own modules, was made by LuaJIT's allocator alone. */
static void start(struct heap *h)
{
    size_t n = (size_t)lua_gc(h->L, LUA_GCCOUNT, 0) * 1024;
    if (h->alloc)
        return;
    (void)mem_charge(n + (size_t)lua_gc(h->L, LUA_GCCOUNTB, 0));
    h->alloc = lua_getallocf(h->L, &h->arg);
    lua_setallocf(h->L, allocate, h);
}

void heap_close(struct heap *h)
{
    if (h->alloc)
        lua_setallocf(h->L, h->alloc, h->arg);
}

static int set_limit(lua_State *L)
{
    start(lua_touserdata(L, lua_upvalueindex(1)));
    uint64_t half = machine_memory("") / 2;
    lua_Number n = luaL_optnumber(L, 1, (lua_Number)half);
    mem_set_limit(n < 0x1p63 ? (uint64_t)n : MEM_NO_LIMIT);
    return 0;
}

static int limit(lua_State *L)
{
    char text[MEM_SHOWN];
    if (mem_limit() == MEM_NO_LIMIT)
        return 0;
    lua_pushstring(L, mem_show(text, mem_limit()));
    return 1;
}

static int text(lua_State *L)
{
    char line[MEM_TEXT];
    lua_pushstring(L, mem_is_met(line) ? line : "out of memory");
    return 1;
}

void heap_push_functions(lua_State *L, struct heap *h)
{
    static const luaL_Reg functions[] = {
        {"memory_limit", limit},
        {"memory_text", text},
        {NULL, NULL},
    };
    luaL_register(L, NULL, functions);
    lua_pushlightuserdata(L, h);
    lua_pushcclosure(L, set_limit, 1);
    lua_setfield(L, -2, "set_memory_limit");
    lua_pushlightuserdata(L, &h->met);
    lua_setfield(L, -2, "memory_met");
}
