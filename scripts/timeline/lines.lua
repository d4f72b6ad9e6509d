-- lines.lua: what was done in each step of time, by the keys of a line and by state.
local steps = require "picture.steps"

local Lines = {}
Lines.__index = Lines

local take -- what takes the keys of the span at hand

-- Only what has all keys has a line: a goroutine that waits has no P, and a line of all that
-- do would be the picture of none.
local function has_all(...)
  for i = 1, select("#", ...) do
    if (select(i, ...)) == nil then
      return false
    end
  end
  return true
end

-- new(by): by is a value of the type `keys`.
local function new(by)
  local lines = setmetatable({ by = by, steps = steps.new(), list = {},
    known = {} }, Lines)
  lines.taker = { add = function(_, ...)
    if has_all(...) then
      take(lines, ...)
    end
  end }
  return lines
end

-- The line of some keys: { keys =, name = what it is called, active = ns that it did not
-- wait }.
function Lines:line(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...)))
  end
  local name = table.concat(texts, " ")
  local line = self.known[name]
  if not line then
    line = { keys = { ... }, name = name, active = 0 }
    self.known[name], self.list[#self.list + 1] = line, line
  end
  return line
end

function take(self, ...)
  local line, s = self:line(...), self.span
  self.steps:add(s.state .. " " .. line.name, s.from - trace.start,
    s.to - trace.start)
  line.active = line.active + (s.state == "Waiting" and 0 or s.dur)
end

-- add(s): a span of a state.
function Lines:add(s)
  self.span = s
  self.by:add(self.taker)
end

local function is_more_active(a, b)
  if a.active ~= b.active then
    return a.active > b.active
  end
  return a.name < b.name
end

local function is_before(a, b)
  local x, y = a.keys[1], b.keys[1]
  if type(x) == "number" and type(y) == "number" and x ~= y then
    return x < y
  end
  return is_more_active(a, b)
end

-- best(n): those that did most, or all for 0; keys that are numbers in their order.
function Lines:best(n)
  local some = {}
  for i, line in ipairs(self.list) do -- more than unpack takes, perhaps
    some[i] = line
  end
  table.sort(some, is_more_active)
  for i = #some, n > 0 and n + 1 or #some + 1, -1 do
    some[i] = nil
  end
  table.sort(some, is_before)
  return some
end

return { new = new }
