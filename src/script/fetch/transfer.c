#include "script/fetch/transfer.h"

#include <stdio.h>
#include <string.h>

#include "gotrace.h"

enum {
    CONNECT_MS = 10000,
    REDIRECTS = 5,
    POLL_MS = 1000,
    HEADER_MOST = 256 << 10, /* bytes: a header may have no end */
    WORDS_MOST = 600,        /* of what a server says in place of a trace */
    FDS_MOST = 4
};

struct transfer {
    struct curl *curl;
    const struct receiver *receiver;
    gotrace_fetch_answer *answer;
    void *easy;
    size_t header; /* bytes of it */
    bool begun;    /* receiver.begin was called */
    bool endless;  /* the header is longer than any */
    bool enough;   /* the receiver wants no more, or the words of a refusal are all there */
    size_t nwords;
    char words[WORDS_MOST + 1];
    char reason[128]; /* of the status line: "404 Not Found" */
    char error[CURL_ERROR_SIZE];
};

/* "HTTP/1.1 404 Not Found\r\n" */
static void note_reason(struct transfer *t, const char *line, size_t len)
{
    const char *space = len > 5 && memcmp(line, "HTTP/", 5) == 0 ? memchr(line, ' ', len) : NULL;
    if (!space)
        return;
    size_t n = len - (size_t)(space + 1 - line);
    while (n > 0 && (space[n] == '\n' || space[n] == '\r' || space[n] == ' '))
        n--;
    (void)snprintf(t->reason, sizeof t->reason, "%.*s", (int)n, space + 1);
}

/* Called for each line, of redirections too: the last status line stays. Less
 * than was given ends the transfer. */
static size_t on_header(const char *line, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    t->header += size * n;
    t->endless = t->header > HEADER_MOST;
    note_reason(t, line, size * n);
    return t->endless ? 0 : size * n;
}

/* Of the answer at hand, which is the last of a chain of redirections. */
static bool is_success(struct transfer *t)
{
    long status = 0;
    (void)t->curl->easy_getinfo(t->easy, CURL_RESPONSE_CODE, &status);
    t->answer->status = (uint32_t)status;
    return status >= 200 && status < 300;
}

/* False, and `enough`: the receiver cannot take it. */
static bool begin(struct transfer *t)
{
    t->begun = true;
    t->enough = !t->receiver->begin(t->receiver->arg);
    return !t->enough;
}

/* A refusal's body, as far as it is shown. */
static size_t keep_words(struct transfer *t, const char *data, size_t len)
{
    size_t room = WORDS_MOST - t->nwords, n = len < room ? len : room;
    memcpy(t->words + t->nwords, data, n);
    t->nwords += n;
    t->enough = t->nwords == WORDS_MOST;
    return t->enough ? 0 : len;
}

/* What is no success is no trace: its bytes go nowhere but into the message. */
static size_t on_body(const char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    if (!t->begun && !is_success(t))
        return keep_words(t, data, len);
    if (!t->begun && !begin(t))
        return 0;
    t->answer->bytes += len;
    t->enough = !t->receiver->take(t->receiver->arg, data, len);
    return t->enough ? 0 : len;
}

/* A POST without fields would have libcurl read standard input. */
static void set_method(struct transfer *t, const char *method)
{
    if (method && strcmp(method, "POST") == 0) {
        (void)t->curl->easy_setopt(t->easy, CURL_POST, 1L);
        (void)t->curl->easy_setopt(t->easy, CURL_POST_FIELDS, "");
    } else if (method) {
        (void)t->curl->easy_setopt(t->easy, CURL_METHOD, method);
    }
}

/* Both the certificate and the name in it are checked, unless any will do. */
static void set_trust(struct transfer *t, const gotrace_wish *wish)
{
    const struct curl *c = t->curl;
    (void)c->easy_setopt(t->easy, CURL_VERIFY_PEER, wish->insecure ? 0L : 1L);
    (void)c->easy_setopt(t->easy, CURL_VERIFY_HOST, wish->insecure ? 0L : (long)CURL_HOST_MATCHES);
    if (wish->ca_file)
        (void)c->easy_setopt(t->easy, CURL_CA_FILE, wish->ca_file);
    if (wish->netrc)
        (void)c->easy_setopt(t->easy, CURL_NETRC, (long)CURL_NETRC_OPTIONAL);
}

/* HTTP and HTTPS alone, also behind a redirection: libcurl could read files,
 * too. */
static void set_bounds(struct transfer *t)
{
    const struct curl *c = t->curl;
    const long web = CURL_HTTP | CURL_HTTPS;
    (void)c->easy_setopt(t->easy, CURL_PROTOCOLS, web);
    (void)c->easy_setopt(t->easy, CURL_REDIRECT_PROTOCOLS, web);
    (void)c->easy_setopt(t->easy, CURL_FOLLOW, 1L);
    (void)c->easy_setopt(t->easy, CURL_MOST_REDIRECTS, (long)REDIRECTS);
    (void)c->easy_setopt(t->easy, CURL_CONNECT_MS, (long)CONNECT_MS);
    (void)c->easy_setopt(t->easy, CURL_NO_SIGNAL, 1L);
}

