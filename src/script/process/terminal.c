#include "script/process/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "gotrace.h"
#include "script/process/signals.h"

enum { PULSE_MS = 50 };                    /* how often the run looks for keys */
enum { KEYS = 256 };                       /* bytes read at once */
enum { ROWS_PLAIN = 24, COLS_PLAIN = 80 }; /* of a terminal that does not say */

/* The other screen, without a cursor and without lines that go on in the next one. */
static const char enter_page[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char leave_page[] = "\033[?7h\033[?25h\033[?1049l";

/* There is one terminal, and handlers have to find it. */
static struct {
    struct termios before; /* of standard output */
    int keys;              /* where they come from */
    timer_t pulse;
    volatile sig_atomic_t on; /* it is a page */
    atomic_bool dirty;        /* as terminal_size says */
} page;

/* In a handler too: what a terminal takes at once, or not at all. */
static void put(const char *text, size_t n)
{
    ssize_t written = write(STDOUT_FILENO, text, n);
    (void)written;
}

/* Keys come one by one and are not shown; Ctrl-C and Ctrl-Z stay signals. A
 * read never waits. */
static void set_raw(void)
{
    struct termios raw = page.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    (void)tcsetattr(STDOUT_FILENO, TCSADRAIN, &raw);
}

static void enter(void)
{
    set_raw();
    put(enter_page, sizeof enter_page - 1);
    page.on = true;
    atomic_store(&page.dirty, true);
}

/* Called by handlers as well: `on` goes first, so that it is done once. */
void terminal_leave(void)
{
    if (!page.on)
        return;
    page.on = false;
    put(leave_page, sizeof leave_page - 1);
    (void)tcsetattr(STDOUT_FILENO, TCSADRAIN, &page.before);
}

/* The timer's tick, and that the terminal has another size. */
static void on_pulse(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    if (info->si_code != SI_TIMER)
        atomic_store(&page.dirty, true);
    gotrace_interrupt(signals_interrupter());
}

/* Ctrl-Z: the shell gets its terminal as it was, and the page comes back with fg. */
static void on_stop(int sig)
{
    int saved = errno;
    bool was_on = page.on;
    (void)sig;
    terminal_leave();
    (void)kill(getpid(), SIGSTOP);
    if (was_on)
        enter();
    errno = saved;
}

/* No other handler in these. */
static void handle(int sig, struct sigaction act)
{
    (void)sigfillset(&act.sa_mask);
    act.sa_flags |= SA_RESTART;
    (void)sigaction(sig, &act, NULL);
}

/* One signal for both, since a timer needs one and SIGWINCH does nothing by
 * itself. */
static bool make_pulse(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGWINCH};
    handle(SIGWINCH, (struct sigaction){.sa_sigaction = on_pulse, .sa_flags = SA_SIGINFO});
    handle(SIGTSTP, (struct sigaction){.sa_handler = on_stop});
    return timer_create(CLOCK_MONOTONIC, &event, &page.pulse) == 0;
}

/* true: the run is interrupted now and then, to look for keys. */
static int terminal_pulse(lua_State *L)
{
    struct itimerspec every = {{0, PULSE_MS * 1000000L}, {0, PULSE_MS * 1000000L}};
    static const struct itimerspec never;
    if (page.on)
        (void)timer_settime(page.pulse, 0, lua_toboolean(L, 1) ? &every : &never, NULL);
    return 0;
}

/* Where standard input is the trace, keys come from the terminal itself. */
static int keys_of(void)
{
    return isatty(STDIN_FILENO) ? STDIN_FILENO : open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* Standard input stays open: it is not ours. */
static void close_keys(void)
{
    if (page.keys != STDIN_FILENO)
        (void)close(page.keys);
    page.keys = -1;
}

static int refuse(lua_State *L, const char *why)
{
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

/* A second call does nothing: true, or nil and why not. */
static int terminal_open(lua_State *L)
{
    if (page.on) {
        lua_pushboolean(L, 1);
        return 1;
    }
    if (tcgetattr(STDOUT_FILENO, &page.before) != 0)
        return refuse(L, "standard output is no terminal");
    page.keys = keys_of();
    if (page.keys < 0)
        return refuse(L, "there is no terminal that keys come from");
    if (!make_pulse()) {
        int why = errno;
        close_keys();
        return refuse(L, strerror(why));
    }
    signals_before_end(terminal_leave);
    enter();
    lua_pushboolean(L, 1);
    return 1;
}

static int terminal_close(lua_State *L)
{
    (void)L;
    if (page.on) {
        (void)timer_delete(page.pulse);
        close_keys();
    }
    terminal_leave();
    return 0;
}

/* How the wait ended. */
static short wait_for_keys(int ms)
{
    struct pollfd p = {.fd = page.keys, .events = POLLIN};
    return (short)(poll(&p, 1, ms) > 0 ? p.revents : 0);
}

/* "" if no key came in that time; nothing if the terminal is gone. */
static int terminal_read(lua_State *L)
{
    char keys[KEYS];
    short came = wait_for_keys((int)luaL_checkinteger(L, 1));
    ssize_t n = came & POLLIN ? read(page.keys, keys, sizeof keys) : 0;
    bool gone = came & (POLLERR | POLLNVAL) || (came & POLLHUP && n <= 0);
    if (gone)
        return 0;
    lua_pushlstring(L, keys, n > 0 ? (size_t)n : 0);
    return 1;
}

/* A terminal that does not wait has room again soon, or the run is to end. */
static int terminal_write(lua_State *L)
{
    size_t len, done = 0;
    const char *text = luaL_checklstring(L, 1, &len);
    while (done < len && page.on) {
        ssize_t n = write(STDOUT_FILENO, text + done, len - done);
        struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN)
            (void)poll(&p, 1, PULSE_MS);
        if (signals_asked() || (n < 0 && errno != EAGAIN && errno != EINTR))
            break;
    }
    return 0;
}

/* Rows, columns, and whether the page has to be drawn anew. */
static int terminal_size(lua_State *L)
{
    struct winsize size = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    lua_pushinteger(L, size.ws_row ? size.ws_row : ROWS_PLAIN);
    lua_pushinteger(L, size.ws_col ? size.ws_col : COLS_PLAIN);
    lua_pushboolean(L, atomic_exchange(&page.dirty, false));
    return 3;
}

void terminal_push_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"terminal_open", terminal_open},
        {"terminal_close", terminal_close},
        {"terminal_read", terminal_read},
        {"terminal_write", terminal_write},
        {"terminal_size", terminal_size},
        {"terminal_pulse", terminal_pulse},
        {NULL, NULL},
    };
    luaL_register(L, NULL, functions);
}
