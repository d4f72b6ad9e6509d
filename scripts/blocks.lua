-- blocks.lua: where goroutines wait: for what, how often and for how long.
--
--   $ gotrace-lua blocks --top=4 testdata/real/go1.27-faults.trace | head -6
--   reason            total  waits     mean      max  place
--   chan receive    437.5ms      7   62.5ms  62.52ms  main.waitForNothing:129
--   sync            72.33ms      3  24.11ms  48.52ms  main.together:84
--   sync            43.91ms     17  2.583ms  5.603ms  main.wantLock:113
--   sleep           19.86ms     18  1.103ms  1.194ms  main.wantLock:116
--   ... and 8 more  57.97ms     39  1.486ms  4.225ms
--   $ gotrace-lua blocks testdata/real/go1.27-faults.trace | tail -4
--   waited at     locks held by               total  waits  place
--   together:84   together.func1            72.33ms      3  main.together.func1:82
--   wantLock:113  together.func1, in sleep  43.75ms     17  main.holdLock:106
--   wantLock:113  together.func1            160.5us     11  main.wantLock:115
--
--   $ gotrace-lua blocks --by=func --top=2 -F csv testdata/real/go1.27-faults.trace
--   func,total,waits,mean,max
--   main.waitForNothing,437496071,7,62499438.714286,62521729
--   main.main,86077312,16,5379832,48524608
--
-- Below is who made goroutines wait for locks: whoever had one meanwhile, back along the queue to
-- the one that had not itself to wait for it, `in` what that one waited for meanwhile, and the
-- place of that, or where it let go of the lock. `handlers -F json` has it of servers.
--
-- A reason with (GC) is a wait for the collector, in code of the place that allocates or calls
-- runtime.GC. Syscalls are no waits here, but for their sum below: syscalls has them.
description = "Where goroutines wait: for what, how often, how long"
needs = "names"
args = {
  { name = "by", type = "keys", default = "cause as reason, place",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "open", choices = { "count", "skip" }, default = "count",
    help = "waits that begin or end outside of the trace" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local by, skip, system = opt.by, opt.open == "skip", opt.system
local waits = columns { by = by.names, "sum total", "count waits", "mean mean",
  "max max" }
waits:ns():top(opt.top)
waits:when_empty("blocks: no goroutine waited: those of the runtime are " ..
  "left out without --system, and syscalls are gotrace-lua syscalls")

-- Who asks what goroutines waited for may mean syscalls, too: how much there is of them. To
-- programs it would be a table of another kind between the rows.
local beside = require("gotrace.format").style() == "text" and columns {
  by = { "not among them", "ask" }, "sum total", "count calls" }:ns():optional()

-- Who had the locks meanwhile: likewise, where a row is a place.
local is_by_place = table.concat(by.names, " ") == "reason place"
local who = beside and is_by_place and
  require("holders.tables").new(nil, "locks held by") or nil
local of_wait = who and require("holders.holders").new()

local function add_part(s, part, ns)
  who:add(nil, s, part, ns)
end

local function pass() end

-- The tracer's own goroutine is none of the runtime's by its name.
local function is_wanted(s)
  local is_system = s.system or s.reason == "system goroutine wait"
  return (system or not is_system) and not (skip and s.open)
end

-- Of a lock, that is told; any goroutine may have it.
local function look_at_holder(s)
  local is_lock = s.reason == "sync" and s.cause == "sync"
  of_wait:state(s, is_lock and is_wanted(s) and add_part or pass)
end

function on.state(s)
  if who then
    look_at_holder(s)
  end
  if s.state == "Waiting" and is_wanted(s) then
    by:add(waits, s.dur, s.dur, s.dur, s.dur)
  elseif s.state == "Syscall" and beside and is_wanted(s) and
    (system or s.func:find("runtime/", 1, true) ~= 1) then -- as syscalls has it
    beside:add("syscalls", "gotrace-lua syscalls", s.dur, 1)
  end
end
