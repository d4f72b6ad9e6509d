-- csv.lua: spans, or events, as a table of comma-separated values, one file for all traces.
--
--   $ gotrace-lua csv --kinds=stw --fields=name,from,dur testdata/real/go1.27-gc.trace | head -3
--   name,from,dur
--   start trace,33536,2624
--   GC sweep termination,717312,184896
--
--   $ gotrace-lua -q -o heap.csv csv --events='Heap*' testdata/real/go1.27-gc.trace && head -3 heap.csv
--   trace,time,type,m,p,g,stack
--   testdata/real/go1.27-gc.trace,33856,HeapGoal,26224,0,1,
--   testdata/real/go1.27-gc.trace,107392,HeapAlloc,26224,0,1,
description = "Spans, or events, as CSV"
writes = "csv"
args = require "rows.args"
needs = opt.events and { "names", "spans" } or "names"

require "rows.rows"(export.csv)
