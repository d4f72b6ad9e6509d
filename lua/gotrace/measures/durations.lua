-- durations.lua: how long something took, many times: count, total, mean, quantiles and
-- the longest, in one measure.
local exact = require "gotrace.measures.exact"
local sketch = require "gotrace.measures.sketch"

local function new()
  return { sum = exact.new(), sketch = sketch.new() }
end

local function add(state, value)
  exact.add(state.sum, value)
  sketch.add(state.sketch, value)
end

local function merge(state, other)
  exact.merge(state.sum, other.sum)
  sketch.merge(state.sketch, other.sketch)
end

local function rows(state)
  local n = sketch.count(state.sketch)
  if n == 0 then
    return {}
  end
  local p50, _, p99 = unpack(sketch.quantiles(state.sketch))
  return { { n, exact.shown(state.sum), exact.number(state.sum) / n, p50, p99,
    sketch.largest(state.sketch) } }
end

local function total(state)
  return exact.number(state.sum)
end

-- durations(what): the measure; what: the heading of how many there are.
local function durations(what)
  return {
    kind = "durations",
    columns = { what, "total", "mean", "p50", "p99", "max" },
    measured = { false, true, true, true, true, true },
    unit = "ns",
    values = 1,
    inputs = "keys and values",
    new = new,
    add = add,
    merge = merge,
    add_sum = function(state, sum)
      exact.merge(state.sum, sum.total)
      sketch.merge(state.sketch, sum.sketch)
    end,
    quantiles = true,
    rows = rows,
    weight = total,
    share = total,
  }
end

return { durations = durations }
