#include "script/fetch/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/out/write_all.h"
#include "script/fetch/transfer.h"
#include "script/limits/wall.h"
#include "script/process/signals.h"

enum {
    LOOK_MS = 100, /* between two looks whether a signal has come */
    DELAY_MOST = 3600 * 1000,
    NAME_MOST = 4096
};

struct ask {
    uint32_t wish, number, delay;
};

/* The process that asks. */
struct fetcher {
    const gotrace_wish *wishes;
    uint32_t n;
    int socket; /* to the program */
    struct curl curl;
};

/* An answer on its way to the program. */
struct delivery {
    const struct fetcher *fetcher;
    const gotrace_wish *wish;
    uint32_t number;
    int pipe;     /* the end that is written; -1 before the answer begins */
    int file;     /* that keeps it; -1: none */
    int saved;    /* errno of a file that could not be written; 0: none */
    int fds[2];   /* the socket, the pipe */
    bool hung_up; /* nobody reads the pipe */
};

/* Sends an answer, with a descriptor unless that is -1. */
static bool send_answer(int socket, const gotrace_fetch_answer *answer, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec text = {(void *)answer, sizeof *answer};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof *answer;
}

/* Whether the other end of a descriptor is gone. */
static bool is_gone(int fd)
{
    struct pollfd p = {.fd = fd};
    return fd >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLERR | POLLHUP);
}

/* The file that keeps answer `number`: the first %d is its number. */
static void name_file(char *name, size_t size, const char *save, uint32_t number)
{
    const char *place = strstr(save, "%d");
    if (place)
        (void)snprintf(name, size, "%.*s%u%s", (int)(place - save), save, number, place + 2);
    else
        (void)snprintf(name, size, "%s", save);
}

static void open_file(struct delivery *d)
{
    char name[NAME_MOST];
    if (!d->wish->save)
        return;
    name_file(name, sizeof name, d->wish->save, d->number);
    d->file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    d->saved = d->file < 0 ? errno : 0;
}

/* Only a success is kept in a file: a refusal leaves one that is there alone.
 * The end that is read goes to the program and is closed here, so that writing
 * tells when nobody reads any more. */
static bool on_begin(void *arg)
{
    struct delivery *d = arg;
    int ends[2];
    open_file(d);
    if (d->saved || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool sent = send_answer(d->fetcher->socket, &(gotrace_fetch_answer){.kind = GOTRACE_FETCH_OPEN},
                            ends[0]);
    (void)close(ends[0]);
    d->pipe = d->fds[1] = ends[1];
    return sent;
}

/* The file first: it has no less than the program was given. */
static bool on_take(void *arg, const void *data, size_t len)
{
    struct delivery *d = arg;
    if (d->file >= 0 && !write_all(d->file, data, len)) {
        d->saved = errno;
        return false;
    }
    d->hung_up = d->hung_up || !write_all(d->pipe, data, len);
    return !d->hung_up;
}

/* Nobody reads any more, or the program has ended. */
static bool on_wants(void *arg)
{
    struct delivery *d = arg;
    d->hung_up = d->hung_up || is_gone(d->pipe);
    return !d->hung_up && !is_gone(d->fetcher->socket);
}

/* The end of the pipe is the end of the answer: nothing comes after it but what is sent. */
static void end_delivery(struct delivery *d, gotrace_fetch_answer *answer)
{
    if (d->file >= 0 && close(d->file) != 0 && !d->saved)
        d->saved = errno;
    if (d->hung_up)
        answer->kind = GOTRACE_FETCH_LEFT;
    if (d->saved) {
        answer->kind = GOTRACE_FETCH_UNSAVED;
        (void)snprintf(answer->text, sizeof answer->text, "%s", strerror(d->saved));
    }
    if (d->pipe >= 0)
        (void)close(d->pipe);
    (void)send_answer(d->fetcher->socket, answer, -1);
}

/* Always ends in one answer, also where there is no libcurl: the program waits
 * for it. */
static void serve(struct fetcher *f, const struct ask *ask)
{
    gotrace_fetch_answer answer = {.kind = GOTRACE_FETCH_REFUSED,
                                   .text = "libcurl is not installed here: Debian's package "
                                           "libcurl4, from 13 on libcurl4t64"};
    struct delivery d = {.fetcher = f,
                         .wish = &f->wishes[ask->wish],
                         .number = ask->number,
                         .pipe = -1,
                         .file = -1,
                         .fds = {f->socket, -1}};
    const struct receiver receiver = {&d, on_begin, on_take, on_wants, d.fds, 2};
    if (curl_load(&f->curl))
        transfer_run(&f->curl, d.wish, &receiver, &answer);
    end_delivery(&d, &answer);
}

/* Lets ms go by; false: the program has ended. */
static bool wait_for(int socket, uint32_t ms)
{
    struct pollfd p = {.fd = socket};
    return poll(&p, 1, (int)(ms < DELAY_MOST ? ms : DELAY_MOST)) == 0;
}

/* What a terminal sends to all of a job is for the program to heed, and the program's end
 * is the end of this. */
static void settle(pid_t program)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int null = open("/dev/null", O_RDWR);
    if (getppid() != program || null < 0)
        _exit(0);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)close(null);
}

