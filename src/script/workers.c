#include "script/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "io/out/write_all.h"

enum { READ, WRITE };
/* A signal that comes just before the wait does not end it. */
enum { PATIENCE_MS = 250 };
enum { PIECE = 65536 };       /* bytes read at once */
enum { TASK_MOST = 1 << 20 }; /* bytes of a task: a path and a few numbers */

/* The pipes of one worker, and who it is: known to the process that makes them. */
struct worker {
    int task[2], out[2], say[2];
    pid_t pid;
};

/* What the process that makes workers says of one that has died. */
struct death {
    int worker;
    int status; /* as of wait */
};

/* One run's: made once, before anything else runs. */
static struct {
    struct worker list[WORKERS_MOST];
    int n, own; /* own: which one this process is, from 0; -1: none */
    int deaths[2];
    int life[2]; /* nothing is in it: it ends with the process that writes it */
} all = {.own = -1};

static bool open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0;
}

/* All before the first fork, since each process finds its ends in `all`. */
static bool open_pipes(int n)
{
    bool ok = open_pipe(all.deaths) && open_pipe(all.life);
    for (int i = 0; i < n && ok; i++) {
        struct worker *w = &all.list[i];
        ok = open_pipe(w->task) && open_pipe(w->out) && open_pipe(w->say);
    }
    return ok;
}

/* Which ends of the pipes of all workers this process has no use for. */
static void close_ends(int task, int others)
{
    for (int i = 0; i < all.n; i++) {
        struct worker *w = &all.list[i];
        (void)close(w->task[task]);
        (void)close(w->out[others]);
        (void)close(w->say[others]);
    }
    (void)close(all.deaths[others]);
    (void)close(all.life[task]);
}

/* This process ends when its parent does, also if that is gone already. */
static void end_with(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent)
        _exit(0);
}

/* Ctrl-C goes to all processes of a terminal: who started them heeds it. */
static void leave_signals(void)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGTERM, SIG_DFL);
}

/* Keeps its own pipes only, and lets signals through that its parent held back. */
static void become_worker(int i, pid_t parent)
{
    end_with(parent);
    all.own = i;
    for (int k = 0; k < all.n; k++) {
        struct worker *w = &all.list[k];
        if (k == i)
            continue;
        (void)close(w->task[READ]);
        (void)close(w->out[WRITE]);
        (void)close(w->say[WRITE]);
    }
    (void)close(all.deaths[WRITE]);
    (void)close(all.life[READ]);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void end_workers_now(void)
{
    for (int i = 0; i < all.n; i++)
        if (all.list[i].pid > 0)
            (void)kill(all.list[i].pid, SIGKILL);
    _exit(0);
}

/* True in the new process. */
static bool make_worker(int i)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become_worker(i, parent);
    if (pid < 0)
        end_workers_now(); /* who started them sees that this process is gone */
    all.list[i].pid = pid;
    return pid == 0;
}

/* all.n: it is none of them. */
static int worker_of(pid_t pid)
{
    int i = 0;
    while (i < all.n && all.list[i].pid != pid)
        i++;
    return i;
}

/* Less than PIPE_BUF, so it is written whole. */
static void tell_death(int i, int status)
{
    struct death death = {i, status};
    ssize_t written = write(all.deaths[WRITE], &death, sizeof death);
    if (written != (ssize_t)sizeof death)
        _exit(1); /* nobody listens any more */
}

/* True in a new worker, which takes the place of one that died. */
static bool bury_workers(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        int i = worker_of(pid);
        if (i == all.n || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
            continue;
        tell_death(i, status);
        if (make_worker(i))
            return true;
    }
    if (pid < 0)
        _exit(0); /* all have done what there was */
    return false;
}

static void note_child(int sig)
{
    (void)sig; /* it ends the wait, no more */
}

