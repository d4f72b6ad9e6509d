-- line.lua: the current event as one readable line.
--
-- `cat` prints nothing else, so each type gets a function of its own, written
-- as Lua text from the event table: no loop over arguments, one call of format.
local fields = require "gotrace.fields"
local names = require "gotrace.names"
local spec = require "gotrace.spec"

local cur = fields.cur

local escapes = {
  ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"',
  ["\\"] = "\\\\",
}

local function escape(c)
  return escapes[c] or ("\\x%02x"):format(c:byte())
end

-- In double quotes, in one line, whatever it holds.
local function quote(s)
  return '"' .. s:gsub('[%c"\\]', escape) .. '"'
end

-- Names of functions stand bare, but no trace gets to steer the terminal.
local function bare(s)
  return s:find "%c" and s:gsub("%c", escape) or s
end

-- What a function makes of each id, made once.
local function cached(make)
  local texts = {}
  return function(id)
    local text = texts[id]
    if not text then
      text = make(id)
      texts[id] = text
    end
    return text
  end
end

local quoted = cached(function(id)
  return quote(names.string_of(id))
end)

local leaf = cached(function(id)
  return bare(names.frame_label(names.stack_of(id).leaf))
end)

-- What %s makes of numbers is exact up to 14 digits.
local function whole(n)
  return n < 1e14 and n or ("%.0f"):format(n)
end

local function id(n)
  return n >= 0 and n < 2 ^ 63 and whole(n) or "-"
end

local function status(kind)
  return cached(function(value)
    return fields.status_word(kind, value)
  end)
end

-- By kind of argument: from its number to its text.
local show = {
  NUM = whole,
  G = id,
  P = id,
  M = id,
  TASK = id,
  STR = quoted,
  STACK = leaf,
  GSTATUS = status "GSTATUS",
  PSTATUS = status "PSTATUS",
}

-- The columns of the head are the same for all types, for awk and cut. %d makes
-- no string of its own for a number, %s does; most events have all three ids.
local template = [[
local cur, show, id, format, floor, tonumber = ...
return function()
  local e = cur.e
  local time = tonumber(e.time)
  local seconds = floor(time / 1e9)
  local m, p, g = tonumber(e.m), tonumber(e.p), tonumber(e.g)
  if m >= 0 and p >= 0 and g >= 0 then
    return format("%d.%09d m=%d p=%d g=%d PATTERN", seconds,
      time - seconds * 1e9, m, p, gVALUES)
  end
  return format("%d.%09d m=%s p=%s g=%s PATTERN", seconds,
    time - seconds * 1e9, id(m), id(p), id(g)VALUES)
end]]

local function write_function(row)
  local pattern, values = row.name, ""
  for _, arg in ipairs(row.args) do
    if arg.kind ~= "SEQ" then
      pattern = ("%s %s=%%s"):format(pattern, arg.name)
      values = ("%s, show.%s(tonumber(e.arg[%d]))"):format(values, arg.kind,
        arg.at)
    end
  end
  local parts = { PATTERN = pattern, VALUES = values }
  local text = template:gsub("%u+", parts)
  return assert(load(text, "@lua/gotrace/line.lua", "t"))(cur, show, id,
    string.format, math.floor, tonumber)
end

local lines = {}

local function line()
  local type = cur.e.type
  local fn = lines[type]
  if not fn then
    local row = spec.rows[type]
    if not row then
      return "no event"
    end
    fn = write_function(row)
    lines[type] = fn
  end
  return fn()
end

return { line = line, quote = quote }
