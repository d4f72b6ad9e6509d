/* symbols.h: what the program says of the addresses in a trace of Go 1.5, and
 * whether it is the one that was traced.
 *
 * Addresses are return addresses, one behind the call or the function's begin: what
 * is looked up is the instruction before (Go 1.15 internal/trace/parser.go
 * symbolize). */
#ifndef GOTRACE_V1_SYMBOLS_H
#define GOTRACE_V1_SYMBOLS_H
#include "event/intern.h"
#include "symbols/symbols.h"
#include "v1/index/index.h"

/* Addresses that were looked at, each once, and those that are not as they would be
 * in the program that was traced. */
struct v1_addresses {
    struct map seen;
    uint64_t count, wrong;
    VEC(uint64_t) first; /* some of the wrong ones */
};

struct v1_symbols {
    struct symbols *program; /* borrowed; NULL: none, or not the right one */
    gotrace_names *names;    /* borrowed */
    uint64_t slide;          /* how far from where its file says it was loaded */
    struct map frame_of;     /* by pc */
    VEC(gotrace_frame) frames;
    struct v1_addresses calls;  /* of stacks: in no function */
    struct v1_addresses starts; /* of goroutines: no function begins there */
};

/* Looks at all addresses, each once, in the order in which they stand in the file:
 * so neither what is told nor what it costs depends on which are asked for. Of a
 * program that can not be the right one nothing more is told. False: no memory;
 * v1_symbols_free is due all the same. */
bool v1_symbols_read(struct v1_symbols *s, struct symbols *program, gotrace_names *names,
                     const struct v1_index *ix);
void v1_symbols_free(struct v1_symbols *s);

/* The frame of a pc; false: nothing is known of it. */
bool v1_symbols_frame(const struct v1_symbols *s, uint64_t pc, gotrace_frame *out);
/* Whether anything is wrong with the program, and what. */
bool v1_symbols_misfit(const struct v1_symbols *s, gotrace_diag *diag);
#endif
