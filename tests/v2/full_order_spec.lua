-- The full order: what comes before what, times, samples, arguments.
local reading = require "support.reading"
local trace = require "support.trace"
local ordering = require "v2.ordering"

local both, events = reading.both, reading.events
local thread, whole, lines, times, idle = ordering.thread, ordering.whole, ordering.lines, ordering.times, ordering.idle

-- Statuses.
local G_RUNNABLE, G_SYSCALL, G_WAITING = 1, 3, 4
local P_RUNNING, P_SYSCALL = 1, 3

describe("the order of events", function()
  it("is that of their times", function()
    assert.same({
      "5 ProcStatus 1 - - target_p=1 status=Idle",
      "7 ProcStatus 2 - - target_p=3 status=Idle",
      "10 ProcStatus 1 - - target_p=2 status=Idle",
      "12 ProcStatus 2 - - target_p=4 status=Idle",
    }, lines(0, { { m = 1, idle(5, 1), idle(5, 2) }, { m = 2, idle(7, 3), idle(5, 4) } }))
  end)

  it("is that of a thread's batches in the file, whatever their times", function()
    assert.same({
      "50 ProcStatus 1 - - target_p=1 status=Idle",
      "51 ProcStatus 1 - - target_p=2 status=Idle",
      "52 ProcStatus 2 - - target_p=3 status=Idle",
      "60 ProcStatus 1 - - target_p=4 status=Idle",
    }, lines(0, {
      { m = 1, time = 1050, idle(0, 1) },
      { m = 1, time = 1010, idle(0, 2) },
      { m = 2, time = 1052, idle(0, 3) },
      { m = 1, time = 1060, idle(0, 4) },
    }))
  end)

  it("goes through empty batches", function()
    assert.same({ "1 ProcStatus 1 - - target_p=1 status=Idle", "2 ProcStatus 1 - - target_p=2 status=Idle" }, lines(0, {
      { m = 1 }, { m = 2 }, { m = 1, idle(1, 1) }, { m = 1 }, { m = 1 }, { m = 1, idle(2, 2) }, { m = 1 },
    }))
  end)

  it("puts what must come first first, whatever its time", function()
    assert.same({
      "20 GoStatus 2 - - target_g=5 target_m=- status=Waiting",
      "21 GoUnblock 1 - - target_g=5 g_seq=1 stack=",
      "22 GoUnblock 3 - - target_g=6 g_seq=1 stack=",
    }, lines(1, {
      { m = 1, { "GoUnblock", 5, 5, 1 } },
      { m = 2, { "GoStatus", 20, 5, -1, G_WAITING } },
      { m = 3, { "GoStatus", 2, 6, -1, G_WAITING }, { "GoUnblock", 20, 6, 1 } },
    }))
  end)

  it("takes the first in time that can happen, while others wait", function()
    assert.same({
      "9 ProcStatus 4 - - target_p=4 status=Idle",
      "10 ProcStatus 3 - - target_p=3 status=Idle",
      "11 GoStatus 2 - - target_g=5 target_m=- status=Waiting",
      "12 GoUnblock 1 - - target_g=5 g_seq=1 stack=",
    }, lines(0, {
      { m = 1, { "GoUnblock", 5, 5, 1 } },
      { m = 2, { "GoStatus", 11, 5, -1, G_WAITING } },
      { m = 3, idle(10, 3) },
      { m = 4, idle(9, 4) },
    }))
  end)

  it("hands a goroutine from thread to thread", function()
    assert.same({
      "5 GoBlock 1 11 101 reason= stack=",
      "6 GoUnblock 2 12 102 target_g=101 g_seq=1 stack=",
      "7 GoBlock 2 12 102 reason= stack=",
      "8 GoStart 2 12 - target_g=101 g_seq=2",
      "9 GoStop 2 12 101 reason= stack=",
      "10 GoStart 1 11 - target_g=101 g_seq=3",
      "11 GoDestroy 1 11 101",
    }, lines(4, {
      thread(1, { "GoBlock", 1 }, { "GoStart", 0, 101, 3 }, { "GoDestroy", 0 }),
      thread(2, { "GoUnblock", 1, 101, 1 }, { "GoBlock", 0 }, { "GoStart", 0, 101, 2 }, { "GoStop", 0 }),
    }))
  end)
end)

