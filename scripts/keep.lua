-- keep.lua: keeps some goroutines and hides the others: those started with a
-- function, with a number, working on a task, entering a region, or logging; --with adds
-- their descendants, who created them, and who woke them, up to N steps away.
--
--   $ gotrace-lua -o some.trace keep --func='^main' --with=wakers:1 testdata/real/go1.27-http.trace
--   gotrace-lua: some.trace: 2149 events; 10,747 dropped
--
-- What others did to the kept ones (create, unblock) stays, as far as a trace
-- can say it without them. Of a goroutine that is older than the trace the first stack
-- tells the function.
--
-- With --during a task or region itself is kept: the time that it took, in which
-- goroutines are there only while they work on it, and those who woke them for the run in which
-- they did. So one request of a connection that serves many comes out alone.
--
--   $ gotrace-lua -q -o slow.trace keep --slowest=1 --name=request testdata/real/go1.27-faults.trace
--   $ gotrace-lua tasks slow.trace
--   name     complete    total     mean      p50      p99      max  open
--   request         1  4.486ms  4.486ms  4.486ms  4.486ms  4.486ms     0
--
-- It reads the trace twice: a file, not a pipe, unless numbers are all that is asked for.
description = "Keep some goroutines, or what was done for a task or region"
needs = "output"
args = {
  { name = "func", type = "regexp", help = "function that they run" },
  { name = "goroutine", short = "G", type = "int", repeatable = true,
    help = "their numbers" },
  { name = "task", type = "int", help = "number of a task they work on" },
  { name = "region", help = "name of a region that they enter" },
  { name = "log", arg = "KEY=REGEXP", matches = "=",
    wanted = "a category and what its messages match (order=^id=7)",
    help = "what they log" },
  { name = "with", type = "list", default = {}, arg = "WHO,...",
    matches = "^(descendants|creators|wakers)(:[0-9]+)?$",
    wanted = "one of descendants, creators, wakers:N",
    help = "also their descendants, creators, wakers:N" },
  { name = "during", type = "bool",
    help = "only while the task, region or logged task lasts" },
  { name = "slowest", type = "int", help = "the N longest tasks, as --during" },
  { name = "name", help = "--slowest: tasks of this type alone" },
  { name = "pad", type = "duration", default = 0,
    help = "--during: so much before and behind" },
}

local during = opt.during or opt.slowest ~= nil

-- What has no meaning in one of the two ways.
local function check()
  if opt.slowest and opt.slowest < 1 then
    fail("--slowest=%d: a number from 1 on", opt.slowest)
  elseif during and (opt.func or opt.goroutine or #opt.with > 0) then
    fail("--during is about tasks and regions: --func, --goroutine and " ..
      "--with choose whole goroutines")
  elseif not during and (opt.name or opt.pad ~= 0) then
    fail("--name and --pad want --slowest or --during")
  end
end

-- Whether their numbers are all that is asked for.
local function by_number()
  return opt.goroutine and #opt.with == 0 and
    not (opt.func or opt.task or opt.region or opt.log)
end

check()
require(during and "keep.during" or by_number() and "keep.numbers" or
  "keep.whole")
