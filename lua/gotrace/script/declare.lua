-- declare.lua: checks what a script says about itself: args, description,
-- order, needs. A mistake is an error at the script's line.
local lazy = require("gotrace.base.lazy").of
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"
local types = require "gotrace.script.types"

local regexp = lazy "gotrace.base.regexp"

local function keys(t)
  local list = {}
  for key in pairs(t) do
    list[#list + 1] = tostring(key)
  end
  table.sort(list)
  return list
end

local known = {
  name = "string",
  short = "string",
  type = "string",
  arg = "string",
  help = "string",
  default = "any",
  default_data = "any",
  choices = "table",
  matches = "string",
  wanted = "string",
  required = "boolean",
  repeatable = "boolean",
  optional = "boolean",
  positional = "boolean",
  was = "table",
}

-- Each check yields nothing, or what is wrong.
local checks = {}

function checks.keys(row)
  for _, key in ipairs(proxy.sorted_keys(row)) do
    local value, expected = row[key], known[key]
    if key == 1 and type(value) == "string" then
      return ("has no name: write name = %q"):format(value)
    end
    if not expected then
      return ('has no place for "%s"%s'):format(tostring(key),
        suggest.hint(tostring(key), keys(known)))
    elseif expected ~= "any" and type(value) ~= expected then
      return ("%s must be a %s"):format(key, expected)
    end
  end
end

function checks.name(row)
  if not row.name then
    return "has no name"
  elseif not row.name:find "^%a[%w_-]*$" then
    return ('"%s" is no name: letters, digits, - and _'):format(row.name)
  elseif row.short and not row.short:find "^%a$" then
    return "short must be one letter"
  end
end

function checks.type(row)
  row.type = row.type or "string"
  if not types[row.type] then
    return ('unknown type "%s"%s; there are %s'):format(row.type,
      suggest.hint(row.type, keys(types)), table.concat(keys(types), ", "))
  end
end

-- Whether help and messages can show the list in a line.
local function are_words(list)
  for _, word in pairs(list) do
    if type(word) ~= "string" and type(word) ~= "number" then
      return false
    end
  end
  return true
end

function checks.choices(row)
  if row.choices and not are_words(row.choices) then
    return "choices must be strings or numbers"
  end
end

function checks.matches(row)
  if not row.matches then
    return nil
  end
  local re, why = regexp().try(row.matches)
  if not re then
    return ("matches is no regular expression (%s)"):format(tostring(why))
  elseif row.type ~= "string" and row.type ~= "list" then
    return ("type %s has a form of its own, and no matches"):format(row.type)
  end
end

function checks.default(row)
  local data = row.default_data
  if data ~= nil and not types[row.type].accepts(data) then
    return ("the default_data %s is no %s"):format(tostring(data), row.type)
  end
  if type(row.default) == "table" and not are_words(row.default) then
    return "the default must be a list of strings or numbers"
  elseif row.default ~= nil and not types[row.type].accepts(row.default) then
    local shown = type(row.default) == "string" and "%q" or "%s"
    return ("the default " .. shown .. " is no %s"):format(
      tostring(row.default), row.type)
  end
end

-- The program takes its options before any script sees them.
function checks.reserved(row, program)
  for _, option in ipairs(program) do
    if not row.positional and option.long ~= false and
      option.name == row.name then
      return ("--%s is an option of gotrace-lua itself"):format(row.name)
    elseif row.short and option.short == row.short then
      return ("-%s is an option of gotrace-lua itself"):format(row.short)
    end
  end
end

local order = {
  "keys", "name", "type", "choices", "matches", "default", "reserved",
}

local function check_row(row, i, program)
  if type(row) ~= "table" then
    return ("args[%d] must be a table such as { name = \"top\", type = " ..
      "\"int\" }"):format(i)
  end
  for _, check in ipairs(order) do
    local wrong = checks[check](row, program)
    if wrong then
      return ("args[%d]: %s"):format(i, wrong)
    end
  end
end

local function check_unique(rows)
  local seen = {}
  for i, row in ipairs(rows) do
    for _, name in ipairs { row.name, row.short, unpack(row.was or {}) } do
      if seen[name] then
        return ('args[%d]: "%s" is declared twice'):format(i, name)
      end
      seen[name] = true
    end
  end
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local t = {}
  for k, v in pairs(value) do
    t[k] = copy(v)
  end
  return t
end

-- args(value, program): our own copy of the rows, or nil and what is wrong.
-- program are the rows of the program's options.
local function args(value, program)
  if type(value) ~= "table" then
    return nil, "args must be a list of tables"
  end
  local rows = {}
  for i, row in ipairs(value) do
    rows[i] = copy(row)
    local wrong = check_row(rows[i], i, program)
    if wrong then
      return nil, wrong
    end
  end
  if next(value) ~= nil and #rows == 0 then
    return nil, "args must be a list: args = { { name = ... } }"
  end
  local wrong = check_unique(rows)
  if wrong then
    return nil, wrong
  end
  return rows
end

local function description(value)
  if type(value) ~= "string" then
    return nil, "description must be a string"
  end
  return value
end

local function order_of(value)
  if value ~= "thread" and value ~= "full" then
    return nil, 'order must be "thread" or "full"'
  end
  return value
end

local needed = { output = true, spans = true, names = true, pair = true,
  runs = true }

-- needs(value): one of the words or a list of them; our own copy.
local function needs(value)
  local list = type(value) == "table" and copy(value) or { value }
  for _, word in pairs(list) do
    if not needed[word] then
      list = {}
    end
  end
  if #list == 0 then
    return nil, 'needs must be "output": the script is for writing a trace; ' ..
      '"spans": it asks for what spans know; "names": it wants all names ' ..
      'from the first event on; "pair": it compares two traces; "runs": ' ..
      "it asks for regions, tasks or logs; or a list of these"
  end
  return type(value) == "table" and list or value
end

return { args = args, description = description, order = order_of,
  needs = needs }
