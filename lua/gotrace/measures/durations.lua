-- durations.lua: values of which there are many: how long something took, with count, total,
-- mean, quantiles and the longest in one measure; and how far they are apart, with the least.
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

-- spread(what): the measure of single values, of which the total matters less than how
-- they differ; what: the heading of how many there are. Sorted by the total, as durations.
local function spread(what)
  local measure = durations(what)
  measure.kind, measure.unit = "spread", nil
  measure.columns = { what, "min", "mean", "p50", "p99", "max" }
  function measure.rows(state)
    local row = rows(state)[1]
    return row and { { row[1], sketch.smallest(state.sketch), row[3], row[4],
      row[5], row[6] } } or {}
  end
  return measure
end

return { durations = durations, spread = spread }
