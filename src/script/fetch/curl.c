#include "script/fetch/curl.h"

#include <dlfcn.h>
#include <string.h>

/* By memcpy, since ISO C has no way from an object's pointer to a function's. */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

/* What one transfer takes. */
static bool find_transfer(struct curl *c)
{
    void *l = c->library;
    return find(l, "curl_global_init", (void *)&c->global_init) &&
           find(l, "curl_easy_init", (void *)&c->easy_init) &&
           find(l, "curl_easy_setopt", (void *)&c->easy_setopt) &&
           find(l, "curl_easy_getinfo", (void *)&c->easy_getinfo) &&
           find(l, "curl_easy_strerror", (void *)&c->easy_strerror) &&
           find(l, "curl_easy_cleanup", (void *)&c->easy_cleanup) &&
           find(l, "curl_slist_append", (void *)&c->slist_append) &&
           find(l, "curl_slist_free_all", (void *)&c->slist_free_all);
}

/* The interface that can wait for other descriptors too; curl_multi_poll came
 * with 7.66. */
static bool find_waiting(struct curl *c)
{
    void *l = c->library;
    return find(l, "curl_multi_init", (void *)&c->multi_init) &&
           find(l, "curl_multi_add_handle", (void *)&c->multi_add_handle) &&
           find(l, "curl_multi_perform", (void *)&c->multi_perform) &&
           find(l, "curl_multi_poll", (void *)&c->multi_poll) &&
           find(l, "curl_multi_info_read", (void *)&c->multi_info_read) &&
           find(l, "curl_multi_remove_handle", (void *)&c->multi_remove_handle) &&
           find(l, "curl_multi_cleanup", (void *)&c->multi_cleanup);
}

/* Debian has it under two names, by the TLS library. Where something is missing
 * it stays loaded, unused. */
bool curl_load(struct curl *c)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    if (c->library)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names && !c->library; i++)
        c->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (c->library && find_transfer(c) && find_waiting(c) && c->global_init(CURL_GLOBAL_ALL) == 0)
        return true;
    c->library = NULL;
    return false;
}