static void serve_all(struct fetcher *f)
{
    struct ask ask;
    while (recv(f->socket, &ask, sizeof ask, 0) == (ssize_t)sizeof ask)
        if (ask.wish < f->n && wait_for(f->socket, ask.delay))
            serve(f, &ask);
    _exit(0);
}

/* The program's end of the socket has the number that the wall lets through. */
static bool place_socket(int fd)
{
    bool placed =
        dup2(fd, WALL_FETCHER) == WALL_FETCHER && fcntl(WALL_FETCHER, F_SETFD, FD_CLOEXEC) == 0;
    (void)close(fd);
    return placed;
}

bool gotrace_fetcher_start(const gotrace_wish *wishes, uint32_t n)
{
    int ends[2];
    pid_t program = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        struct fetcher f = {.wishes = wishes, .n = n, .socket = ends[1]};
        (void)close(ends[0]);
        settle(program);
        serve_all(&f);
    }
    (void)close(ends[1]);
    return place_socket(ends[0]) && child > 0;
}

/* False: a signal has come, or the other process is gone; answer says which. */
static bool wait_for_answer(gotrace_fetch_answer *answer)
{
    struct pollfd p = {.fd = WALL_FETCHER, .events = POLLIN};
    *answer = (gotrace_fetch_answer){.kind = GOTRACE_FETCH_INTERRUPTED};
    while (!signals_asked()) {
        int ready = poll(&p, 1, LOOK_MS);
        if (ready > 0)
            return true;
    }
    return false;
}

/* Takes the next answer, and the descriptor that came with it; -1: none. */
static int receive(gotrace_fetch_answer *answer)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec text = {answer, sizeof *answer};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    int fd = -1;
    if (!wait_for_answer(answer))
        return -1;
    if (recvmsg(WALL_FETCHER, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *answer) {
        *answer = (gotrace_fetch_answer){.kind = GOTRACE_FETCH_LOST};
        return -1;
    }
    if (message.msg_controllen >= CMSG_LEN(sizeof fd) && control.head.cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
    answer->text[sizeof answer->text - 1] = '\0';
    return fd;
}

/* One message each way: the socket keeps them apart (SOCK_SEQPACKET). */
int gotrace_fetcher_open(uint32_t wish, uint32_t number, uint32_t delay,
                         gotrace_fetch_answer *answer)
{
    struct ask ask = {wish, number, delay};
    if (!write_all(WALL_FETCHER, (const char *)&ask, sizeof ask)) {
        *answer = (gotrace_fetch_answer){.kind = GOTRACE_FETCH_LOST};
        return -1;
    }
    return receive(answer);
}

/* No descriptor belongs to an end; one that comes all the same is closed. */
void gotrace_fetcher_end(gotrace_fetch_answer *answer)
{
    int fd = receive(answer);
    if (fd >= 0)
        (void)close(fd);
}
