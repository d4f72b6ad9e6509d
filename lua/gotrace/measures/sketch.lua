-- sketch.lua: quantiles, as DDSketch has them: values fall into buckets whose
-- bounds grow by 1 %, so that memory does not grow with the number of values, no
-- quantile is off by more than that, and what two traces say adds up exactly
-- (Masson, Rim, Lee: DDSketch, 2019).
local floor, log, exp = math.floor, math.log, math.exp

local WIDTH = log(1.01)

-- A state is an array, as there may be one for each of many keys: how many
-- values, the least, the largest, how many are in each bucket or false, and while
-- that is false the buckets of the first values from FIRST on.
local N, LEAST, MOST, BUCKETS, FIRST = 1, 2, 3, 4, 5
local LISTED = 12

-- A bucket's number. Greater values have greater ones, those from 1 on
-- have numbers from 0 on, which Lua keeps in an array where they are dense. No
-- logarithm of a double is beyond 75,000 widths.
local ZERO, NEGATIVE = -100000, -200000

local function bucket_of(value)
  if value > 0 then
    return floor(log(value) / WIDTH)
  elseif value < 0 then
    return NEGATIVE - floor(log(-value) / WIDTH)
  end
  return ZERO
end

-- The middle of a bucket. More digits than are true would only look like more.
local function middle(bucket)
  if bucket == ZERO then
    return 0
  elseif bucket < ZERO then
    return -middle(NEGATIVE - bucket)
  end
  return tonumber(("%.3g"):format(exp((bucket + 0.5) * WIDTH)))
end

local function new()
  return { 0, math.huge, -math.huge, false }
end

-- listed(state): how many buckets stand in its list.
local function listed(state)
  return state[BUCKETS] and 0 or state[N]
end

-- buckets_of(state): how many values are in each bucket; its own table, or one
-- made of its list.
local function buckets_of(state)
  if state[BUCKETS] then
    return state[BUCKETS]
  end
  local buckets = {}
  for i = FIRST, FIRST + listed(state) - 1 do
    buckets[state[i]] = (buckets[state[i]] or 0) + 1
  end
  return buckets
end

-- From a list to numbers by bucket, as the list is full.
local function unlist(state)
  local n = listed(state)
  state[BUCKETS] = buckets_of(state)
  for i = FIRST, FIRST + n - 1 do
    state[i] = nil
  end
  return state[BUCKETS]
end

local function note(state, n, least, most)
  state[N] = state[N] + n
  state[LEAST] = least < state[LEAST] and least or state[LEAST]
  state[MOST] = most > state[MOST] and most or state[MOST]
end

local function add(state, value)
  local bucket, n, buckets = bucket_of(value), state[N], state[BUCKETS]
  if not buckets and n < LISTED then
    state[FIRST + n] = bucket
  else
    buckets = buckets or unlist(state)
    buckets[bucket] = (buckets[bucket] or 0) + 1
  end
  note(state, 1, value, value)
end

local function merge(state, other)
  local n, more = listed(state), listed(other)
  if other[N] == more and state[N] == n and n + more <= LISTED then
    for i = 0, more - 1 do
      state[FIRST + n + i] = other[FIRST + i]
    end
  else
    local buckets = state[BUCKETS] or unlist(state)
    for bucket, count in pairs(buckets_of(other)) do
      buckets[bucket] = (buckets[bucket] or 0) + count
    end
  end
  note(state, other[N], other[LEAST], other[MOST])
end

local QUANTILES = { 0.5, 0.9, 0.99, 0.999 }

-- The quantiles, in one walk over the buckets.
local function quantiles(state)
  local buckets, order, found = buckets_of(state), {}, {}
  for bucket in pairs(buckets) do
    order[#order + 1] = bucket
  end
  table.sort(order)
  local i, seen = 0, 0
  for k, q in ipairs(QUANTILES) do
    while seen < q * state[N] and i < #order do
      i = i + 1
      seen = seen + buckets[order[i]]
    end
    found[k] = math.max(state[LEAST], math.min(state[MOST],
      middle(order[i]))) + 0
  end
  return found
end

local function rows(state)
  if state[N] == 0 then
    return {}
  end
  local row = quantiles(state)
  table.insert(row, 1, state[N])
  row[#row + 1] = state[MOST] + 0
  return { row }
end

local function count(state)
  return state[N]
end

-- quantile(what): the measure.
local function quantile(what)
  return {
    kind = "quantile",
    columns = { "count", "p50", "p90", "p99", "p99.9", "max " .. what },
    measured = { false, true, true, true, true, true },
    values = 1,
    inputs = "keys and values",
    new = new,
    add = add,
    merge = merge,
    add_sum = function(state, sum)
      merge(state, sum.sketch)
    end,
    quantiles = true,
    rows = rows,
    weight = count,
    share = count,
  }
end

-- of(n, least, most, buckets): a state of n values, how many are in each bucket.
local function of(n, least, most, buckets)
  return { n, least, most, buckets }
end

-- of_sum(n, least, most, buckets): the same; buckets are of values above 0, and the rest of
-- the n are 0.
local function of_sum(n, least, most, buckets)
  local above = 0
  for _, some in pairs(buckets) do
    above = above + some
  end
  buckets[ZERO] = n > above and n - above or nil
  return of(n, least, most, buckets)
end

local function smallest(state)
  return state[LEAST] + 0 -- no -0
end

local function largest(state)
  return state[MOST] + 0
end

-- is_bucket(n): whether there is one of that number.
local function is_bucket(n)
  return type(n) == "number" and n % 1 == 0 and n > 2 * NEGATIVE and n < -ZERO
end

-- WIDTH: of a bucket, as a logarithm: that of values from 1 on is their own by WIDTH,
-- rounded down. Of a state: count(state), smallest(state), largest(state), and
-- quantiles(state): p50, p90, p99, p99.9 of one that has values.
return {
  quantile = quantile,
  WIDTH = WIDTH,
  new = new,
  of = of,
  buckets_of = buckets_of,
  is_bucket = is_bucket,
  of_sum = of_sum,
  add = add,
  merge = merge,
  count = count,
  smallest = smallest,
  largest = largest,
  quantiles = quantiles,
}
