/* transfer.h: one request of a trace over HTTP or HTTPS, and its answer. */
#ifndef GOTRACE_SCRIPT_FETCH_TRANSFER_H
#define GOTRACE_SCRIPT_FETCH_TRANSFER_H
#include "script/fetch/curl.h"
#include "script/fetch/wish.h"

/* Who gets the answer. */
struct receiver {
    void *arg;
    /* An answer that is a success begins; false: it cannot be taken. */
    bool (*begin)(void *arg);
    /* len bytes of it; false: no more is wanted. */
    bool (*take)(void *arg, const void *data, size_t len);
    /* Whether it is still wanted: asked while nothing comes. */
    bool (*wants)(void *arg);
    const int *fds; /* at whose ends `wants` may change */
    unsigned nfds;
};

/* Asks, and hands the answer over. What came of it is in `answer`: GOTRACE_FETCH_WHOLE,
 * _CUT or, if receiver.begin was not called, _REFUSED. */
void transfer_run(struct curl *curl, const gotrace_wish *wish, const struct receiver *receiver,
                  gotrace_fetch_answer *answer);
#endif
