-- wakers.lua: who woke whom: which goroutines ended waits, and how long these were.
--
--   $ gotrace-lua wakers --top=4 testdata/real/go1.27-faults.trace
--   waker                 woken                reason         waited  wakes      max
--   main.together.func1   main.main            sync          72.33ms      3  48.52ms
--   main.together.func1   main.together.func1  sync          43.91ms     17  5.603ms
--   -                     main.together.func1  sleep         39.56ms     24  3.323ms
--   main.answerQuestions  main.main            chan receive  12.64ms     11  4.225ms
--   ... and 6 more                                           25.63ms     22  4.193ms
--
--   $ gotrace-lua wakers --top=1 -F csv testdata/real/go1.27-faults.trace
--   waker,woken,reason,waited,wakes,max
--   main.together.func1,main.main,sync,72327936,3,48524608
description = "Who woke whom, from what, after how long"
needs = "names"
args = {
  { name = "by", type = "keys",
    default = 'waker_func or "-" as waker, func as woken, reason',
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local by = opt.by
local waits = columns { by = by.names, "sum waited", "count wakes", "max max" }
waits:ns():top(opt.top)
waits:when_empty("wakers: no goroutine of the program's own was woken: " ..
  "blocks has waits that nobody ended")

-- The runtime, the network and timers wake goroutines, too.
function on.state(s)
  if s.state == "Waiting" and s.next == "Runnable" and not s.system then
    by:add(waits, s.dur, s.dur, s.dur)
  end
end
