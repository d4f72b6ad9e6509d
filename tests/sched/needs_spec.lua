-- What an event waits for, and what makes it go on (src/sched/waiting/needs.h): whoever is not
-- asked before one of its needs is offered must miss nothing by that.
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/sched/waiting/needs.h"

local types = {}
for id = 0, 255 do
  local spec = lib.gotrace_spec_of(id)
  if spec ~= nil then
    types[ffi.string(spec.name)] = id
  end
end

local RUNNING, IDLE = 1, 2 -- of procs
local G_RUNNING = 2

local sched, args

-- What the model says to an event, { thread, type, argument ... }; and the event.
local function advance(event)
  local ev, handle, arg = ffi.new "struct sched_event", ffi.new "uint32_t[1]", ffi.new "uint64_t[4]"
  args[#args + 1] = arg -- kept as long as the event
  assert(lib.sched_thread(sched, event[1], handle))
  ev.thread, ev.gen, ev.arg, ev.type = handle[0], 1, arg, assert(types[event[2]], event[2])
  for i = 3, #event do
    arg[i - 3] = ffi.cast("int64_t", event[i])
  end
  return lib.sched_advance(sched, ev, engine.diag()), ev
end

-- The first n of out as a set: what each is, id and number.
local function set_of(out, n)
  local found = {}
  for i = 0, tonumber(n) - 1 do
    found[("%d %d %d"):format(tonumber(out[i].what), tonumber(out[i].id), tonumber(out[i].seq))] = true
  end
  return found
end

local function needs_of(ev)
  local out = ffi.new "struct sched_need[3]"
  return set_of(out, lib.sched_needs(ev, out))
end

local function offers_of(ev)
  local out = ffi.new "struct sched_need[10]"
  return set_of(out, lib.sched_offers(sched, ev, out))
end

local START = {
  { 1, "ProcStatus", 0, RUNNING }, { 1, "GoStatus", 5, 1, G_RUNNING }, { 2, "ProcStatus", 1, RUNNING },
}
local SYSCALL = { 1, "GoSyscallBegin", 1, 0 }

-- What happens before (behind START), the event that waits, what is awaited, and what lets it go on.
local cases = {
  {
    "a goroutine that is not known", {}, { 2, "GoStart", 7, 1 }, { C.WAY_BIRTH_G, 7, 0 }, { { 1, "GoCreate", 7 } },
  },
  {
    "the number before its own", { { 1, "GoCreate", 7 } }, { 2, "GoUnblock", 7, 2 }, { C.WAY_SAME_G, 7, 1 },
    { { 2, "GoStart", 7, 1 }, { 2, "GoBlock", 0, 0 } },
  },
  { "one that runs to stop", {}, { 2, "GoUnblock", 5, 1 }, { C.WAY_LEAVE_G, 1, 0 }, { { 1, "GoBlock", 0, 0 } } },
  {
    "a proc that is not known", {}, { 3, "ProcStart", 9, 1 }, { C.WAY_BIRTH_P, 9, 0 },
    { { 4, "ProcStatus", 9, IDLE } },
  },
  { "a proc that runs to stop", {}, { 3, "ProcStart", 1, 1 }, { C.WAY_LEAVE_P, 2, 0 }, { { 2, "ProcStop" } } },
  {
    "a proc's number before", { { 2, "ProcStop" } }, { 3, "ProcStart", 1, 2 }, { C.WAY_NEXT_P, 1, 1 },
    { { 4, "ProcStart", 1, 1 }, { 4, "ProcStop" } },
  },
  {
    "the theft of its proc", { SYSCALL }, { 1, "GoSyscallEndBlocked" }, { C.WAY_STEAL_P, 0, 2 },
    { { 2, "ProcSteal", 0, 2, 1 } },
  },
  { "a theft's number before", {}, { 2, "ProcSteal", 0, 2, 1 }, { C.WAY_NEXT_P, 0, 1 }, { SYSCALL } },
  {
    "the collector", { { 1, "GCBegin", 1, 0 } }, { 2, "GCBegin", 3, 0 }, { C.WAY_NEXT_GC, 0, 2 },
    { { 1, "GCEnd", 2 } },
  },
}

describe("an event that waits", function()
  before_each(function()
    sched, args = lib.sched_new(), {}
    for _, event in ipairs(START) do
      assert.equal(C.SCHED_ADVANCED, (advance(event)))
    end
  end)
  after_each(function()
    lib.sched_free(sched)
  end)

  for _, case in ipairs(cases) do
    local name, before, event, awaited, lets = unpack(case)
    it("waits for " .. name, function()
      for _, earlier in ipairs(before) do
        assert.equal(C.SCHED_ADVANCED, (advance(earlier)))
      end
      local r, ev = advance(event)
      assert.equal(C.SCHED_NOT_YET, r)
      local what = lib.sched_awaits(sched, ev)
      assert.same(awaited, { tonumber(what.way), tonumber(what.id), tonumber(what.seq) })
      local needs, met = needs_of(ev), false
      for _, other in ipairs(lets) do
        local happened, cause = advance(other)
        assert.equal(C.SCHED_ADVANCED, happened)
        for need in pairs(offers_of(cause)) do
          met = met or needs[need] == true
        end
      end
      assert.is_true(met)
      if event[2] ~= "GCBegin" then -- 3 would be of a phase that has not ended
        assert.not_equal(C.SCHED_NOT_YET, (advance(event)))
      end
    end)
  end

  it("waits in vain for a number that has passed", function()
    assert.equal(C.SCHED_ADVANCED, (advance(SYSCALL)))
    for _, event in ipairs { { 2, "ProcSteal", 0, 1, 1 }, { 3, "ProcStart", 0, 1 } } do
      local r, ev = advance(event)
      assert.equal(C.SCHED_NOT_YET, r)
      assert.equal(C.WAY_NEVER, lib.sched_awaits(sched, ev).way)
    end
    assert.equal(C.SCHED_ADVANCED, (advance { 2, "GCBegin", 4, 0 }))
    local r, ev = advance { 2, "GCEnd", 4 }
    assert.equal(C.SCHED_NOT_YET, r)
    assert.equal(C.WAY_NEVER, lib.sched_awaits(sched, ev).way)
  end)
end)
