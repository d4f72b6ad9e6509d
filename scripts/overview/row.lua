-- row.lua: overviews of several traces as one table: a row for each.
local words = require "overview.words"

local out = rows("trace", "duration", "busy", "gc", "p99", "stop",
  "finding"):name "overview"
  :unit("ns", "duration", "p99", "stop"):unit("%", "busy", "gc"):first(1)

-- write(report): adds what it says: of waits for a proc the p99, the longest stop of the
-- world, and the severest finding.
local function write(report)
  local r = report.values
  local totals, first = r.totals.values, r.findings[1]
  local gc = totals.gc.values
  out:add(r.trace.values.file, r.trace.values.duration,
    words.percent(totals.busy, totals.capacity), gc.share, r.sched.values.p99,
    gc.longest_stop, first and first.values.id or "")
end

return { write = write }
