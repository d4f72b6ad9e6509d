/* curl.h: libcurl, which is loaded when a trace is fetched, and so much of its interface
 * as that takes: what is declared here is what libcurl keeps (libcurl(3), SO number 4), so
 * that nothing of it is needed to build. */
#ifndef GOTRACE_SCRIPT_FETCH_CURL_H
#define GOTRACE_SCRIPT_FETCH_CURL_H
#include <stdbool.h>
#include <stddef.h>

/* Options of a transfer, by the type of their value. */
enum curl_long {
    CURL_POST = 47,
    CURL_NETRC = 51,
    CURL_FOLLOW = 52,
    CURL_VERIFY_PEER = 64,
    CURL_MOST_REDIRECTS = 68,
    CURL_VERIFY_HOST = 81,
    CURL_NO_SIGNAL = 99,
    CURL_CONNECT_MS = 156,
    CURL_PROTOCOLS = 181,
    CURL_REDIRECT_PROTOCOLS = 182,
};
enum curl_pointer {
    CURL_WRITE_DATA = 10001,
    CURL_URL = 10002,
    CURL_ERROR_BUFFER = 10010,
    CURL_POST_FIELDS = 10015,
    CURL_USER_AGENT = 10018,
    CURL_HEADERS = 10023,
    CURL_HEADER_DATA = 10029,
    CURL_METHOD = 10036,
    CURL_CA_FILE = 10065,
    CURL_UNIX_SOCKET = 10231,
};
enum curl_function { CURL_WRITE_FUNCTION = 20011, CURL_HEADER_FUNCTION = 20079 };
enum { CURL_RESPONSE_CODE = 0x200002 };                  /* of curl_easy_getinfo, a long */
enum { CURL_HTTP = 1, CURL_HTTPS = 2 };                  /* of CURL_PROTOCOLS */
enum { CURL_NETRC_OPTIONAL = 1, CURL_HOST_MATCHES = 2 }; /* of CURL_NETRC, CURL_VERIFY_HOST */
enum { CURL_ERROR_SIZE = 256, CURL_GLOBAL_ALL = 3 };

struct curl_slist;
/* A descriptor to wait for beside the transfer's own. */
struct curl_waitfd {
    int fd;
    short events, revents;
};
struct curl_message {
    int kind;
    void *easy;
    union {
        void *whatever;
        int result; /* 0: the transfer is whole */
    } data;
};

struct curl {
    void *library; /* NULL: not loaded */
    int (*global_init)(long flags);
    void *(*easy_init)(void);
    int (*easy_setopt)(void *easy, int option, ...);
    int (*easy_getinfo)(void *easy, int info, ...);
    const char *(*easy_strerror)(int result);
    void (*easy_cleanup)(void *easy);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    void *(*multi_init)(void);
    int (*multi_add_handle)(void *multi, void *easy);
    int (*multi_perform)(void *multi, int *running);
    int (*multi_poll)(void *multi, struct curl_waitfd *extra, unsigned n, int timeout_ms,
                      int *ready);
    struct curl_message *(*multi_info_read)(void *multi, int *left);
    int (*multi_remove_handle)(void *multi, void *easy);
    int (*multi_cleanup)(void *multi);
};

/* False: there is no libcurl of 7.66 or later here. It stays loaded. */
bool curl_load(struct curl *c);
#endif
