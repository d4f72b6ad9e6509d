-- group.lua: one measure for each key, or combination of keys.
local format = require "gotrace.format"

local Group = {}
local group_meta = { __index = Group }

local keyable = { string = true, number = true, boolean = true }

local function check_key(kind, key)
  if not keyable[type(key)] then
    error(("%s: a key is a string, a number or a boolean, not %s"):format(kind,
      type(key)), 3)
  end
end

local function check_value(kind, value)
  -- Neither infinite nor NaN: the difference from itself is 0.
  if type(value) ~= "number" or value - value ~= 0 then
    error(("%s: the value must be a number, not %s"):format(kind,
      type(value) == "number" and value or type(value)), 3)
  end
end

local function check_count(self, given)
  if given ~= self.wanted then
    error(("%s: %d %s expected, %d given"):format(self.measure.kind,
      self.wanted, self.measure.inputs, given), 3)
  end
end

-- `add` for n keys and then the measure's own values, as Lua text: fixed
-- parameters compile into the loop over events, and select does not. It knows
-- its group: scripts have an object that carries nothing (opaque.lua).
local head = [[
local check_key, check_value, check_count, select, self = ...
local measure, states = self.measure, self.states
return function(_, ...)
  check_count(self, select("#", ...))
  local PARAMETERS = ...
]]
local step = [[
  check_key(measure.kind, KEY)
  local INNER = OUTER[KEY]
  if not INNER then
    INNER = NEW
    OUTER[KEY] = INNER
  end
]]
local tail = [[
  measure.add(STATE VALUES)
end]]

local function parameters(n, inputs)
  local names = {}
  for i = 1, n do
    names[i] = "k" .. i
  end
  for i = 1, inputs do
    names[#names + 1] = "v" .. i
  end
  return #names > 0 and table.concat(names, ", ") or "_"
end

local function write_add(n, inputs)
  local parts, outer = { (head:gsub("PARAMETERS", parameters(n, inputs))) },
    "states"
  for i = 1, n do
    local inner = i == n and "state" or "t" .. i
    parts[#parts + 1] = step:gsub("%u%u%u+", {
      KEY = "k" .. i, INNER = inner, OUTER = outer,
      NEW = i == n and "measure.new()" or "{}",
    })
    outer = inner
  end
  local values = ""
  for i = 1, inputs do
    parts[#parts + 1] = ("  check_value(measure.kind, v%d)\n"):format(i)
    values = values .. ", v" .. i
  end
  parts[#parts + 1] = tail:gsub("%u%u%u+", { STATE = outer, VALUES = values })
  return table.concat(parts)
end

local makers = {} -- by text

-- The chunk that makes the `add` of a group.
local function maker(n, inputs)
  local text = write_add(n, inputs)
  makers[text] = makers[text] or
    assert(load(text, "@lua/gotrace/group.lua", "t", {}))
  return makers[text]
end

-- new(measure, keys): measure as in measures.lua, keys the names of columns.
local function new(measure, keys)
  local n = #keys
  local self = setmetatable({
    measure = measure,
    keys = keys,
    states = n == 0 and measure.new() or {},
    wanted = n + measure.values,
  }, group_meta)
  self.add = maker(n, measure.values)(check_key, check_value, check_count,
    select, self)
  return self
end

-- top(n): only the n first rows; 0 is all.
function Group:top(n)
  if type(n) ~= "number" then
    error("top wants a number, not " .. type(n), 2)
  end
  self.limit = n
  return self.handle
end

-- ns(): the values are ns; text shows them as 1.5ms.
function Group:ns()
  self.unit = format.duration
  return self.handle
end

local function copy(list, n)
  local t = {}
  for i = 1, n do
    t[i] = list[i]
  end
  return t
end

-- Every state with its keys: { keys =, state = }.
local function flatten(self, states, keys, depth, list)
  if depth > #self.keys then
    list[#list + 1] = { keys = copy(keys, depth - 1), state = states }
    return list
  end
  for key, inner in pairs(states) do
    keys[depth] = key
    flatten(self, inner, keys, depth + 1, list)
  end
  return list
end

local rank = { number = 1, string = 2, boolean = 3 }

-- Numbers by size, before strings, before booleans.
local function key_less(a, b)
  if type(a) ~= type(b) then
    return rank[type(a)] < rank[type(b)]
  elseif type(a) == "boolean" then
    return b and not a
  end
  return a < b
end

local function keys_less(a, b)
  for i = 1, #a do
    if a[i] ~= b[i] then
      return key_less(a[i], b[i])
    end
  end
  return false
end

-- The largest first; equal ones by key, so that output does not depend on how
-- a table happens to be laid out.
local function sort(list, weight)
  table.sort(list, function(a, b)
    local wa, wb = weight(a.state), weight(b.state)
    if wa ~= wb then
      return wa > wb
    end
    return keys_less(a.keys, b.keys)
  end)
end

local function cut(list, limit)
  if limit and limit > 0 then
    for i = #list, limit + 1, -1 do
      list[i] = nil
    end
  end
end

-- The measure's rows of one state, behind its keys.
local function append(rows, item, values)
  for _, value in ipairs(values) do
    local row = copy(item.keys, #item.keys)
    for i = 1, value.n or #value do
      row[#item.keys + i] = value[i]
    end
    rows[#rows + 1] = row
  end
end

local function columns_of(self)
  local columns, units = copy(self.keys, #self.keys), {}
  for i, name in ipairs(self.measure.columns) do
    columns[#self.keys + i] = name
    if self.measure.measured[i] then
      units[#self.keys + i] = self.unit
    end
  end
  return columns, units
end

function Group:table()
  local items = flatten(self, self.states, {}, 1, {})
  sort(items, self.measure.weight)
  cut(items, self.limit)
  local rows = {}
  for _, item in ipairs(items) do
    append(rows, item, self.measure.rows(item.state))
  end
  local columns, units = columns_of(self)
  return {
    columns = columns,
    rows = rows,
    units = units,
    bars = self.measure.bars and #columns,
    keyed = #self.keys == 1 and #self.measure.columns == 1,
  }
end

return { new = new }
