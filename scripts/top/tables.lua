-- tables.lua: the rows of top.lua's views.
local model = require "top.model"

local figures = model.figures

-- Of what has ended.
local function mean(of)
  return of.ended > 0 and of.lasted / of.ended or nil
end

-- "sync 80%, sleep 20%": what they wait for, that which takes the longest first.
local function reasons_of(f)
  local list = {}
  for reason, ns in pairs(f.block_by) do
    if ns > 0 then
      list[#list + 1] = { reason = reason, ns = ns }
    end
  end
  table.sort(list, function(a, b)
    return a.ns > b.ns or a.ns == b.ns and a.reason < b.reason
  end)
  for i, one in ipairs(list) do
    list[i] = ("%s %.0f%%"):format(one.reason ~= "" and one.reason or "?",
      one.ns / f.block * 100)
  end
  return table.concat(list, ", ")
end

-- tables(system): a function for each view that yields its rows. system: those of the
-- runtime, too.
return function(system)
  local rows = {}

  local function is_wanted(sum)
    return system or not sum.system
  end

  function rows.goroutines()
    local list, length = {}, model.length()
    for func, f in pairs(model.functions()) do
      local is_there = f.now > 0 or f.exec + f.sched_wait + f.syscall > 0
      if is_wanted(f) and is_there then
        list[#list + 1] = { func ~= "" and func or "(no name yet)", f.now,
          f.Running, f.Runnable, f.Waiting, f.Syscall, f.exec / length * 100,
          f.p50, f.p99, reasons_of(f), key = func, sites = f.sites }
      end
    end
    return list
  end

  function rows.waits()
    local list = {}
    for reason, w in pairs(model.waits(is_wanted)) do
      if w.now > 0 or w.ns > 0 then
        list[#list + 1] = { reason ~= "" and reason or "(not said)", w.now,
          w.ended, w.ns, mean(w), w.longest, key = reason, sites = w.sites }
      end
    end
    return list
  end

  function rows.tasks()
    local list, seconds = {}, model.length() / 1e9
    for name, row in pairs(model.tasks) do
      local of = figures(row)
      if row.now > 0 or of.ended > 0 then
        list[#list + 1] = { name, row.now, of.ended, of.ended / seconds, of.p50,
          of.p99, of.longest }
      end
    end
    return list
  end

  function rows.collector()
    local list = {}
    for _, all in ipairs { model.gc, model.stw } do
      for name, row in pairs(all) do
        local of = figures(row)
        list[#list + 1] = { name, of.ended, of.ns,
          of.ns / model.length() * 100, mean(of), of.longest }
      end
    end
    return list
  end

  return rows
end
