-- regions.lua: user regions: how often, how long, and how long without those in them.
--
--   $ gotrace-lua regions testdata/real/go1.27-faults.trace
--   name   regions    total     mean      p50      p99      max     self
--   ask         12  13.05ms  1.088ms   13.9us   4.36ms  4.384ms  13.05ms
--   parse       12  1.326ms  110.5us  100.5us  191.4us  191.4us  1.326ms
--
--   $ gotrace-lua regions -F csv testdata/real/go1.27-faults.trace
--   name,regions,total,mean,p50,p99,max,self
--   ask,12,13052544,1087712,13900,4360000,4383616,13052544
--   parse,12,1325824,110485.33333333,100480,191424,191424,1325824
description = "User regions by name: how often, how long"
needs = "names"
args = {
  { name = "by", type = "keys", default = "name",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local by = opt.by
local regions = columns { by = by.names, "durations regions", "sum self" }
regions:ns():top(opt.top)
regions:when_empty("regions: there is no region: the program calls no " ..
  "trace.WithRegion or StartRegion; regions_from_stacks makes some of stacks")

function on.region(s)
  by:add(regions, s.dur, s.self)
end
