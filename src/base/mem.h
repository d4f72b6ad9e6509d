/* mem.h: where all memory of the engine comes from, and the budget of it.
 *
 * One budget for the process: what is taken here, and what others hold and
 * mem_charge says (Lua's heap, what libyaml needs). Over the limit, memory is
 * refused as if there were none. MEM_RESERVE of the limit is kept back until that
 * happens for the first time, so that the error can be told; mem_is_met says from
 * then on that it has. Pages of a mapped input are not memory in this sense.
 *
 * Safe from any thread. tests/house_spec.lua sees to it that nobody calls malloc
 * beside this. */
#ifndef GOTRACE_BASE_MEM_H
#define GOTRACE_BASE_MEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEM_NO_LIMIT UINT64_MAX
#define MEM_RESERVE ((uint64_t)1 << 20)

/* Memory that the caller owns and mem_free gives back; NULL, and ENOMEM in errno,
 * when there is none to be had. A size of 0 yields a pointer too. */
void *mem_alloc(size_t n);
void *mem_zeroed(size_t count, size_t size);
/* align is a power of two; n a multiple of it. */
void *mem_aligned(size_t align, size_t n);
/* NULL leaves p as it is. */
void *mem_resize(void *p, size_t n);
char *mem_string(const char *s); /* a copy */
void mem_free(void *p);          /* NULL is fine */

/* Whether n bytes more would be within the budget. It asks and takes nothing. */
bool mem_fits(uint64_t n);

/* What somebody else's allocator holds: mem_charge before it grows by n bytes,
 * mem_discharge when they are gone. False: over the limit, nothing is charged. */
bool mem_charge(size_t n);
void mem_discharge(size_t n);
/* For who cannot be refused: n bytes are charged, whatever the limit. */
void mem_overdraw(size_t n);
/* For who keeps some of the limit for himself: it is met, by n bytes more. */
void mem_meet(uint64_t n);

/* The limit, of all bytes together; MEM_NO_LIMIT at first. */
void mem_set_limit(uint64_t limit);
uint64_t mem_limit(void);
/* Bytes in use. */
uint64_t mem_used(void);
/* Whether the limit was met; with text: what there is to say of that, "over the
 * memory limit of 64 MiB (60 MiB in use, 8 MiB more wanted)". */
enum { MEM_TEXT = 160 };
bool mem_is_met(char text[MEM_TEXT]);

/* A size for people in `to`, which it returns: "64 MiB". */
enum { MEM_SHOWN = 32 };
const char *mem_show(char to[MEM_SHOWN], uint64_t n);

/* For specs: the n-th allocation from now on, 1 the first, finds no memory; with
 * `on` all behind it too. 0: none. mem_count: those since one was to fail. */
void mem_fail(uint64_t n, bool on);
uint64_t mem_count(void);
#endif
