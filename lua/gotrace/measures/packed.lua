-- packed.lua: measures and their states as plain values, for packing.lua: equal states are
-- equal values, in whatever order they were put together. What is read is not trusted.
--
-- A measure: { kind, unit or false, bars or false, what its constructor got }. A state, by
-- kind:
--   count                    how many
--   sum                      { high, low, steps } (exact.lua)
--   min max                  the value, or nil
--   last                     { value, number, file } (arrival.lua), or nothing in it
--   mean                     { how many, sum }
--   stats                    { how many, sum, least, most }
--   gauge                    the same, and value, number, file of the last
--   quantile                 { how many, least, most, { bucket, how many, ... } } (sketch.lua)
--   durations spread         { sum, quantile's }
--   hist lhist               { bucket, how many, ... }
--   columns                  a state of each
--   tseries                  { { step, state, ... }, { part, { step, how many more, ... }, ... } }
--                            (series.lua)
local exact = require "gotrace.measures.exact"
local measures = require "gotrace.measures.measures"
local proxy = require "gotrace.base.proxy"
local series = require "gotrace.measures.series"
local sketch = require "gotrace.measures.sketch"
local value_of = require "gotrace.base.value"

local function refuse(what, ...)
  error(what:format(...), 0)
end

local function number(n)
  if type(n) ~= "number" or n ~= n then
    refuse("%s is no number", type(n))
  end
  return n
end

local function count(n)
  if type(n) ~= "number" or n % 1 ~= 0 or n < 0 then
    refuse "how many there are is no whole number"
  end
  return n
end

local function whole(n)
  if type(n) ~= "number" or n % 1 ~= 0 then
    refuse "the number of a bucket or step is not whole"
  end
  return n
end

local function list(value)
  if type(value) ~= "table" or not value.n then
    refuse "a list is missing"
  end
  return value
end

local function sum(value)
  return exact.of_packed(list(value)) or refuse "a sum is none"
end

local function file(name)
  if type(name) ~= "string" then
    refuse "a value is of no file"
  end
  return name
end

-- { key, of(value), ... }: of a table by numbers, in their order.
local function by_number(t, of)
  local flat = {}
  for _, key in ipairs(proxy.sorted_keys(t)) do
    flat[#flat + 1], flat[#flat + 2] = key, of(t[key])
  end
  return flat
end

-- The table again: key_of and of check what is there.
local function of_flat(flat, key_of, of)
  local t = {}
  for i = 1, list(flat).n, 2 do
    t[key_of(flat[i])] = of(flat[i + 1])
  end
  return t
end

local function itself(value)
  return value
end

-- How a state is packed and read again, by kind: { pack(measure, state), read(measure, plain) }.
local kinds = {}
local pack, read

kinds.count = {
  function(_, state)
    return state.n
  end,
  function(_, plain)
    return { n = count(plain) }
  end,
}

kinds.sum = {
  function(_, state)
    return exact.packed(state)
  end,
  function(_, plain)
    return sum(plain)
  end,
}

kinds.min = {
  function(_, state)
    return state.value
  end,
  function(_, plain)
    return { value = plain ~= nil and number(plain) or nil }
  end,
}
kinds.max = kinds.min

kinds.last = {
  function(_, state)
    return { state.value, state.at, state.of }
  end,
  function(_, plain)
    if list(plain).n == 0 then
      return {}
    end
    return { value = number(plain[1]), at = count(plain[2]),
      of = file(plain[3]) }
  end,
}

kinds.mean = {
  function(_, state)
    return { state.n, exact.packed(state.sum) }
  end,
  function(_, plain)
    return { n = count(list(plain)[1]), sum = sum(plain[2]) }
  end,
}

kinds.stats = {
  function(_, state)
    return { state.n, exact.packed(state.sum), state.min, state.max }
  end,
  function(_, plain)
    return { n = count(list(plain)[1]), sum = sum(plain[2]),
      min = number(plain[3]), max = number(plain[4]) }
  end,
}

kinds.gauge = {
  function(_, state)
    local plain = kinds.stats[1](_, state)
    plain[5], plain[6], plain[7] = state.last, state.at, state.of
    return plain
  end,
  function(_, plain)
    local state = kinds.stats[2](_, plain)
    if state.n > 0 then
      state.last, state.at = number(plain[5]), count(plain[6])
      state.of = file(plain[7])
    end
    return state
  end,
}

local function pack_sketch(state)
  return { sketch.count(state), sketch.smallest(state), sketch.largest(state),
    by_number(sketch.buckets_of(state), itself) }
end

local function bucket(n)
  return sketch.is_bucket(n) and n or refuse "there is no bucket of that number"
end

local function total(buckets)
  local n = 0
  for _, more in pairs(buckets) do
    n = n + more
  end
  return n
end

local function read_sketch(plain)
  local n, buckets = count(list(plain)[1]), of_flat(plain[4], bucket, count)
  if total(buckets) ~= n then
    refuse "there are more or fewer values than in the buckets"
  end
  local state = sketch.new()
  sketch.merge(state, sketch.of(n, number(plain[2]), number(plain[3]), buckets))
  return state
end

kinds.quantile = {
  function(_, state)
    return pack_sketch(state)
  end,
  function(_, plain)
    return read_sketch(plain)
  end,
}

kinds.durations = {
  function(_, state)
    return { exact.packed(state.sum), pack_sketch(state.sketch) }
  end,
  function(_, plain)
    return { sum = sum(list(plain)[1]), sketch = read_sketch(plain[2]) }
  end,
}
kinds.spread = kinds.durations

kinds.hist = {
  function(_, state)
    return by_number(state.buckets, itself)
  end,
  function(_, plain)
    local buckets = of_flat(plain, whole, count)
    return { n = total(buckets), buckets = buckets }
  end,
}
kinds.lhist = kinds.hist

kinds.columns = {
  function(measure, state)
    local plain = { n = #measure.parts }
    for i, part in ipairs(measure.parts) do
      plain[i] = pack(part, state[i])
    end
    return plain
  end,
  function(measure, plain)
    local state = {}
    for i, part in ipairs(measure.parts) do
      state[i] = read(part, list(plain)[i])
    end
    return state
  end,
}

-- Time that was spread covers no more steps in a row than one call may (series.lua), so that
-- a table is not larger than what it was made of.
local function check_covers(covers)
  local n, before = 0, nil
  for _, at in ipairs(proxy.sorted_keys(covers)) do
    if n < 0 or n > 0 and at - before > series.MOST_STEPS then
      refuse "a value lasts for too many steps"
    end
    n, before = n + covers[at], at
  end
  return n == 0 and covers or refuse "a value has no end"
end

kinds.tseries = {
  function(measure, state)
    local inner = measure.made[2]
    return {
      by_number(state.steps, function(one)
        return pack(inner, one)
      end),
      by_number(state.covers, function(covers)
        return by_number(covers, itself)
      end),
    }
  end,
  function(measure, plain)
    local inner = measure.made[2]
    local parts = inner.parts
    return {
      steps = of_flat(list(plain)[1], whole, function(one)
        return read(inner, one)
      end),
      covers = of_flat(plain[2], function(part)
        local one = parts and parts[part] or part == 0 and inner
        return one and one.kind == "sum" and part or
          refuse "time was spread over what is no sum"
      end, function(covers)
        return check_covers(of_flat(covers, whole, whole))
      end),
    }
  end,
}

-- pack(measure, state): as a plain value.
function pack(measure, state)
  return kinds[measure.kind][1](measure, state)
end

-- read(measure, plain): a state. An error, a text without a place, says what is wrong.
function read(measure, plain)
  return kinds[measure.kind][2](measure, plain)
end

-- describe(measure): how it is made again, as a plain value.
local function describe(measure)
  local plain = { measure.made[1], measure.unit or false,
    measure.bars or false, n = 3 }
  for i = 2, table.maxn(measure.made) do
    local one = measure.made[i]
    if type(one) == "table" and one.made then
      one = describe(one)
    elseif type(one) == "table" then
      one = {}
      for k, part in ipairs(measure.made[i]) do
        one[k] = describe(part)
      end
    end
    plain[i + 2], plain.n = one, i + 2
  end
  return plain
end

local of

-- What constructors take, by kind; of all others it is a name.
local inputs = {}

-- Of a bucket or a step.
local function width_of(n)
  if number(n) <= 0 or n == math.huge then
    refuse "a bucket or step has no width"
  end
  return n
end

function inputs.lhist(what, width)
  return file(what), width_of(width)
end

function inputs.columns(parts)
  local all = {}
  for i = 1, list(parts).n do
    all[i] = of(parts[i])
    if all[i].many or all[i].parts then
      refuse "a column is no measure of one row"
    end
  end
  return #all > 0 and all or refuse "there is no column"
end

function inputs.tseries(inner, step, most)
  local measure = of(inner)
  if measure.many then
    refuse "a series of time is none"
  end
  return measure, width_of(step), most ~= nil and width_of(most) or nil
end

-- of(plain): the measure that was described.
function of(plain)
  local kind, unit, bars = list(plain)[1], plain[2], plain[3]
  if type(kind) ~= "string" or not kinds[kind] then
    refuse "there is no such measure"
  elseif unit and not value_of.units[unit] then
    refuse "there is no such unit"
  end
  local take = inputs[kind] or file
  local measure = measures[kind](take(unpack(plain, 4, 6)))
  measure.unit = unit or nil
  if type(bars) == "number" and measure.columns[bars] then
    measure.bars = bars
  end
  return measure
end

return { pack = pack, read = read, describe = describe, of = of }
