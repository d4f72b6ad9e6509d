-- measures.lua: what can be measured of the values of a key.
--
-- A measure:
--   kind, columns: names; unit: of the values, by name (value.units); measured:
--     which columns are in that unit; units: of other columns, by number
--   values: how many numbers add takes behind the keys; required: how many of
--     them, if others may be nil; inputs: what messages call add's arguments
--   new(): a state; add(state, ...); merge(state, other): as if what was added
--     to the other had been added to this one, in whatever order
--   rows(state): its rows, none if nothing was added; many: it may have several,
--     and share_column is what shares are of
--   weight(state): what keys are sorted by; share(state): what a key's share of
--     all is of, if that makes sense
--   bars: the last column is drawn, or that of this number
--   made: its kind, and what its constructor got
--   add_sum(state, sum): if it can be made of the sum of many values: { count, shortest,
--     longest, total, sketch } (tables/sums.lua); quantiles: it wants the sketch
--   parts: the measures of several columns, add_to(state, i, value): to one of them
--   spread(state, from, to, i): of a time series of sums, or whose part i is one: what is
--     wrong, or nil
local arrival = require "gotrace.measures.arrival"
local columns = require "gotrace.measures.columns"
local durations = require "gotrace.measures.durations"
local exact = require "gotrace.measures.exact"
local histogram = require "gotrace.measures.histogram"
local series = require "gotrace.measures.series"
local sketch = require "gotrace.measures.sketch"

local sum_add, sum_merge, sum_number = exact.add, exact.merge, exact.number

local measures = {
  columns = columns.columns,
  durations = durations.durations,
  hist = histogram.hist,
  lhist = histogram.lhist,
  quantile = sketch.quantile,
  spread = durations.spread,
  tseries = series.tseries,
}

local function number_of(state)
  return state.n
end

local function merge_n(state, other)
  state.n = state.n + other.n
end

function measures.count(what)
  return {
    kind = "count",
    columns = { what },
    measured = {},
    values = 0,
    inputs = "keys",
    new = function()
      return { n = 0 }
    end,
    add = function(state)
      state.n = state.n + 1
    end,
    merge = merge_n,
    add_sum = function(state, sum)
      state.n = state.n + sum.count
    end,
    rows = function(state)
      return { { state.n } }
    end,
    weight = number_of,
    share = number_of,
  }
end

function measures.sum(what)
  return {
    kind = "sum",
    columns = { what },
    measured = { true },
    values = 1,
    inputs = "keys and values",
    new = exact.new,
    add = sum_add,
    merge = sum_merge,
    add_sum = function(state, sum)
      sum_merge(state, sum.total)
    end,
    rows = function(state)
      return { { exact.shown(state) } }
    end,
    weight = sum_number,
    share = sum_number,
  }
end

-- single(kind, what, add, merge): a measure that is one number, `value` of its
-- state, which is nil if nothing was added. of_sum: what of a sum of values is added.
local function single(kind, what, add, merge, of_sum)
  return {
    kind = kind,
    columns = { what },
    measured = { true },
    values = 1,
    inputs = "keys and values",
    new = function()
      return {}
    end,
    add = add,
    merge = merge or function(state, other)
      if other.value then
        add(state, other.value)
      end
    end,
    add_sum = of_sum and function(state, sum)
      add(state, sum[of_sum])
    end,
    rows = function(state)
      return state.value and { { state.value + 0 } } or {} -- no -0
    end,
    weight = function(state)
      return state.value or -math.huge
    end,
  }
end

function measures.min(what)
  return single("min", what, function(state, value)
    local least = state.value
    if not least or value < least then
      state.value = value
    end
  end, nil, "shortest")
end

function measures.max(what)
  return single("max", what, function(state, value)
    local most = state.value
    if not most or value > most then
      state.value = value
    end
  end, nil, "longest")
end

local is_later, next_number = arrival.is_later, arrival.next_number

-- The last of several keys is the last that was added to any.
function measures.last(what)
  return single("last", what, function(state, value)
    state.value, state.at, state.of = value, next_number(), arrival.of()
  end, function(state, other)
    if is_later(state, other) then
      state.value, state.at, state.of = other.value, other.at, other.of
    end
  end)
end

-- Count, sum, least and most of values: what several measures show of them.
local function new_summary()
  return { n = 0, sum = exact.new(), min = math.huge, max = -math.huge }
end

local function add_summary(state, value)
  state.n = state.n + 1
  sum_add(state.sum, value)
  if value < state.min then
    state.min = value
  end
  if value > state.max then
    state.max = value
  end
end

local function merge_summary(state, other)
  state.n = state.n + other.n
  sum_merge(state.sum, other.sum)
  state.min = other.min < state.min and other.min or state.min
  state.max = other.max > state.max and other.max or state.max
end

local function mean_of(state)
  return sum_number(state.sum) / state.n
end

-- summary(measure, row_of): the rest of a measure that shows row_of(state).
local function summary(measure, row_of)
  measure.values, measure.inputs = 1, "keys and values"
  measure.new = new_summary
  measure.add, measure.merge = add_summary, merge_summary
  function measure.rows(state)
    return state.n > 0 and { row_of(state) } or {}
  end
  return measure
end

-- add_sum of what has all values' number, sum and bounds.
local function add_sum_to_summary(state, sum)
  merge_summary(state, { n = sum.count, sum = sum.total, min = sum.shortest,
    max = sum.longest })
end

function measures.stats(what)
  return summary({
    kind = "stats",
    add_sum = add_sum_to_summary,
    columns = { "count", "min", "mean", "max", what },
    measured = { false, true, true, true, true },
    weight = function(state)
      return sum_number(state.sum)
    end,
    share = function(state)
      return sum_number(state.sum)
    end,
  }, function(state)
    return { state.n, state.min + 0, mean_of(state), state.max + 0,
      exact.shown(state.sum) }
  end)
end

-- What goes up and down: its last, least, mean and largest value.
function measures.gauge(what)
  local gauge = summary({
    kind = "gauge",
    columns = { "last", "min", "mean", "max " .. what },
    measured = { true, true, true, true },
    weight = function(state)
      return state.max
    end,
  }, function(state)
    return { state.last + 0, state.min + 0, mean_of(state), state.max + 0 }
  end)
  function gauge.add(state, value)
    state.last, state.at, state.of = value, next_number(), arrival.of()
    add_summary(state, value)
  end
  function gauge.merge(state, other)
    if is_later(state, other) then
      state.last, state.at, state.of = other.last, other.at, other.of
    end
    merge_summary(state, other)
  end
  return gauge
end

function measures.mean(what)
  return {
    kind = "mean",
    columns = { what },
    measured = { true },
    values = 1,
    inputs = "keys and values",
    new = function()
      return { n = 0, sum = exact.new() }
    end,
    add = function(state, value)
      state.n = state.n + 1
      sum_add(state.sum, value)
    end,
    merge = function(state, other)
      state.n = state.n + other.n
      sum_merge(state.sum, other.sum)
    end,
    add_sum = function(state, sum)
      state.n = state.n + sum.count
      sum_merge(state.sum, sum.total)
    end,
    rows = function(state)
      return state.n > 0 and { { mean_of(state) } } or {}
    end,
    weight = function(state)
      return state.n > 0 and mean_of(state) or -math.huge
    end,
  }
end

-- How each was made: its kind and what its constructor got (measures/packed.lua).
for kind, make in pairs(measures) do
  measures[kind] = function(...)
    local measure = make(...)
    measure.made = { kind, ... }
    return measure
  end
end

return measures
