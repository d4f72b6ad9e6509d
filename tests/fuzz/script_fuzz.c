/* script_fuzz.c: a script made of the input runs over a small trace: the whole
 * program in this process, with Lua, without the kernel's walls and signals.
 *
 * The first bytes (struct choices) say how it is run, the next are the genes of the
 * script, the rest is the trace behind its header. What scripts are made of is in
 * script_prelude.lua. Whatever a script does, the run ends with a status that is
 * documented, no file stays open, and a trace that it wrote reads back without
 * damage. */
#define _GNU_SOURCE
#include <assert.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "gotrace.h"
#include "script/embedded.h"
#include "script/host.h"
#include "script/process/signals.h"
#include "script/streams.h"
#include "yaml/yaml_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 16, VERSIONS = 8, PATH = 64, ARGS = 32, MOST_FILES = 64, MOST_PARTS = 16 };
enum { TEXT = 1 << 17, DEPTH = 4 };
enum { UNINTERRUPTED = 0, HOOK_EVERY = 100 };

/* How the script is run. The bits of `how`: the compiler is off, the trace comes
 * twice, --strict, two threads, one more script behind. */
struct choices {
    uint8_t version, how, output, filter, print, form, window, interrupt, genes;
};
enum { NO_COMPILER = 1, TWICE = 2, STRICT = 4, THREADS = 8, BEHIND = 16, CHECKED = 32, LOUD = 64 };
enum { TO_NOTHING, TO_FILE, TO_STREAM, TO_NULL, TO_PARTS, OUTPUTS };

/* In place of signals.c: a signal comes after some of a script's instructions. */

static lua_State *scripts;
static gotrace_interrupter *interrupter;
static unsigned left; /* hooks until it comes, 0: none does */
static int asked;
static char key;

