-- gc.lua: collections: how many and when, what they cost, what set them off; and of each how
-- long it took, how long the world stood and goroutines had to help, and what became of the heap.
--
--   $ gotrace-lua gc testdata/real/go1.27-gc.trace | head -4
--   8 collections began in 20.61ms, 388.1 a second
--   cost: 24.6% of the procs' time, in workers, assists and sweeps
--   stops: 16, 991us in all; longest 217.2us, GC sweep termination, at 1.713ms
--   begun in each 2ms from 0ns: 2 0 0 1 0 0 1 1 1 2 0
--   $ gotrace-lua gc --top=1 testdata/real/go1.27-gc.trace | tail -7 | head -3
--   n     from     mark      stw   assist    before    after      goal
--   4  12.13ms  1.553ms  84.42us  5.457ms  4.418MiB  3.57MiB  4.407MiB
--   ... and 7 more, which held goroutines up less: stw 906.6us, assist 5.664ms
--
-- The list has the --top collections that held goroutines up most (stw and assist together), in
-- the order of time; with 0, and in JSON and CSV, all of them. `began` counts those that began in
-- what is looked at, cost is as the overview has it: with -f of what it leaves. Set off is by the
-- place whose allocation, or call of runtime.GC, was one too many.
--
-- assist is from the begin to the end of each mark assist, the waits in them and all, as gc_assist
-- of goroutines and overview; --spans=assist -a 'sum(stats.exec)' has the part that ran.
description = "Collections: how often, what they cost, what sets them off"

args = {
  { name = "by", type = "keys",
    help = "sums by fields of spans: of mark phases, stops and assists" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0,
    help = "rows to show: collections that cost most; 0: all" },
}

local new_head = require("gc.head").new
local pictures = require("picture.pictures").new ""
local several = require "picture.several"
local tables = require "gc.tables"

local by, is_text = opt.by, several.is_text
local sums = by and columns { by = by.names, "sum mark", "count cycles",
  "max longest", "sum stw", "sum assist" }:ns():top(opt.top)
local nothing = "gc: no collection ran while the trace was made; heap has " ..
  "how the heap grew"
if sums then
  sums:when_empty(nothing)
end

local guessed = is_text and require("gc.guessed").new()
local all = not by and not is_text and tables.new(nothing)
local seen = not by and is_text and count("cycles"):quiet()
local head = not by and new_head()

-- The times of mark phases that -f and windows leave.
local told = require("gc.told").new()

function on.gc(s)
  pictures:add("mark", s.from, s.to)
  if s.open ~= "begin" and s.open ~= "both" then
    pictures:count("began", s.from)
  end
  told:add(s)
  if guessed then
    guessed(s)
  end
  if by then
    return by:add(sums, s.dur, s.dur, s.dur, nil, nil)
  end
  if seen then
    seen:add()
  end
  head:gc(s)
end

-- Stops for other ends are none of the collector's.
function on.stw(s)
  if head then
    head:stw(s)
  elseif s.name:find "^GC " then
    by:add(sums, nil, nil, nil, s.dur, nil)
  end
end

function on.assist(s)
  if by then
    by:add(sums, nil, nil, nil, nil, s.dur)
  end
end

local function show(t)
  local list = told:collections()
  head:finish(t)
  if all then
    tables.add(all, head, list)
  elseif #list > 0 then
    head:print(t)
    tables.print(head, list, opt.top)
  end
end

function on.finish(t)
  if head then
    show(t)
  end
  pictures:show(t)
end

function on.done()
  if seen and seen:get() == 0 then
    tables.list(nothing)
  end
end
