/* packing.h: what a trace may be packed with, or what was made of its bytes on their way. */
#ifndef GOTRACE_IO_PACKED_PACKING_H
#define GOTRACE_IO_PACKED_PACKING_H

typedef enum source_packing {
    SOURCE_PLAIN,
    SOURCE_GZIP,
    SOURCE_ZSTD,
    /* transport.h: */
    SOURCE_TEXT_MODE,
    SOURCE_LATIN1,
    SOURCE_CHUNKED
} source_packing;
#endif
