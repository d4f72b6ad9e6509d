-- schema.lua: checks JSON against a JSON Schema, as far as docs/overview.schema.json goes.
local dkjson = require "dkjson"

local schema = {}

-- decode(text): the value; objects and arrays keep apart, and null is schema.null.
function schema.decode(text)
  local value, at, why = dkjson.decode(text, 1, dkjson.null)
  assert(value ~= nil, why)
  assert(text:find("^%s*$", at), "something is behind the JSON")
  return value
end

schema.null = dkjson.null

local function type_of(value)
  if value == dkjson.null then
    return "null"
  elseif type(value) == "table" then
    return getmetatable(value).__jsontype
  end
  return type(value)
end

local function is_type(value, wanted)
  if wanted == "integer" then
    return type(value) == "number" and value % 1 == 0
  end
  return type_of(value) == wanted
end

local function one_of(value, list)
  for _, other in ipairs(list) do
    if value == other then
      return true
    end
  end
  return false
end

local check

-- What each keyword asks of a value: what is wrong, or nil.
local keyword = {}

local function says_nothing() end
keyword.description, keyword.title, keyword["$schema"] = says_nothing, says_nothing, says_nothing

function keyword.type(value, types)
  types = type(types) == "table" and types or { types }
  for _, wanted in ipairs(types) do
    if is_type(value, wanted) then
      return nil
    end
  end
  return "is a " .. type_of(value)
end

function keyword.const(value, const)
  return value ~= const and "is not " .. tostring(const) or nil
end

function keyword.enum(value, list)
  return not one_of(value, list) and tostring(value) .. " is none of those allowed" or nil
end

function keyword.minimum(value, n)
  return type(value) == "number" and value < n and "is too small" or nil
end

function keyword.maximum(value, n)
  return type(value) == "number" and value > n and "is too large" or nil
end

function keyword.minItems(value, n)
  return #value < n and "has too few items" or nil
end

function keyword.maxItems(value, n)
  return #value > n and "has too many items" or nil
end

function keyword.required(value, names)
  for _, name in ipairs(names) do
    if value[name] == nil then
      return "lacks " .. name
    end
  end
end

function keyword.properties(value, properties, path)
  for name, inner in pairs(properties) do
    local wrong = value[name] ~= nil and check(value[name], inner, path .. "." .. name)
    if wrong then
      return wrong
    end
  end
end

function keyword.additionalProperties(value, inner, path, whole)
  for name, child in pairs(value) do
    if not (whole.properties or {})[name] then
      local wrong = inner == false and "has " .. name or inner and check(child, inner, path .. "." .. name)
      if wrong then
        return wrong
      end
    end
  end
end

function keyword.items(value, inner, path)
  for i, item in ipairs(value) do
    local wrong = check(item, inner, path .. "." .. i)
    if wrong then
      return wrong
    end
  end
end

-- What is asked first: the others rely on it.
local function check_type(value, whole, path)
  local wrong = whole.type and keyword.type(value, whole.type)
  return wrong and path .. " " .. wrong
end

function check(value, whole, path)
  local wrong = check_type(value, whole, path)
  if wrong then
    return wrong
  end
  for name, argument in pairs(whole) do
    local ask = assert(keyword[name], name .. " is no keyword that this knows")
    wrong = ask(value, argument, path, whole)
    if wrong then
      return wrong:find("^%$") and wrong or path .. " " .. wrong
    end
  end
end

-- check(value, whole): what is wrong with a value of schema.decode, and where; nil: nothing.
function schema.check(value, whole)
  return check(value, whole, "$")
end

return schema
