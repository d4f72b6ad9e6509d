-- damage_report.lua: what could not be read, for the human who has to decide what the
-- rest is worth.
local cause = require "gotrace.trace.cause"
local errors = require "gotrace.base.errors"
local trace = require "gotrace.trace.trace"
local value = require "gotrace.base.value"

local SHOWN = 10

local function show_each(handle, n, file)
  for i = 0, math.min(n, SHOWN) - 1 do
    local d = trace.damage(handle, i)
    if d then
      errors.warn("%s: %s", file, tostring(d))
    end
  end
  if n > SHOWN then
    errors.warn("%s: ... and %d more", file, n - SHOWN)
  end
end

-- "; likely ...", "" where nothing tells.
local function likely(handle, n, lost)
  local list = {}
  for i = 0, n - 1 do
    local d = trace.damage(handle, i)
    if not d then
      break
    end
    list[#list + 1] = d.cause
  end
  local text = cause.all(list, lost)
  return text ~= "" and "; likely " .. text or ""
end

-- A time as an option has it, no later than it is.
local function earlier(ns)
  local unit = 10 ^ math.max(0, math.floor(math.log10(ns)) - 3)
  return value.duration(math.floor(ns / unit) * unit)
end

-- Says up to which time figures can be trusted.
local function show_whole(file)
  local ns = trace.whole()
  if ns then
    errors.warn("%s: it is whole up to %s; behind that events are missing " ..
      "(--to %s leaves it out)", file, earlier(ns), earlier(ns))
  end
end

-- report(handle, info, file, quiet): what was lost, in a line; nil: nothing was.
local function report(handle, info, file, quiet)
  local n = tonumber(info.damages)
  if n == 0 then
    return nil
  end
  file = trace.shown(file)
  local lost, size = tonumber(info.lost), tonumber(info.size)
  local share = lost == 0 and "all bytes could be read" or
    ("%.0f of %.0f bytes (%.3g%%) could not be read"):format(lost, size,
      lost / size * 100)
  local text = share .. likely(handle, n, lost)
  if not quiet then
    show_each(handle, n, file)
    errors.warn("%s: %s", file, text)
    show_whole(file)
  end
  return text
end

return { report = report }
