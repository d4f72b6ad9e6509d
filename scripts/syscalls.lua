-- syscalls.lua: calls of the system: which, where, how long, how long without a proc, and how
-- many goroutines were in one at the same time.
--
--   $ gotrace-lua syscalls testdata/real/go1.27-faults.trace
--   call             total  calls      max  blocked  at_once  place
--   syscall.read   10.93ms      5  2.225ms      0ns        1  main.readSlowly:145
--   syscall.write  206.1us      5  165.6us      0ns        1  main.readS...func1:138
--
--   $ gotrace-lua syscalls --top=1 -F csv testdata/real/go1.27-faults.trace
--   call,place,total,calls,mean,max,blocked,at_once
--   syscall.read,main.readSlowly programs/faults.go:145,10929024,5,2185804.8,2225472,0,1
--
-- `call` is the leaf of the stack, but for what all calls share, as syscall.Syscall; `place` is
-- the program's own. `at_once` is how many goroutines were in that call at that place at the same
-- time, at most.
description = "Syscalls: which, where, how long, how long without a P"
needs = "names"
args = {
  { name = "by", type = "keys",
    help = "what to group by: fields of spans; else call and place" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local at_once = require("syscalls.at_once").new()
local call_of = require "syscalls.call"

local by, system = opt.by, opt.system

-- Beside both keys people have no room for the mean, which total and calls say.
local has_mean = by or require("gotrace.format").style() ~= "text"
local sums = { by = by and by.names or { "call", "place" },
  { "sum total", unit = "ns" }, "count calls", { "mean mean", unit = "ns" },
  { "max max", unit = "ns" }, { "sum blocked", unit = "ns" }, "max at_once" }
if not has_mean then
  table.remove(sums, 3)
end
local calls = columns(sums):top(opt.top)
calls:when_empty("syscalls: no syscall of the program's own goroutines: " ..
  "--system has the runtime's; waits for the network are in blocks")

-- What the keys of the span at hand are added to, as if it were the table.
local keyed = {}

function keyed:add(...)
  local n, parts = #by.names, {}
  for i = 1, n do
    parts[i] = tostring((select(i, ...)))
  end
  self.key = table.concat(parts, "\0")
end

local known = {} -- by stack { call =, key = }

-- The call of a span, and its key with the place.
local function call_at(s)
  local stack = s.stack
  local found = known[stack]
  if not found then
    local call = call_of(stack)
    found = { call = call, key = tostring(call) .. "\0" .. tostring(s.place) }
    known[stack] = found
  end
  return found.call, found.key
end

local function add(s)
  local dur = s.dur
  if by then
    by:add(keyed)
    local n = at_once:add(keyed.key, s.from, s.to)
    return by:add(calls, dur, dur, dur, dur, s.blocked, n)
  end
  local call, key = call_at(s)
  local n = at_once:add(key, s.from, s.to)
  if has_mean then
    calls:add(call, s.place, dur, dur, dur, dur, s.blocked, n)
  else
    calls:add(call, s.place, dur, dur, dur, s.blocked, n)
  end
end

-- The tracer writes the trace in a goroutine that is not the runtime's by its name.
local function is_wanted(s)
  return system or not (s.system or s.func:find("runtime/", 1, true) == 1)
end

function on.state(s)
  if s.state == "Syscall" and is_wanted(s) then
    add(s)
  end
end
