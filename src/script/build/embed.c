/* embed.c: writes the files that travel inside the program as C arrays: the
 * table that embedded.h declares. It runs while the program is built.
 *
 *   embed OUT ROOT FILE...     a file's name in the table is its path below ROOT
 *
 * C headers are kept as FFI reads them. Lua is there twice: as text, and as the
 * bytecode that LuaJIT makes of it, which loads in a tenth of the time and keeps
 * all names and lines. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/build/bytecode.h"

struct bytes {
    unsigned char *data; /* owned */
    size_t len, cap;
};

static void fail(const char *what, const char *name)
{
    (void)fprintf(stderr, "embed: %s: %s\n", name, what);
    exit(1);
}

/* Ends the program where it fails, as all of this does: half an output is none. */
static void append(struct bytes *b, const void *data, size_t len)
{
    if (len > b->cap - b->len) {
        b->cap = 2 * b->cap + len;
        b->data = realloc(b->data, b->cap);
        if (!b->data)
            fail("not enough memory", "output");
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void read_file(struct bytes *text, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail("cannot be opened", path);
    char part[4096];
    size_t n;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        append(text, part, n);
    if (ferror(f) || fclose(f) != 0)
        fail("cannot be read", path);
}

static int dump_part(lua_State *L, const void *data, size_t len, void *code)
{
    (void)L;
    append(code, data, len);
    return 0;
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - at) >= len && memcmp(at, word, len) == 0;
}

/* A header as FFI takes it: without the lines of the preprocessor, and without
 * the part that is marked as C's own. Lines keep their numbers. */
static void declare(struct bytes *out, const struct bytes *text)
{
    const char *at = (const char *)text->data, *end = at + text->len;
    bool hidden = false;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        hidden = hidden || begins(at, end, "#ifndef GOTRACE_FFI");
        if (hidden || *at == '#')
            append(out, "\n", 1);
        else
            append(out, at, (size_t)(next - at));
        hidden = hidden && !begins(at, end, "#endif");
        at = next;
    }
}

/* The chunk is named by its path in the source tree, as error messages show. */
static void compile(struct bytes *code, lua_State *L, const struct bytes *text, const char *name)
{
    lua_pushfstring(L, "@%s", name);
    if (luaL_loadbuffer(L, (const char *)text->data, text->len, lua_tostring(L, -1)) != 0)
        fail(lua_tostring(L, -1), name);
    if (lua_dump(L, dump_part, code) != 0)
        fail("cannot be dumped", name);
    if (!bytecode_sort(code->data, code->len))
        (void)fprintf(stderr, "embed: %s: its bytecode is not the same each time\n", name);
    lua_settop(L, 0);
}

/* The 0 behind is no part of it: an array must not be empty in C. */
static void write_array(FILE *out, const char *what, int i, const struct bytes *b)
{
    (void)fprintf(out, "static const unsigned char %s_%d[] = {", what, i);
    for (size_t k = 0; k < b->len; k++)
        (void)fprintf(out, "%u,", b->data[k]);
    (void)fputs("0};\n", out);
}

static bool ends_in(const char *name, const char *tail)
{
    size_t len = strlen(name), n = strlen(tail);
    return len > n && strcmp(name + len - n, tail) == 0;
}

/* The arrays of file i. */
static void write_file(FILE *out, int i, lua_State *L, const char *path, const char *name)
{
    struct bytes text = {0}, code = {0}, declarations = {0};
    read_file(&text, path);
    bool is_header = ends_in(name, ".h");
    if (ends_in(name, ".lua"))
        compile(&code, L, &text, name);
    if (is_header)
        declare(&declarations, &text);
    write_array(out, "text", i, is_header ? &declarations : &text);
    write_array(out, "code", i, &code);
    free(declarations.data);
    free(text.data);
    free(code.data);
}

static const char *name_of(const char *path, const char *root)
{
    size_t len = strlen(root);
    if (strncmp(path, root, len) != 0 || path[len] != '/')
        fail("is not below the root", path);
    return path + len + 1;
}

/* A literal such as 1LL has the parser load FFI on its own, where 2.1.0-beta3 may
 * collect what it works on: so FFI is there before. */
static lua_State *new_state(void)
{
    lua_State *L = luaL_newstate();
    if (!L)
        fail("not enough memory", "LuaJIT");
    luaL_openlibs(L);
    lua_pushcfunction(L, luaopen_ffi);
    lua_call(L, 0, 0);
    return L;
}

static void write_table(FILE *out, char **paths, const char *root)
{
    lua_State *L = new_state();
    (void)fputs("#include \"script/embedded.h\"\n\n", out);
    for (int i = 0; paths[i]; i++)
        write_file(out, i, L, paths[i], name_of(paths[i], root));
    lua_close(L);
    (void)fputs("\nconst struct embedded_file embedded_files[] = {\n", out);
    for (int i = 0; paths[i]; i++)
        (void)fprintf(out,
                      "    {\"%s\", text_%d, sizeof text_%d - 1, code_%d, sizeof code_%d - 1},\n",
                      name_of(paths[i], root), i, i, i, i);
    (void)fputs("    {0, 0, 0, 0, 0}\n};\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("wants OUT ROOT FILE...", "usage");
    FILE *out = fopen(argv[1], "w");
    if (!out)
        fail("cannot be made", argv[1]);
    write_table(out, argv + 3, argv[2]);
    if (ferror(out) || fclose(out) != 0)
        fail("cannot be written", argv[1]);
    return 0;
}
