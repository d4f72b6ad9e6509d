-- What Go refuses in the events of a v1 trace (Go 1.27
-- internal/trace/internal/tracev1/parser.go postProcessTrace, Go 1.15
-- internal/trace/parser.go) is damage here, and everything is delivered.
local v1 = require "v1.v1_trace"

-- Goroutine 1 runs on P 0; goroutine 2 is runnable, 3 waits.
local function trace(version)
  local t = v1.trace(version or 11):Batch(0, 1000)
  t:GoCreate(0, 3, 0, 0):GoWaiting(0, 3):GoCreate(0, 1, 0, 0):ProcStart(0, 7):GoStart(0, 1, 1)
  return t:Gomaxprocs(0, 1, 0):GoCreate(10, 2, 0, 0)
end

-- Name, what is done, the damage, the event.
local cases = {
  { "a P that starts twice", function(t) t:ProcStart(9, 8) end, "P 0 runs before it starts", "ProcStart" },
  { "a P that stops twice", function(t) t:GoEnd(9):ProcStop(1):ProcStop(1) end, "P 0 does not run before it stops",
    "ProcStop" },
  { "a P that stops with a goroutine", function(t) t:ProcStop(9) end, "P 0 runs goroutine 1 while it stops",
    "ProcStop" },
  { "a collection in a collection", function(t) t:GCStart(9, 0, 0):GCStart(9, 1, 0) end,
    "the one before has not ended", "GCStart" },
  { "the end of no collection", function(t) t:GCDone(9) end, "it has not begun", "GCDone" },
  { "two stops of the world at once", function(t) t:STWStart(9, 0):STWStart(9, 0) end,
    "the one before has not ended", "STWStart" },
  { "the end of no stop", function(t) t:STWDone(9) end, "it has not begun", "STWDone" },
  { "a sweep in a sweep", function(t) t:GCSweepStart(9, 0):GCSweepStart(9, 0) end, "the one before has not ended",
    "GCSweepStart" },
  { "the end of no sweep", function(t) t:GCSweepDone(9, 0, 0) end, "it has not begun", "GCSweepDone" },
  { "a mark assist in a mark assist", function(t) t:GCMarkAssistStart(9, 0):GCMarkAssistStart(9, 0) end,
    "the one before has not ended", "GCMarkAssistStart" },
  { "a syscall of goroutine 0", function(t) t:GoEnd(9):GoStart(1, 2, 1):GoEnd(1):GoSysCall(1, 0) end,
    "an event of goroutine 0", "GoSysCall" },
  { "an end of goroutine 0", function(t) t:GoEnd(9):GoStart(1, 2, 1):GoEnd(1):GoEnd(1) end,
    "an event of goroutine 0", "GoEnd" },
  { "a syscall of a goroutine whose start is lost", function(t) t:GoEnd(9):GoSysCall(1, 0) end,
    "goroutine 2 is not running", "GoSysCall" },
  { "an end of one whose start is lost", function(t) t:GoEnd(9):GoEnd(1) end, "goroutine 2 is not running", "GoEnd" },
  { "a start on a busy P", function(t) t:GoStart(9, 2, 1) end, "P 0 still runs goroutine 1", "GoStart" },
  { "a task that is there", function(t) t:UserTaskCreate(9, 5, 0, 0, 0):UserTaskCreate(9, 5, 0, 0, 0) end,
    "task 5 is there already", "UserTaskCreate" },
  { "a region that is not the innermost", function(t)
    t:UserRegion(9, 5, 0, 1, 0):UserRegion(9, 5, 0, 2, 0):UserRegion(9, 5, 1, 1, 0)
  end, "the innermost region of goroutine 1 is another one", "UserRegion" },
  { "a region of another task", function(t) t:UserRegion(9, 5, 0, 1, 0):UserRegion(9, 6, 1, 1, 0) end,
    "the innermost region of goroutine 1 is another one", "UserRegion" },
  { "a goroutine with a stack that is not there", function(t) t:GoCreate(9, 4, 8, 0) end,
    "goroutine 4 begins with a stack that is not in the trace", "GoCreate" },
  { "a region that neither begins nor ends", function(t) t:UserRegion(9, 5, 2, 1, 0) end,
    "a region that neither begins nor ends", "UserRegion" },
}

