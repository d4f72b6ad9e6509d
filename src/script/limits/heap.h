/* heap.h: Lua's memory as a part of the budget (base/mem.h).
 *
 * All of a state's memory is counted. Over the limit an allocation fails: Lua's
 * "not enough memory", which a script can catch. So that it cannot go on for
 * ever with that, heap_is_met stays true from then on, which ends the run at its
 * next batch, and until then each instruction of a script is an error.
 *
 * LuaJIT makes no collection when memory runs out, and an allocation that fails in
 * compiled code can crash it (2.1.0-beta3). So the collector works harder while
 * less than a quarter is left; with a sixteenth left a whole collection is made;
 * and who goes on from there is over the limit with a thirty-second left. Where the
 * engine takes the rest in between, small allocations go over the limit, by
 * MEM_RESERVE at the most. */
#ifndef GOTRACE_SCRIPT_LIMITS_HEAP_H
#define GOTRACE_SCRIPT_LIMITS_HEAP_H
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct heap {
    lua_State *L;
    lua_Alloc alloc; /* LuaJIT's own, and what it wants to be told */
    void *arg;
    size_t credit;    /* charged and not in use */
    size_t overdrawn; /* granted over the limit, of MEM_RESERVE */
    int state;        /* how much is left */
    bool met;
};

/* L's memory is counted from the first set_memory_limit on, with what it has by
 * then; h stays in use until heap_close, to be called before lua_close. */
void heap_open(struct heap *h, lua_State *L);
void heap_close(struct heap *h);

/* Sets in the table at the top of the stack what Lua has to know of the limit:
 *   set_memory_limit([n])   half of what the machine has without n, and none
 *                           with math.huge
 *   memory_limit()          in words; nil: none
 *   memory_text()           what there is to say when it was met
 *   memory_met              a lightuserdata: the flag, for FFI */
void heap_push_functions(lua_State *L, struct heap *h);
#endif
