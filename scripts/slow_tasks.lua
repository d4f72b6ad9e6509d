-- slow_tasks.lua: the slowest tasks, a row each: how long they took, and where that time
-- went by the walk of `task`, which charges each instant once.
--
--   $ gotrace-lua slow_tasks --top=3 testdata/real/go1.27-faults.trace
--   task        mostly          total     exec  sched_wait    block  place
--   8 request   chan receive  4.486ms  117.3us     155.5us  4.213ms  main.s...est:68
--   12 request  chan receive  4.437ms  112.2us     100.5us  4.225ms  main.s...est:68
--   4 request   chan receive  4.326ms  117.8us        16us  4.192ms  main.s...est:68
--
--   $ gotrace-lua slow_tasks --top=1 -F json testdata/real/go1.27-faults.trace | head -c 60; echo
--   {"table":"tasks","task":8,"name":"request","mostly":"chan re
description = "The slowest tasks, and where their time went"
args = {
  { name = "top", short = "t", type = "int", default = 10,
    help = "how many; 0: all" },
  { name = "name", help = "of tasks with this name" },
  { name = "by", choices = { "trace" },
    help = "say of each task in which trace it was" },
}

local format = require "gotrace.format"
local walked = require "walk.slowest"
local words = require "walk.words"

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
  by = is_text and keys("task", "mostly", "place") or
    keys("task", "name", "mostly", "place"),
  "sum total", "sum exec", "sum sched_wait", "sum block",
}
tasks:ns():top(0):name "tasks"
tasks:when_empty("slow_tasks: no task that the trace has begins and ends in " ..
  "it: tasks counts those that do not; trace.NewTask (runtime/trace) makes one")
local rest = columns { by = keys "task", "sum syscall", "sum nobody" }
rest:ns():top(0):optional():name "rest"

local slowest = walked.new { most = opt.top, name = opt.name }
slowest:hook(on)

-- What tables call what is charged in a state.
local word_of = { Running = "exec", Runnable = "sched_wait",
  Waiting = "block", Syscall = "syscall", nobody = "nobody" }

-- Time by word; by what a row calls it and place, with the one that has most.
local function sums_of(parts)
  local by, sites, most = {}, {}, nil
  for _, part in ipairs(parts) do
    local ns, state = part.to - part.from, words.state(part)
    local mostly = part.reason ~= "" and part.reason or state
    local place = words.place(part)
    local key = mostly .. "\0" .. tostring(place)
    local site = sites[key] or { mostly = mostly, place = place, ns = 0 }
    sites[key], site.ns = site, site.ns + ns
    by[word_of[state]] = (by[word_of[state]] or 0) + ns
    if not most or site.ns > most.ns then
      most = site
    end
  end
  return by, most
end

local function add(found)
  local by, most = sums_of(walked.parts(found))
  most = most or { mostly = "", place = "" }
  local total = found.to - found.from
  local exec, ready, block = by.exec or 0, by.sched_wait or 0, by.block or 0
  local id = is_text and ("%.0f %s"):format(found.id, found.name) or found.id
  if is_text then
    add_row(tasks, id, most.mostly, most.place, total, exec, ready, block)
  else
    add_row(tasks, id, found.name, most.mostly, most.place, total, exec,
      ready, block)
  end
  if by.syscall or by.nobody then
    add_row(rest, id, by.syscall or 0, by.nobody or 0)
  end
end

function on.finish()
  for _, found in ipairs(slowest:ranked()) do
    add(found)
  end
end
