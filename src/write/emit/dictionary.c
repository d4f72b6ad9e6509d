#include "write/emit/dictionary.h"

#include <assert.h>
#include <string.h>

/* An entry is 0 where the name was not met, ASKED, or what stands for it and one more. */
enum { UNMET, SAID };
#define ASKED UINT32_MAX

void dictionary_free(struct dictionary *d)
{
    for (int i = 0; i < GOTRACE_ROLES; i++)
        VEC_FREE(&d->entries[i]);
    VEC_FREE(&d->unknown);
    VEC_FREE(&d->told);
}

static bool asks(const struct dictionary *d, uint32_t role)
{
    return role == GOTRACE_ROLE_STACK ? d->stacks : d->strings;
}

/* Entries up to that id, which nobody has met; NULL: no memory. */
static uint32_t *entry(struct dictionary *d, uint32_t role, uint32_t id)
{
    while (d->entries[role].len <= id) {
        if (!VEC_PUSH(&d->entries[role], UNMET))
            return NULL;
    }
    assert(role < GOTRACE_ROLES && id < d->entries[role].len);
    return &d->entries[role].data[id];
}

/* It is asked for once, also when the answer takes long. The empty name needs none. */
bool dictionary_meet(struct dictionary *d, uint32_t role, uint32_t id)
{
    if (!asks(d, role) || id == 0)
        return true;
    uint32_t *at = entry(d, role, id);
    if (!at || *at != UNMET)
        return at != NULL;
    gotrace_name name = {role, id};
    *at = ASKED;
    return VEC_PUSH(&d->unknown, name);
}

/* Nothing rather than the name itself: what nobody has allowed does not go out. */
uint32_t dictionary_get(const struct dictionary *d, uint32_t role, uint32_t id)
{
    if (!asks(d, role) || id == 0)
        return id;
    assert(id < d->entries[role].len && d->entries[role].data[id] != UNMET);
    uint32_t at = id < d->entries[role].len ? d->entries[role].data[id] : ASKED;
    return at == UNMET || at == ASKED ? 0 : at - SAID;
}

/* Also of a name that was not met. */
bool dictionary_set(struct dictionary *d, uint32_t role, uint32_t id, uint32_t becomes)
{
    uint32_t *at = entry(d, role, id);
    assert(becomes < ASKED - SAID); /* or it would be as if nothing had been said */
    if (at)
        *at = becomes + SAID;
    return at != NULL;
}

/* They are handed over: what is met while they are being told is for the next call. */
const gotrace_name *dictionary_unknown(struct dictionary *d, size_t *n)
{
    VEC_FREE(&d->told);
    memcpy(&d->told, &d->unknown, sizeof d->told);
    memset(&d->unknown, 0, sizeof d->unknown);
    *n = d->told.len;
    return d->told.data;
}
