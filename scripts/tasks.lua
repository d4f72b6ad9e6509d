-- tasks.lua: user tasks: how many of each type, how long they took, how many are not
-- complete in the trace.
--
--   $ gotrace-lua tasks testdata/real/go1.27-faults.trace
--   name     complete    total     mean    p50      p99      max  open
--   request        12  14.42ms  1.202ms  126us  4.486ms  4.486ms     0
--
--   $ gotrace-lua tasks -F csv testdata/real/go1.27-faults.trace
--   name,complete,total,mean,p50,p99,max,open
--   request,12,14421248,1201770.6666667,126000,4485760,4485760,0
--
-- With --by=log:KEY tasks are together that logged the same under that key.
description = "User tasks by type: latency, and how many are open"
needs = "names"
args = {
  { name = "by", type = "keys", default = "name",
    help = "what to group by: fields of spans, log:KEY" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local by = opt.by
local tasks = columns { by = by.names, "durations complete", "count open" }
tasks:ns():top(opt.top)
tasks:when_empty("tasks: there is no task: the program calls no " ..
  "trace.NewTask (runtime/trace); goroutines has what its functions did")

function on.task(s)
  by:add(tasks, not s.open and s.dur or nil, s.open and 1 or nil)
end
