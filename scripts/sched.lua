-- sched.lua: scheduler latency: how long goroutines that could run waited for a P.
--
--   $ gotrace-lua sched testdata/real/go1.27-faults.trace
--   prev      waits    total     mean     p50      p99      max
--   NotExist     26  127.4ms  4.902ms   188us   36.3ms  36.51ms
--   Running      14  22.31ms  1.593ms    27us   13.8ms  13.88ms
--   Waiting      77   1.31ms  17.01us  9.31us  155.5us  155.5us
--
--   $ gotrace-lua sched --by=func -F csv testdata/real/go1.27-faults.trace | head -3
--   func,waits,total,mean,p50,p99,max
--   main.together.func1,68,148319680,2181171.7647059,17400,36300000,36508672
--   main.waitForNothing,7,1556032,222290.28571429,244000,315000,315584
description = "Scheduler latency: how long runnable goroutines waited for a P"
needs = "names"
args = {
  { name = "by", type = "keys", default = "prev",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
}

local by = opt.by
local waits = durations("waits", unpack(by.names)):top(opt.top)

function on.state(s)
  if s.state == "Runnable" then
    by:add(waits, s.dur)
  end
end
