-- group.lua: a state of one measure for each key, or combination of keys: { measure,
-- keys: names of columns, states: tables in tables by key, add }.
local keys = require "gotrace.tables.keys"
local proxy = require "gotrace.base.proxy"

local check = {}

function check.value(kind, value)
  -- Neither infinite nor NaN: the difference from itself is 0.
  if type(value) ~= "number" or value - value ~= 0 then
    error(("%s: the value must be a number, not %s"):format(kind,
      type(value) == "number" and value or proxy.kind(value)), 3)
  end
end

function check.optional(kind, value)
  if value ~= nil and (type(value) ~= "number" or value - value ~= 0) then
    error(("%s: the value must be a number or nil, not %s"):format(kind,
      type(value) == "number" and value or proxy.kind(value)), 3)
  end
end

function check.count(group, given)
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
local groups, check, is_plain, key_of, select, type = ...
local check_count, check_value = check.count, check.value
local check_optional = check.optional
return function(object, ...)
  local group = groups[object]
  check_count(group, select("#", ...))
  local measure, states = group.measure, group.states
  local PARAMETERS = ...
]]
local step = [[
  if not is_plain[type(KEY)] or KEY ~= KEY or KEY == "-" then
    KEY = key_of(measure.kind, KEY)
  end
  local INNER = OUTER[KEY]
  if not INNER then
    INNER = NEW
    OUTER[KEY] = INNER
  end
]]
local tail = [[
  ADD(STATE VALUES)
  return object
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

-- write_add(n, inputs, required): values behind the first `required` may be nil.
local function write_add(n, inputs, required)
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
    parts[#parts + 1] = ("  check_%s(measure.kind, v%d)\n"):format(
      i > required and "optional" or "value", i)
    values = values .. ", v" .. i
  end
  parts[#parts + 1] = string.gsub(tail, "%u%u%u+",
    { ADD = "measure.add", STATE = outer, VALUES = values })
  return table.concat(parts)
end

local adders = {}

-- adder(groups, measure, n): add for a measure and n keys; groups: by object.
local function adder(groups, measure, n)
  local inputs = measure.values
  local text = write_add(n, inputs, measure.required or inputs)
  adders[text] = adders[text] or
    assert(load(text, "@lua/gotrace/tables/group.lua", "t", {}))(groups, check,
      keys.is_plain, keys.of, select, type)
  return adders[text]
end

local MOST_KEYS = 64 -- each is two variables of add, and Lua has 200

-- clear(group): as if nothing had been added.
local function clear(group)
  group.states = #group.keys == 0 and group.measure.new() or {}
end

local function has_rows(group)
  if #group.keys == 0 then
    return #group.measure.rows(group.states) > 0
  end
  return next(group.states) ~= nil
end

-- new(groups, measure, names): measure as in measures.lua, names those of the
-- columns of keys. Blames the fifth level for a mistake: the script (made.lua).
local function new(groups, measure, names)
  local n = #names
  if n > MOST_KEYS then
    error(("%s: %d keys are the most, not %d"):format(measure.kind, MOST_KEYS,
      n), 5)
  end
  local group = {
    measure = measure,
    keys = names,
    wanted = n + measure.values,
    add = adder(groups, measure, n),
  }
  clear(group)
  return group
end

-- key_list(group, given, ...): the keys, as add takes them. Blames the fourth level.
local function key_list(group, given, ...)
  local list = { ... }
  if given ~= #group.keys then
    error(("%s: %d %s expected, %d given"):format(group.measure.kind,
      #group.keys, #group.keys == 1 and "key" or "keys", given), 4)
  end
  for i = 1, given do
    local key, problem = keys.find(group.measure.kind, list[i])
    list[i] = problem and error(problem, 4) or key
  end
  return list
end

-- make(group, list): the state of those keys.
local function make(group, list)
  local at, n = group.states, #list
  for i, key in ipairs(list) do
    at[key] = at[key] or (i == n and group.measure.new() or {})
    at = at[key]
  end
  return at
end

local function copy(list, n)
  local t = {}
  for i = 1, n do
    t[i] = list[i]
  end
  return t
end

-- each_state(group, states, path, depth, visit): visit(path, state) for all.
local function each_state(group, states, path, depth, visit)
  if depth > #group.keys then
    visit(path, states)
    return
  end
  for key, inner in pairs(states) do
    path[depth] = key
    each_state(group, inner, path, depth + 1, visit)
  end
end

local function has_goroutine(path)
  for i = 1, #path do
    if keys.is_goroutine(path[i]) then
      return true
    end
  end
  return false
end

-- What tells keys apart where a goroutine is one of them: those of several traces with
-- one id and name are one.
local function identity(path)
  local parts = {}
  for i, key in ipairs(path) do
    local text = keys.identity(key)
    parts[i] = #text .. " " .. text
  end
  return table.concat(parts)
end

-- put_together(measure, item, state): the item has a state of its own then.
local function put_together(measure, item, state)
  if not item.is_sum then
    local sum = measure.new()
    measure.merge(sum, item.state)
    item.state, item.is_sum = sum, true
  end
  measure.merge(item.state, state)
end

-- items(group): every state with its keys: { keys, state }.
local function items(group)
  local list, shared = {}, {}
  each_state(group, group.states, {}, 1, function(path, state)
    local text = has_goroutine(path) and identity(path)
    if text and shared[text] then
      put_together(group.measure, shared[text], state)
      return
    end
    local item = { keys = copy(path, #group.keys), state = state }
    list[#list + 1] = item
    if text then
      shared[text] = item
    end
  end)
  return list
end

-- Adds to found the states of all keys that are alike.
local function collect(list, depth, at, found)
  if depth > #list then
    found[#found + 1] = at
    return found
  end
  for _, key in ipairs(keys.alike(list[depth])) do
    if at[key] then
      collect(list, depth + 1, at[key], found)
    end
  end
  return found
end

-- find(group, list): the state of those keys; nil: there is none.
local function find(group, list)
  if not has_goroutine(list) then
    local state = group.states
    for _, key in ipairs(list) do
      state = state and state[key]
    end
    return state
  end
  local found = collect(list, 1, group.states, {})
  if #found < 2 then
    return found[1]
  end
  local sum = group.measure.new()
  for _, state in ipairs(found) do
    group.measure.merge(sum, state)
  end
  return sum
end

-- total(group): a state of all keys together.
local function total(group)
  local sum = group.measure.new()
  each_state(group, group.states, {}, 1, function(_, state)
    group.measure.merge(sum, state)
  end)
  return sum
end

-- merge(group, other): as if all that the other has had been added behind.
local function merge(group, other)
  each_state(other, other.states, {}, 1, function(path, state)
    group.measure.merge(make(group, copy(path, #group.keys)), state)
  end)
end

-- keys_less(a, b, n): lists of n keys, in order.
local function keys_less(a, b, n)
  for i = 1, n or #a do
    if a[i] ~= b[i] then
      return keys.less(a[i], b[i])
    end
  end
  return false
end

return {
  new = new,
  clear = clear,
  has_rows = has_rows,
  find = find,
  key_list = key_list,
  make = make,
  items = items,
  total = total,
  merge = merge,
  keys_less = keys_less,
}
