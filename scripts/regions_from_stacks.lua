-- regions_from_stacks.lua: instruments afterwards: where the stacks of a goroutine that
-- follow each other all match a pattern, it was surely in what that names. From the first of
-- them to the last is a region, which go tool trace shows as if the program had said so.
-- Without -o it prints how many there are, and how long they take.
--
--   $ gotrace-lua regions_from_stacks 'net/http.(*ServeMux).ServeHTTP' --also='net/http.(*Client).Do' testdata/real/go1.27-http.trace
--   region                       regions    total     mean     p50      p99      max
--   net/http.(*S...x).ServeHTTP       29  3.447ms  118.9us     0ns  1.338ms  1.338ms
--   net/http.(*Client).Do             48  2.875ms  59.89us  8.78us    906us    906us
--
--   $ gotrace-lua -q -o told.trace regions_from_stacks 'net/http.(*ServeMux).ServeHTTP' testdata/real/go1.27-http.trace
--   $ gotrace-lua regions told.trace
--   name                   regions    total     mean  p50      p99      max     self
--   net/http....ServeHTTP       29  3.447ms  118.9us  1ns  1.338ms  1.338ms  3.447ms
--
-- Patterns are those of st:match (docs/scripting.md, Stacks). What happens between two stacks
-- is not known: the region is what is certain, and what is seen once lasts no time. It reads
-- the trace twice: a file, not a pipe.
description = "Regions from stacks that match patterns, as if instrumented"
args = {
  { name = "pattern", type = "stack", positional = true, required = true,
    help = "functions that call each other, as for st:match" },
  { name = "also", type = "stack", repeatable = true,
    help = "further patterns" },
  { name = "min", type = "duration", default = 0,
    help = "leave out regions that are shorter" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
}

local patterns = { opt.pattern }
for _, pattern in ipairs(opt.also or {}) do
  patterns[#patterns + 1] = pattern
end

local regions = durations("regions", "region"):top(opt.top)

-- Which patterns a stack matches. Equal stacks are one object.
local known = {}

local function matches(stack)
  local found = known[stack]
  if not found then
    found = {}
    for i, pattern in ipairs(patterns) do
      found[i] = stack:match(pattern)
    end
    known[stack] = found
  end
  return found
end

-- follower(tell): look(ev) and finish(), which call tell(g, pattern, from, to) with what
-- the stacks of events say.
local function follower(tell)
  local inside = {} -- by goroutine and pattern: { from, to }

  local function leave(g, i)
    local region = inside[g][i]
    inside[g][i] = nil
    if region and region[2] - region[1] >= opt.min then
      tell(g, patterns[i], region[1], region[2])
    end
  end

  local function leave_all(g)
    for i in ipairs(patterns) do
      leave(g, i)
    end
    inside[g] = nil
  end

  local function see(g, time, stack)
    inside[g] = inside[g] or {}
    for i, is_in in ipairs(matches(stack)) do
      local region = inside[g][i]
      if not is_in then
        leave(g, i)
      elseif region then
        region[2] = time
      else
        inside[g][i] = { time, time }
      end
    end
  end

  local function look(ev)
    local status = ev.type == "GoStatusStack"
    local g, stack = status and ev.target_g or ev.g, ev.stack
    if g and #stack > 0 then
      see(g, ev.time, stack)
    end
    if g and inside[g] and ev.type:find "Destroy" then
      leave_all(g)
    end
  end

  local function finish()
    local open = {}
    for g in pairs(inside) do
      open[#open + 1] = g
    end
    table.sort(open)
    for _, g in ipairs(open) do
      leave_all(g)
    end
  end

  return look, finish
end

local function write(g, name, from, to)
  trace.region { g = g, name = name:sub(1, 1024), from = from, to = to }
end

local function count(_, name, from, to)
  regions:add(name, to - from)
end

local scan_look, scan_finish = follower(write)
local look, finish = follower(count)

function scan.any(ev)
  if trace.output then
    scan_look(ev)
  end
end

scan.finish = scan_finish

function on.any(ev)
  if not trace.output then
    look(ev)
  end
end

function on.begin(t)
  if t.output then
    regions:quiet()
  end
end

on.finish = finish
