-- goroutine.lua: a page about one goroutine: who created it, how long it lived, what it did
-- with its time, its longest waits, and the regions and tasks that it worked on.
--
--   $ gotrace-lua goroutine --goroutine=1 testdata/real/go1.27-faults.trace
description = "A page about one goroutine: --goroutine=ID"
needs = "names"
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
