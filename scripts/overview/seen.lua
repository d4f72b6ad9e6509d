-- seen.lua: what the overview keeps of a trace while it is read: sums by site, and the
-- longest of each kind. What it takes is in line with how many places and functions
-- there are, not with how many spans.
local site = require "overview.site"
local words = require "overview.words"

local Seen = {}
Seen.__index = Seen

-- new(): of one trace.
local function new()
  return setmetatable({
    busy = 0, -- ns that goroutines ran, the runtime's too
    workers = 0, -- of these its workers of the collector
    first = math.huge, last = 0, -- when what is looked at begins and ends
    running = site.new(), ready = site.new(), -- those that are wanted
    in_syscall = site.new(), blocked = 0,
    waits = site.sites(), -- by reason
    waiting = {}, -- by reason, sites by stack
    calls = site.sites(), -- syscalls by stack
    functions = site.sites(), -- Running by start function
    lives = {}, -- goroutines by start function
    stops = site.new(), marks = site.new(), sweeps = site.new(),
    assists = site.new(), assisting = 0, -- ns, and those that it ran
    latency = quantile("latency"):quiet():clear(),
    tasks = durations("tasks", "name"):quiet():clear(),
    open_tasks = {},
    slowest = site.sites(), -- tasks by name
    at_begin = 0, at_end = 0, created = 0,
    stuck = {}, -- waits that the trace does not see the end of, by reason and stack
    capacity = 0, -- ns that procs were there, up to `since`
    since = 0,
  }, Seen)
end

local on_state = {}

function on_state.Running(seen, s)
  seen.running:add(s)
  seen.functions[s.func]:add(s)
end

function on_state.Runnable(seen, s)
  seen.ready:add(s)
  seen.latency:add(s.dur)
end

function on_state.Syscall(seen, s)
  seen.in_syscall:add(s)
  seen.blocked = seen.blocked + (s.blocked or 0)
  seen.calls[s.stack]:add(s)
end

-- The site of a reason and a stack.
local function site_of(all, reason, stack)
  local by_stack = all[reason]
  if not by_stack then
    by_stack = site.sites()
    all[reason] = by_stack
  end
  return by_stack[stack]
end

function on_state.Waiting(seen, s)
  local reason, stack = s.reason, s.stack
  seen.waits[reason]:add(s)
  site_of(seen.waiting, reason, stack):add(s)
  if s.open == "end" then
    site_of(seen.stuck, reason, stack):add(s)
  end
end

-- state(s, wanted): a span of a goroutine's state.
function Seen:state(s, wanted)
  self.first = math.min(self.first, s.from)
  self.last = math.max(self.last, s.to)
  if s.state == "Running" then
    self.busy = self.busy + s.dur
    if s.func == "runtime.gcBgMarkWorker" then
      self.workers = self.workers + s.dur
    end
  end
  local add = wanted and on_state[s.state]
  if add then
    add(self, s)
  end
end

-- assist(s): who helps the collector may wait for that, too. What a window cuts has no
-- account.
function Seen:assist(s)
  self.assists:add(s)
  local account = s.stats
  self.assisting = self.assisting + (account and account.exec or s.dur)
end

-- goroutine(s): the life of one that is wanted.
function Seen:goroutine(s)
  local edge = s.open or s.clipped
  local is_old = edge == "begin" or edge == "both"
  local is_left = edge == "end" or edge == "both"
  self.at_begin = self.at_begin + (is_old and 1 or 0)
  self.at_end = self.at_end + (is_left and 1 or 0)
  self.created = self.created + (is_old and 0 or 1)
  self.lives[s.func] = (self.lives[s.func] or 0) + 1
end

-- task(s): its time counts if all of it is seen.
function Seen:task(s)
  if s.open then
    self.open_tasks[s.name] = (self.open_tasks[s.name] or 0) + 1
  else
    self.tasks:add(s.name, s.dur)
    self.slowest[s.name]:add(s)
  end
end

-- procs(time, n): from now on there are n.
function Seen:procs(time, n)
  local before = self.now or n -- what the trace says first held before, too
  self.capacity = self.capacity + before * (time - self.since)
  self.at_first = self.at_first or n
  self.since, self.now = time, n
  self.most = math.max(self.most or 0, n)
end

-- A window cuts spans, and shows no events around it: spans tell where it is. What is
-- open when a trace ends is so a nanosecond longer.
local function set_window(seen, duration)
  if seen.last == 0 then
    seen.first, seen.last = 0, duration
  elseif seen.last == duration + 1 then
    seen.last = duration
  end
  seen.duration = seen.last - seen.first
end

-- Procs that ran were there, whatever the trace says of their number.
local function set_capacity(seen, procs)
  seen:procs(seen.last, seen.now or procs)
  local before = seen.first * (seen.at_first or procs)
  seen.capacity = math.max(seen.capacity - before, seen.busy, 1)
end

-- reasons(): of waits, in alphabetical order.
function Seen:reasons()
  local list = {}
  for reason in pairs(self.waits) do
    list[#list + 1] = reason
  end
  table.sort(list)
  return list
end

-- finish(t): all is seen.
function Seen:finish(t)
  set_window(self, t.duration)
  set_capacity(self, t.procs)
  if t.version == "1.5" and not t.binary then
    self.workers = nil -- it has no names
  end
end

-- collector_share(): of the procs' time, in percent; nil: nobody knows its workers.
function Seen:collector_share()
  return self.workers and words.percent(self.workers + self.assisting +
    self.sweeps.total, self.capacity)
end

return { new = new }
