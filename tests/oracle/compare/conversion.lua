-- conversion: what Go 1.15's parser returns for a trace of Go 1.5 to 1.10, in v2's
-- terms, by the rules by which Go 1.27 converts traces of 1.11 to 1.21
-- (internal/trace/tracev1.go).
local conversion = {}

-- The context that Go's converters give to events of Go 1.5 to 1.21, as ours: what
-- ran just before the event, which is what v2 means by it too (docs/design.md, "v1:
-- index, order, convert").

-- What Go does not say. It matches anything but a P that there is none.
conversion.ANY = "?"

local NOBODY_RUNS = { GoStart = true, GoStatus = true }
local NO_P = { ProcStart = true, ProcStatus = true, GoSyscallEndBlocked = true }
-- Go 1.15 gives them to no goroutine.
local COLLECTOR = { GCBegin = true, GCEnd = true, STWBegin = true, STWEnd = true }

-- Go's Ps 1000000 and above are the network, timers, the collector: the P that
-- the event was on is lost.
local function is_made_up(p)
  return #p == 7 and tonumber(p) ~= nil
end

local function proc(typ, p)
  return NO_P[typ] and "-" or is_made_up(p) and conversion.ANY or p
end

-- `Type p g ...`, separated by TABs, of Go; collector: its goroutine is lost too.
function conversion.before(key, collector)
  local typ, p, g, rest = key:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  g = NOBODY_RUNS[typ] and "-" or collector and COLLECTOR[typ] and conversion.ANY or g
  return table.concat({ typ, proc(typ, p), g }, "\t") .. rest
end

local function fits(want, got)
  return want == got or want == conversion.ANY
end

-- Whether got, ours, is what Go says by want.
function conversion.matches(want, got)
  local wt, wp, wg, wrest = want:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  local gt, gp, gg, grest = got:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  return wt == gt and fits(wp, gp) and not is_made_up(gp) and fits(wg, gg) and wrest == grest
end

-- Each event of Go 1.15 as the type and the arguments of v2. {name} stands for
-- an argument of the old event, {p} for its P. What has no form here vanishes.
-- GoStart's stack, which 1.15 copies from the creation, has no place in v2.
local FORMS = {
  Gomaxprocs = { "ProcsChange", "procs={procs}", "stack={stack}" },
  ProcStart = { "ProcStart", "target_p={p}" },
  ProcStop = { "ProcStop" },
  GCStart = { "GCBegin", "stack={stack}" },
  GCDone = { "GCEnd" },
  GCSTWStart = { "STWBegin", "kind=GC {kind}", "stack=" },
  GCSTWDone = { "STWEnd" },
  GCSweepStart = { "GCSweepBegin", "stack={stack}" },
  GCSweepDone = { "GCSweepEnd", "swept={swept}", "reclaimed={reclaimed}" },
  GCMarkAssistStart = { "GCMarkAssistBegin", "stack={stack}" },
  GCMarkAssistDone = { "GCMarkAssistEnd" },
  HeapAlloc = { "HeapAlloc", "heapalloc={mem}" },
  NextGC = { "HeapGoal", "heapgoal={mem}" },

  GoCreate = { "GoCreate", "new_g={g}", "new_stack={new_stack}", "stack={stack}" },
  GoStart = { "GoStart", "target_g={g}" },
  GoStartLabel = { "GoStart", "target_g={g}" },
  GoEnd = { "GoDestroy" },
  GoSched = { "GoStop", "reason=runtime.Gosched", "stack={stack}" },
  GoPreempt = { "GoStop", "reason=preempted", "stack={stack}" },
  GoStop = { "GoBlock", "reason=forever", "stack={stack}" },
  GoSleep = { "GoBlock", "reason=sleep", "stack={stack}" },
  GoBlock = { "GoBlock", "reason=", "stack={stack}" },
  GoBlockSend = { "GoBlock", "reason=chan send", "stack={stack}" },
  GoBlockRecv = { "GoBlock", "reason=chan receive", "stack={stack}" },
  GoBlockSelect = { "GoBlock", "reason=select", "stack={stack}" },
  GoBlockSync = { "GoBlock", "reason=sync", "stack={stack}" },
  GoBlockCond = { "GoBlock", "reason=sync.(*Cond).Wait", "stack={stack}" },
  GoBlockNet = { "GoBlock", "reason=network", "stack={stack}" },
  GoBlockGC = { "GoBlock", "reason=GC mark assist wait for work", "stack={stack}" },
  GoUnblock = { "GoUnblock", "target_g={g}", "stack={stack}" },
  GoSysCall = { "GoSyscallBegin", "stack={stack}" },
  GoSysExit = { "GoSyscallEndBlocked" },
  GoSysBlock = {},
  FutileWakeup = {},
  GoWaiting = { "GoStatus", "target_g={g}", "target_m=-", "status=Waiting" },
  GoInSyscall = { "GoStatus", "target_g={g}", "target_m=-", "status=Syscall" },
}

-- What an event leads to besides, or instead.
local LABEL = { "GoLabel", "label={label}" }
local SYSCALL_END = { "GoSyscallEnd" }
local RUNNING = { "GoStatus", "target_g={g}", "target_m=-", "status=Running" }
local RUNNABLE = { "GoStatus", "target_g={g}", "target_m=-", "status=Runnable" }
local P_STATUS = {
  ProcStart = { "ProcStatus", "target_p={p}", "status=Running" },
  ProcStop = { "ProcStatus", "target_p={p}", "status=Idle" },
}

-- Reads a line of godump115. {g} means the argument; the goroutine that the
-- event happened on is ctx_g.
local function parse(line)
  local time, typ, p, ctx_g, args = line:match("^(%-?%d+)\t(%w+)\t%-\t([^\t]+)\t([^\t]+)(.*)$")
  assert(time, "not a line of godump115: " .. line)
  local ev = { time = tonumber(time), type = typ, p = p, ctx_g = ctx_g }
  for name, value in args:gmatch("\t([%w_]+)=([^\t]*)") do
    ev[name] = value
  end
  return ev
end

-- An event in v2's terms: the time before the engine makes times differ, and
-- all the rest but the thread, which 1.15 does not know.
local function form(ev, template)
  local fields = { template[1], ev.p, ev.ctx_g }
  for i = 2, #template do
    fields[i + 2] = template[i]:gsub("{([%w_]+)}", ev)
  end
  return { time = ev.time, key = conversion.before(table.concat(fields, "\t"), true) }
end

-- For each event the next one on its goroutine.
local function successors(events)
  local next_of, seen = {}, {}
  for i = #events, 1, -1 do
    local ev = events[i]
    next_of[ev] = seen[ev.ctx_g]
    seen[ev.ctx_g] = ev
  end
  return next_of
end

local Lifter = {}
Lifter.__index = Lifter

function Lifter:add(ev, template)
  if template[1] then
    local converted = form(ev, template)
    converted.n = #self.out
    table.insert(self.out, converted)
  end
end

-- Goroutines alive at the start come as GoCreate, perhaps GoWaiting,
-- GoInSyscall or GoStart, up to the first Gomaxprocs.
function Lifter:before_start(ev)
  if ev.type == "GoCreate" then
    self.alive[ev.g] = true
  elseif ev.type == "Gomaxprocs" then
    for g in pairs(self.alive) do
      self:add({ time = ev.time, p = "-", ctx_g = "-", g = g }, RUNNABLE)
    end
    self.alive = nil
  elseif ev.type == "GoStart" then
    self.alive[ev.g] = nil
    self:add(ev, RUNNING)
  elseif ev.type == "GoWaiting" or ev.type == "GoInSyscall" then
    self.alive[ev.g] = nil
    return false
  else
    return false
  end
  return true
end

function Lifter:event(ev, following)
  local template = assert(FORMS[ev.type], "no form for " .. ev.type)
  if P_STATUS[ev.type] and not self.procs[ev.p] then
    self.procs[ev.p] = true
    template = P_STATUS[ev.type]
  end
  self:add(ev, template)
  if ev.type == "GoStartLabel" then
    self:add(ev, LABEL)
  elseif ev.type == "GoSysCall" and not (following and following.type == "GoSysBlock") then
    ev.time = ev.time + 1
    self:add(ev, SYSCALL_END)
  end
end

-- Lifts the lines of godump115: an array of { time, key } in order of time.
function conversion.lines(lines)
  local events = {}
  for line in lines do
    table.insert(events, parse(line))
  end
  local following = successors(events)
  local self = setmetatable({ out = {}, alive = {}, procs = {} }, Lifter)
  for _, ev in ipairs(events) do
    if not (self.alive and self:before_start(ev)) then
      self:event(ev, following[ev])
    end
  end
  table.sort(self.out, function(a, b)
    if a.time ~= b.time then
      return a.time < b.time
    end
    return a.n < b.n
  end)
  return self.out
end

return conversion
