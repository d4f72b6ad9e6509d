-- What `go tool trace -pprof` counts of a goroutine's states; that it is Go's own count of
-- whole traces is judged by tests/oracle/exports/profiles_spec.lua.
local ffi = require "ffi"
local engine = require "support.engine"
local program = require "support.program"
local C = engine.lib

engine.header "src/gotrace_lua.h"
engine.header "src/base/mem.h"
engine.header "src/event/intern.h"

teardown(program.clean)

local RUNNABLE, RUNNING, SYSCALL, WAITING, GONE = C.GOTRACE_STATE_RUNNABLE, C.GOTRACE_STATE_RUNNING,
  C.GOTRACE_STATE_SYSCALL, C.GOTRACE_STATE_WAITING, C.GOTRACE_STATE_NOT_EXIST

local names = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free)

local function string(text)
  local id = ffi.new "uint32_t[1]"
  assert(C.names_string(names, text, #text, id))
  return id[0]
end

-- Samples, and what adds to them.
local function new(kind)
  local samples = ffi.gc(C.gotrace_samples_new(), C.gotrace_samples_free)
  return samples, ffi.gc(C.gotrace_go_waits_new(samples, names, C["GOTRACE_GO_" .. kind:upper()]),
    C.gotrace_go_waits_free)
end

local function rows(samples)
  local list, raw, i = {}, ffi.new "gotrace_sample", 0
  while C.gotrace_samples_at(samples, i, raw) do
    list[#list + 1] = { raw.stack, tonumber(raw.value[0]), tonumber(raw.value[1]) }
    i = i + 1
  end
  return list
end

-- A state of 5 ns, of goroutine 7.
local function span_of(state, prev, next_state, fields)
  local span = ffi.new("gotrace_span", { kind = C.GOTRACE_SPAN_STATE, state = state, prev = prev, next = next_state,
    g = 7, to = 5, stack = 3, waker_stack = 4, reason = C.GOTRACE_NO_REASON })
  for name, value in pairs(fields or {}) do
    span[name] = value
  end
  return span
end

-- What a kind counts of spans, each { state, prev, next, fields }.
local function counted(kind, list)
  local samples, waits = new(kind)
  for _, one in ipairs(list) do
    assert.is_true(C.gotrace_go_waits_add(waits, span_of(unpack(one))))
  end
  assert.is_true(C.gotrace_go_waits_end_trace(waits))
  return rows(samples)
end

-- The only life of goroutine 7 that Go counts has 5 ns; those before it have 50 and 500.
local lives = {
  { SYSCALL, GONE, RUNNING },
  { SYSCALL, RUNNING, GONE, { to = 50 } },
  { SYSCALL, GONE, RUNNING },
  { SYSCALL, RUNNING, GONE, { to = 500, stack = 9 } },
  { SYSCALL, GONE, RUNNING },
  { RUNNING, SYSCALL, SYSCALL },
  { SYSCALL, RUNNING, GONE },
}

describe("what go tool trace -pprof counts", function()
  it("is of a kind's state, at the stack of the event that began it", function()
    local list = { { RUNNABLE, GONE, RUNNING }, { RUNNING, RUNNABLE, SYSCALL }, { SYSCALL, RUNNING, RUNNABLE },
      { RUNNABLE, SYSCALL, RUNNING }, { RUNNABLE, WAITING, RUNNING }, { RUNNABLE, WAITING, RUNNING } }
    assert.same({ { 3, 1, 5 } }, counted("syscall", list))
    assert.same({ { 3, 1, 5 }, { 4, 2, 10 } }, counted("sched", list))
    assert.same({}, counted("sync", list))
  end)

  it("is by its reasons", function()
    local list = {}
    for i, reason in ipairs { "network", "chan receive", "sync", "select", "a network", "sleep", "", "syn" } do
      list[i] = { WAITING, RUNNING, RUNNABLE, { reason = string(reason), stack = i } }
    end
    list[#list + 1] = { WAITING, RUNNING, RUNNABLE, { stack = 99 } } -- none is known
    assert.same({ { 1, 1, 5 } }, counted("net", list))
    assert.same({ { 2, 1, 5 }, { 3, 1, 5 }, { 4, 1, 5 } }, counted("sync", list))
  end)

  it("is neither open nor before a goroutine first runs", function()
    local sync = string "sync"
    assert.same({}, counted("sync", {
      { WAITING, GONE, RUNNABLE, { reason = sync } },
      { WAITING, RUNNING, 0, { reason = sync, open = C.GOTRACE_SIDE_END } },
      { WAITING, 0, RUNNABLE, { reason = sync, open = C.GOTRACE_SIDE_BEGIN } },
    }))
    local waits_first = { { WAITING, GONE, RUNNABLE }, { RUNNABLE, WAITING, RUNNING }, { RUNNABLE, WAITING, RUNNING } }
    assert.same({ { 4, 1, 5 } }, counted("sched", waits_first))
  end)

  it("is of the last life of a goroutine that runs", function()
    assert.same({ { 3, 1, 5 }, { 9, 0, 0 } }, counted("syscall", lives))
    local unstarted = { lives[1], lives[2], { SYSCALL, GONE, GONE } }
    assert.same({ { 3, 2, 55 } }, counted("syscall", unstarted))
  end)

  it("begins anew with each trace", function()
    local samples, waits = new "syscall"
    for _ = 1, 2 do
      for _, one in ipairs(lives) do
        assert.is_true(C.gotrace_go_waits_add(waits, span_of(unpack(one))))
      end
      assert.is_true(C.gotrace_go_waits_end_trace(waits))
    end
    assert.same({ { 3, 2, 10 }, { 9, 0, 0 } }, rows(samples))
  end)

  it("is told to be without memory", function()
    local refused = 0
    for n = 1, 12 do
      local samples, waits = new "syscall"
      C.mem_fail(n, true)
      local ok = true
      for _, one in ipairs(lives) do
        ok = ok and C.gotrace_go_waits_add(waits, span_of(unpack(one)))
      end
      ok = ok and C.gotrace_go_waits_end_trace(waits)
      C.mem_fail(0, false)
      refused = refused + (ok and 0 or 1)
      assert.is_true(not ok or #rows(samples) == 2)
    end
    assert.is_true(refused > 3 and refused < 12, refused)
  end)
end)
