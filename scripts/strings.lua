-- strings.lua: every string in the trace, one a line: functions, files, names
-- of tasks and regions, log messages, labels: what you share with the file.
--
--   $ gotrace-lua strings testdata/real/go1.27-http.trace | sort | head -3
--   GC (dedicated)
--   GC (fractional)
--   GC (idle)
--
--   $ gotrace-lua strings testdata/real/go1.27-http.trace | grep -c net/http
--   71
description = "Every string in the trace, one a line"
order = "thread"

local format = require "gotrace.format"
shared.seen = shared.seen or {} -- several traces may share strings
local seen = shared.seen

function on.finish(t)
  if format.style() == "csv" and not shared.headed then
    print "string"
  end
  shared.headed = true
  for s in t:strings() do
    if not seen[s] then
      seen[s] = true
      print(format.value(s))
    end
  end
end
