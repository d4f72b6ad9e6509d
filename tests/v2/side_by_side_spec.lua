-- Generations side by side: what is delivered is what one thread delivers, also where
-- the edges of generations disagree, and whatever is broken.
local engine = require "support.engine"
local lfs = require "lfs"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local idle = trace.idle

engine.cdef "int setenv(const char *, const char *, int); int unsetenv(const char *);"

local INFO, EVENT = ffi.sizeof "gotrace_info", ffi.sizeof "gotrace_event"

-- Few enough types, none of which states something.
local WANTED = {
  { "GCBegin", "UserTaskBegin", "UserRegionEnd", "ProcSteal", "STWEnd" },
  { "GoCreate", "GoDestroy", "GCActive", "GCEnd", "UserTaskEnd", "GoSyscallEndBlocked" },
  { "HeapAlloc", "GoStart", "GoUnblock", "ProcStart", "ProcStop", "GoLabel", "CPUSample", "UserLog" },
  {},
}

local function string_of(names, id)
  return id < lib.gotrace_string_count(names) and reading.string(names, id) or "none"
end

-- All that gotrace_next shows with so many threads, a line an event; names as what they say,
-- since those of generations that are read ahead are known early.
local function history(bytes, threads, want)
  C.setenv("GOTRACE_THREADS", tostring(threads), 1)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  assert.equal(C.GOTRACE_OK, lib.gotrace_open_memory(out, bytes, #bytes, 0, names, diag))
  local t, batch, lost, told = out[0], ffi.new "gotrace_batch", ffi.new "uint64_t[1]", 0
  lib.gotrace_want(t, reading.mask(want), C.GOTRACE_ORDER_FULL)
  local got, info = {}, lib.gotrace_info_of(t)
  repeat
    local status = lib.gotrace_next(t, batch, diag)
    for i = 0, batch.len - 1 do
      local e, spec = batch.events[i], lib.gotrace_spec_of(batch.events[i].type)
      local copy = ffi.new("gotrace_event", e)
      for k = 0, spec ~= nil and spec.nargs - 1 or -1 do
        if spec.arg_type[k] == C.GOTRACE_ARG_STR then
          got[#got + 1] = string_of(names, tonumber(e.arg[k]))
          copy.arg[k] = 0
        end
      end
      got[#got + 1] = ffi.string(copy, EVENT)
    end
    got[#got + 1] = ("%d %d %s %s %s %s"):format(tonumber(status), batch.len, batch.gen.gen, batch.gen.time,
      batch.gen.clock_time, ffi.string(info, INFO))
    while lib.gotrace_damage(t, told, lost) ~= nil do
      got[#got + 1] = ffi.string(lib.gotrace_damage(t, told, lost).what)
      told = told + 1
    end
  until status ~= C.GOTRACE_OK
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return got
end

local function check(bytes, what, wanted)
  for i, want in ipairs(wanted or WANTED) do
    local one = history(bytes, 1, want)
    for threads = 2, 4, 2 do
      local more = history(bytes, threads, want)
      for line = 1, math.max(#one, #more) do
        if one[line] ~= more[line] then
          error(("%s, types %d, %d threads: differs in line %d of %d"):format(what, i, threads, line, #one), 0)
        end
      end
    end
  end
end

local function recordings(pattern)
  local out, folder = {}, engine.root .. "testdata/real/"
  for name in lfs.dir(folder) do
    if name:find(pattern) then
      out[name] = engine.read(folder .. name)
    end
  end
  return out
end

-- The end of a first generation: thread 1 has proc 1 and goroutine 5, which is in a
-- region; goroutine 6 waits, task 3 and collection 7 are going on, proc 2 is idle.
local function first(more)
  local b = {
    m = 1, { "ProcStatus", 1, 1, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "GoStatus", 1, 6, -1, 4 },
    { "ProcStatus", 1, 2, 2 }, { "GCActive", 1, 7 }, { "UserTaskBegin", 1, 3, 0, 1, 0 },
    { "UserRegionBegin", 1, 3, 1, 0 }, { "UserRegionBegin", 1, 3, 2, 0 },
  }
  for _, ev in ipairs(more or {}) do
    b[#b + 1] = ev
  end
  return { time = 1000, strings = { "one", "two" }, b }
end

-- One that begins as the first ended, but for `changes`: [i] replaces event i.
local function second(changes, more, time)
  local b = {
    m = 1, { "ProcStatus", 1, 1, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "GoStatus", 1, 6, -1, 4 },
    { "GCActive", 1, 8 }, { "UserRegionEnd", 1, 3, 2, 0 }, { "UserTaskEnd", 1, 3, 0 },
    { "GoCreate", 1, 9, 0, 0 }, { "GoUnblock", 1, 6, 1, 0 },
  }
  for i, ev in pairs(changes or {}) do
    b[i] = ev
  end
  for _, ev in ipairs(more or {}) do
    b[#b + 1] = ev
  end
  return { time = time or 9000, strings = { "one", "two" }, b }
end

local function third()
  return { time = 20000, strings = { "one", "two" }, {
    m = 1, { "ProcStatus", 1, 1, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "GCEnd", 1, 9 }, { "UserRegionEnd", 1, 3, 1, 0 },
    { "UserRegionEnd", 1, 3, 1, 0 }, { "GoStatus", 1, 6, -1, 1 }, { "GoStop", 1, 1, 0 }, { "GoStart", 1, 6, 1 },
    idle(1, 1),
  } }
end

describe("generations side by side", function()
  teardown(function()
    C.unsetenv "GOTRACE_THREADS"
    engine.clean()
  end)

  it("say what one thread says of every recording", function()
    for name, bytes in pairs(recordings "^go1.2[2-7].*%.trace$") do
      check(bytes, name)
    end
  end)

  it("and of recordings that are cut, broken, with a gap, or stutter", function()
    for name, bytes in pairs(recordings "^go1.2[347]%-generations%.trace$") do
      for part = 1, 12 do
        local at = math.floor(#bytes * part / 13) - part
        check(bytes:sub(1, at), name .. " cut at " .. at, { WANTED[1] })
        check(bytes:sub(1, at) .. "\255\0" .. bytes:sub(at + 3), name .. " broken at " .. at, { WANTED[2] })
        check(bytes:sub(1, at) .. bytes:sub(at + 40), name .. " with a gap at " .. at, { WANTED[1] })
        check(bytes:sub(1, at) .. bytes:sub(at - 40), name .. " that stutters at " .. at, { WANTED[3] })
      end
    end
  end)

  local function three(name, ...)
    check(trace.file(26, first(), second(...), third()), name)
  end

  it("where edges agree", function()
    three "plain"
  end)

  it("where edges do not agree", function()
    three("a goroutine has another status", { [3] = { "GoStatus", 1, 6, -1, 1 } })
    three("nobody knows a goroutine", { [3] = { "GoStatus", 1, 60, -1, 4 } })
    three("a proc has another status", { [1] = { "ProcStatus", 1, 2, 1 } })
    three("a collection is another", { [4] = { "GCActive", 1, 9 } })
    three("a collection begins again", { [4] = { "GCBegin", 1, 8, 0 } })
    three("a collection is not told of", { [4] = idle(1, 1) })
    three("a region ends that is not the innermost", { [5] = { "UserRegionEnd", 1, 3, 1, 0 } })
    three("more regions end than there are", nil, { { "UserRegionEnd", 1, 3, 1, 0 }, { "UserRegionEnd", 1, 3, 1, 0 } })
    three("a task begins that has not ended", { [6] = { "UserTaskBegin", 1, 3, 0, 1, 0 } })
    three("a task begins that has", nil, { { "UserTaskBegin", 1, 3, 0, 1, 0 } })
    three("a goroutine is created that there is", { [7] = { "GoCreate", 1, 6, 0, 0 }, [3] = idle(1, 1) })
    three("an assist goes on that did not", nil, { { "GCMarkAssistActive", 1, 5 } })
    three("a sweep goes on that did not", nil, { { "GCSweepActive", 1, 1 } })
    three("a goroutine is in a syscall elsewhere", { [3] = { "GoStatus", 1, 6, 1, 3 } })
    three("what a thread has is not said", { [2] = idle(1, 1) })
    three("a proc is abandoned", { [3] = { "ProcStatus", 1, 2, 4 } }, { { "ProcSteal", 1, 2, 1, 1 } })
  end)

  it("where something goes on from one to the next", function()
    local function goes(name, more, changes, behind)
      check(trace.file(26, first(more), second(changes, behind), third()), name)
    end
    goes("an assist", { { "GCMarkAssistBegin", 1, 0 } }, { [4] = { "GCMarkAssistActive", 1, 5 } },
      { { "GCMarkAssistEnd", 1 } })
    goes("an assist that is not said", { { "GCMarkAssistBegin", 1, 0 } }, {}, { { "GCMarkAssistEnd", 1 } })
    goes("an assist that begins twice", { { "GCMarkAssistBegin", 1, 0 } }, {}, { { "GCMarkAssistBegin", 1, 0 } })
    goes("a sweep", { { "GCSweepBegin", 1, 0 } }, { [4] = { "GCSweepActive", 1, 1 } }, { { "GCSweepEnd", 1, 1, 1 } })
    goes("a stop of the world", { { "STWBegin", 1, 1, 0 } }, {}, { { "STWEnd", 1 } })
    goes("a syscall", { { "GoSyscallBegin", 1, 1, 0 } }, {
      [1] = { "ProcStatus", 1, 1, 3 }, [2] = { "GoStatus", 1, 5, 1, 3 }, [4] = { "GoSyscallEnd", 1 },
    })
  end)

  it("where a generation begins before the one in front of it has ended", function()
    for _, time in ipairs { 900, 1000, 1001, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1020 } do
      three("at " .. time, nil, nil, time)
    end
  end)

  it("where a proc that is held in a syscall is said to be abandoned", function()
    local a = first { { "GoSyscallBegin", 1, 1, 0 } }
    local function said(name, one, two)
      check(trace.file(26, a, { time = 9000, strings = { "one", "two" }, one, two }, third()), name)
    end
    local stealer = { m = 2, { "ProcStatus", 5, 1, 4 }, { "ProcSteal", 5, 1, 1, 1 }, { "ProcStart", 5, 1, 2 } }
    said("and is stolen first", stealer, { m = 1, { "GoStatus", 40, 5, 1, 3 }, { "GoSyscallEndBlocked", 1 } })
    said("and is stolen later", stealer, { m = 1, { "GoStatus", 1, 5, 1, 3 }, { "GoSyscallEndBlocked", 1 } })
    said("and is not stolen", { m = 2, { "ProcStatus", 5, 1, 4 } }, { m = 1, { "GoStatus", 9, 5, 1, 3 } })
    said("and from another", { m = 2, { "ProcStatus", 5, 1, 4 }, { "ProcSteal", 5, 1, 1, 7 } }, { m = 1 })
  end)

  -- Six of 64,000 events.
  local function long()
    local generations = {}
    for i = 1, 6 do
      generations[i] = { time = 1000000 * i }
      for k = 1, 8 do
        local b = trace.running(k, k, 10 * k)
        for n = 1, 8000 do
          b[n + 2] = { "HeapAlloc", 1, n }
        end
        b.time = 1000000 * i + k
        generations[i][k] = b
      end
    end
    return trace.file(26, unpack(generations))
  end

  it("are given up where there is much to keep", function()
    check(long(), "long", { { "HeapAlloc" }, { "GCBegin" } })
  end)

  it("are ordered on further threads", function()
    local bytes = long()
    local function threads(n, want)
      C.setenv("GOTRACE_THREADS", tostring(n), 1)
      local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
      assert.equal(C.GOTRACE_OK, lib.gotrace_open_memory(out, bytes, #bytes, 0, names, diag))
      lib.gotrace_want(out[0], reading.mask(want), C.GOTRACE_ORDER_FULL)
      lib.gotrace_next(out[0], ffi.new "gotrace_batch", diag)
      local count = 0
      for name in lfs.dir "/proc/self/task" do
        count = count + (name:find "^%d" and 1 or 0)
      end
      lib.gotrace_close(out[0])
      lib.gotrace_names_free(names)
      return count - 1
    end
    assert.equal(0, threads(1, WANTED[1]))
    assert.is_true(threads(4, WANTED[1]) > 2)
    assert.is_true(threads(4, { "GoStatus", "GCBegin" }) <= 1)
  end)
end)
