/* sift.h: what is certain of batches of events of which bytes are missing or too many.
 * Behind that place events are misread, and some look right: until one cannot be, by the
 * ids that the generation knows, and by time. */
#ifndef GOTRACE_V2_SIFT_H
#define GOTRACE_V2_SIFT_H
#include "v2/generation/generation.h"

/* Shortens the batches of g that are hit to what is certain. Its tables have been read;
 * base is the memory of its bytes. False: no memory. */
bool sift_hits(struct generation *g, const uint8_t *base, struct builder *builder);
#endif
