-- goroutines.lua: goroutines on the rows of Ps: what each ran, with syscalls and ranges within
-- it, arrows from what let it run, and how many do what.
local clock = require "chrome.clock"

local goroutines = {}
goroutines.__index = goroutines

local PROCS, STATS, NETWORK, SYSCALLS = 0, 1, 1000002, 1000003
local ASSIST = "GC mark assist"
local is_executing = { Running = true, Syscall = true }

-- new(viewer)
local function new(viewer)
  return setmetatable({
    viewer = viewer,
    by_id = {},
    states = {}, -- by goroutine
    stops = {}, -- of the world: by goroutine, the kind
    arrows = 0,
    counts = { Running = 0, Runnable = 0, Waiting = 0, GCWaiting = 0,
      Dead = 0 },
  }, goroutines)
end

local function new_goroutine(g)
  return { g = g, name = "G" .. g, active = {}, completed = {} }
end

function goroutines:get(g)
  local gs = self.by_id[g]
  if not gs then
    gs = new_goroutine(g)
    self.by_id[g] = gs
  end
  return gs
end

-- The first stack that comes up names it.
local function give_name(gs, stack)
  if not gs.is_named and stack and #stack > 0 then
    gs.name, gs.is_named = gs.name .. " " .. stack.root.func, true
  end
end

local function shown_name(gs)
  local has_label = gs.label and gs.label ~= ""
  return has_label and ("%s (%s)"):format(gs.name, gs.label) or gs.name
end

local function has(stack)
  return stack and #stack > 0 and stack or nil
end

local function slice(self, gs, name, from, to, stack, end_stack, args)
  self.viewer:add { name = name, ph = "X", ts = from, dur = to - from,
    pid = PROCS, tid = gs.p, stack = has(stack), end_stack = has(end_stack),
    args = args }
end

local function instant(self, tid, name, time, stack)
  self.viewer:add { name = name, ph = "I", s = "t", ts = time, pid = PROCS,
    tid = tid, stack = has(stack) }
end

local function arrow(self, gs, time, p)
  local cause = gs.cause
  self.arrows = self.arrows + 1
  self.viewer:add { name = cause.name, ph = "s", tid = cause.tid, pid = PROCS,
    id = self.arrows, ts = cause.time, stack = has(cause.stack) }
  self.viewer:add { name = cause.name, ph = "t", tid = p, pid = PROCS,
    id = self.arrows, ts = time }
  gs.cause = nil
end

-- What happens to a goroutine

local function start(self, gs, time, p)
  for name in pairs(gs.active) do
    gs.active[name] = { from = time }
  end
  if gs.cause then
    arrow(self, gs, time, p)
  end
  gs.p, gs.from = p, time
end

-- stop(gs, time, stack): it runs no more. (Of a broken trace nobody may know that it did.)
function goroutines:stop(gs, time, stack)
  if not gs.p then
    return
  end
  slice(self, gs, shown_name(gs), gs.from, time, gs.last_stack, stack)
  for _, range in ipairs(gs.completed) do
    slice(self, gs, range.name, range.from, range.to, range.stack,
      range.end_stack, range.args)
  end
  for name, range in pairs(gs.active) do
    slice(self, gs, name, range.from or gs.from, time, range.stack)
    gs.active[name] = {}
  end
  gs.completed, gs.from, gs.p, gs.last_stack = {}, nil, nil, stack
end

local function begin_call(gs, time, p, stack)
  gs.call = { from = time, stack = stack }
  if not gs.p then
    gs.p, gs.from = p, time
  end
end

-- end_call(gs, time, blocked)
function goroutines.end_call(_, gs, time, blocked)
  if gs.call then
    gs.completed[#gs.completed + 1] = { name = "syscall", from = gs.call.from,
      to = time, stack = gs.call.stack,
      args = { blocked = blocked and "yes" or "no" } }
    gs.call = nil
  end
end

