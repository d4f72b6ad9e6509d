-- strings.lua: every string in the trace, one a line: functions, files, names
-- of tasks and regions, log messages, labels: what you share with the file.
--
--   $ gotrace-lua strings testdata/real/go1.27-http.trace | sort | head -3
--   GC (dedicated)
--   GC (fractional)
--   GC (idle)
description = "Every string in the trace, one a line"
order = "thread"

local names = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local seen = {} -- several traces may share strings

function on.finish(t)
  for s in t:strings() do
    if not seen[s] then
      seen[s] = true
      print((s:gsub("%c", function(c)
        return names[c] or ("\\x%02x"):format(c:byte())
      end)))
    end
  end
end
