/* key.h: a keyed hash for pseudonyms: BLAKE2b of libsodium, which is loaded when a key is
 * read. Who does not have the key can neither tell which name a hash is of nor try names.
 * The key does not leave this file. LuaJIT reads it too (ffi.cdef). */
#ifndef GOTRACE_SCRIPT_KEY_H
#define GOTRACE_SCRIPT_KEY_H
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct gotrace_key gotrace_key;

enum {
    GOTRACE_KEY_WHY = 200,   /* bytes for a message, with the NUL at its end */
    GOTRACE_KEY_LEAST = 16,  /* bytes in the file */
    GOTRACE_KEY_MOST = 65536 /* likewise */
};

/* The bytes of a file as a key: owned by the caller, for gotrace_key_free. NULL: why says
 * what is missing. */
gotrace_key *gotrace_key_read(const char *path, char *why);
/* The first n bytes, 16 to 64, of the hash of a text. */
void gotrace_key_hash(const gotrace_key *key, const char *text, size_t len, uint8_t *out, size_t n);
/* Overwrites it; NULL is fine. */
void gotrace_key_free(gotrace_key *key);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
