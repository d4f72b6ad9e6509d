-- progress.lua: a line on stderr while a long run goes on.
local ffi = require "ffi"
local format = require "gotrace.printing.format"
local output = require "gotrace.sandbox.output"

ffi.cdef [[
struct gotrace_timespec { long sec, nsec; };
int clock_gettime(int clock, struct gotrace_timespec *at);
]]

local MONOTONIC = 1
local at = ffi.new "struct gotrace_timespec"

-- now(): seconds, from whenever on.
local function now()
  ffi.C.clock_gettime(MONOTONIC, at)
  return tonumber(at.sec) + tonumber(at.nsec) / 1e9
end

local is_terminal = output.is_terminal

-- On a terminal after a second, or wherever it was asked for.
local function wanted(options)
  return not (options.quiet or options.no_meter) and
    (options.progress or is_terminal(2))
end

local Meter = {}
Meter.__index = Meter

-- A meter; one that never shows anything where nobody wants it. of: which of several traces
-- it is about, as text, or nil.
local function start(options, of)
  local t = now()
  local delay = not wanted(options) and math.huge or options.progress and 0 or 1
  return setmetatable({ began = t, due = t + delay, shown = false,
    of = of and of .. "  " or "" }, Meter)
end

-- place(i, n): what a meter says of the i-th trace of n; nil: it is the only one.
local function place(i, n)
  return n > 1 and ("%d/%d"):format(i, n) or nil
end

local function text(info, seconds)
  local done, size = tonumber(info.consumed), tonumber(info.size)
  -- The size of what is not mapped grows as it is read.
  local percent = info.file_size > 0 and info.compression == 0 and size > 0 and
    ("%3.0f%%  "):format(done / size * 100) or ""
  return ("%s%s  %.0f events/s"):format(percent, format.bytes(done),
    tonumber(info.events) / math.max(seconds, 1e-3))
end

-- Whether it is time to show something again: since when it goes on, in seconds; nil: no.
function Meter:is_due()
  if self.due == math.huge then
    return nil
  end
  local t = now()
  if t < self.due then
    return nil
  end
  self.due, self.shown = t + 0.1, true
  return t - self.began
end

local function show(line)
  io.stderr:write("\r", line, "\27[K")
  io.stderr:flush()
end

-- Between batches.
function Meter:tick(info)
  local seconds = self:is_due()
  if seconds then
    show(self.of .. text(info, seconds))
  end
end

-- Between traces that others read: i of n have been read.
function Meter:count(i, n)
  local seconds = self:is_due()
  if seconds then
    show(("%s traces  %.3g a second"):format(place(i, n) or "1", i /
      math.max(seconds, 1e-3)))
  end
end

-- The line makes room for what comes next.
function Meter:clear()
  if self.shown then
    io.stderr:write "\r\27[K"
    io.stderr:flush()
    self.shown = false
  end
end

return {
  now = now,
  start = start,
  place = place,
  wanted = wanted,
  is_terminal = is_terminal,
}
