-- event_row.lua: an event in the form that -F asks for: a line of text, a JSON
-- object (stacks as arrays of frames, numbers as numbers), or a row of CSV.
local fields = require "gotrace.event.fields"
local format = require "gotrace.tables.format"
local line = require("gotrace.event.event_line").line
local names = require "gotrace.engine.strings"
local spec = require "gotrace.engine.event_table"

-- What a row of CSV has for every event; the rest are its arguments in one cell,
-- as in the line of text.
local columns = { "time", "type", "m", "p", "g", "arguments", "stack" }

local style = "text"

-- set_style(of -F): once, before anything is printed.
local function set_style(name)
  style = name
end

local function frames_of(stack)
  local frames = {}
  for i, frame in ipairs(stack) do
    frames[i] = format.json_object({ "func", "file", "line", "pc" },
      { frame.func, frame.file, frame.line, frame.pc })
  end
  return "[" .. table.concat(frames, ",") .. "]"
end

-- By the stack's id: there are few stacks and many events.
local frames = {}

local function json_stack(stack)
  frames[stack.id] = frames[stack.id] or frames_of(stack)
  return frames[stack.id]
end

-- json(value): as format.json, of a stack its frames.
local function json(value)
  return names.id_of_stack(value) and json_stack(value) or format.json(value)
end

local is_stack = {}
for name, kinds in pairs(fields.places) do
  is_stack[name] = kinds.STACK ~= nil
end

local show = {}

function show.json(view)
  local parts = {}
  for _, name in ipairs(fields.of_row(spec.rows[view.e.type])) do
    parts[#parts + 1] = ('"%s":'):format(name) .. json(fields.get(view, name))
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

local function folded(stack)
  local parts = {}
  for i = #stack, 1, -1 do
    parts[#parts + 1] = stack[i].func
  end
  return table.concat(parts, ";")
end

function show.csv(view)
  local values = {}
  for i = 1, 5 do
    values[i] = fields.get(view, columns[i])
  end
  values[6] = arguments_of(view)
  values[7] = folded(fields.get(view, "stack"))
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

-- What scripts get with the functions of format.lua.
local function module()
  return {
    style = style_name,
    event_head = head,
    -- The event at hand.
    event = function()
      if not fields.get(fields.cur, "type") then
        error("there is no current event here", 2)
      end
      return event(fields.cur)
    end,
    -- A value in a line by itself.
    value = function(value)
      return style == "text" and format.line(value) or format[style](value)
    end,
  }
end

return {
  set_style = set_style,
  style = style_name,
  event = event,
  head = head,
  json = json,
  module = module,
}
