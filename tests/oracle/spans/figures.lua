-- figures.lua: what gotrace-lua knows of goroutines, stops, regions and tasks, in the
-- lines in which gocheck prints Go's summary (tests/oracle/go/gocheck/summary.go).
local function line(key, value)
  print(key .. "\t" .. value)
end

local function quoted(s)
  return '"' .. s .. '"'
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

function on.region(s)
  local key = ("region %d %s %d "):format(s.g, quoted(s.name), s.to)
  line(key .. "task", s.task)
  time(key .. "start", s.open ~= "begin" and s.open ~= "both" and s.from)
end

function on.finish()
  for g in trace.goroutines() do
    local key = ("goroutine %d "):format(g.id)
    line(key .. "name", quoted(g.name))
    time(key .. "created", g.created)
    time(key .. "started", g.started)
    time(key .. "ended", g.ended)
    figures(key, g.stats)
  end
end
