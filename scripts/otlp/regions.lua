-- regions.lua: regions as spans within each other. An inner one is told before the one that it
-- lies in: it waits for that one, which may be left out by -f, or come first at the trace's end.
local regions = {}
regions.__index = regions

-- new(add): add(region, outer): region: { g, task, name, from, to, depth, ... }; outer: the
-- region that it lies in; nil: none.
local function new(add)
  return setmetatable({ add = add, waiting = {}, order = {} }, regions)
end

local function lies_in(inner, outer)
  return outer.depth < inner.depth and outer.from <= inner.from and
    outer.to >= inner.to
end

-- Those that wait for one, or for one farther out, which has been left out between.
local function settle(self, list, outer)
  local rest = {}
  for _, inner in ipairs(list) do
    if lies_in(inner, outer) then
      self.add(inner, outer)
    else
      rest[#rest + 1] = inner
    end
  end
  return rest
end

local function wait(self, list, region)
  if #list == 0 then
    self.order[#self.order + 1] = region.g
  end
  list[#list + 1] = region
end

-- region(region, is_last): is_last: it outlives what is seen; those come outer ones first.
function regions:region(region, is_last)
  local list = self.waiting[region.g] or {}
  if not is_last then
    list = settle(self, list, region)
  end
  if region.depth == 0 and not is_last then
    self.add(region, nil)
  else
    wait(self, list, region)
  end
  self.waiting[region.g] = list[1] and list or nil
end

local function innermost(list, inner)
  local found
  for _, outer in ipairs(list) do
    if lies_in(inner, outer) and (not found or found.depth < outer.depth) then
      found = outer
    end
  end
  return found
end

-- finish(): those that still wait, goroutine by goroutine.
function regions:finish()
  for _, g in ipairs(self.order) do
    local list = self.waiting[g] or {}
    for _, region in ipairs(list) do
      self.add(region, innermost(list, region))
    end
    self.waiting[g] = nil
  end
end

return { new = new }