describe("times", function()
  it("increase strictly, by a nanosecond at least", function()
    local got = whole(both(trace.file(26, {
      { m = 1, idle(0, 1), idle(0, 2), idle(0, 3), idle(10, 4), idle(0, 5) },
      { m = 2, idle(2, 6), idle(0, 7) },
    })))
    -- 0 is the begin of the generation, which Go shows as a Sync event.
    assert.same({ 1, 2, 3, 4, 5, 10, 11 }, times(got))
  end)

  it("do not go back", function()
    local got = whole(both(trace.file(26, {
      { m = 1, time = 1500, idle(0, 1) },
      { m = 1, time = 1200, idle(0, 2), idle(1, 3) },
      { m = 1, time = 1600, idle(0, 4) },
    })))
    assert.same({ 500, 501, 502, 600 }, times(got))
  end)

  it("go on over generations, each of which takes a nanosecond to begin", function()
    local got = whole(both(trace.file(
      26,
      { { m = 1, idle(20, 1) } },
      { { m = 1, idle(5, 1) } },
      { time = 1100, { m = 1, idle(5, 1) } }
    )))
    -- The second begins at 21 by Go's Sync event, so that its event is at 22.
    assert.same({ 20, 22, 105 }, times(got))
    assert.same({ 0, 21, 100 }, { got.generations[1].time, got.generations[2].time, got.generations[3].time })
  end)

  it("count from the begin of the first generation, which is 1 at the earliest", function()
    local got = whole(both(trace.file(26, { time = 0, { m = 1, idle(0, 1), idle(10, 2) } })))
    assert.same({ 1, 9 }, times(got))
  end)

  for _, switch in ipairs { "GoSwitch", "GoSwitchDestroy" } do
    it(("leave two nanoseconds behind %s, for the events that Go makes of it"):format(switch), function()
      assert.same({
        "10 " .. switch .. " 1 11 101 target_g=5 g_seq=1",
        "13 HeapAlloc 1 11 5 heapalloc=7",
      }, lines(3, {
        { m = 2, { "GoStatus", 0, 5, -1, G_WAITING } },
        thread(1, { switch, 8, 5, 1 }, { "HeapAlloc", 0, 7 }),
      }))
    end)
  end

  it("leave one before GoDestroySyscall if it gives up a proc", function()
    local function destroy(...)
      return lines(0, { { m = 1, { "GoStatus", 1, 5, 1, G_SYSCALL }, ..., { "GoDestroySyscall", 8 } } })
    end
    assert.same({
      "1 GoStatus 1 - - target_g=5 target_m=1 status=Syscall",
      "2 ProcStatus 1 - 5 target_p=7 status=Syscall",
      "11 GoDestroySyscall 1 7 5",
    }, destroy { "ProcStatus", 1, 7, P_SYSCALL })
    assert.same({
      "1 GoStatus 1 - - target_g=5 target_m=1 status=Syscall",
      "2 SpanFree 1 - 5 id=7",
      "10 GoDestroySyscall 1 - 5",
    }, destroy { "SpanFree", 1, 7 })
  end)

  -- 2^62 + 2^62 is negative; twice more of it is 0, which Go takes for the begin
  -- of a batch.
  it("wrap, and begin again, where Go's do", function()
    local far = 2 ^ 62
    local b = { m = 1, time = far, idle(far, 1), idle(far, 2), idle(far, 3), idle(2000, 4) }
    local got = whole(both(trace.file(26, { b })))
    local out = {}
    for i, line in ipairs(events(got)) do
      out[i] = line:match "^%-?%d+"
    end
    assert.same({ "1", "2", "3", "4611686018427388904" }, out)
  end)
end)

