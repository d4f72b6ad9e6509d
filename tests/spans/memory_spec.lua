-- What is kept of a goroutine that has been in regions and has waited: under 1 KB while it lives, whatever Go has it
-- wait for, and under 256 bytes once it has ended, with two reasons (each is 16 bytes).
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef "uint64_t mem_used(void);"

local GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local N, FIRST, MAIN = 16384, 2, 1

local ids = {}
for id = 1, 255 do
  local row = lib.gotrace_spec_of(id)
  if row ~= nil and row.name ~= nil then
    ids[ffi.string(row.name)] = id
  end
end

local names, spans, event, generation

-- step(name, g, ...): an event of goroutine g, or of none: -1.
local function step(name, g, ...)
  event.type, event.g, event.m, event.p = ids[name] or GENERATION, g, 0, 0
  event.time, event.n = event.time + 1, event.n + 1
  for i = 1, 4 do
    event.arg[i - 1] = select(i, ...) or 0
  end
  assert(lib.gotrace_spans_step(spans, event, generation) >= 0)
end

-- live(g, reasons): it is created, is in a region, waits for so many reasons, and is in another.
local function live(g, reasons)
  step("GoCreate", MAIN, g, 0, 0)
  step("GoStart", -1, g, 1)
  step("UserRegionBegin", g, 0, 1, 0)
  for reason = 1, reasons do
    step("GoBlock", g, reason, 0)
    step("GoUnblock", MAIN, g, 1)
    step("GoStart", -1, g, 1)
  end
  step("UserRegionEnd", g, 0, 1, 0)
  step("UserRegionBegin", g, 0, 1, 0)
end

-- Bytes for each of N goroutines with which that was done.
local function bytes_of(act)
  local before = tonumber(lib.mem_used())
  for g = FIRST, FIRST + N - 1 do
    act(g)
  end
  return (tonumber(lib.mem_used()) - before) / N
end

describe("What is kept of a goroutine", function()
  before_each(function()
    names, event, generation = lib.gotrace_names_new(), ffi.new "gotrace_event", ffi.new "gotrace_generation"
    spans = lib.gotrace_spans_new(names, 0, 26)
    assert(lib.gotrace_spans_window(spans, 0, 2 ^ 62))
    step("a generation", -1)
  end)

  after_each(function()
    lib.gotrace_spans_free(spans)
    lib.gotrace_names_free(names)
  end)

  it("is under 1 KB while it lives", function()
    local bytes = bytes_of(function(g)
      live(g, 16)
    end)
    assert.is_true(bytes > 256 and bytes < 1024, "it takes " .. bytes)
  end)

  it("is under 256 bytes once it has ended", function()
    local bytes = bytes_of(function(g)
      live(g, 2)
      step("GoDestroy", g)
    end)
    assert.is_true(bytes > 64 and bytes < 256, "it takes " .. bytes)
  end)
end)
