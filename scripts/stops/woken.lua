-- woken.lua: how often goroutines were woken, by their function and what they had waited for, and
-- how many goroutines these are.
local format = require "gotrace.format"

local FEW = 5 -- rows that people get

local Woken = {}
Woken.__index = Woken

-- new(top): how many rows are wanted, 0: all. To be called while the script loads.
local function new(top)
  local out = columns { by = { "func", "woken_from" }, "sum wakes",
    "sum per_second", "sum goroutines" }
  out:name("woken"):optional():top(
    format.style() == "text" and math.min(top, FEW) or top)
  return setmetatable({ out = out, by = {} }, Woken)
end

local function made(list, key, value)
  list[key] = list[key] or value
  return list[key]
end

-- add(s): a wait that somebody or something ended.
function Woken:add(s)
  local of_func = made(self.by, s.func, {})
  local sum = made(of_func, s.reason, { wakes = 0, n = 0, seen = {} })
  sum.wakes = sum.wakes + 1
  if not sum.seen[s.g] then
    sum.seen[s.g], sum.n = true, sum.n + 1
  end
end

-- finish(t): of one trace all is seen.
function Woken:finish(t)
  local seconds = math.max(t.covered, 1) / 1e9
  for func, of_func in pairs(self.by) do
    for reason, sum in pairs(of_func) do
      local rate = math.floor(sum.wakes / seconds + 0.5)
      self.out:add(func, reason, sum.wakes, rate, sum.n)
    end
  end
end

return { new = new }
