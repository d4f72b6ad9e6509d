-- thinned.lua: values over time of which never more than MOST are held: when there are more,
-- time is cut into PIECES, and of each the first, the least, the largest and the last stay,
-- as a line drawn through these looks like the one through all (Jugel and others: M4, 2014).
-- And times from one moment to another, of which those that are nearest to each other become
-- one.
local MOST, PIECES = 8000, 1000

local Thinned = {}
Thinned.__index = Thinned

-- new(): no values.
local function new()
  return setmetatable({}, Thinned)
end

-- Of the points from one to another those that stay, in their order.
local function keep(out, all, from, to)
  local least, most = from, from
  for i = from, to do
    least = all[i].value < all[least].value and i or least
    most = all[i].value > all[most].value and i or most
  end
  for i = from, to do
    if i == from or i == to or i == least or i == most then
      out[#out + 1] = all[i]
    end
  end
end

local function thin(self)
  local out, from = new(), 1
  local first, last = self[1].time, self[#self].time
  local width = math.max(1, (last - first) / PIECES)
  for i = 1, #self do
    local piece = math.floor((self[i].time - first) / width)
    local after = self[i + 1] and
      math.floor((self[i + 1].time - first) / width)
    if after ~= piece then
      keep(out, self, from, i)
      from = i + 1
    end
  end
  return out
end

-- add(time, value): times come in their order; of equal ones the last counts.
function Thinned:add(time, value)
  local last = self[#self]
  if last and last.time == time then
    last.value = value
    return
  end
  self[#self + 1] = { time = time, value = value }
  if #self > MOST then
    local less = thin(self)
    for i = 1, #self do
      self[i] = less[i]
    end
  end
end

-- points(): { time =, value = } in their order.
function Thinned:points()
  return #self > MOST / 2 and thin(self) or self
end

local Times = {}
Times.__index = Times

-- times(): none yet; `count`: how many were added.
local function times()
  return setmetatable({ count = 0, at = {} }, Times)
end

local function merge(at, gap)
  local out = {}
  for i = 1, #at, 2 do
    if #out > 0 and at[i] - out[#out] <= gap then
      out[#out] = math.max(out[#out], at[i + 1])
    else
      out[#out + 1], out[#out + 2] = at[i], at[i + 1]
    end
  end
  return out
end

-- add(from, to)
function Times:add(from, to)
  local at = self.at
  self.count = self.count + 1
  at[#at + 1], at[#at + 2] = from, to
  if #at > MOST then
    self.at = merge(at, (at[#at] - at[1]) / PIECES)
  end
end

-- list(): from, to, from, to ...
function Times:list()
  return self.at
end

return { new = new, times = times }
