-- exact.lua: sums that are right to the unit and do not depend on the order in
-- which their values come: whole numbers of up to 105 bits, and fractions in
-- steps of 2^-20.
--
-- A sum: { high, low, steps }: high * 2^52 + low + steps * 2^-20. Doubles hold
-- each part exactly, and most adds touch `low` alone, compiled.
local cell = require("gotrace.base.value").exact

local floor = math.floor

local LIMIT = 2 ^ 52 -- low is less than that, on both sides of 0
local STEPS = 2 ^ 20
local WHOLE = 2 ^ 53 -- where doubles leave numbers out

local function new()
  return { high = 0, low = 0, steps = 0 }
end

-- Adds a whole number where low has no room for it.
local function carry(sum, whole)
  local high = floor(whole / LIMIT)
  local low = sum.low + (whole - high * LIMIT)
  local more = floor(low / LIMIT)
  sum.high = sum.high + high + more
  sum.low = low - more * LIMIT
end

local function add_whole(sum, whole)
  local low = sum.low + whole
  -- What is less than LIMIT was not rounded.
  if low < LIMIT and low > -LIMIT then
    sum.low = low
  else
    carry(sum, whole)
  end
end

local function add_steps(sum, steps)
  steps = sum.steps + steps
  if steps >= LIMIT then
    local whole = floor(steps / STEPS)
    add_whole(sum, whole)
    steps = steps - whole * STEPS
  end
  sum.steps = steps
end

local function add(sum, value)
  local whole = floor(value)
  if whole ~= value then
    add_steps(sum, floor((value - whole) * STEPS + 0.5))
  end
  add_whole(sum, whole)
end

-- merge(sum, other): adds all that the other has.
local function merge(sum, other)
  add_steps(sum, other.steps)
  add_whole(sum, other.low)
  sum.high = sum.high + other.high
end

-- The parts of a sum, with low and steps from 0 on and each as large as it can be: those
-- of equal sums are equal.
local function settled(high, low, steps)
  local whole = floor(steps / STEPS)
  low, steps = low + whole, steps - whole * STEPS
  local more = floor(low / LIMIT)
  return high + more, low - more * LIMIT, steps
end

-- parts(sum): whether it is negative, and what it is without the sign.
local function parts(sum)
  local high, low, steps = settled(sum.high, sum.low, sum.steps)
  if high >= 0 then
    return false, high, low, steps
  end
  return true, settled(-high - 1, LIMIT - low - 1, STEPS - steps)
end

-- number(sum): the double next to it.
local function number(sum)
  local is_negative, high, low, steps = parts(sum)
  local n = high * LIMIT + (low + steps / STEPS)
  return is_negative and -n or n
end

local PART = 2 ^ 26
local GROUP = 10 ^ 7 -- digits are taken in sevens

-- Divides a number, which is a list of its parts of 26 bits, the highest first,
-- by GROUP. Returns the rest, and whether the number is 0 now.
local function divide(list)
  local rest, is_zero = 0, true
  for i = 1, #list do
    local n = rest * PART + list[i]
    list[i] = floor(n / GROUP)
    rest, is_zero = n - list[i] * GROUP, is_zero and list[i] == 0
  end
  return rest, is_zero
end

local function digits(high, low)
  local list = { floor(high / PART), high % PART, floor(low / PART),
    low % PART }
  local groups, is_zero = {}, false
  while not is_zero do
    local rest
    rest, is_zero = divide(list)
    table.insert(groups, 1, (is_zero and "%.0f" or "%07.0f"):format(rest))
  end
  return table.concat(groups)
end

-- shown(sum): a cell of a table: a number, or all digits of one that a double
-- has no room for.
local function shown(sum)
  local n = number(sum)
  local is_negative, high, low = parts(sum)
  if math.abs(n) < WHOLE or high >= WHOLE then
    return n
  end
  return cell(n, (is_negative and "-" or "") .. digits(high, low))
end

-- packed(sum): its parts as a list.
local function packed(sum)
  return { settled(sum.high, sum.low, sum.steps) }
end

-- of_total(total): the sum of what the engine has added up.
local function of_total(total)
  return { high = total.high, low = total.low, steps = 0 }
end

-- of_packed(list): the sum; nil: it is none.
local function of_packed(list)
  local high, low, steps = unpack(list, 1, 3)
  local is_sum = type(high) == "number" and type(low) == "number" and
    type(steps) == "number" and high - high == 0 and low >= 0 and
    low < LIMIT and steps >= 0 and steps < STEPS
  return is_sum and { high = high, low = low, steps = steps } or nil
end

return { new = new, add = add, merge = merge, number = number, shown = shown,
  packed = packed, of_packed = of_packed, of_total = of_total }
