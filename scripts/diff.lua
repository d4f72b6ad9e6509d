-- diff.lua: two traces, or two folders of them, side by side: what ran, what was waited for and
-- how long tasks took, before and after.
--
--   $ gotrace-lua diff --of=p99 testdata/real/go1.21-faults.trace testdata/real/go1.27-faults.trace | tail -3
--   task         n    per s     mean    p50      p99  ratio
--   request  -  12    165ms  1.268ms  141us  4.711ms
--            +  12  144.3ms  1.202ms  126us  4.486ms  0.95x
--
--   $ gotrace-lua diff --max=10% testdata/real/go1.27-gc.trace testdata/real/go1.27-gc.trace >same.txt && echo same
--   same
--
-- The first lines say what changed most. Of each figure the line with - is the first trace's, the
-- one with + the second's. With fewer than ten values on a side
-- it is noise; a key that one side alone has ten of is new or gone. --max=10% is for CI: exit
-- status 1 if anything that is no noise grew by more. Functions have the time that they ran,
-- waits and tasks the time that they took; per s is ns a second of trace.
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

local pairs_of = require "diff.pairs_of"
local report = require "diff.report"

local by, system = opt.by, opt.system

-- What is compared: durations by key and side.
local function compared(name, keys)
  local with_side = { unpack(keys) }
  with_side[#keys + 1] = "side"
  return { name = name, keys = keys,
    durations = durations("n", unpack(with_side)):quiet() }
end

local functions = compared("functions", { "function" })
local waits = compared("waits", by.names)
local tasks = compared("tasks", { "task" })

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
  if s.state == "Running" and is_wanted(s) then
    functions.durations:add(s.func, side, s.dur)
  elseif s.state == "Waiting" and is_wanted(s) then
    by:add(waits.durations, side, s.dur)
  end
end

function on.task(s)
  if not s.open then
    tasks.durations:add(s.name, side, s.dur)
  end
end

function on.finish(t)
  shared.covered[side] = shared.covered[side] + t.covered
end

function on.done()
  for i, name in ipairs { "first", "second" } do
    if shared.covered[i] == 0 then -- a page would tell what is gone
      return print("nothing to compare: no events of the " .. name .. " trace")
    end
  end
  local max = opt.max and tonumber((opt.max:gsub("%%", ""))) / 100
  local beyond, worst, found = 0, nil, {}
  for i, table_of in ipairs { functions, waits, tasks } do
    found[i] = { name = table_of.name,
      list = pairs_of(table_of, shared.covered, opt.of) }
  end
  report.head(found, shared, opt.of)
  for i, table_of in ipairs { functions, waits, tasks } do
    local list = found[i].list
    report.show(table_of, list, opt.top)
    for _, pair in ipairs(max and list or {}) do
      if pair.note ~= "noise" and pair.ratio > 1 + max then
        beyond = beyond + 1
        worst = (not worst or pair.ratio > worst.ratio) and pair or worst
      end
    end
  end
  if beyond > 0 then
    fail("%d grew by more than %s, the most %s (%s)", beyond, opt.max,
      worst.title, report.change(worst))
  end
end
