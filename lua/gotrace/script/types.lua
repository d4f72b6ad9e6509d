-- types.lua: the types that an option can have.
--
-- parse turns the text of the command line into a value, or yields nil and
-- what was expected, or nil, nil and what is wrong with it. accepts says whether a default given in Lua will do.
local duration = require "gotrace.syntax.duration"
local glob = require "gotrace.base.glob"
local lazy = require("gotrace.base.lazy").of
local named_file = require "gotrace.base.named_file"
local suggest = require "gotrace.base.suggest"
local wall_clock = require "gotrace.base.wall_clock"

local types = {}

local function lua_type(name)
  return function(value)
    return type(value) == name
  end
end

local function is_whole(value)
  return type(value) == "number" and value == math.floor(value)
end

types.int = {
  meta = "N",
  accepts = is_whole,
  parse = function(text)
    local n = text:match "^[+-]?%d+$" and tonumber(text)
    return n, "a whole number"
  end,
}

types.number = {
  meta = "X",
  accepts = lua_type "number",
  parse = function(text)
    return tonumber(text), "a number"
  end,
}

types.string = {
  meta = "TEXT",
  accepts = lua_type "string",
  parse = function(text)
    return text
  end,
}

local words = { yes = true, ["true"] = true, no = false, ["false"] = false }

types.bool = {
  flag = true,
  accepts = lua_type "boolean",
  parse = function(text)
    return words[text], "yes or no"
  end,
}

