/* versions.h: the versions of the trace format, of which each header names one
 * (Go 1.27 internal/trace/version/version.go, Go 1.15 internal/trace/parser.go).
 * A new one is a new row of VERSIONS, a name below for what it brought, and
 * VERSION_LATEST if it is what is written. */
#ifndef GOTRACE_EVENT_VERSIONS_H
#define GOTRACE_EVENT_VERSIONS_H
#include <stdbool.h>
#include <stdint.h>

/* N of `go 1.N trace`, in order. */
#define VERSIONS(V) V(5) V(7) V(8) V(9) V(10) V(11) V(19) V(21) V(22) V(23) V(25) V(26)

enum {
    VERSION_V2 = 22,    /* generations, threads, batches of tables */
    VERSION_SYNC = 25,  /* a sync batch begins each generation, with its clocks */
    VERSION_ENDS = 26,  /* a generation has a mark at its end */
    VERSION_LATEST = 26 /* which is written */
};

/* True for the versions that name a format. */
bool version_known(uint32_t version);
#endif
