-- slow_tasks.lua: the slowest tasks, a row each: how long they took, where that time
-- went by the walk of `task`, which charges each instant once, and what they logged.
--
--   $ gotrace-lua slow_tasks --top=3 testdata/real/go1.27-faults.trace
--   task id     mostly          total     exec  sched_wait    block  place
--   8 request   chan receive  4.486ms  117.3us     155.5us  4.213ms  main.s...est:68
--   12 request  chan receive  4.437ms  112.2us     100.5us  4.225ms  main.s...est:68
--   4 request   chan receive  4.326ms  117.8us        16us  4.192ms  main.s...est:68
--
--   $ gotrace-lua slow_tasks --top=1 -F json testdata/real/go1.27-faults.trace | head -c 60; echo
--   {"table":"tasks","task":8,"name":"request","mostly":"chan re
--
-- `task id` is the tracer's number of a task, as --task of task and critical_path takes it: the
-- number that the program gives an order or a request is in what it logged (trace.Log), if
-- anywhere. `nobody` is the time in which no goroutine worked on the task, as while it lay in a
-- queue.
description = "The slowest tasks, where their time went, what they logged"
args = {
  { name = "top", short = "t", type = "int", default = 10,
    help = "how many; 0: all" },
  { name = "name", help = "of tasks with this name" },
  { name = "by", choices = { "trace" },
    help = "say of each task in which trace it was" },
}

local format = require "gotrace.format"
local logged = require "walk.logged"
local sums_of = require "slow_tasks.sums"
local walked = require "walk.slowest"

-- Text has no room for the name in a column of its own.
local is_text = format.style() == "text"
-- The first keys of a row, and what is behind them.
local function keys(...)
  return opt.by and { "trace", ... } or { ... }
end
local function add_row(table, ...)
  if opt.by then
    table:add(trace, ...)
  else
    table:add(...)
  end
end

local tasks = columns {
  by = is_text and keys("task id", "mostly", "place") or
    keys("task", "name", "mostly", "place"),
  "sum total", "sum exec", "sum sched_wait", "sum block",
}
tasks:ns():top(0):name "tasks"
tasks:when_empty("slow_tasks: no task that the trace has begins and ends in " ..
  "it: tasks counts those that do not; trace.NewTask (runtime/trace) makes one")
local rest = is_text and
  columns { by = keys("task id", "logged"), "sum total", "sum syscall",
    "sum nobody" } or
  columns { by = keys "task", "sum syscall", "sum nobody" }
rest:ns():top(0):optional():name "rest"
local logs = not is_text and rows(unpack(keys("task", "key", "value")))
if logs then
  logs:optional():name "logged"
end

local slowest = walked.new { most = opt.top, name = opt.name }
slowest:hook(on)
slowest:keep_logs()

-- For people; the second table is sorted as the first, by the total.
local function add_text(found, by, most, total)
  local id = ("%.0f %s"):format(found.id, found.name)
  add_row(tasks, id, most.mostly, most.place, total, by.exec or 0,
    by.sched_wait or 0, by.block or 0)
  local text = logged.text(found.logs)
  if text or by.syscall or by.nobody then
    add_row(rest, id, text, total, by.syscall or 0, by.nobody or 0)
  end
end

local function add_data(found, by, most, total)
  add_row(tasks, found.id, found.name, most.mostly, most.place, total,
    by.exec or 0, by.sched_wait or 0, by.block or 0)
  if by.syscall or by.nobody then
    add_row(rest, found.id, by.syscall or 0, by.nobody or 0)
  end
  for _, log in ipairs(found.logs) do
    add_row(logs, found.id, log.key, log.value)
  end
end

local add = is_text and add_text or add_data

function on.finish()
  for _, found in ipairs(slowest:ranked()) do
    local by, most = sums_of(walked.parts(found))
    add(found, by, most or { mostly = "", place = "" }, found.to - found.from)
  end
end
