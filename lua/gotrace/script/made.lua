-- made.lua: the tables that a main chunk makes. With several traces the chunk
-- runs once for each, and the n-th table that it makes is the same one each
-- time, so that what a script counts adds up over the traces. Tables that on.begin,
-- on.finish and on.done make are their own; other hooks make none, and there are MOST at
-- most: one for each key is a table with a key too few.
local event = require "gotrace.event.fields"
local proxy = require "gotrace.base.proxy"
local span = require "gotrace.span.fields"

local MOST = 1000

local DEEPEST = 4 -- tables in tables: columns wants two

local table_text

local function literal(value, depth)
  if type(value) == "table" and depth < DEEPEST then
    return table_text(value, depth + 1)
  end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

-- { "heap", 1000, measure = "max" }: the list first, then the rest by name.
function table_text(t, depth)
  local parts = {}
  for i, value in ipairs(t) do
    parts[i] = literal(value, depth)
  end
  for _, key in ipairs(proxy.sorted_keys(t)) do
    if type(key) == "string" then
      parts[#parts + 1] = key .. " = " .. literal(t[key], depth)
    end
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- How the script wrote it: count("goroutines", "function").
local function written(kind, ...)
  local args = {}
  for i = 1, select("#", ...) do
    local arg = select(i, ...)
    args[i] = literal(arg, 0)
  end
  return ("%s(%s)"):format(kind, table.concat(args, ", "))
end

local function check_same(known, text, n)
  if known.text ~= text then
    error(("%s: for the trace before table %d was %s; a script makes the " ..
      "same tables for each trace, so that they add up"):format(text, n,
      known.text), 4)
  end
end

-- again(list, n, kind, make, ...): table n, made if it is new.
local function again(list, n, kind, make, ...)
  local text, known = written(kind, ...), list[n]
  if known then
    check_same(known, text, n)
    return known.object
  end
  local object = make(...)
  list[n] = { text = text, object = object }
  return object
end

-- Whether one more may be made where there are n for this trace.
local function check_place(kind, n)
  if event.position() or not span.is_idle() then
    error(("%s: this hook makes no tables: make it at the top of the " ..
      "script, with what tells events apart as a key"):format(kind), 3)
  elseif n >= MOST then
    error(("%s: more than %d tables: one with a key has as many rows")
      :format(kind, MOST), 3)
  end
end

-- library(stage, makers): the constructors for the stage's environment, which
-- is a new one. makers blame the fifth level for a mistake: the script.
local function library(stage, makers)
  local list, n, all = stage.made or {}, 0, 0
  stage.made = list
  local constructors = {}
  for kind, make in pairs(makers) do
    constructors[kind] = function(...)
      check_place(kind, all)
      all = all + 1
      n = n + (stage.loaded and 0 or 1)
      local object = again(stage.loaded and {} or list, n, kind, make, ...)
      return object
    end
  end
  return constructors
end

return { library = library }