local function split(text)
  local list = {}
  for item in (text .. ","):gmatch "([^,]*)," do
    if item ~= "" then
      list[#list + 1] = item
    end
  end
  return list
end

types.list = {
  meta = "A,B,...",
  accepts = lua_type "table",
  parse = split,
  -- Given twice, the second list goes on where the first ended.
  join = function(a, b)
    for _, item in ipairs(b) do
      a[#a + 1] = item
    end
    return a
  end,
}

-- Types that ask the engine do so once they are used.
local expr, hooks = lazy "gotrace.expression.expr", lazy "gotrace.event.hooks"
local filter = lazy "gotrace.expression.filter"
local keys = lazy "gotrace.expression.keys"
local regexp = lazy "gotrace.base.regexp"
local spec = lazy "gotrace.engine.event_table"

-- What to say of a name that no type has.
local function no_type(name)
  local alias = hooks().aliases[name]
  local hint = alias and (" (that is %s now)"):format(alias[1]) or
    suggest.hint(name, spec().names)
  return ("there is no event %s%s"):format(name, hint)
end

-- Names of event types, * and ? as in file names.
types.events = {
  meta = "TYPE,...",
  accepts = lua_type "table",
  parse = function(text)
    local found, seen = {}, {}
    for _, item in ipairs(split(text)) do
      local any, pattern = false, glob(item)
      for _, name in ipairs(spec().names) do
        if name:find(pattern) then
          any = true
          found[#found + 1] = not seen[name] and name or nil
          seen[name] = true
        end
      end
      if not any then
        return nil, nil, no_type(item)
      end
    end
    return found
  end,
  join = types.list.join,
}

-- An expression like that of -f: a function that says whether it holds for the
-- event at hand.
types.expr = {
  meta = "EXPR",
  accepts = lua_type "string",
  from_default = function(text)
    return (expr().condition(text))
  end,
  parse = function(text)
    local holds, wrong = expr().condition(text)
    return holds, nil, wrong
  end,
}

-- An expression about events or about spans: an object (expression/filter.lua).
types.filter = {
  meta = "EXPR",
  accepts = lua_type "string",
  from_default = function(text)
    return (filter().of(text))
  end,
  parse = function(text)
    local found, wrong = filter().of(text)
    return found, nil, wrong
  end,
}

-- What to group spans by: an object with the names of the keys, and add.
types.keys = {
  meta = "KEY,...",
  accepts = lua_type "string",
  from_default = function(text)
    return (keys().of(text))
  end,
  parse = function(text)
    local by, wrong = keys().of(text)
    return by, nil, wrong
  end,
}

-- The same of events.
types.event_keys = {
  meta = "KEY,...",
  accepts = lua_type "string",
  from_default = function(text)
    return (keys().of(text, "events"))
  end,
  parse = function(text)
    local by, wrong = keys().of(text, "events")
    return by, nil, wrong
  end,
}

types.duration = {
  meta = "TIME",
  accepts = lua_type "number", -- ns
  parse = function(text)
    local sign, rest = text:match "^([+-]?)(.*)$"
    local ns = duration.parse(rest)
    return ns and (sign == "-" and -ns or ns), "a duration such as 12ms or 1.5s"
  end,
}

-- A duration, or a moment by the wall clock: { seconds since 1970, ns, text = }.
types.time = {
  meta = "TIME",
  accepts = lua_type "number",
  parse = function(text)
    local at = types.duration.parse(text) or wall_clock.moment(text)
    if type(at) == "table" then
      at.text = text
    end
    return at, "a duration such as 12ms, or a time such as " ..
      "2026-11-28T03:46:07.25Z"
  end,
}

local sizes = { [""] = 1, K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30, T = 2 ^ 40 }

-- Bytes; math.huge for none at all.
types.size = {
  meta = "SIZE",
  accepts = lua_type "number",
  parse = function(text)
    local number, unit = text:upper():match "^([%d.]+)([KMGT]?)I?B?$"
    local n = tonumber(number) and tonumber(number) * sizes[unit]
    n = n and n >= 1 and n or text == "none" and math.huge or nil
    return n, "a size such as 512M or 4G, or none"
  end,
}

-- How much of a trace: a time, { ns = }, or a size with its unit, { bytes = }.
types.extent = {
  meta = "TIME|SIZE",
  accepts = lua_type "string",
  from_default = function(text)
    return types.extent.parse(text)
  end,
  parse = function(text)
    local ns = types.duration.parse(text)
    local bytes = text:find "%a$" and types.size.parse(text)
    if ns and ns >= 0 then
      return { ns = ns }
    elseif bytes and bytes < math.huge then
      return { bytes = bytes }
    end
    return nil, "a duration or a size such as 10s or 64MB"
  end,
}

types.regexp = {
  meta = "REGEXP",
  -- A default in Lua is the text; args.lua compiles it.
  accepts = function(value)
    return type(value) == "string" and regexp().try(value) ~= nil
  end,
  from_default = function(text)
    return (regexp().try(text))
  end,
  parse = function(text)
    local re, why = regexp().try(text)
    return re, "a regular expression (" .. tostring(why) .. ")"
  end,
}

local key = lazy "gotrace.base.key"

-- A file with a key: an object that hashes (base/key.lua). A script cannot say which.
types.key = {
  meta = "FILE",
  accepts = function()
    return false
  end,
  parse = function(text)
    local found, why = key().read(text)
    return found, nil, why
  end,
}

-- A file to be written beside the output (base/named_file.lua). A script cannot say which.
types.new_file = {
  meta = "FILE",
  accepts = function()
    return false
  end,
  parse = function(text)
    return named_file.new(text)
  end,
}

local map = lazy "gotrace.anonymize.map"

-- A file that anonymize wrote: what its pseudonyms stand for (anonymize/map.lua).
types.map = {
  meta = "FILE",
  accepts = function()
    return false
  end,
  parse = function(text)
    local found, why = map().read(text)
    return found, nil, why
  end,
}

types.pattern = {
  meta = "PATTERN",
  accepts = function(value)
    return type(value) == "string" and (pcall(string.find, "", value))
  end,
  parse = function(text)
    return pcall(string.find, "", text) and text or nil, "a Lua pattern"
  end,
}

local stack_pattern = lazy "gotrace.engine.stack_pattern"

-- A pattern for st:match: its text.
types.stack = {
  meta = "PATTERN",
  accepts = function(value)
    return type(value) == "string" and stack_pattern().compile(value) ~= nil
  end,
  parse = function(text)
    local found, why = stack_pattern().compile(text)
    return found and text, "a pattern for stacks (" .. tostring(why) .. ")"
  end,
}

return types
