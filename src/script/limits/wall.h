/* wall.h: the second wall around scripts and traces. The first is Lua's sandbox
 * and the checks of the readers; if either is escaped, the kernel still refuses
 * what this program never does: to write elsewhere than where -o says, to start
 * processes, to reach others or the network. Reading files stays possible.
 *
 * Landlock confines writing to the folder of the output, seccomp refuses calls;
 * each stands alone where the kernel, or a container, forbids the other. What is
 * refused fails with EPERM or EACCES and does not kill: an error message tells
 * more than a process that is gone. */
#ifndef GOTRACE_SCRIPT_LIMITS_WALL_H
#define GOTRACE_SCRIPT_LIMITS_WALL_H
#include <stdbool.h>
#include <stddef.h>

/* What a run writes by name; each allows what those before it do. */
enum wall_writes {
    WALL_NOTHING, /* what is printed goes to files that are open */
    WALL_FILES,   /* FIFOs and devices that are there */
    WALL_FOLDERS, /* files that are made, replaced and removed in a folder */
};

/* The socket to the process that fetches (fetch/fetcher.h): of this number alone messages
 * with descriptors are taken. Nobody else has so many files open. */
enum { WALL_FETCHER = 199 };

struct wall {
    int abi;            /* version of Landlock that confines; 0: none does */
    bool filtered;      /* by seccomp */
    char landlock[128]; /* why not, "" where it does */
    char seccomp[128];
};

/* What an output of this name writes. place, of PATH_MAX bytes, receives what has
 * to be writable for it, "" for nothing: its folder, that of its target where it
 * is a link (nothing need be there yet), or the FIFO or device itself. */
enum wall_writes wall_place(char *place, const char *output);

/* Confines this process, which has one thread, for good: of what has a name only
 * places (n of them, borrowed) are written. What cannot be set up is left out,
 * and wall says why. */
void wall_raise(struct wall *wall, enum wall_writes writes, const char *const *places, size_t n);
#endif
