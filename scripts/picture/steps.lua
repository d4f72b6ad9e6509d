-- steps.lua: how much of each step of time something took, by key, for a trace of whatever
-- length: steps become longer as it goes on, so that there are never more than MOST.
local MOST = 2000

local Steps = {}
Steps.__index = Steps

-- new(begins): { step = ns of one, by = by key { parts = ns by number of the step, from 0, of
-- what fills a step in part; edges = by number how many more begin there to fill all of a
-- step than end }, origin = where step 0 begins, last = ns behind it }. What is added takes no
-- longer if it lasted longer. begins: "with the first": step 0 is where the first of what is
-- added begins, as in a window; nil: at 0.
local function new(begins)
  return setmetatable({ step = 1000, by = {}, factor = 2, last = 0,
    origin = not begins and 0 or nil }, Steps)
end

-- totals(sums, step): ns by number of the step.
local function totals(sums, step)
  local out, whole, first, last = {}, 0, math.huge, -1
  for at in pairs(sums.edges) do
    first, last = math.min(first, at), math.max(last, at)
  end
  for at = first, last do
    whole = whole + (sums.edges[at] or 0)
    out[at] = whole > 0 and whole * step or nil
  end
  for at, ns in pairs(sums.parts) do
    out[at] = (out[at] or 0) + ns
  end
  return out
end

-- 1us, 2us, 10us, 20us, 100us ...: round times, also that of step 0.
local function coarsen(self)
  local factor = self.factor
  local before = self.origin / self.step % factor
  for key, sums in pairs(self.by) do
    local less = {}
    for at, ns in pairs(self:totals(key)) do
      local into = math.floor((at + before) / factor)
      less[into] = (less[into] or 0) + ns
    end
    sums.parts, sums.edges = less, {}
  end
  self.origin = self.origin - before * self.step
  self.last = self.last + before * self.step
  self.step, self.factor = self.step * factor, factor == 2 and 5 or 2
end

local function put(list, at, n)
  list[at] = (list[at] or 0) + n
end

local function moved(list, n)
  local out = {}
  for at, value in pairs(list) do
    out[at + n] = value
  end
  return out
end

-- Has step 0 begin where the step of `from` does.
local function begin(self, from)
  local origin = math.floor(from / self.step) * self.step
  local n = ((self.origin or origin) - origin) / self.step
  self.origin, self.last = origin, self.last + n * self.step
  for _, sums in pairs(n > 0 and self.by or {}) do
    sums.parts, sums.edges = moved(sums.parts, n), moved(sums.edges, n)
  end
end

-- add(key, from, to): it lasted from then to then, in ns.
function Steps:add(key, from, to)
  if not self.origin or from < self.origin then
    begin(self, from)
  end
  while math.max(to - self.origin, self.last) > self.step * MOST do
    coarsen(self)
  end
  from, to = from - self.origin, to - self.origin
  local sums, step = self.by[key], self.step
  if not sums then
    sums = { parts = {}, edges = {} }
    self.by[key] = sums
  end
  self.last = math.max(self.last, to)
  local first, last = math.floor(from / step), math.floor(to / step)
  if first == last then
    return to > from and put(sums.parts, first, to - from) or nil
  end
  put(sums.parts, first, (first + 1) * step - from)
  put(sums.edges, first + 1, 1)
  put(sums.edges, last, -1)
  if to > last * step then
    put(sums.parts, last, to - last * step)
  end
end

-- totals(key): ns by number of the step, of those in which there was something.
function Steps:totals(key)
  local sums = self.by[key]
  return sums and totals(sums, self.step) or {}
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
  for at, ns in pairs(self:totals(key)) do
    put(list, math.floor(at / factor), ns)
  end
  return list, groups
end

return { new = new }