local function unblock(self, gs, time, stack, p)
  local name, tid = "unblock", p
  if gs.reason and gs.reason ~= "" then
    name = ("unblock (%s)"):format(gs.reason)
    if gs.reason:find "network" then
      tid = NETWORK
      instant(self, tid, name, time, stack)
    end
  end
  gs.reason = nil
  -- Without a P Go has 2^64-1 here, and where it is P 0 no arrow.
  if tid ~= 0 then
    gs.cause = { time = time, name = name, tid = tid or -1, stack = stack }
  end
end

local function leave_call(self, gs, time, stack)
  gs.cause = { time = time, name = "exit blocked syscall", tid = SYSCALLS,
    stack = stack }
  instant(self, SYSCALLS, gs.cause.name, time, stack)
end

-- How many do what

local function counted(gs, state)
  if state == "Waiting" and gs.active[ASSIST] then
    return "GCWaiting"
  elseif state == "Syscall" then
    return "Running"
  end
  return state == nil and "Dead" or state
end

local function count(self, gs, time, from, to)
  local counts = self.counts
  from, to = counted(gs, from), counted(gs, to)
  counts[from] = counts[from] - 1
  counts[to] = counts[to] + 1
  if from ~= to then
    self.viewer:add { name = "Goroutines", ph = "C", ts = time, pid = STATS,
      tid = 0, args = { Running = counts.Running, Runnable = counts.Runnable,
        GCWaiting = counts.GCWaiting } }
  end
end

-- moves(t): a transition: { g, from, to (nil: none), is_first (nobody knows what was before),
-- time, p, stack (where it happened), own (its own stack), reason }.
function goroutines:moves(t)
  local gs = self:get(t.g)
  local from, to, time = t.from, t.to, t.time
  give_name(gs, t.own)
  self.states[t.g] = to
  if from == "Running" and not is_executing[to] then
    gs.reason = to == "Waiting" and t.reason or gs.reason
    self:stop(gs, time, t.stack)
  end
  if not is_executing[from] and to == "Running" then
    start(self, gs, t.is_first and 0 or time, t.p)
  end
  if from == "Waiting" then
    unblock(self, gs, time, t.stack, t.p)
  end
  if from == nil and not t.is_first and to == "Runnable" and t.p then
    gs.cause = { time = time, name = "go", tid = t.p, stack = t.stack }
  end
  if from == "Syscall" and to ~= "Running" then
    leave_call(self, gs, time, t.stack)
  end
  if to == "Syscall" and t.p then
    begin_call(gs, t.is_first and 0 or time, t.p, t.stack)
    self.procs.calls[t.p] = gs
  end
  if from == "Syscall" and t.p and self.procs.calls[t.p] then
    self:end_call(gs, time, false)
    self.procs.calls[t.p] = nil
  end
  count(self, gs, time, from, to)
end

-- Events

local function follow_ranges(self)
  local function begin(g, name, time, stack)
    local gs = self:get(g)
    gs.active[name] = { from = gs.p and time, stack = stack }
  end

  local function finish(g, name, time)
    local gs = self:get(g)
    local range = gs.active[name]
    if gs.p and range then
      gs.completed[#gs.completed + 1] = { name = name, to = time,
        from = range.from or gs.from, stack = range.stack }
    end
    gs.active[name] = nil
  end

  -- Before Go 1.11 the collector stops the world on no goroutine: it is on no row.
  function on.STWBegin(ev)
    if not ev.g then
      return
    end
    self.stops[ev.g] = ("stop-the-world (%s)"):format(ev.kind)
    begin(ev.g, self.stops[ev.g], clock.of(ev), ev.stack)
  end

  function on.STWEnd(ev)
    if ev.g and self.stops[ev.g] then
      finish(ev.g, self.stops[ev.g], clock.of(ev))
    end
  end

  function on.GCMarkAssistBegin(ev)
    begin(ev.g, ASSIST, clock.of(ev), ev.stack)
  end

  function on.GCMarkAssistActive(ev)
    local gs = self:get(ev.target_g)
    gs.active[ASSIST] = { from = gs.from }
  end

  function on.GCMarkAssistEnd(ev)
    finish(ev.g, ASSIST, clock.of(ev))
  end

  function on.GoLabel(ev)
    self:get(ev.g).label = ev.label
  end
