#include "script/process/signals.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "io/out/temporary.h"

/* Two of them that come so close together are one: timeout(1) sends its signal to
 * the process and to its group, a terminal that goes away does alike. */
enum { TOGETHER_MS = 50 };
/* Of its own: the stack may be what a crash is about. */
enum { STACK = 64 << 10 };
enum { EXIT_USAGE = 2 };

static gotrace_interrupter *interrupter; /* owned, for all that the program opens */
static lua_State *volatile scripts;      /* whose hook is set; NULL: no script runs */
static atomic_int asked;
static struct timespec asked_at;
static char key; /* its address is that of the error in the registry */
static struct sigaction before[NSIG];
static const char *volatile last_words; /* when CPU time is over; NULL: it is not limited */
static _Alignas(16) char stack[STACK];

static void (*volatile before_end)(void); /* NULL: nothing */

/* Nothing of the process stays behind. */
static void tidy(void)
{
    temporary_unlink_all();
    if (before_end)
        before_end();
}

void signals_before_end(void (*fn)(void))
{
    before_end = fn;
}

static bool is_ours(const char *source)
{
    static const char own[] = "@lua/gotrace/";
    return strncmp(source, own, sizeof own - 1) == 0;
}

/* Called before each interpreted instruction until the run heeds the signal: who
 * catches the error gets it again. Our own Lua is not interrupted, so that what it
 * does is done whole. */
static void end_script(lua_State *L, lua_Debug *ar)
{
    if (!lua_getinfo(L, "S", ar) || is_ours(ar->source))
        return;
    lua_pushlightuserdata(L, &key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    (void)lua_error(L);
}

/* LuaJIT's hooks are those of all coroutines. */
static void set_hook(lua_State *L, bool armed)
{
    (void)lua_sethook(L, armed ? end_script : NULL, armed ? LUA_MASKCOUNT : 0, armed);
}

void signals_end(int sig)
{
    tidy();
    _exit(128 + sig);
}

static bool is_repeated(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    long ms = (now.tv_sec - asked_at.tv_sec) * 1000 + (now.tv_nsec - asked_at.tv_nsec) / 1000000;
    return ms > TOGETHER_MS;
}

static void ask(int sig)
{
    (void)clock_gettime(CLOCK_MONOTONIC, &asked_at);
    atomic_store(&asked, sig);
    gotrace_interrupt(interrupter);
    set_hook(scripts, true);
    (void)alarm(SIGNALS_LIMIT);
}

static void on_ask(int sig)
{
    int saved = errno;
    if (scripts && !atomic_load(&asked))
        ask(sig);
    else if (!scripts || is_repeated())
        signals_end(sig);
    errno = saved;
}

static void end_for_time(void)
{
    tidy();
    ssize_t written = write(STDERR_FILENO, last_words, strlen(last_words));
    (void)written; /* who does not listen */
    _exit(EXIT_USAGE);
}

/* A timer that is not ours ends the process as ever. */
static void on_end(int sig, siginfo_t *info, void *context)
{
    const struct sigaction *old = &before[sig];
    if (sig == SIGALRM && atomic_load(&asked))
        signals_end(atomic_load(&asked));
    if (sig == SIGPROF && last_words)
        end_for_time();
    tidy();
    if (old->sa_flags & SA_SIGINFO) { /* a sanitizer's, which tells more */
        old->sa_sigaction(sig, info, context);
        return;
    }
    struct sigaction act = {.sa_handler = SIG_DFL};
    (void)sigaction(sig, &act, NULL);
    (void)raise(sig); /* which waits for this handler's end */
}

/* The write says EFBIG. Not ignored, as programs that are started would inherit
 * that. */
static void on_file_limit(int sig)
{
    (void)sig;
}

/* Unless the parent has switched it off. */
static void catch (int sig, struct sigaction act)
{
    if (sigaction(sig, NULL, &before[sig]) != 0 || before[sig].sa_handler == SIG_IGN)
        return;
    (void)sigfillset(&act.sa_mask); /* no handler in another */
    (void)sigaction(sig, &act, NULL);
}

static void use_stack(void)
{
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE)
        (void)sigaltstack(&own, NULL);
}

void signals_limit_cpu(int seconds, const char *text)
{
    struct itimerval limit = {.it_value.tv_sec = seconds};
    last_words = seconds ? text : NULL;
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

gotrace_interrupter *signals_interrupter(void)
{
    return interrupter;
}

bool signals_install(void)
{
    static const int asking[] = {SIGINT, SIGTERM, SIGHUP};
    static const int ending[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                 SIGFPE,  SIGSEGV, SIGSYS,  SIGPIPE, SIGALRM,
                                 SIGUSR1, SIGUSR2, SIGXCPU, SIGPROF, SIGVTALRM};
    interrupter = gotrace_interrupter_new();
    if (!interrupter)
        return false;
    use_stack();
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        catch (asking[i], (struct sigaction){.sa_handler = on_ask});
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        catch (ending[i],
               (struct sigaction){.sa_sigaction = on_end, .sa_flags = SA_SIGINFO | SA_ONSTACK});
    catch (SIGXFSZ, (struct sigaction){.sa_handler = on_file_limit, .sa_flags = SA_RESTART});
    return true;
}

void signals_ask(lua_State *L)
{
    lua_pushlightuserdata(L, &key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    scripts = L;
}

int signals_asked(void)
{
    return atomic_load(&asked);
}

void signals_heeded(void)
{
    if (!signals_asked())
        return;
    set_hook(scripts, false);
    (void)alarm(SIGNALS_LIMIT);
}

void signals_finished(void)
{
    if (signals_asked())
        (void)alarm(0);
}

void signals_forget(void)
{
    scripts = NULL;
}
