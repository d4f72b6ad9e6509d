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
    counter = viewer:counter("Goroutines", STATS, { "Running", "Runnable",
      "GCWaiting" }),
  }, goroutines)
end

-- has_ranges: it may have some in `active`: there is none most of the time.
local function new_goroutine(g)
  local name = "G" .. g
  return { g = g, name = name, shown = name, active = {}, completed = {},
    has_ranges = false }
end

function goroutines:get(g)
  local gs = self.by_id[g]
  if not gs then
    gs = new_goroutine(g)
    self.by_id[g] = gs
  end
  return gs
end

local function show_name(gs)
  local has_label = gs.label and gs.label ~= ""
  gs.shown = has_label and ("%s (%s)"):format(gs.name, gs.label) or gs.name
end

-- The first stack that comes up names it.
local function give_name(gs, stack)
  if not gs.is_named and stack and #stack > 0 then
    gs.name, gs.is_named = gs.name .. " " .. stack.root.func, true
    show_name(gs)
  end
end

local function arrow(self, gs, time, p)
  local cause = gs.cause
  self.arrows = self.arrows + 1
  self.viewer:arrow(self.arrows, cause.name, PROCS, cause.tid, cause.time,
    cause.stack, p, time)
  gs.cause = nil
end

-- What happens to a goroutine

local function start(self, gs, time, p)
  if gs.has_ranges then
    for name in pairs(gs.active) do
      gs.active[name] = { from = time }
    end
  end
  if gs.cause then
    arrow(self, gs, time, p)
  end
  gs.p, gs.from = p, time
end

local function put_completed(self, gs)
  for _, range in ipairs(gs.completed) do
    self.viewer:slice(PROCS, gs.p, range.from, range.to, range.name,
      range.stack, nil, range.blocked and "blocked", range.blocked)
  end
  gs.completed = {}
end

local function put_active(self, gs, time)
  gs.has_ranges = false
  for name, range in pairs(gs.active) do
    self.viewer:slice(PROCS, gs.p, range.from or gs.from, time, name,
      range.stack)
    gs.active[name], gs.has_ranges = {}, true
  end
end

-- stop(gs, time, stack): it runs no more. (Of a broken trace nobody may know that it did.)
function goroutines:stop(gs, time, stack)
  if not gs.p then
    return
  end
  self.viewer:slice(PROCS, gs.p, gs.from, time, gs.shown, gs.last_stack, stack)
  if gs.completed[1] then
    put_completed(self, gs)
  end
  if gs.has_ranges then
    put_active(self, gs, time)
  end
  gs.from, gs.p, gs.last_stack = nil, nil, stack
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
      to = time, stack = gs.call.stack, blocked = blocked and "yes" or "no" }
    gs.call = nil
  end
end

local function unblock(self, gs, time, stack, p)
  local name, tid = "unblock", p
  if gs.reason and gs.reason ~= "" then
    name = "unblock (" .. gs.reason .. ")"
    if gs.reason:find("network", 1, true) then
      tid = NETWORK
      self.viewer:instant(PROCS, tid, time, name, stack)
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
  self.viewer:instant(PROCS, SYSCALLS, time, gs.cause.name, stack)
end

-- How many do what

local function counted(gs, state)
  if state == "Waiting" and gs.has_ranges and gs.active[ASSIST] then
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
    self.viewer:count(self.counter, time, counts.Running, counts.Runnable,
      counts.GCWaiting)
  end
end

-- What a goroutine does to its syscalls: a P knows whose it is in.
local function follow_call(self, gs, from, to, time, p, stack)
  if from == "Syscall" and to ~= "Running" then
    leave_call(self, gs, time, stack)
  end
  if to == "Syscall" and p then
    begin_call(gs, time, p, stack)
    self.procs.calls[p] = gs
  end
  if from == "Syscall" and p and self.procs.calls[p] then
    self:end_call(gs, time, false)
    self.procs.calls[p] = nil
  end
end

