-- csv.lua: spans as a table of comma-separated values, one file for all traces.
--
--   $ gotrace-lua csv --kinds=stw --fields=name,from,dur testdata/real/go1.27-gc.trace | head -3
--   name,from,dur
--   start trace,33536,2624
--   GC sweep termination,717312,184896
description = "Spans as CSV"
writes = "csv"
needs = "names"
args = {
  { name = "kinds", type = "list", default = { "state" }, choices = { "state",
    "proc", "stw", "gc", "sweep", "assist", "region", "task", "goroutine" },
    help = "of which kinds" },
  { name = "fields", type = "list", default = { "trace", "kind", "name", "from",
    "to", "dur", "g", "p", "m", "reason", "task", "waker", "func", "open",
    "stack" },
    help = "the columns: fields of spans, and trace" },
}

local rows = export.csv(opt.fields)

for _, kind in ipairs(opt.kinds) do
  on[kind] = function(s) rows:add_span(s) end
end
