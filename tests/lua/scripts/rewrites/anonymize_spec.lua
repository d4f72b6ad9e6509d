-- anonymize: what stays, what is written instead, and what is never written. Whether Go takes
-- it, with the same figures, is tests/oracle's to judge.
local ffi = require "ffi"
local lfs = require "lfs"
local program = require "support.program"
local tools = require "support.tools.tools"

teardown(program.clean)

local real = program.root .. "testdata/real/"

-- Functions of a stack, by their file.
local TRACE = [[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {gen: 5, time: 1000000005000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 1000000005000, sec: 1700000000, nsec: 0}]
  - EventBatch: {gen: 5, m: 70001, time: 1000000005000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 18000000, target_m: 70001, status: Running}
      - UserTaskBegin: {dt: 1, task: 900001, name: 4, stack: 1}
      - UserLog: {dt: 1, task: 900001, key: 5, value: 6, stack: 1}
      - UserTaskEnd: {dt: 1, task: 900001, stack: 1}
      - GoBlock: {dt: 50, reason: 7, stack: 2}
  - EventBatch: {gen: 5}
    stacks:
      - {id: 1, frames: [FIRST]}
      - {id: 2, frames: [SECOND]}
  - EventBatch: {gen: 5}
    strings:
      - {id: 4, data: "task TEXT"}
      - {id: 5, data: "key"}
      - {id: 6, data: "value"}
      - {id: 7, data: "REASON"}
STRINGS
  - EndOfGeneration
]]

local GOROOT = "/Users/alice/sdk/go1.27/src/"

-- Behind it: one of a further generation, with a log.
local LATER = [[
  - EventBatch: {gen: GEN, time: 100000000GEN000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 100000000GEN000, sec: 170000000GEN, nsec: 0}]
  - EventBatch: {gen: GEN, m: 70001, time: 100000000GEN000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 18000000, status: Waiting}
      - GoUnblock: {dt: 1, target_g: 18000000, g_seq: 1}
      - GoStart: {dt: 1, target_g: 18000000, g_seq: 2}
      - UserLog: {dt: 1, task: 0, key: 1, value: 2}
      - GoBlock: {dt: 1}
  - EventBatch: {gen: GEN}
    strings:
      - {id: 1, data: "key"}
      - {id: 2, data: "see VALUE"}
  - EndOfGeneration
]]

local function later(generation, value)
  return LATER:gsub("GEN", generation):gsub("VALUE", value)
end

