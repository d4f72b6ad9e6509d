-- event_row.lua: an event in the form that -F asks for: a line of text, a JSON
-- object (stacks as arrays of frames, numbers as numbers), or a row of CSV.
local fields = require "gotrace.event.fields"
local format = require "gotrace.tables.format"
local json_objects = require "gotrace.tables.json"
local line = require("gotrace.event.event_line").line
local spec = require "gotrace.engine.event_table"
local stacks = require "gotrace.engine.stacks"
local view_of = require("gotrace.event.event").view_of

-- What a row of CSV has for every event; the rest are its arguments in one cell,
-- as in the line of text.
local columns = { "time", "type", "m", "p", "g", "arguments", "stack" }

local style = "text"

-- set_style(of -F): once, before anything is printed.
local function set_style(name)
  style = name
end

local function json_frame(frame)
  return format.json_object({ "func", "file", "line", "pc" },
    { frame.func, frame.file, frame.line, frame.pc })
end

local function frames_of(stack)
  local frames = {}
  for i, frame in ipairs(stack) do
    frames[i] = json_frame(frame)
  end
  return "[" .. table.concat(frames, ",") .. "]"
end

-- By the stack's id: there are few stacks and many events.
local frames = {}

local function json_stack(stack)
  frames[stack.id] = frames[stack.id] or frames_of(stack)
  return frames[stack.id]
end

local show = {}

-- Events, stacks and frames in format.json.
json_objects.know(function(value)
  local view = view_of(value)
  if view then
    return show.json(view)
  elseif stacks.id_of(value) then
    return json_stack(value)
  elseif stacks.is_frame(value) then
    return json_frame(value)
  end
end)

local is_stack = {}
for name, kinds in pairs(fields.places) do
  is_stack[name] = kinds.STACK ~= nil
end

-- As format.json, of a stack at once: most events have one.
local function json_of(value)
  local stack_id = type(value) == "cdata" and stacks.id_of(value)
  return stack_id and json_stack(value) or format.json(value)
end

-- null: there is no event at hand.
function show.json(view)
  local parts, row = {}, spec.rows[view.e.type]
  if not row then
    return "null"
  end
  for _, name in ipairs(fields.of_row(row)) do
    parts[#parts + 1] = ('"%s":'):format(name) ..
      json_of(fields.get(view, name))
  end
  return "{" .. table.concat(parts, ",") .. "}"
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

-- cell(value): a value of a row as format.csv takes it: the empty stack is an
-- empty cell.
local function cell(value)
  if stacks.id_of(value) and #value == 0 then
    return nil
  end
  return value
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
  values[7] = cell(fields.get(view, "stack"))
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
  cell = cell,
  json = json_of,
}