/* As in signals.c. */
static void end_script(lua_State *L, lua_Debug *ar)
{
    static const char ours[] = "@lua/gotrace/";
    if (!lua_getinfo(L, "S", ar) || strncmp(ar->source, ours, sizeof ours - 1) == 0)
        return;
    lua_pushlightuserdata(L, &key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    (void)lua_error(L);
}

static void count(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    if (--left > 0)
        return;
    asked = SIGINT;
    gotrace_interrupt(interrupter);
    (void)lua_sethook(L, end_script, LUA_MASKCOUNT, 1);
}

bool signals_install(void)
{
    if (!interrupter)
        interrupter = gotrace_interrupter_new();
    return interrupter != NULL;
}

gotrace_interrupter *signals_interrupter(void)
{
    return interrupter;
}

void signals_ask(lua_State *L)
{
    lua_pushlightuserdata(L, &key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    scripts = L;
    if (left)
        (void)lua_sethook(L, count, LUA_MASKCOUNT, HOOK_EVERY);
}

int signals_asked(void)
{
    return asked;
}

void signals_heeded(void)
{
    if (asked)
        (void)lua_sethook(scripts, NULL, 0, 0);
}

void signals_finished(void)
{
}

void signals_forget(void)
{
    scripts = NULL;
}

void signals_limit_cpu(int seconds, const char *text)
{
    (void)seconds, (void)text;
}

void signals_before_end(void (*fn)(void))
{
    (void)fn;
}

void signals_end(int sig)
{
    (void)sig;
    abort();
}

/* In place of streams.c: what is printed goes nowhere, what is said is kept. */

static char *said;
static size_t said_len;

size_t streams_written(void)
{
    return 0;
}

void streams_skip(size_t n)
{
    (void)n;
}

void streams_install(void)
{
    stdout = fopen("/dev/null", "w");
    stderr = open_memstream(&said, &said_len);
    assert(stdout && stderr);
}

/* The script. */

struct genes {
    const uint8_t *at, *end;
};

static char text[TEXT];
static size_t text_len;

static unsigned gene(struct genes *g)
{
    return g->at < g->end ? *g->at++ : 0;
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text + text_len, TEXT - text_len, format, args);
    va_end(args);
    text_len += (size_t)n;
    assert(text_len < TEXT);
}

static void put_statement(struct genes *g, int depth);

static void put_body(struct genes *g, int depth, unsigned n)
{
    for (unsigned i = 0; i < n && g->at < g->end; i++)
        put_statement(g, depth + 1);
}

/* More than 56 turns are compiled. */
static void put_loop(struct genes *g, int depth)
{
    unsigned turns = gene(g) % 80;
    put("for _ = 1, %u do\n", turns);
    put_body(g, depth, 1 + gene(g) % 3);
    put("end\n");
}

static void put_coroutine(struct genes *g, int depth)
{
    put("Y(function()\n");
    put_body(g, depth, 2);
    put("end)\n");
}

static void put_sort(struct genes *g, int depth)
{
    put("T(function()\n");
    put_body(g, depth, 2);
    unsigned a = gene(g);
    put("end, %u, %u)\n", a, gene(g));
}

static void put_call(struct genes *g)
{
    unsigned f = gene(g), n = gene(g) % 4, v[3] = {0};
    for (unsigned i = 0; i < n; i++)
        v[i] = gene(g);
    put("C(%u, %u, %u, %u, %u)\n", f, n, v[0], v[1], v[2]);
}

static void put_numbers(struct genes *g, const char *name, int n)
{
    put("%s(%u", name, gene(g));
    for (int i = 1; i < n; i++)
        put(", %u", gene(g));
    put(")\n");
}

/* What the script says with no pcall around it. */
static void put_plain(struct genes *g)
{
    static const char *const lines[] = {
        "local x = ev and ev.reason",
        "if ev then ev.value = '***' end",
        "if ev then ev.stack = nil end",
        "if ev then ev.time = ev.time + 1 end",
        "if ev and ev.g then trace.hide(ev.g) end",
        "emit('UserLog', { key = 'k', value = ('v'):rep(900) })",
        "emit('GoCreate', { new_g = 1 })",
        "emit('GoDestroy')",
        "print(ev, values)",
        "io.write(tostring(ev))",
        "if ev then for k, v in pairs(ev) do print(k, v) end end",
        "trace.window(0, 1e5)",
        "trace.split(ev and ev.time or 0)",
        "fail('%s', ev)",
        "error(setmetatable({}, { __tostring = error }))",
        "coroutine.yield(1)",
    };
    put("%s\n", lines[gene(g) % (sizeof lines / sizeof *lines)]);
}

static void put_return(struct genes *g)
{
    static const char *const what[] = {"false", "false", "ev", "nil, false", "R", "not ev"};
    put("do return %s end\n", what[gene(g) % (sizeof what / sizeof *what)]);
}

static void put_statement(struct genes *g, int depth)
{
    enum { KINDS = 16 };
    switch (depth < DEPTH ? gene(g) % KINDS : 15) {
    case 0:
        put_loop(g, depth);
        break;
    case 1:
        put_coroutine(g, depth);
        break;
    case 2:
        put_sort(g, depth);
        break;
    case 3:
        put_numbers(g, "R", 2);
        break;
    case 4:
        put_numbers(g, "A", 3);
        break;
    case 5:
        put_numbers(g, "M", 5);
        break;
    case 6:
        put_numbers(g, "E", 6);
        break;
    case 7:
        put_numbers(g, "B", 3);
        break;
    case 8:
        put_return(g);
        break;
    case 9:
        put_plain(g);
        break;
    default:
        put_call(g);
        break;
    }
}

static const char *type_name(unsigned i)
{
    const gotrace_spec *spec = gotrace_spec_of(1 + i % 80);
    return spec && spec->timed ? spec->name : "any";
}

static void put_hook(struct genes *g)
{
    static const char *const general[] = {"any",    "unhandled",  "begin",  "finish",
                                          "damage", "generation", "GoStart"};
    unsigned which = gene(g);
    const char *name = which & 1 ? general[which / 4 % 7] : type_name(which / 4);
    put("function %s.%s(ev)\nif not H(ev) then return end\n", which & 2 ? "on" : "scan", name);
    put_body(g, 0, 1 + gene(g) % 6);
    put("end\n");
}

/* What it says of itself. */
static void put_head(struct genes *g)
{
    static const char *const heads[] = {
        "",
        "order = 'thread'\n",
        "args = { { name = 'x', type = 'int', default = 3 }, { name = 'words', type = 'list' } }\n",
        "description = ('x'):rep(100)\n",
        "needs = 'output'\n",
        "args = setmetatable({}, { __index = function() return {} end })\n",
    };
    put("%s", heads[gene(g) % (sizeof heads / sizeof *heads)]);
}

static const struct embedded_file *prelude(void)
{
    const struct embedded_file *f = embedded_files;
    while (f->name && strcmp(f->name, "tests/fuzz/script_prelude.lua") != 0)
        f++;
    assert(f->name);
    return f;
}

static void write_script(struct genes *g)
{
    const struct embedded_file *f = prelude();
    text_len = 0;
    put_head(g);
    put("%.*spcall(function(ev)\n", (int)f->len, (const char *)f->text);
    put_body(g, 0, gene(g) % 5);
    put("end)\n");
    while (g->at < g->end && text_len < TEXT / 2)
        put_hook(g);
}

/* The run. */

struct paths {
    int input, stream;
    char from[PATH], to_stream[PATH], to_file[PATH], to_parts[PATH];
};

static gotrace_status yaml(const char *in, const char *out, gotrace_diag *diag)
{
    (void)out;
    return yaml_dump(in, stdout, diag);
}

static const char *output_of(const struct paths *p, const struct choices *c)
{
    const char *const all[OUTPUTS] = {NULL, p->to_file, p->to_stream, "/dev/null", p->to_parts};
    return all[c->output % OUTPUTS];
}

struct line {
    const char *args[ARGS];
    int n;
};

static void add(struct line *l, const char *option, const char *value)
{
    assert(l->n + 2 < ARGS);
    l->args[l->n++] = option;
    if (value)
        l->args[l->n++] = value;
}

/* One of several, NULL among them. */
#define CHOSEN(list, byte) ((list)[(byte) % (sizeof(list) / sizeof *(list))])

static void add_stages(struct line *l, const struct choices *c)
{
    static const char *const filters[] = {
        NULL,
        NULL,
        "type ~= 'UserLog'",
        "g == 1 or g == nil",
        "n % 3 == 0",
        "stack.leaf.func:find 'main'",
        "setmetatable({}, { __eq = error, __lt = function() coroutine.yield() end }) < ev",
        "pcall(ev.copy, ev) and ev.stack[1] ~= ev:copy().stack.root",
    };
    static const char *const prints[] = {
        NULL,
        NULL,
        "time,type,g,stack",
        "ev",
        "setmetatable({}, { __tostring = function() return ev.type end }),1/0",
        "('x'):rep(n), reason, value",
    };
    if (CHOSEN(filters, c->filter))
        add(l, "-f", CHOSEN(filters, c->filter));
    add(l, "-e", text);
    if (c->how & BEHIND)
        add(l, "-e",
            "function on.any(ev) return (ev.g or 0) % 2 == 0 end function on.UserLog(ev) "
            "emit('GoStop') end");
    if (CHOSEN(prints, c->print))
        add(l, "-p", CHOSEN(prints, c->print));
}

static void add_options(struct line *l, const struct choices *c, const struct paths *p)
{
    static const char *const forms[] = {"text", "json", "csv"};
    static const char *const windows[] = {NULL,          NULL,         NULL,        "--from=10us",
                                          "--from=-1us", "--to=100us", "--to=-10ns"};
    add(l, "--memory-limit", "256M");
    add(l, "-F", CHOSEN(forms, c->form));
    if (output_of(p, c))
        add(l, "-o", output_of(p, c));
    if (output_of(p, c) && c->how & STRICT)
        add(l, "--strict", NULL);
    if (CHOSEN(windows, c->window))
        add(l, CHOSEN(windows, c->window), NULL);
    if (c->how & CHECKED && c->how & LOUD)
        add(l, "-n", NULL);
    if (c->how & LOUD)
        add(l, "--explain", NULL);
    add(l, p->from, NULL);
    if (c->how & TWICE && !output_of(p, c))
        add(l, p->from, NULL);
}

static void fail(const char *what, const char *more)
{
    (void)fprintf(stderr, "%s: %s\n", what, more);
    abort();
}

/* A file whose Lua the program runs first, as a debug build does. */
static void set_compiler(bool on)
{
    static char init[PATH];
    static const char off[] = "jit.off()";
    if (!*init) {
        int fd = memfd_create("init", 0);
        assert(fd >= 0 && write(fd, off, strlen(off)) == (ssize_t)strlen(off));
        (void)snprintf(init, PATH, "/proc/self/fd/%d", fd);
    }
    (void)setenv("GOTRACE_LUA_INIT", on ? "" : init, 1);
}

/* The exit status of the program, which has ended as if it were a process. */
static int run(struct line *l)
{
    static const struct host_command commands[] = {
        {"yaml", yaml}, {"build", yaml_build_file}, {NULL, NULL}};
    FILE *out = stdout, *err = stderr;
    uint64_t before = mem_used();
    int status = host_run(l->n, (char **)l->args, commands);
    (void)fclose(stdout);
    (void)fclose(stderr);
    stdout = out, stderr = err;
    mem_set_limit(MEM_NO_LIMIT);
    mem_discharge(mem_used() - before); /* Lua's, of which nobody keeps account as it ends */
    return status;
}

static void check_status(int status)
{
    bool known = (status >= 0 && status <= 6) || (asked && status == 128 + asked);
    if (!known)
        fail("no status of the program", said);
    if (strstr(said, "internal error"))
        fail("it says so", said);
}

/* Reads an output without damage. */
static void read_back(const char *path)
{
    gotrace *t;
    gotrace_diag diag;
    gotrace_batch batch;
    uint64_t lost;
    gotrace_names *names = gotrace_names_new();
    gotrace_status st = gotrace_open(&t, path, names, &diag);
    if (st != GOTRACE_OK)
        fail("the output is no trace", diag.what);
    uint8_t all[256];
    memset(all, 1, sizeof all);
    gotrace_want(t, all, GOTRACE_ORDER_FULL);
    while (gotrace_next(t, &batch, &diag) == GOTRACE_OK)
        ;
    if (gotrace_info_of(t)->damages)
        fail("the output is damaged", gotrace_damage(t, 0, &lost)->what);
    gotrace_close(t);
    gotrace_names_free(names);
}

/* A file is there whole or not at all; what streams is whole if the run is. */
static void check_output(const struct paths *p, int status)
{
    char part[PATH + 8];
    if (access(p->to_file, F_OK) == 0)
        read_back(p->to_file);
    (void)unlink(p->to_file);
    for (int i = 1; i <= MOST_PARTS; i++) {
        (void)snprintf(part, sizeof part, "%.*s%d", (int)strlen(p->to_parts) - 2, p->to_parts, i);
        if (access(part, F_OK) != 0)
            break;
        read_back(part);
    }
    for (int i = 1;; i++) {
        (void)snprintf(part, sizeof part, "%.*s%d", (int)strlen(p->to_parts) - 2, p->to_parts, i);
        if (unlink(part) != 0)
            break;
    }
    if ((status == 0 || status == 3) && lseek(p->stream, 0, SEEK_END) > 0)
        read_back(p->to_stream);
}

static void check_files(void)
{
    int fd = dup(STDIN_FILENO);
    assert(fd < MOST_FILES);
    (void)close(fd);
}

static int memory_file(const char *name, char path[PATH])
{
    int fd = memfd_create(name, 0);
    assert(fd >= 0);
    (void)snprintf(path, PATH, "/proc/self/fd/%d", fd);
    return fd;
}

static void open_paths(struct paths *p)
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    p->input = memory_file("input", p->from);
    p->stream = memory_file("output", p->to_stream);
    (void)snprintf(p->to_file, PATH, "%s/gotrace-script-%ld", folder, (long)getpid());
    (void)snprintf(p->to_parts, PATH, "%s/gotrace-script-%ld-%%d", folder, (long)getpid());
}

