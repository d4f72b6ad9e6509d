/* packing.h: what a trace may be packed with. */
#ifndef GOTRACE_IO_PACKING_H
#define GOTRACE_IO_PACKING_H

typedef enum source_packing { SOURCE_PLAIN, SOURCE_GZIP, SOURCE_ZSTD } source_packing;
#endif
