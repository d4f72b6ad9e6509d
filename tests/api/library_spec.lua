-- The library as it is installed: what is there, what it exports, whether programs can be
-- built with it that say what gotrace-lua says, and what it keeps beside its handles.
--
-- GOTRACE_TSAN names a build under ThreadSanitizer, for what threads race for.
local examples = require "support.examples"
local program = require "support.program"

local root = program.root
local here = root == "" and "." or root
local lib = os.getenv "GOTRACE_LIB" or root .. "build/debug/libgotrace.so"
local build = lib:match "^(.*)/[^/]*$"
local PAGE = "docs/library.md"

-- What a command line prints; it has to end well.
local function output(line)
  local r = program.shell(line)
  assert(r.status == 0, line .. "\n" .. r.out .. r.err)
  return r.out
end

local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

-- Where `cmake --install` has put all, and a folder with the examples to work in.
local prefix, folder

setup(function()
  prefix = program.folder {}
  output(("cmake --install '%s' --prefix '%s'"):format(build, prefix))
  folder = program.folder {
    ["count.c"] = program.read(root .. "docs/examples/count.c"),
    ["filter.c"] = program.read(root .. "docs/examples/filter.c"),
  }
  output(("ln -s \"$(cd '%s' && pwd)/testdata\" '%s'"):format(here, folder))
end)

teardown(program.clean)

-- A command line in that folder, that finds the library and the program.
local function beside(line)
  local environment = "PATH='%s/bin':$PATH PKG_CONFIG_PATH='%s/lib/pkgconfig' LD_LIBRARY_PATH='%s/lib' " ..
    "LD_PRELOAD=$GOTRACE_PRELOAD"
  return ("cd '%s'; export %s; %s"):format(folder, environment:format(prefix, prefix, prefix), line)
end

-- What gotrace.h declares, sorted.
local function declared()
  local text = program.read(root .. "src/gotrace.h"):gsub("/%*.-%*/", "")
  local names, seen = {}, {}
  for name in text:gmatch "(gotrace_[%w_]+)%(" do
    if not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

