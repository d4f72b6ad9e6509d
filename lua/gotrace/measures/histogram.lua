-- histogram.lua: how many values there are in each bucket, by powers of two or of
-- one width.
local floor, log = math.floor, math.log

-- Buckets in a row are shown with those in between, up to a number that can
-- still be looked at.
local SPAN = 1000

-- in_order(buckets): the numbers of the buckets to show, in order.
local function in_order(buckets)
  local list = {}
  for bucket in pairs(buckets) do
    list[#list + 1] = bucket
  end
  table.sort(list)
  local first, last = list[1], list[#list]
  if first and last - first < SPAN then
    list = {}
    for bucket = first, last do
      list[#list + 1] = bucket
    end
  end
  return list
end

local function new()
  return { n = 0, buckets = {} }
end

local function merge(state, other)
  state.n = state.n + other.n
  local buckets = state.buckets
  for bucket, n in pairs(other.buckets) do
    buckets[bucket] = (buckets[bucket] or 0) + n
  end
end

local function count(state)
  return state.n
end

-- Rows: from, to (not itself in the bucket) and how many.
local function histogram(kind, what, bucket_of, bounds)
  return {
    kind = kind,
    columns = { "from", "to", what },
    measured = { true, true, false },
    values = 1,
    inputs = "keys and values",
    bars = true,
    many = true,
    share_column = 3,
    new = new,
    merge = merge,
    weight = count,
    share = count,
    add = function(state, value)
      local bucket, buckets = bucket_of(value), state.buckets
      state.n = state.n + 1
      buckets[bucket] = (buckets[bucket] or 0) + 1
    end,
    rows = function(state)
      local rows = {}
      for i, bucket in ipairs(in_order(state.buckets)) do
        local from, to = bounds(bucket)
        rows[i] = { from, to, state.buckets[bucket] or 0 }
      end
      return rows
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

-- hist(what): powers of two. Bucket 0 is from 0 to 1, -1 from -1 to 0, and so on.
local function hist(what)
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

-- lhist(what, width): buckets of that width.
local function lhist(what, width)
  return histogram("lhist", what, function(value)
    return floor(value / width)
  end, function(bucket)
    return bucket * width, (bucket + 1) * width
  end)
end

return { hist = hist, lhist = lhist, in_order = in_order }
