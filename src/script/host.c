#include "script/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <luajit.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "gotrace_lua.h"
#include "io/out/write_all.h"
#include "script/embedded.h"
#include "script/limits/c_stack.h"
#include "script/limits/heap.h"
#include "script/limits/wall.h"
#include "script/process/signals.h"
#include "script/process/terminal.h"
#include "script/streams.h"
#include "script/workers.h"

/* Over the memory limit, as errors.lua has it; and what no script, option or input
 * should be able to bring about. */
enum { EXIT_MEMORY = 6, EXIT_INTERNAL = 70 };

struct program {
    int argc;
    char **argv;
    const struct host_command *commands; /* borrowed */
    int status;
    bool finalizing; /* scripts may own what has to be closed */
    struct heap heap;
    struct c_stack stack;
};

/* The string at index i as a C string; a path with a NUL in it is no path. */
static const char *check_cstring(lua_State *L, int i)
{
    size_t len;
    const char *s = luaL_checklstring(L, i, &len);
    luaL_argcheck(L, strlen(s) == len, i, "has a NUL byte");
    return s;
}

/* nil, message */
static int push_errno(lua_State *L)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
}

/* file(name): the text of an embedded file; of a header its declarations. */
static int host_file(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    for (const struct embedded_file *f = embedded_files; f->name; f++) {
        if (strcmp(f->name, name) == 0) {
            lua_pushlstring(L, (const char *)f->text, f->len);
            return 1;
        }
    }
    return luaL_error(L, "no embedded file %s", name);
}

