/* machine.h: how much memory there is for a process. */
#ifndef GOTRACE_IO_MACHINE_H
#define GOTRACE_IO_MACHINE_H
#include <stdint.h>

/* The machine's memory or that of the control group which this process is in (a
 * container, a batch job), whichever is less; of version 1 or 2, and of the
 * groups around it. root: where proc and sys are looked for, "" but in specs. */
uint64_t machine_memory(const char *root);
#endif
