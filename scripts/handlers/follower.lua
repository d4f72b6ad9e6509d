-- follower.lua: the time of goroutines by the handler that their stacks are in.
--
-- The stacks are those of events, which come before the span that they end; a span whose end
-- has none has an older one.
-- A goroutine is in the handler of its latest stack. What it does until it runs is that
-- handler's. Once it runs it may leave: what lies before its next stack waits for that, and is
-- the handler's if it is in the same, and else `perhaps` of both.

local OUTSIDE = "(between handlers)"
local STATES = { "Running", "Waiting", "Syscall", "Runnable" }

local function new_times()
  return { Running = 0, Waiting = 0, Syscall = 0, Runnable = 0, perhaps = 0 }
end

-- What is known of a goroutine: the handler that it is in; looks, those that are not yet used;
-- pending: times since it ran on from the latest stack, nil: it did not; how long this visit
-- has been; times by handler.
local function new_goroutine()
  return { handler = false, looks = {}, pending = nil, visit = 0, times = {} }
end

local function times_of(g, handler)
  local key = handler or OUTSIDE
  g.times[key] = g.times[key] or new_times()
  return g.times[key]
end

local function add_sure(g, state, ns)
  local times = times_of(g, g.handler)
  times[state] = times[state] + ns
  g.visit = g.visit + ns
end

local function add_pending(g, state, ns)
  g.pending = g.pending or new_times()
  g.pending[state] = g.pending[state] + ns
end

-- It is in that handler: what is pending is settled.
local function settle(g, handler)
  local pending = g.pending
  g.pending = nil
  for _, state in ipairs(pending and STATES or {}) do
    if g.handler == handler then
      add_sure(g, state, pending[state])
    else
      local here, there = times_of(g, g.handler), times_of(g, handler)
      here.perhaps = here.perhaps + pending[state]
      there.perhaps = there.perhaps + pending[state]
    end
  end
end

local Follower = {}
Follower.__index = Follower

function Follower:new_look(id, time, handler)
  local g, outside = self.goroutines[id], self.outside
  if not (g or handler) then
    outside[id] = time
    return
  elseif not g then
    g = new_goroutine()
    g.looks[1] = outside[id] and { time = outside[id], handler = false }
    self.goroutines[id], outside[id] = g, nil
  end
  g.looks[#g.looks + 1] = { time = time, handler = handler }
end

function Follower:see(g, handler)
  settle(g, handler)
  if g.handler == handler then
    return
  elseif g.handler then
    self.tell.visit(g.handler, g.visit)
  end
  g.handler, g.visit = handler, 0
end

-- Uses up the looks until `to`; when the last of them was.
function Follower:use_looks(g, from, to, is_running)
  local looks, n = g.looks, 0
  while looks[n + 1] and looks[n + 1].time <= to do
    n = n + 1
    local at = looks[n].time
    if is_running and at > from then
      add_pending(g, "Running", at - from)
      from = at
    end
    self:see(g, looks[n].handler)
  end
  g.looks = {}
  for i = n + 1, #looks do
    g.looks[i - n] = looks[i]
  end
  return from
end

-- look(ev): an event, before the span that it ends.
function Follower:look(ev)
  local stack = ev.stack
  local id = ev.type == "GoStatusStack" and ev.target_g or ev.g
  if id and #stack > 0 then
    self:new_look(id, ev.time, self.handler_of(stack))
  elseif ev.type:find "Destroy" then
    self.outside[ev.g or 0] = nil
  end
end

function Follower:add_still(g, s)
  self:use_looks(g, s.from, s.from, false)
  if g.pending then
    return add_pending(g, s.state, s.dur)
  end
  add_sure(g, s.state, s.dur)
  if s.state == "Waiting" and (g.handler or self.between) then
    self.tell.wait(g.handler or OUTSIDE, s)
  end
end

-- add(s): a state.
function Follower:add(s)
  local g = self.goroutines[s.g]
  if g and s.state == "Running" then
    local from = self:use_looks(g, s.from, s.to, true)
    if s.to > from then
      add_pending(g, "Running", s.to - from)
    end
  elseif g then
    self:add_still(g, s)
  end
end

-- finish(): the trace has ended.
function Follower:finish()
  for _, g in pairs(self.goroutines) do
    self:see(g, false)
    for handler, times in pairs(g.times) do
      if handler ~= OUTSIDE or self.between then
        self.tell.time(handler, times)
      end
    end
  end
  self.goroutines, self.outside = {}, {}
end

-- follower(handler_of, between, tell): which calls tell.visit(handler, ns), tell.time(handler, ns
-- by state, of a goroutine) and tell.wait(handler, span). between: also what is in no handler,
-- of goroutines that were in one.
return function(handler_of, between, tell)
  return setmetatable({ handler_of = handler_of, between = between,
    tell = tell, goroutines = {},
    outside = {} }, -- when those that were in no handler yet had their last stack
    Follower)
end
