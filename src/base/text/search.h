/* search.h: many strings looked for in many bytes at once: gotrace_lua.h,
 * gotrace_search.
 *
 * Strings come from the input, so no set of them and no bytes cost more than a
 * look at each string's length from each place: what two strings have in common
 * is hashed once, and the hash has a secret. */
#ifndef GOTRACE_BASE_TEXT_SEARCH_H
#define GOTRACE_BASE_TEXT_SEARCH_H
#include "gotrace_lua.h"

enum { SEARCH_LEAST = GOTRACE_SEARCH_LEAST, SEARCH_MOST = GOTRACE_SEARCH_MOST };
#endif
