-- For scripts, what only runs in parts will do: put_together(a, b) adds table b to
-- table a, and columns(...) is a table of several measures.
local agg = require "gotrace.tables.agg"

function agg.library.put_together(one, other)
  agg.merge(one, other)
  return one
end

function agg.library.columns(what, ...)
  local m = agg.measures
  local total = m.sum "total"
  total.unit = "ns"
  return agg.make(what, m.columns { total, m.count "times", m.last "at" }, ...)
end
