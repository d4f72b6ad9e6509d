-- row_writer.lua: rows of -p, in the form that -F asks for, a line each.
--
-- A row is printed for each event, so that the function is written for its number of
-- values, without a loop over them, and no string is made of a line: LuaJIT compiles it
-- into the loop over events.
local buffer = require "string.buffer"
local cells = require "gotrace.printing.cells"
local columns = require "gotrace.printing.columns"
local format = require "gotrace.printing.format"

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
  return assert(load(code, "@lua/gotrace/printing/row_writer.lua", "t", _G))
end

-- writer(names, style, all, send): a function that makes a row of the values that all()
-- yields, as many as there are names, and hands it to send as a string.buffer, which is
-- used again. All values become text before: what a value's __tostring prints comes before
-- the line, not into it.
local function writer(names, style, all, send)
  local put, out = cells.put[style], buffer.new()
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

-- lines(names, style, fields): the same rows as lines of the engine (lines.lua), of an event's
-- fields; nil where these are not plain.
local function lines(names, style, fields)
  local _, last = between[style](1, names)
  return columns.of_fields(style, fields, function(i)
    return (between[style](i, names))
  end, last)
end

return { writer = writer, lines = lines }
