-- ndjson.lua: spans, or events, as JSON, an object a line, one file for all traces.
--
--   $ gotrace-lua ndjson --kinds=stw --fields=name,from,dur testdata/real/go1.27-gc.trace | head -3
--   {"name":"start trace","from":33536,"dur":2624}
--   {"name":"GC sweep termination","from":717312,"dur":184896}
--   {"name":"GC mark termination","from":1392704,"dur":9472}
--
--   $ gotrace-lua -q -o heap.json ndjson --events='Heap*' testdata/real/go1.27-gc.trace && head -2 heap.json
--   {"trace":"testdata/real/go1.27-gc.trace","time":33856,"type":"HeapGoal","m":26224,"p":0,"g":1,"stack":[]}
--   {"trace":"testdata/real/go1.27-gc.trace","time":107392,"type":"HeapAlloc","m":26224,"p":0,"g":1,"stack":[]}
description = "Spans, or events, as JSON, one a line"
writes = "ndjson"
args = require "rows.args"
needs = opt.events and { "names", "spans" } or "names"

require "rows.rows"(export.ndjson)
