-- info.lua: what a trace is: its version, length, size and what is in it.
--
--   $ gotrace-lua info testdata/real/go1.27-http.trace
--   property          value
--   file              testdata/real/go1.27-http.trace
--   version           go 1.26
--   compression       none
--   duration          18.56ms
--   events            12,896
--   generations       1
--   procs             4
--   threads           6
--   goroutines        78
--   damages           0
--   lost              0B
--   size              73.83KiB
--   header_bytes      16B
--   framing_bytes     239B
--   events_bytes      55.78KiB
--   strings_bytes     8.396KiB
--   stacks_bytes      9.38KiB
--   samples_bytes     0B
--   sync_bytes        23B
--   experiment_bytes  0B
--
--   $ gotrace-lua info -F csv testdata/real/go1.27-http.trace | grep duration
--   duration,18561664
description = "Version, duration, generations, Ps, Ms, goroutines, size by part"

local format = require "gotrace.format"

local parts = {
  "header", "framing", "events", "strings", "stacks", "samples", "sync",
  "experiment",
}

-- Numbers as people read them; programs get the number.
local function shown(unit, n)
  return format.style() == "text" and format[unit](n) or n
end

-- Up to when no events are lost.
local whole

function on.damage(d)
  if not whole and (d.lost > 0 or d.cut) and d.time > 0 then
    whole = d.time
  end
end

function on.finish(t)
  local out = rows("property", "value"):object()
  out:add("file", t.file)
  out:add("version", "go " .. t.version)
  if t.version == "1.5" then
    out:add("names", t.binary or "none, addresses only: --binary PROGRAM")
  end
  out:add("compression", t.compression)
  out:add("duration", shown("duration", t.duration))
  for _, name in ipairs {
    "events", "generations", "procs", "threads", "goroutines", "damages",
  } do
    if t[name] then -- with --to nobody counts procs, threads and goroutines
      out:add(name, shown("thousands", t[name]))
    end
  end
  out:add("lost", shown("bytes", t.lost))
  if whole then
    out:add("whole_until", shown("duration", whole))
    whole = nil
  end
  out:add("size", shown("bytes", t.size))
  for _, name in ipairs(parts) do
    out:add(name .. "_bytes", shown("bytes", t.parts[name]))
  end
end
