-- figures.lua: what gotrace-lua knows of goroutines, regions, tasks and changes of state,
-- in lines as figures_spec.lua makes them of Go's summary.
local counts = {}

local function line(key, value)
  print(key .. "\t" .. value)
end

-- As Go's %q of what recordings have.
local function quoted(s)
  return '"' .. s:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

local function time(key, ns)
  line(key, ns and ("%.0fns"):format(ns) or "-")
end

local function figures(key, stats)
  time(key .. "exec", stats.exec)
  time(key .. "wait", stats.sched_wait)
  time(key .. "syscall", stats.syscall)
  time(key .. "syscall-blocked", stats.syscall_block)
  time(key .. "total", stats.total)
  for reason, ns in pairs(stats.block_by) do
    time(key .. "block " .. quoted(reason), ns)
  end
  time(key .. 'range "GC incremental sweep"', stats.sweep)
  time(key .. 'range "GC mark assist"', stats.gc_assist)
end

local function begins(s)
  return s.open ~= "begin" and s.open ~= "both"
end

local function ends(s)
  return s.open ~= "end" and s.open ~= "both"
end

local function count(key)
  counts[key] = (counts[key] or 0) + 1
end

-- A change of state, as Go has it.
local function change(what, s)
  local reason = s.reason and s.prev and s.reason or ""
  count(("transition %s %s %s %s"):format(what, s.prev or "Undetermined", s.state, quoted(reason)))
  if s.next == "NotExist" then
    count(("transition %s %s NotExist \"\""):format(what, s.state))
  end
end

function on.state(s)
  change("goroutine", s)
end

function on.proc(s)
  change("proc", s)
end

-- All that is not nothing, in an order.
local function account(stats)
  local all = { exec = stats.exec, wait = stats.sched_wait, syscall = stats.syscall,
    ["syscall-blocked"] = stats.syscall_block, total = stats.total, ['range "GC mark assist"'] = stats.gc_assist,
    ['range "GC incremental sweep"'] = stats.sweep }
  for reason, ns in pairs(stats.block_by) do
    all["block " .. quoted(reason)] = ns
  end
  local list = {}
  for name, ns in pairs(all) do
    list[#list + 1] = ns ~= 0 and ("%s=%.0fns"):format(name, ns) or nil
  end
  table.sort(list)
  return table.concat(list, " ")
end

-- Go's background is a task there, number 0, if anything is of it.
local background = { logs = {}, regions = 0, goroutines = {} }

local function in_background(task, g)
  if task == 0 and g then
    background.is, background.goroutines[g] = true, true
  end
  return task == 0 and g ~= nil
end

function on.UserLog(ev)
  if in_background(ev:raw().task, ev.g) then
    table.insert(background.logs, { g = ev.g, value = ev.value })
  end
end

function on.UserRegionBegin(ev)
  if in_background(ev:raw().task, ev.g) then
    background.regions = background.regions + 1
  end
end

local function show_background()
  line("task 0 name", '""')
  time("task 0 start")
  time("task 0 end")
  for i, log in ipairs(background.logs) do
    line(("task 0 log %d goroutine"):format(i - 1), log.g)
    line(("task 0 log %d message"):format(i - 1), quoted(log.value))
  end
  line("task 0 regions", background.regions)
  for g in pairs(background.goroutines) do
    line("task 0 goroutine " .. g, 1)
  end
end

function on.region(s)
  count(("region %d %s %s %s %s"):format(s.g, quoted(s.name), begins(s) and s.from or "-", ends(s) and s.to or "-",
    account(s.stats)))
end

function on.task(s)
  local key = ("task %d "):format(s.task)
  line(key .. "name", quoted(s.name))
  time(key .. "start", begins(s) and s.from)
  time(key .. "end", ends(s) and s.to)
  local t = trace.task(s.task)
  for i, log in ipairs(t.logs) do
    line(("%slog %d goroutine"):format(key, i - 1), log.g)
    line(("%slog %d message"):format(key, i - 1), quoted(log.value))
  end
  line(key .. "regions", #t.regions)
end

function on.finish()
  if background.is then
    show_background()
  end
  for t in trace.each_task() do
    for _, g in ipairs(t.goroutines) do
      line(("task %d goroutine %d"):format(t.id, g), 1)
    end
  end
  for g in trace.each_goroutine() do
    local key = ("goroutine %d "):format(g.id)
    line(key .. "name", quoted(g.name))
    time(key .. "created", g.created)
    time(key .. "started", g.started)
    time(key .. "ended", g.ended)
    figures(key, g.stats)
  end
  for key, n in pairs(counts) do
    line(key, n)
  end
end
