-- info.lua: what a trace is: its version, length, size and what is in it.
--
--   $ gotrace-lua info testdata/real/go1.27-http.trace
--   property          value
--   file              testdata/real/go1.27-http.trace
--   version           go 1.26
--   compression       none
--   duration          18.56ms
--   events            12896
--   generations       1
--   procs             4
--   threads           6
--   goroutines        78
--   damages           0
--   lost              0
--   size              75602
--   header bytes      16
--   framing bytes     239
--   events bytes      57121
--   strings bytes     8598
--   stacks bytes      9605
--   samples bytes     0
--   sync bytes        23
--   experiment bytes  0
--
--   $ gotrace-lua info -F csv testdata/real/go1.27-http.trace | grep duration
--   duration,18561664
description = "Version, duration, generations, Ps, Ms, goroutines, size by part"

local format = require "gotrace.format"

local parts = {
  "header", "framing", "events", "strings", "stacks", "samples", "sync",
  "experiment",
}

function on.finish(t)
  local out = rows("property", "value"):object()
  out:add("file", t.file)
  out:add("version", "go " .. t.version)
  if t.version == "1.5" then
    out:add("names", t.binary or "none, addresses only: --binary PROGRAM")
  end
  out:add("compression", t.compression)
  local ns = format.style() ~= "text" -- where programs read it
  out:add("duration", ns and t.duration or format.duration(t.duration))
  for _, name in ipairs {
    "events", "generations", "procs", "threads", "goroutines", "damages",
    "lost", "size",
  } do
    if t[name] then -- with --to nobody counts procs, threads and goroutines
      out:add(name, t[name])
    end
  end
  for _, name in ipairs(parts) do
    out:add(name .. " bytes", t.parts[name])
  end
end
