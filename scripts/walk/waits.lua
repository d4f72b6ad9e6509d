-- waits.lua: what one goroutine did, and while it waited what the one that ended the wait
-- did, in two passes: who ended a wait is known behind it only. The first keeps who ended
-- which wait of whom while the goroutine waited, and finds out from that with whom the
-- walk is when; the second takes up what these did then.
local history = require "walk.history"
local walk = require "walk.walk"

local Waits = {}
Waits.__index = Waits

-- new(g): of the goroutine with that number.
local function new(g)
  return setmetatable({
    g = g,
    histories = { [g] = history.new(true) },
    since = nil, -- when the wait began that it is in; nil: in none
    last = -math.huge, -- when the last one ended
    lives = {}, -- { from, to }: several behind parts that are lost
    routes = {}, -- by goroutine, what is asked of it: { from, to }, by time
    parts = {},
  }, Waits)
end

-- A wait that is going on when the goroutine is first heard of.
local function look(waits)
  local known = trace.goroutine(waits.g)
  waits.is_known = known ~= nil
  waits.since = known and known.state == "Waiting" and known.since or nil
end

-- What lies between waits that somebody ended is one piece.
local function add(waits, s)
  local own = waits.histories[s.g] or history.new(true)
  waits.histories[s.g] = own
  local waker = s.waker or false
  local woken_by = s.state == "Waiting" and s.next and waker or false
  local born_by = s.prev == "NotExist" and waker
  if not (woken_by or born_by) and own:is_open(s.from) then
    own:extend(s.to)
  else
    own:add { from = s.from, to = s.to, woken_by = woken_by,
      born_by = born_by }
  end
end

-- What others did during a wait that nobody ended is not asked for.
local function forget(waits, from)
  for g, others in pairs(waits.histories) do
    if g ~= waits.g then
      others:cut(from)
    end
  end
end

local function learn_own(waits, s)
  add(waits, s)
  if s.state == "Waiting" and s.waker then
    waits.last = s.to
  elseif s.state == "Waiting" then
    forget(waits, s.from)
  end
  waits.is_known, waits.since = true, s.next == "Waiting" and s.to or nil
end

-- learn(s): the first pass: a span of any goroutine's state.
function Waits:learn(s)
  if s.g == self.g then
    return learn_own(self, s)
  elseif not self.is_known then
    look(self)
  end
  if self.since and s.to > self.since or s.from < self.last then
    add(self, s)
  end
end

-- life(s): the first pass: a span of any goroutine's life.
function Waits:life(s)
  if s.g == self.g then
    self.lives[#self.lives + 1] = { from = s.from, to = s.to }
  end
end

local function is_earlier(a, b)
  return a.from < b.from
end

-- plan(): the first pass is over.
function Waits:plan()
  for _, life in ipairs(self.lives) do
    for _, part in ipairs(walk.of { from = life.from, to = life.to,
      histories = self.histories, first = self.g, creator = self.g,
      bounded = true }) do
      local route = part.g and self.routes[part.g] or { at = 1 }
      self.routes[part.g or false] = route
      route[#route + 1] = { from = part.from, to = part.to }
    end
  end
  for _, route in pairs(self.routes) do
    table.sort(route, is_earlier)
  end
  self.histories = nil
end

local function take(waits, s, from, to)
  if from < to then
    waits.parts[#waits.parts + 1] = { from = from, to = to, g = s.g,
      state = s.state, reason = s.reason or "", stack = s.stack,
      waker = s.waker or false }
  end
end

-- state(s): the second pass: a span of any goroutine's state.
function Waits:state(s)
  local route = self.routes[s.g]
  if not route then
    return
  end
  while route[route.at] and route[route.at].to <= s.from do
    route.at = route.at + 1
  end
  local i = route.at
  while route[i] and route[i].from < s.to do
    take(self, s, math.max(route[i].from, s.from), math.min(route[i].to, s.to))
    i = i + 1
  end
end

-- sorted(): the parts, as walk.lua has them, but the earliest first.
function Waits:sorted()
  table.sort(self.parts, is_earlier)
  return self.parts
end

return { new = new }