-- moves(g, from, to, time, p, stack, own, reason): a transition: from, to: nil: none; stack:
-- where it happened; own: its own. is_first: nobody knows what was before.
function goroutines:moves(g, from, to, time, p, stack, own, reason, is_first)
  local gs = self:get(g)
  give_name(gs, own)
  self.states[g] = to
  if from == "Running" and not is_executing[to] then
    gs.reason = to == "Waiting" and reason or gs.reason
    self:stop(gs, time, stack)
  end
  if to == "Running" and not is_executing[from] then
    start(self, gs, is_first and 0 or time, p)
  end
  if from == "Waiting" then
    unblock(self, gs, time, stack, p)
  end
  if from == nil and not is_first and to == "Runnable" and p then
    gs.cause = { time = time, name = "go", tid = p, stack = stack }
  end
  if from == "Syscall" or to == "Syscall" then
    follow_call(self, gs, from, to, is_first and 0 or time, p, stack)
  end
  count(self, gs, time, from, to)
end

-- Events

local function follow_ranges(self)
  local function begin(g, name, time, stack)
    local gs = self:get(g)
    gs.active[name] = { from = gs.p and time, stack = stack }
    gs.has_ranges = true
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
    gs.active[ASSIST], gs.has_ranges = { from = gs.from }, true
  end

  function on.GCMarkAssistEnd(ev)
    finish(ev.g, ASSIST, clock.of(ev))
  end

  function on.GoLabel(ev)
    local gs = self:get(ev.g)
    gs.label = ev.label
    show_name(gs)
  end
end

local has_stack = { GoStop = true, GoBlock = true, GoSyscallBegin = true }
local has_reason = { GoStop = true, GoBlock = true }

-- What has come to its end; a thread of C comes again under its number.
local is_end = { GoDestroy = true, GoSwitchDestroy = true }

function goroutines:forget(g, type)
  if is_end[type] then
    self.by_id[g] = nil
  end
end

local function follow_own(self, procs, type, from, to)
  local with_stack, with_reason = has_stack[type], has_reason[type]
  on[type] = function(ev)
    local stack = with_stack and ev.stack or nil
    local time = clock.of(ev)
    if type == "GoDestroySyscall" and ev.p then
      procs:moves(ev, ev.p, "Idle", time - 1) -- as Go has it
    end
    self:moves(ev.g, from, to, time, ev.p, stack, stack,
      with_reason and ev.reason or nil)
    self:forget(ev.g, type)
  end
end

local function follow_births(self, type, to)
  local is_by_go = type ~= "GoCreateSyscall"
  on[type] = function(ev)
    self:moves(ev.new_g, nil, to, clock.of(ev), ev.p,
      is_by_go and ev.stack or nil, is_by_go and ev.new_stack or nil)
  end
end

local function follow_switches(self, type, to)
  on[type] = function(ev)
    local g, time, p = ev.target_g, clock.of(ev), ev.p
    self:moves(g, "Waiting", "Runnable", time, p)
    self:moves(ev.g, "Running", to, time + 1, p, nil, nil, "")
    self:moves(g, "Runnable", "Running", time + 2, p)
    self:forget(ev.g, type)
  end
end

local function follow_others(self)
  function on.GoStart(ev)
    self:moves(ev.target_g, "Runnable", "Running", clock.of(ev), ev.p)
  end

  function on.GoUnblock(ev)
    self:moves(ev.target_g, "Waiting", "Runnable", clock.of(ev), ev.p,
      ev.stack)
  end
end

local function follow_statuses(self)
  local function status(ev, stack)
    local from = self.states[ev.target_g]
    if from == ev.status then
      give_name(self:get(ev.target_g), stack)
    else
      self:moves(ev.target_g, from, ev.status, clock.of(ev), ev.p, stack,
        stack, nil, from == nil)
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
  local running = {}
  for g, gs in pairs(self.by_id) do
    running[#running + 1] = gs.p and g or nil
  end
  table.sort(running)
  for _, g in ipairs(running) do
    self:end_call(self.by_id[g], last, false)
    self:stop(self.by_id[g], last, nil)
  end
end

return { new = new }