-- A trace with a stack of these frames, { func, file } each, behind one of runtime's.
local function trace_of(frames, values)
  local strings, shown = {}, { {}, {} }
  local function string_of(text)
    strings[#strings + 1] = ('      - {id: %d, data: "%s"}'):format(#strings + 20, text)
    return #strings + 19
  end
  local function add(list, frame, line)
    list[#list + 1] = ("{pc: %d, func: %d, file: %d, line: %d}"):format(0x1000 * line, string_of(frame[1]),
      string_of(frame[2]), line)
  end
  local goroot = values and values.goroot or GOROOT
  add(shown[1], { "runtime.gopark", goroot .. "runtime/proc.go" }, 7)
  for i, frame in ipairs(frames) do
    add(shown[2], frame, 10 + i)
  end
  local words = { FIRST = table.concat(shown[1], ", "), SECOND = table.concat(shown[2], ", "),
    TEXT = values and values.text or "text", REASON = values and values.reason or "chan receive",
    STRINGS = table.concat(strings, "\n") }
  local text = TRACE .. (values and values.later or "")
  return program.build((text:gsub("%u%u%u+", words)))
end

local function anonymize(path, ...)
  local out = program.tmpname()
  os.remove(out)
  return out, program.run { "-q", "-o", out, "anonymize", path, ... }
end

local function anonymized(path, ...)
  local out, r = anonymize(path, ...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  assert.equal(0, program.run { "--verify", out }.status)
  return out
end

-- The frames of the wait, "func file" each.
local function stack_of(path)
  local r = program.run { "-q", "-e", [[function on.GoBlock(ev)
    for _, f in ipairs(ev.stack) do print(f.func, f.file, f.line) end end]], path }
  assert.equal("", r.err)
  return r.out
end

local function shown(path, what)
  return program.run { "-q", "-p", what, path }.out
end

-- What becomes of a frame.
local function frame(func, file, ...)
  return (stack_of(anonymized(trace_of { { func, file } }, ...)):match "^(.*)\t%d+\n$"):gsub("\t", " ")
end

describe("anonymize keeps", function()
  for func, files in pairs {
    ["net/http.(*conn).serve"] = { GOROOT .. "net/http/server.go", "net/http/server.go" },
    ["time.Sleep"] = { GOROOT .. "runtime/time.go", "runtime/time.go" },
    ["sync.(*Once).doSlow.deferwrap1"] = { GOROOT .. "sync/once.go", "sync/once.go" },
    ["iter.Pull[...].func1"] = { GOROOT .. "iter/iter.go", "iter/iter.go" },
    ["vendor/golang.org/x/net/idna.F"] = { GOROOT .. "vendor/golang.org/x/net/idna/x.go",
      "vendor/golang.org/x/net/idna/x.go" },
    ["main.main"] = { "/Users/alice/secret.go", "main/file1.go" },
  } do
    it(func, function()
      assert.equal(func .. " " .. files[2], frame(func, files[1]))
    end)
  end

  it("Go's own where paths are trimmed", function()
    local path = trace_of({ { "net/http.(*conn).serve", "net/http/server.go" },
      { "net/http.secret", "/Users/alice/src/net/http/secret.go" } }, { goroot = "" })
    assert.equal("net/http.(*conn).serve\tnet/http/server.go\t1\npkg1.fn1\tpkg1/file1.go\t1\n",
      stack_of(anonymized(path)))
  end)

  it("the runtime's words, and no others", function()
    assert.truthy(shown(anonymized(trace_of({}, { reason = "sync" })), "reason"):find "sync\n")
    assert.truthy(shown(anonymized(trace_of({}, { reason = "secret" })), "reason"):find "reason1\n")
  end)

  it("what --keep says, but for folders; --deny is stronger", function()
    local func, file = "example.com/a/b.(*T).m", "/Users/alice/b/x.go"
    assert.equal("example.com/a/b.(*T).m example.com/a/b/x.go", frame(func, file, "--keep=^example"))
    assert.equal("pkg1.(*T1).fn2 pkg1/file1.go", frame(func, file, "--keep=^example", "--deny=b"))
    assert.equal("pkg1.fn1 pkg1/file1.go", frame("time.Sleep", GOROOT .. "runtime/time.go", "--deny=Sleep"))
  end)

  it("packages of one version of Go with --go", function()
    local func, file = "slices.Sort[...]", GOROOT .. "slices/sort.go"
    assert.equal("slices.Sort[...] slices/sort.go", frame(func, file, "--go=1.24"))
    assert.equal("pkg1.fn1[...] pkg1/file1.go", frame(func, file, "--go=1.20"))
    local _, r = anonymize(trace_of {}, "--go=24")
    assert.truthy(r.err:find "is not a version of Go such as 1.24")
  end)
end)

describe("anonymize replaces", function()
  for func, want in pairs {
    ["example.com/a/b.(*Ledger).Pay"] = "pkg1.(*T1).fn2 pkg1/file1.go",
    ["example.com/a/b.Pay.func1.2"] = "pkg1.fn1.func1.2 pkg1/file1.go",
    ["example.com/a/b_test.TestPay"] = "pkg1_test.fn1 pkg1_test/file1.go",
    ["example.com/a/b.Map[...]"] = "pkg1.fn1[...] pkg1/file1.go",
    ["type:.eq.example.com/a/b.Ledger"] = "type:.eq.pkg1.fn1 pkg1/file1.go",
    ["main._Cfunc_pay"] = "main._Cfunc_fn1 main/file1.go",
    ["pay_in_c"] = "fn1 file1.go",
    ["slices.SortFunc[go.shape.struct { example.com/b.T }]"] = "pkg1.fn1[T2] pkg1/file1.go",
  } do
    it(func, function()
      assert.equal(want, frame(func, "/Users/alice/src/b/pay.go"))
    end)
  end

  it("types in Go's own functions", function()
    assert.equal("slices.SortFunc[T1].fn2 slices/sort.go",
      frame("slices.SortFunc[go.shape.struct { example.com/b.T }].secret", GOROOT .. "slices/sort.go"))
  end)

  it("paths of Windows, and keeps what tools call their files", function()
    assert.equal("pkg1.fn1 pkg1/file1.go", frame("example.com/b.Pay", "C:/Users/alice/b/pay.go"))
    assert.equal("fn1 file1.c", frame("pay", [[C:\\Users\\alice\\b\\pay.c]]))
    assert.equal("main.fn1 main/_cgo_gotypes.go", frame("main.pay", "_cgo_gotypes.go"))
    assert.equal("pkg1.(*T1).fn2 <autogenerated>", frame("example.com/b.(*T).m", "<autogenerated>"))
    local path = trace_of({ { "net/http.(*conn).serve", "C:/Users/alice/go/src/net/http/server.go" } },
      { goroot = "C:/Users/alice/go/src/" })
    assert.equal("net/http.(*conn).serve\tnet/http/server.go\t1\n", stack_of(anonymized(path)))
  end)

  it("one name by one word, lines by lines of their own", function()
    local pay, other = { "b.com/x.Pay", "/Users/x.go" }, { "b.com/x.(*T).Pay", "/Users/x.go" }
    local out = anonymized(trace_of { pay, other, pay })
    assert.equal("pkg1.fn1\tpkg1/file1.go\t1\npkg1.(*T2).fn1\tpkg1/file1.go\t1\npkg1.fn1\tpkg1/file1.go\t2\n",
      stack_of(out))
    assert.truthy(stack_of(anonymized(trace_of { pay }, "--lines")):find "\t11\n")
  end)

  it("words that are not the trace's", function()
    local out = anonymized(trace_of({ { "b.com/x.fn1", "/Users/pkg1.go" } }, { text = "fn2 file1" }))
    assert.equal("pkg2.fn3\tpkg2/file2.go\t1\n", stack_of(out))
    assert.equal(0, program.run { "-q", "-o", program.tmpname(), "anonymize", out }.status)
  end)

  it("words that are not the trace's, from a pipe too", function()
    local path = trace_of({ { "b.com/x.fn1", "/Users/pkg1.go" } }, { text = "fn2 file1" })
    local out = program.tmpname()
    local r = program.shell(("cat '%s' | %s"):format(path, program.line { "-q", "-o", out, "anonymize", "-" }))
    assert.equal("", r.err)
    assert.equal("pkg2.fn3\tpkg2/file2.go\t1\n", stack_of(out))
  end)

  it("words that come later, which a pipe does not tell in time", function()
    local path = trace_of({ { "b.com/x.Pay", "/Users/pay.go" } }, { later = later(6, "x") .. later(7, "pkg1") })
    assert.equal("pkg2.fn1\tpkg2/file1.go\t1\n", stack_of(anonymized(path)))
    local out = program.tmpname()
    os.remove(out)
    local r = program.shell(("cat '%s' | %s"):format(path, program.line { "-q", "-o", out, "anonymize", "-" }))
    assert.equal(5, r.status)
    assert.truthy(r.err:find("the trace itself has the word pkg1", 1, true), r.err)
    assert.is_nil(lfs.attributes(out))
  end)

  it("clocks and numbers of the machine", function()
    local path = trace_of { { "main.main", "/x.go" } }
    local function first(out)
      return shown(out, "g, m"):match "18000000\t70001" ~= nil
    end
    assert.is_true(first(path))
    assert.is_false(first(anonymized(path)))
    assert.is_true(first(anonymized(path, "--ids")))
    local function dump(...)
      return program.run { "yaml", anonymized(path, ...) }.out
    end
    assert.is_nil(dump():find "17000000")
    assert.is_nil(dump():find "1000000005")
    assert.truthy(dump("--wall=keep"):find "17000000")
    assert.truthy(dump("--times=keep"):find "1000000005")
    assert.is_nil(dump("--wall=keep"):find "1000000005")
  end)

  it("tasks, regions and logs as it is told", function()
    local path = real .. "go1.27-annotations.trace"
    local function values(what, ...)
      return shown(anonymized(path, ...), what)
    end
    assert.is_nil(values "type":find "UserLog")
    assert.truthy(values("key, value", "--logs=hash"):find "key%d\tvalue%d")
    assert.equal(shown(path, "key, value"), values("key, value", "--logs=keep"))
    assert.equal(shown(path, "type == 'UserTaskBegin' and name"),
      values("type == 'UserTaskBegin' and name", "--tasks", "--logs=hash"))
    assert.is_nil(values "name":find "step")
  end)
end)

describe("anonymize with a key", function()
  if not pcall(ffi.load, "libsodium.so.23") and not pcall(ffi.load, "libsodium.so.26") then
    tools.without({ why = "libsodium is not installed" }, pending)
    return
  end
  local key = program.tmpfile(("k"):rep(32))

  -- The functions of a trace, sorted.
  local function functions(path)
    local list = {}
    for name in program.run({ "-q", "strings", path }).out:gmatch "[^\n]+" do
      list[#list + 1] = name:find "fn_" and name or nil
    end
    table.sort(list)
    return table.concat(list, "\n")
  end

  it("has the same words in each trace, and others with another", function()
    local frames = { { "b.com/x.(*T).Pay", "/Users/x.go" } }
    local more = { { "c.com/y.First", "/Users/y.go" }, frames[1] }
    local word = stack_of(anonymized(trace_of(frames), "--key=" .. key))
    local pattern = "^pkg_[a-z2-7]+%.%(%*T_[a-z2-7]+%)%.fn_[a-z2-7]+\tpkg_[a-z2-7]+/file_[a-z2-7]+%.go\t%d+\n$"
    assert.truthy(word:find(pattern), word)
    assert.equal(16, #word:match "pkg_([a-z2-7]+)")
    local other = stack_of(anonymized(trace_of(more), "--key=" .. key))
    assert.equal(word:match "^%S+\t%S+", other:match "\n(%S+\t%S+)")
    local another = program.tmpfile(("l"):rep(32))
    assert.is_nil(stack_of(anonymized(trace_of(frames), "--key=" .. another)):find(word:match "fn_(%w+)", 1, true))
    local annotations = real .. "go1.27-annotations.trace"
    local once, twice = anonymized(annotations, "--key=" .. key), anonymized(annotations, "--key=" .. key)
    assert.equal(functions(once), functions(twice))
  end)

  -- A trace of so many tasks, each with a name of its own.
  local function tasks(n)
    local events, strings = {}, {}
    for i = 1, n do
      events[i] = ("      - UserTaskBegin: {dt: 1, task: %d, name: %d}"):format(i, 100 + i)
      strings[i] = ('      - {id: %d, data: "secret task %d"}'):format(100 + i, i)
    end
    local head = TRACE:gsub("      %- UserTaskBegin.-GoBlock[^\n]+", function()
      return table.concat(events, "\n")
    end)
    local words = { FIRST = "", SECOND = "", TEXT = "t", REASON = "sync", STRINGS = table.concat(strings, "\n") }
    return program.build((head:gsub("%u%u%u+", words)))
  end

  -- Runs with hashes of that many bits: a seam of the module that an --unsafe script alone can reach.
  local function with_bits(bits, path)
    local out = program.tmpname()
    os.remove(out)
    local code = ('require("gotrace.base.key").cut(%d)'):format(bits)
    return out, program.run { "-q", "--unsafe", "-e", code, "-o", out, "-s", "anonymize", "--key=" .. key, path }
  end

  it("ends the run if two names have the same hash, which with 16 bits they soon have", function()
    local path = tasks(2000)
    local out, r = with_bits(16, path)
    assert.equal(5, r.status)
    assert.truthy(r.err:find("two names of this trace have the same keyed hash, [a-z2-7]+: nothing is written; " ..
      "another key will do\n"), r.err)
    assert.is_nil(lfs.attributes(out))
    out, r = with_bits(80, path)
    assert.equal("", r.err)
    local words = {}
    for word in program.run({ "-q", "-p", "type == 'UserTaskBegin' and name", out }).out:gmatch "task_[a-z2-7]+" do
      words[word] = (words[word] or 0) + 1
    end
    local count = 0
    for word, times in pairs(words) do
      assert.equal(1, times, word)
      count = count + 1
    end
    assert.equal(2000, count)
  end)

  it("cannot be cut from the sandbox", function()
    local _, r = anonymize(trace_of {}, "--key=" .. key, "-e", 'require("gotrace.base.key").cut(16)')
    assert.equal(2, r.status)
    assert.truthy(r.err:find 'no module "gotrace.base.key"', r.err)
  end)

  it("of a million names has a million hashes", function()
    local code = ([[local key, seen, count = require("gotrace.base.key").read("%s"), {}, 0
      for i = 1, 1e6 do
        local hash = key:hash("name" .. i)
        count, seen[hash] = count + (#hash == 16 and not seen[hash] and 1 or 0), true
      end
      print(count)]]):format(key)
    local r = program.run { "-q", "--unsafe", "-e", code, program.small() }
    assert.equal("1000000\n", r.out, r.err)
  end)

  it("wants a file with enough in it", function()
    local _, r = anonymize(trace_of {}, "--key=" .. program.tmpfile "short")
    assert.equal(2, r.status)
    assert.truthy(r.err:find "it has less than 16 bytes")
    _, r = anonymize(trace_of {}, "--key=/nowhere/key")
    assert.equal(2, r.status)
    assert.truthy(r.err:find "No such file")
  end)

  it("wants a library, and says which", function()
    local dir = program.folder { ["libsodium.so.23"] = "", ["libsodium.so.26"] = "" }
    local words = { "-o", program.tmpname(), "anonymize", "--key=" .. key, trace_of {} }
    local r = program.shell(("LD_LIBRARY_PATH='%s' %s"):format(dir, program.line(words)))
    assert.equal(2, r.status)
    assert.truthy(r.err:find("it takes libsodium (apt install libsodium23)", 1, true), r.err)
  end)

  it("does not show the key", function()
    for _, words in ipairs { { "--dry-run" }, {} } do
      local out, r = anonymize(real .. "go1.27-annotations.trace", "--key=" .. key, unpack(words))
      assert.is_nil((r.out .. r.err):find "kkkk")
      assert.is_nil(lfs.attributes(out) and program.read(out):find "kkkk")
    end
  end)
end)

describe("the audit", function()
  local function failing(script, path, ...)
    local out = program.tmpname()
    os.remove(out)
    local r = program.run { "-q", "-o", out, "anonymize", "-e", script, path, ... }
    assert.is_nil(lfs.attributes(out))
    return r.err, r.status
  end

  it("finds a name that no rule has kept", function()
    local err, status = failing("function on.string(s, role) return role == 'task' and 'my secret' or nil end",
      real .. "go1.27-annotations.trace")
    assert.equal("gotrace-lua: nothing is written: no rule has kept 'my secret', which is in its tables\n", err)
    assert.equal(5, status)
  end)

  it("finds what the trace had, wherever it stands", function()
    local err, status = failing("function on.string(s, role) return role == 'experiment' and " ..
      "'main.allocFree.func1' or nil end", real .. "go1.27-allocfree.trace")
    assert.truthy(err:find("nothing is written: func 'main.allocFree' of the trace that is read stands in " ..
      "what would be, at byte %d+\n"), err)
    assert.equal(5, status)
  end)

  it("holds for what streams: nothing goes out", function()
    local script = "function on.string(s, role) return role == 'task' and 'my secret' or nil end"
    local r = program.run { "-q", "-o", "-", "anonymize", "-e", script, real .. "go1.27-annotations.trace" }
    assert.equal("", r.out)
    assert.equal(5, r.status)
    r = program.run { "-q", "-o", "-", "anonymize", real .. "go1.27-annotations.trace" }
    assert.equal(0, r.status)
    assert.equal(0, program.run { "--verify", program.tmpfile(r.out) }.status)
  end)

  it("lists what stays, beside the trace", function()
    local dir = program.folder {}
    local out, list = dir .. "/out.trace", dir .. "/list"
    local r = program.run { "-q", "-o", out, "anonymize", "--audit=" .. list, trace_of {} }
    assert.equal("", r.err)
    assert.equal("func\truntime.gopark\nfile\truntime/proc.go\nreason\tchan receive\n", program.read(list))
    r = program.run { "-q", "-o", out, "anonymize", "--audit=" .. out, trace_of {} }
    assert.equal(2, r.status)
  end)

  it("says what remains visible", function()
    local r = program.run { "-o", program.tmpname(), "anonymize", trace_of {} }
    assert.truthy(r.err:find("3 names stay, 1 are replaced; timing, core count and calling patterns remain visible\n",
      1, true), r.err)
  end)

  it("shows what would be with --dry-run, and writes nothing", function()
    local r = program.run { "-q", "anonymize", "--dry-run", trace_of { { "b.com/x.Pay", "/Users/x.go" } } }
    assert.equal("", r.err)
    assert.equal(table.concat({
      "role         stay  replaced  such as",
      "func            1         1  b.com/x.Pay > pkg1.fn1",
      "file            1         1  /Users/x.go > pkg1/file1.go",
      "reason          1         0",
      "task            0         1  task text > task1", "",
      "log key            logs  become    such as; what the values look like",
      "key                   1  dropped   value",
    }, "\n"), r.out:match "^(.-)\n\nlooks like")
    local out
    out, r = anonymize(trace_of {}, "--dry-run")
    assert.equal(0, r.status)
    assert.is_nil(lfs.attributes(out))
  end)
end)
