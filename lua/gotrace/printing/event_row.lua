-- event_row.lua: an event in the form that -F asks for: a line of text, a JSON
-- object (stacks as arrays of frames, numbers as numbers), or a row of CSV.
local buffer = require "string.buffer"
local cells = require "gotrace.printing.cells"
local fields = require "gotrace.event.fields"
local format = require "gotrace.printing.format"
local json_objects = require "gotrace.printing.json"
local line = require("gotrace.event.event_line").line
local spec = require "gotrace.engine.event_table"
local view_of = require("gotrace.event.event").view_of

-- What a row of CSV has for every event; the rest are its arguments in one cell,
-- as in the line of text.
local columns = { "time", "type", "m", "p", "g", "arguments", "stack" }

local style = "text"

-- set_style(of -F): once, before anything is printed.
local function set_style(name)
  style = name
end

local show = {}

-- Events, stacks and frames in format.json.
json_objects.know(function(value)
  local view = view_of(value)
  return view and show.json(view) or cells.known(value)
end)

local is_stack = {}
for name, kinds in pairs(fields.places) do
  is_stack[name] = kinds.STACK ~= nil
end

-- The function that appends an event of one type, written as Lua text from the event table:
-- no loop over fields.
local function write_json(row)
  local parts = {}
  for i, name in ipairs(fields.of_row(row)) do
    parts[i] = ("out:put('%s\"%s\":') put(out, get(view, '%s'))"):format(
      i > 1 and "," or "{", name, name)
  end
  local code = ([[
    local put, get = ...
    return function(out, view, ...)
      %s
      out:put "}"
    end]]):format(table.concat(parts, "\n      "))
  return assert(load(code, "@lua/gotrace/printing/event_row.lua", "t", _G))(
    cells.put.json, fields.get)
end

local writers = {} -- by type

-- null: there is no event at hand.
local function make_writer(type)
  local row = spec.rows[type]
  writers[type] = row and write_json(row) or function(out)
    out:put "null"
  end
  return writers[type]
end

jit.off(make_writer)

-- put_json(out, view): appends an event's object to a string.buffer.
local function put_json(out, view, ...)
  local type = view.e.type
  local write = writers[type] or make_writer(type)
  write(out, view)
end

local object = buffer.new()

function show.json(view)
  object:reset()
  put_json(object, view)
  return object:get()
end

local function arguments_of(view)
  local parts = {}
  for _, name in ipairs(spec.shown_args(spec.rows[view.e.type])) do
    local value = fields.get(view, name)
    if not is_stack[name] then
      parts[#parts + 1] = name .. "=" .. format.text(value)
    end
  end
  return table.concat(parts, " ")
end

function show.csv(view)
  local values = {}
  if not spec.rows[view.e.type] then
    return line(view)
  end
  for i = 1, 5 do
    values[i] = fields.get(view, columns[i])
  end
  values[6] = arguments_of(view)
  values[7] = cells.cell(fields.get(view, "stack"))
  return format.csv_line(values, #columns)
end

show.text = line

-- event(view): its line, without the line's end.
local function event(view)
  return show[style](view)
end

-- What comes before the first of them, or nil.
local function head()
  return style == "csv" and table.concat(columns, ",") or nil
end

local function style_name()
  return style
end

return {
  set_style = set_style,
  style = style_name,
  event = event,
  head = head,
  put_json = put_json,
}
