-- measures.lua: what can be measured of the values of a key.
--
-- A measure: { kind, columns: names, measured: which of them are in the values'
-- unit, values: how many numbers add takes behind the keys, inputs: what
-- messages call its arguments, new(): a state, add(state, ...), rows(state):
-- its rows, weight(state): what keys are sorted by, bars: the last column is
-- drawn }.
local floor, log, exp = math.floor, math.log, math.exp

local measures = {}

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
    rows = function(state)
      return { { state.n } }
    end,
    weight = function(state)
      return state.n
    end,
  }
end

function measures.sum(what)
  return {
    kind = "sum",
    columns = { what },
    measured = { true },
    values = 1,
    inputs = "keys and values",
    new = function()
      return { sum = 0 }
    end,
    add = function(state, value)
      state.sum = state.sum + value
    end,
    rows = function(state)
      return { { state.sum } }
    end,
    weight = function(state)
      return state.sum
    end,
  }
end

function measures.stats(what)
  return {
    kind = "stats",
    columns = { "count", "min", "mean", "max", what },
    measured = { false, true, true, true, true },
    values = 1,
    inputs = "keys and values",
    new = function()
      return { n = 0, sum = 0, min = math.huge, max = -math.huge }
    end,
    add = function(state, value)
      state.n = state.n + 1
      state.sum = state.sum + value
      state.min = value < state.min and value or state.min
      state.max = value > state.max and value or state.max
    end,
    rows = function(state)
      if state.n == 0 then
        return {}
      end
      return { { state.n, state.min, state.sum / state.n, state.max,
        state.sum } }
    end,
    weight = function(state)
      return state.sum
    end,
  }
end

-- Quantiles come from buckets that are 1 % wide, so that memory does not grow
-- with the number of values and no quantile is off by more than that.
local WIDTH = log(1.01)

local function quantile_of(state, q)
  local rank, seen = q * state.n, state.low
  if rank <= seen then
    return math.min(state.max, 0)
  end
  for bucket = state.first, state.last do
    seen = seen + (state.buckets[bucket] or 0)
    if rank <= seen then
      -- More digits than are true would only look like more.
      local value = tonumber(("%.3g"):format(exp((bucket + 0.5) * WIDTH)))
      return math.max(state.min, math.min(state.max, value))
    end
  end
  return state.max
end

local function quantile_add(state, value)
  state.n = state.n + 1
  state.min = value < state.min and value or state.min
  state.max = value > state.max and value or state.max
  if value <= 0 then
    state.low = state.low + 1
    return
  end
  local bucket = floor(log(value) / WIDTH)
  state.buckets[bucket] = (state.buckets[bucket] or 0) + 1
  state.first = bucket < state.first and bucket or state.first
  state.last = bucket > state.last and bucket or state.last
end

function measures.quantile(what)
  return {
    kind = "quantile",
    columns = { "count", "p50", "p90", "p99", "p99.9", "max " .. what },
    measured = { false, true, true, true, true, true },
    values = 1,
    inputs = "keys and values",
    new = function()
      return { n = 0, low = 0, min = math.huge, max = -math.huge,
        first = math.huge, last = -math.huge, buckets = {} }
    end,
    add = quantile_add,
    rows = function(state)
      if state.n == 0 then
        return {}
      end
      local row = { state.n }
      for i, q in ipairs { 0.5, 0.9, 0.99, 0.999 } do
        row[i + 1] = quantile_of(state, q)
      end
      row[6] = state.max
      return { row }
    end,
    weight = function(state)
      return state.n
    end,
  }
end

-- Buckets in a row are shown with those in between, up to a number that can
-- still be looked at.
local SPAN = 1000

-- The numbers of the buckets to show, in order.
local function shown(buckets, first, last)
  local list = {}
  if last - first < SPAN then
    for bucket = first, last do
      list[#list + 1] = bucket
    end
    return list
  end
  for bucket in pairs(buckets) do
    list[#list + 1] = bucket
  end
  table.sort(list)
  return list
end

-- Histograms: from, to (not itself in the bucket) and how many.
local function histogram(kind, what, bucket_of, bounds)
  return {
    kind = kind,
    columns = { "from", "to", what },
    measured = { true, true, false },
    values = 1,
    inputs = "keys and values",
    bars = true,
    new = function()
      return { n = 0, first = math.huge, last = -math.huge, buckets = {} }
    end,
    add = function(state, value)
      local bucket = bucket_of(value)
      state.n = state.n + 1
      state.buckets[bucket] = (state.buckets[bucket] or 0) + 1
      state.first = bucket < state.first and bucket or state.first
      state.last = bucket > state.last and bucket or state.last
    end,
    rows = function(state)
      local rows = {}
      for _, bucket in ipairs(shown(state.buckets, state.first, state.last)) do
        local from, to = bounds(bucket)
        rows[#rows + 1] = { from, to, state.buckets[bucket] or 0 }
      end
      return rows
    end,
    weight = function(state)
      return state.n
    end,
  }
end

-- The power of two above a value from 1 on, as its exponent.
local function exponent(value)
  -- A logarithm may be off by a hair just at a power of two.
  local bucket = floor(log(value) / log(2)) + 1
  if value >= 2 ^ bucket then
    return bucket + 1
  end
  return value < 2 ^ (bucket - 1) and bucket - 1 or bucket
end

-- Powers of two. Bucket 0 is from 0 to 1, -1 from -1 to 0, and so on.
function measures.hist(what)
  return histogram("hist", what, function(value)
    if value < 0 then
      return value > -1 and -1 or -exponent(-value) - 1
    end
    return value < 1 and 0 or exponent(value)
  end, function(bucket)
    if bucket < 0 then
      return -(2 ^ (-bucket - 1)), bucket < -1 and -(2 ^ (-bucket - 2)) or 0
    end
    return bucket > 0 and 2 ^ (bucket - 1) or 0, 2 ^ bucket
  end)
end

function measures.lhist(what, width)
  return histogram("lhist", what, function(value)
    return floor(value / width)
  end, function(bucket)
    return bucket * width, (bucket + 1) * width
  end)
end

-- Rows of a time series: the steps in between are there, with 0.
function measures.tseries(what, step)
  return {
    kind = "tseries",
    columns = { "time", what },
    measured = { true, false },
    values = 2,
    inputs = "keys, a time and a value",
    bars = true,
    new = function()
      return { sum = 0, first = math.huge, last = -math.huge, steps = {} }
    end,
    add = function(state, time, value)
      local at = floor(time / step)
      state.sum = state.sum + value
      state.steps[at] = (state.steps[at] or 0) + value
      state.first = at < state.first and at or state.first
      state.last = at > state.last and at or state.last
    end,
    rows = function(state)
      local rows = {}
      for _, at in ipairs(shown(state.steps, state.first, state.last)) do
        rows[#rows + 1] = { at * step, state.steps[at] or 0 }
      end
      return rows
    end,
    weight = function(state)
      return state.sum
    end,
  }
end

return measures
