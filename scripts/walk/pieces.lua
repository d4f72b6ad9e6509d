-- pieces.lua: cuts states where their goroutine went over from one task to another. Spans
-- say on which task it worked when the state began; between are the events at which
-- that may change.
local Pieces = {}
Pieces.__index = Pieces

-- new(add): add(task, g, piece) is called for each piece of a state, in the order of each
-- goroutine's; pieces as history.lua has them, task 0 is the background.
local function new(add)
  return setmetatable({ add = add, changes = {} }, Pieces)
end

-- change(g, time, stack): an event of its own, at that place, may have given it another
-- task. To be called in the hook of the event.
function Pieces:change(g, time, stack)
  local known = g and trace.goroutine(g)
  if not known then
    return
  end
  local list, task = self.changes[g] or {}, known.task or 0
  if not list[1] or list[#list].task ~= task then
    list[#list + 1] = { time = time, task = task, stack = stack }
  end
  self.changes[g] = list
end

-- A window may have cut off events, and has if there are none: then what it works on now
-- holds, unless that is over.
local function task_of(s, list)
  local is_old = s.clipped == "begin" and not list and s.next ~= "NotExist"
  local known = is_old and trace.goroutine(s.g)
  return known and known.task or s.task or 0
end

local function piece_of(s)
  return { from = s.from, to = s.to, state = s.state, reason = s.reason or "",
    stack = s.stack, waker = s.waker or false, woken_by = false,
    born_by = s.prev == "NotExist" and s.waker or false }
end

-- What is left of a piece behind a change.
local function rest_of(piece, change)
  local rest = {}
  for field, value in pairs(piece) do
    rest[field] = value
  end
  rest.from, rest.born_by = change.time, false
  if change.stack and #change.stack > 0 then
    rest.stack = change.stack
  end
  return rest
end

-- The part of a piece before a change, and the one behind it.
local function split(pieces, task, g, piece, change)
  local rest = rest_of(piece, change)
  piece.to = change.time
  if piece.from < piece.to then
    pieces.add(task, g, piece)
  end
  return rest
end

-- state(s): a span of a goroutine's state.
function Pieces:state(s)
  local g, list = s.g, self.changes[s.g]
  local task = task_of(s, list)
  if task == 0 and not list then
    return
  end
  self.changes[g] = nil
  local piece = piece_of(s)
  for _, change in ipairs(list or {}) do
    if change.time >= piece.from and change.time < piece.to and
      change.task ~= task then
      piece = split(self, task, g, piece, change)
      task = change.task
    end
  end
  local is_over = s.next and s.clipped ~= "end" and s.clipped ~= "both"
  piece.woken_by = is_over and piece.state == "Waiting" and piece.waker or false
  if piece.from < piece.to then
    self.add(task, g, piece)
  end
end

return { new = new }
