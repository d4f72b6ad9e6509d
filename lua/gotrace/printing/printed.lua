-- printed.lua: what scripts print under -F json and csv: each print is a JSON
-- value, or a row, in a line; and gotrace.format as scripts have it.
--
-- What format made in that form is printed as it is. All else is a value: a text
-- that looks like JSON is a string all the same, as it may be what a trace says.
local cells = require "gotrace.printing.cells"
local event_row = require "gotrace.printing.event_row"
local fields = require "gotrace.event.fields"
local format = require "gotrace.printing.format"
local proxy = require "gotrace.base.proxy"
local span_row = require "gotrace.printing.span_row"
local text_table = require "gotrace.printing.text_table"
local span_view_of = require("gotrace.span.span").view_of
local view_of = require("gotrace.event.event").view_of

local MOST = 4096

-- Texts that format made of late: those since one in MOST, and as many before.
local recent, older, n = {}, {}, 0

-- note(text): the text.
local function note(text)
  if n == MOST then
    recent, older, n = {}, recent, 0
  end
  recent[text], n = true, n + 1
  return text
end

local function is_made(value)
  return type(value) == "string" and (recent[value] or older[value]) or false
end

local row = {} -- by style: the line of n values, nil for none

local function json_of(value)
  return is_made(value) and value or format.json(value)
end

-- An event alone is the common case.
function row.json(count, ...)
  if count == 1 then
    local view = view_of((...))
    return view and event_row.event(view) or json_of((...))
  end
  local parts = {}
  for i = 1, count do
    parts[i] = json_of((select(i, ...)))
  end
  return count > 1 and "[" .. table.concat(parts, ",") .. "]" or nil
end

local function csv_of(value)
  return is_made(value) and value or format.csv(cells.cell(value))
end

local headed -- what the last head was of
local on_head -- what is told of the first head of a trace, or nil

-- A row, behind a head if the one before is none of its kind.
local function with_head(head, text)
  local is_new = head ~= headed
  if is_new and headed == nil and on_head then
    on_head(head)
    is_new = false
  end
  headed = head
  return is_new and head .. "\n" .. text or text
end

function row.csv(count, ...)
  local view = count == 1 and view_of((...))
  local span = count == 1 and span_view_of((...))
  if view then
    return with_head(event_row.head(), event_row.event(view))
  elseif span then
    return with_head(span_row.head, span_row.csv(span))
  end
  local parts = {}
  for i = 1, count do
    parts[i] = csv_of((select(i, ...)))
  end
  -- An empty line is no row, but what is between two tables.
  return count == 1 and parts[1] == "" and '""' or table.concat(parts, ",")
end

-- begin_apart(fn): what is printed from now on is put behind something that is not known here:
-- whether the first head is wanted fn(head) says there.
local function begin_apart(fn)
  headed, on_head = nil, fn
end

-- last_head(): what the last head was; nil: there was none.
local function last_head()
  return headed
end

-- head_line(head): its line, where it is none of the one before; else "". What was printed
-- apart begins with it.
local function head_line(head)
  local is_new = head ~= headed
  headed = head
  return is_new and head .. "\n" or ""
end

-- line(n, ...): what print prints of n values, in another form than text; nil for
-- nothing.
local function line(count, ...)
  return row[event_row.style()](count, ...)
end

-- Functions of format whose text is of that form.
local of_style = {
  json = { "json", "json_object" },
  csv = { "csv", "csv_line" },
}

local function noting(fn)
  return function(...)
    return note(fn(...))
  end
end

local function wanting(name, kind, fn)
  return function(value)
    if type(value) ~= kind then
      local is = proxy.kind(value)
      error(("%s wants a %s, not %s"):format(name, kind,
        is == "cdata" and tostring(value) or is), 2)
    end
    return fn(value)
  end
end

local module = {}

function module.style()
  return event_row.style()
end

function module.event_head()
  return event_row.head()
end

-- The kinds of spans that the line is about; nil: it is about events.
local asked

-- ask_spans(kinds): a list of kinds, or nil. Once, before scripts are loaded.
local function ask_spans(kinds)
  asked = kinds
end

-- A list of its own.
function module.spans()
  return asked and { unpack(asked) }
end

-- columns(): characters that a line of a table has room for; nil: as many as it takes.
function module.columns()
  return text_table.columns()
end

-- The event at hand.
function module.event()
  if not fields.has_event() then
    error("there is no current event here", 2)
  end
  return event_row.event(fields.cur)
end

function module.csv(value)
  return format.csv(cells.cell(value))
end

-- A value in a line by itself.
function module.value(value)
  local style = event_row.style()
  return style == "text" and format.line(value) or
    style == "csv" and module.csv(value) or format.json(value)
end

function module.csv_line(values, count)
  if type(values) ~= "table" then
    error("csv_line wants a list and how many values it has, not " ..
      type(values), 2)
  end
  return format.csv_line(values, count, cells.cell)
end

-- json's errors blame its caller, which is the script.
module.json = format.json

function module.json_object(names, values)
  if type(names) ~= "table" or type(values) ~= "table" then
    error("json_object wants two lists: names, and values", 2)
  end
  local text = format.json_object(names, values)
  return text
end

for _, name in ipairs { "number", "thousands", "duration", "bytes" } do
  module[name] = wanting(name, "number", format[name])
end
module.text, module.line = format.text, format.line

-- library(): gotrace.format for a script, a table of its own.
local function library()
  local copy, style = {}, event_row.style()
  for name, fn in pairs(module) do
    copy[name] = fn
  end
  for _, name in ipairs(of_style[style] or {}) do
    copy[name] = noting(copy[name])
  end
  for _, name in ipairs(of_style[style] and { "event", "value" } or {}) do
    copy[name] = noting(copy[name])
  end
  return copy
end

return { line = line, library = library, ask_spans = ask_spans,
  begin_apart = begin_apart, last_head = last_head, head_line = head_line }
