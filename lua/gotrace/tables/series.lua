-- series.lua: a measure for each step of time.
local in_order = require("gotrace.tables.histogram").in_order

local floor = math.floor

-- A value that lasts is spread over this many steps at most: all of them are rows.
local MOST_STEPS = 1000000

-- Seconds, with as many digits as the step has.
local function clock(step)
  local digits = 0
  while digits < 9 and (step * 10 ^ digits / 1e9) % 1 ~= 0 do
    digits = digits + 1
  end
  local form = ("%%.%dfs"):format(digits)
  return function(time)
    return form:format(time / 1e9)
  end
end

-- A state: states of the measure by step, and for values that were spread how
-- many more cover a step, and those behind it, than the one before: so a value
-- that lasts for long costs no more than a short one.
local function new()
  return { steps = {}, covers = {} }
end

-- step_of(measure, state, at): the measure's state of a step.
local function step_of(measure, state, at)
  local inner = state.steps[at]
  if not inner then
    inner = measure.new()
    state.steps[at] = inner
  end
  return inner
end

local function cover(state, at, n)
  local more = (state.covers[at] or 0) + n
  state.covers[at] = more ~= 0 and more or nil
end

local function merge(measure, state, other)
  for at, inner in pairs(other.steps) do
    measure.merge(step_of(measure, state, at), inner)
  end
  for at, n in pairs(other.covers) do
    cover(state, at, n)
  end
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- Runs of steps that spread values cover whole: { first, behind, how many }.
local function covered(state)
  local runs, n = {}, 0
  local bounds = sorted_keys(state.covers)
  for i, at in ipairs(bounds) do
    n = n + state.covers[at]
    if n > 0 then
      runs[#runs + 1] = { at, bounds[i + 1], n }
    end
  end
  return runs
end

-- filled(measure, state, step): states by step with what was spread in them; the state's
-- own are left alone.
local function filled(measure, state, step)
  local steps, runs = state.steps, covered(state)
  if #runs == 0 then
    return steps
  end
  local all = setmetatable({}, { __index = steps })
  for _, run in ipairs(runs) do
    for at = run[1], run[2] - 1 do
      local whole = measure.new()
      measure.add(whole, run[3] * step)
      if steps[at] then
        measure.merge(whole, steps[at])
      end
      all[at] = whole
    end
  end
  for at, inner in pairs(steps) do
    all[at] = rawget(all, at) or inner
  end
  return all
end

local function total(measure, state, step)
  local sum = measure.new()
  for _, inner in pairs(state.steps) do
    measure.merge(sum, inner)
  end
  for _, run in ipairs(covered(state)) do
    measure.add(sum, (run[2] - run[1]) * run[3] * step)
  end
  return sum
end

-- Rows: the time at which the step begins, and the measure's columns; the steps in
-- between are there, too.
local function rows(measure, state, step)
  local all, list = filled(measure, state, step), {}
  local none = measure.rows(measure.new())[1] or {}
  for i, at in ipairs(in_order(all)) do
    local inner = all[at]
    local values = inner and measure.rows(inner)[1] or none
    local row = { at * step, n = #measure.columns + 1 }
    for k = 1, #measure.columns do
      row[k + 1] = values[k]
    end
    list[i] = row
  end
  return list
end

local function behind(first, list)
  return { first, unpack(list, 1, table.maxn(list)) }
end

local add_text = [[
local step_of, measure, add, step, floor = ...
return function(state, time VALUES)
  add(step_of(measure, state, floor(time / step)) VALUES)
end]]

-- add for a measure of n values, compiled as those of group.lua.
local function adder(measure, step)
  local values = {}
  for i = 1, measure.values do
    values[i] = ", v" .. i
  end
  local text = add_text:gsub("VALUES", (table.concat(values)))
  return assert(load(text, "@lua/gotrace/tables/series.lua", "t", {}))(step_of,
    measure, measure.add, step, floor)
end

-- spread(state, from, to): adds to each step what of the time lies in it. Returns what
-- is wrong, or nil.
local function spread(measure, step, state, from, to)
  local first, last = floor(from / step), floor(to / step)
  if to < from then
    return "the end is before the begin"
  elseif last - first > MOST_STEPS then
    return ("%.0f steps are too many, %d the most: make them longer"):format(
      last - first, MOST_STEPS)
  elseif first == last then
    measure.add(step_of(measure, state, first), to - from)
    return nil
  end
  measure.add(step_of(measure, state, first), (first + 1) * step - from)
  if to > last * step then
    measure.add(step_of(measure, state, last), to - last * step)
  end
  if last > first + 1 then
    cover(state, first + 1, 1)
    cover(state, last, -1)
  end
  return nil
end

-- tseries(measure, step): the measure, which has at most one row, for each step.
local function tseries(measure, step)
  local series = {
    kind = "tseries",
    columns = behind("time", measure.columns),
    measured = behind(false, measure.measured),
    unit = measure.unit,
    units = behind(clock(step), measure.units or {}),
    values = 1 + measure.values,
    required = measure.required and 1 + measure.required,
    inputs = measure.values == 0 and "keys and a time" or
      "keys, a time and a value",
    bars = #measure.columns == 1,
    many = true,
    share_column = measure.share and #measure.columns == 1 and 2 or nil,
    new = new,
    add = adder(measure, step),
  }
  function series.merge(state, other)
    merge(measure, state, other)
  end
  function series.rows(state)
    return rows(measure, state, step)
  end
  function series.weight(state)
    return measure.weight(total(measure, state, step))
  end
  series.share = measure.share and function(state)
    return measure.share(total(measure, state, step))
  end
  if measure.kind == "sum" then
    function series.spread(state, from, to)
      return spread(measure, step, state, from, to)
    end
  end
  return series
end

return { tseries = tseries }
