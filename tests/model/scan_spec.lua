local reading = require "support.reading"
local trace = require "support.trace"

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

local function idle(dt, p)
  return { "ProcStatus", dt, p, 2 }
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
      samples = { { 1005, 7, 6, 5, 1 }, { 1002, 7, 6, 5, 77 } },
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