/* The list of headers, to be freed. */
static struct curl_slist *set_request(struct transfer *t, const gotrace_wish *wish)
{
    const struct curl *c = t->curl;
    struct curl_slist *headers = NULL;
    for (const char *const *h = wish->headers; h && *h; h++)
        headers = c->slist_append(headers, *h);
    (void)c->easy_setopt(t->easy, CURL_URL, wish->url);
    (void)c->easy_setopt(t->easy, CURL_USER_AGENT, "gotrace-lua/" GOTRACE_VERSION);
    (void)c->easy_setopt(t->easy, CURL_HEADERS, headers);
    if (wish->unix_socket)
        (void)c->easy_setopt(t->easy, CURL_UNIX_SOCKET, wish->unix_socket);
    set_method(t, wish->method);
    return headers;
}

static void set_callbacks(struct transfer *t)
{
    const struct curl *c = t->curl;
    (void)c->easy_setopt(t->easy, CURL_WRITE_FUNCTION, on_body);
    (void)c->easy_setopt(t->easy, CURL_WRITE_DATA, (void *)t);
    (void)c->easy_setopt(t->easy, CURL_HEADER_FUNCTION, on_header);
    (void)c->easy_setopt(t->easy, CURL_HEADER_DATA, (void *)t);
    (void)c->easy_setopt(t->easy, CURL_ERROR_BUFFER, t->error);
}

/* Until something comes, one of the receiver's descriptors ends, or a while has gone by. */
static bool wait(struct transfer *t, void *multi)
{
    struct curl_waitfd extra[FDS_MOST] = {{0}};
    unsigned n = t->receiver->nfds < FDS_MOST ? t->receiver->nfds : FDS_MOST;
    for (unsigned i = 0; i < n; i++)
        extra[i].fd = t->receiver->fds[i];
    return t->curl->multi_poll(multi, extra, n, POLL_MS, NULL) == 0 &&
           t->receiver->wants(t->receiver->arg);
}

/* libcurl's result; -1: nobody wanted to wait for it. */
static int perform(struct transfer *t, void *multi)
{
    int running = 1, left;
    do {
        if (t->curl->multi_perform(multi, &running) != 0)
            return -1;
    } while (running && wait(t, multi));
    const struct curl_message *done = t->curl->multi_info_read(multi, &left);
    return running || !done ? -1 : done->data.result;
}

/* What the server said, in a line: without what follows its first line, as pages do. */
static void say_refusal(struct transfer *t)
{
    t->words[t->nwords] = '\0';
    t->words[strcspn(t->words, "\r\n")] = '\0';
    (void)snprintf(t->answer->text, sizeof t->answer->text, "the server says %s%s%s", t->reason,
                   *t->words ? ": " : "", t->words);
}

/* libcurl's own words, where it has any, say more than its number does. */
static void say_result(struct transfer *t, int result)
{
    const char *why = t->endless   ? "the header of the answer does not end"
                      : *t->error  ? t->error
                      : result > 0 ? t->curl->easy_strerror(result)
                                   : "it was given up";
    (void)snprintf(t->answer->text, sizeof t->answer->text, "%s", why);
}

/* What has begun and not ended well is cut; what has not begun is refused. */
static void conclude(struct transfer *t, int result)
{
    bool answered = result == 0 || t->enough;
    if (result == 0 && !t->begun && is_success(t))
        (void)begin(t); /* an answer without a body */
    t->answer->kind = !t->begun     ? GOTRACE_FETCH_REFUSED
                      : result == 0 ? GOTRACE_FETCH_WHOLE
                                    : GOTRACE_FETCH_CUT;
    if (!t->begun && answered)
        say_refusal(t);
    else if (result != 0)
        say_result(t, result);
}

static void run(struct transfer *t, void *multi, const gotrace_wish *wish)
{
    struct curl_slist *headers = set_request(t, wish);
    set_trust(t, wish);
    set_bounds(t);
    set_callbacks(t);
    (void)t->curl->multi_add_handle(multi, t->easy);
    conclude(t, perform(t, multi));
    (void)t->curl->multi_remove_handle(multi, t->easy);
    t->curl->slist_free_all(headers);
}

void transfer_run(struct curl *curl, const gotrace_wish *wish, const struct receiver *receiver,
                  gotrace_fetch_answer *answer)
{
    struct transfer t = {.curl = curl, .receiver = receiver, .answer = answer};
    *answer = (gotrace_fetch_answer){.kind = GOTRACE_FETCH_REFUSED, .text = "not enough memory"};
    void *multi = curl->multi_init();
    t.easy = curl->easy_init();
    if (multi && t.easy)
        run(&t, multi, wish);
    if (t.easy)
        curl->easy_cleanup(t.easy);
    if (multi)
        (void)curl->multi_cleanup(multi);
}
