-- at_once.lua: how many spans of a key there were at the same time, at most. They come in the
-- order of their ends.
--
-- Each span takes the place that became free last before it began, or a new one: as ends come
-- in order, no other choice needs fewer places, and there are as many as spans at the same time.
-- So what is kept is in line with these, not with all spans.
local AtOnce = {}
AtOnce.__index = AtOnce

-- new(): of no key yet.
local function new()
  return setmetatable({ ends = {} }, AtOnce)
end

-- add(key, from, to): how many there have been.
function AtOnce:add(key, from, to)
  local ends = self.ends[key]
  if not ends then
    ends = {}
    self.ends[key] = ends
  end
  local free = #ends
  while free > 0 and ends[free] > from do
    free = free - 1
  end
  if free > 0 then
    table.remove(ends, free)
  end
  ends[#ends + 1] = to
  return #ends
end

return { new = new }
