-- steps.lua: how much of each step of time something took, by key, for a trace of whatever
-- length: steps become longer as it goes on, so that there are never more than MOST.
local MOST = 2000

local Steps = {}
Steps.__index = Steps

-- new(): { step = ns of one, by = ns by key and number of the step, from 0 }.
local function new()
  return setmetatable({ step = 1000, by = {}, factor = 2, last = 0 }, Steps)
end

-- 1us, 2us, 10us, 20us, 100us ...: round times.
local function coarsen(self)
  local factor = self.factor
  for key, sums in pairs(self.by) do
    local less = {}
    for at, ns in pairs(sums) do
      local into = math.floor(at / factor)
      less[into] = (less[into] or 0) + ns
    end
    self.by[key] = less
  end
  self.step, self.factor = self.step * factor, factor == 2 and 5 or 2
end

-- add(key, from, to): it lasted from then to then, in ns.
function Steps:add(key, from, to)
  while to > self.step * MOST do
    coarsen(self)
  end
  local sums, step = self.by[key] or {}, self.step
  self.by[key], self.last = sums, math.max(self.last, to)
  local at = math.floor(from / step)
  while from < to do
    local next_one = math.min(to, (at + 1) * step)
    sums[at] = (sums[at] or 0) + next_one - from
    from, at = next_one, at + 1
  end
end

-- group(most): how many steps in a row make at most that many rows: 1, 2, 5, 10 ...
function Steps:group(most)
  local n, factor, i = math.ceil(self.last / self.step), 1, 0
  while math.ceil(n / factor) > most do
    i = i + 1
    factor = ({ 1, 2, 5 })[i % 3 + 1] * 10 ^ math.floor(i / 3)
  end
  return factor
end

-- fit(most): how many in a row make at most that many, where no row has to be round.
function Steps:fit(most)
  return math.max(1, math.ceil(math.ceil(self.last / self.step) / most))
end

-- grouped(key, factor): ns by number of the group, from 0 on, all of them.
function Steps:grouped(key, factor)
  local list, groups = {}, math.ceil(self.last / self.step / factor)
  for at = 0, groups - 1 do
    list[at] = 0
  end
  for at, ns in pairs(self.by[key] or {}) do
    local into = math.floor(at / factor)
    list[into] = list[into] + ns
  end
  return list, groups
end

return { new = new }