describe("a rule that is broken", function()
  for _, case in ipairs(cases) do
    local name, make, what, event = unpack(case)
    it("by " .. name .. " is damage", function()
      local t = trace()
      t:String(1, "one"):String(2, "two")
      make(t)
      local off = t:last()
      local damages = v1.read(t:finish()).damages
      local d = damages[1]
      assert.equal(1, #damages)
      assert.is_truthy(d.what:find(what, 1, true), d.what)
      assert.equal(event, d.event)
      assert.equal(off, d.off)
      assert.equal(0, d.lost)
    end)
  end

  it("is described once, and then counted", function()
    local t = trace():GCDone(9):GCDone(9):GCDone(9)
    local out = v1.read(t:finish())
    assert.equal(2, #out.damages)
    assert.equal("it has not begun", out.damages[1].what)
    assert.equal("2 more events do not fit the ones before them", out.damages[2].what)
    assert.same({ "an end", "a beginning" }, { out.damages[1].have, out.damages[1].want })
    assert.equal("37 GCEnd 7 0 1", out[#out])
  end)

  it("costs nothing but a region of an unknown mode", function()
    local out = v1.read(trace():UserRegion(9, 5, 2, 1, 0):HeapAlloc(1, 1):finish())
    assert.equal("20 HeapAlloc 7 0 1 heapalloc=1", out[#out])
    assert.equal("10 GoCreate 7 0 1 new_g=2 new_stack= stack=", out[#out - 1])
  end)

  it("is of no interest where parts of the trace are missing", function()
    local out = v1.read(trace():GCDone(9):text())
    assert.equal(1, #out.damages)
    assert.is_truthy(out.damages[1].what:find "^the frequency is missing")
  end)
end)

describe("no rule is broken by", function()
  local fine = {
    { "a goroutine that was there before, with a stack that is not there", function() end,
      v1.trace(11):Batch(0, 1000):GoCreate(0, 1, 8, 0):ProcStart(0, 7):GoStart(0, 1, 1):Gomaxprocs(0, 1, 0) },
    { "a stack that comes behind its goroutine", function(t)
      t:GoCreate(9, 4, 8, 0):Stack(8, { 1, 1, 2, 3 })
    end },
    { "the end of a mark assist that began before the trace", function(t) t:GCMarkAssistDone(9) end },
    { "the end of a region that began before the trace", function(t) t:UserRegion(9, 5, 1, 1, 0) end },
    { "the end of a task that began before the trace", function(t) t:UserTaskEnd(9, 5, 0) end },
    { "a task that comes again", function(t)
      t:UserTaskCreate(9, 5, 0, 0, 0):UserTaskEnd(1, 5, 0):UserTaskCreate(1, 5, 0, 0, 0)
    end },
    { "regions of a goroutine that ended", function(t)
      t:UserRegion(9, 5, 0, 1, 0):GoEnd(1):GoStart(1, 2, 1):UserRegion(1, 5, 0, 2, 0):UserRegion(1, 5, 1, 2, 0)
    end },
    { "what the system does without a goroutine", function(t)
      t:GoEnd(9):GoCreate(1, 5, 0, 0):GoUnblock(1, 3, 2, 0):HeapAlloc(1, 1)
    end },
    { "an unblock by a timer on another P", function(t)
      t:TimerGoroutine(1):GoUnblock(1, 3, 2, 0)
    end },
  }
  for _, case in ipairs(fine) do
    it(case[1], function()
      local t = (case[3] or trace()):String(1, "one"):String(2, "two")
      case[2](t)
      assert.same({}, v1.read(t:finish()).damages)
    end)
  end
end)

describe("before 1.11", function()
  it("a stop of the world has one of two kinds", function()
    assert.equal("no such kind of stop-the-world: 2", v1.read(trace(10):STWStart(9, 2):finish()).damages[1].what)
    assert.same({}, v1.read(trace(11):STWStart(9, 2):finish()).damages)
  end)

  it("each P stops the world for itself until 1.9", function()
    local function twice(t, ...)
      return v1.read(t:STWStart(9, ...):Batch(1, 1020):STWStart(0, ...):finish()).damages
    end
    assert.same({}, twice(trace(9)))
    assert.equal(1, #twice(trace(10), 0))
  end)
end)
