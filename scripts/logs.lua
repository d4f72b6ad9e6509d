-- logs.lua: what the program logged (trace.Log), all of it or what filters want; or counts
-- of it.
--
--   $ gotrace-lua logs --key=slow testdata/real/go1.27-faults.trace
--   time         g  task  key                    value
--   0.014600064  1        measured slow answers  12929233
--   0.049579328  1        measured slow reads    10937051
--   $ gotrace-lua logs --by=key,task_name --top=3 testdata/real/go1.27-annotations.trace
--   key             task_name   logs
--   counter         ends twice    20
--   number          order          6
--   step            part 0         6
--   ... and 9 more                19
description = "Logs: --key and --value choose, --by counts them"
needs = "names"
args = {
  { name = "key", short = "k", type = "regexp",
    help = "keys (Go: categories) that match" },
  { name = "value", short = "V", type = "regexp",
    help = "values (Go: messages) that match" },
  { name = "by", type = "event_keys",
    help = "count by fields of events: key, value, func, task_name" },
  { name = "top", short = "t", type = "int", default = 0,
    help = "rows to show; 0: all" },
}

local format = require "gotrace.format"

local by, key, value, top = opt.by, opt.key, opt.value, opt.top
local counts = by and count("logs", unpack(by.names)):top(top)
local list = not by and rows("time", "g", "task", "key", "value"):first(5)
local shown = counts or list
shown:when_empty("logs: nothing is logged" .. ((key or value) and
  " that --key and --value want: logs --by=key has what there is" or
  ": the program calls no trace.Log or Logf (runtime/trace)"))
local n = 0

-- Lines are to be found again by their time, as cat prints it.
local function time_of(ev)
  return format.style() == "text" and ("%.9f"):format(ev.time / 1e9) or ev.time
end

local function is_wanted(ev)
  return (not key or key:match(ev.key)) and (not value or value:match(ev.value))
end

function on.UserLog(ev)
  if not is_wanted(ev) then
    return
  elseif counts then
    by:add(counts)
  elseif top == 0 or n < top then
    n = n + 1
    list:add(time_of(ev), ev.g, ev.task_name or "", ev.key, ev.value)
  end
end
