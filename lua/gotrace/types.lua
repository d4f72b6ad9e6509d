-- types.lua: the types that an option can have.
--
-- parse turns the text of the command line into a value, or yields nil and
-- what was expected. accepts says whether a default given in Lua will do.
local regexp = require "gotrace.regexp"

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

local units = {
  ns = 1, us = 1e3, ["µs"] = 1e3, ms = 1e6, s = 1e9, m = 60e9, h = 3600e9,
}

types.duration = {
  meta = "TIME",
  accepts = lua_type "number", -- ns
  parse = function(text)
    local number, unit = text:match "^([+-]?[%d.]+)(%D+)$"
    number = tonumber(number)
    local ns = number and units[unit] and number * units[unit]
    return ns, "a duration such as 12ms or 1.5s"
  end,
}

types.regexp = {
  meta = "REGEXP",
  -- A default in Lua is the text; args.lua compiles it.
  accepts = function(value)
    return type(value) == "string" and regexp.compile(value) ~= nil
  end,
  from_default = regexp.compile,
  parse = function(text)
    local re, why = regexp.compile(text)
    return re, "a regular expression (" .. tostring(why) .. ")"
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

return types
