-- once.lua: the tables of top.lua, printed when all has been read: plain numbers in JSON and
-- CSV.
local model = require "top.model"

local function sorted(list, key)
  table.sort(list, function(a, b)
    return a[key] > b[key] or a[key] == b[key] and a.name < b.name
  end)
  return list
end

-- Of what has ended.
local function mean(of)
  return of.ended > 0 and of.lasted / of.ended or nil
end

-- Tables are made while the script loads.
local function make()
  local t = {}
  t.goroutines = rows("function", "exec", "sched_wait", "p50", "p99", "syscall",
    "block"):first(1):unit("ns", "exec", "sched_wait", "p50", "p99", "syscall",
    "block"):name "goroutines"
  t.states = rows("function", "n", "running", "runnable", "waiting", "syscalls",
    "ended"):first(1):name "states"
  t.waits = rows("function", "reason", "n", "ended", "waited", "longest")
    :first(2):unit("ns", "waited", "longest"):optional():name "waits"
  t.tasks = rows("task", "n", "ended", "p50", "p99", "longest")
    :first(1):unit("ns", "p50", "p99", "longest"):optional():name "tasks"
  t.collector = rows("what", "n", "total", "mean", "longest")
    :first(1):unit("ns", "total", "mean", "longest"):optional()
    :name "collector"
  return t
end

local function add_goroutines(out, list)
  for _, f in ipairs(list) do
    out.goroutines:add(f.func, f.exec, f.sched_wait, f.p50, f.p99, f.syscall,
      f.block)
    out.states:add(f.func, f.now, f.Running, f.Runnable, f.Waiting, f.Syscall,
      f.ended)
  end
end

local function add_waits(out, list)
  for _, f in ipairs(list) do
    local by, reasons = {}, {}
    for _, site in ipairs(f.sites) do
      local reason, of = site.reason, site.all
      if reason ~= "syscall" then
        local w = by[reason] or { name = reason, now = 0, ended = 0, ns = 0,
          longest = 0 }
        reasons[#reasons + 1] = not by[reason] and w or nil
        by[reason] = w
        w.now, w.ended, w.ns = w.now + site.now, w.ended + of.ended,
          w.ns + of.ns
        w.longest = math.max(w.longest, of.longest or 0)
      end
    end
    for _, w in ipairs(sorted(reasons, "ns")) do
      out:add(f.func, w.name, w.now, w.ended, w.ns, w.longest)
    end
  end
end

local function list_of(all)
  local list = {}
  for name, row in pairs(all) do
    local of = row.all
    list[#list + 1] = { name = name, now = row.now, ended = of.ended,
      ns = of.ns, p50 = of.p50, p99 = of.p99, longest = of.longest,
      mean = mean(of) }
  end
  return list
end

-- once(system): prints them in on.finish. system: goroutines of the runtime, too.
return function(system)
  local out = make()

  function on.finish(t)
    model.finish(t.duration)
    local list = {}
    for func, f in pairs(model.functions()) do
      f.name = func
      list[#list + 1] = (system or not f.system) and f or nil
    end
    sorted(list, "exec")
    add_goroutines(out, list)
    add_waits(out.waits, list)
    for _, row in ipairs(sorted(list_of(model.tasks), "ended")) do
      out.tasks:add(row.name, row.now, row.ended, row.p50, row.p99, row.longest)
    end
    for _, all in ipairs { model.gc, model.stw } do
      for _, row in ipairs(sorted(list_of(all), "ns")) do
        out.collector:add(row.name, row.ended + row.now, row.ns, row.mean,
          row.longest)
      end
    end
  end
end
