-- group.lua: one measure for each key, or combination of keys.
local format = require "gotrace.tables.format"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

-- What scripts call, but for add, which each group has of its own; a group is a
-- table that no script sees, kept by the object that stands for it.
local methods = {}

-- no_method(name, list): ends with what it has, at the script's line.
local function no_method(name, list)
  error(('a table has no "%s"%s; it has %s, and prints itself at the end')
    :format(tostring(name), suggest.hint(tostring(name), list),
      table.concat(list, ", ")), 3)
end

local new_object, groups
local table_of
new_object, groups = proxy.class("table", "x:add() fills it", {
  __index = function(object, name, ...)
    local method = name == "add" and groups[object].add or methods[name]
    return method or no_method(name, { "add", "top", "ns" })
  end,
  __pairs = function()
    return next, {}
  end,
  __tostring = function(object)
    return table.concat(format.table_lines(table_of(object), "text"), "\n")
  end,
  __json = function(object)
    return table.concat(format.table_lines(table_of(object), "json"))
  end,
})

local function misused(name)
  error(("call it with a colon: x:%s()"):format(name), 3)
end

local keyable = { string = true, number = true, boolean = true }

local function advice_on(key)
  local kind = proxy.kind(key)
  return key == nil and ': x or "none" is one' or
    kind == "stack" and ": tostring(x), or x.leaf.func, is one" or
    kind ~= type(key) and ": tostring(x) is one" or ""
end

local function check_key(kind, key)
  if not keyable[type(key)] then
    error(("%s: a key is a string, a number or a boolean, not %s%s"):format(
      kind, proxy.kind(key), advice_on(key)), 3)
  elseif key ~= key then
    error(("%s: a key cannot be NaN"):format(kind), 3)
  end
end

local function check_value(kind, value)
  -- Neither infinite nor NaN: the difference from itself is 0.
  if type(value) ~= "number" or value - value ~= 0 then
    error(("%s: the value must be a number, not %s"):format(kind,
      type(value) == "number" and value or proxy.kind(value)), 3)
  end
end

local function check_count(group, given)
  if not group then
    error("call it with a colon: x:add()", 3)
  elseif given ~= group.wanted then
    local measure, wanted = group.measure, group.wanted
    local one = measure.values == 0 and "key" or "value"
    error(("%s: %d %s expected, %d given"):format(measure.kind, wanted,
      wanted == 1 and one or measure.inputs, given), 3)
  end
end

-- `add` for n keys and then the measure's own values, as Lua text: fixed
-- parameters compile into the loop over events, and select does not.
local head = [[
local groups, check_key, check_value, check_count, select = ...
return function(object, ...)
  local group = groups[object]
  check_count(group, select("#", ...))
  local measure, states = group.measure, group.states
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
    parts[#parts + 1] = string.gsub(step, "%u%u%u+", {
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
  parts[#parts + 1] = string.gsub(tail, "%u%u%u+",
    { STATE = outer, VALUES = values })
  return table.concat(parts)
end

local adders = {}

local function adder(n, inputs)
  local text = write_add(n, inputs)
  adders[text] = adders[text] or
    assert(load(text, "@lua/gotrace/tables/group.lua", "t", {}))(groups,
      check_key, check_value, check_count, select)
  return adders[text]
end

local MOST_KEYS = 64 -- each is two variables of add, and Lua has 200

-- new(measure, keys): the object; measure as in measures.lua, keys the names of
-- columns. Blames the fifth level for a mistake: the script (made.lua).
local function new(measure, keys)
  local n = #keys
  if n > MOST_KEYS then
    error(("%s: %d keys are the most, not %d"):format(measure.kind, MOST_KEYS,
      n), 5)
  end
  return new_object {
    measure = measure,
    keys = keys,
    states = n == 0 and measure.new() or {},
    wanted = n + measure.values,
    add = adder(n, measure.values),
  }
end

-- top(n): only the n first rows; 0 is all.
function methods.top(object, n)
  local group = groups[object] or misused "top"
  if type(n) ~= "number" then
    error("top wants a number, not " .. type(n), 2)
  end
  group.limit = n
  return object
end

-- ns(): the values are ns; text shows them as 1.5ms.
function methods.ns(object)
  local group = groups[object] or misused "ns"
  group.unit = format.duration
  return object
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

-- table_of(object): its rows, as format.lua takes them.
function table_of(object)
  local self = groups[object]
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

return { new = new, table_of = table_of, no_method = no_method }
