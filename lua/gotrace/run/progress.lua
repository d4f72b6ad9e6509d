-- progress.lua: a line on stderr while a long run goes on.
local ffi = require "ffi"
local format = require "gotrace.tables.format"
local output = require "gotrace.sandbox.output"

ffi.cdef [[
struct gotrace_timespec { long sec, nsec; };
int clock_gettime(int clock, struct gotrace_timespec *at);
]]

local MONOTONIC = 1
local at = ffi.new "struct gotrace_timespec"

local function now()
  ffi.C.clock_gettime(MONOTONIC, at)
  return tonumber(at.sec) + tonumber(at.nsec) / 1e9
end

local is_terminal = output.is_terminal

-- On a terminal after a second, or wherever it was asked for.
local function wanted(options)
  return not options.quiet and (options.progress or is_terminal(2))
end

local Meter = {}
Meter.__index = Meter

-- A meter; one that never shows anything where nobody wants it.
local function start(options)
  local t = now()
  local delay = not wanted(options) and math.huge or options.progress and 0 or 1
  return setmetatable({ began = t, due = t + delay, shown = false }, Meter)
end

local function text(info, seconds)
  local done, size = tonumber(info.consumed), tonumber(info.size)
  -- The size of what is not mapped grows as it is read.
  local percent = info.file_size > 0 and info.compression == 0 and size > 0 and
    ("%3.0f%%  "):format(done / size * 100) or ""
  return ("%s%s  %.0f events/s"):format(percent, format.bytes(done),
    tonumber(info.events) / math.max(seconds, 1e-3))
end

-- Between batches.
function Meter:tick(info)
  if self.due == math.huge then
    return
  end
  local t = now()
  if t < self.due then
    return
  end
  self.due, self.shown = t + 0.1, true
  io.stderr:write("\r", text(info, t - self.began), "\27[K")
  io.stderr:flush()
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
  start = start,
  wanted = wanted,
  is_terminal = is_terminal,
}
