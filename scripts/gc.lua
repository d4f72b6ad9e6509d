-- gc.lua: collections: when, how long, how long the world stood and goroutines had to
-- help, and what became of the heap.
--
--   $ gotrace-lua gc testdata/real/go1.27-gc.trace | head -9
--   n     from     mark      stw   assist    before     after      goal
--   1  716.4us  679.7us  194.4us  1.966ms  3.291MiB  2.954MiB  3.258MiB
--   2  1.713ms  875.6us  221.3us  2.377ms  3.988MiB  3.384MiB  3.954MiB
--   3  7.838ms  621.7us  132.5us  909.8us  4.465MiB  3.407MiB  4.384MiB
--   4  12.13ms  1.553ms  84.42us  5.457ms  4.418MiB   3.57MiB  4.407MiB
--   5   15.4ms  1.788ms  43.01us  154.8us  4.577MiB  3.348MiB   4.57MiB
--   6  17.72ms  609.7us  156.2us  33.09us  4.369MiB  3.389MiB  4.348MiB
--   7  18.87ms    478us  120.3us  223.9us  4.394MiB  3.243MiB  4.389MiB
--   8  19.56ms  365.6us  38.85us      0ns  3.257MiB  2.898MiB  4.243MiB
--   $ gotrace-lua gc testdata/real/go1.27-gc.trace | tail -2
--         over time, 500us each
--   mark  ·▅▇▅█▂·········▃█·······▆██▃··▂███▄▅▆▃▆▆
--
-- assist is from the begin to the end of each mark assist, the waits in them and all, as gc_assist
-- of goroutines and overview; --spans=assist -a 'sum(stats.exec)' has the part that ran.
description = "Collections: when, how long, stops, assists, heap"

args = {
  { name = "by", type = "keys",
    help = "sums by fields of spans: of mark phases, stops and assists" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows of sums to show; 0: all" },
}

local pictures = require("picture.pictures").new ""
local several = require "picture.several"

local by, either = opt.by, several.either
local sums = by and columns { by = by.names, "sum mark", "count cycles",
  "max longest", "sum stw", "sum assist" }:ns():top(opt.top)
local nothing = "gc: no collection ran while the trace was made; heap has " ..
  "how the heap grew"
if sums then
  sums:when_empty(nothing)
end

-- Those that ended where events are lost, as people are to know of them.
local guessed = require("gotrace.format").style() == "text" and columns {
  by = { "of these" }, "count cycles", "sum mark" }:ns():optional()

local function is_guessed(s)
  return trace.damages > 0 and (s.open == "begin" or s.open == "both")
end

-- A row for each collection.
local function new_cycles(...)
  return rows(...):unit("ns", "from", "mark", "stw", "assist")
    :unit("bytes", "before", "after", "goal"):first(select("#", ...) - 7)
    :when_empty(nothing)
end

local heads = { "trace", "n", "from", "mark", "stw", "assist", "before",
  "after", "goal" }
local all = not by and not several.is_text and new_cycles(unpack(heads))
local seen = not by and not all and count("cycles"):quiet()

-- The times of mark phases that -f and windows leave.
local told = require("gc.told").new()

function on.gc(s)
  if seen then
    seen:add()
  end
  pictures:add("mark", s.from, s.to)
  told:add(s)
  if guessed and is_guessed(s) then
    guessed:add("begin is lost, mark is the most that it can be", 1, s.dur)
  end
  if by then
    by:add(sums, s.dur, s.dur, s.dur, nil, nil)
  end
end

-- Stops for other ends are none of the collector's.
function on.stw(s)
  if by and s.name:find "^GC " then
    by:add(sums, nil, nil, nil, s.dur, nil)
  end
end

function on.assist(s)
  if by then
    by:add(sums, nil, nil, nil, nil, s.dur)
  end
end

local function show_cycles()
  local cycles, n = all, 1
  while trace.gc(n) do
    local c = trace.gc(n)
    if told:has(c) then
      cycles = cycles or new_cycles(either(unpack(heads)))
      cycles:add(either(trace, n, c.from, c.to and c.to - c.from, c.stw,
        c.assist, c.heap_before, c.heap_after, c.goal))
    end
    n = n + 1
  end
end

function on.finish(t)
  if not by then
    show_cycles()
  end
  pictures:show(t)
end

function on.done()
  if seen and seen:get() == 0 then
    new_cycles(unpack(heads, 2))
  end
end
