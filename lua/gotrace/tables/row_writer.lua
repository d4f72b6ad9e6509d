-- row_writer.lua: rows of -p, in the form that -F asks for, a line each.
--
-- A row is printed for each event, so that the function is written for its number of
-- values, without a loop over them, and no string is made of a line: LuaJIT compiles it
-- into the loop over events.
local buffer = require "string.buffer"
local csv_cell = require("gotrace.base.csv").cell
local event_row = require "gotrace.tables.event_row"
local format = require "gotrace.tables.format"
local single = require "gotrace.base.value"

local floor, type = math.floor, type
local MOST_EXACT = 1e15 -- of %d
local MOST_TEXTS = 10000 -- of strings that are kept

-- Appends what value.number says of it.
local function put_number(out, n)
  local whole = n == floor(n) and n > -MOST_EXACT and n < MOST_EXACT
  if whole and (n ~= 0 or 1 / n > 0) then -- -0 has a sign
    out:putf("%d", n)
  else
    out:put(single.number(n))
  end
end

-- What a function makes of strings, of which there are few.
local function cached(make)
  local texts, n = {}, 0
  local function miss(s)
    if n == MOST_TEXTS then
      texts, n = {}, 0
    end
    n = n + 1
    texts[s] = make(s)
    return texts[s]
  end
  return function(s, ...)
    return texts[s] or (miss(s))
  end
end

-- A function that appends a value; what is neither a number nor a string is `other`'s.
local function putter(of_string, other)
  local text_of = cached(of_string)
  return function(out, value)
    local kind = type(value)
    if kind == "number" then
      put_number(out, value)
    elseif kind == "string" then
      out:put(text_of(value))
    else
      out:put((other(value)))
    end
  end
end

local function csv_other(value)
  local cell = event_row.cell(value)
  return csv_cell(single.text(cell), single.number_of(cell) ~= nil)
end

local puts = {
  text = putter(format.line, format.line),
  csv = putter(function(s)
    return csv_cell(s)
  end, csv_other),
}

local put_json = putter(format.json, event_row.json)

-- JSON has no infinities and no NaN.
function puts.json(out, value)
  if type(value) == "number" and value - value ~= 0 then
    out:put "null"
  else
    put_json(out, value)
  end
end

-- What stands before each value, and behind the last one.
local between = {
  text = function(i)
    return i > 1 and "\t" or "", "\n"
  end,
  csv = function(i)
    return i > 1 and "," or "", "\n"
  end,
  json = function(i, names)
    return (i > 1 and "," or "{") .. format.json(names[i]) .. ":", "}\n"
  end,
}

-- An empty line is what stands between two tables.
local function put_alone(out, put, value)
  put(out, value)
  if #out == 0 then
    out:put '""'
  end
end

local template = [[
local all, put, out, send = ...
return function()
  local VALUES = all()
  out:reset()
  PUTS
  send(out)
end]]

local function compile(names, style)
  local values, lines, last = {}, {}, nil
  for i = 1, #names do
    local before
    before, last = between[style](i, names)
    values[i] = "v" .. i
    lines[i] = (before ~= "" and ("out:put(%q) "):format(before) or "") ..
      ("put(out, v%d)"):format(i)
  end
  lines[#lines + 1] = ("out:put(%q)"):format(last)
  local parts = { VALUES = table.concat(values, ", "),
    PUTS = table.concat(lines, "\n  ") }
  local code = template:gsub("%u%u+", parts)
  return assert(load(code, "@lua/gotrace/tables/row_writer.lua", "t", _G))
end

-- writer(names, style, all, send): a function that makes a row of the values that all()
-- yields, as many as there are names, and hands it to send as a string.buffer, which is
-- used again. All values become text before: what a value's __tostring prints comes before
-- the line, not into it.
local function writer(names, style, all, send)
  local put, out = puts[style], buffer.new()
  if style == "csv" and #names == 1 then
    return function()
      out:reset()
      put_alone(out, put, (all()))
      out:put "\n"
      send(out)
    end
  end
  return compile(names, style)(all, put, out, send)
end

return { writer = writer }
