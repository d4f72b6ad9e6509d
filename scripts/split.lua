-- split.lua: cuts a trace into several, each valid on its own. -o names them,
-- %d is the number of the part. The trace is read once more for each part: a
-- file, not a pipe. The size of parts is that in the input, about.
--
--   $ gotrace-lua -o part-%d.trace split --every=5ms testdata/real/go1.27-http.trace
--   gotrace-lua: part-1.trace: 826 events; 12,070 cut
--   gotrace-lua: part-2.trace: 1116 events; 11,809 cut
--   gotrace-lua: part-3.trace: 8284 events; 4641 cut
--   gotrace-lua: part-4.trace: 2759 events; 10,168 cut
--
--   $ gotrace-lua -q -o piece-%d.trace split --every=20KB testdata/real/go1.27-http.trace && ls piece-*.trace | wc -l
--   4
description = "Cut a trace into several: --every=1s, 16MB or generation"
needs = "output"
args = {
  { name = "every", required = true, arg = "T|SIZE|generation",
    matches = "^(generation|(?=[0.]*[1-9])[0-9]*[.]?[0-9]+([um]?s|m|[KMG]B))$",
    wanted = 'a time (1s), a size (16MB) or "generation"',
    help = "length of a part: a time, bytes of the input, or its generations" },
}

local every = opt.every or "generation"
local number, unit = every:match "^([%d.]+)(%a+)$"
local ns = { us = 1e3, ms = 1e6, s = 1e9, m = 60e9 }
local bytes = { KB = 2 ^ 10, MB = 2 ^ 20, GB = 2 ^ 30 }
local time = (tonumber(number) or 0) * (ns[unit] or 0)
local size = (tonumber(number) or 0) * (bytes[unit] or 0)

if every == "generation" then
  function scan.generation(gen)
    trace.split(gen.time)
  end
elseif time > 0 then
  function scan.finish(t)
    for at = time, t.duration, time do
      t.split(at)
    end
  end
else
  local times, n = {}, 0 -- of each sixteenth event
  function scan.any(ev)
    n = n + 1
    if n % 16 == 0 then
      times[n / 16] = ev.time
    end
  end
  function scan.finish(t)
    local each = math.max(1, #times * size / t.size)
    for i = each, #times, each do
      t.split(times[math.floor(i)])
    end
    times, n = {}, 0
  end
end
