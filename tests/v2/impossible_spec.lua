-- The full order of broken traces: bytes that are no event, and events that cannot happen.
local reading = require "support.reading"
local trace = require "support.trace"
local ordering = require "v2.ordering"

local both, events = reading.both, reading.events
local thread, idle = ordering.thread, ordering.idle

-- Statuses.
local G_RUNNABLE, G_WAITING = 1, 4
local P_RUNNING, P_IDLE = 1, 2

describe("bytes that are no event", function()
  local TOO_LARGE = ("\xff"):rep(9) .. "\2"
  local BROKEN = "an event is cut off or has a number over 64 bits"
  local after = { m = 1, { "HeapAlloc", 1, 9 } }
  -- What comes of what is before and behind.
  local AROUND = { "3 HeapAlloc 1 11 101 heapalloc=7", "4 HeapAlloc 1 11 101 heapalloc=9" }

  -- What comes of a batch with `bad` in it, `room` bytes before its end, and a
  -- further batch of the thread.
  local function read(bad, room)
    local b = thread(1, { "HeapAlloc", 1, 7 }, bad, ("x"):rep(room))
    local file = trace.file(26, { b, after })
    local before = trace.event { "HeapAlloc", 1, 7 }
    return both(file), file:find(before .. bad, 1, true) + #before - 1
  end

  local CASES = { -- what, bytes, what is said, event or byte, also where nothing follows
    { "a type that is none", "\0", "no event begins here", "byte 0" },
    { "a type above all", "\255", "no event begins here", "byte 255" },
    { "a framing type", "\5", "no event begins here", "byte 5" },
    { "a CPU sample", "\7\1\1\1\1\1", "no event begins here", "byte 7" },
    { "a clock snapshot", "\51\1\1\1\1", "no event begins here", "byte 51" },
    { "a dt of more than 64 bits", "\11" .. TOO_LARGE, BROKEN, "ProcStop" },
    { "an argument of more than 64 bits", "\37\1" .. TOO_LARGE, BROKEN, "HeapAlloc" },
    { "a number of eleven bytes", "\37\1" .. ("\x80"):rep(10) .. "\0", BROKEN, "HeapAlloc" },
  }

  for _, case in ipairs(CASES) do
    it(("cost the rest of their batch: %s"):format(case[1]), function()
      for _, room in ipairs { 0, 1, 60, 1000 } do -- near the end, and far from it
        local got, off = read(case[2], room)
        assert.same({ case[3] }, reading.complaints(got))
        local d = got.damages[1]
        assert.same({ off, 1, 1, #case[2] + room }, { d.off, d.gen, d.m, d.lost })
        assert.equal(case[4], d.event ~= "" and d.event or d.have)
        assert.same(AROUND, { unpack(events(got), 3) })
      end
    end)
  end

  it("cost an event that its batch cuts off", function()
    local event = trace.event { "UserLog", 300, 2 ^ 40, 1, 1, 2 ^ 40 }
    for n = 1, #event - 1 do
      local got = both(trace.file(26, { thread(1, { "HeapAlloc", 1, 7 }, event:sub(1, n)), after }))
      assert.same({ BROKEN }, reading.complaints(got))
      assert.same({ "UserLog", n }, { got.damages[1].event, got.damages[1].lost })
      assert.same(AROUND, { unpack(events(got), 3) })
    end
  end)

  it("may be the first of a thread, or all of it", function()
    local got = both(trace.file(26, { { m = 1, "\0" }, { m = 2, idle(1, 1) }, { m = 3, "\0" }, { m = 1, idle(2, 2) } }))
    assert.same({ "no event begins here", "no event begins here" }, reading.complaints(got))
    assert.same({
      "1 ProcStatus 2 - - target_p=1 status=Idle",
      "2 ProcStatus 1 - - target_p=2 status=Idle",
    }, events(got))
  end)
end)

describe("an event that cannot happen", function()
  -- Two generations, the first broken by `bad`, an event of thread 2 with more
  -- behind it.
  local function broken(bad)
    local file = trace.file(
      26,
      {
        thread(1, { "HeapAlloc", 1, 7 }, { "HeapAlloc", 1000, 8 }),
        { m = 2, { "ProcStatus", 20, 12, P_RUNNING }, bad, { "HeapGoal", 1, 8 } },
      },
      { thread(1, { "HeapAlloc", 1, 9 }) }
    )
    return both(file), file:find(trace.event(bad) .. trace.event { "HeapGoal", 1, 8 }, 1, true) - 1
  end

  it("costs nothing else, and says why", function()
    local bad = { "GoLabel", 1, 0 }
    local got, off = broken(bad)
    assert.same({ "this needs a goroutine, and has none" }, reading.complaints(got))
    local d = got.damages[1]
    assert.same({ off, 1, 2, "GoLabel" }, { d.off, d.gen, d.m, d.event })
    assert.equal("thread 2, proc 12, goroutine -1", d.have)
    assert.same({ 0, 0 }, { d.lost, got.info.lost })
    assert.same({
      "generation at 16", "1 ProcStatus 1 - - target_p=11 status=Running",
      "2 GoStatus 1 11 - target_g=101 target_m=1 status=Running", "3 HeapAlloc 1 11 101 heapalloc=7",
      "20 ProcStatus 2 - - target_p=12 status=Running", "damage 0", "21 GoLabel 2 12 - label=",
      "22 HeapGoal 2 12 - heapgoal=8", "1003 HeapAlloc 1 11 101 heapalloc=8",
    }, { unpack(got.lines, 1, 9) })
  end)

  it("is not told of as a region that ends for being in one", function()
    local got = both(trace.file(26, {
      strings = { "a" }, thread(1, { "UserRegionBegin", 1, 5, 1, 0 }, { "GoSyscallEnd", 1 }, { "HeapAlloc", 1, 7 }),
    }))
    assert.same({ "goroutine 101 cannot do this now" }, reading.complaints(got))
  end)

  it("leaves the next generation what is known", function()
    local got = broken { "GoLabel", 1, 0 }
    assert.same({
      "1005 ProcStatus 1 11 101 target_p=11 status=Running",
      "1006 GoStatus 1 11 101 target_g=101 target_m=1 status=Running",
      "1007 HeapAlloc 1 11 101 heapalloc=9",
    }, { unpack(events(got), 8) })
  end)

  it("does not make damage of states that contradict what was assumed", function()
    local got = both(trace.file(26, {
      thread(1, { "GoCreate", 1, 7 }, { "GoStart", 1, 7, 1 }, { "GoBlock", 1 }),
    }, { thread(1), { m = -1, { "GoStatus", 9, 7, -1, G_RUNNABLE } } }))
    assert.same({ "goroutine 101 still runs on this thread" }, reading.complaints(got))
    assert.equal(8, #events(got))
  end)

  it("is named where another was tried first", function()
    local file = trace.file(26, { { m = 1, { "GoUnblock", 1, 5, 1 } }, { m = 2, idle(2, 1), { "GoLabel", 1, 0 } } })
    local got = both(file)
    assert.same({ "this needs a proc, and has none" }, reading.complaints(got))
    assert.same({ "GoLabel", 2 }, { got.damages[1].event, got.damages[1].m })
    assert.equal(#file - 1 - #trace.event { "GoLabel", 1, 0 }, got.damages[1].off)
  end)

  it("may be one that waits for ever", function()
    local got = both(trace.file(26, {
      thread(1, { "HeapAlloc", 1, 7 }),
      { m = 2, { "GoUnblock", 5, 77, 1 } },
      { m = 3, { "GoStart", 6, 78, 1 }, { "GoStop", 1 } },
      { m = 3, { "HeapGoal", 1, 7 } },
    }))
    assert.same({
      "the creation or status of goroutine 77 is missing", "the creation or status of goroutine 78 is missing",
    }, reading.complaints(got))
    assert.same({ "GoUnblock", 2 }, { got.damages[1].event, got.damages[1].m })
    assert.same({
      "5 GoUnblock 2 - - target_g=77 g_seq=1 stack=", "6 GoStart 3 0 - target_g=78 g_seq=1",
      "7 GoStop 3 0 78 reason= stack=",
      "8 HeapGoal 3 0 - heapgoal=7",
    }, { unpack(events(got), 4) })
  end)

  it("may be one of several that wait for each other", function()
    local got = both(trace.file(26, {
      { m = 1, { "ProcStatus", 1, 1, P_RUNNING }, { "GoStart", 1, 5, 1 }, { "GoCreate", 1, 6 } },
      { m = 2, { "ProcStatus", 1, 2, P_RUNNING }, { "GoStart", 1, 6, 1 }, { "GoCreate", 1, 5 } },
    }))
    local what = "threads wait for each other, this one first; events are missing or out of order"
    assert.equal(what, got.damages[1].what)
    assert.equal(6, #events(got))
  end)

  it("is the first of a circle, however long others may wait for it", function()
    local function file(late)
      return trace.file(26, {
        { m = 1, { "ProcStatus", 1, 1, P_RUNNING }, { "GoStart", 1, 5, 1 }, { "GoCreate", 1, 6 } },
        { m = 2, { "ProcStatus", 1, 2, P_RUNNING }, { "GoStart", 3, 6, 1 }, { "GoCreate", 1, 5 } },
        { m = 3, { "ProcStatus", late, 3, P_IDLE } },
      })
    end
    -- What comes long behind does not come before.
    local got = both(file(1000000))
    assert.equal(7, #events(got))
    assert.matches("ProcStatus 3", events(got)[7])
    assert.equal(1, got.damages[1].m)
  end)

  it("happens all the same where what led to it is lost", function()
    local after_gap = {
      { { "GoUnblock", 5, 77, 1 }, { 2, "-", "-" } },
      { { "ProcStart", 5, 9, 4 }, { 2, "-", "-" } },
      { { "GoStart", 5, 77, 3 }, { 2, 9, "-" } },
      { { "GoSyscallBegin", 5, 1, 0 }, { 2, 9, 77 } },
      { { "GoSyscallEndBlocked", 5 }, { 2, "-", 77 } }, -- it has lost its proc
      { { "ProcStart", 5, 8, 2 }, { 2, "-", "-" } },
      { { "GoBlock", 5, 0, 0 }, { 2, 8, 77 } }, -- who else?
      { { "GoStart", 5, 78, 1 }, { 2, 8, "-" } },
      { { "GoSwitch", 5, 79, 1 }, { 2, 8, 78 } },
      { { "GoDestroy", 5 }, { 2, 8, 79 } },
      { { "ProcSteal", 5, 7, 3, 12 }, { 2, 8, "-" } },
      { { "GCEnd", 5, 6 }, { 2, 8, "-" } },
    }
    local batch = { m = 2 }
    for i, case in ipairs(after_gap) do
      batch[i] = case[1]
    end
    local got = both(trace.file(26, { thread(1), "!", batch }))
    local seen = {}
    for _, line in ipairs(got.lines) do
      local name, m, p, g = line:match "^%d+ (%w+) (%S+) (%S+) (%S+)"
      if m == "2" then
        seen[#seen + 1] = table.concat({ name, m, p, g }, " ")
      end
    end
    local want = {}
    for i, case in ipairs(after_gap) do
      want[i] = case[1][1] .. " " .. table.concat(case[2], " ")
    end
    assert.same(want, seen)
    assert.equal(2, #got.damages) -- the gap, and the first that shows it
    assert.equal("what led to this event is lost; from here on order and contexts are a guess", got.damages[2].what)
    assert.equal(0, got.damages[2].lost)
  end)

  it("leaves the samples behind it", function()
    local got = both(trace.file(26, {
      samples = { { 1001, 1, 1, 1, 0 }, { 1100, 1, 1, 1, 0 } },
      { m = 2, { "GoLabel", 5, 0 } },
    }))
    assert.same({ "1 CPUSample 1 1 1 stack=", "5 GoLabel 2 0 - label=", "100 CPUSample 1 1 1 stack=" }, events(got))
  end)

  it("is counted", function()
    local got = broken { "GoLabel", 1, 0 }
    assert.same({ 2, 2, 1, 10 }, { got.info.threads, got.info.procs, got.info.goroutines, got.info.events })
  end)

  it("costs no more time than it brings, however many there are", function()
    -- A large generation, then many small broken ones.
    local parts = { trace.header(26) }
    local g = { ended = true }
    for i = 1, 5000 do
      g[i] = { m = i, { "GoStatus", 1, i, -1, G_WAITING } }
    end
    parts[2] = trace.generation(26, g)
    for gen = 2, 3000 do
      parts[#parts + 1] = trace.generation(26, { gen = gen, { m = 1, { "ProcStop", 1 } } })
    end
    local start = os.clock()
    local got = reading.read(table.concat(parts), { want = {} })
    assert.equal(2999, got.info.damages)
    assert.is_true(os.clock() - start < 2)
  end)

  it("gives no proc to two threads when enough has been looked for", function()
    local many = { m = 1 }
    for i = 1, 3000 do
      many[i] = { "GoStatus", 1, 1000 + i, -1, G_WAITING }
    end
    for i = 3001, 3500 do
      many[i] = { "GoBlock", 1, 0, 0 }
    end
    local batches = { many }
    for m = 2, 100 do
      batches[m] = { m = m, { "GoBlock", 4000 + m, 0, 0 }, { "HeapAlloc", 1000, m } }
    end
    many[3501] = { "HeapAlloc", 2000, 1 }
    local thread_of = {}
    for _, line in ipairs(reading.events(reading.both(trace.file(26, batches)))) do
      local m, p = line:match "HeapAlloc (%d+) (%d+)"
      if m then
        assert.is_nil(thread_of[p], "proc " .. tostring(p))
        thread_of[p] = m
      end
    end
    assert.equal("1", thread_of["0"])
  end)
end)
