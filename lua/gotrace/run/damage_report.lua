-- damage_report.lua: what could not be read, for the human who has to decide what the
-- rest is worth.
local errors = require "gotrace.base.errors"
local trace = require "gotrace.run.trace"

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

-- Where the damage is says most about how it came: an end that is missing was
-- not written, or not copied.
local function likely_cause(handle, n)
  for i = 0, n - 1 do
    local d = trace.damage(handle, i)
    if d and d.cut then
      return "the file ends early: the program was killed while it traced, " ..
        "or the copy is not whole"
    end
  end
  return "bytes were changed, as a transfer in text mode or a bad disk does"
end

-- report(handle, info, file, quiet): true if anything was lost.
local function report(handle, info, file, quiet)
  local n = tonumber(info.damages)
  if n == 0 then
    return false
  end
  file = trace.shown(file)
  if not quiet then
    show_each(handle, n, file)
    local lost, size = tonumber(info.lost), tonumber(info.size)
    local share = lost == 0 and "all bytes could be read" or
      ("%.0f of %.0f bytes (%.3g%%) could not be read"):format(lost, size,
        lost / size * 100)
    errors.warn("%s: %s; likely %s", file, share, likely_cause(handle, n))
  end
  return true
end

return { report = report }
