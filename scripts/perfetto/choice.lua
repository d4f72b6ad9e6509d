-- choice.lua: the few of many that weigh most, of which no more are kept.
local choice = {}
choice.__index = choice

-- new(n): n of them at most.
local function new(n)
  return setmetatable({ most = n, ids = {}, weights = {} }, choice)
end

-- A heap: the lightest is first, of equal ones the one with the highest id.
local function is_lighter(self, a, b)
  local x, y = self.weights[a], self.weights[b]
  if x ~= y then
    return x < y
  end
  return self.ids[a] > self.ids[b]
end

local function swap(self, a, b)
  local ids, weights = self.ids, self.weights
  ids[a], ids[b] = ids[b], ids[a]
  weights[a], weights[b] = weights[b], weights[a]
end

local function rise(self, at)
  local above = math.floor(at / 2)
  while at > 1 and is_lighter(self, at, above) do
    swap(self, at, above)
    at, above = above, math.floor(above / 2)
  end
end

local function sink(self)
  local at, n = 1, #self.ids
  while 2 * at <= n do
    local least = 2 * at
    if least < n and is_lighter(self, least + 1, least) then
      least = least + 1
    end
    if is_lighter(self, at, least) then
      return
    end
    swap(self, at, least)
    at = least
  end
end

-- add(id, weight)
function choice:add(id, weight)
  local n = #self.ids
  if n < self.most then
    self.ids[n + 1], self.weights[n + 1] = id, weight
    rise(self, n + 1)
  elseif n > 0 and (weight > self.weights[1] or
    weight == self.weights[1] and id < self.ids[1]) then
    self.ids[1], self.weights[1] = id, weight
    sink(self)
  end
end

-- chosen(): a set of ids.
function choice:chosen()
  local set = {}
  for _, id in ipairs(self.ids) do
    set[id] = true
  end
  return set
end

return { new = new }
