-- ndjson.lua: spans as JSON, an object a line, one file for all traces.
--
--   $ gotrace-lua ndjson --kinds=stw --fields=name,from,dur testdata/real/go1.27-gc.trace | head -3
--   {"name":"start trace","from":33536,"dur":2624}
--   {"name":"GC sweep termination","from":717312,"dur":184896}
--   {"name":"GC mark termination","from":1392704,"dur":9472}
description = "Spans as JSON, one a line"
writes = "ndjson"
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

local rows = export.ndjson(opt.fields)

for _, kind in ipairs(opt.kinds) do
  on[kind] = function(s) rows:add_span(s) end
end
