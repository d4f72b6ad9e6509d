-- regions_from_stacks.lua: instruments afterwards: where the stacks of a goroutine that
-- follow each other all match a pattern, it was surely in what that names. From the first of
-- them to the last is a region, which go tool trace shows as if the program had said so.
-- Without -o it prints how many there are, and how long they take.
--
--   $ gotrace-lua regions_from_stacks 'net/http.(*ServeMux).ServeHTTP' --also='main.*' testdata/real/go1.27-http.trace
--   region                          regions    total     mean  p50      p99      max
--   main.*                               33  72.36ms  2.193ms  0ns  18.47ms  18.47ms
--   net/http.(*ServeMux).ServeHTTP       29  3.447ms  118.9us  0ns  1.338ms  1.338ms
--
--   $ gotrace-lua -q -o told.trace regions_from_stacks 'net/http.(*ServeMux).ServeHTTP' testdata/real/go1.27-http.trace
--   $ gotrace-lua regions told.trace
--   name                   regions    total     mean  p50      p99      max     self
--   net/http....ServeHTTP       29  3.447ms  118.9us  1ns  1.338ms  1.338ms  3.447ms
--
-- Patterns are those of st:match (docs/scripting.md, Stacks). What happens between two stacks
-- is not known: the region is what is certain, and what is seen once lasts no time. It reads
-- the trace twice: a file, not a pipe.
local follower = require "regions_from_stacks.follower"

description = "Regions from stacks that match patterns, as if instrumented"
args = {
  { name = "pattern", type = "stack", positional = true, required = true,
    help = "functions that call each other, as for st:match" },
  { name = "also", type = "stack", repeatable = true,
    help = "further patterns" },
  { name = "min", type = "duration", default = 0,
    help = "leave out regions that are shorter" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local patterns = { opt.pattern }
for _, pattern in ipairs(opt.also or {}) do
  patterns[#patterns + 1] = pattern
end

local regions = durations("regions", "region"):top(opt.top)
regions:when_empty("regions_from_stacks: no stack in the trace is what the " ..
  "pattern wants: gotrace-lua grep looks for functions by a part of their name")

local function write(g, name, from, to)
  trace.region { g = g, name = name:sub(1, 1024), from = from, to = to }
end

local function count(_, name, from, to)
  regions:add(name, to - from)
end

local scan_look, scan_finish = follower(patterns, opt.min, write)
local look, finish = follower(patterns, opt.min, count)

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
