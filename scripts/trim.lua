-- trim.lua: cuts a trace to a part of its time: everything alive then is there,
-- as if the trace had begun there. The program's --from and --to do the same
-- for any script; this is their name in a pipeline. Times begin with the trace,
-- negative ones count from its end (and want a file, not a pipe).
--
--   $ gotrace-lua -o part.trace trim --start=5ms --stop=-5ms testdata/real/go1.27-http.trace
--   gotrace-lua: part.trace: 1806 events; 11,119 cut
--   $ gotrace-lua trim --start=5ms --stop=-5ms -s count_gocreate testdata/real/go1.27-http.trace
--   Created 29 goroutines
description = "Cut a trace to a part of its time: --start=1s --stop=-200ms"
args = {
  { name = "start", type = "duration", help = "events from this time on" },
  { name = "stop", type = "duration", help = "events before this time" },
}

local length = 0

local function at(time)
  return time and time < 0 and math.max(0, length + time) or time
end

if (opt.start or 0) < 0 or (opt.stop or 0) < 0 then
  function scan.finish(t)
    length = t.duration
  end
end

function on.begin(t)
  local from, to = at(opt.start), at(opt.stop)
  if (from or 0) >= (to or math.huge) then
    fail("nothing is between --start and --stop in %s", t.file)
  end
  t.window(from, to)
end
