-- waits.lua: what one goroutine did, and all others while it waited, as whoever ended the
-- wait is not known before. What others did during a wait that nobody ended is forgotten
-- with it, and so is what they did while it did not wait.
local history = require "walk.history"
local walk = require "walk.walk"

local Waits = {}
Waits.__index = Waits

-- new(g): of the goroutine with that number.
local function new(g)
  return setmetatable({
    g = g,
    histories = { [g] = history.new() },
    since = nil, -- when the wait began that it is in; nil: in none
    until_ = -math.huge, -- when the last one ended
    lives = {}, -- { from, to }
  }, Waits)
end

-- A wait that is going on when the goroutine is first heard of.
local function look(waits)
  local known = trace.goroutine(waits.g)
  waits.is_known = known ~= nil
  waits.since = known and known.state == "Waiting" and known.since or nil
end

local function add(waits, s)
  local waker = s.waker or false
  local is_over = s.next and s.clipped ~= "end" and s.clipped ~= "both"
  waits.histories[s.g] = waits.histories[s.g] or history.new()
  waits.histories[s.g]:add { from = s.from, to = s.to, state = s.state,
    reason = s.reason or "", stack = s.stack, waker = waker,
    woken_by = is_over and s.state == "Waiting" and waker,
    born_by = s.prev == "NotExist" and waker }
end

local function forget(waits, from)
  for g, others in pairs(waits.histories) do
    if g ~= waits.g then
      others:cut(from)
    end
  end
end

local function own_state(waits, s)
  add(waits, s)
  if s.state == "Waiting" and s.waker then
    waits.until_ = s.to
  elseif s.state == "Waiting" then
    forget(waits, s.from)
  end
  waits.is_known, waits.since = true, s.next == "Waiting" and s.to or nil
end

-- state(s): a span of any goroutine's state.
function Waits:state(s)
  if s.g == self.g then
    return own_state(self, s)
  elseif not self.is_known then
    look(self)
  end
  if self.since and s.to > self.since or s.from < self.until_ then
    add(self, s)
  end
end

-- life(s): a span of a goroutine's life.
function Waits:life(s)
  if s.g == self.g then
    self.lives[#self.lives + 1] = { from = s.from, to = s.to }
  end
end

-- parts(life): as walk.lua has them.
function Waits:parts(life)
  return walk.of { from = life.from, to = life.to, histories = self.histories,
    first = self.g, creator = self.g, bounded = true }
end

return { new = new }
