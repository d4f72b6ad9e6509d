-- series.lua: a measure for each step of time.
local wall_clock = require "gotrace.base.wall_clock"
local in_order = require("gotrace.measures.histogram").in_order

local floor = math.floor

-- A value that lasts is spread over this many steps at most: all of them are rows.
local MOST_STEPS = 1000000

-- Seconds, with as many digits as the step has; of times on a clock of several traces the
-- time of day.
local function clock(step)
  local digits = 0
  while digits < 9 and (step * 10 ^ digits / 1e9) % 1 ~= 0 do
    digits = digits + 1
  end
  local form = ("%%.%dfs"):format(digits)
  return function(time)
    if wall_clock.state.base then
      return wall_clock.text(time, digits)
    end
    return form:format(time / 1e9)
  end
end

-- A state: states of the measure by step, and for values that were spread, by the
-- part of the measure that they are of, how many more cover a step, and those behind
-- it, than the one before: so a value that lasts for long costs no more than a short
-- one.
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

-- The part of a measure that is none of several.
local WHOLE = 0

local function add_to(measure, inner, part, value)
  if part == WHOLE then
    measure.add(inner, value)
  else
    measure.add_to(inner, part, value)
  end
end

local function cover(state, part, at, n)
  local covers = state.covers[part] or {}
  local more = (covers[at] or 0) + n
  state.covers[part], covers[at] = covers, more ~= 0 and more or nil
end

local function merge(measure, state, other)
  for at, inner in pairs(other.steps) do
    measure.merge(step_of(measure, state, at), inner)
  end
  for part, covers in pairs(other.covers) do
    for at, n in pairs(covers) do
      cover(state, part, at, n)
    end
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

-- each_run(state, visit): visit(part, first, behind, n) for all runs of steps that n
-- spread values cover whole.
local function each_run(state, visit)
  for part, covers in pairs(state.covers) do
    local n, bounds = 0, sorted_keys(covers)
    for i, at in ipairs(bounds) do
      n = n + covers[at]
      if n > 0 then
        visit(part, at, bounds[i + 1], n)
      end
    end
  end
end

-- filled(measure, state, step): states by step with what was spread in them; the state's
-- own are left alone.
local function filled(measure, state, step)
  if not next(state.covers) then
    return state.steps
  end
  local all = {}
  for at, inner in pairs(state.steps) do
    all[at] = measure.new()
    measure.merge(all[at], inner)
  end
  each_run(state, function(part, first, behind, n)
    for at = first, behind - 1 do
      all[at] = all[at] or measure.new()
      add_to(measure, all[at], part, n * step)
    end
  end)
  return all
end

local function total(measure, state, step)
  local sum = measure.new()
  for _, inner in pairs(state.steps) do
    measure.merge(sum, inner)
  end
  each_run(state, function(part, first, behind, n)
    add_to(measure, sum, part, (behind - first) * n * step)
  end)
  return sum
end

-- coarse(measure, all, first, most): states by step put together, so many that no more than
-- `most` are left: 1, 2, 5, 10, 20 ... in a row. Returns them, and how many became one.
local function coarse(measure, all, most)
  local order = sorted_keys(all)
  local first, last = order[1], order[#order]
  local factor, i = 1, 0
  while first and floor(last / factor) - floor(first / factor) >= most do
    i = i + 1
    factor = ({ 1, 2, 5 })[i % 3 + 1] * 10 ^ floor(i / 3)
  end
  if factor == 1 then
    return all, 1
  end
  local less = {}
  for _, at in ipairs(order) do
    local into = floor(at / factor)
    less[into] = less[into] or measure.new()
    measure.merge(less[into], all[at])
  end
  return less, factor
end

-- Rows: the time at which the step begins, and the measure's columns; the steps in
-- between are there, too.
local function rows(measure, state, step, most)
  local all, list, factor = filled(measure, state, step), {}, 1
  if most then
    all, factor = coarse(measure, all, most)
  end
  local none = measure.rows(measure.new())[1] or {}
  for i, at in ipairs(in_order(all)) do
    local inner = all[at]
    local values = inner and measure.rows(inner)[1] or none
    local row = { at * factor * step, n = #measure.columns + 1 }
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
  local chunk = assert(load(text, "@lua/gotrace/measures/series.lua", "t", {}))
  return chunk(step_of, measure, measure.add, step, floor)
end

-- spread(measure, step, state, from, to, part): adds to each step what of the time lies
-- in it. Returns what is wrong, or nil.
local function spread(measure, step, state, from, to, part)
  local first, last = floor(from / step), floor(to / step)
  if to < from then
    return "the end is before the begin"
  elseif last - first > MOST_STEPS then
    return ("%.0f steps are too many, %d the most: make them longer"):format(
      last - first, MOST_STEPS)
  elseif first == last then
    add_to(measure, step_of(measure, state, first), part, to - from)
    return nil
  end
  add_to(measure, step_of(measure, state, first), part,
    (first + 1) * step - from)
  if to > last * step then
    add_to(measure, step_of(measure, state, last), part, to - last * step)
  end
  if last > first + 1 then
    cover(state, part, first + 1, 1)
    cover(state, part, last, -1)
  end
  return nil
end

-- Whether times can be spread over a measure, or part i of it.
local function is_sum(measure, i)
  local parts = measure.parts
  if parts then
    return parts[i] ~= nil and parts[i].kind == "sum"
  end
  return i == nil and measure.kind == "sum"
end

-- tseries(measure, step, most): the measure, which has at most one row, for each step; most:
-- rows for a key, or nil.
local function tseries(measure, step, most)
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
    several = measure.parts ~= nil,
    share_column = measure.share and #measure.columns == 1 and 2 or nil,
    new = new,
    add = adder(measure, step),
  }
  function series.merge(state, other)
    merge(measure, state, other)
  end
  function series.rows(state)
    return rows(measure, state, step, most)
  end
  function series.weight(state)
    return measure.weight(total(measure, state, step))
  end
  series.share = measure.share and function(state)
    return measure.share(total(measure, state, step))
  end
  function series.spread(state, from, to, i)
    if not is_sum(measure, i) then
      return "it shares a time out to steps that sum up"
    end
    return spread(measure, step, state, from, to, i or WHOLE)
  end
  return series
end

return { tseries = tseries, MOST_STEPS = MOST_STEPS }
