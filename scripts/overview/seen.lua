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
    sent = site.sites(), -- waits to send to a channel, by stack, that end
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
    hurts = {}, damages = 0, -- parts that could not be read
  }, Seen)
end

local on_state = {}

function on_state.running(seen, sum)
  seen.running:add_sum(sum)
  seen.functions[sum.func]:add_sum(sum)
end

function on_state.ready(seen, sum)
  seen.ready:add_sum(sum)
  seen.latency:add_sum(sum)
end

function on_state.syscall(seen, sum)
  seen.in_syscall:add_sum(sum)
  seen.blocked = seen.blocked + sum.blocked
  seen.calls[sum.stack]:add_sum(sum)
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

function on_state.waiting(seen, sum)
  local reason, stack = sum.reason, sum.stack
  seen.waits[reason]:add_sum(sum)
  site_of(seen.waiting, reason, stack):add_sum(sum)
  if sum.open == "end" then
    site_of(seen.stuck, reason, stack):add_sum(sum)
  elseif reason == "chan send" then
    seen.sent[stack]:add_sum(sum)
  end
end

-- state(name, sum, wanted): spans of a goroutine's state.
function Seen:state(name, sum, wanted)
  self.first = math.min(self.first, sum.from)
  self.last = math.max(self.last, sum.to)
  if name == "running" then
    self.busy = self.busy + sum.total
    if sum.func == "runtime.gcBgMarkWorker" then
      self.workers = self.workers + sum.total
    end
  end
  if wanted then
    on_state[name](self, sum)
  end
end

-- assist(sum): who helps the collector may wait for that, too. What a window cuts has no
-- account.
function Seen:assist(sum)
  self.assists:add_sum(sum)
  self.assisting = self.assisting + sum.stats.exec + sum.unaccounted
end

-- goroutines(sum): the lives of some that are wanted.
function Seen:goroutines(sum)
  local n, edge = sum.count, sum.open or sum.clipped
  local is_old = edge == "begin" or edge == "both"
  local is_left = edge == "end" or edge == "both"
  self.at_begin = self.at_begin + (is_old and n or 0)
  self.at_end = self.at_end + (is_left and n or 0)
  self.created = self.created + (is_old and 0 or n)
  self.lives[sum.func] = (self.lives[sum.func] or 0) + n
end

-- task(sum): their time counts if all of it is seen.
function Seen:task(sum)
  local name = sum.name
  if sum.open then
    self.open_tasks[name] = (self.open_tasks[name] or 0) + sum.count
  else
    self.tasks:add_sum(name, sum)
    self.slowest[name]:add_sum(sum)
  end
end

-- hurt(d): a part of the trace could not be read.
function Seen:hurt(d)
  table.insert(self.hurts, { time = d.time, text = tostring(d),
    is_loss = d.lost > 0 or d.cut })
end

-- Those that lie in what is looked at; when the first lost events.
local function set_damage(seen)
  for _, hurt in ipairs(seen.hurts) do
    if hurt.time <= seen.last then
      seen.damages = seen.damages + 1
      seen.damage = seen.damage or hurt.text
      seen.whole = seen.whole or hurt.is_loss and hurt.time > 0 and hurt.time or
        nil
    end
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
local function set_window(seen, t)
  local last = t.start + t.duration
  if seen.last == 0 or t.covered == t.duration then
    seen.first, seen.last = t.start, last
  elseif seen.last == last + 1 then
    seen.last = last
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
  set_window(self, t)
  set_damage(self)
  set_capacity(self, t.procs)
  -- Go 1.5 has no names, and before 1.22 a worker that was there before the trace has none
  -- until it blocks: that it ran 0 ns in a collection would be wrong.
  local is_nameless = t.version == "1.5" and not t.binary
  if is_nameless or self.workers == 0 and self.marks.count > 0 then
    self.workers = nil
  end
end

-- collector_share(): of the procs' time, in percent; nil: nobody knows its workers.
function Seen:collector_share()
  return self.workers and words.percent(self.workers + self.assisting +
    self.sweeps.total, self.capacity)
end

return { new = new }