describe("the library", function()
  it("exports what gotrace.h declares, and nothing else", function()
    local exported = {}
    for _, line in ipairs(lines(output(("nm -D --defined-only '%s/lib/libgotrace.so'"):format(prefix)))) do
      exported[#exported + 1] = line:match " T ([%w_]+)"
    end
    table.sort(exported)
    assert.same(declared(), exported)
  end)

  it("has the number of its ABI in its name", function()
    local abi = program.read(root .. "src/gotrace.h"):match "GOTRACE_ABI = (%d+),"
    local said = output(("readelf -d '%s/lib/libgotrace.so'"):format(prefix))
    assert.equal("libgotrace.so." .. abi, said:match "soname: %[(.-)%]")
  end)

  it("has a header that stands alone", function()
    local text = program.read(prefix .. "/include/gotrace.h")
    assert.is_nil(text:match '#include "')
    local cc = "cc -std=c11 -pedantic -Wall -Wextra -Werror -x c -fsyntax-only"
    output(("echo '#include <gotrace.h>' | %s -I'%s/include' -"):format(cc, prefix))
  end)

  it("says which version it is, as the program does", function()
    assert.equal(output(beside "pkg-config --modversion gotrace"),
      output(beside "gotrace-lua --version"):match "(%d[%d.]*)" .. "\n")
    assert.equal(program.read(root .. "src/gotrace.h"):match '#define GOTRACE_VERSION "([%d.]+)"',
      output(beside "gotrace-lua --version"):match "(%d[%d.]*)")
  end)

  -- What remains is said in docs/library.md; names_on_thread's is each thread's own.
  -- Sanitizers and gcov keep data of their own.
  it("keeps nothing beside its handles but what has to be the process's", function()
    local known = {
      budget = "base/mem", failing = "base/mem: for specs", -- of all memory
      guards = "io/mapping", installed = "io/mapping", installing = "io/mapping", -- SIGBUS
      previous = "io/mapping", page_size = "io/mapping",
      slots = "io/out/temporary", -- names to be unlinked
      completed = "the compiler's, as is what begins with __",
    }
    local symbols = output(("objdump -t '%s'"):format(lib))
    if symbols:find "__asan_" or symbols:find "__tsan_" or symbols:find "__gcov_" then
      return
    end
    local kept = {}
    for _, line in ipairs(lines(symbols)) do
      local section, name = line:match "^%x+ ......O (%.%S+)%s+%x+%s+(.*)$"
      if section and section:find "^%.[bd][sa][st][sa]?" and not section:find "^%.data%.rel%.ro" then
        name = name:gsub("%.%d+$", "")
        kept[name] = true
        assert.is_truthy(known[name] or name:find "^__", ("%s in %s: a global that changes"):format(name, section))
      end
    end
    assert.is_true(kept.budget and kept.slots) -- they are seen
  end)
end)

describe("programs of " .. PAGE, function()
  local FLAGS = "-std=c11 -pedantic -Wall -Wextra -Wconversion -Werror -D_POSIX_C_SOURCE=200809L"
  local TRACES = { "go1.15-mix.trace", "go1.21-mix.trace", "go1.22-mix.trace", "go1.27-mix.trace" }

  setup(function()
    for _, name in ipairs { "count", "filter" } do
      output(beside(("cc %s %s.c -o %s $(pkg-config --cflags --libs gotrace)"):format(FLAGS, name, name)))
    end
  end)

  it("are shown as they are", function()
    local page = program.read(root .. PAGE)
    for _, name in ipairs { "count", "filter" } do
      local text = program.read(root .. ("docs/examples/%s.c"):format(name))
      assert.is_truthy(page:find("```c\n" .. text .. "```\n", 1, true), name)
      local length = #lines(text)
      assert.is_true(length >= 30 and length <= 60, name)
    end
  end)

  it("do what is shown", function()
    for _, example in ipairs(examples.of(PAGE)) do
      local said = output(beside("{ " .. example.command .. "\n} 2>&1"))
      said = said:gsub("[^\n]*libasan[^\n]* warning: [^\n]*\n", "") -- the linker's, of a sanitizer
      assert.equal(example.output, said, example.command)
    end
  end)

  it("count what the program counts", function()
    for _, name in ipairs(TRACES) do
      local trace = "testdata/real/" .. name
      local line = "gotrace-lua -a 'count() by type' -F csv %s | tail -n +2 | tr , ' ' | sort"
      local said = output(beside(line:format(trace)))
      assert.is_true(#lines(said) > 5, name)
      assert.equal(said, output(beside(("./count %s | sort"):format(trace))), name)
    end
  end)

  it("write what the program writes", function()
    for _, name in ipairs(TRACES) do
      local trace = "testdata/real/" .. name
      output(beside(("./filter %s ours 1 && gotrace-lua -q -o theirs -f 'g ~= 1' %s"):format(trace, trace)))
      output(beside(("cmp ours theirs && ! cmp -s ours %s"):format(trace)))
    end
  end)

  it("say what is wrong", function()
    local r = program.shell(beside "./filter nothing ours 1")
    assert.same({ 1, "", "filter: cannot open nothing\n" }, { r.status, r.out, r.err })
    r = program.shell(beside "./count count.c")
    assert.equal(2, r.status)
    assert.matches("^count: ", r.err)
  end)

  it("end for Ctrl-C with what has come", function()
    local said = output(beside([[mkfifo live
      { cat testdata/real/go1.27-mix.trace; sleep 10; } >live &
      timeout -s INT 1 ./count live >counted; kill $!
      sed -n '/GoCreate/p' counted]]))
    assert.matches("^GoCreate %d+\n$", said)
  end)
end)

-- two_threads.c with a library in `dir`.
local function two_threads(dir, flags, before)
  local traces = ""
  for _, name in ipairs { "go1.27-mix", "go1.26-gc", "go1.21-mix", "go1.15-mix" } do
    traces = traces .. (" '%stestdata/real/%s.trace'"):format(root, name)
  end
  local to = program.folder {}
  local cc = "cc -g -Wall -Wextra -Werror -pthread " .. flags
  output(("%s -I'%ssrc' '%stests/api/two_threads.c' -o '%s/program' -L'%s' -lgotrace"):format(cc, root, root, to, dir))
  local environment = ("LD_LIBRARY_PATH='%s' LD_PRELOAD=$GOTRACE_PRELOAD"):format(dir)
  return output(("%s timeout 300 %s '%s/program' '%s' %s"):format(environment, before, to, to, traces))
end

describe("two threads", function()
  local function check(said)
    assert.equal(5, #lines(said), said)
    assert.matches("17246 events, %d%d%d%d+ spans, %d+ bytes\n", said)
    assert.matches("\ninterrupted\n$", said)
  end

  it("each with a trace see what one sees", function()
    for _, threads in ipairs { 1, 2 } do
      check(two_threads(prefix .. "/lib", "", ("env GOTRACE_THREADS=%d"):format(threads)))
    end
  end)

  local tsan = os.getenv "GOTRACE_TSAN"
  if tsan then
    it("race for nothing", function()
      for _, threads in ipairs { 1, 2, 4 } do
        check(two_threads(tsan .. "/library", "-fsanitize=thread",
          ("env GOTRACE_THREADS=%d TSAN_OPTIONS=exitcode=66 setarch -R"):format(threads)))
      end
    end)
  end
end)
