-- diff.lua: two traces, or two folders of them, side by side: what ran, what was waited for and
-- how long tasks took, before and after.
--
--   $ gotrace-lua diff --of=p99 testdata/real/go1.21-faults.trace testdata/real/go1.27-faults.trace | grep -A2 '^task '
--   task         n    per s     mean    p50      p99  ratio
--   request  -  12    165ms  1.268ms  141us  4.711ms
--            +  12  144.3ms  1.202ms  126us  4.486ms  0.95x
--
--   $ gotrace-lua diff testdata/real/go1.21-gc.trace testdata/real/go1.27-gc.trace | grep -A2 '^in all  '
--   in all              before   after    ratio
--   length of trace     7.254ms  20.61ms  2.84x
--   running             7.989ms  11.74ms  1.47x
--
--   $ gotrace-lua diff --max=10% testdata/real/go1.27-gc.trace testdata/real/go1.27-gc.trace >same.txt && echo same
--   same
--
-- First comes what changed most, and not only as one run was shorter. Of each figure the line with
-- - is the first trace's, the one with + the second's. With fewer than ten values on a side it is
-- noise; a key that one side alone has ten of is new or gone. --max=10% is for CI: exit status 1
-- if anything that is no noise grew by more. Functions have the time that they ran, the others the
-- time that they took; per s is ns a second of trace.
description = "Compare two traces, or folders: what changed, before and after"
needs = { "names", "pair" }
args = {
  { name = "by", type = "keys", default = "reason, place.func as place",
    help = "what to group waits by: fields of spans" },
  { name = "of", choices = { "rate", "mean", "p50", "p99" }, default = "rate",
    help = "what the ratio is of, and the order" },
  { name = "max", matches = "^[0-9]+(\\.[0-9]+)?%?$", wanted = "a share (10%)",
    arg = "SHARE", help = "fail where the ratio grew by more" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show of each table; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local beyond = require "diff.beyond"
local pairs_of = require "diff.pairs_of"
local report = require("diff.report").new(opt, shared)

local by, system = opt.by, opt.system

local functions = pairs_of.new("functions", { "function" })
local waits = pairs_of.new("waits", by.names)
local tasks = pairs_of.new("tasks", { "task" })
local regions = pairs_of.new("regions", { "region" })
local tables = { functions, waits, tasks, regions }
local totals = require("diff.totals").new()
local kinds = { Running = "running", Waiting = "waiting",
  Runnable = "runnable" }

local side -- 1 or 2: of which argument the trace is
shared.covered = shared.covered or { 0, 0 }
shared.read = shared.read or { { traces = 0 }, { traces = 0 } }

function on.begin(t)
  side = t.argument
  local read = shared.read[side]
  read.traces, read.name = read.traces + 1, t.file
end

-- The tracer's and the profiler's own goroutines are none of the runtime's for Go.
local function is_wanted(s)
  local is_system = s.system or s.reason == "system goroutine wait" or
    s.func:find("runtime/", 1, true) == 1
  return system or not is_system
end

function on.state(s)
  if kinds[s.state] and is_wanted(s) then
    totals:add(kinds[s.state], side, s.dur)
    if s.state == "Running" then
      functions.durations:add(s.func, side, s.dur)
    elseif s.state == "Waiting" then
      by:add(waits.durations, side, s.dur)
    end
  end
end

local named = { task = tasks.durations, region = regions.durations }
local function whole(s)
  if not s.open then
    totals:add(s.kind, side, s.dur)
    if named[s.kind] then
      named[s.kind]:add(s.name, side, s.dur)
    end
  end
end
on.task, on.region, on.gc, on.stw = whole, whole, whole, whole

function on.finish(t)
  shared.covered[side] = shared.covered[side] + t.covered
end

function on.done()
  for i, name in ipairs { "first", "second" } do
    if shared.covered[i] == 0 then -- a page would tell what is gone
      return print("nothing to compare: no events of the " .. name .. " trace")
    end
  end
  local found = {}
  for i, table_of in ipairs(tables) do
    found[i] = { name = table_of.name,
      list = pairs_of.of(table_of, shared.covered, opt.of) }
  end
  report.show(tables, found, totals:list(shared.covered))
  local text = opt.max and beyond(found, opt.max, report.change)
  if text then
    fail("%s", text)
  end
end
