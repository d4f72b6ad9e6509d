-- keys.lua: what --by of leaks asks for, and of which spans.

local function asks_for(by, name)
  return tostring(by):find("%f[%w_]" .. name .. "%f[^%w_]")
end

-- is_about_states(by): whether it is about what goroutines do, not about their lives.
local function is_about_states(by)
  return asks_for(by, "reason") or asks_for(by, "state")
end

local found
local finder = {}

-- Lists of keys have no holes.
function finder.add(_, ...)
  found = {}
  for i = 1, select("#", ...) do
    local key = select(i, ...)
    found[i] = key == nil and "-" or key
  end
end

-- at_hand(by): what it says of the span at hand, as a list.
local function at_hand(by)
  by:add(finder)
  return found
end

-- is_born(s): whether the span is that of a goroutine that begins in it: of a life that
-- windows cut the first piece counts.
local function is_born(s)
  return (not s.open or s.open == "end") and
    (not s.clipped or s.clipped == "end")
end

return { is_about_states = is_about_states, at_hand = at_hand,
  is_born = is_born }
