-- procs.lua: what Ps do beside running goroutines: they start and stop, sweep, and threads
-- with one are counted; and the collector, samples and logs.
local clock = require "chrome.clock"

local procs = {}
procs.__index = procs

local PROCS, STATS, GC = 0, 1, 1000004
local SWEEP, MARK = "GC incremental sweep", "GC concurrent mark phase"

-- new(viewer, goroutines)
local function new(viewer, goroutines)
  return setmetatable({
    viewer = viewer,
    goroutines = goroutines,
    highest = 0,
    states = {},
    calls = {}, -- by P: the goroutine that is in a syscall on it
    sweeps = {}, -- by P: { from, stack }
    mark = nil, -- the same of the collector
    generations = 0,
    running = 0,
    counter = viewer:counter("Threads", STATS, { "Running", "InSyscall" }),
  }, procs)
end

local function count_threads(self, time, change)
  self.running = self.running + change
  self.viewer:count(self.counter, time, self.running, 0)
end

-- A syscall that loses its P ends there.
local function lose_call(self, p, time)
  local g = self.calls[p]
  if g then
    self.goroutines:end_call(g, time, true)
    self.goroutines:stop(g, time, nil)
    self.calls[p] = nil
  end
end

-- moves(ev, p, to, at): the P is Running or Idle from that time on, or from the event's.
function procs:moves(ev, p, to, at)
  local from = self.states[p]
  self.highest = math.max(self.highest, p)
  self.states[p] = to
  if from == to then
    return
  end
  local name, time = nil, at or clock.of(ev)
  if to == "Running" then
    name, time = "proc start", from and time or 0
    count_threads(self, time, 1)
  end
  if from == "Running" then
    name = "proc stop"
    count_threads(self, time, -1)
    lose_call(self, p, time)
  end
  if name then
    self.viewer:add { name = name, ph = "I", s = "t", ts = time, pid = PROCS,
      tid = p, args = { proc = p > 0 and p or nil,
        thread = ev.m and ev.m > 0 and ev.m or nil } }
  end
end

local function slice(self, name, tid, range, to)
  self.viewer:slice(PROCS, tid, range.from, to, name, range.stack)
end

local of_status = { Running = "Running", Syscall = "Running", Idle = "Idle",
  SyscallAbandoned = "Idle" }

-- What was going on as a trace begins has been since then; later it is known.
local function is_first(self)
  return self.generations < 2
end

local function follow_ranges(self)
  function on.GCBegin(ev)
    self.mark = { from = clock.of(ev), stack = ev.stack }
  end

  function on.GCActive()
    if is_first(self) then
      self.mark = { from = 0 }
    end
  end

  function on.GCEnd(ev)
    slice(self, MARK, GC, self.mark or { from = 0 }, clock.of(ev))
    self.mark = nil
  end

  function on.GCSweepBegin(ev)
    self.sweeps[ev.p] = { from = clock.of(ev), stack = ev.stack }
  end

  function on.GCSweepActive(ev)
    if is_first(self) then
      self.sweeps[ev.target_p] = { from = 0 }
    end
  end

  function on.GCSweepEnd(ev)
    slice(self, SWEEP, ev.p, self.sweeps[ev.p] or { from = 0 }, clock.of(ev))
    self.sweeps[ev.p] = nil
  end
end

local function instant(self, ev, name, category)
  if ev.p then
    self.viewer:instant(PROCS, ev.p, clock.of(ev), name, ev.stack, category)
  end
end

-- follow(): hooks for them.
function procs:follow()
  function on.generation()
    self.generations = self.generations + 1
  end

  function on.ProcStart(ev)
    self:moves(ev, ev.target_p, "Running")
  end

  function on.ProcStop(ev)
    self:moves(ev, ev.p, "Idle")
  end

  function on.ProcSteal(ev)
    self:moves(ev, ev.target_p, "Idle")
  end

  function on.ProcStatus(ev)
    self:moves(ev, ev.target_p, of_status[ev.status])
  end

  function on.CPUSample(ev)
    instant(self, ev, "CPU profile sample")
  end

  function on.UserLog(ev)
    local category = ev.key ~= "" and ("[%s] "):format(ev.key) or ""
    instant(self, ev, category .. ev.value, "user event")
  end

  follow_ranges(self)
end

-- finish(last): what outlives the trace.
function procs:finish(last)
  for p, range in pairs(self.sweeps) do
    slice(self, SWEEP, p, range, last)
  end
  if self.mark then
    slice(self, MARK, GC, self.mark, last)
  end
end

return { new = new }
