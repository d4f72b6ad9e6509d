#include "script/key.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { KEY_BYTES = 32 };

/* What is asked of libsodium (sodium.h). */
struct sodium {
    void *library;
    int (*init)(void);
    int (*hash)(unsigned char *out, size_t out_len, const unsigned char *in,
                unsigned long long in_len, const unsigned char *key, size_t key_len);
    void (*zero)(void *data, size_t len);
};

struct gotrace_key {
    struct sodium sodium;
    uint8_t key[KEY_BYTES]; /* the hash of the file */
};

/* By memcpy, since ISO C has no way from an object's pointer to a function's. */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

/* Debian 12 and 13 have 23, the next release has 26. */
static bool load(struct sodium *s)
{
    static const char *const names[] = {"libsodium.so.23", "libsodium.so.26"};
    for (size_t i = 0; i < sizeof names / sizeof *names && !s->library; i++)
        s->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return s->library && find(s->library, "sodium_init", (void *)&s->init) &&
           find(s->library, "crypto_generichash", (void *)&s->hash) &&
           find(s->library, "sodium_memzero", (void *)&s->zero) && s->init() >= 0;
}

/* At most `size` bytes of what is open; -1 with errno. */
static ssize_t read_all(int fd, uint8_t *to, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, to + len, size - len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)len;
}

/* errno stays that of the read, for problem_of. */
static ssize_t read_file(const char *path, uint8_t *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read_all(fd, to, size);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return n;
}

/* What keeps the n bytes that were read from being a key; NULL: nothing. */
static const char *problem_of(ssize_t n)
{
    if (n < 0)
        return strerror(errno);
    if (n < GOTRACE_KEY_LEAST)
        return "it has less than 16 bytes: head -c 32 /dev/urandom makes a key";
    return n > GOTRACE_KEY_MOST ? "it has more than 64 KiB" : NULL;
}

/* The file's bytes are wiped before their memory goes to somebody else. */
static bool take(gotrace_key *k, const char *path, char *why)
{
    uint8_t *bytes = mem_alloc(GOTRACE_KEY_MOST + 1);
    ssize_t n = bytes ? read_file(path, bytes, GOTRACE_KEY_MOST + 1) : -1;
    const char *problem = bytes ? problem_of(n) : "no memory";
    if (problem)
        (void)snprintf(why, GOTRACE_KEY_WHY, "%s", problem);
    else
        (void)k->sodium.hash(k->key, KEY_BYTES, bytes, (size_t)n, NULL, 0);
    if (bytes)
        k->sodium.zero(bytes, GOTRACE_KEY_MOST + 1);
    mem_free(bytes);
    return !problem;
}

/* Without libsodium there is no key: there is no second, weaker hash. */
gotrace_key *gotrace_key_read(const char *path, char *why)
{
    gotrace_key *k = mem_zeroed(1, sizeof *k);
    bool loaded = k && load(&k->sodium);
    if (!loaded)
        (void)snprintf(why, GOTRACE_KEY_WHY, "%s",
                       k ? "it takes libsodium (apt install libsodium23)" : "no memory");
    if (loaded && take(k, path, why))
        return k;
    gotrace_key_free(k);
    return NULL;
}

/* BLAKE2b takes the key by itself, so it needs no construction around it, as
 * HMAC is. */
void gotrace_key_hash(const gotrace_key *key, const char *text, size_t len, uint8_t *out, size_t n)
{
    assert(n >= 16 && n <= 64); /* crypto_generichash_BYTES_MIN and _MAX */
    (void)key->sodium.hash(out, n, (const unsigned char *)text, len, key->key, KEY_BYTES);
}

void gotrace_key_free(gotrace_key *key)
{
    if (!key)
        return;
    if (key->sodium.zero)
        key->sodium.zero(key->key, KEY_BYTES);
    if (key->sodium.library)
        (void)dlclose(key->sodium.library);
    mem_free(key);
}
