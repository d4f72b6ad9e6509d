-- json.lua: values as JSON.
--
-- This only writes, and writes the keys of a table sorted, those of an object in
-- its own order, one line each; lua-cjson has no order of keys to keep.
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value_of = require "gotrace.base.value"

local number, text = value_of.number, value_of.text
local getmetatable, getmetatable_raw = getmetatable, debug.getmetatable

-- More is a list that was linked by mistake, and no reader takes it.
local DEEPEST = 1000

local function json_string(s)
  return '"' .. printable.json(s) .. '"'
end

local function json_number(n)
  -- JSON has no infinities and no NaN.
  local finite = n == n and math.abs(n) ~= math.huge
  return finite and number(n) or "null"
end

-- LuaJIT's 64-bit numbers, 1LL and 1ULL.
local function json_integer(value)
  return tostring(value):match "^(%-?%d+)U?LL$"
end

local function json_scalar(value)
  local kind = type(value)
  if value == nil then
    return "null"
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "number" then
    return json_number(value)
  end
  return kind == "cdata" and json_integer(value) or
    json_string(tostring(value))
end

-- How many values a list has; nil for a table that is none. An empty table is
-- an empty list, unless it is one of ours by names.
local function list_length(t)
  if proxy.is_in_order(t) and next(t) == nil then
    return nil
  end
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  return n == #t and n or nil
end

-- What makes another text of a key that has the text of one before it: more
-- digits, or quotes, as the text of a number or a boolean has none.
local function other_text(key, name)
  local digits = type(key) == "number" and ("%.17g"):format(key)
  return digits and digits ~= name and not name:find '"' and digits or
    '"' .. name .. '"'
end

-- key_texts(keys, n): the keys as texts, of nil too. Different keys may have one text, 1 and
-- "1": the second one gets another, so that no reader takes them for the same.
local function key_texts(keys, n)
  local names, taken = {}, {}
  for i = 1, n do
    local name = text(keys[i])
    while taken[name] do
      name = other_text(keys[i], name)
    end
    names[i], taken[name] = name, true
  end
  return names
end

-- The names under which the values of a table stand, sorted, so that the same
-- table is the same text; and the values by them.
local function members(t)
  local keys, values = proxy.sorted_keys(t), {}
  local names = key_texts(keys, #keys)
  for i, key in ipairs(keys) do
    values[names[i]] = t[key]
  end
  table.sort(names)
  return names, values
end

local json_value

-- inside: the set of tables that this one is in, and `n`, how many they are.
local function json_table(t, inside)
  if inside[t] then
    error("a table that holds itself has no JSON", 0)
  elseif inside.n == DEEPEST then
    error(("tables are nested more than %d deep"):format(DEEPEST), 0)
  end
  inside[t], inside.n = true, inside.n + 1
  local parts, n = {}, list_length(t)
  for i = 1, n or 0 do
    parts[i] = json_value(t[i], inside)
  end
  local names, values = members(n and {} or t)
  for i, name in ipairs(names) do
    parts[i] = json_string(name) .. ":" .. json_value(values[name], inside)
  end
  inside[t], inside.n = nil, inside.n - 1
  local inner = table.concat(parts, ",")
  return n and "[" .. inner .. "]" or "{" .. inner .. "}"
end

-- Objects of ours that have a form of their own: know(fn) has fn yield its text
-- for them, and nil for others.
local known = function() end

local function know(fn)
  known = fn
end

-- An object that scripts read (base/proxy.lua): its fields in their order.
local function json_fields(each, object, inside)
  local parts = {}
  for name, value in each(object) do
    parts[#parts + 1] = json_string(text(name)) .. ":" ..
      json_value(value, inside)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function json_object_of_ours(object, inside)
  local own = known(object)
  if own then
    return own
  end
  local meta = type(object) == "userdata" and getmetatable_raw(object)
  if meta and meta.__json then
    return meta.__json(object)
  elseif meta and meta.__pairs then
    return json_fields(meta.__pairs, object, inside)
  end
  return json_scalar(object)
end

-- A table with a __tostring is an object, and its text.
local function has_text(t)
  local meta = getmetatable(t)
  return type(meta) == "table" and rawget(meta, "__tostring") ~= nil
end

function json_value(value, inside)
  local kind = type(value)
  if kind == "table" and not has_text(value) then
    return json_table(value, inside)
  elseif kind == "userdata" or kind == "cdata" then
    return json_object_of_ours(value, inside)
  end
  return json_scalar(value)
end

local is_compound = { table = true, userdata = true, cdata = true }

-- json(value): any value; lists as arrays, other tables and objects as objects.
-- A table that holds itself, or is nested too deep, is an error.
local function json(value)
  local kind = type(value)
  if kind == "number" then -- the common cases first
    return json_number(value)
  elseif kind == "string" then
    return json_string(value)
  elseif not is_compound[kind] then
    return json_scalar(value)
  end
  local ok, result = pcall(json_value, value, { n = 0 })
  if not ok then
    error("json: " .. tostring(result), 2)
  end
  return result
end

-- One object; values may have holes.
local function json_object(names, values)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = json_string(text(name)) .. ":" .. json(values[i])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return {
  json = json,
  json_object = json_object,
  key_texts = key_texts,
  know = know,
}
