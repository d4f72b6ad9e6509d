-- clock.lua: --align: puts each trace where the wall clock has it (base/wall_clock.lua). A
-- trace is opened once more for that, before it is read: its first generation has the clock.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local event = require "gotrace.event.event"
local host = require "gotrace.engine.host"
local urls = require "gotrace.fetch.urls"
local wall_clock = require "gotrace.base.wall_clock"

local state = wall_clock.state
local OK = tonumber(C.GOTRACE_OK)
local GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local FARTHEST = 2 ^ 61 -- ns: times and sums of them are not to overflow

local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"
local batch = ffi.new "gotrace_batch"
local options = ffi.new("gotrace_options", {
  size = ffi.sizeof "gotrace_options", interrupter = host.interrupter,
})
local wanted = ffi.new "uint8_t[256]"
wanted[GENERATION] = 1

-- Seconds and ns of wall clock at time 0 of an open trace; nil: it has none.
local function first_clock(handle)
  C.gotrace_want(handle, wanted, C.GOTRACE_ORDER_THREAD)
  if tonumber(C.gotrace_next(handle, batch, why)) == OK and batch.len > 0 then
    return event.wall_at(0, batch.gen)
  end
end

-- Names are not the run's: it needs none of them.
local function read_clock(path, off)
  local names = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free)
  options.off = off
  local seconds, ns
  if names ~= nil and tonumber(C.gotrace_open_with(out, path, options, names,
    why)) == OK then
    seconds, ns = first_clock(out[0])
    C.gotrace_close(out[0])
  end
  C.gotrace_names_free(ffi.gc(names, nil))
  return seconds, ns
end

local known = {} -- by path: { seconds, ns }, false: it has no clock

local function clock_of(path, off)
  if off > 0 then
    return { read_clock(path, off) }
  elseif known[path] == nil then
    local seconds, ns = read_clock(path, 0)
    known[path] = seconds and { seconds, ns } or false
  end
  return known[path] or {}
end

-- Whether it can be read twice.
local function is_file(path)
  return path ~= "-" and not urls.is_url(path) and host.kind(path) == "file"
end

-- prepare(paths): finds the day with which the clock begins, if nobody said. To be called
-- before the first is read.
local function prepare(paths)
  local first = math.huge
  for _, path in ipairs(state.asked and not state.base and paths or {}) do
    first = math.min(first, is_file(path) and clock_of(path, 0)[1] or
      math.huge)
  end
  if first < math.huge then
    wall_clock.begin_day(first)
  end
end

-- find(input): finds out when a trace begins. Returns why it has no place by the clock, or nil.
local function find(input)
  local clock = is_file(input.path) and clock_of(input.path, input.off) or {}
  state.start = clock[1] and wall_clock.time_of(clock[1], clock[2]) or 0
  if not clock[1] then
    return "it has no wall clock, as traces of Go 1.25 and later have one, " ..
      "and --align leaves it out"
  elseif math.abs(state.start) > FARTHEST then
    state.start = 0
    return ("its wall clock is more than 70 years from %s, with which the " ..
      "clock of all begins, and --align leaves it out"):format(
      wall_clock.shown())
  end
end

-- begin(handle, input): puts an open trace in its place. Returns what keeps it from that, or
-- nil.
local function begin(handle, input)
  if not state.asked then
    return nil
  end
  local why_not = find(input)
  if why_not then
    return why_not
  end
  C.gotrace_begin_at(handle, state.start)
end

-- time_of(value): ns since the trace at hand begins of a value of --from or --to: that, or a
-- moment by the wall clock.
local function time_of(value)
  if type(value) == "table" then
    return state.base and
      wall_clock.time_of(value[1], value[2]) - state.start or 0
  end
  return value
end

return { prepare = prepare, find = find, begin = begin, time_of = time_of }
