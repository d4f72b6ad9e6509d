-- tables.lua: who made goroutines wait, as a table: for what is waited, and at which place; who
-- had it meanwhile or ended the wait; and what that one waited for, and where.
local format = require "gotrace.format"

local TOP, FEW = 5, 3 -- rows that people get
local is_text = format.style() == "text"

local Table = {}
Table.__index = Table

-- A function without its package.
local function short(func)
  local name = func:match "([^/]*)$"
  return name:match "^[^.]*%.(.+)$" or name
end

local function short_place(place)
  return place and place.func ~= "" and
    ("%s:%d"):format(short(place.func), place.line) or "-"
end

-- Who it was, as people get it: with what that one waited for.
local function cause_of(part)
  local func = part.func ~= "" and short(part.func) or "-"
  return part.reason and ("%s, in %s"):format(func, part.reason) or func
end

-- new(first, heading): first: what a key before these is called, which only programs get; nil:
-- there is none. heading: of the column of who it was; nil: "because of". To be called while
-- the script loads.
local function new(first, heading)
  local by = is_text and { "waited at", heading or "because of", "place" } or
    { "reason", "place", "waker", "waker_reason", "waker_place" }
  if first and not is_text then
    table.insert(by, 1, first)
  end
  local out = columns { by = by, "sum total", "count waits" }
  out:ns():optional():name("wakers"):top(is_text and FEW or 0)
  return setmetatable({ out = out, first = not is_text and first }, Table)
end

-- top(n): of a program's rows; people get few.
function Table:top(n)
  self.out:top(is_text and TOP or n)
  return self
end

-- add(first, s, part, ns): as holders.lua tells it.
function Table:add(first, s, part, ns)
  local out = self.out
  if is_text then
    return out:add(short_place(s.place), cause_of(part), part.place, ns, ns)
  end
  local func = part.func ~= "" and part.func or nil
  if self.first then
    out:add(first, s.reason, s.place, func, part.reason, part.place, ns, ns)
  else
    out:add(s.reason, s.place, func, part.reason, part.place, ns, ns)
  end
end

return { new = new }
