-- columns.lua: several measures as the columns of one table, each with a value of
-- its own; keys are sorted by the first.

local function each_column(list, visit)
  local at = 0
  for _, measure in ipairs(list) do
    for i, name in ipairs(measure.columns) do
      at = at + 1
      visit(at, measure, i, name)
    end
  end
  return at
end

-- Headings: a name that was there before gets what it is of behind it.
local function headings(list)
  local names, taken = {}, {}
  each_column(list, function(at, measure, _, name)
    local what = measure.columns[#measure.columns]
    while taken[name] do
      name = name .. " " .. (what ~= name and what or measure.kind)
    end
    names[at], taken[name] = name, true
  end)
  return names
end

-- Each column in its measure's unit; and which are in that of the table, where the
-- measures have none.
local function units(list)
  local names, measured = {}, {}
  each_column(list, function(at, measure, i)
    local own = measure.measured[i] and measure.unit
    names[at] = measure.units and measure.units[i] or own or nil
    measured[at] = measure.measured[i] and not measure.unit or false
  end)
  return names, measured
end

local step = [[
  if vN ~= nil then
    addN(state[N], vN)
  end
]]

-- add for n measures: fixed parameters compile into the loop over events.
local function write_add(n)
  local adds, values, steps = {}, {}, {}
  for i = 1, n do
    adds[i], values[i] = "add" .. i, "v" .. i
    steps[i] = step:gsub("N", i)
  end
  return ("local %s = ...\nreturn function(state, %s)\n%send"):format(
    table.concat(adds, ", "), table.concat(values, ", "), table.concat(steps))
end

local function functions(list, name)
  local found = {}
  for i, measure in ipairs(list) do
    found[i] = measure[name]
  end
  return found
end

local function adder(list)
  local text = write_add(#list)
  return assert(load(text, "@lua/gotrace/measures/columns.lua", "t", {}))(
    unpack(functions(list, "add")))
end

-- One row of all; nil where a measure has none.
local function row_of(list, state)
  local row, at, has_any = {}, 0, false
  for i, measure in ipairs(list) do
    local own = measure.rows(state[i])[1]
    for k = 1, #measure.columns do
      row[at + k] = own and own[k]
    end
    at, has_any = at + #measure.columns, has_any or own ~= nil
  end
  row.n = at
  return has_any and { row } or {}
end

local function has_any(list, name)
  for _, measure in ipairs(list) do
    if measure[name] then
      return true
    end
  end
  return false
end

local function all_have(list, name)
  return table.maxn(functions(list, name)) == #list and
    #functions(list, name) == #list
end

-- columns(list): the measure; each in the list has at most one row, and one value
-- or none. add takes a value for each, also for a count: nil is not counted.
local function columns(list)
  local first = list[1]
  local units_of, measured = units(list)
  return {
    kind = "columns",
    columns = headings(list),
    measured = measured,
    units = units_of,
    values = #list,
    required = 0,
    inputs = "keys and values",
    add = adder(list),
    new = function()
      local state = {}
      for i, measure in ipairs(list) do
        state[i] = measure.new()
      end
      return state
    end,
    merge = function(state, other)
      for i, measure in ipairs(list) do
        measure.merge(state[i], other[i])
      end
    end,
    add_sum = all_have(list, "add_sum") and function(state, sum)
      for i, measure in ipairs(list) do
        measure.add_sum(state[i], sum)
      end
    end,
    quantiles = has_any(list, "quantiles"),
    rows = function(state)
      return row_of(list, state)
    end,
    parts = list,
    add_to = function(state, i, value)
      list[i].add(state[i], value)
    end,
    weight = function(state)
      return first.weight(state[1])
    end,
    share = first.share and function(state)
      return first.share(state[1])
    end,
  }
end

return { columns = columns }