/* SIGCHLD comes in waits only; before receives what is let through in them. */
static void hold_children(sigset_t *before)
{
    sigset_t child;
    struct sigaction act = {.sa_handler = note_child};
    (void)sigemptyset(&act.sa_mask);
    (void)sigaction(SIGCHLD, &act, NULL);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, before);
}

/* Makes the workers, and each that dies anew, until who wanted them is gone. Returns in
 * workers only. */
static void tend_workers(pid_t parent)
{
    sigset_t before;
    end_with(parent);
    leave_signals();
    hold_children(&before);
    for (int i = 0; i < all.n; i++)
        if (make_worker(i))
            return;
    while (!bury_workers()) {
        struct pollfd life = {.fd = all.life[READ], .events = POLLIN};
        if (ppoll(&life, 1, NULL, &before) > 0)
            end_workers_now();
    }
}

/* What the worker prints before it has a task is nobody's. */
static void silence_output(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDOUT_FILENO);
        (void)close(null);
    }
}

static int push_errno(lua_State *L)
{
    return luaL_error(L, "%s", strerror(errno));
}

/* Reads yield what there is, and never wait: the wait is poll's. */
static void set_waiting(int fd)
{
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* This process reads what workers write, and writes what they read. */
static void begin_parent(void)
{
    close_ends(READ, WRITE);
    for (int i = 0; i < all.n; i++) {
        set_waiting(all.list[i].out[READ]);
        set_waiting(all.list[i].say[READ]);
    }
    set_waiting(all.deaths[READ]);
}

/* Buffers are flushed before the fork: else each process would print what is in
 * them. */
static int start_workers(lua_State *L)
{
    all.n = (int)luaL_checkinteger(L, 1);
    luaL_argcheck(L, all.n >= 1 && all.n <= WORKERS_MOST, 1, "so many there are not");
    if (!open_pipes(all.n))
        return push_errno(L);
    (void)fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        return push_errno(L);
    if (pid > 0) {
        begin_parent();
        return 0;
    }
    close_ends(WRITE, READ);
    silence_output();
    tend_workers(parent);
    lua_pushinteger(L, all.own + 1);
    return 1;
}

/* Workers are counted from 1 in Lua. */
static struct worker *check_worker(lua_State *L)
{
    lua_Integer i = luaL_checkinteger(L, 1);
    luaL_argcheck(L, i >= 1 && i <= all.n, 1, "there is no such worker");
    return &all.list[i - 1];
}

static bool read_all(int fd, void *data, size_t len)
{
    char *at = data;
    while (len > 0) {
        ssize_t n = read(fd, at, len);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Its length goes first; who waits for a task reads both. */
static int worker_task(lua_State *L)
{
    struct worker *w = check_worker(L);
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);
    luaL_argcheck(L, size <= TASK_MOST, 2, "the task is too long");
    uint32_t len = (uint32_t)size;
    bool sent = write_all(w->task[WRITE], &len, sizeof len) && write_all(w->task[WRITE], text, len);
    lua_pushboolean(L, sent);
    return 1;
}

/* A worker reads the end of its pipe as that there is no task any more. */
static int end_workers(lua_State *L)
{
    (void)L;
    for (int i = 0; i < all.n; i++)
        (void)close(all.list[i].task[WRITE]);
    return 0;
}

/* list[#list + 1] = { worker, stream, text }, with the text at the top, which is taken. */
static void add_news(lua_State *L, int worker, const char *stream)
{
    lua_createtable(L, 3, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 3);
    lua_pushinteger(L, worker + 1);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, stream);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
}

/* Whether there was anything. */
static bool read_news(lua_State *L, int worker, int fd, const char *stream)
{
    static char piece[PIECE];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n <= 0)
        return false;
    lua_pushlstring(L, piece, (size_t)n);
    add_news(L, worker, stream);
    return true;
}

