-- holders.lua: who made goroutines wait. A trace says who ended a wait: of a lock that is the one
-- before in the queue, which had itself to wait until a moment ago. So a wait for a lock is
-- divided among those that had it meanwhile, back along the queue to the one that did not wait
-- for it; any other wait is its waker's.
--
-- A trace does not name locks: one is what is waited for, for the same reason, at one place.
local Holders = {}
Holders.__index = Holders

local RECENT = 4 -- waits that are kept of a goroutine
local QUEUE = 64 -- holders of one wait, at most: the rest is the last one's

-- new(): of one trace.
local function new()
  return setmetatable({
    by_g = {}, -- { recent = its latest waits, n =, last = its latest for a lock }
    keys = {}, -- what a lock is known by, by stack
  }, Holders)
end

local function goroutine_of(holders, g)
  local found = holders.by_g[g]
  if not found then
    found = { recent = {}, n = 0, last = nil }
    holders.by_g[g] = found
  end
  return found
end

-- Of a mutex, a wait group or another of the program's semaphores.
local function is_lock(s)
  return s.reason == "sync" and s.cause == "sync"
end

local function key_of(holders, s)
  local stack = s.stack
  local key = holders.keys[stack]
  if not key then
    key = s.reason .. "\0" .. tostring(s.place)
    holders.keys[stack] = key
  end
  return key
end

local function remember(g, s)
  local at = g.n % RECENT + 1
  local wait = g.recent[at] or {}
  g.recent[at], g.n = wait, g.n + 1
  wait.from, wait.to, wait.reason, wait.stack = s.from, s.to, s.reason, s.stack
end

-- Which of its latest waits a goroutine was in for at least half of that time; nil: in none.
local function wait_in(g, from, to)
  local most, found = (to - from) / 2, nil
  for _, wait in ipairs(g and g.recent or {}) do
    local ns = math.min(to, wait.to) - math.max(from, wait.from)
    if ns > 0 and ns >= most then
      most, found = ns, wait
    end
  end
  return found
end

-- The one that ended a wait, with what it did from `from` on.
local function holding(holders, s, from)
  local wait = wait_in(holders.by_g[s.waker], from, s.to)
  local stack, func = s.waker_stack, s.waker_func or ""
  local place = wait and wait.stack.user or not wait and stack and
    stack.user or nil
  local reason = wait and wait.reason or nil
  return { from = from, to = s.to, func = func, reason = reason,
    place = place, key = ("%s\0%s\0%s"):format(func, tostring(reason),
      tostring(place)) }
end

-- Those that had the lock while s waited, the latest first.
local function queue_of(holders, s)
  local waker, key = holders.by_g[s.waker], key_of(holders, s)
  local last = waker and waker.last
  if last and (last.key ~= key or last.to <= s.from) then
    last = nil
  end
  local list = { holding(holders, s, last and last.to or s.from) }
  for _, one in ipairs(last and last.list or {}) do
    if one.to > s.from and #list < QUEUE then
      list[#list + 1] = one
    end
  end
  goroutine_of(holders, s.g).last = { key = key, to = s.to, list = list }
  return list
end

-- state(s, tell): a state of a goroutine, of all, in the order of their ends. If it is a wait that
-- somebody ended tell(s, part, ns) is called for each part of it, once for what is alike:
-- part.func is who was waited for, part.reason what that one itself waited for meanwhile, nil: for
-- nothing, part.place where it did, or where it ended the wait.
function Holders:state(s, tell)
  if s.next == "NotExist" then
    self.by_g[s.g] = nil
    return
  elseif s.state ~= "Waiting" then
    return
  end
  if s.waker and s.next then
    self:wait(s, tell)
  end
  remember(goroutine_of(self, s.g), s)
end

function Holders:wait(s, tell)
  if not is_lock(s) then
    return tell(s, { func = s.waker_func or "",
      place = s.waker_stack and s.waker_stack.user }, s.dur)
  end
  local list, to, sums, parts = queue_of(self, s), s.to, {}, {}
  for i, part in ipairs(list) do
    local from = i < #list and math.max(part.from, s.from) or s.from
    if not sums[part.key] then
      parts[#parts + 1] = part
    end
    sums[part.key], to = (sums[part.key] or 0) + to - from, from
  end
  for _, part in ipairs(parts) do
    tell(s, part, sums[part.key])
  end
end

return { new = new }