static void fill(const struct paths *p, uint8_t version, const uint8_t *data, size_t size)
{
    static const int versions[VERSIONS] = {5, 8, 11, 21, 22, 23, 25, 26};
    char header[HEADER + 1] = {0};
    (void)snprintf(header, sizeof header, "go 1.%d trace", versions[version % VERSIONS]);
    assert(ftruncate(p->input, 0) == 0 && ftruncate(p->stream, 0) == 0);
    assert(lseek(p->stream, 0, SEEK_SET) == 0);
    assert(pwrite(p->input, header, HEADER, 0) == HEADER);
    assert(pwrite(p->input, data, size, HEADER) == (ssize_t)size);
}

static void show(const struct line *l)
{
    if (!getenv("GOTRACE_SHOW"))
        return;
    for (int i = 0; i < l->n; i++)
        (void)fprintf(stderr, "%s\n", l->args[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct paths p;
    struct choices c;
    if (!p.input)
        open_paths(&p);
    if (size < sizeof c || size - sizeof c < data[sizeof c - 1])
        return 0;
    memcpy(&c, data, sizeof c);
    struct genes g = {data + sizeof c, data + sizeof c + c.genes};
    write_script(&g);
    fill(&p, c.version, g.end, size - sizeof c - c.genes);
    set_compiler(!(c.how & NO_COMPILER));
    (void)setenv("GOTRACE_THREADS", c.how & THREADS ? "2" : "1", 1);
    left = c.interrupt * 8, asked = 0;
    struct line l = {{"gotrace-lua"}, 1};
    add_stages(&l, &c);
    add_options(&l, &c, &p);
    show(&l);
    int status = run(&l);
    if (getenv("GOTRACE_SHOW"))
        (void)fprintf(stderr, "status %d: %s\n", status, said);
    check_status(status);
    check_output(&p, status);
    check_files();
    free(said);
    said = NULL;
    return 0;
}
