-- -j N: what several processes say of many traces is what one says.
local lfs = require "lfs"
local program = require "support.program"

local folder, names

setup(function()
  folder = program.folder {}
  lfs.mkdir(folder)
  names = {}
  for i, name in ipairs { "http", "mix", "faults", "annotations", "http", "turnover", "mix" } do
    local path = program.recording(name)
    if lfs.attributes(path) then
      local text = program.read(path)
      names[#names + 1] = program.write(("%s/%d.trace"):format(folder, i), i == 2 and text:sub(1, 9000) or text)
    end
  end
end)
teardown(function()
  os.execute("rm -rf '" .. folder .. "'")
  program.clean()
end)

local function run(words, more)
  for _, word in ipairs(more or names) do
    words[#words + 1] = word
  end
  return program.run(words)
end

-- As one process has it, in three.
local function same(words, more)
  local one, many = { "-j", 1 }, { "-j", 3 }
  for _, word in ipairs(words) do
    one[#one + 1], many[#many + 1] = word, word
  end
  local r = run(one, more)
  assert.same(r, run(many, more))
  return r
end

describe("several processes", function()
  it("say what one says: tables, lines, warnings and exit status", function()
    local r = same { "-a", "sum(dur / 3) by reason", "-a", "quantile(dur) by trace" }
    assert.equal(3, r.status)
    assert.matches("could not be read", r.err)
    assert.matches("\nfailed +problem\n", r.out)
    same { "-p", "time,type,g" }
    same { "-F", "csv", "-e", "function on.GoBlock(ev) print(ev) end" }
    same { "-F", "json", "-p", "type,stack" }
    same { "-q", "blocks", "--top=3" }
    same { "-e", "function on.finish(t) print(t.file, t.events) rows('a'):add(t.file) end" }
  end)

  it("say it in one order, on standard output and error", function()
    local function both(n)
      return program.shell(program.line { "-j", n, "-e", "function on.damage(d) print('damage', d.what) end " ..
        "function on.finish(t) print(t.file) end", unpack(names) } .. " 2>&1").out
    end
    assert.equal(both(1), both(4))
  end)

  it("go through the traces one by one where a script has to know those before", function()
    same { "-e", "shared.n = (shared.n or 0) + 1 function on.finish() print(shared.n) end" }
    same { "-e", "function on.finish() shared.n = (shared.n or 0) + 1 print(shared.n) end" }
    same { "-e", "local x = count 'n' function on.GoBlock() x:add() end function on.finish() print(x:total()) end" }
    same { "-e", "local x = count 'n' function on.GoBlock() x:add() end function on.finish() x:print() end" }
    same { "-e", "local x = count 'n' function on.GoBlock() x:add() end function on.done() print(x:total()) end" }
    same { "-e", "local x = count 'n' function on.GoBlock() x:add() end " ..
      "function on.finish(t) if t.file:find '/5' then x:clear() end end" }
    same { "-q", "procs" }
    same { "-q", "overview" }
    same { "-q", "strings" }
  end)

  it("end as one does where a script fails", function()
    local r = same { "-e", "count 'n':add() function on.GoBlock(ev) if trace.file:find '/4' then error 'no' end end" }
    assert.equal(4, r.status)
    assert.matches("no", r.err)
    r = same { "-e", "function on.finish(t) print(t.file) if t.file:find '/4' then fail 'enough' end end" }
    assert.equal(1, r.status)
    assert.matches("gotrace%-lua: enough\n$", r.err)
    same({ "-e", "function on.finish(t) print(t.file) end" }, { names[1], "/nosuch", names[2] })
  end)

  it("end as one does over the memory limit", function()
    local r = run { "-q", "-j", 3, "--memory-limit", "64M", "-e",
      "function on.finish(t) local l = {} for i = 1, 1e9 do l[i] = { i } end end" }
    assert.equal(6, r.status)
    assert.matches("memory", r.err)
  end)

  it("print much without an end to what waits", function()
    local code = "function on.finish(t) local s = ('x'):rep(65535) " ..
      "for i = 1, 300 do io.write(s, '\\n') end print(t.file) end"
    local r = same { "-q", "-e", code }
    assert.is_true(#r.out > 7 * 300 * 65536)
  end)

  it("print it once, also where the traces turn out to depend on each other", function()
    local code = "local x = count 'n' function on.finish(t) local s = ('x'):rep(65535) " ..
      "for i = 1, 300 do io.write(s, i, '\\n') end x:add() print(x:total()) end"
    same { "-q", "-e", code }
  end)

  it("take a trace whose process dies for one that could not be read", function()
    local inside = ("GOTRACE_LUA_INIT=%stests/support/inside/dying.lua"):format(program.root)
    local bad = program.write(folder .. "/dies.trace", program.read(names[1]))
    local list = { bad, names[1], bad .. "x", names[3] }
    program.write(list[3], program.read(names[1]))
    local good = run({ "-a", "count() by type" }, { names[1], names[3] })
    for _, n in ipairs { 2, 4 } do
      local words = { env = inside, "-j", n, "-a", "count() by type" }
      local r = run(words, list)
      assert.equal(3, r.status)
      assert.equal(good.out .. "\nfailed" .. (" "):rep(#bad - 3) .. "problem\n" .. bad ..
        "   the process that read it ended: signal 9\n" ..
        bad .. "x  the process that read it ended: signal 9\n", r.out)
    end
    os.remove(bad)
    os.remove(list[3])
  end)

  it("end together", function()
    local fifo = folder .. "/fifo"
    os.execute("mkfifo " .. fifo)
    local line = ("env --default-signal=INT %s & p=$!; sleep 1; kill -INT $p; wait $p; echo status $?; sleep 1; " ..
      "env -u LD_PRELOAD ps -eo args | grep -F '%s' | grep -vc grep"):format(program.line { "-q", "-j", 2, "-e",
        "function on.done() end function partial() return 1 end function merge(a, b) return a + b end",
        names[1], fifo }, fifo)
    local r = program.shell(line)
    assert.matches("status 130\n0\n$", r.out)
    os.remove(fifo)
  end)

  it("are told of by --explain, and why there are none", function()
    local function told(code)
      return run({ "-n", "--explain", "-j", 2, "-e", code }, {}).err .. run({ "--explain", "-j", 2, "-e", code }).err
    end
    assert.matches("gotrace%-lua: traces: in 2 processes", told "function on.begin() end")
    assert.matches("gotrace%-lua: traces: one by one: %-e keeps things in shared", told "shared.n = 1")
    assert.matches("gotrace%-lua: traces: one by one: %-e has on.done", told "function on.done() end")
  end)

  it("are as many as may be", function()
    for _, n in ipairs { 0, -1, 257, "x" } do
      local r = run { "-j", n, "-a", "count()" }
      assert.equal(2, r.status)
      assert.matches("%-j", r.err)
    end
  end)
end)

describe("many traces", function()
  it("are named by folders, folders in them, and lists", function()
    local deep = program.folder { ["a/1.trace"] = program.read(names[1]), ["a/b/2.trace"] = program.read(names[3]),
      ["3.trace"] = program.read(names[4]), ["a/readme.txt"] = "no trace" }
    local function files(...)
      return run({ "-q", "-e", "function on.begin(t) print(t.file) end" }, { ... })
    end
    assert.equal(deep .. "/3.trace\n", files(deep).out)
    local all = ("%s/3.trace\n%s/a/1.trace\n%s/a/b/2.trace\n"):format(deep, deep, deep)
    assert.equal(all, files("--recursive", deep).out)
    local list = program.tmpfile(all)
    assert.equal(all, files("--files-from", list).out)
    assert.equal(names[1] .. "\n" .. all, files("--files-from", list, names[1]).out)
    assert.equal(all, files("--files-from", program.tmpfile((all:gsub("\n", "\0")))).out)
    local r = program.run { stdin = all, "-q", "-e", "function on.begin(t) print(t.file) end", "--files-from=-" }
    assert.equal(all, r.out)
    assert.equal(2, files("--files-from", "/nosuch").status)
    assert.equal(2, files("--files-from", "/dev/null").status)
  end)

  it("are named by patterns that the shell did not see", function()
    local text = program.read(names[1])
    local at = program.folder { ["b.trace"] = text, ["a.trace"] = text, ["c.txt"] = "no trace",
      ["d/e.trace"] = text,
      ["d/f/g.trace"] = text, [".h/i.trace"] = text, [".j.trace"] = text, ["d/k/.l"] = text, ["x*.trace"] = text }
    local function named(...)
      local r = program.shell(("cd '%s' && %s"):format(at, program.line { "-q", "-e",
        "function on.begin(t) print(t.file) end", ... }))
      return (r.out:gsub("\n", " ")), r
    end
    assert.equal("a.trace b.trace x*.trace ", named "*.trace")
    assert.equal("a.trace b.trace ", named "?.t?ace")
    assert.equal("", named "[ab].tr?ce")
    assert.equal("x*.trace ", named "x*.trace")
    assert.equal("d/e.trace ", named "*/*.trace")
    assert.equal("a.trace b.trace d/e.trace d/f/g.trace x*.trace ", named "**/*.trace")
    assert.equal("d/e.trace d/f/g.trace ", named "d/**/*.trace")
    assert.equal("./d/f/g.trace ", named "./d/*/g.trace")
    assert.equal(".h/i.trace ", named ".h/*.trace")
    assert.equal(at .. "/d/e.trace ", named(at .. "/d/*.trace"))
    assert.equal("a.trace b.trace x*.trace d/e.trace ", named("?.trace", "x*.trace", "d/*"))
    for _, pattern in ipairs { "n*.trace", "*/n", "nosuch/*", "d/**" .. "/q*" } do
      local out, r = named(pattern)
      assert.equal("", out)
      assert.equal(2, r.status)
      assert.is_truthy(r.err:find("no file is called like " .. pattern, 1, true), r.err)
    end
    -- as the shell, which does not look into files either
    local _, r = named "*.t?*"
    assert.equal(3, r.status)
    -- and a page about them, where no script is named
    r = program.shell(("cd '%s' && %s"):format(at, program.line { "d/**/*.trace" }))
    assert.equal(0, r.status, r.err)
    assert.is_truthy(r.out:find("d/f/g.trace", 1, true), r.out)
  end)

  it("are found once, and soon, where links lead in circles", function()
    local at = program.folder { ["a/1.trace"] = program.read(names[1]), ["b/2.trace"] = program.read(names[1]) }
    for _, link in ipairs { "a/x -> ../b", "a/y -> ../b", "b/x -> ../a", "b/y -> ../a", "b/z -> .", "c -> ." } do
      program.shell(("cd '%s' && ln -s %s"):format(at, link:gsub("(.*) %-> (.*)", "%2 %1")))
    end
    for _, words in ipairs { { "**/*.trace" }, { "**/**/*.trace" }, { "--recursive", "." } } do
      local r = program.shell(("cd '%s' && timeout 20 %s"):format(at, program.line { "-q", "-e",
        "function on.begin(t) print(t.file:match '[^/]*$') end", unpack(words) }))
      assert.equal("1.trace\n2.trace\n", r.out)
    end
  end)

  it("are counted, all of them, where progress is shown", function()
    local r = program.run { "-j", "2", "--progress", "-a", "count()", unpack(names) }
    assert.equal(3, r.status) -- one is cut short
    assert.is_truthy(r.err:find("\r%d+/" .. #names .. " traces  "), r.err)
  end)
end)

describe("many small traces", function()
  local small = {}

  setup(function()
    local at = program.folder {}
    local all = { "annotations", "faults", "turnover", "channels", "sync" }
    for i = 1, 70 do
      local text = program.read(program.recording(all[(i - 1) % #all + 1]))
      text = i % 9 == 4 and text:sub(1, math.floor(#text * 0.6)) or text
      small[i] = program.write(("%s/%02d.trace"):format(at, i), i == 30 and "no trace" or text)
    end
  end)

  it("are read several in a row, with the same result", function()
    local r = same({ "-F", "json", "-a", "sum(dur / 3), quantile(dur), last(dur) by reason", "-a", "count() by trace",
      "-e", "local t = top('longest', 'stack'):top(5) local list = rows('trace', 'n') " ..
      "local who = count('who', 'goroutine') function on.state(s) t:add(s.stack or 'none', s.dur) " ..
      "if s.g then who:add(trace.goroutine(s.g)) end end " ..
      "function on.finish(f) print(f.file, f.events) list:add(trace, f.events) rows('a'):add(f.file) end" }, small)
    assert.equal(3, r.status)
    assert.is_truthy(r.out:find("30.trace", 1, true))
    same({ "-F", "csv", "-p", "type,g" }, small)
    same({ "-q", "goroutines", "--by", "trace" }, small)
  end)

  it("go on one by one behind those that depend on others", function()
    same({ "-q", "-e", "local x = count 'n' function on.finish(t) x:add() " ..
      "if t.file:find '41.trace' then print(x:total()) end end" }, small)
  end)

  it("end as one does where a script fails", function()
    local r = same({ "-q", "-a", "count()", "-e", "function on.finish(t) print(t.file) " ..
      "if t.file:find '44.trace' then fail 'no' end end" }, small)
    assert.equal(1, r.status)
  end)

  it("cost the trace that ends a process, and no other", function()
    local at = program.folder {}
    local list = {}
    for i = 1, 70 do
      list[i] = program.write(("%s/%s%02d.trace"):format(at, i % 20 == 7 and "dies" or "t", i), program.read(small[1]))
    end
    local good = {}
    for _, path in ipairs(list) do
      good[#good + 1] = not path:find "dies" and path or nil
    end
    local code = { "-F", "csv", "-a", "count() by type", "-e", "function on.finish(t) print(t.file) end" }
    local words = { env = ("GOTRACE_LUA_INIT=%stests/support/inside/dying.lua"):format(program.root), "-j", 2,
      unpack(code) }
    local one, r = run({ unpack(code) }, good), run(words, list)
    assert.equal(3, r.status)
    assert.equal(one.out, r.out:sub(1, #one.out))
    assert.equal(4, select(2, r.out:gsub("dies%d%d.trace,the process that read it ended: signal 9\n", "")))
  end)
end)
