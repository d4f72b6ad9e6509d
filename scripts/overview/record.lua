-- record.lua: objects whose names have an order, for JSON and for CSV.
local format = require "gotrace.format"

-- A record is no list: names in order, and values, of which any may be nil.
local Record = {}

-- record(name, value, ...): a value is a string, a number, a boolean, nil, a record or a
-- list of these.
local function record(...)
  local r = setmetatable({ names = {}, values = {} }, Record)
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    r.names[#r.names + 1], r.values[name] = name, value
  end
  return r
end

-- add(r, name, number): behind what there is, or to what has that name.
local function add(r, name, number)
  if not r.values[name] then
    r.names[#r.names + 1] = name
  end
  r.values[name] = (r.values[name] or 0) + number
end

local function is_record(value)
  return getmetatable(value) == Record
end

local json

local function json_list(list)
  local parts = {}
  for i, value in ipairs(list) do
    parts[i] = json(value)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

-- json(value): of a record and all that is in it.
function json(value)
  if type(value) ~= "table" then
    return format.json(value)
  elseif not is_record(value) then
    return json_list(value)
  end
  local parts = {}
  for i, name in ipairs(value.names) do
    parts[i] = format.json(name) .. ":" .. json(value.values[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function children(value)
  local names, values = {}, value
  if is_record(value) then
    return value.names, value.values
  end
  for i = 1, #value do
    names[i] = i
  end
  return names, values
end

-- leaves(value, visit): visit(path, value) of all that is no record and no list:
-- "findings.1.id".
local function leaves(value, visit, path)
  if type(value) ~= "table" then
    return visit(path, value)
  end
  local names, values = children(value)
  for _, name in ipairs(names) do
    leaves(values[name], visit, (path and path .. "." or "") .. name)
  end
end

return { record = record, add = add, json = json, leaves = leaves }
