-- syscalls.lua: calls of the system: where, how long, and how long without a proc.
--
--   $ gotrace-lua syscalls --top=3 testdata/real/go1.27-faults.trace
--     total  calls     mean      max  blocked  place
--   10.93ms      5  2.186ms  2.225ms      0ns  main.readSlowly:145
--   206.1us      5  41.23us  165.6us      0ns  main.readSlowly.func1:138
--   32.83us      2  16.42us  30.53us      0ns  syscall.write:964
--
--   $ gotrace-lua syscalls --top=1 -F csv testdata/real/go1.27-faults.trace
--   place,total,calls,mean,max,blocked
--   main.readSlowly programs/faults.go:145,10929024,5,2185804.8,2225472,0
description = "Syscalls by place: how long, and how long without a P"
needs = "names"
args = {
  { name = "by", type = "keys", default = "place",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local by, system = opt.by, opt.system
local calls = columns { by = by.names, "sum total", "count calls", "mean mean",
  "max max", "sum blocked" }
calls:ns():top(opt.top)
calls:when_empty("syscalls: no syscall of the program's own goroutines: " ..
  "--system has the runtime's; waits for the network are in blocks")

function on.state(s)
  if s.state == "Syscall" and (system or not s.system) then
    by:add(calls, s.dur, s.dur, s.dur, s.dur, s.blocked)
  end
end