describe("events of one time", function()
  -- Event k of thread i is the status of proc 10 i + k. With `waits` an event
  -- that is first in time waits (u) for one at the end of the last thread (s).
  -- How Go 1.27's reader orders them:
  local CASES = { -- threads, events each, dt, waits, order
    { "2 threads", 2, 4, function()
      return 0
    end, false, [[
      11 12 13 14 21 22 23 24
    ]] },
    { "3 threads", 3, 4, function()
      return 0
    end, false, [[
      11 12 13 14 31 32 33 34 21 22 23 24
    ]] },
    { "5 threads", 5, 3, function()
      return 0
    end, false, [[
      11 12 13 51 52 53 41 42 43 31 32 33 21 22 23
    ]] },
    { "8 threads, some apart", 8, 3, function(i, k)
      return (i * 7 + k * 3) % 3
    end, false, [[
      31 32 33 61 62 63 71 41 11 12 72 21 51 42 81 13 73 43 22 52 82 83 53 23
    ]] },
    { "20 threads", 20, 2, function()
      return 0
    end, false, [[
      11 12 201 202 191 192 181 182 171 172 161 162 151 152 141 142 131 132 121 122 111 112 101 102 91 92 81
      82 71 72 61 62 51 52 41 42 31 32 21 22
    ]] },
    { "20 threads, some apart", 20, 3, function(i, k)
      return (i * 5 + k * 3) % 4
    end, false, [[
      11 51 91 171 131 181 182 21 22 101 102 61 62 141 142 191 111 31 71 151 152 153 192 193 52 12 161 81 92
      41 132 201 72 73 121 172 32 33 112 113 23 143 183 63 103 42 173 93 162 53 133 202 122 13 82 83 43 163
      123 203
    ]] },
    { "4 threads, while one waits", 4, 3, function()
      return 0
    end, true, [[
      11 12 13 41 42 43 s 31 32 33 21 22 23 u
    ]] },
    { "12 threads, while one waits", 12, 2, function()
      return 0
    end, true, [[
      11 12 121 122 s 111 112 101 102 91 92 81 82 71 72 61 62 51 52 41 42 31 32 21 22 u
    ]] },
    { "13 threads, while one waits", 13, 2, function()
      return 0
    end, true, [[
      11 12 131 132 s 121 122 111 112 101 102 91 92 81 82 71 72 61 62 51 52 41 42 31 32 21 22 u
    ]] },
    { "30 threads, some apart, while one waits", 30, 2, function(i, k)
      return (i * 5 + k * 3) % 3
    end, true, [[
      31 241 242 32 151 152 181 301 302 s 182 u 211 212 91 92 61 62 121 122 271 272 111 261 201 291 171 51 81
      231 21 141 142 281 172 11 262 71 41 131 191 112 292 251 202 82 221 22 161 52 101 232 12 192 42 72 222
      162 282 132 102 252
    ]] },
    { "60 threads, some apart, while one waits", 60, 2, function(i, k)
      return (i * 11 + k * 3) % 5
    end, true, [[
      71 571 171 321 371 221 421 21 521 271 471 121 581 231 31 381 131 281 181 81 431 331 531 481 241 242 91
      92 341 342 191 192 591 592 141 142 541 542 441 442 491 492 291 292 41 42 391 392 272 522 472 401 351
      201 301 122 601 251 72 101 51 172 572 422 372 22 322 151 222 551 451 501 502 552 352 102 211 161 302
      561 511 61 402 52 311 11 452 411 461 252 261 202 152 602 s u 111 361 282 32 132 82 232 582 532 332 182
      382 482 432 262 112 412 562 362 312 212 62 462 12 162 512
    ]] },
  }

  local function file(threads, n, dt, waits)
    local g = {}
    if waits then
      g[1] = { m = 1000, { "GoUnblock", 0, 5, 1 } }
    end
    for i = 1, threads do
      local b = { m = i }
      for k = 1, n do
        b[k] = idle(dt(i, k), i * 10 + k)
      end
      if waits and i == threads then
        b[#b + 1] = { "GoStatus", 0, 5, -1, G_WAITING }
      end
      g[#g + 1] = b
    end
    return trace.file(26, g)
  end

  for _, case in ipairs(CASES) do
    it("come as in Go's reader: " .. case[1], function()
      local got, order = whole(both(file(case[2], case[3], case[4], case[5]))), {}
      for i, line in ipairs(events(got)) do
        order[i] = line:match "target_p=(%d+)" or line:find "GoStatus" and "s" or "u"
      end
      local want = case[6]:gsub("%s+", " "):match "^%s*(.-)%s*$"
      assert.equal(want, table.concat(order, " "))
    end)
  end
end)

describe("CPU samples", function()
  -- Batches, samples, and the lines that come of them.
  local function sampled(samples, ...)
    return lines(0, { samples = samples, ... })
  end

  it("come before events that are later", function()
    assert.same({
      "1 CPUSample 9 8 7 stack=",
      "5 ProcStatus 1 - - target_p=1 status=Idle",
      "7 CPUSample 9 8 7 stack=",
      "10 ProcStatus 1 - - target_p=2 status=Idle",
      "20 CPUSample 9 8 7 stack=",
    }, sampled({ { 1007, 9, 8, 7, 0 }, { 1001, 9, 8, 7, 0 }, { 1020, 9, 8, 7, 0 } }, { m = 1, idle(5, 1), idle(5, 2) }))
  end)

  it("come behind events of their time", function()
    assert.same({
      "5 ProcStatus 1 - - target_p=1 status=Idle",
      "6 CPUSample 9 8 7 stack=",
    }, sampled({ { 1005, 9, 8, 7, 0 } }, { m = 1, idle(5, 1) }))
  end)

  it("come where the earliest event waits for others", function()
    assert.same({
      "7 ProcStatus 2 - - target_p=2 status=Idle",
      "8 GoStatus 2 - - target_g=5 target_m=- status=Waiting",
      "9 GoUnblock 1 - - target_g=5 g_seq=1 stack=",
      "10 CPUSample 9 8 7 stack=",
    }, sampled({ { 1007, 9, 8, 7, 0 } }, { m = 1, { "GoUnblock", 5, 5, 1 } }, { m = 2, idle(7, 2),
      { "GoStatus", 0, 5, -1, G_WAITING } }))
  end)

  it("may be all there is", function()
    local samples = { { 1001, 9, 8, 7, 0 }, { 1002, 9, 8, 7, 0 } }
    assert.same({ "1 CPUSample 9 8 7 stack=", "2 CPUSample 9 8 7 stack=" }, sampled(samples))
  end)

  it("have a context of their own; goroutine 0 is none", function()
    assert.same({
      "1 CPUSample - - - stack=",
      "2 CPUSample 9 - 7 stack=",
      "3 CPUSample 0 0 - stack=",
    }, sampled { { 1001, -1, -1, 0, 0 }, { 1002, 9, -1, 7, 0 }, { 1003, 0, 0, 0, 0 } })
  end)

  it("come without a stack that is not known, which is told", function()
    local got = both(trace.file(26, {
      strings = { "main.f" },
      stacks = { [3] = { { 10, 1, 1, 7 } } },
      samples = { { 1001, 9, 8, 7, 3 }, { 1002, 9, 8, 7, 77 } },
    }))
    assert.same({ "1 CPUSample 9 8 7 stack=main.f:7", "2 CPUSample 9 8 7 stack=" }, events(got))
    assert.same({ "a CPU sample refers to an unknown stack" }, reading.complaints(got))
  end)

  it("of one time come as they stand, if they are few", function()
    local samples, want = {}, {}
    for i = 1, 12 do
      samples[i] = { 1005, i, 0, 1, 0 }
      want[i] = ("%d CPUSample %d 0 1 stack="):format(4 + i, i)
    end
    assert.same(want, sampled(samples))
  end)

  it("of one time come as Go sorts them, if they are many", function()
    local samples, order = {}, {}
    for i = 1, 40 do
      samples[i] = { 1005 + (i * 7) % 3, i, 0, 1, 0 }
    end
    for i, line in ipairs(sampled(samples)) do
      order[i] = line:match "CPUSample (%d+)"
    end
    assert.equal(
      "15 39 3 36 33 6 30 27 9 24 21 12 18 31 4 16 40 13 19 37 "
        .. "28 22 34 10 25 1 7 8 29 14 26 32 5 23 35 11 20 38 2 17",
      table.concat(order, " ")
    )
  end)

  it("are told where they stand in the file", function()
    local bytes = trace.file(26, { samples = { { 1001, 9, 8, 7, 0 }, { 1002, 9, 8, 7, 0 } } })
    local got = whole(both(bytes))
    local first = bytes:find(trace.sample { 1001, 9, 8, 7, 0 }, 1, true) - 1
    assert.same({ first, first + 7 }, { got.events[2].off, got.events[3].off })
  end)

  it("behind damage are lost to those before it", function()
    local records = { "\6", trace.sample { 1001, 1, 1, 1, 0 }, "!", trace.sample { 1002, 1, 1, 1, 0 } }
    local got = both(trace.file(26, {
      trace.batch({ gen = 1, m = -1, time = 1000 }, records),
      { m = 1, idle(5, 1) },
    }))
    assert.same({ "a record of another kind in this batch" }, reading.complaints(got))
    assert.same({ "1 CPUSample 1 1 1 stack=", "5 ProcStatus 1 - - target_p=1 status=Idle" }, events(got))
  end)
end)

describe("the events that are wanted", function()
  local bytes = trace.file(
    26,
    {
      samples = { { 1004, 1, 11, 101, 0 } },
      thread(1, { "HeapAlloc", 1, 7 }, { "GoLabel", 1, 1 }, { "GoBlock", 1, 1 }),
      strings = { "label" },
    },
    { { m = 1, { "ProcStatus", 1, 11, P_RUNNING }, { "HeapAlloc", 1, 8 } } }
  )

  it("are all at first, and marks", function()
    local got = whole(both(bytes))
    assert.equal(2 + 8, #got.lines)
    assert.same({ 0, 1, 2, 3, 4, 5, 6, 0, 7, 8 }, (function()
      local out = {}
      for i, e in ipairs(got.events) do
        out[i] = e.n
      end
      return out
    end)())
  end)

  it("keep their numbers, times and contexts without the others", function()
    local all = whole(both(bytes))
    for _, name in ipairs { "HeapAlloc", "GoLabel", "CPUSample", "GoBlock", "ProcStatus", "generation" } do
      local got, want = whole(both(bytes, { want = { name } })), {}
      for _, e in ipairs(all.events) do
        if e.line:find(" " .. name .. " ", 1, true) or e.line:find("^" .. name) then
          want[#want + 1] = e
        end
      end
      assert.is_true(#want > 0)
      assert.same(want, got.events)
      assert.equal(8, got.info.events)
      assert.equal(all.info.last_time, got.info.last_time)
    end
  end)

  it("may be none", function()
    local got = whole(both(bytes, { want = {} }))
    assert.same({}, got.lines)
    local info = got.info
    assert.same({ 8, 2, #bytes }, { info.events, info.generations, info.consumed })
    assert.same({ 1, 1, 1 }, { info.threads, info.procs, info.goroutines })
  end)

  it("hide no damage", function()
    local broken = trace.file(26, { thread(1, { "GoLabel", 1, 77 }, { "HeapAlloc", 1, 7 }) })
    local got = both(broken, { want = { "HeapAlloc" } })
    assert.same({ "an event refers to an unknown string or stack" }, reading.complaints(got))
    assert.same({ "4 HeapAlloc 1 11 101 heapalloc=7" }, got.lines)
    assert.same({ "damage 0" }, both(broken, { want = { "damage" } }).lines)
  end)
end)

describe("the arguments of an event", function()
  it("are as the table has them", function()
    assert.same({
      "3 UserTaskBegin 1 11 101 task=5 parent_task=- name=text stack=main.f:7",
      "4 UserTaskBegin 1 11 101 task=6 parent_task=5 name=text stack=",
      "5 UserRegionBegin 1 11 101 task=0 name=text stack=",
      "6 UserLog 1 11 101 task=- key=text value= stack=main.f:7",
      "7 ProcStatus 1 11 101 target_p=11 status=Running",
      "8 GoStatusStack 1 11 101 target_g=9 target_m=- status=Waiting stack=main.f:7",
      "9 GCSweepBegin 1 11 101 stack=main.f:7",
      "10 GCSweepEnd 1 11 101 swept=1099511627776 reclaimed=18446744073709551615",
      "11 SpanAlloc 1 11 101 id=1 npages=2 kindclass=3",
      "12 STWBegin 1 11 101 kind=text stack=",
    }, lines(2, {
      strings = { "text", "main.f" },
      stacks = { [4] = { { 10, 2, 2, 7 } } },
      thread(
        1,
        { "UserTaskBegin", 1, 5, 0, 1, 4 },
        { "UserTaskBegin", 1, 6, 5, 1, 0 },
        { "UserRegionBegin", 1, 0, 1, 0 },
        { "UserLog", 1, -1, 1, 0, 4 },
        { "ProcStatus", 1, 11, P_RUNNING + 256 },
        { "GoStatusStack", 1, 9, -1, G_WAITING + 1024, 4 },
        { "GCSweepBegin", 1, 4 },
        { "GCSweepEnd", 1, 2 ^ 40, -1 },
        { "SpanAlloc", 1, 1, 2, 3 },
        { "STWBegin", 1, 1, 0 }
      ),
    }))
  end)

  it("of a ProcStatus say what it amounts to", function()
    assert.same({
      "1 ProcStatus 7 - - target_p=5 status=Syscall",
      "2 ProcStatus 7 5 - target_p=5 status=Syscall",
    }, lines(0, {
      { m = 7, { "ProcStatus", 1, 5, P_SYSCALL } },
      { m = 1, { "ProcStatus", 2, 5, 4 } },
    }))
  end)

  it("that are strings and stacks must be known", function()
    local have, shown = {}, {}
    for i, event in ipairs {
      { "STWBegin", 1, 2, 3 },
      { "UserTaskBegin", 1, 5, 0, 4, 0 },
      { "UserRegionBegin", 1, 5, 4, 0 },
      { "UserRegionEnd", 1, 5, 4, 0 },
      { "UserLog", 1, 5, 1, 5, 0 },
      { "GoCreate", 1, 9, 6, 0 },
      { "GoBlock", 1, 1, 7 },
    } do
      local got = both(trace.file(26, { strings = { "text" }, thread(1, event) }))
      local d = got.damages[1]
      assert.same({ "an event refers to an unknown string or stack" }, reading.complaints(got))
      have[i], shown[i] = d.event .. " " .. d.have, events(got)[3]
      assert.same({ 1, 1, 0, got.events[1 + 2 + 1].off }, { d.gen, d.m, d.lost, d.off })
    end
    assert.same({ "STWBegin id 2", "UserTaskBegin id 4", "UserRegionBegin id 4", "UserRegionEnd id 4", "UserLog id 5",
      "GoCreate id 6", "GoBlock id 7" }, have)
    assert.same({
      "3 STWBegin 1 11 101 kind=?2 stack=",
      "3 UserTaskBegin 1 11 101 task=5 parent_task=- name=?4 stack=",
      "3 UserRegionBegin 1 11 101 task=5 name=?4 stack=",
      "3 UserRegionEnd 1 11 101 task=5 name=?4 stack=",
      "3 UserLog 1 11 101 task=5 key=text value=?5 stack=",
      "3 GoCreate 1 11 101 new_g=9 new_stack= stack=",
      "3 GoBlock 1 11 101 reason=text stack=",
    }, shown)
  end)

  it("that are names tell regions apart by text, not by id", function()
    -- Two ids of one text are one name; one id of two texts, over generations, is two.
    local got = whole(both(trace.file(
      26,
      { strings = { "a", "a", "b" }, thread(1, { "UserRegionBegin", 1, 5, 1, 0 }, { "UserRegionEnd", 1, 5, 2, 0 },
        { "UserRegionBegin", 1, 5, 1, 0 }) },
      { strings = { "b", "a" }, thread(1, { "UserRegionEnd", 1, 5, 2, 0 }) }
    )))
    assert.matches("UserRegionEnd 1 11 101 task=5 name=a", got.lines[#got.lines])
    got = both(trace.file(26, { strings = { "a", "b" }, thread(1, { "UserRegionBegin", 1, 5, 1, 0 }) }, {
      strings = { "b", "a" }, thread(1, { "UserRegionEnd", 1, 5, 1, 0 }),
    }))
    local what = 'regions are ended in another order than begun: "b" of task 5 by goroutine 101'
    assert.same({ what }, reading.complaints(got))
  end)

  it("that end regions in another order are told of as that for each goroutine, behind text too", function()
    local steps = {
      { "UserRegionBegin", 1, 5, 1, 0 }, { "UserRegionBegin", 1, 5, 2, 0 }, { "UserRegionEnd", 1, 5, 1, 0 },
    }
    local bytes = trace.file(26, { strings = { "a", "b" }, thread(1, unpack(steps)), thread(2, unpack(steps)) })
    for _, text in ipairs { "", "a log\n" } do
      local told = reading.complaints(both(text .. bytes))
      for i = 2, 1, -1 do
        local what = 'regions are ended in another order than begun: "a" of task 5 by goroutine %d'
        assert.equal(what:format(100 + i), table.remove(told))
      end
    end
  end)

  it("that end several regions in another order are told of once for each of a goroutine", function()
    local steps = {}
    for _ = 1, 2 do
      for _, pair in ipairs { { 1, 2 }, { 3, 4 } } do
        local outer, inner = unpack(pair)
        steps[#steps + 1] = { "UserRegionBegin", 1, 5, outer, 0 }
        steps[#steps + 1] = { "UserRegionBegin", 1, 5, inner, 0 }
        steps[#steps + 1] = { "UserRegionEnd", 1, 5, outer, 0 }
        steps[#steps + 1] = { "UserRegionEnd", 1, 5, inner, 0 }
      end
    end
    local got = both(trace.file(26, { strings = { "a", "b", "c", "d" }, thread(1, unpack(steps)) }))
    local what = 'regions are ended in another order than begun: "%s" of task 5 by goroutine 101'
    assert.same({ what:format "a", what:format "c" }, reading.complaints(got))
  end)

  -- The fast decoder and the careful one, near the end of a batch, must agree:
  -- every event is once at every distance from the end.
  it("are the same wherever in its batch an event stands", function()
    local sizes = { 1, 2, 3, 4, 5, 7, 9, 10 }
    local function number(i)
      return bit.lshift(1ULL, 7 * (sizes[i % #sizes + 1] - 1)) + i % 50
    end
    local all = {}
    for i = 1, 60 do
      all[i] = { "Span", 1, number(i), number(i + 3), number(i + 5) }
    end
    for n = 1, #all do
      local b = { m = 1 }
      for i = 1, n do
        b[i] = all[i]
      end
      local got = reading.read(trace.file(26, { b }))
      assert.same({}, reading.complaints(got))
      for i = 1, n do
        local id, npages, kindclass = number(i), number(i + 3), number(i + 5)
        local line = ("%d Span 1 - - id=%s npages=%s kindclass=%s"):format(i, reading.decimal(id),
          reading.decimal(npages), reading.decimal(kindclass))
        assert.equal(line, events(got)[i])
      end
    end
  end)

  it("may be padded", function()
    for size = 1, 10 do
      local ev = { "Span" }
      for i, v in ipairs { 1, 5, 6, 7 } do
        ev[i + 1] = trace.varint(v, size)
      end
      assert.same({ "1 Span 1 - - id=5 npages=6 kindclass=7" }, lines(0, { { m = 1, ev } }))
    end
  end)

  it("may have 64 bits", function()
    assert.same(
      { "1 Span 1 - - id=18446744073709551615 npages=9223372036854775808 kindclass=4611686018427387905" },
      lines(0, { { m = 1, { "Span", 1, -1, bit.lshift(1ULL, 63), bit.lshift(1ULL, 62) + 1 } } })
    )
  end)
end)

describe("many threads", function()
  it("are put in order", function()
    local g, want = {}, {}
    for i = 1, 3000 do
      g[i] = { m = i, idle((i * 7919) % 3000 + 1, i) }
      want[(i * 7919) % 3000 + 1] = i
    end
    local got = whole(both(trace.file(26, g)))
    for i, line in ipairs(events(got)) do
      assert.equal(tostring(want[i]), line:match "target_p=(%d+)")
    end
  end)

  it("may wait for each other in the worst order", function()
    -- Each goroutine is made by the thread with the next later time.
    local g, n = {}, 300
    for i = 1, n do
      g[i] = { m = i, { "ProcStatus", i, i, P_RUNNING }, { "GoStart", 0, i, 1 }, { "GoCreate", 0, i - 1 } }
    end
    g[n + 1] = { m = n + 1, { "GoStatus", n + 1, n, -1, G_RUNNABLE } }
    local got, order = whole(both(trace.file(26, g))), {}
    for _, line in ipairs(events(got)) do
      order[#order + 1] = tonumber(line:match "GoStart.*target_g=(%d+)")
    end
    for i = 1, n do
      assert.equal(n + 1 - i, order[i])
    end
  end)
end)

-- Most events are delivered without a detour, which is not to be seen.
describe("runs of events of one thread", function()
  local function stops(...)
    local batch = thread(1)
    for _, ids in ipairs { ... } do
      batch[#batch + 1] = { "GoBlock", 1, ids[1], ids[2] }
      batch[#batch + 1] = { "GoUnblock", 1, 101, ids[3] }
      batch[#batch + 1] = { "GoStart", 1, 101, ids[3] + 1 }
    end
    for i = 1, 20 do
      batch[#batch + 1] = { "HeapAlloc", 1, i } -- the end of a batch is another way
    end
    return batch
  end
  local FRAME = { { 1, 2, 2, 3 } }

  it("find strings and stacks behind gaps, in tables' arrays and beyond", function()
    local got = whole(both(trace.file(26, {
      strings = { [1] = "one", [2] = "f", [4] = "four", [900] = "far", [50000] = "farther" },
      stacks = { [1] = FRAME, [7] = FRAME, [60000] = FRAME },
      stops({ 1, 0, 1 }, { 4, 7, 3 }, { 900, 1, 5 }, { 50000, 60000, 7 }, { 2, 7, 9 }),
    })))
    local blocks = {}
    for _, line in ipairs(events(got)) do
      blocks[#blocks + 1] = line:match "GoBlock.*reason=(.*)$"
    end
    assert.same({ "one stack=", "four stack=f:3", "far stack=f:3", "farther stack=f:3", "f stack=f:3" }, blocks)
  end)

  it("report ids that nobody knows where they are", function()
    local strings = { [1] = "one", [3] = "three" }
    local got = both(trace.file(26, { strings = strings, stops({ 1, 0, 1 }, { 2, 0, 3 }, { 3, 0, 5 }) }))
    assert.same({ "an event refers to an unknown string or stack" }, reading.complaints(got))
    assert.equal("id 2", got.damages[1].have)
    assert.equal("GoBlock", got.damages[1].event)
    assert.equal(2 + 9 + 20, #events(got))
  end)

  it("count a goroutine once whose status breaks the order", function()
    local function goroutines(m)
      local batch = thread(1, { "HeapAlloc", 1, 1 }, { "GoStatus", 1, 7, m, G_SYSCALL })
      for i = 1, 20 do
        batch[#batch + 1] = { "HeapAlloc", 1, i }
      end
      return both(trace.file(26, { batch })).info.goroutines
    end
    assert.equal(2, goroutines(9))
    assert.equal(2, goroutines(-1)) -- it has no thread
  end)
end)
