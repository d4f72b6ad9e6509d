-- goroutine.lua: a page about one goroutine: who created it, how long it lived, what it did
-- with its time, its longest waits, and the regions and tasks that it worked on.
--
--   $ gotrace-lua goroutine --goroutine=24 --top=3 testdata/real/go1.27-annotations.trace | grep .
--   trace       testdata/real/go1.27-annotations.trace
--   goroutine   24 main.together.func1
--   created     0.000129152 by 1 main.main at main.together:79
--   life        0.000129152 to 0.001502848, 1.374ms
--   time        for      total  percent
--   block       sleep  1.079ms   78.56%
--   sched_wait         256.8us   18.69%
--   exec                37.7us    2.74%
--   from         wait for  waker      dur  place
--   0.000238144  sleep     -      1.079ms  main.order.func1.1:37
--   region    total  times      max
--   outer   1.271ms      1  1.271ms
--   inner   22.14us      1  20.16us
--   task  name     worked
--      5  part 1  1.271ms
--      2  order     103us
--
--   $ gotrace-lua goroutine --goroutine=24 -F json testdata/real/go1.27-annotations.trace | head -c 60; echo
--   {"id":24,"name":"main.together.func1","system":false,"creato
description = "A page about one goroutine: --goroutine=ID"
args = {
  { name = "goroutine", short = "G", type = "int", required = true,
    help = "its number" },
  { name = "top", short = "t", type = "int", default = 10,
    help = "rows of each table; 0: all" },
}

local format = require "gotrace.format"
local page = require("goroutine." .. (format.style() == "text" and "text" or
  "record")).new(opt.top)
local seen = require("goroutine.seen").new(opt.goroutine)

local function change(ev)
  seen:change(ev)
end
on.UserTaskBegin, on.UserTaskEnd = change, change
on.UserRegionBegin, on.UserRegionEnd = change, change

function on.state(s)
  if s.g == opt.goroutine then
    seen:state(s)
  end
end

function on.region(s)
  if s.g == opt.goroutine then
    seen:region(s)
  end
end

function on.task(s)
  seen:task(s)
end

function on.goroutine(s)
  if s.g == opt.goroutine then
    seen:life(s)
  end
end

function on.finish(t)
  local g = trace.goroutine(opt.goroutine)
  if not g then
    fail("%s: there is no goroutine %d", t.file, opt.goroutine)
  end
  page:print(t, g, seen)
end