/* files(): the names of all embedded files. */
static int host_files(lua_State *L)
{
    int n = 0;
    lua_newtable(L);
    for (const struct embedded_file *f = embedded_files; f->name; f++) {
        lua_pushstring(L, f->name);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* list(dir): the names in a folder, in no order; nil and a message without it. */
static int host_list(lua_State *L)
{
    DIR *dir = opendir(check_cstring(L, 1));
    if (!dir)
        return push_errno(L);
    lua_newtable(L);
    int n = 0;
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        lua_pushstring(L, e->d_name);
        lua_rawseti(L, -2, ++n);
    }
    (void)closedir(dir);
    return 1;
}

/* kind(path): "file", "folder" or "other" (a FIFO, a device); nil and a message
 * if there is nothing. Nothing is opened: a FIFO has one reader. */
static int host_kind(lua_State *L)
{
    struct stat st;
    if (stat(check_cstring(L, 1), &st) != 0)
        return push_errno(L);
    lua_pushstring(L, S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "folder" : "other");
    return 1;
}

/* is_same(a, b): whether both are there and one file. */
static int host_is_same(lua_State *L)
{
    struct stat a, b;
    bool both = stat(check_cstring(L, 1), &a) == 0 && stat(check_cstring(L, 2), &b) == 0;
    lua_pushboolean(L, both && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
    return 1;
}

/* is_inside(path, folder): whether both are there, and path lies somewhere in the
 * folder when all links are followed. */
static int host_is_inside(lua_State *L)
{
    char path[PATH_MAX], folder[PATH_MAX];
    bool both = realpath(check_cstring(L, 1), path) && realpath(check_cstring(L, 2), folder);
    size_t len = both ? strlen(folder) : 0;
    lua_pushboolean(L, both && strncmp(path, folder, len) == 0 &&
                           (path[len] == '/' || folder[len - 1] == '/'));
    return 1;
}

/* write_private(path, text): a new file that only its owner can read: true; nil and a
 * message. There must be none of that name. */
static int host_write_private(lua_State *L)
{
    size_t len;
    const char *path = check_cstring(L, 1), *text = luaL_checklstring(L, 2, &len);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return push_errno(L);
    bool written = write_all(fd, text, len);
    int why = errno;
    bool closed = close(fd) == 0;
    if (!written || !closed) {
        why = written ? errno : why;
        (void)unlink(path);
        errno = why;
        return push_errno(L);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* catch_signals(error): the first Ctrl-C, TERM or HUP from now on ends the input
 * at the next batch, and scripts with that error (signals.h). */
static int host_catch_signals(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    signals_ask(L);
    return 0;
}

/* signal(): the number of the one that came, or nil. */
static int host_signal(lua_State *L)
{
    if (signals_asked())
        lua_pushinteger(L, signals_asked());
    else
        lua_pushnil(L);
    return 1;
}

/* heed_signal(): scripts have ended for it, if one came; what they do now is to
 * finish, soon. */
static int host_heed_signal(lua_State *L)
{
    (void)L;
    signals_heeded();
    return 0;
}

/* limit_cpu(seconds, text): signals_limit_cpu; who calls this keeps the text. */
static int host_limit_cpu(lua_State *L)
{
    signals_limit_cpu((int)luaL_checkinteger(L, 1), luaL_optstring(L, 2, ""));
    return 0;
}

/* end_hurry(): the scripts have finished. */
static int host_end_hurry(lua_State *L)
{
    (void)L;
    signals_finished();
    return 0;
}

/* ignore_broken_pipe(): who writes to a reader that has gone away is told, and
 * not ended: there may be a half-written file to take away. */
static int host_ignore_broken_pipe(lua_State *L)
{
    (void)L;
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;
}

/* command(name, in, out): runs a subcommand of C; true, or nil, status, what,
 * have and want. */
static int host_command(lua_State *L)
{
    const struct program *p = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = luaL_checkstring(L, 1);
    const struct host_command *c = p->commands;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    if (!c->name)
        return luaL_error(L, "no command %s", name);
    gotrace_diag diag = {0};
    gotrace_status status = c->run(check_cstring(L, 2), luaL_optstring(L, 3, NULL), &diag);
    if (status == GOTRACE_OK || status == GOTRACE_END) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushinteger(L, status);
    lua_pushstring(L, diag.what);
    lua_pushstring(L, diag.have);
    lua_pushstring(L, diag.want);
    return 5;
}

/* What the outputs at indices 1 to n write; their places are pushed. */
static enum wall_writes push_places(lua_State *L, int n)
{
    enum wall_writes all = WALL_NOTHING;
    char place[PATH_MAX];
    luaL_checkstack(L, n, "too many outputs");
    for (int i = 1; i <= n; i++) {
        enum wall_writes writes = wall_place(place, check_cstring(L, i));
        all = writes > all ? writes : all;
        lua_pushstring(L, place);
    }
    return all;
}

/* A table of how the wall stands; the fields of wall.h. */
static void push_wall(lua_State *L, const struct wall *wall, enum wall_writes writes)
{
    static const char *const names[] = {"nothing", "files", "folders"};
    lua_newtable(L);
    lua_pushinteger(L, wall->abi);
    lua_setfield(L, -2, "abi");
    lua_pushboolean(L, wall->filtered);
    lua_setfield(L, -2, "filtered");
    lua_pushstring(L, wall->landlock);
    lua_setfield(L, -2, "landlock");
    lua_pushstring(L, wall->seccomp);
    lua_setfield(L, -2, "seccomp");
    lua_pushstring(L, names[writes]);
    lua_setfield(L, -2, "writes");
}

/* written(): bytes that have been written to standard output. */
static int host_written(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)streams_written());
    return 1;
}

/* skip_output(n): streams_skip. */
static int host_skip_output(lua_State *L)
{
    lua_Number n = luaL_checknumber(L, 1);
    luaL_argcheck(L, n >= 0, 1, "is negative");
    streams_skip((size_t)n);
    return 0;
}

/* raise_wall(output, ...): this process writes nothing else from now on and
 * starts nothing (wall.h). A table { abi, filtered, landlock, seccomp, writes }
 * with the places that can be written, one an output. */
static int host_raise_wall(lua_State *L)
{
    int n = lua_gettop(L);
    enum wall_writes writes = push_places(L, n);
    const char **places = lua_newuserdata(L, sizeof *places * (size_t)(n + 1));
    for (int i = 0; i < n; i++)
        places[i] = lua_tostring(L, n + i + 1);
    struct wall wall;
    wall_raise(&wall, writes, places, (size_t)n);
    push_wall(L, &wall, writes);
    for (int i = 1; i <= n; i++) {
        lua_pushvalue(L, n + i);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* close_at_exit(): everything is finalized as the program ends, be it in use or
 * not: --unsafe opens what a process that just ends would not wait for. */
static int host_close_at_exit(lua_State *L)
{
    struct program *p = lua_touserdata(L, lua_upvalueindex(1));
    p->finalizing = true;
    return 0;
}

/* stack_used(): bytes of the C stack, and how many there may be. */
static int host_stack_used(lua_State *L)
{
    const struct program *p = lua_touserdata(L, lua_upvalueindex(1));
    lua_pushnumber(L, (lua_Number)c_stack_used(&p->stack));
    lua_pushnumber(L, (lua_Number)p->stack.size);
    return 2;
}

/* Row of the event table as name, since, about, and name and kind of each
 * argument: spec(id). Nothing for a type that scripts do not see. LuaJIT's
 * interpreter takes a microsecond for each field that FFI reads. */
static int host_spec(lua_State *L)
{
    const gotrace_spec *spec = gotrace_spec_of((uint32_t)luaL_checkinteger(L, 1));
    if (!spec || !spec->timed)
        return 0;
    lua_pushstring(L, spec->name);
    lua_pushinteger(L, spec->since);
    lua_pushstring(L, spec->about);
    for (int i = 0; i < spec->nargs; i++) {
        lua_pushstring(L, spec->arg_name[i]);
        lua_pushinteger(L, spec->arg_type[i]);
    }
    return 3 + 2 * spec->nargs;
}

/* What abi.lua compares its own view of the structs with. */
static void push_sizes(lua_State *L)
{
    static const struct {
        const char *name;
        size_t size;
    } sizes[] = {
        {"gotrace_diag", sizeof(gotrace_diag)},
        {"gotrace_spec", sizeof(gotrace_spec)},
        {"gotrace_event", sizeof(gotrace_event)},
        {"gotrace_experiment", sizeof(gotrace_experiment)},
        {"gotrace_generation", sizeof(gotrace_generation)},
        {"gotrace_batch", sizeof(gotrace_batch)},
        {"gotrace_info", sizeof(gotrace_info)},
        {"gotrace_written", sizeof(gotrace_written)},
        {"gotrace_frame", sizeof(gotrace_frame)},
        {"gotrace_span", sizeof(gotrace_span)},
        {"gotrace_sum_spec", sizeof(gotrace_sum_spec)},
        {"gotrace_sum", sizeof(gotrace_sum)},
        {"gotrace_sum_bucket", sizeof(gotrace_sum_bucket)},
        {"gotrace_stats", sizeof(gotrace_stats)},
        {"gotrace_group_spec", sizeof(gotrace_group_spec)},
        {"gotrace_group", sizeof(gotrace_group)},
        {"gotrace_group_block", sizeof(gotrace_group_block)},
        {"gotrace_goroutine", sizeof(gotrace_goroutine)},
        {"gotrace_task", sizeof(gotrace_task)},
        {"gotrace_task_log", sizeof(gotrace_task_log)},
        {"gotrace_task_region", sizeof(gotrace_task_region)},
        {"gotrace_gc", sizeof(gotrace_gc)},
        {"gotrace_proc", sizeof(gotrace_proc)},
        {"gotrace_thread", sizeof(gotrace_thread)},
        {"gotrace_sample", sizeof(gotrace_sample)},
        {"gotrace_lines_form", sizeof(gotrace_lines_form)},
        {"gotrace_lines_batch", sizeof(gotrace_lines_batch)},
        {"gotrace_sample_rule", sizeof(gotrace_sample_rule)},
        {"gotrace_label_set", sizeof(gotrace_label_set)},
        {"gotrace_label", sizeof(gotrace_label)},
        {"gotrace_profile", sizeof(gotrace_profile)},
        {"gotrace_chrome_event", sizeof(gotrace_chrome_event)},
        {"gotrace_chrome_counter", sizeof(gotrace_chrome_counter)},
        {"gotrace_perfetto_about", sizeof(gotrace_perfetto_about)},
        {"gotrace_perfetto_event", sizeof(gotrace_perfetto_event)},
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        lua_pushinteger(L, (lua_Integer)sizes[i].size);
        lua_setfield(L, -2, sizes[i].name);
    }
}

/* A function that knows the program. */
static void push_method(lua_State *L, struct program *p, lua_CFunction f)
{
    lua_pushlightuserdata(L, p);
    lua_pushcclosure(L, f, 1);
}

/* The module gotrace.host; the program is at index 1. */
static int open_host(lua_State *L, struct program *p)
{
    static const luaL_Reg functions[] = {
        {"file", host_file},
        {"files", host_files},
        {"list", host_list},
        {"kind", host_kind},
        {"is_same", host_is_same},
        {"is_inside", host_is_inside},
        {"write_private", host_write_private},
        {"catch_signals", host_catch_signals},
        {"signal", host_signal},
        {"heed_signal", host_heed_signal},
        {"end_hurry", host_end_hurry},
        {"limit_cpu", host_limit_cpu},
        {"ignore_broken_pipe", host_ignore_broken_pipe},
        {"written", host_written},
        {"skip_output", host_skip_output},
        {"raise_wall", host_raise_wall},
        {"spec", host_spec},
        {NULL, NULL},
    };
    lua_newtable(L);
    luaL_register(L, NULL, functions);
    push_method(L, p, host_command);
    lua_setfield(L, -2, "command");
    push_method(L, p, host_close_at_exit);
    lua_setfield(L, -2, "close_at_exit");
    heap_push_functions(L, &p->heap);
    workers_push_functions(L);
    terminal_push_functions(L);
    push_method(L, p, host_stack_used);
    lua_setfield(L, -2, "stack_used");
    push_sizes(L);
    lua_setfield(L, -2, "sizes");
    lua_pushliteral(L, GOTRACE_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushlightuserdata(L, signals_interrupter());
    lua_setfield(L, -2, "interrupter");
    return 1;
}

/* Whether the LuaJIT that runs is the one that made the bytecode: Debian's next
 * release has another under the same file name. */
static bool is_code_usable(lua_State *L)
{
    lua_getglobal(L, "jit");
    lua_getfield(L, -1, "version");
    const char *version = lua_tostring(L, -1);
    bool usable = version && strcmp(version, LUAJIT_VERSION) == 0;
    lua_pop(L, 2);
    return usable;
}

/* The chunk's name is the path in the source tree; bytecode brings it along. */
static int load_chunk(lua_State *L, const struct embedded_file *f)
{
    if (is_code_usable(L))
        return luaL_loadbuffer(L, (const char *)f->code, f->code_len, f->name);
    lua_pushfstring(L, "@%s", f->name);
    int status = luaL_loadbuffer(L, (const char *)f->text, f->len, lua_tostring(L, -1));
    lua_remove(L, -2);
    return status;
}

/* Loader of an embedded module; the upvalue is its row. */
static int load_module(lua_State *L)
{
    const struct embedded_file *f = lua_touserdata(L, lua_upvalueindex(1));
    if (load_chunk(L, f) != 0)
        return lua_error(L);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* "lua/gotrace/run/run.lua" is the module "gotrace.run.run". False: not a module. */
static bool push_module_name(lua_State *L, const char *file)
{
    static const char head[] = "lua/", tail[] = ".lua";
    size_t len = strlen(file), h = sizeof head - 1, t = sizeof tail - 1;
    if (len <= h + t || strncmp(file, head, h) != 0 || strcmp(file + len - t, tail) != 0)
        return false;
    lua_pushlstring(L, file + h, len - h - t);
    luaL_gsub(L, lua_tostring(L, -1), "/", ".");
    lua_remove(L, -2);
    return true;
}

static void preload_modules(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    for (const struct embedded_file *f = embedded_files; f->name; f++) {
        if (!push_module_name(L, f->name))
            continue;
        lua_pushlightuserdata(L, (void *)f);
        lua_pushcclosure(L, load_module, 1);
        lua_settable(L, -3);
    }
    lua_pop(L, 2);
}

static void set_loaded_host(lua_State *L, struct program *p)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaded");
    (void)open_host(L, p);
    lua_setfield(L, -2, "gotrace.engine.host");
    lua_pop(L, 2);
}

/* A file for those who work on this program itself (jit.v, coverage): it runs
 * first, with every right. What is installed takes no code from its environment. */
static void run_init(lua_State *L)
{
#ifdef NDEBUG
    (void)L;
#else
    const char *path = getenv("GOTRACE_LUA_INIT");
    if (path && *path && luaL_dofile(L, path) != 0)
        (void)lua_error(L);
#endif
}

/* traceback(message): for errors of our own code. The upvalue is
 * debug.traceback: by then the globals may be gone (seal.lua). */
static int traceback(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

static void push_traceback(lua_State *L)
{
    lua_getglobal(L, "debug");
    lua_getfield(L, -1, "traceback");
    lua_pushcclosure(L, traceback, 1);
    lua_remove(L, -2);
}

/* require("gotrace.main"). All that is made here is there to stay: the collector
 * has nothing to find in it. */
static void push_main(lua_State *L)
{
    lua_gc(L, LUA_GCSTOP, 0);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "gotrace.main");
    lua_call(L, 1, 1);
    lua_gc(L, LUA_GCRESTART, -1);
}

/* status = require("gotrace.main")(argument, ...) */
static void run_main(lua_State *L, struct program *p)
{
    push_traceback(L);
    int handler = lua_gettop(L);
    push_main(L);
    luaL_checkstack(L, p->argc, "too many arguments");
    for (int i = 1; i < p->argc; i++)
        lua_pushstring(L, p->argv[i]);
    if (lua_pcall(L, p->argc > 0 ? p->argc - 1 : 0, 1, handler) != 0)
        (void)lua_error(L);
    p->status = (int)lua_tointeger(L, -1);
}

static int protected_main(lua_State *L)
{
    struct program *p = lua_touserdata(L, 1);
    luaL_openlibs(L);
    set_loaded_host(L, p);
    preload_modules(L);
    run_init(L);
    run_main(L, p);
    return 0;
}

/* A process that ends gives its memory back faster than we could. Where leaks
 * are looked for nothing may stay. */
static void close_state(lua_State *L, struct program *p)
{
#ifdef NDEBUG
    if (!p->finalizing)
        return;
#endif
    signals_forget();
    heap_close(&p->heap);
    lua_close(L);
}

/* What even main.lua could not tell. */
static int end_badly(lua_State *L, const struct program *p)
{
    char text[MEM_TEXT] = "out of memory";
    const char *what = lua_tostring(L, -1);
    (void)mem_is_met(text);
    terminal_leave();
    if (p->heap.met)
        (void)fprintf(stderr, "gotrace-lua: %s\n", text);
    else
        (void)fprintf(stderr, "gotrace-lua: internal error: %s\n", what ? what : "?");
    return p->heap.met ? EXIT_MEMORY : EXIT_INTERNAL;
}

int host_run(int argc, char **argv, const struct host_command *commands)
{
    struct program p = {.argc = argc, .argv = argv, .commands = commands};
    c_stack_begin(&p.stack);
    bool ready = signals_install();
    streams_install();
    lua_State *L = ready ? luaL_newstate() : NULL;
    if (!L) {
        (void)fputs("gotrace-lua: not enough memory\n", stderr);
        return EXIT_INTERNAL;
    }
    heap_open(&p.heap, L);
    if (lua_cpcall(L, protected_main, &p) != 0)
        p.status = end_badly(L, &p);
    terminal_leave();
    close_state(L, &p);
    workers_leave(p.status);
    return p.status;
}
