/* streams.h: standard output and error that wait for who reads them.
 *
 * A descriptor may be one that does not wait (O_NONBLOCK, which whoever shares it
 * can set): C's streams then fail, and lose what they held. These wait. Once the
 * run has been told to end they wait for as long as signals.h says, and then the
 * process ends. */
#ifndef GOTRACE_SCRIPT_STREAMS_H
#define GOTRACE_SCRIPT_STREAMS_H
#include <stddef.h>

/* Puts them in place of stdout and stderr. To be called before Lua knows these. */
void streams_install(void);
/* Bytes that have gone to standard output so far, without those that still wait. */
size_t streams_written(void);
/* The next n bytes for standard output have been written already, by another process. */
void streams_skip(size_t n);
#endif
