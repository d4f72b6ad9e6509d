-- model.lua: what a program's goroutines do, by the function that they started with, what
-- they wait for and where; its tasks, collections and stops.
local series = require "top.series"
local heap_of = require "gotrace.heap"

local follow = series.follow

local function func_of(sum)
  return sum.func
end
local function site_of(sum)
  local stack = sum.stack
  return ("%s\0%s"):format(sum.func, stack and stack.id or "")
end
local function wait_of(sum)
  return ("%s\0%s"):format(sum.reason, site_of(sum))
end
local function name_of(sum)
  return sum.name
end

local running = follow({ kind = "state", state = "Running",
  by = { "func", "system" } }, func_of)
local runnable = follow({ kind = "state", state = "Runnable",
  by = { "func", "system" }, quantiles = true }, func_of)
local waiting = follow({ kind = "state", state = "Waiting",
  by = { "func", "system", "reason", "stack" } }, wait_of)
local syscalls = follow({ kind = "state", state = "Syscall",
  by = { "func", "system", "stack" } }, site_of)
local lives = follow({ kind = "goroutine", by = { "func", "system" } }, func_of)
local procs = follow({ kind = "proc", by = { "state" } }, function(sum)
  return sum.state
end)
local tasks = follow({ kind = "task", by = { "name" }, quantiles = true },
  name_of)
local gc = follow({ kind = "gc", by = { "name" } }, name_of)
local stw = follow({ kind = "stw", by = { "name" } }, name_of)

local every = { running, runnable, waiting, syscalls, lives, procs, tasks, gc,
  stw }

local model = { which = "new", time = 0, from = 0 }

-- Those with quantiles, of which those of all are made where they are shown.
local function look_at_all()
  if model.which == "all" then
    runnable:look_at_all()
    tasks:look_at_all()
  end
end

-- look(now): what has happened up to then.
function model.look(now)
  for _, one in ipairs(every) do
    one:look()
  end
  look_at_all()
  model.from, model.time = model.time, now
end

function model.finish(now)
  for _, one in ipairs(every) do
    one:finish()
  end
  model.which, model.time = "all", now
  look_at_all()
end

-- Ns that the figures are about.
function model.length()
  local from = model.which == "new" and model.from or 0
  return math.max(model.time - from, 1)
end

-- other(): figures of the last interval become those since the beginning, and back.
function model.other()
  model.which = model.which == "new" and "all" or "new"
  look_at_all()
end

-- figures(row): those that are shown.
function model.figures(row)
  return row[model.which]
end

-- By function: { func, system, now = { by state }, exec, sched_wait, syscall, block (ns), p50,
-- p99, block_by = { [reason] = ns }, sites }.
function model.functions()
  local by = {}
  local function of(sum)
    local f = by[sum.func] or { func = sum.func, system = sum.system, now = 0,
      Running = 0, Runnable = 0, Waiting = 0, Syscall = 0, exec = 0,
      sched_wait = 0, syscall = 0, block = 0, ended = 0, block_by = {},
      sites = {} }
    by[sum.func] = f
    return f
  end
  local function add(one, state, word)
    for _, row in pairs(one.rows) do
      local f, figures = of(row.sum), model.figures(row)
      f.now, f[state] = f.now + row.now, f[state] + row.now
      f[word] = f[word] + figures.ns
      if word == "sched_wait" then
        f.p50, f.p99 = figures.p50, figures.p99
      elseif word == "block" then
        local reason = row.sum.reason
        f.block_by[reason] = (f.block_by[reason] or 0) + figures.ns
      end
      if word == "block" or word == "syscall" then
        row.reason = word == "block" and row.sum.reason or "syscall"
        f.sites[#f.sites + 1] = row
      end
    end
  end
  add(running, "Running", "exec")
  add(runnable, "Runnable", "sched_wait")
  add(waiting, "Waiting", "block")
  add(syscalls, "Syscall", "syscall")
  for _, row in pairs(lives.rows) do
    of(row.sum).ended = model.figures(row).ended
  end
  return by
end

-- By reason: { now, ended, ns, longest, sites }.
function model.waits(is_wanted)
  local by = {}
  for _, row in pairs(waiting.rows) do
    local reason, figures = row.sum.reason, model.figures(row)
    if is_wanted(row.sum) then
      local w = by[reason] or { now = 0, ended = 0, ns = 0, lasted = 0,
        sites = {} }
      by[reason] = w
      w.now, w.ended = w.now + row.now, w.ended + figures.ended
      w.ns, w.lasted = w.ns + figures.ns, w.lasted + figures.lasted
      w.longest = figures.longest and
        math.max(w.longest or 0, figures.longest) or w.longest
      row.reason = reason
      w.sites[#w.sites + 1] = row
    end
  end
  return by
end

model.tasks, model.gc, model.stw = tasks.rows, gc.rows, stw.rows

-- totals(): of all goroutines { Running = how many, ..., exec = ns }, and of the procs.
function model.totals()
  local t = { Running = 0, Runnable = 0, Waiting = 0, Syscall = 0, exec = 0,
    now = 0, procs = 0 }
  for _, f in pairs(model.functions()) do
    for _, word in ipairs { "Running", "Runnable", "Waiting", "Syscall", "exec",
      "now" } do
      t[word] = t[word] + f[word]
    end
  end
  for _, row in pairs(procs.rows) do
    t.procs = t.procs + row.now
  end
  return t
end

model.heap = heap_of

return model
