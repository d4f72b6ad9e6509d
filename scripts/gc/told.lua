-- told.lua: which of the collections that the trace had are among the spans that are left:
-- -f and windows choose.
local Told = {}
Told.__index = Told

local function new()
  return setmetatable({ spans = {}, at = 1 }, Told)
end

-- add(s): a mark phase that is left, in the order of time.
function Told:add(s)
  table.insert(self.spans, { from = s.from, to = s.to })
end

-- has(c): whether a collection is among them; asked in the order of time.
function Told:has(c)
  local spans = self.spans
  while spans[self.at] and spans[self.at].from < c.from do
    self.at = self.at + 1
  end
  local span = spans[self.at]
  return span ~= nil and span.to <= (c.to or math.huge)
end

-- collections(): those that are, with their numbers.
function Told:collections()
  local list, n = {}, 1
  while trace.gc(n) do
    local c = trace.gc(n)
    if self:has(c) then
      list[#list + 1] = c
    end
    n = n + 1
  end
  return list
end

return { new = new }
