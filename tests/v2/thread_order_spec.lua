local engine = require "support.engine"
local ffi = require "ffi"
local lfs = require "lfs"
local reading = require "support.reading"
local trace = require "support.trace"
local idle = trace.idle

local events = reading.events

-- Read thread after thread, whole and in steps.
local function both(bytes, options)
  options = options or {}
  options.order = "thread"
  return reading.both(bytes, options)
end

local function whole(got)
  assert.same({}, reading.complaints(got))
  assert.equal("END", got.status)
  return got
end

describe("events thread after thread", function()
  it("come in the order of the threads' first batches, each thread's in its own", function()
    local got = whole(both(trace.file(26, {
      { m = 2, time = 1100, idle(1, 1) },
      { m = 1, time = 1000, idle(1, 2), idle(1, 3) },
      { m = 2, time = 1050, idle(1, 4) },
      { m = 3 },
      { m = -1, idle(7, 5) },
    })))
    assert.same({
      "generation at 16",
      "101 ProcStatus 2 - - target_p=1 status=Idle",
      "51 ProcStatus 2 - - target_p=4 status=Idle",
      "1 ProcStatus 1 - - target_p=2 status=Idle",
      "2 ProcStatus 1 - - target_p=3 status=Idle",
      "7 ProcStatus - - - target_p=5 status=Idle",
    }, got.lines)
    assert.equal(4, got.info.threads)
    assert.equal(5, got.info.events)
  end)

  it("keep their own times, equal ones too", function()
    local got = whole(both(trace.file(26, { { m = 1, idle(0, 1), idle(0, 2), idle(3, 3) }, { m = 2, idle(0, 4) } })))
    local times = {}
    for i, e in ipairs(got.events) do
      times[i] = e.time
    end
    assert.same({ 0, 0, 0, 3, 0 }, times) -- the first is the generation's mark
  end)

  it("know no proc and no goroutine", function()
    local got = whole(both(trace.file(26, {
      { m = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "HeapAlloc", 1, 7 } },
    })))
    assert.equal("3 HeapAlloc 1 - - heapalloc=7", got.lines[#got.lines])
    assert.same({ 0, 0 }, { got.info.procs, got.info.goroutines })
  end)

  it("have samples behind them, by time, with their thread only", function()
    local got = whole(both(trace.file(26, {
      strings = { "main.f" },
      stacks = { { { 10, 1, 1, 7 } } },
      samples = { { 1005, 7, 6, 5, 1 }, { 1002, 7, 6, 5, 0 } },
      { m = 1, idle(20, 1) },
    })))
    assert.same({
      "20 ProcStatus 1 - - target_p=1 status=Idle",
      "2 CPUSample 7 - - stack=",
      "5 CPUSample 7 - - stack=main.f:7",
    }, events(got))
  end)

  it("have their arguments as in the full order", function()
    local file = trace.file(26, {
      strings = { "text", "main.f" },
      stacks = { [4] = { { 10, 2, 2, 7 } } },
      {
        m = 1,
        { "ProcStatus", 1, 0, 1 },
        { "GoStatus", 1, 5, 1, 2 },
        { "UserTaskBegin", 1, 5, 0, 1, 4 },
        { "UserTaskBegin", 1, 6, 5, 1, 0 },
        { "GoBlock", 1, 1, 4 },
      },
    })
    local function arguments(got)
      local out = {}
      for i, line in ipairs(events(got)) do
        out[i] = line:gsub("^(%d+ %w+ %S+) %S+ %S+", "%1")
      end
      return out
    end
    assert.same(arguments(whole(reading.both(file))), arguments(whole(both(file))))
  end)

  it("are not verified", function()
    local b = { m = 1, { "GoStart", 1, 5, 9 }, { "GCEnd", 1, 7 }, { "GoLabel", 1, 77 } }
    local got = whole(both(trace.file(26, { b })))
    assert.same({
      "1 GoStart 1 - - target_g=5 g_seq=9",
      "2 GCEnd 1 - - gc_seq=7",
      "3 GoLabel 1 - - label=?77",
    }, events(got))
  end)

  it("show damage that the framing shows", function()
    local broken = { m = 1, idle(1, 1), "\0xyz" }
    local got = both(trace.file(26, { broken, { m = 2, idle(1, 2) }, "!", { m = 1, idle(1, 3) } }))
    assert.same({ "no batch begins here", "no event begins here" }, reading.complaints(got))
    assert.same({
      "damage 0", "generation at 16", "1 ProcStatus 1 - - target_p=1 status=Idle", "damage 1",
      "1 ProcStatus 1 - - target_p=3 status=Idle", "1 ProcStatus 2 - - target_p=2 status=Idle",
    }, got.lines)
    assert.equal(1 + 4, got.info.lost)
  end)

  it("go on over generations, from one begin of time", function()
    local second = { time = 2000, { m = 1, idle(5, 1) }, { m = 2, idle(6, 2) } }
    local got = whole(both(trace.file(26, { { m = 1, idle(5, 1) } }, second)))
    assert.same({
      "generation at 16", "5 ProcStatus 1 - - target_p=1 status=Idle",
      got.lines[3], "1005 ProcStatus 1 - - target_p=1 status=Idle", "1006 ProcStatus 2 - - target_p=2 status=Idle",
    }, got.lines)
    assert.matches("^generation at %d+$", got.lines[3])
    assert.same({ 0, 1000 }, { got.generations[1].time, got.generations[2].time })
    assert.equal(2, got.info.threads)
  end)

  it("are those that are wanted, with the numbers they have among all", function()
    local got = whole(both(trace.file(26, {
      samples = { { 1005, 7, 6, 5, 0 } },
      { m = 1, idle(1, 1), { "HeapAlloc", 1, 7 }, idle(1, 2), { "HeapAlloc", 1, 8 } },
    }), { want = { "HeapAlloc" } }))
    assert.same({ "2 HeapAlloc 1 - - heapalloc=7", "4 HeapAlloc 1 - - heapalloc=8" }, got.lines)
    assert.same({ 2, 4 }, { got.events[1].n, got.events[2].n })
    assert.equal(5, got.info.events)
    assert.same({}, whole(both(trace.file(26, { { m = 1, idle(1, 1) } }), { want = {} })).lines)
  end)

  it("fill batch after batch", function()
    local b = { m = 1 }
    for i = 1, 2000 do
      b[i] = idle(1, i)
    end
    local got = whole(both(trace.file(26, { b, samples = { { 1001, 1, 1, 1, 0 } } })))
    local lines = events(got)
    assert.equal(2001, #lines)
    assert.equal("2000 ProcStatus 1 - - target_p=2000 status=Idle", lines[2000])
  end)
end)

-- What is not wanted is run over. What comes out must be what decoding all of
-- it gives: the same reading with every type wanted is taken for that, because
-- where so much is wanted nothing is run over.
local MARKS = { "generation", "damage" }

local function read(bytes, want)
  return reading.read(bytes, { order = "thread", want = want })
end

-- Types by how often they occur: some rare, some frequent.
local function types_of(all)
  local times, names = {}, {}
  for _, e in ipairs(all.events) do
    local name = e.line:match "^%-?%d+ (%u%w+) "
    if name then
      names[#names + 1] = not times[name] and name or nil
      times[name] = (times[name] or 0) + 1
    end
  end
  table.sort(names, function(a, b)
    return times[a] == times[b] and a < b or times[a] < times[b]
  end)
  return names
end

local function only(all, want)
  local wanted, out = {}, {}
  for _, name in ipairs(want) do
    wanted[name] = true
  end
  for _, e in ipairs(all.events) do
    local name = e.line:match "^%-?%d+ (%u%w+) "
    if not name or wanted[name] then
      out[#out + 1] = { e.line, e.n, e.off, e.gen }
    end
  end
  return out
end

engine.cdef "int setenv(const char *name, const char *value, int overwrite); int unsetenv(const char *name);"
local threads = 1

-- One and two threads take turns.
local function is_same(bytes, all, want)
  threads = 3 - threads
  ffi.C.setenv("GOTRACE_THREADS", tostring(threads), 1)
  local some = read(bytes, { MARKS[1], MARKS[2], unpack(want) })
  assert.same(only(all, want), only(some, want))
  assert.same(all.damages, some.damages)
  assert.same(all.info, some.info)
  assert.same(all.generations, some.generations)
end

-- Wants nothing, one type, and several, rare and frequent ones.
local function check(bytes, random)
  local all = read(bytes)
  local names = types_of(all)
  is_same(bytes, all, {})
  for _ = 1, math.min(3, #names) do
    is_same(bytes, all, { names[random(#names)] })
  end
  if #names > 0 then
    is_same(bytes, all, { names[1], names[random(#names)], names[random(#names)] })
  end
end

local function recordings(most)
  local out, dir = {}, engine.root .. "testdata/real/"
  for name in lfs.dir(dir) do
    local version = tonumber(name:match "^go1%.(%d+)%-.*%.trace$")
    if version and version >= 22 and lfs.attributes(dir .. name, "size") <= most then
      out[#out + 1] = dir .. name
    end
  end
  table.sort(out)
  return out
end

-- A byte is changed, a number padded or made too long, bytes go or come, the
-- end is cut off.
local CHANGES = {
  function(bytes, at, random)
    return bytes:sub(1, at - 1) .. string.char(random(0, 255)) .. bytes:sub(at + 1)
  end,
  function(bytes, at, random)
    return bytes:sub(1, at) .. ("\128"):rep(random(12)) .. bytes:sub(at + 1)
  end,
  function(bytes, at, random)
    return bytes:sub(1, at) .. bytes:sub(at + 1 + random(20))
  end,
  function(bytes, at)
    return bytes:sub(1, at)
  end,
}

local function damaged(bytes, random)
  for _ = 1, random(4) do
    bytes = CHANGES[random(#CHANGES)](bytes, random(17, #bytes - 1), random)
  end
  return bytes
end

-- Batches of 6000 events.
local function large(batches, freq, random)
  local g = { freq = freq }
  for i = 1, batches do
    local b = { m = i % 5, time = 1000 * i }
    for j = 1, 6000 do
      local kind = random(40)
      b[j] = kind == 1 and { "GoCreate", random(0, 300), j, 0, 0 } or kind == 2 and { "UserLog", 3, j, 0, 0, j } or
        kind < 12 and { "ProcStop", random(0, 20000) } or { "GoUnblock", random(0, 100), j, random(0, 1000), 0 }
    end
    g[i] = b
  end
  return trace.file(26, g)
end

describe("events that are not wanted", function()
  local before = os.getenv "GOTRACE_THREADS"
  teardown(function()
    if before then
      ffi.C.setenv("GOTRACE_THREADS", before, 1)
    else
      ffi.C.unsetenv "GOTRACE_THREADS"
    end
  end)

  it("leave the others as they are, in every recording", function()
    math.randomseed(22)
    for _, path in ipairs(recordings(24000)) do
      check(engine.read(path), math.random)
    end
  end)

  it("leave the others as they are where a recording is damaged", function()
    math.randomseed(23)
    for _, path in ipairs(recordings(16000)) do
      check(damaged(engine.read(path), math.random), math.random)
    end
  end)

  it("leave the others as they are in large batches, damaged ones too", function()
    math.randomseed(24)
    local bytes = large(8, 1e9 / 64, math.random)
    check(bytes, math.random)
    check(damaged(bytes, math.random), math.random)
  end)

  it("leave the others as they are if ticks are fractions of ns, or ns fractions of ticks", function()
    math.randomseed(25)
    for _, freq in ipairs { 3e9, 1e9 / 64 + 1, 1, 1e9 / 3 } do
      check(large(2, freq, math.random), math.random)
    end
  end)

  it("leave the others as they are at the ends of time", function()
    for _, time in ipairs { 0, 1, 2 ^ 53, 2 ^ 62, -1 } do
      for _, dt in ipairs { 0, 1, 2 ^ 31, 2 ^ 32 - 1, 2 ^ 33, 2 ^ 52, 2 ^ 53, 2 ^ 60, -1, -5 } do
        local b = { m = 1, time = time }
        for i = 1, 40 do
          b[i] = i % 20 == 7 and { "GoCreate", 1, i } or { "ProcStop", i % 10 == 3 and dt or 0 }
        end
        check(trace.file(26, { freq = 1e9 / 64, time = 5, b }), math.random)
        check(trace.file(26, { freq = 7, time = 5, b }), math.random)
      end
    end
  end)
end)
