-- sched.lua: scheduler latency: how long goroutines that could run waited for a P.
--
--   $ gotrace-lua sched testdata/real/go1.27-faults.trace | head -4
--   prev      waits    total     mean     p50      p99      max
--   NotExist     23  127.1ms  5.526ms   216us   36.3ms  36.51ms
--   Running      14  22.31ms  1.593ms    27us   13.8ms  13.88ms
--   Waiting      77   1.31ms  17.01us  9.31us  155.5us  155.5us
--   $ gotrace-lua sched testdata/real/go1.27-faults.trace | tail -7
--   func                   woken_from    wakes  per_second  goroutines
--   main.together.func1    sleep            24         240           4
--   main.together.func1    sync             17         170           3
--   main.answerQuestions   chan receive     11         110           1
--   main.main              chan receive     11         110           1
--   main.readSlowly.func1  sleep             5          50           1
--   ... and 5 more                           9          90           5
--
--   $ gotrace-lua sched --by=func -F csv testdata/real/go1.27-faults.trace | head -3
--   func,waits,total,mean,p50,p99,max
--   main.together.func1,68,148319680,2181171.7647059,17400,36300000,36508672
--   main.waitForNothing,7,1556032,222290.28571429,244000,315000,315584
--
-- Below is how often goroutines were woken (their first starts are none), from what, how often in a
-- second, and how many goroutines that are.
--
-- waits are how often one could run and did not yet, total how long: what goroutines calls
-- sched_wait, and overview "waits for a proc".
description = "Scheduler latency: how long runnable goroutines waited for a P"
needs = "names"
args = {
  { name = "by", type = "keys", default = "prev",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local by = opt.by
local keys = table.concat(by.names, " ")
local waits = durations("waits", unpack(by.names)):top(opt.top)
waits:when_empty("sched: no goroutine of the program's own waited for a P: " ..
  "--system has those of the runtime")

-- Who asks by functions, or not at all, gets who is woken so often, too.
local woken = (keys == "prev" or keys == "func") and
  require("stops.woken").new(opt.top)

-- The tracer's and the profiler's own are none of the runtime's for Go.
local function is_wanted(s)
  local is_own = not s.system and s.func:find("runtime/", 1, true) ~= 1
  return opt.system or is_own
end

function on.state(s)
  if s.state == "Runnable" and is_wanted(s) then
    by:add(waits, s.dur)
  elseif woken and s.state == "Waiting" and s.next == "Runnable" and
    is_wanted(s) then
    woken:add(s)
  end
end

function on.finish(t)
  if woken then
    woken:finish(t)
  end
end