end

local has_stack = { GoStop = true, GoBlock = true, GoSyscallBegin = true }
local has_reason = { GoStop = true, GoBlock = true }

local function follow_own(self, procs, type, from, to)
  on[type] = function(ev)
    local stack = has_stack[type] and ev.stack or nil
    local time = clock.of(ev)
    if type == "GoDestroySyscall" and ev.p then
      procs:moves(ev, ev.p, "Idle", time - 1) -- as Go has it
    end
    self:moves { g = ev.g, from = from, to = to, time = time, p = ev.p,
      stack = stack, own = stack,
      reason = has_reason[type] and ev.reason or nil }
  end
end

local function follow_births(self, type, to)
  on[type] = function(ev)
    local is_by_go = type ~= "GoCreateSyscall"
    self:moves { g = ev.new_g, to = to, time = clock.of(ev), p = ev.p,
      stack = is_by_go and ev.stack or nil,
      own = is_by_go and ev.new_stack or nil }
  end
end

local function follow_switches(self, type, to)
  on[type] = function(ev)
    local g, time, p = ev.target_g, clock.of(ev), ev.p
    self:moves { g = g, from = "Waiting", to = "Runnable", time = time, p = p }
    self:moves { g = ev.g, from = "Running", to = to, time = time + 1, p = p,
      reason = "" }
    self:moves { g = g, from = "Runnable", to = "Running", time = time + 2,
      p = p }
  end
end

local function follow_others(self)
  function on.GoStart(ev)
    self:moves { g = ev.target_g, from = "Runnable", to = "Running",
      time = clock.of(ev), p = ev.p }
  end

  function on.GoUnblock(ev)
    self:moves { g = ev.target_g, from = "Waiting", to = "Runnable",
      time = clock.of(ev), p = ev.p, stack = ev.stack }
  end
end

local function follow_statuses(self)
  local function status(ev, stack)
    local from = self.states[ev.target_g]
    if from == ev.status then
      give_name(self:get(ev.target_g), stack)
    else
      self:moves { g = ev.target_g, from = from, to = ev.status,
        is_first = from == nil, time = clock.of(ev), p = ev.p, stack = stack,
        own = stack }
    end
  end

  function on.GoStatus(ev)
    status(ev, nil)
  end

  function on.GoStatusStack(ev)
    status(ev, ev.stack)
  end
end

-- follow(procs): hooks for them.
function goroutines:follow(procs)
  self.procs = procs
  follow_own(self, procs, "GoDestroy", "Running", nil)
  follow_own(self, procs, "GoDestroySyscall", "Syscall", nil)
  follow_own(self, procs, "GoStop", "Running", "Runnable")
  follow_own(self, procs, "GoBlock", "Running", "Waiting")
  follow_own(self, procs, "GoSyscallBegin", "Running", "Syscall")
  follow_own(self, procs, "GoSyscallEnd", "Syscall", "Running")
  follow_own(self, procs, "GoSyscallEndBlocked", "Syscall", "Runnable")
  follow_births(self, "GoCreate", "Runnable")
  follow_births(self, "GoCreateBlocked", "Waiting")
  follow_births(self, "GoCreateSyscall", "Syscall")
  follow_switches(self, "GoSwitch", "Waiting")
  follow_switches(self, "GoSwitchDestroy", nil)
  follow_others(self)
  follow_statuses(self)
  follow_ranges(self)
end

-- finish(last): what runs when the trace ends.
function goroutines:finish(last)
  for _, gs in pairs(self.by_id) do
    if gs.p then
      self:end_call(gs, last, false)
      self:stop(gs, last, nil)
    end
  end
end

return { new = new }
