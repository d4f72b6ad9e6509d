-- walk.lua: where the time of a task or a goroutine went: a walk back from its end, which
-- charges each instant once.
--
-- At a wait that somebody ended it goes on with whoever that was, at the birth of a
-- goroutine with its creator, if what they did is in `histories`; else the wait is
-- charged. Where what a goroutine did is not known any further, as it took the task
-- up there, the walk comes back to the one that it went on from, as of that instant.
local Walk = {}
Walk.__index = Walk

local function walker(is)
  return setmetatable({
    histories = is.histories, from = is.from, creator = is.creator,
    bounded = is.bounded, t = is.to, g = is.first, bound = is.from,
    back = {}, -- whom it went on from: { g, bound }
    seen = {}, -- at this instant
    parts = {},
  }, Walk)
end

local function find(w, g)
  local history = w.histories[g]
  return history and history:find(w.t), history
end

local function charge(w, from, part)
  part.from, part.to = from, w.t
  w.parts[#w.parts + 1] = part
  w.t, w.seen = from, {}
end

-- Those that last longest first; equal ones by goroutine.
local function is_later(a, b)
  if a.to ~= b.to then
    return a.to > b.to
  elseif a.from ~= b.from then
    return a.from < b.from
  end
  return a.g < b.g
end

-- Pieces of all, in that order: those in which they waited, and the others. `at` is where
-- the walk is in a list, as time goes back.
local function in_order(histories)
  local busy, waits = { at = 1 }, { at = 1 }
  for g, history in pairs(histories) do
    for i = 1, history.n do
      local list = history:state(i) == "Waiting" and waits or busy
      list[#list + 1] = { g = g, from = history:from(i), to = history:to(i) }
    end
  end
  table.sort(busy, is_later)
  table.sort(waits, is_later)
  return { busy = busy, waits = waits }
end

-- Whether a walk can still come to a piece.
local function is_past(w, piece)
  return piece.from < w.t and (piece.to < w.t or find(w, piece.g))
end

-- The piece of a list that lasts longest of those that began before now, or nil.
local function latest(w, list)
  while list[list.at] and not is_past(w, list[list.at]) do
    list.at = list.at + 1
  end
  return list[list.at]
end

-- The goroutine that is charged for now: one that does something, else the creator, else
-- one that waits. Without any, that which was the last one, and its piece.
local function candidate(w)
  w.order = w.order or in_order(w.bounded and
    { [w.creator] = w.histories[w.creator] } or w.histories)
  local busy = latest(w, w.order.busy)
  if busy and busy.to >= w.t then
    return busy.g
  elseif w.creator and find(w, w.creator) then
    return w.creator
  end
  local piece = latest(w, w.order.waits)
  if not piece or busy and is_later(busy, piece) then
    piece = busy
  end
  return piece and piece.g, piece
end

-- With whom to go on where nobody says so.
local function choose(w)
  local g, piece = candidate(w)
  local from = piece and math.max(piece.to, w.from) or w.from
  w.g, w.bound = g, w.from
  if not g or piece and from < w.t then
    charge(w, from, {})
  end
end

-- Back to whom it went on from.
local function leave(w)
  while #w.back > 0 do
    local last = table.remove(w.back)
    if find(w, last.g) then
      w.g, w.bound = last.g, last.bound
      return
    end
  end
  choose(w)
end

-- Whether it can go on with another at this instant, without going round in a circle.
local function can_follow(w, g)
  return g and not w.seen[g] and find(w, g) ~= nil
end

local function follow(w, history, i)
  w.seen[w.g] = true
  w.back[#w.back + 1] = { g = w.g, bound = w.bound }
  if w.bounded then
    w.bound = math.max(w.bound, history:from(i))
  end
  w.g = (history:links(i))
end

-- Behind a piece: its goroutine may have been created where it begins.
local function go_back(w, history, i)
  local _, creator = history:links(i)
  if history:from(i) == w.t and can_follow(w, creator) then
    w.g = creator
  end
end

local function step(w)
  local i, history = find(w, w.g)
  if not i or w.t <= w.bound then
    leave(w)
  elseif history:to(i) == w.t and can_follow(w, (history:links(i))) then
    follow(w, history, i)
  else
    local part = history:piece(i)
    part.g = w.g
    charge(w, math.max(part.from, w.bound), part)
    go_back(w, history, i)
  end
end

-- of(is): a list of parts, the latest first, which together are all from `from` to `to`:
-- { from, to, g, state, reason, stack, waker } as history.lua has them; nobody worked on it
-- where g is nil.
--   from, to   ns
--   histories  by goroutine (history.lua)
--   first      the goroutine that ended it, if it is known
--   creator    the goroutine to go on with if nothing says otherwise and all wait
--   bounded    whoever ended a wait counts for as long as the wait was, and then the
--              one that waited
local function of(is)
  local w = walker(is)
  if not (w.g and find(w, w.g)) then
    choose(w)
  end
  while w.t > w.from do
    if w.g then
      step(w)
    else
      choose(w)
    end
  end
  return w.parts
end

return { of = of }