/* All that a worker wrote before it died, and that it did. */
static void read_death(lua_State *L, const struct death *death)
{
    const struct worker *w = &all.list[death->worker];
    while (read_news(L, death->worker, w->out[READ], "out"))
        continue;
    while (read_news(L, death->worker, w->say[READ], "say"))
        continue;
    if (WIFSIGNALED(death->status))
        lua_pushfstring(L, "signal %d", WTERMSIG(death->status));
    else
        lua_pushfstring(L, "exit status %d", WEXITSTATUS(death->status));
    add_news(L, death->worker, "died");
}

/* By the table at index 1. */
static bool is_asked(lua_State *L, int worker)
{
    lua_rawgeti(L, 1, worker + 1);
    bool asked = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return asked;
}

/* What is waited for: of each worker what it prints and what it says, and behind them deaths. */
enum { OUT, SAY, KINDS };
typedef struct pollfd polled[KINDS];

static void ask_for(polled *p, int fd, int other)
{
    (*p)[OUT] = (struct pollfd){.fd = fd, .events = POLLIN};
    (*p)[SAY] = (struct pollfd){.fd = other, .events = POLLIN};
}

/* Deaths first: a place has another worker from then on. */
static void read_all_news(lua_State *L, polled *p)
{
    struct death death;
    ssize_t n;
    while ((n = read(all.deaths[READ], &death, sizeof death)) == (ssize_t)sizeof death)
        read_death(L, &death);
    if (n == 0)
        (void)luaL_error(L, "the process that makes others for -j is gone");
    for (int i = 0; i < all.n; i++) {
        if (p[i][OUT].revents)
            (void)read_news(L, i, p[i][OUT].fd, "out");
        if (p[i][SAY].revents)
            (void)read_news(L, i, p[i][SAY].fd, "say");
    }
}

static int worker_wait(lua_State *L)
{
    static polled p[WORKERS_MOST + 1];
    luaL_checktype(L, 1, LUA_TTABLE);
    for (int i = 0; i < all.n; i++)
        ask_for(&p[i], is_asked(L, i) ? all.list[i].out[READ] : -1, all.list[i].say[READ]);
    ask_for(&p[all.n], all.deaths[READ], -1);
    int n = poll(*p, KINDS * ((nfds_t)all.n + 1), PATIENCE_MS);
    if (n < 0 && errno != EINTR)
        return push_errno(L);
    lua_newtable(L);
    if (n > 0)
        read_all_news(L, p);
    return 1;
}

/* Nothing if the pipe has ended, also in the middle of a task. What it prints
 * from its first task on goes to who started it. */
static int worker_next(lua_State *L)
{
    static bool is_begun;
    uint32_t len;
    const struct worker *w = &all.list[all.own];
    if (!read_all(w->task[READ], &len, sizeof len) || len > TASK_MOST)
        return 0;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (len > 0) {
        uint32_t part = len < LUAL_BUFFERSIZE ? len : (uint32_t)LUAL_BUFFERSIZE;
        if (!read_all(w->task[READ], luaL_prepbuffer(&b), part))
            return 0;
        luaL_addsize(&b, part);
        len -= part;
    }
    luaL_pushresult(&b);
    if (!is_begun)
        (void)dup2(w->out[WRITE], STDOUT_FILENO);
    is_begun = true;
    return 1;
}

/* Waits where the pipe is full, until who reads it has come. */
static int worker_say(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_pushboolean(L, write_all(all.list[all.own].say[WRITE], text, len));
    return 1;
}

static int checksum(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_pushnumber(L, (lua_Number)crc32_z(0, (const Bytef *)text, len));
    return 1;
}

void workers_push_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"start_workers", start_workers}, {"worker_task", worker_task},
        {"worker_wait", worker_wait},     {"end_workers", end_workers},
        {"worker_next", worker_next},     {"worker_say", worker_say},
        {"checksum", checksum},           {NULL, NULL},
    };
    luaL_register(L, NULL, functions);
}

/* Flushes, and runs no handlers of the program's end. */
void workers_leave(int status)
{
    if (all.own < 0)
        return;
    (void)fflush(NULL);
    _exit(status);
}
