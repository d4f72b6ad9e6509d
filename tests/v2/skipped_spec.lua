-- Types that full order passes over (struct builder's skipped): trace_pass names
-- them, and here events are wanted all the same.
local engine = require "support.engine"
local ffi = require "ffi"
local reading = require "support.reading"
local trace = require "support.trace"
local lib, C = engine.lib, ffi.C

engine.header "src/api/trace.h"

local function line(e)
  local spec = lib.gotrace_spec_of(e.type)
  local name = spec ~= nil and ffi.string(spec.name) or "mark"
  return ("%d %s m=%d p=%d g=%d %d"):format(tonumber(e.time), name, tonumber(e.m), tonumber(e.p), tonumber(e.g),
    tonumber(e.arg[0]))
end

-- { lines, events (as info counts them), damages }
local function read(bytes, types)
  local t, names, batch, diag = ffi.new "gotrace *[1]", lib.gotrace_names_new(), ffi.new "gotrace_batch", engine.diag()
  local all, lost = ffi.new "uint8_t[256]", ffi.new "uint64_t[1]"
  ffi.fill(all, C.GOTRACE_EV_GENERATION, 1)
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK)
  assert(lib.trace_pass(t[0], reading.mask(types)))
  lib.gotrace_want(t[0], all, C.GOTRACE_ORDER_FULL)
  local got = { lines = {}, damages = {} }
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      got.lines[#got.lines + 1] = line(batch.events[i])
    end
  end
  local info = lib.gotrace_info_of(t[0])
  got.events = tonumber(info.events)
  for i = 0, tonumber(info.damages) - 1 do
    got.damages[i + 1] = reading.diag(lib.gotrace_damage(t[0], i, lost))
    got.damages[i + 1].lost = tonumber(lost[0])
  end
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return got
end

local P_RUNNING, P_IDLE, G_RUNNING = 1, 2, 2
local ALL = { "HeapAlloc", "HeapGoal", "UserLog", "GoLabel", "ProcsChange", "Span", "SpanFree" }

local function thread(m, ...)
  local b = { m = m, { "ProcStatus", 1, 10 + m, P_RUNNING }, { "GoStatus", 1, 100 + m, m, G_RUNNING } }
  for _, ev in ipairs { ... } do
    b[#b + 1] = ev
  end
  return b
end

-- Reads `with` with the types passed over, which must be as `without` is.
local function same(without, with, number)
  local want, got = read(trace.file(26, without), {}), read(trace.file(26, with), ALL)
  assert.same({}, want.damages)
  assert.same({}, got.damages)
  assert.same(want.lines, got.lines)
  assert.equal(want.events + number, got.events)
end

describe("types that are passed over", function()
  it("leave their time to the next event of their thread", function()
    same(
      { thread(1, { "GoStop", 9 }), thread(2, { "GoStop", 7 }) },
      { thread(1, { "HeapAlloc", 4, 77 }, { "UserLog", 3 }, { "GoStop", 2 }), thread(2, { "GoStop", 7 }) },
      2
    )
  end)

  it("are not there for what comes first of one time, nor take a nanosecond", function()
    local a, b = { "GoStop", 0 }, { "HeapGoal", 0, 1 }
    same({ thread(1, a), thread(2, a), thread(3, a) }, { thread(1, b, a), thread(2, a), thread(3, b, b, b, a) }, 4)
  end)

  it("are rounded to nanoseconds together with that event", function()
    -- A tick is 1.5 ns.
    local freq = 2e9 / 3
    same(
      { freq = freq, thread(1, { "GoStop", 9 }) },
      { freq = freq, thread(1, { "HeapAlloc", 1 }, { "HeapAlloc", 3 }, { "HeapAlloc", 1 }, { "GoStop", 4 }) },
      3
    )
  end)

  it("leave nothing behind their batch", function()
    same(
      { thread(1), { m = 1, time = 1100, { "GoStop", 3 } }, thread(2, { "GoStop", 100 }) },
      { thread(1, { "UserLog", 500 }), { m = 1, time = 1100, { "GoStop", 3 } }, thread(2, { "GoStop", 100 }) },
      1
    )
  end)

  it("may be all that a thread has, or has first", function()
    same({ thread(1, { "GoStop", 20 }), thread(2) }, {
      thread(1, { "GoStop", 20 }),
      thread(2),
      { m = 2, time = 1000, { "UserLog", 1 }, { "UserLog", 1 } },
      { m = 3, { "SpanFree", 1, 1 } },
    }, 3)
    same(
      { thread(1), { m = 2, { "ProcStatus", 9, 5, P_IDLE } } },
      { thread(1), { m = 2, { "Span", 4, 1, 1, 1 }, { "ProcStatus", 5, 5, P_IDLE } } },
      1
    )
  end)

  it("still need what they need, of what their thread has done before them", function()
    local got = read(trace.file(26, {
      thread(1, { "GoStop", 5 }, { "UserLog", 1 }, { "GoStart", 1, 101, 1 }),
      thread(2, { "GoStop", 9 }),
    }, { thread(1, { "GoStop", 1 }) }), ALL)
    assert.equal(1, #got.damages)
    local d = got.damages[1]
    assert.equal("this needs a goroutine, and has none", d.what)
    assert.equal("UserLog", d.event)
    assert.equal(1, d.m)
    assert.equal(0, d.lost)
    assert.same({ "GoStop" }, { got.lines[#got.lines]:match "^%d+ (%a+) m=1" })
  end)

  it("break the order where they are a thread's first too", function()
    local got = read(trace.file(26, { { m = 2, { "UserLog", 1 } }, thread(1, { "GoStop", 5 }) }), ALL)
    assert.equal(3, #got.lines) -- those of the other thread
    assert.equal("UserLog", got.damages[1].event)
    assert.equal(0, got.damages[1].lost)
  end)

  it("have their ids checked", function()
    local got = read(trace.file(26, { thread(1, { "UserLog", 1, 0, 7, 0, 0 }, { "GoStop", 5 }) }), ALL)
    assert.equal("an event refers to an unknown string or stack", got.damages[1].what)
    assert.equal("id 7", got.damages[1].have)
    assert.equal(3, #got.lines)
  end)
end)
